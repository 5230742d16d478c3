/* redirect.h: another place and another name than was asked for: TMPGUARD_DIR, TMPGUARD_REDIRECT
 * and TMPGUARD_PREFIX.
 *
 * The answer has to fit the caller's buffer: exactly as many characters as the template. Only what
 * lies directly in a temp root is ever changed.
 */
#ifndef SHIM_REDIRECT_H
#define SHIM_REDIRECT_H

#include "making.h"

/* Templates that are longer, with their NUL, stay as they are: there is room for the longest name
 * in any of the usual temp roots. */
enum { REDIRECT_MAX = 320 };

/* A template in the making: `letters` characters at text + slot are to be drawn. */
struct redirect {
	char text[REDIRECT_MAX];
	size_t slot, letters;

	/* the caller's, borrowed */
	const char *template, *name, *suffix;
	size_t dir_len; /* with the slash, if there is one */
	size_t prefix_len, suffix_len;
	bool moves;       /* another place is wanted */
	bool has_private; /* the private TMPDIR of `run` is on the same filesystem */
};

/* May what is asked for, by a template whose six X begin at `slot`, get another place or name? */
bool redirect_begin(struct redirect *ret_redirect, const struct request *asked, size_t slot);

/* The first choice: the directory that is set, or the private TMPDIR. False: there is none, or it
 * does not fit. */
bool redirect_to_dir(struct redirect *redirect);

/* The second: a directory of our own where it was asked for. How many letters its name is to have;
 * 0: none. Then redirect_into puts the file's name behind that directory, which stands in the text.
 */
size_t redirect_own_letters(const struct redirect *redirect);
bool redirect_into(struct redirect *redirect);

/* The last: the place as it was asked for, and only the name changed. */
bool redirect_name(struct redirect *redirect);

/* Where an unnamed file that is asked for in directory `path` is to be made instead, or NULL. */
const char *redirect_unnamed(const char *path);

/* Is this a temp root, by its text? */
bool redirect_is_root(const char *dir, size_t len);

#endif
