/* guard.h: this process's part in its session. */
#ifndef SHIM_GUARD_H
#define SHIM_GUARD_H

#include "journal.h"

/* A creation on its way into the journal. */
struct making {
	const char *dir; /* canonical directory of the file to be; not NUL-ended at dir_len */
	size_t dir_len;
	char *room; /* two of room_size, for dir when it is not the caller's own text */
	size_t room_size;
	char few[2 * 256];
	struct tf_record head;
	int64_t number; /* of the record, or below 0 */
};

/* Does the shim do anything at all in this process? The first question of every wrapper. */
bool guard_is_on(void);

/* Is this process the one whose end is the session's? */
bool guard_is_root(void);

/* Is `path`, a template, in a temp root, so that what is made by it is to be registered? If so,
 * gives *making, to be ended by guard_done. Makes or joins the session as needed. */
bool guard_begin(
	struct making *making, enum tf_kind kind, int function, void *caller, const char *path);

/* The next try is for this name (the template's last component): intent before creation. */
void guard_try(struct making *making, const char *name);

/* It was created and is this file. NULL: which one could not be told, so the intent has to do. */
void guard_created(struct making *making, const struct tf_identity *id);

/* Frees what guard_begin took; a record that nothing came of goes. */
void guard_done(struct making *making);

/* How much will be known of a child. */
enum child {
	CHILD_FORKED,  /* it has our memory, and so the lock; its number is told */
	CHILD_SPAWNED, /* another image; its number is told */
	CHILD_UNKNOWN, /* its number is not told */
};

/* Around whatever makes a child (S1, S3): heirs need the session's lock, or an entry in its table.
 * True: guard_after_child is
 * to be called, with pid 0 in a child, and below 0 where none was made or its number is not known.
 */
bool guard_before_child(enum child child);
void guard_after_child(enum child child, int pid);

/* X1 */
void guard_before_exec(void);

/* "TMPGUARD_SESSION=..." for a child's environment, or NULL where there is nothing to follow. */
const char *guard_session_entry(void);
/* Does the session follow into scrubbed environments? */
bool guard_follows(void);
/* "LD_PRELOAD=..." with our own object alone. */
const char *guard_preload_entry(void);

/* The orderly end: the root cleans, if it is the last one. May be called more than once. */
void guard_end(void);

#endif
