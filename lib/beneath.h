/* beneath.h: paths that do not lead out of a directory. */
#ifndef TF_BENEATH_H
#define TF_BENEATH_H

#include "sys.h"

/* Opens `path` in directory `dir` as open(2) does, close-on-exec. -EXDEV: it is absolute, or leads
 * out by "..", or through a symbolic link out; -ELOOP: through one at all, where the kernel (before
 * 5.6) or a seccomp filter has no openat2 to tell these from others. */
int tf__open_beneath(int dir, const char *path, int flags, unsigned mode);

/* Makes the directories on the way to `path`, and with `whole` that one too, 0777 less the umask.
 * What is there is fine. */
int tf__make_dirs_beneath(int dir, const char *path, bool whole);

#endif
