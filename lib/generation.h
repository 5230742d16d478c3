/* generation.h: what tells two files apart that have had the same inode number.
 *
 * A birth time does so only as far as it is there and fine enough: ext2, ext3 and ext4 with small
 * inodes have none or one in seconds, and before Linux 6.13 it comes from a clock that stands still
 * for milliseconds, in which a file can be made, removed and made again. Filesystems that give out
 * inode numbers again count generations, for NFS's sake.
 */
#ifndef TF_GENERATION_H
#define TF_GENERATION_H

#include "identity.h"

/* The whole identity of what `path` in `dir` leads to, whose stat this is. `flags` are those of the
 * stat: TF_AT_EMPTY_PATH for the descriptor `dir` itself, else no link is followed. Costs a call or
 * two where numbers are given out again (ext, xfs), and none elsewhere but for the first file of a
 * filesystem. Where the generation cannot be had it stays 0. */
struct tf_identity tf__identify(int dir, const char *path, int flags, const struct tf_stat *stat);

/* Adds the generation of what a name leads to, if the other one has one. */
void tf__identify_like(
	struct tf_identity *id, const struct tf_identity *other, int dir, const char *name);

#endif
