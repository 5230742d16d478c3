/* support.c: what check.h declares, for everybody's use. */
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "notes.h"

char here[PATH_MAX];
char check_note[128];

__attribute__((noreturn)) static void fail(void)
{
	if (check_note[0])
		printf("  %s\n", check_note);
	fflush(stdout);
	_exit(1);
}

void check_failed(const char *file, int line, const char *what)
{
	printf("%s:%d: not true: %s\n", file, line, what);
	fail();
}

void check_is(const char *file, int line, const char *what, long long expected, long long got)
{
	if (expected == got)
		return;
	printf("%s:%d: %s is %lld, not %lld\n", file, line, what, got, expected);
	fail();
}

void check_text(const char *file, int line, const char *what, const char *expected, const char *got)
{
	if (strcmp(expected, got) == 0)
		return;
	printf("%s:%d: %s is \"%s\", not \"%s\"\n", file, line, what, got, expected);
	fail();
}

void skip(const char *why, ...)
{
	va_list args;

	va_start(args, why);
	vprintf(why, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	_exit(SKIPPED);
}

/* ---- making and looking */

void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	CHECK(f);
	CHECK(fputs(text, f) >= 0);
	CHECK(fclose(f) == 0);
}

void put_dir(const char *path, unsigned mode)
{
	CHECK(mkdir(path, 0700) == 0);
	CHECK(chmod(path, mode) == 0);
}

bool there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

bool reads(const char *path, const char *text)
{
	char buf[256] = "";
	FILE *f = fopen(path, "r");

	if (!f)
		return false;
	(void)fread(buf, 1, sizeof(buf) - 1, f); /* what is short differs from the text */
	fclose(f);
	return strcmp(buf, text) == 0;
}

int entries(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	CHECK(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

int open_fds(void)
{
	return entries("/proc/self/fd") - 1; /* its own */
}

struct tf_identity identity_of(const char *path)
{
	struct tf_stat stat;

	CHECK_IS(0, sys_stat_at(AT_FDCWD, path, TF_AT_SYMLINK_NOFOLLOW, &stat));
	return tf__identity(&stat);
}

const char *in_here(const char *name)
{
	static char paths[8][PATH_MAX + 256];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", here, name);
	return path;
}

/* ---- processes */

pid_t start(void (*fn)(void *), void *arg)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	CHECK(pid >= 0);
	if (pid > 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(60);
	fn(arg);
	fflush(stdout);
	_exit(0);
}

static int status_of(pid_t pid)
{
	int status;

	CHECK_IS(pid, waitpid(pid, &status, 0));
	return status;
}

void finish(pid_t pid)
{
	int status = status_of(pid);

	if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
		_exit(SKIPPED); /* it has said why */
	CHECK_IS(0, status);
}

void finish_killed(pid_t pid)
{
	int status;

	CHECK(kill(pid, SIGKILL) == 0);
	status = status_of(pid);
	CHECK(status == SIGKILL || status == 0); /* it may have been done already */
}

void in_child(void (*fn)(void *), void *arg)
{
	finish(start(fn, arg));
}

struct gate gate_new(void)
{
	struct gate gate;

	CHECK(pipe2(gate.fds, O_CLOEXEC) == 0);
	return gate;
}

void gate_open(const struct gate *gate)
{
	CHECK_IS(1, write(gate->fds[1], "", 1));
}

void gate_wait(const struct gate *gate)
{
	char byte;

	CHECK_IS(1, read(gate->fds[0], &byte, 1));
}

void gate_free(const struct gate *gate)
{
	close(gate->fds[0]);
	close(gate->fds[1]);
}

/* ---- rights */

void become_nobody(void)
{
	enum { NOBODY = 65534 };

	if (geteuid() != 0)
		return;
	CHECK(chmod(here, 0777) == 0);
	CHECK(setgroups(0, NULL) == 0);
	CHECK(setresgid(NOBODY, NOBODY, NOBODY) == 0);
	CHECK(setresuid(NOBODY, NOBODY, NOBODY) == 0);
	CHECK(prctl(PR_SET_DUMPABLE, 1) == 0); /* or /proc/self stays root's */
}

void private_mounts(void)
{
	if (geteuid() != 0)
		skip("mounting needs root");
	if (unshare(CLONE_NEWNS) < 0)
		skip("no mount namespace: %s", strerror(errno));
	CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
}

void mount_at(const char *type, const char *source, const char *target, const char *options)
{
	unsigned long flags = strcmp(type, "bind") == 0 ? MS_BIND : 0;

	if (mount(source, target, type, flags, options) < 0)
		skip("mounting %s: %s", type, strerror(errno));
}

void go_to_memory(void)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0)
		return;
	CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	CHECK(mount("none", here, "tmpfs", 0, NULL) == 0);
	CHECK(chdir(here) == 0);
}

void limit(int resource, unsigned long value)
{
	struct rlimit limit = {value, value};

	CHECK(setrlimit(resource, &limit) == 0);
}

/* ---- sessions */

void roots_here(struct tf_roots *ret_roots)
{
	struct tf_places places = {.tmpdir = here};
	char scratch[TF_PATH_MAX];

	tf__roots_init(ret_roots, &places, scratch);
	CHECK(tf__roots_hold(ret_roots, here));
}

void begin_session(struct made *made)
{
	int r;

	*made = (struct made){0};
	roots_here(&made->roots);
	do { /* with an alphabet of two letters a name may be taken */
		CHECK_IS(0, tf__session_draw(&made->session, here));
		r = tf__session_make(&made->session, TF_SESSION_OWN);
	} while (r == -EEXIST);
	CHECK_IS(0, r);
	CHECK_IS(0, tf__journal_open(&made->journal, made->session.path, &made->roots));
}

void unmap_journal(struct tf_journal *journal)
{
	size_t len = 16 << 10, whole = len;

	for (int k = 0; k < TF_SEGMENTS && journal->segment[k]; k++) {
		CHECK(munmap(journal->segment[k], len) == 0);
		len = whole * 3;
		whole *= 4;
	}
	tf__journal_forget(journal);
}

void leave_session(struct made *made)
{
	unmap_journal(&made->journal);
	tf__lock_release(&made->session.lock);
}

void put_note(const struct made *made, const char *file, const char *name, const char *value)
{
	int dir = tf__session_open(made->session.path);

	CHECK(dir >= 0);
	CHECK_IS(0, tf__notes_add(dir, file, name, value));
	close(dir);
}

int64_t register_intent(struct made *made, enum tf_kind kind, const char *name)
{
	struct tf_record head = {.kind = kind, .pid = getpid(), .program = "test"};

	return tf__journal_intend(&made->journal, &head, here, strlen(here), name);
}

static void settle(struct made *made, int64_t number, const char *name)
{
	struct tf_identity id = identity_of(in_here(name));

	tf__journal_settle(&made->journal, number, &id);
}

int64_t register_file(struct made *made, const char *name)
{
	int64_t number = register_intent(made, TF_KIND_FILE, name);

	CHECK(number >= 0);
	put(in_here(name), "made");
	settle(made, number, name);
	return number;
}

int64_t register_dir(struct made *made, const char *name)
{
	int64_t number = register_intent(made, TF_KIND_DIR, name);

	CHECK(number >= 0);
	put_dir(in_here(name), 0700);
	settle(made, number, name);
	return number;
}

void wait_for_ever(void *arg)
{
	gate_open(arg);
	for (;;)
		pause();
}

pid_t start_waiting(void)
{
	struct gate gate = gate_new();
	pid_t pid = start(wait_for_ever, &gate);

	gate_wait(&gate);
	gate_free(&gate);
	return pid;
}

int new_session_dir(void)
{
	int fd;

	put_dir("s", 0700);
	fd = open("s", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(fd >= 0);
	return fd;
}
