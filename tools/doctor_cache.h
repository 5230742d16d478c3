/* doctor_cache.h: the list of libraries that ldconfig makes for glibc's loader. */
#ifndef TOOLS_DOCTOR_CACHE_H
#define TOOLS_DOCTOR_CACHE_H

#include <stddef.h>

struct ld_cache {
	char *data; /* owned; NULL: there is none that can be read */
	size_t size;
	size_t base; /* of the format that is read; the one before 2.2 may precede it */
	size_t count;
};

/* Gives the list in the file `path`; an empty one where it is none. Free with ld_cache_free. */
struct ld_cache ld_cache_read(const char *path);

void ld_cache_free(struct ld_cache *cache);

/* The next path for the library `name`, after the *at-th entry, which it moves; NULL: no more.
 * There may be several, for other machines and for processors that can do more. */
const char *ld_cache_next(const struct ld_cache *cache, const char *name, size_t *at);

#endif
