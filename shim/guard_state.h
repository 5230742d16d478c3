/* guard_state.h: what the guard knows, for guard*.c alone. Others ask by guard.h. */
#ifndef SHIM_GUARD_STATE_H
#define SHIM_GUARD_STATE_H

#include "journal.h"
#include "session.h"
#include "start.h"

enum role { UNKNOWN, OFF, ROOT, MEMBER };

extern __attribute__((visibility("hidden"))) struct guard {
	uint32_t role;
	bool is_made;       /* the session is there */
	bool has_janitor;   /* it was started, or cannot be */
	bool lacks_janitor; /* it could not be started */
	bool cannot_make;   /* no place allows it */
	uint32_t euid;      /* of who made or joined the session, or is to make it */
	uint32_t changes;   /* of the user, so far */
	bool is_silent;     /* there is a filter of its own on this process */
	uint32_t lent_role; /* not 0: it is on a vfork child, and this is what its parent is */
	bool has_joined;    /* a session that another image began, whose start we have not seen */
	int journal_error;  /* why it is private memory */
	struct tf_session session;
	struct tf_journal journal;
	struct start start;
	char session_entry[TF_SESSION_PATH + 40];
	char preload_entry[START_PLACE + 16];
} guard;

/* The session's path, or NULL while it is not there. */
static inline const char *guard_made_session(void)
{
	return guard.is_made ? guard.session.path : NULL;
}

/* guard_place.c: a new session's name, in the first place that is a path at all. */
void guard_draw(void);

/* The name in a place that can be written to, if it is not in one. 0 or -errno. */
int guard_find_place(void);

/* What children are to find in their environment. */
void guard_write_session_entry(void);

/* guard_session.c: makes the session, or the journal too, if they are not there. False: neither can
 * be had. Inside the gate. */
bool guard_prepare(bool journal);

/* For gate_enter: the session has ended, and we go on. It is our turn. */
void guard_renew(void);

#endif
