/* launch.h: starting the janitor, unseen by the program that it is started in.
 *
 * The janitor is a grandchild. Both clones share this memory and stop us until the janitor has its
 * own (CLONE_VM | CLONE_VFORK: no page is copied, however large the program), and neither has an
 * exit signal, so that no SIGCHLD is sent and no wait finds it: the one in between is reaped here
 * by __WCLONE at once. One clone would not do: exec gives a child SIGCHLD as its exit signal.
 */
#ifndef TF_LAUNCH_H
#define TF_LAUNCH_H

#include "sys.h"

enum { TF_LAUNCH_STACK = 2048 };

/* Everything that the children use. Static storage of the caller's, used by one thread at a time.
 */
struct tf_launch {
	const char *program; /* path of the janitor */
	const char *session; /* path */
	int root;            /* pid to be outlived */
	int pid;             /* of the janitor, once it is there */
	int error;
	char pidfd_text[12];
	char stack[2][TF_LAUNCH_STACK] __attribute__((aligned(16)));
};

/* Starts it. 0 or -errno. -ECHILD where the janitor would be seen: this process adopts orphans
 * (it is init, or a child subreaper). */
int tf__launch_janitor(struct tf_launch *launch);

#endif
