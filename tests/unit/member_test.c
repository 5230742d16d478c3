/* member_test.c: lib/members.c, lib/process.c: who is alive without the lock. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "members.h"
#include "process.h"

static const char nobody[] = "/no/such/session";

enum { BIG_PID = 4000000, ENTRY = 16 };

static int alive(int dir)
{
	return tf__members_alive(dir, nobody, TF_MEMBERS_HOME);
}

static void alive_until_death(void)
{
	int dir = new_session_dir();
	pid_t pid = start_waiting();

	CHECK_IS(0, alive(dir)); /* no table, nobody */
	CHECK(!there("s/members"));
	CHECK_IS(0, tf__members_add(dir, pid, false));
	CHECK_IS(pid, alive(dir));
	CHECK_IS(0, tf__members_add(dir, getpid(), false));
	CHECK_IS(pid, alive(dir));
	CHECK(kill(pid, SIGKILL) == 0);
	while (!tf__alive_since(pid, 0) && alive(dir) == pid)
		usleep(1000);
	CHECK_IS(0, alive(dir)); /* a zombie is dead; and who asks does not count himself */
	CHECK_IS(pid, waitpid(pid, NULL, 0));
	CHECK_IS(0, alive(dir));
	close(dir);
}

static void set_since(int pid, uint64_t since)
{
	int fd = open("s/members", O_WRONLY | O_CLOEXEC);

	CHECK_IS(sizeof(since), pwrite(fd, &since, sizeof(since), (off_t)pid * ENTRY));
	close(fd);
}

/* The number was given out again, to a process that started after the entry was made. */
static void number_given_again(void)
{
	int dir = new_session_dir();
	pid_t pid = start_waiting();
	int64_t started = tf__start_time(pid);

	CHECK(started > 0);
	CHECK_IS(0, tf__members_add(dir, pid, false));
	set_since(pid, (uint64_t)started);
	CHECK_IS(pid, alive(dir));
	set_since(pid, (uint64_t)started - 1);
	CHECK_IS(0, alive(dir));
	finish_killed(pid);
	close(dir);
}

/* The last entry lacks its last bytes: what is read there is not what was there before. */
static void last_entry(void)
{
	int dir = new_session_dir();
	pid_t pid = start_waiting();
	struct stat st;

	CHECK_IS(0, tf__members_add(dir, pid, false));
	CHECK(stat("s/members", &st) == 0);
	CHECK_IS((off_t)pid * ENTRY + ENTRY - 2, st.st_size);
	CHECK_IS(pid, alive(dir));
	CHECK(truncate("s/members", st.st_size - 1) == 0); /* cut off: no entry at all */
	CHECK_IS(0, alive(dir));
	finish_killed(pid);
	close(dir);
}

static void far_apart(void)
{
	int dir = new_session_dir();
	pid_t pid = start_waiting();
	struct stat st;

	for (int far = 1; far < BIG_PID; far = far * 3 + 1)
		if (kill(far, 0) < 0)
			CHECK_IS(0, tf__members_add(dir, far, false));
	CHECK_IS(0, alive(dir));
	CHECK_IS(0, tf__members_add(dir, BIG_PID, false));
	CHECK_IS(0, tf__members_add(dir, pid, false));
	CHECK_IS(pid, alive(dir));
	CHECK(stat("s/members", &st) == 0);
	CHECK(st.st_size > (off_t)60 << 20 && st.st_blocks < 1024); /* sparse */
	finish_killed(pid);
	CHECK_IS(0, alive(dir));
	close(dir);
}

/* S1: whoever spawns may have children that nobody wrote down. They are known by their environment.
 */
static void run_with_session(void *arg)
{
	struct gate *gate = arg;
	char variable[256];
	char *argv[] = {"sh", "-c", "echo >&9; exec sleep 100", NULL};
	char *envp[] = {"A=1", "LONG=" /* replaced */, variable, "B=2", NULL};
	char *large = malloc(5001);

	memset(large, 'x', 5000);
	large[5000] = '\0';
	memcpy(large, "LONG=", 5);
	envp[1] = large;
	snprintf(variable, sizeof(variable), "TMPGUARD_SESSION=77:%s", in_here("s"));
	CHECK_IS(9, dup2(gate->fds[1], 9));
	execve("/bin/sh", argv, envp);
	free(large);
	CHECK(false);
}

static void spawned_unseen(void)
{
	int dir = new_session_dir();
	struct gate gate = gate_new();
	const char *session = in_here("s");
	pid_t parent = start_waiting();
	pid_t pid = start(run_with_session, &gate);

	gate_wait(&gate);
	CHECK_IS(0, tf__members_add(dir, parent, false));
	tf__members_greet(dir, parent); /* a stranger's children would be looked for in any case */
	finish_killed(parent);
	CHECK_IS(0, tf__members_alive(dir, session, TF_MEMBERS_HOME));
	CHECK_IS(pid, tf__members_alive(dir, session, TF_MEMBERS_HOME | TF_MEMBERS_SCAN));

	CHECK_IS(0, tf__members_add(dir, parent, true));
	CHECK_IS(0, tf__members_add(dir, parent, false)); /* its exec: the mark stays */
	CHECK_IS(pid, tf__members_alive(dir, session, TF_MEMBERS_HOME));
	CHECK_IS(0, tf__members_alive(dir, nobody, TF_MEMBERS_HOME));
	CHECK_IS(0, tf__members_alive(dir, in_here("s2"), TF_MEMBERS_HOME));
	tf__members_greet(dir, parent);
	CHECK_IS(pid, tf__members_alive(dir, session, TF_MEMBERS_HOME));
	finish_killed(pid);
	CHECK_IS(0, tf__members_alive(dir, session, TF_MEMBERS_HOME));
	gate_free(&gate);
	close(dir);
}

/* G3: one's own mark does not count when no child is being made any more. */
static void own_mark(void)
{
	int dir = new_session_dir();
	struct gate gate = gate_new();
	const char *session = in_here("s");
	pid_t pid = start(run_with_session, &gate);

	gate_wait(&gate);
	CHECK_IS(0, tf__members_add(dir, getpid(), true));
	CHECK_IS(pid, tf__members_alive(dir, session, TF_MEMBERS_HOME));
	CHECK_IS(0, tf__members_alive(dir, session, TF_MEMBERS_HOME | TF_MEMBERS_GATE));
	finish_killed(pid);
	gate_free(&gate);
	close(dir);
}

/* When it cannot be told whether a process has the session, that is not a no. */
static int failing_error;
static long environ_fails(long nr, long a, long b, long c, long d, long e, long f)
{
	if (nr == SYS_openat && strstr((const char *)b, "/environ"))
		return failing_error;
	return tf__sys_raw(nr, a, b, c, d, e, f);
}

static long listing_fails(long nr, long a, long b, long c, long d, long e, long f)
{
	if (nr == SYS_getdents64)
		return failing_error;
	return tf__sys_raw(nr, a, b, c, d, e, f);
}

static void in_doubt(tf_sys_fn *fails, int error, bool is_no)
{
	int dir = new_session_dir();
	struct gate gate = gate_new();
	const char *session = in_here("s");
	pid_t pid = start(run_with_session, &gate);
	int r;

	gate_wait(&gate);
	CHECK_IS(0, tf__members_add(dir, getpid(), true));
	failing_error = error;
	tf__sys = fails;
	r = tf__members_alive(dir, session, TF_MEMBERS_HOME);
	tf__sys = tf__sys_raw;
	CHECK(is_no ? r == 0 : r != 0);
	finish_killed(pid);
	gate_free(&gate);
	close(dir);
}

static void unlisted_processes(void)
{
	in_doubt(listing_fails, -ENOMEM, false);
}

static void no_descriptor_for_environment(void)
{
	in_doubt(environ_fails, -EMFILE, false);
}

/* Another user's processes cannot be members: they could not even reach the session. */
static void environment_of_others(void)
{
	in_doubt(environ_fails, -EACCES, true);
}

static long table_fails(long nr, long a, long b, long c, long d, long e, long f)
{
	if (nr == SYS_pread64)
		return -EIO;
	return tf__sys_raw(nr, a, b, c, d, e, f);
}

static void unreadable_table(void)
{
	int dir = new_session_dir();

	CHECK_IS(0, tf__members_add(dir, 1, false));
	tf__sys = table_fails;
	CHECK_IS(-EIO, alive(dir));
	tf__sys = tf__sys_raw;
	CHECK(unlink("s/members") == 0);
	put_dir("s/members", 0700);
	CHECK_IS(-EPERM, alive(dir));
	CHECK(rmdir("s/members") == 0);
	put("kept", "precious");
	CHECK(symlink("../kept", "s/members") == 0);
	CHECK_IS(-ELOOP, alive(dir));
	CHECK_IS(-ELOOP, tf__members_add(dir, 1, false));
	CHECK(reads("kept", "precious"));
	close(dir);
}

static void file_size_limit(void)
{
	int dir = new_session_dir();
	pid_t pid = getpid();

	limit(RLIMIT_FSIZE, (unsigned long)pid * ENTRY + ENTRY - 1);
	CHECK_IS(-EFBIG, tf__members_add(dir, pid, true));
	CHECK_IS(-EFBIG, tf__members_add(dir, BIG_PID, false));
	CHECK(!there("s/members"));
	if (pid > 1)
		CHECK_IS(0, tf__members_add(dir, pid - 1, true));
	close(dir);
}

/* A number of another pid namespace says nothing here. */
static void other_namespace(void)
{
	int dir = new_session_dir();
	pid_t pid = start_waiting();
	uint32_t other = 1;
	int fd;

	CHECK_IS(0, tf__members_add(dir, pid, false));
	fd = open("s/members", O_WRONLY | O_CLOEXEC);
	CHECK_IS(sizeof(other), pwrite(fd, &other, sizeof(other), (off_t)pid * ENTRY + 8));
	close(fd);
	CHECK_IS(-EXDEV, tf__members_alive(dir, nobody, 0));
	CHECK_IS(0, alive(dir)); /* at home all processes of it would be seen */
	finish_killed(pid);
	close(dir);
}

/* Whoever wrote without a procfs (in a chroot) did not know his namespace: that is in doubt, too.
 */
static long no_procfs(long nr, long a, long b, long c, long d, long e, long f)
{
	if (nr == SYS_statx && strncmp((const char *)b, "/proc/", 6) == 0)
		return -ENOENT;
	return tf__sys_raw(nr, a, b, c, d, e, f);
}

static void written_without_procfs(void)
{
	int dir = new_session_dir();
	pid_t pid = start_waiting();

	tf__sys = no_procfs;
	CHECK_IS(0, tf__members_add(dir, pid, false));
	tf__sys = tf__sys_raw;
	CHECK(alive(dir) != 0);
	finish_killed(pid);
	close(dir);
}

static void processes(void)
{
	uint64_t now = tf__boot_time();
	pid_t pid = start_waiting();

	CHECK(tf__alive_since(getpid(), UINT64_MAX));
	CHECK(tf__alive_since(pid, UINT64_MAX));
	CHECK(!tf__alive_since(pid, 0));
	CHECK(!tf__alive_since(BIG_PID + 1, UINT64_MAX));
	CHECK(tf__start_time(getpid()) <= (int64_t)now);
	CHECK_IS(-ENOENT, tf__start_time(BIG_PID + 1));
	CHECK(tf__pid_namespace() != 0);
	finish_killed(pid);
	CHECK(!tf__alive_since(pid, UINT64_MAX));
	CHECK(tf__boot_time() >= now);
}

const struct test member_tests[] = {
	{"members-alive-until-death", alive_until_death},
	{"members-number-given-again", number_given_again},
	{"members-last-entry", last_entry},
	{"members-far-apart", far_apart},
	{"members-spawned-unseen", spawned_unseen},
	{"members-own-mark", own_mark},
	{"members-unlisted-processes", unlisted_processes},
	{"members-no-descriptor-for-environment", no_descriptor_for_environment},
	{"members-environment-of-others", environment_of_others},
	{"members-unreadable-table", unreadable_table},
	{"members-file-size-limit", file_size_limit},
	{"members-other-namespace", other_namespace},
	{"members-written-without-procfs", written_without_procfs},
	{"members-processes", processes},
	{0},
};
