/* family.h: who is whose child in a session.
 *
 * When processes outlive the root, what they do not need goes at once (session.h, F1 to L6). For
 * that each file's maker has to be known, and whose child it was, long after it and its parent have
 * died. So a process is written down here once, before it registers, forks or execs; a forked child
 * at once, in the fork; a spawned one by its parent.
 *
 * The table is a sparse file with a place for each pid, like that of the members. A number that is
 * given again takes its place over: then whoever meant the process before it finds another time
 * there, and knows nothing of it. Nothing is ever concluded from what is missing.
 *
 * 40 bytes for each number that the kernel gives out are the bound: 160 MB at the largest pid_max,
 * 4,194,304, and 1.25 MB at 32,768. (The members' 16 are 64 MB, and 0.5.) A busy machine comes near
 * it early, since a block has room for 102 numbers, most of them others'.
 */
#ifndef TF_FAMILY_H
#define TF_FAMILY_H

#include "sys.h"

/* Which process: its number, and when it was written down (tf__boot_time, later than its start and
 * than its parent's). when 0: not known. */
struct tf_kin {
	int32_t pid;
	uint32_t pid_namespace; /* of who adds it: 0 where that has to be asked */
	uint64_t when;
	struct tf_birth {
		uint64_t from,
			until; /* tf__boot_time; 0 and 0, of who adds it: as far as is known */
	} birth;
};

/* Made by a parent that has noted the time before. Of its children, which it makes one after the
 * other, it is then known which was the first, whichever was the first to be written down. */
static inline struct tf_birth tf__birth(uint64_t begun)
{
	return (struct tf_birth){begun, begun};
}

static inline bool tf__is_same_kin(const struct tf_kin *a, const struct tf_kin *b)
{
	return a->pid == b->pid && a->when == b->when && a->when != 0;
}

/* Writes `who` down, as of now, which is its `when` then, as a child of `parent`: NULL for who has
 * none in the session; one whose `when` is 0 for who has an unknown one. -errno: `when` is 0. */
int tf__family_add(int session, struct tf_kin *who, const struct tf_kin *parent);

/* The same in a forked child, by the session's path and without looking at its directory: this is
 * done in each fork. Only where the table is there already. */
int tf__family_add_forked(const char *session, struct tf_kin *who, const struct tf_kin *parent);

/* The same for a child of ours; of one that has written itself down as such only the birth, of
 * which we know more. */
int tf__family_add_child(int session, struct tf_kin *who, const struct tf_kin *parent);

/* Is the living process `pid` written down? Then gives it. Else -ENOENT, or another -errno. */
int tf__family_find(int session, int pid, struct tf_kin *ret_kin);

/* Opens the table, which must be ours, to ask it for parents: a descriptor, or -errno. */
int tf__family_open(int session);

/* The parent of `who`: itself where it has none; -ENOENT where that is not known. Else the birth of
 * `who` is filled in; its parent's is not. */
int tf__family_parent(int table, struct tf_kin *who, struct tf_kin *ret_parent);

#endif
