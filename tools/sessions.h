/* sessions.h: finding the session directories below temporary directories. */
#ifndef TOOLS_SESSIONS_H
#define TOOLS_SESSIONS_H

#include <stdbool.h>
#include <sys/types.h>

/* What is called for what is found; every path is canonical. */
struct sessions_visitor {
	/* A directory that may be a session of this user's. */
	void (*own)(void *arg, const char *path);
	/* A session of another user's, or the directory of all of theirs where it cannot be read;
	 * or NULL. */
	void (*other)(void *arg, const char *path, uid_t owner);
	/* The directory that this user's sessions were in, after them; or NULL. */
	void (*above)(void *arg, const char *path);
	void *arg;
};

/* Looks in n directories, or where n is 0 in TMPGUARD_DIR, TMPDIR, /tmp and /var/tmp; each once,
 * whatever it is called. False when one could not be read, which is complained of. */
bool sessions_visit(
	const char *command, char *const *dirs, int n, const struct sessions_visitor *visitor);

/* The same for the sessions of commands that ran inside this one, in its private TMPDIR. */
bool sessions_visit_inside(
	const char *command, const char *session, const struct sessions_visitor *visitor);

#endif
