/* shell.h: system(3) with another environment than `environ`. */
#ifndef SHIM_SHELL_H
#define SHIM_SHELL_H

#include "environment.h"

/* Runs the command as libc's system does, with envp, which lies in `room` (released also if the
 * thread is cancelled). `started` is told the child's pid, or below 0, and `begun` before it is
 * waited for.
 * False: this cannot be done here, nothing has happened, and `started` was not called. */
bool shell_run(const char *command, char *const *envp, struct environment *room,
	void (*started)(int pid, uint64_t begun), uint64_t begun, int *ret_status);

#endif
