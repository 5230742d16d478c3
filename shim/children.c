/* children.c: what makes another process, or another program of this one.
 *
 * Before a fork the session must be there, so that the child holds its lock. Before an exec the
 * process writes itself into the member table, for the lock goes with the old image. A spawned
 * child is written down as soon as its number is known. And the environment is given what a
 * scrubbed one lost. vfork is not wrapped: a wrapper would return twice through one stack frame;
 * its child comes to the exec wrappers.
 *
 * Each wrapper prepares and calls the next definition; it changes nothing else of the call.
 */
#include <errno.h>
#include <stdarg.h>

#include "bind.h"
#include "environment.h"
#include "guard.h"
#include "libc.h"
#include "process.h"
#include "programs.h"
#include "shell.h"
#include "sys.h"

#include <sys/mman.h>

pid_t fork(void)
{
	uint64_t begun = guard_before_child(CHILD_FORKED);
	pid_t pid;

	pid = NEXT(fork)();
	if (begun != 0)
		guard_after_child(CHILD_FORKED, pid, begun);
	return pid;
}

int daemon(int nochdir, int noclose)
{
	uint64_t begun = guard_before_child(CHILD_FORKED);
	int r;

	r = NEXT(daemon)(nochdir, noclose);
	if (begun != 0)
		guard_after_child(CHILD_FORKED, r, begun);
	return r;
}

int forkpty(int *ret_fd, char *name, const struct termios *termios, const struct winsize *size)
{
	uint64_t begun = guard_before_child(CHILD_FORKED);
	int pid;

	pid = NEXT(forkpty)(ret_fd, name, termios, size);
	if (begun != 0)
		guard_after_child(CHILD_FORKED, pid, begun);
	return pid;
}

/* --- exec --- */

static char *const *current(void)
{
	return &environ ? environ : NULL;
}

int execve(const char *path, char *const *argv, char *const *envp)
{
	struct environment room;
	int r;

	programs_tell(AT_FDCWD, path);
	guard_before_exec();
	r = NEXT(execve)(path, argv, environment_for_child(envp, &room));
	environment_release(&room);
	return r;
}

int execv(const char *path, char *const *argv)
{
	return execve(path, argv, current());
}

int execvpe(const char *file, char *const *argv, char *const *envp)
{
	struct environment room;
	int r;

	programs_tell_found(file);
	guard_before_exec();
	r = NEXT(execvpe)(file, argv, environment_for_child(envp, &room));
	environment_release(&room);
	return r;
}

int execvp(const char *file, char *const *argv)
{
	return execvpe(file, argv, current());
}

/* Without an environment glibc refuses, and is not to be kept from it. */
int fexecve(int fd, char *const *argv, char *const *envp)
{
	struct environment room;
	int r;

	if (!envp && gnu_get_libc_version)
		return NEXT(fexecve)(fd, argv, envp);
	programs_tell(fd, "");
	guard_before_exec();
	r = NEXT(fexecve)(fd, argv, environment_for_child(envp, &room));
	environment_release(&room);
	return r;
}

int execveat(int dir, const char *path, char *const *argv, char *const *envp, int flags)
{
	struct environment room;
	int r;

	programs_tell(dir, path);
	guard_before_exec();
	r = NEXT(execveat)(dir, path, argv, environment_for_child(envp, &room), flags);
	environment_release(&room);
	return r;
}

/* Arguments that come one by one, gathered in `few` or, when there are more, in mapped memory. */
struct gathered {
	char *few[32]; /* what follows may be inlined behind it, and has to stay below 2 KB */
	char **argv;
	size_t size; /* of the mapping, or 0 */
};

static bool gather(struct gathered *g, const char *first, va_list *rest)
{
	va_list again;
	size_t n = first ? 1 : 0;

	va_copy(again, *rest);
	while (n > 0 && va_arg(again, char *))
		n++;
	va_end(again);
	g->argv = g->few;
	g->size = 0;
	if (n + 1 > sizeof(g->few) / sizeof(g->few[0])) {
		g->size = (n + 1) * sizeof(char *);
		g->argv = sys_map(
			NULL, g->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (tf__is_error(g->argv)) {
			shim_set_errno(E2BIG);
			return false;
		}
	}
	g->argv[0] = (char *)first;
	for (size_t i = 1; i <= n; i++)
		g->argv[i] = va_arg(*rest, char *);
	return true;
}

static void release(struct gathered *g)
{
	if (g->size > 0)
		sys_unmap(g->argv, g->size);
}

int execl(const char *path, const char *arg, ...)
{
	struct gathered g;
	va_list rest;
	bool ok;
	int r = -1;

	va_start(rest, arg);
	ok = gather(&g, arg, &rest);
	va_end(rest);
	if (ok) {
		r = execv(path, g.argv);
		release(&g);
	}
	return r;
}

int execlp(const char *file, const char *arg, ...)
{
	struct gathered g;
	va_list rest;
	bool ok;
	int r = -1;

	va_start(rest, arg);
	ok = gather(&g, arg, &rest);
	va_end(rest);
	if (ok) {
		r = execvp(file, g.argv);
		release(&g);
	}
	return r;
}

int execle(const char *path, const char *arg, ...)
{
	struct gathered g;
	char *const *envp = NULL;
	va_list rest;
	bool ok;
	int r = -1;

	va_start(rest, arg);
	ok = gather(&g, arg, &rest);
	if (ok)
		envp = va_arg(rest, char *const *);
	va_end(rest);
	if (ok) {
		r = execve(path, g.argv, envp);
		release(&g);
	}
	return r;
}

/* --- spawn --- */

/* posix_spawn or posix_spawnp: they differ in `next` only. */
static int spawn(shim_fn_posix_spawn *next, pid_t *ret_pid, const char *path,
	const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
	char *const *argv, char *const *envp)
{
	struct environment room;
	uint64_t begun = guard_before_child(CHILD_SPAWNED);
	pid_t pid;
	int r;

	r = next(&pid, path, actions, attributes, argv, environment_for_child(envp, &room));
	environment_release(&room);
	if (begun != 0)
		guard_after_child(CHILD_SPAWNED, r == 0 ? pid : -1, begun);
	if (r == 0 && ret_pid)
		*ret_pid = pid;
	return r;
}

int posix_spawn(pid_t *ret_pid, const char *path, const posix_spawn_file_actions_t *actions,
	const posix_spawnattr_t *attributes, char *const *argv, char *const *envp)
{
	programs_tell(
		actions ? -1 : AT_FDCWD, path); /* they may say of a path where it leads from */
	return spawn(NEXT(posix_spawn), ret_pid, path, actions, attributes, argv, envp);
}

int posix_spawnp(pid_t *ret_pid, const char *file, const posix_spawn_file_actions_t *actions,
	const posix_spawnattr_t *attributes, char *const *argv, char *const *envp)
{
	programs_tell_found(file);
	return spawn(NEXT(posix_spawnp), ret_pid, file, actions, attributes, argv, envp);
}

static void note_shell(int pid, uint64_t begun)
{
	if (begun != 0) /* else nobody entered */
		guard_after_child(CHILD_SPAWNED, pid, begun);
}

/* True: with an environment that was given back what it had lost. */
static bool run_shell(const char *command, uint64_t begun, int *ret_status)
{
	struct environment room;
	char *const *envp = environment_for_child(current(), &room);
	bool done =
		envp != current() && shell_run(command, envp, &room, note_shell, begun, ret_status);

	environment_release(&room);
	return done;
}

int system(const char *command)
{
	uint64_t begun = guard_before_child(CHILD_SPAWNED);
	int status;

	if ((begun != 0 || guard_is_silent()) && command && run_shell(command, begun, &status))
		return status;
	status = NEXT(system)(command);
	if (begun != 0)
		guard_after_child(CHILD_SPAWNED, -1, begun); /* it has ended */
	return status;
}

/* Would a child with `environ` be without the session? */
__attribute__((noinline)) static bool is_session_lost(void)
{
	struct environment room;
	bool is_lost = environment_for_child(current(), &room) != current();

	environment_release(&room);
	return is_lost;
}

/* Its stream's inside is libc's own, and so it is libc who has to make it, with `environ`. A child
 * that finds no session there does not carry the shim; nor can it be found by what it found. But it
 * is a member as long as it lives, if the kernel says who it is. */
FILE *popen(const char *command, const char *mode)
{
	uint64_t begun = guard_before_child(CHILD_UNKNOWN);
	FILE *stream;

	stream = NEXT(popen)(command, mode);
	if (begun != 0 && stream && is_session_lost())
		guard_after_child(CHILD_SPAWNED, tf__newest_child(), begun);
	else if (begun != 0)
		guard_after_child(CHILD_UNKNOWN, -1, begun);
	return stream;
}
