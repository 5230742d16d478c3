/* linger.h: who outlives the root of a session, and what they may still need of it.
 *
 * Steps L1 to L6 of the protocol (session.h). What cannot be told is needed.
 */
#ifndef TF_LINGER_H
#define TF_LINGER_H

#include "family.h"
#include "inuse.h"
#include "journal.h"

enum { TF_LINGER_MAX = 256 }; /* processes; among more than that, all is needed */

/* Whom to ask about. */
struct tf_lingerers {
	bool is_parent; /* we are `run`: all our descendants, and nobody else */
	uint64_t since; /* else: members, which have started no earlier than this; when the root
			   started, or 0 */
};

struct tf_linger {
	int session;      /* borrowed */
	const char *path; /* of the session; borrowed */
	struct tf_lingerers who;
	uint64_t when;         /* L1, by tf__file_time */
	uint64_t lock;         /* inode */
	struct tf_in_use used; /* by them; and what was found to be needed, to go with it */
	struct tf_hashes whole;
	int table; /* of the family, or below 0 */
	int n;     /* of them */
	struct tf_lingerer {
		int64_t start;
		int32_t pid;
		int32_t kin; /* its chain in there: from it up to the root, and zeros at the end */
	} * found;
	struct tf_kin *kin;
	struct tf_kin *way; /* of a maker up to the root */
	int n_kin;
	struct tf_kin last; /* the maker that was asked about last */
	bool is_last_needed;
};

/* L1 to L3: looks for them. 0; or -errno: it cannot be told what they need, so everything. Ended by
 * tf__linger_end if it is 0. */
int tf__linger_begin(
	struct tf_linger *linger, int session, const char *path, const struct tf_lingerers *who);
void tf__linger_end(struct tf_linger *linger);

/* L4: marks what is needed; for each record, before anything is removed. */
void tf__linger_mark(struct tf_linger *linger, const struct tf_record *record);

/* Is this directory needed for what lies below it, as far as names tell? Then all in it is. */
bool tf__linger_is_above(const struct tf_linger *linger, const char *path);
void tf__linger_mark_whole(struct tf_linger *linger, const char *path);

/* Was this file not there at L1, or is it in use? */
bool tf__linger_uses(const struct tf_linger *linger, const struct tf_stat *stat);

/* L5: may it be needed? `stat` is what its path leads to. */
bool tf__linger_needs(
	struct tf_linger *linger, const struct tf_record *record, const struct tf_stat *stat);

#endif
