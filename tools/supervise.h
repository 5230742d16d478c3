/* supervise.h: a command and its descendants, from start to end, as if nobody stood in between. */
#ifndef TOOLS_SUPERVISE_H
#define TOOLS_SUPERVISE_H

#include <signal.h>
#include <stdbool.h>
#include <sys/time.h>
#include <sys/types.h>

enum linger { LINGER_LEAVE, LINGER_WAIT, LINGER_KILL };

struct supervised {
	pid_t pid;  /* of the command */
	int status; /* of the command, as wait gives it, once it has ended */
	bool has_ended;
	int exec_error;         /* errno of its exec, or 0 */
	struct itimerval timer; /* as we were given it: an alarm set before exec is the command's */
	sigset_t mask;          /* as we were given it */
	struct sigaction chld;  /* as we were given it */
};

/* Blocks signals, becomes a subreaper, and runs argv with the environment as `prepare` leaves it in
 * the child. 0 or -errno when no child can be made; exec_error tells of the exec. */
int supervise_start(struct supervised *s, char **argv, void (*prepare)(void *arg), void *arg);

/* Passes on signals, stops and continues with the command, and returns when it has ended. */
void supervise_wait(struct supervised *s);

/* How many descendants are alive, after a moment for those that are just ending. With LINGER_WAIT
 * and LINGER_KILL this returns 0, once they have ended. */
int supervise_linger(struct supervised *s, enum linger linger);

/* Calls each descendant's pid, grandchildren included. */
void supervise_each(void (*each)(void *arg, pid_t pid), void *arg);

/* Ends this process as the command ended: by the same status, or the same signal. */
void supervise_end(const struct supervised *s) __attribute__((noreturn));

#endif
