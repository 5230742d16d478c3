/* remove.h: removal by directory descriptor, of a file and of a tree; measuring, without removal;
 * removal of a tree but for some of its entries. */
#ifndef TF_REMOVE_H
#define TF_REMOVE_H

#include "count.h"

/* How to remove. NULL or zero-initialised: everything goes. */
struct tf_removing {
	bool measure; /* count only: nothing is removed or changed */

	/* Is the entry to stay? A directory that is stays whole and is not asked about any further;
	 * directories above what stays do, too. Asked once about each entry, the top one first
	 * (unless others change the tree meanwhile); never about one whose path is longer than 4095
	 * bytes: that stays. `path` is good during the call. NULL: nothing stays. */
	bool (*stays)(void *arg, const char *path);
	void *arg;
	const char *path; /* of the entry that is removed; what `stays` is told begins with it.
			   * Borrowed. Only for `stays`; without it all stays. */
};

/* Removes the entry `name` of directory `dir` if it is still the file `id` (NULL: whatever it is).
 * A directory goes with everything in it. Follows no symlink, crosses no mount point, and leaves
 * what it cannot remove, going on with the rest.
 *
 * 0 when the entry is gone, -ESTALE when another file has the name now, -ENOENT, or the first
 * error. -ENOTEMPTY with no error in `removal` means that nothing went wrong, and the entry is
 * there because it, or something in it, stays; what came into directories above that meanwhile is
 * there, too. What stays is not opened up if it cannot be read, and that is no error.
 *
 * Measuring: 0 when everything was counted (whatever stays), else as above.
 *
 * Directories that their owner may not read, write or search are opened up (0700) to be emptied.
 * Where `stays` is given, one that does not go gets its mode back.
 *
 * Uses at most 26 descriptors, a bounded stack, and mapped memory that grows with the depth of the
 * tree, with the number of directories beside the one that it is in, and with the number of files
 * of several names that were looked at. */
int tf__remove(int dir, const char *name, const struct tf_identity *id,
	const struct tf_removing *how, struct tf_removal *removal);

#endif
