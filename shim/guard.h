/* guard.h: this process's part in its session. */
#ifndef SHIM_GUARD_H
#define SHIM_GUARD_H

#include "journal.h"
#include "session.h"
#include "start.h"

/* Does the shim do anything at all in this process? The first question of every wrapper. */
bool guard_is_on(void);

/* Is this process the one whose end is the session's? */
bool guard_is_root(void);

/* G1 and G2: around everything that needs the session to stay. */
bool guard_enter(void);
void guard_leave(void);

/* Inside the gate: the session is there and its lock held; makes or joins it as needed. False:
 * neither can be had. */
bool guard_open_session(void);
/* NULL while it is not there. */
const struct tf_session *guard_session(void);
bool guard_has_lock(void);

/* Inside the gate: the journal is open, or private memory at worst; makes or joins the session as
 * needed. False: there is none. Then guard_journal and guard_roots may be asked. */
bool guard_open_journal(void);
struct tf_journal *guard_journal(void);
const struct tf_roots *guard_roots(void);
/* Is the session one that another image began, so that its journal may be there? */
bool guard_has_joined(void);

/* Will there be a report, as far as can be told without the journal; and by the journal. */
bool guard_may_report(void);
bool guard_is_reported(void);

/* The same for something that no file depends on: makes nothing, and may be asked outside the gate.
 * False where the session would be another one now. */
bool guard_tells(void);

const struct start *guard_start(void);

/* TMPGUARD_REPORT is set: the root begins its session at once, so that somebody writes one. */
void guard_begin_reported(void);

/* Says once that files are made that cannot be registered. */
void guard_warn_journal(int error);

/* Says once that TMPGUARD_DIR is of no use. */
void guard_warn_dir(int error);

/* How much will be known of a child. */
enum child {
	CHILD_FORKED,  /* it has our memory, and so the lock; its number is told */
	CHILD_SPAWNED, /* another image; its number is told */
	CHILD_UNKNOWN, /* its number is not told */
};

/* Around whatever makes a child (S1, S3): heirs need the session's lock, or an entry in its table.
 * Not 0: guard_after_child is to be called with it, with pid 0 in a child, and below 0 where none
 * was made or its number is not known. */
uint64_t guard_before_child(enum child child);
void guard_after_child(enum child child, int pid, uint64_t begun);

/* X1 */
void guard_before_exec(void);

/* May there be any? */
bool guard_has_children(void);

/* "TMPGUARD_SESSION=..." for a child's environment, or NULL where there is nothing to follow. */
const char *guard_session_entry(void);
/* Does the session follow into scrubbed environments? */
bool guard_follows(void);
/* "LD_PRELOAD=..." with our own object alone. */
const char *guard_preload_entry(void);

/* From now on nothing is done in this process, nor in what it runs. No system call is made. In a
 * vfork child, which has its parent's memory, only until it gives that back. */
void guard_be_silent(bool is_vfork_child);
bool guard_is_silent(void);

/* Are we a vfork child? False where nothing is done (any more). */
bool guard_is_vfork_child(void);

/* Right before an exec or the end: if we are a vfork child that is silent, its parent is not. True:
 * after an exec that failed, guard_be_silent is to be called again. */
bool guard_give_memory_back(void);

/* The process may be about to lose its way to its session: the rights of its user, or its root
 * directory. Then it could not write itself down when it execs: that is done now. */
void guard_before_leaving(void);

/* The process may have given up the rights of its session's user. If it has, and for good, it can
 * write to that one's journal no more. */
void guard_after_rights(void);

/* The orderly end with this status, or below 0 when it is not known: the root cleans, if it is the
 * last one. May be called more than once. */
void guard_end(int status);

#endif
