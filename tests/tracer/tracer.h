/* tracer.h: what killat and failat share: a command is run, and it and all that it starts stop at
 * each of their system calls.
 */
#ifndef TESTS_TRACER_H
#define TESTS_TRACER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { TRACER_BROKEN = 4 }; /* the exit status when tracing itself does not work */

/* The beginning of the kernel's struct ptrace_syscall_info (Linux 5.3), which every libc calls
 * something else. */
struct tracer_call {
	uint8_t kind;
	uint8_t pad[3];
	uint32_t arch;
	uint64_t instruction_pointer;
	uint64_t stack_pointer;
	uint64_t number; /* at its entry */
	uint64_t arguments[6];
};

/* A tracee has stopped, or ended: its thread id, and what waitpid said. */
typedef void tracer_change_fn(pid_t tid, int status);

/* Says what went wrong, with errno, and exits with TRACER_BROKEN. */
_Noreturn void tracer_fail(const char *what);

/* Runs the command with `preload`, unless NULL, as its LD_PRELOAD, and traces it with these options
 * of ptrace besides those that everybody needs. It is stopped in its exec, with this status. */
pid_t tracer_begin(char **command, const char *preload, long options, int *ret_status);

/* The next change; false when there is none, or a signal came first. */
bool tracer_wait(tracer_change_fn *on_change);

/* Is the tracee at the entry of a call, or at its end? PTRACE_SYSCALL_INFO_ENTRY or _EXIT; or
 * neither. */
int tracer_look(pid_t tid, struct tracer_call *ret_call);

/* Go on to the next call, or on and on, with this signal or 0. Who was killed meanwhile does not.
 */
void tracer_resume(pid_t tid, int deliver);
void tracer_run(pid_t tid, int deliver);
void tracer_let_go(pid_t tid, int deliver);

/* If it stopped by SIGSTOP and its like it stays so. False: it did not. */
bool tracer_keep_stopped(pid_t tid, int event, int signal);

/* At the entry of a call: it is not made; a clone that asks not to be traced does not ask. At its
 * end: it returns this. */
void tracer_skip(pid_t tid);
void tracer_trace_clone(pid_t tid, const struct tracer_call *call);
void tracer_return(pid_t tid, long result);

/* The name, without its directory, of the program that a process runs. Valid until the next. */
const char *tracer_program(pid_t tid);
const char *tracer_base(const char *path);

#endif
