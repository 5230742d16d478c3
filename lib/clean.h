/* clean.h: the end of a session: its files go. */
#ifndef TF_CLEAN_H
#define TF_CLEAN_H

#include "keeping.h"
#include "linger.h"
#include "report.h"

enum tf_cleaning_mode {
	TF_CLEAN_REMOVE, /* what is not to be kept goes */
	TF_CLEAN_LEAVE,  /* everything stays and is told as leaked; the session is marked as kept */
	TF_CLEAN_LOOK,   /* nothing is changed on disk; what would go is told as leaked */
};

/* How to clean. Zero-initialised: as whoever comes by. */
struct tf_cleaning {
	enum tf_cleaning_mode mode;
	bool reclaims;        /* a session of somebody else's: only if it is proven dead */
	bool wait;            /* wait for the lock: janitors only */
	bool kept_too;        /* what was kept is to go */
	unsigned members;     /* enum tf_asking, how C2 asks */
	tf_found_fn *found;   /* called for each file; NULL: a report is written if the session's
				 settings ask for one */
	void *arg;            /* of found */
	bool reports;         /* that report is written although there is a `found`, too */
	struct tf_sums *sums; /* gets `created` and `there`; may be NULL */
	const char *(*function_name)(unsigned function); /* for that report */
	struct tf_lingerers who;                         /* tf__clean_lingering: of whom to ask */
};

/* C1 to C4 for the session directory `path`. 0: cleaned, or there was nothing any more; where files
 * are kept the session stays, and is marked so. Above 0: the pid of a living member that is to be
 * waited for. -EAGAIN: somebody holds the lock. -EXDEV: whether it is alive is not to be told here;
 * -ENOLINK: not all of its files can be reached from here.
 * Else what hindered; then the session stays for a later cleaner. */
int tf__clean_session(const char *path, const struct tf_cleaning *how);

/* Is there any other session directory beside `path`? */
bool tf__has_others(const char *path);

/* Cleans the dead sessions beside `path`, with how->reclaims: what is left when everything was
 * killed at once goes with the next session. */
void tf__clean_others(const char *path, const struct tf_cleaning *how);

/* L1 to L6, for a session whose root has ended and others have not: what they do not need goes, and
 * is told as leaked, the rest as lingering. Where nothing may be removed, or it cannot be told what
 * they need, as tf__look_at_session, if there is a `found`. */
int tf__clean_lingering(const char *path, const struct tf_cleaning *how);

/* Tells what a session that is alive has made: how->found, with TF_LINGERING. */
int tf__look_at_session(const char *path, const struct tf_cleaning *how);

/* C3 by this process's private journal, when there is no session on disk. */
void tf__clean_private(const struct tf_journal *journal, const struct tf_keeping *keeping,
	const struct tf_cleaning *how);

#endif
