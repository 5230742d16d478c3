/* session_look.h: what state a session is in, and what it has. Nothing is changed. */
#ifndef TOOLS_SESSION_LOOK_H
#define TOOLS_SESSION_LOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "clean.h"

enum session_state {
	SESSION_LIVE,      /* it has processes, its root among them as far as can be told */
	SESSION_LINGERING, /* it has processes, its root has ended */
	SESSION_KEPT,      /* it has none, and what is still there is to stay */
	SESSION_DEAD,      /* it has none, and nobody has cleaned */
	SESSION_UNCLEAR,   /* that cannot be told; nobody may touch it */
	SESSION_GONE,
};

struct session_look {
	enum session_state state;
	const char *reason; /* of UNCLEAR */
	bool is_dry;        /* nothing of it is to be removed */
	pid_t root;         /* 0: unknown */
	char program[64];   /* the root's, or the command's of run; "" unknown */
};

/* "live" */
const char *session_state_text(enum session_state state);

/* Looks at the session directory `path`, which must be canonical. */
struct session_look session_look(const char *path);

/* When it began, in seconds since the epoch; 0 unknown. */
int64_t session_began(const char *path);

#endif
