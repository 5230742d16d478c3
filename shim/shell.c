/* shell.c: system(3) with another environment than `environ`.
 *
 * libc's own takes no environment, and the program's is not ours to change. So what a program runs
 * after it has cleared its environment is run from here: by libc's posix_spawn (no handlers of
 * pthread_atfork run, as in libc), and waited for by libc's waitpid (a point of cancellation).
 *
 * As in glibc, on musl too: of several threads the first to come ignores SIGINT and SIGQUIT and the
 * last to leave puts back what was found; and a thread that is cancelled kills its child.
 *
 * What differs from libc:
 * - The count of threads is not libc's. Whoever clears the environment while another thread is in
 *   system may find SIGINT ignored afterwards, if ours began within libc's and ended after it.
 * - A handler that interrupts waitpid leaves EINTR in errno, as in glibc, and as in musl.
 */
#include <errno.h>
#include <signal.h>

#include "bind.h"
#include "gate.h"
#include "libc.h"
#include "shell.h"
#include "sys.h"
#include "text.h"

static struct tf_action found_interrupt, found_quit; /* while anybody ignores them */

struct run {
	struct environment *room;
	uint64_t mask; /* of the program, as it was */
	pid_t pid;
};

static uint64_t bit_unless_ignored(int signal, const struct tf_action *found)
{
	return found->handler == TF_SIGNAL_IGNORED ? 0 : 1ULL << (signal - 1);
}

/* False: there was no turn to be had. Gives those of the two signals that the program does not
 * ignore itself, as a mask: its child is not to ignore them. */
static bool begin_ignoring(uint64_t *ret_defaults)
{
	static const struct tf_action ignore = {.handler = TF_SIGNAL_IGNORED};
	uint64_t mask;

	if (!gate_mark() || !gate_take_turn(&mask))
		return false;
	if (gate_mark()->shells++ == 0) {
		sys_action(SIGINT, &ignore, &found_interrupt);
		sys_action(SIGQUIT, &ignore, &found_quit);
	}
	*ret_defaults = bit_unless_ignored(SIGINT, &found_interrupt) |
			bit_unless_ignored(SIGQUIT, &found_quit);
	gate_end_turn(&mask);
	return true;
}

/* Without a turn, too: better two that put back the same than a program that stays deaf. */
static void end_ignoring(void)
{
	uint64_t mask;
	bool is_ours = gate_take_turn(&mask);

	if (__atomic_sub_fetch(&gate_mark()->shells, 1, __ATOMIC_SEQ_CST) == 0) {
		sys_action(SIGINT, &found_interrupt, NULL);
		sys_action(SIGQUIT, &found_quit, NULL);
	}
	if (is_ours)
		gate_end_turn(&mask);
}

/* sigset_t has more room than the kernel's mask. */
static sigset_t set_of(uint64_t mask)
{
	sigset_t set;

	__builtin_memset(&set, 0, sizeof(set));
	tf__copy(&set, &mask, sizeof(mask));
	return set;
}

/* "--" is in glibc since 2.38: a command may begin with a dash then. */
static bool has_dashes(void)
{
	const char *minor = gnu_get_libc_version ? tf__after(gnu_get_libc_version(), "2.") : NULL;
	uint64_t number = 0;

	return minor && tf__number(&minor, &number) == 0 && number >= 38;
}

/* 0, or what posix_spawn says. */
static int start_shell(const char *command, char *const *envp, uint64_t defaults, struct run *run)
{
	const char *const argv[] = {
		"sh", "-c", has_dashes() ? "--" : command, has_dashes() ? command : NULL, NULL};
	sigset_t mask = set_of(run->mask), set = set_of(defaults);
	posix_spawnattr_t attributes;
	int r;

	(void)NEXT(posix_spawnattr_init)(&attributes); /* these cannot fail */
	(void)NEXT(posix_spawnattr_setsigmask)(&attributes, &mask);
	(void)NEXT(posix_spawnattr_setsigdefault)(&attributes, &set);
	(void)NEXT(posix_spawnattr_setflags)(
		&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	r = NEXT(posix_spawn)(&run->pid, "/bin/sh", NULL, &attributes, (char *const *)argv, envp);
	(void)NEXT(posix_spawnattr_destroy)(&attributes);
	return r;
}

/* The thread has been cancelled. By system calls, which are no point of cancellation. */
static void give_up(void *arg)
{
	struct run *run = arg;

	(void)tf__sys3(SYS_kill, run->pid, SIGKILL, 0); /* it may have ended */
	while (tf__sys(SYS_wait4, run->pid, 0, 0, 0, 0, 0) == -EINTR)
		;
	end_ignoring();
	environment_release(run->room);
}

/* What was registered by a macro of pthread.h when there were no exceptions; all libcs have it,
 * and glibc before 2.34 only where there are threads. */
static int wait_for_shell(struct run *run)
{
	bool can_clean = shim_has_next(SHIM__pthread_cleanup_push);
	struct shim_cleanup cleanup;
	int status = -1;
	pid_t pid;

	if (can_clean)
		NEXT(_pthread_cleanup_push)(&cleanup, give_up, run);
	do
		pid = NEXT(waitpid)(run->pid, &status, 0);
	while (pid < 0 && shim_errno() == EINTR);
	if (can_clean)
		NEXT(_pthread_cleanup_pop)(&cleanup, 0);
	return pid == run->pid ? status : -1;
}

/* glibc answers as if the shell had ended with 127, which POSIX wants. */
static int failed_status(void)
{
	return gnu_get_libc_version ? 127 << 8 : -1;
}

bool shell_run(const char *command, char *const *envp, struct environment *room,
	void (*started)(int pid, uint64_t begun), uint64_t begun, int *ret_status)
{
	uint64_t child = 1ULL << (SIGCHLD - 1), defaults;
	struct run run = {.room = room};
	int r;

	if (!begin_ignoring(&defaults))
		return false;
	(void)tf__sys(SYS_rt_sigprocmask, SIG_BLOCK, (long)&child, (long)&run.mask, 8, 0, 0);
	r = start_shell(command, envp, defaults, &run);
	started(r == 0 ? run.pid : -1, begun);
	*ret_status = r == 0 ? wait_for_shell(&run) : failed_status();
	end_ignoring();
	sys_restore_signals(&run.mask);
	if (r != 0)
		shim_set_errno(r);
	return true;
}
