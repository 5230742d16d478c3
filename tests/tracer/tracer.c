/* tracer.c: a command is run, and it and all that it starts stop at each of their system calls. */
#define _GNU_SOURCE
#include "tracer.h"

#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __WALL
#	define __WALL 0x40000000
#endif

void tracer_fail(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
	exit(TRACER_BROKEN);
}

/* --- beginning --- */

_Noreturn static void become(char **command, const char *preload, int go)
{
	char byte;

	if (read(go, &byte, 1) != 1)
		_exit(TRACER_BROKEN);
	close(go);
	if (preload)
		setenv("LD_PRELOAD", preload, 1);
	execvp(command[0], command);
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, command[0], strerror(errno));
	_exit(127);
}

static pid_t start(char **command, const char *preload, int *ret_go)
{
	int go[2];
	pid_t pid;

	if (pipe(go) < 0)
		tracer_fail("pipe");
	pid = fork();
	if (pid < 0)
		tracer_fail("fork");
	if (pid == 0) {
		close(go[1]);
		become(command, preload, go[0]);
	}
	close(go[0]);
	*ret_go = go[1];
	return pid;
}

pid_t tracer_begin(char **command, const char *preload, long options, int *ret_status)
{
	int go;
	pid_t pid = start(command, preload, &go);

	options |= PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		   PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
	/* Until its exec only that event stops it: the calls before are ours, not the command's. */
	if (ptrace(PTRACE_SEIZE, pid, NULL, options) < 0)
		tracer_fail("ptrace");
	if (write(go, "", 1) != 1)
		tracer_fail("write");
	close(go);
	if (waitpid(pid, ret_status, __WALL) < 0)
		tracer_fail("waitpid");
	if (!WIFSTOPPED(*ret_status))
		exit(TRACER_BROKEN);
	return pid;
}

bool tracer_wait(tracer_change_fn *on_change)
{
	int status;
	pid_t tid = waitpid(-1, &status, __WALL);

	if (tid < 0)
		return false;
	on_change(tid, status);
	return true;
}

/* --- stops; ESRCH: killed meanwhile --- */

int tracer_look(pid_t tid, struct tracer_call *ret_call)
{
	memset(ret_call, 0, sizeof(*ret_call));
	if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(*ret_call), ret_call) <= 0)
		return PTRACE_SYSCALL_INFO_NONE;
	return ret_call->kind;
}

void tracer_resume(pid_t tid, int deliver)
{
	(void)ptrace(PTRACE_SYSCALL, tid, NULL, (long)deliver);
}

void tracer_run(pid_t tid, int deliver)
{
	(void)ptrace(PTRACE_CONT, tid, NULL, (long)deliver);
}

void tracer_let_go(pid_t tid, int deliver)
{
	(void)ptrace(PTRACE_DETACH, tid, NULL, (long)deliver);
}

bool tracer_keep_stopped(pid_t tid, int event, int signal)
{
	if (event != PTRACE_EVENT_STOP ||
		(signal != SIGSTOP && signal != SIGTSTP && signal != SIGTTIN && signal != SIGTTOU))
		return false;
	(void)ptrace(PTRACE_LISTEN, tid, NULL, 0);
	return true;
}

/* --- registers --- */

#if defined(__x86_64__)

static void set_register(pid_t tid, size_t at, long value)
{
	if (ptrace(PTRACE_POKEUSER, tid, at, value) < 0 && errno != ESRCH)
		tracer_fail("setting a register");
}

void tracer_skip(pid_t tid)
{
	set_register(tid, offsetof(struct user_regs_struct, orig_rax), -1);
}

void tracer_return(pid_t tid, long result)
{
	set_register(tid, offsetof(struct user_regs_struct, rax), result);
}

static void set_first_argument(pid_t tid, uint64_t value)
{
	set_register(tid, offsetof(struct user_regs_struct, rdi), (long)value);
}

#elif defined(__aarch64__)

void tracer_skip(pid_t tid)
{
	enum { SYSTEM_CALL = 0x404 }; /* NT_ARM_SYSTEM_CALL */
	int none = -1;
	struct iovec call = {&none, sizeof(none)};

	if (ptrace(PTRACE_SETREGSET, tid, (void *)SYSTEM_CALL, &call) < 0 && errno != ESRCH)
		tracer_fail("skipping a call");
}

/* x0 is the first argument, and later the result. */
void tracer_return(pid_t tid, long result)
{
	struct user_regs_struct registers;
	struct iovec all = {&registers, sizeof(registers)};

	if (ptrace(PTRACE_GETREGSET, tid, (void *)NT_PRSTATUS, &all) == 0) {
		registers.regs[0] = (unsigned long)result;
		if (ptrace(PTRACE_SETREGSET, tid, (void *)NT_PRSTATUS, &all) == 0)
			return;
	}
	if (errno != ESRCH)
		tracer_fail("setting a register");
}

static void set_first_argument(pid_t tid, uint64_t value)
{
	tracer_return(tid, (long)value);
}

#else
#	error "the registers of x86-64 and 64-bit Arm only are known"
#endif

void tracer_trace_clone(pid_t tid, const struct tracer_call *call)
{
	enum { UNTRACED = 0x00800000 }; /* CLONE_UNTRACED */

	if (call->number == SYS_clone && (call->arguments[0] & UNTRACED))
		set_first_argument(tid, call->arguments[0] & ~(uint64_t)UNTRACED);
}

/* --- programs --- */

const char *tracer_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const char *tracer_program(pid_t tid)
{
	static char target[PATH_MAX];
	char path[64];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)tid);
	len = readlink(path, target, sizeof(target) - 1);
	target[len > 0 ? len : 0] = '\0';
	return tracer_base(target);
}
