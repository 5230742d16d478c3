/* redirect.h: TMPGUARD_DIR and TMPGUARD_PREFIX: another place and another name than was asked for.
 *
 * The answer has to fit the caller's buffer: exactly as many characters as the template. Only what
 * lies directly in a temp root is ever changed.
 */
#ifndef SHIM_REDIRECT_H
#define SHIM_REDIRECT_H

#include <stdbool.h>
#include <stddef.h>

enum { REDIRECT_MAX = 256 }; /* templates that are longer, with their NUL, stay as they are */

/* A template in the making: `letters` characters at text + slot are to be drawn. */
struct redirect {
	char text[REDIRECT_MAX];
	size_t slot, letters;
};

/* The template whose six X are at template + slot, elsewhere or by another name. False: as it is.
 */
bool redirect_template(struct redirect *ret_redirect, const char *template, size_t slot);

/* The same with the place as it was asked for, and only the name changed, for when the other place
 * fails. */
bool redirect_name(struct redirect *ret_redirect, const char *template, size_t slot);

/* Where an unnamed file that is asked for in directory `path` is to be made instead, or NULL. */
const char *redirect_unnamed(const char *path);

/* Is this a temp root, by its text? What is only found out by asking the disk stays where it is. */
bool redirect_is_root(const char *dir, size_t len);

#endif
