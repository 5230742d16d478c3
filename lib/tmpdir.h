/* tmpdir.h: choosing the directory for temporary files. */
#ifndef TF_TMPDIR_H
#define TF_TMPDIR_H

#include "sys.h"

/* Can a file be created and written to in this directory? It is tried, for permissions alone do not
 * tell (read-only and full filesystems). 0 or -errno; nothing is left. */
int tf__tmpdir_try(const char *dir);

/* The first of n candidates (NULL and "" are passed over) that can be used, or -ENOENT. */
int tf__tmpdir_choose(const char *const *candidates, int n, const char **ret_dir);

#endif
