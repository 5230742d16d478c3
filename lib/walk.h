/* walk.h: the way through a tree of directories, without recursion.
 *
 * A stack of levels in mapped memory stands for the path from the top directory to the current
 * one, beside it a stack of names: of the directories on that path, and of those that are still to
 * be entered.
 *
 * I1  Only the TF_WALK_OPEN levels nearest the current one have a descriptor; a level further up
 *     gets one again through "..", and is only believed if device and inode are what they were.
 */
#ifndef TF_WALK_H
#define TF_WALK_H

#include "identity.h"

enum { TF_WALK_OPEN = 24 };

struct tf_stack { /* grows by doubling, and may move */
	char *at;
	size_t top, size;
};

struct tf_level {
	uint64_t dev, ino;
	size_t names_from; /* what lies above in the stack of names belongs to this level */
	int fd;            /* -1 while closed, I1 */
	unsigned char scans;

	/* The walker's own, zero at first. */
	bool stays, holds;
	unsigned short path_len, mode;
};

struct tf_walk {
	int dir; /* where the top directory is. Borrowed. */
	struct tf_stack levels, names;
	char *entries;
};

/* Begins at the directory `dir`, which is borrowed: there is no level yet, and one name, that of
 * the top directory. 0 or -ENOMEM; tf__walk_end is due either way. */
int tf__walk_begin(struct tf_walk *w, int dir, const char *name);
/* Closes what is left open and gives the memory back. */
void tf__walk_end(struct tf_walk *w);

/* Takes fd, a directory of the current level (whose name is the last one) that `stat` is of: it
 * becomes the current level. 0 or -ENOMEM, which closes it, too. */
int tf__walk_enter(struct tf_walk *w, int fd, const struct tf_stat *stat);
/* Sees to it that tf__walk_above gives a descriptor (I1). 0, -ESTALE if ".." leads elsewhere, or
 * what hindered. */
int tf__walk_reach_above(struct tf_walk *w);
/* Closes the current level and drops its name; the one above is the current one. */
void tf__walk_leave(struct tf_walk *w);

/* Reads on in the current level: how many entries there are now, 0 at its end, or -errno. */
long tf__walk_read(struct tf_walk *w);
/* One of them, in the order of their inodes (which is how a disk filesystem likes it). */
const struct tf_entry *tf__walk_entry(const struct tf_walk *w, size_t i);

/* 0 or -ENOMEM */
int tf__walk_push_name(struct tf_walk *w, const char *name);
/* The name pushed last; there is one. Good until the next push. */
const char *tf__walk_last_name(const struct tf_walk *w);
void tf__walk_drop_name(struct tf_walk *w);

static inline size_t tf__walk_depth(const struct tf_walk *w)
{
	return w->levels.top / sizeof(struct tf_level);
}

/* The level `up` levels above the current one. Good until the next one is entered. */
static inline struct tf_level *tf__walk_level(const struct tf_walk *w, size_t up)
{
	return (struct tf_level *)(void *)(w->levels.at + w->levels.top) - 1 - up;
}

/* The current directory: that of the current level, or at first where the top directory is. */
static inline int tf__walk_here(const struct tf_walk *w)
{
	return w->levels.top > 0 ? tf__walk_level(w, 0)->fd : w->dir;
}

/* The directory that the current one lies in. */
static inline int tf__walk_above(const struct tf_walk *w)
{
	return tf__walk_depth(w) > 1 ? tf__walk_level(w, 1)->fd : w->dir;
}

#endif
