/* options.h: the options of `tmpguard run`. */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include <stdbool.h>

#include "settings.h"
#include "share.h"
#include "supervise.h"

enum { REPORTS = 16 }; /* at most so many --report */

enum report_format { REPORT_TEXT, REPORT_JSONL };

struct report_target {
	enum report_format format;
	const char *path; /* "-" is standard output */
};

struct options {
	int error_exitcode;
	enum linger linger;
	bool no_private, quiet, verbose, dry_run;
	const char *keep_to;          /* or NULL */
	const char *set[TF_SETTINGS]; /* as given by option or environment; NULL is the default */
	bool is_option[TF_SETTINGS];  /* given by option, hence not yet in the environment */
	struct report_target reports[REPORTS];
	int n_reports;
	struct share share;
	char **command;
};

/* Reads options and environment. Below 0: go on; else the exit status to end with, and what was
 * wrong has been said. */
int options_parse(struct options *ret_options, int argc, char **argv);

#endif
