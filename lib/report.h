/* report.h: what became of a session's files, as JSON Lines.
 *
 * The schema is in tools/doc/tmpguard-report.5. This is the one writer of it: `tmpguard run`, the
 * janitor, and a program's own end all use it.
 */
#ifndef TF_REPORT_H
#define TF_REPORT_H

#include "journal.h"
#include "notes.h"
#include "remove.h"

enum tf_status {
	TF_GONE,           /* its program removed or published it */
	TF_LEAKED,         /* it was there at the end and was not to stay */
	TF_KEPT,           /* it was to stay */
	TF_LINGERING,      /* it stays for now: processes still live that may need it */
	TF_LEFT_ALONE,     /* seen, and not ours */
	TF_NOT_INTERPOSED, /* a program that loads no shim */
	TF_HAZARD,         /* something insecure that was done */
};

/* What became of one file or directory. */
struct tf_found {
	enum tf_status status;
	const char *path;               /* absolute */
	const struct tf_record *record; /* NULL: found in tmp/, made by whoever and however */
	uint16_t mode;                  /* st_mode; 0 unknown */
	bool is_removed;
	int error; /* why it could not be removed (-errno), or 0 */
	uint64_t bytes, inodes;
};

typedef void tf_found_fn(void *arg, const struct tf_found *found);

struct tf_sum {
	uint64_t count, bytes, inodes;
};

struct tf_sums {
	struct tf_sum leaked, kept, lingering, left_alone;
	uint64_t created;     /* registered in all */
	uint64_t there;       /* of these still there */
	uint64_t not_removed; /* could not be */
	uint64_t not_interposed, hazards;
	uint64_t lingering_processes;
};

/* What the first line tells. Borrowed while the report is written. */
struct tf_report_head {
	const char *directory; /* the session's */
	const char *mode;      /* "run" or "preload" */
	int root;
	const struct tf_notes *notes; /* the command line: its ARG entries; may be NULL */
};

struct tf_report {
	int fd;
	int error;                                       /* of the first write that failed, or 0 */
	const char *(*function_name)(unsigned function); /* NULL: unknown */
	const char *session;                             /* the last component of its directory */
	int root;
	struct tf_sums sums;
	char *buf; /* mapped */
	size_t len;
};

/* Writes the first line. Borrows fd until the end, and head until the return; head->directory's
 * text until the end. 0 or -ENOMEM. */
int tf__report_begin(struct tf_report *report, int fd, const struct tf_report_head *head,
	const char *(*function_name)(unsigned function));

/* A tf_found_fn; arg is a struct tf_report. Writes a line, except for what is gone, and sums up. */
void tf__report_found(void *report, const struct tf_found *found);

/* A process that outlives the root. */
void tf__report_process(struct tf_report *report, int pid, const char *program);

/* How the root has ended: as the file `end` of notes.h says, or NULL. */
struct tf_report_end {
	const struct tf_notes *end;
	bool is_dry;      /* nothing was removed on purpose */
	bool is_complete; /* everything was looked at */
};

/* Writes the last line, and what is still in memory. 0 or the first error. */
int tf__report_end(struct tf_report *report, const struct tf_report_end *end);

/* Where TMPGUARD_REPORT=value goes: absolute, relative to cwd (NULL or "" where that is not known),
 * with the root's pid for %p. False: it does not fit. */
bool tf__report_path(const char *value, const char *cwd, int root, char *ret_path, size_t size);

/* Opens the file `path` to add to it. */
int tf__report_open(const char *path);

#endif
