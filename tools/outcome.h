/* outcome.h: what `tmpguard run` finds at its command's end, cleaned, moved and reported.
 *
 * All of it goes as JSON Lines (report.h) into a file that has no name; the text and the other
 * reports are made from that.
 */
#ifndef TOOLS_OUTCOME_H
#define TOOLS_OUTCOME_H

#include <stdint.h>
#include <sys/types.h>

#include "options.h"
#include "report.h"

struct outcome {
	const struct options *options; /* borrowed, as all texts */
	const char *session;           /* path of its directory */
	int dir;                       /* open on it */
	int root;
	bool is_complete;
	bool is_short; /* of descriptors or memory: the janitor, which may have more, tries again */
	struct tf_report report;
	struct tf_notes settings, end;
	int fd; /* of the JSON Lines, or below 0 */
};

/* Can the reports be written, and is there a directory to keep to? -1, or the exit status. */
int outcome_check(const struct options *options);

/* Begins the report. 0 or -errno; then everything else works, but nothing is told. */
int outcome_begin(struct outcome *outcome);

/* A process that lives on. */
void outcome_process(struct outcome *outcome, pid_t pid);

/* Cleans the session, as tf__clean_session. */
int outcome_clean(struct outcome *outcome);

/* Descendants of ours live on: removes what they do not need, and looks at the rest. */
int outcome_linger(struct outcome *outcome);

/* Moves what is kept, and writes all reports. How many files were left behind. */
uint64_t outcome_end(struct outcome *outcome);

#endif
