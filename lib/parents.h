/* parents.h: missing directories above a path. */
#ifndef TF_PARENTS_H
#define TF_PARENTS_H

#include "sys.h"

/* Makes the directories above `path` that are missing, 0777 less the umask. 0 when all are there.
 * Symbolic links on the way are followed. is_synced: they outlive a power cut. */
int tf__make_parents(int dir, const char *path, bool is_synced);

#endif
