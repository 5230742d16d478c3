/* processes.h: who works for a session, by what procfs tells of this user's processes. */
#ifndef TOOLS_PROCESSES_H
#define TOOLS_PROCESSES_H

#include <stdbool.h>
#include <sys/types.h>

struct processes {
	pid_t root;        /* of the session; 0 where nobody tells */
	bool is_root_told; /* by the janitor: then it is alive */
	pid_t janitor;     /* or 0 */
	pid_t member;      /* one that was started as a member, or 0; not this process */
};

/* Looks for those of the session directory `path`. */
struct processes processes_find(const char *path);

/* The last of TMPGUARD_SESSION in the environment that this process was started with, or NULL: the
 * shim in it may have put in another since. To be freed. */
char *processes_initial_session(void);

#endif
