/* start.h: what this process found when it started. */
#ifndef SHIM_START_H
#define SHIM_START_H

#include <stdbool.h>

#include "journal.h"

enum {
	START_PLACE = 512, /* the longest path that is remembered, with its NUL */
	START_BASES = 3,
};

/* Strings are copies: programs overwrite their environment (setproctitle), and change it. */
struct start {
	bool is_off;   /* set-user-ID, TMPGUARD_DISABLE=1: read nothing more, do nothing at all */
	bool keeps;    /* TMPGUARD_PERSIST=1; what is not understood also keeps */
	bool stays;    /* TMPGUARD_FOLLOW=0 */
	bool is_plain; /* cwd, home and tmpdir make no difference to the temp roots */
	bool is_lost;  /* they do, or may, and did not fit: there are no temp roots */
	const char *session; /* TMPGUARD_SESSION's value, or NULL; the environment's own */
	char **session_at;   /* its place there */
	char program[TF_PROGRAM_SIZE];
	char cwd[START_PLACE], home[START_PLACE], tmpdir[START_PLACE], dir[START_PLACE];
	char own_path[START_PLACE]; /* of the shim, absolute; "" if it cannot be told */
};

/* Reads the environment, once. */
void start_read(struct start *ret_start);

/* For a process that is to have a session of its own: remembers where it started, which decides
 * what is a temp root; later chdir and setenv do not. */
void start_remember_places(struct start *start);

/* The n-th place where a session may be made, in the order of preference, or NULL. */
const char *start_base(const struct start *start, unsigned n);

/* Puts `entry` (static) into `environ`, for what libc starts by itself (system, popen) and for
 * programs that pass on what they found. */
void start_add_to_environ(const struct start *start, char *entry);

#endif
