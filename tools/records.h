/* records.h: reports as JSON Lines, schema 1, read into memory. tmpguard-report(5) says what the
 * lines are. What this version does not know (keys, types, statuses) is passed over. */
#ifndef TOOLS_RECORDS_H
#define TOOLS_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "arena.h"

enum {
	RECORDS_SCHEMA = 1,
};

enum record_status {
	RECORD_LEAKED,
	RECORD_KEPT,
	RECORD_LINGERING,
	RECORD_SEEN,
	RECORD_STATUSES,
};

/* Every text here is UTF-8 but for file.path, and may hold control characters. NULL, and 0 for a
 * pid, stand for what is not known. */
struct record_file {
	struct record_file *next;
	enum record_status status;
	bool removed;
	const char *path; /* its own bytes, whatever they are */
	const char *kind;
	uint64_t bytes, inodes;
	const char *function, *program, *caller, *created; /* NULL: found in TMPDIR */
	uint64_t pid;
	const char *error;  /* why it is still there */
	const char *reason; /* why it was left alone; RECORD_SEEN only */
};

/* A program that the shim did not get into. */
struct record_program {
	struct record_program *next;
	const char *path, *reason;
	uint64_t pid, count;
};

/* A process that lived on when the session's root had ended. */
struct record_process {
	struct record_process *next;
	const char *program;
	uint64_t pid;
};

/* Something insecure that was done with temporary files. */
struct record_hazard {
	struct record_hazard *next;
	uint64_t cwe;
	const char *path, *reason;
	const char *function, *program, *caller;
	uint64_t pid;
	bool is_private; /* it came to no harm: the name lies in a private directory */
};

struct record_totals {
	uint64_t count, bytes, inodes;
};

struct record_summary {
	bool is_there; /* if not, the report is cut off, and all else here is 0 */
	bool dry_run;
	bool complete;
	uint64_t created, gone;
	struct record_totals totals[RECORD_STATUSES];
	uint64_t not_removed, not_interposed, lingering_processes, hazards;
	bool has_exit;
	uint64_t exit, signal; /* signal 0: none */
};

/* One report: of one session. What is listed is in the order of the lines. */
struct records {
	struct records *next;
	const char *session; /* together with root: which session */
	uint64_t root;       /* a pid */
	bool has_head;       /* the line that begins a report was there */
	bool is_foreign;     /* of another schema: nothing else is known */
	const char *tmpguard, *mode, *directory, *time;
	const char *const *command; /* ends in NULL; NULL when not known */
	struct record_file *files, **last_file;
	struct record_program *programs, **last_program;
	struct record_process *processes, **last_process;
	struct record_hazard *hazards, **last_hazard;
	struct record_summary summary;
};

/* Zero-initialised: no reports yet. */
struct records_set {
	struct arena arena;      /* what all below lives in */
	struct records *reports; /* in the order of their first lines */
	struct records *last;
	void *index; /* of tsearch: the latest report of each session */
};

/* Adds what a file says to the set, and writes each line that is of use to `copy`, unless that is
 * NULL. Complains of what is not (complain(), with name). How many lines that was, or -errno when
 * reading failed; what was read until then is in the set either way. */
int records_read(struct records_set *set, FILE *file, const char *name, FILE *copy);

void records_free(struct records_set *set);

#endif
