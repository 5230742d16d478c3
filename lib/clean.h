/* clean.h: the end of a session: its files go. */
#ifndef TF_CLEAN_H
#define TF_CLEAN_H

#include "journal.h"
#include "remove.h"

/* What became of one file or directory. */
struct tf_found {
	const char *path;               /* as registered; without a record, inside tmp/ */
	const struct tf_record *record; /* NULL: found in tmp/, made by whoever and however */
	bool is_dir;
	/* 0: removed (or kept). -ENOENT: it was gone. -ESTALE: its name leads to a file that is not
	 * the session's, or to none that may be removed. Else what hindered. */
	int result;
	struct tf_removal removal;
};

typedef void tf_found_fn(void *arg, const struct tf_found *found);

/* How to clean. Zero-initialised: as whoever comes by. */
struct tf_cleaning {
	bool wait;          /* wait for the lock: janitors only */
	bool keep;          /* tell what is there and remove nothing */
	unsigned members;   /* enum tf_asking, how C2 asks */
	tf_found_fn *found; /* called for each; may be NULL */
	void *arg;
};

/* C1 to C4 for the session directory `path`. 0: cleaned, or there was nothing any more. Above 0:
 * the pid of a living member that is to be waited for. -EAGAIN: somebody holds the lock. Else what
 * hindered; then the session stays for a later cleaner. */
int tf__clean_session(const char *path, const struct tf_cleaning *how);

/* C3 by this process's private journal, when there is no session on disk. */
void tf__clean_private(const struct tf_journal *journal);

#endif
