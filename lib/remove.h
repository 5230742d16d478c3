/* remove.h: removal by directory descriptor, of a file and of a tree. */
#ifndef TF_REMOVE_H
#define TF_REMOVE_H

#include "identity.h"

/* What a removal did, added up over calls. Zero-initialised. */
struct tf_removal {
	uint64_t inodes, bytes; /* removed; bytes by the sizes of regular files */
	int error;              /* the first thing that went wrong, -errno, or 0 */
	char failed[256];       /* the entry that it went wrong with (its last path component) */
};

/* Removes the entry `name` of directory `dir` if it is still the file `id` (NULL: whatever it is).
 * A directory goes with everything in it. Follows no symlink, crosses no mount point, and leaves
 * what it cannot remove, going on with the rest.
 * 0 when the entry is gone, -ESTALE when another file has the name now, -ENOENT, or the first
 * error. Uses at most 26 descriptors, a bounded stack, and mapped memory that grows with the depth
 * of the tree and with the number of directories beside the one that it is in. */
int tf__remove(int dir, const char *name, const struct tf_identity *id, struct tf_removal *removal);

#endif
