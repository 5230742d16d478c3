/* text.h: building and reading short texts without libc, in buffers of the caller's. */
#ifndef TF_TEXT_H
#define TF_TEXT_H

#include "sys.h"

/* A text being built in a borrowed buffer; always ends in NUL. `full` once something did not fit,
 * after which the text must not be used as a path. */
struct tf_text {
	char *at;
	size_t len, size;
	bool full;
};

/* Gives an empty text over `size` bytes (at least 1) of buf. */
struct tf_text tf__text(char *buf, size_t size);
/* The same over a text of `len` bytes that is there already, to be gone on with. */
struct tf_text tf__text_from(char *buf, size_t size, size_t len);
void tf__text_add(struct tf_text *text, const char *s);
void tf__text_add_bytes(struct tf_text *text, const char *s, size_t len);
/* As part of a line for people: a `?` for each control character. */
void tf__text_add_shown(struct tf_text *text, const char *s, size_t len);
void tf__text_add_number(struct tf_text *text, uint64_t n);

size_t tf__length(const char *s);
bool tf__equal(const char *a, const char *b);
void tf__copy(void *to, const void *from, size_t len);
/* The part of s after prefix, or NULL when s does not begin with it. */
const char *tf__after(const char *s, const char *prefix);
/* The last '/' in s, or NULL. */
const char *tf__last_slash(const char *s);

/* Reads decimal digits at *s, moves *s past them; -EINVAL if there are none or too many. */
int tf__number(const char **s, uint64_t *ret_n);

/* Reads a small file whole; the text ends in NUL and is cut at size - 1. Its length or -errno. */
int tf__read_file(int dir, const char *path, char *ret_text, size_t size);

#endif
