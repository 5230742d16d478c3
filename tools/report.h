/* report.h: what was left behind, gathered while it is removed and then told. */
#ifndef TOOLS_REPORT_H
#define TOOLS_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "clean.h"

struct report_item {
	char *path; /* owned */
	bool is_dir, is_kept;
	int error; /* why it is still there, or 0 */
	uint64_t bytes, inodes;
	const char *function; /* "" when it was found in TMPDIR without a record */
	char program[TF_PROGRAM_SIZE];
	int pid;
};

struct report {
	struct report_item *items; /* owned */
	size_t n, size;
	size_t gone;     /* registered, and no longer there at the end */
	const char *tmp; /* path of the private TMPDIR, to name what was found there; borrowed */
	bool keep;
	bool failed; /* memory ran out: some items are missing */
};

/* A tf_found_fn; arg is a struct report. */
void report_found(void *arg, const struct tf_found *found);

/* Writes the text to standard error: items and a summary, each line with ==PID== in valgrind's
 * manner. Only the summary when there is no item. */
void report_print(const struct report *report, const char *command);

void report_free(struct report *report);

#endif
