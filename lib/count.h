/* count.h: what a removal, or a look at what could be removed, adds up. */
#ifndef TF_COUNT_H
#define TF_COUNT_H

#include "links.h"

/* What a removal did, added up over calls. Zero-initialised.
 *
 * What is gone counts once its last name is: a file that has another name elsewhere does not count.
 * What was only looked at (measured, or stayed) counts as du has it: once, at whichever of its
 * names was met first, and wherever the others are. Directories above what stays, which are there
 * only because of it, count nowhere when removing, and as going when measuring. What cannot be
 * looked at (a directory that cannot be read, or on which something is mounted) counts as one inode
 * without bytes. */
struct tf_removal {
	uint64_t inodes, bytes; /* removed, or measured; bytes by the sizes of regular files */
	uint64_t kept_inodes, kept_bytes; /* what `stays` said yes to, with all that is in it */
	int error;                        /* the first thing that went wrong, -errno, or 0 */
	char failed[256]; /* the entry that it went wrong with (its last path component) */
};

/* Remembers an error and the entry that it is about, if it is the first one. */
void tf__note(struct tf_removal *removal, const char *name, int error);

/* `stat` is from right before the removal. */
void tf__count_gone(struct tf_removal *removal, const struct tf_stat *stat);
/* `met` is what this walk has looked at so far. */
void tf__count_seen(
	struct tf_removal *removal, struct tf_links *met, const struct tf_stat *stat, bool stays);

void tf__add_up(struct tf_removal *sum, const struct tf_removal *more);

#endif
