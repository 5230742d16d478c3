/* files.h: making a file or directory by a template, name by name. */
#ifndef SHIM_FILES_H
#define SHIM_FILES_H

#include "making.h"

/* Draws `letters` characters at path + slot until nothing of that name is there, creates what the
 * request says by the next `open` or `mkdir`, and ends *making, which may be NULL: then nothing is
 * registered. A descriptor, 0 for a directory, or -errno. errno stays. */
int files_make(struct making *making, const struct request *request, char *path, size_t slot,
	size_t letters, int flags);

#endif
