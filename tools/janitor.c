/* janitor.c: tmpguard-janitor, which outlives a session's root and cleans when nobody else is left.
 *
 * A static program without libc, started by launch.c with: the session's path, and the number of a
 * pidfd of the root ("-" where there is none). It waits without waking up: for the root's end by
 * the pidfd, for the members' by the lock. It belongs to nobody: no descriptor of the program's
 * (`x=$(program)` would hang), a POSIX session of its own, and deaf to the signals that a terminal
 * or a process group gets.
 */
#include <sys/mman.h>

#include <sys/file.h>

#include "clean.h"
#include "functions.h"
#include "members.h"
#include "notes.h"
#include "process.h"
#include "session.h"
#include "text.h"

enum {
	SIGHUP_NR = 1,
	SIGINT_NR = 2,
	SIGQUIT_NR = 3,
	SIGTERM_NR = 15,
	SIGCHLD_NR = 17,
};

static void ignore(int signal)
{
	static const struct tf_action action = {.handler = TF_SIGNAL_IGNORED};

	sys_action(signal, &action, NULL);
}

/* Linux before 5.9 has no close_range. */
static void close_one_by_one(int keep)
{
	enum { OPEN_FILES = 7 };
	uint64_t limit = sys_limit(OPEN_FILES);

	for (int fd = 0; fd < (limit > 65536 ? 65536 : (int)limit); fd++)
		if (fd != keep)
			sys_close(fd);
}

static void close_all_but(int keep)
{
	long r = tf__sys3(SYS_close_range, keep + 1, ~0U, 0);

	if (r == 0 && keep > 0)
		r = tf__sys3(SYS_close_range, 0, keep - 1, 0);
	if (r < 0)
		close_one_by_one(keep);
}

/* The program's limits are for the program. */
static void raise_limit(void)
{
	enum { OPEN_FILES = 7 };
	uint64_t pair[2];

	if (tf__sys(SYS_prlimit64, 0, OPEN_FILES, 0, (long)pair, 0, 0) < 0)
		return;
	pair[0] = pair[1];
	(void)tf__sys(SYS_prlimit64, 0, OPEN_FILES, (long)pair, 0, 0, 0); /* else with fewer */
}

static void leave_the_program(int keep)
{
	uint64_t none = 0;

	close_all_but(keep);
	raise_limit();
	ignore(SIGHUP_NR);
	ignore(SIGINT_NR);
	ignore(SIGQUIT_NR);
	ignore(SIGTERM_NR);
	sys_restore_signals(&none);
	(void)tf__sys3(SYS_setsid, 0, 0, 0); /* we lead no group: it cannot fail */
	(void)tf__sys3(SYS_chdir, (long)"/", 0, 0);
}

static int guarded = -1; /* the session's directory, which is locked */

/* systemd-tmpfiles leaves a locked directory alone. The root makes the directory right after it has
 * started us; should it die before, the wait ends at once. */
static void guard_dir(const char *path, int pidfd)
{
	enum { TRIES = 6 };
	int dir = tf__session_open(path);

	for (int i = 0; dir == -ENOENT && i < TRIES; i++) {
		if (sys_wait_fd(pidfd, 1 << i) > 0)
			return;
		dir = tf__session_open(path);
	}
	if (dir >= 0)
		(void)sys_lock(dir, LOCK_SH | LOCK_NB);
	guarded = dir;
}

/* Without a descriptor of the root its end shows by the lock alone, which has to be there first.
 * Who came too early would take the session for one that is over. */
static void await_lock(const char *path)
{
	enum { TRIES = 200, PAUSE = 5000000 }; /* a second in all */
	struct tf_stat stat;

	for (int left = TRIES; left > 0; left--) {
		int dir = tf__session_open(path);
		bool is_there = dir >= 0 && sys_stat_at(dir, "lock", 0, &stat) == 0;

		if (dir >= 0)
			sys_close(dir);
		if (is_there)
			return;
		sys_sleep(PAUSE);
	}
}

/* Cleaning needs descriptors more. */
static bool unguard_dir(void)
{
	if (guarded < 0)
		return false;
	sys_close(guarded);
	guarded = -1;
	return true;
}

/* Most of its life is here. What it did before and will do after is dropped from memory meanwhile,
 * to be read again from the file. This function and the call that it makes lie in the first page,
 * and that one alone in its 64 KB (see the Makefile): as much the kernel maps around what it is
 * asked for. */
static __attribute__((noinline, section(TF_WAITING))) void await_end(int pidfd)
{
	enum { PAGE = 4096, POLLIN_EVENT = 1 };
	extern const char __executable_start[], etext[];
	uintptr_t rest = (uintptr_t)__executable_start + PAGE;
	uintptr_t end = (uintptr_t)etext & ~(uintptr_t)(PAGE - 1);
	struct tf_poll poll = {.fd = pidfd, .events = POLLIN_EVENT};

	/* or all of it stays */
	(void)tf__sys(SYS_madvise, (long)rest, (long)(end - rest), MADV_DONTNEED, 0, 0, 0);
	while (tf__sys(SYS_ppoll, (long)&poll, 1, 0, 0, 8, 0) == -EINTR)
		;
}

static void wait_for_process(int pid)
{
	int fd = pid > 0 ? sys_pidfd(pid) : -1;

	if (fd < 0) {
		sys_sleep(10000000); /* it has just died, or no descriptor is to be had */
		return;
	}
	await_end(fd);
	sys_close(fd);
}

/* Who lingers started no earlier than the root did: "Pid:" in fdinfo of its pidfd. 0: unknown. */
static uint64_t find_start(int pidfd)
{
	char buf[512];
	struct tf_text path = tf__text(buf, sizeof(buf));
	const char *p = buf;
	uint64_t pid = 0;
	int64_t start;

	tf__text_add(&path, "/proc/self/fdinfo/");
	tf__text_add_number(&path, (uint64_t)pidfd);
	if (tf__read_file(AT_FDCWD, buf, buf, sizeof(buf)) < 0)
		return 0;
	while (*p != '\0' && !tf__after(p, "\nPid:\t"))
		p++;
	if (*p == '\0')
		return 0;
	p += sizeof("\nPid:\t") - 1;
	start = tf__number(&p, &pid) < 0 ? 0 : tf__start_time((int)pid);
	return start < 0 ? 0 : (uint64_t)start;
}

/* `run` has done so itself, and told it, unless it was killed. */
static bool was_done(const char *path)
{
	struct tf_notes settings = {0}, end = {0};
	int session = tf__session_open(path);
	bool r = session < 0 || tf__notes_read(&settings, session, "settings") < 0 ||
		 tf__notes_read(&end, session, "end") < 0 ||
		 (tf__notes_value(&settings, "MODE", NULL) && end.len > 0);

	tf__notes_free(&settings);
	tf__notes_free(&end);
	if (session >= 0)
		sys_close(session);
	return r;
}

/* The root has ended. If others have not even after a moment, what they do not need goes now. */
static void clean_lingering(const char *path, uint64_t since)
{
	enum { LOOKS = 15, MOMENT = 2000000 };
	const struct tf_cleaning how = {
		.members = TF_MEMBERS_HOME | TF_MEMBERS_SCAN,
		.function_name = function_name,
		.who.since = since,
	};
	int r = tf__clean_session(path, &how);

	for (int left = LOOKS; r != 0 && left > 0; left--) {
		sys_sleep(MOMENT);
		r = tf__clean_session(path, &how);
	}
	if (r != 0 && !was_done(path))
		(void)tf__clean_lingering(path, &how); /* if not, it goes with the rest */
}

static void clean(const char *path)
{
	enum { FIRST_PAUSE = 5000000, LAST_PAUSE = 500000000 }; /* nanoseconds */
	const struct tf_cleaning how = {
		.wait = true,
		.members = TF_MEMBERS_HOME | TF_MEMBERS_SCAN,
		.function_name = function_name,
	};
	int64_t pause = FIRST_PAUSE;
	int r;

	/* What hinders may be gone soon; else it is for the next session, or `tmpguard reap`. */
	while ((r = tf__clean_session(path, &how)) != 0) {
		if (r > 0 || r == -EAGAIN) {
			wait_for_process(r);
		} else if (r == -EMFILE && unguard_dir()) {
			continue;
		} else if (r != -EXDEV && pause <= LAST_PAUSE) {
			sys_sleep(pause);
			pause *= 10;
		} else {
			break;
		}
	}
	tf__session_rmdir(path);
}

/* By a process of its own: ours has to be there when the root dies. */
static void reclaim(const char *path, int pidfd)
{
	static const struct tf_cleaning how = {.function_name = function_name};

	if (!tf__has_others(path))
		return;
	ignore(SIGCHLD_NR); /* so that nobody has to wait for it */
	if (tf__sys3(SYS_clone, SIGCHLD_NR, 0, 0) != 0)
		return;
	if (pidfd >= 0)
		sys_close(pidfd);
	tf__clean_others(path, &how);
	for (;;)
		(void)tf__sys3(SYS_exit_group, 0, 0, 0);
}

static int janitor(int argc, char **argv)
{
	uint64_t fd = 0;
	const char *text = argc == 3 ? argv[2] : "";
	uint64_t since = 0;
	int pidfd = -1;

	if (argc != 3) {
		static const char usage[] =
			"tmpguard-janitor: started by tmpguard itself; nothing to do by hand\n";

		(void)sys_write(2, usage, sizeof(usage) - 1);
		return 2;
	}
	if (tf__number(&text, &fd) == 0 && *text == '\0' && fd <= INT32_MAX)
		pidfd = (int)fd;
	leave_the_program(pidfd);
	if (pidfd >= 0)
		since = find_start(pidfd);
	else
		await_lock(argv[1]);
	if (pidfd >= 0)
		guard_dir(argv[1], pidfd);
	reclaim(argv[1], pidfd);
	if (pidfd >= 0)
		await_end(pidfd);
	if (pidfd >= 0)
		clean_lingering(argv[1], since);
	if (pidfd >= 0)
		sys_close(pidfd);
	clean(argv[1]);
	return 0;
}

__attribute__((used, noreturn)) static void start(long *stack)
{
	int status = janitor((int)stack[0], (char **)(stack + 1));

	for (;;)
		(void)tf__sys3(SYS_exit_group, status, 0, 0);
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall "
	"start\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tmov x29, xzr\n\tmov x0, sp\n\tb start\n");
#endif
