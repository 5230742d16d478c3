/* opendir.h: opening a directory that is about to be emptied. */
#ifndef TF_OPENDIR_H
#define TF_OPENDIR_H

#include "sys.h"

/* Opens directory `name` of `dir` for reading if it is no symlink and no mount point (bind mounts
 * on the same device included). -EXDEV for a mount point, and where the kernel cannot tell. */
int tf__open_dir(int dir, const char *name);

/* The same for a directory of our own: where its permissions forbid reading they are set to 0700.
 */
int tf__open_own_dir(int dir, const char *name);

#endif
