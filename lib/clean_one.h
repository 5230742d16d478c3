/* clean_one.h: what becomes of one file of a session that ends: it goes, or stays, and is told. */
#ifndef TF_CLEAN_ONE_H
#define TF_CLEAN_ONE_H

#include "keeping.h"
#include "linger.h"
#include "reader.h"
#include "report.h"

/* Who cleans a session, and how far it has come. */
struct tf_cleaner {
	/* on these terms */
	const char *session; /* path; NULL: none on disk */
	const struct tf_keeping *keeping;
	bool kept_too;         /* records that say that something stays do not count */
	bool looks;            /* nothing is changed */
	bool leaves;           /* nothing is removed, and all is told as if it were */
	bool is_past;          /* of another boot, or of a container that was started again */
	enum tf_status status; /* of what goes or would go */
	tf_found_fn *found;    /* may be NULL */
	void *arg;             /* of found */
	const char *(*function_name)(unsigned function); /* for reports of sessions inside it */
	struct tf_sums *sums;
	struct tf_linger *linger; /* processes live that may need some of it; or NULL */
	struct tf_reader reader;  /* of the journal; header NULL: there is none */

	/* with this result */
	int error;       /* something could not be done now */
	uint64_t told;   /* how often `found` was, or would have been, called */
	bool has_failed; /* something could not be removed */
	bool has_left;   /* something stays, on purpose */
	bool has_places; /* there are shared ones */

	/* on the way */
	bool is_needed;    /* an answer */
	const char *place; /* where all is to stay: what is being removed */
	struct tf_reader
		searcher;    /* for what stands elsewhere in the journal; chunk NULL: not open */
	bool holds_sessions; /* what is at hand may hold sessions of their own */
	int dir;             /* the last directory opened, or -errno: -ENOENT at first */
	size_t dir_len;
	char dir_path[512]; /* longer ones are opened anew each time */
};

/* What this record stands for goes, unless it is to stay, and is told. The record is the reader's.
 */
void tf__clean_record(struct tf_cleaner *c, const struct tf_record *record);

/* Before anything goes, for each record, when others linger: is it a directory that they need for
 * something in it? Then it is marked as needed. */
void tf__clean_mark_above(struct tf_cleaner *c, const struct tf_record *record);

/* As tf__clean_record, for an entry of the private TMPDIR or of a shared place, which is open as
 * `dir` and has the path `above`. What a record has told of is passed over. */
void tf__clean_entry(struct tf_cleaner *c, int dir, const char *above, const char *name);

/* --- for clean_place.c --- */

/* The directory of a record's file, with a path of `len` bytes (which may be written to, and has
 * its old text then): the last one again, most of the time. Borrowed; or -errno. */
int tf__clean_dir_of(struct tf_cleaner *c, char *path, size_t len);

/* Is what is there, by this stat, the record's file? Gives the identity that may be removed. 0,
 * -ESTALE, or -EXDEV: not while that is mounted. */
int tf__clean_judge(struct tf_cleaner *c, const struct tf_record *record, int dir,
	const struct tf_stat *stat, struct tf_identity *ret_id);

/* A record of a file, or of a directory with all that is in it. */
void tf__clean_registered(struct tf_cleaner *c, const struct tf_record *record);

/* Closes what was opened on the way, which is opened again where it is needed. */
void tf__cleaner_close(struct tf_cleaner *c);

#endif
