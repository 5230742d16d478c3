/* start.h: what this process found when it started. */
#ifndef SHIM_START_H
#define SHIM_START_H

#include <stdbool.h>

#include "journal.h"
#include "settings.h"

enum {
	START_PLACE = 512, /* the longest path that is remembered, with its NUL */
	START_NAME = 40,   /* the longest user name, likewise */
	START_BASES = 3,
};

/* Strings are copies: programs overwrite their environment (setproctitle), and change it. */
struct start {
	bool is_off;   /* set-user-ID, TMPGUARD_DISABLE=1: read nothing more, do nothing at all */
	bool stays;    /* TMPGUARD_FOLLOW=0 */
	bool is_plain; /* cwd, home and tmpdir make no difference to the temp roots */
	bool is_long;  /* TMPDIR does not fit, and is no temp root */
	bool is_lost;  /* they do, or may, and did not fit: there are no temp roots */
	bool per_process;             /* TMPGUARD_LIFETIME=process */
	bool redirects;               /* TMPGUARD_REDIRECT=1 */
	bool changes_names;           /* of templates in a temp root: one of three settings does */
	bool is_excluded;             /* TMPGUARD_EXCLUDE matches this program */
	uint8_t track;                /* enum tf_track */
	uint8_t persist;              /* enum tf_persist; what is malformed keeps all */
	const char *session;          /* TMPGUARD_SESSION's value, or NULL; the environment's own */
	char **session_at;            /* its place there */
	const char *set[TF_SETTINGS]; /* values, or NULL */
	const char *entries;          /* those that are set, NAME=VALUE, each with its NUL */
	size_t entries_len;
	char program[TF_PROGRAM_SIZE];
	char user[START_NAME], logname[START_NAME];
	char cwd[START_PLACE], home[START_PLACE], tmpdir[START_PLACE], dir[START_PLACE];
	char own_path[START_PLACE]; /* of the shim, absolute; "" if it cannot be told */
};

/* Reads the environment, once. Says one line about each value that is not allowed, and takes it out
 * of the environment, so that no child says it again. */
void start_read(struct start *ret_start);

/* For a process that is to have a session of its own: remembers where it started, which decides
 * what is a temp root; later chdir and setenv do not. */
void start_remember_places(struct start *start);

/* Is TMPGUARD_DIR a place to make files in? If not, says so in one line and forgets it. */
void start_check_dir(struct start *start);

/* The n-th place where a session may be made, in the order of preference, or NULL. */
const char *start_base(const struct start *start, unsigned n);

/* Puts `entry` (static) into `environ`, for what libc starts by itself (system, popen) and for
 * programs that pass on what they found; and TMPDIR, if TMPGUARD_DIR is set. */
void start_add_to_environ(const struct start *start, char *entry);

/* Where TMPGUARD_REPORT goes: absolute, %p being this process. False: it does not fit. */
bool start_report_path(const struct start *start, char *ret_path, size_t size);

/* One line "tmpguard: TMPGUARD_NAME=VALUE: TEXT REASON" on standard error. */
void start_complain(
	enum tf_setting setting, const char *value, const char *text, const char *reason);

#endif
