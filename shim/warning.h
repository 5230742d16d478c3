/* warning.h: what tmpguard could not do, in one line on standard error. */
#ifndef SHIM_WARNING_H
#define SHIM_WARNING_H

#include "report.h"

/* Each says its line once in a process and, where `session` is the path of a session that is there
 * (else NULL), only if nobody else in it has said such a line. */

/* What is made is known to this process alone: there is no session, or only no journal in it. */
void warning_private(const char *session, int error);

/* What is made is not known to anybody. */
void warning_journal(const char *session, int error);

/* The same, for it is not known which temp roots are the program's own surroundings. */
void warning_lost(const char *session, const char *why);

/* TMPDIR is no temp root. */
void warning_long_tmpdir(const char *session);

/* The first that the end could not remove. Zero-initialised: none. */
struct warning_left {
	int error;
	char path[200]; /* or its beginning */
};

/* A tf_found_fn, with one of these, and what it has found. */
void warning_note_left(void *arg, const struct tf_found *found);
void warning_left(const struct warning_left *left);

/* TMPGUARD_DIR is of no use. */
void warning_dir(const char *dir, int error);

#endif
