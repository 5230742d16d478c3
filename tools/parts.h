/* parts.h: where the other parts of tmpguard lie. */
#ifndef TOOLS_PARTS_H
#define TOOLS_PARTS_H

#include <limits.h>
#include <stdbool.h>

/* The directory that this program lies in, with a slash at its end. False: it cannot be told. */
bool parts_own_dir(char ret_dir[PATH_MAX]);

/* The first of `places`, which end in NULL, that can be read: relative to our own directory, unless
 * absolute. */
bool parts_find(const char *const *places, char ret_path[PATH_MAX]);

#endif
