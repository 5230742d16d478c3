/* session_test.c: lib/session.c: a directory that is made, joined, kept and removed by many. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "clean.h"
#include "members.h"

static const char *above(void)
{
	static char name[64];

	snprintf(name, sizeof(name), ".tmpguard-%u", (unsigned)geteuid());
	return name;
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	CHECK(lstat(path, &st) == 0);
	return st.st_mode & 07777;
}

static int drawn(struct tf_session *session)
{
	*session = (struct tf_session){0};
	return tf__session_draw(session, here);
}

/* With an alphabet of two letters a name may be taken. */
static int make(struct tf_session *session, enum tf_session_kind kind)
{
	int r;

	do {
		r = drawn(session);
		if (r == 0)
			r = tf__session_check(session);
		if (r == 0)
			r = tf__session_make(session, kind);
	} while (r == -EEXIST);
	return r;
}

static int clean(const struct tf_session *session)
{
	struct tf_cleaning how = {.members = TF_MEMBERS_HOME};

	return tf__clean_session(session->path, &how);
}

static void draw(void)
{
	char text[TF_SESSION_PATH + 64], base[TF_SESSION_PATH + 64];
	struct tf_session session = {0}, second = {0};

	CHECK_IS(0, tf__session_draw(&session, "/some/where///"));
	snprintf(text, sizeof(text), "/some/where/%s/", above());
	CHECK(strncmp(text, session.path, strlen(text)) == 0);
	CHECK_IS(strlen(text) + 6, strlen(session.path));
	CHECK_IS(getpid(), session.root);
	CHECK_IS(0, tf__session_draw(&session, "/"));
	CHECK(session.path[0] == '/' && session.path[1] == '.');
	CHECK_IS(-EINVAL, tf__session_draw(&second, "relative"));
	CHECK_IS(-EINVAL, tf__session_draw(&second, ""));
	CHECK_TEXT("", second.path);
	memset(base, 'd', sizeof(base));
	base[0] = '/';
	for (size_t len = TF_SESSION_PATH - 40; len < TF_SESSION_PATH + 20; len++) {
		int r;

		base[len] = '\0';
		r = tf__session_draw(&second, base);
		base[len] = 'd';
		CHECK_IS(len + strlen(above()) + 8 < TF_SESSION_PATH ? 0 : -ENAMETOOLONG, r);
	}
	CHECK_IS(0, entries(here)); /* nothing touches the disk */
}

static void parse(void)
{
	static const char *const bad[] = {"", "1", "1:", ":%s/aBcDe0", "x:%s/aBcDe0", "1:a",
		"-1:%s/aBcDe0", " 1:%s/aBcDe0", "4294967296:%s/aBcDe0",
		"99999999999999999999999:%s/aBcDe0", "1;%s/aBcDe0", "1:/a/b", "1:/aBcDe0",
		"1:%s/aBcDe", "1:%s/aBcDe01", "1:%s", "1:%s-/aBcDe0", "1:%s1/aBcDe0",
		"1:/b/.tmpguard-/aBcDe0", "1:/b/c/aBcDe0"};
	char ours[64], text[TF_SESSION_PATH + 64], path[TF_SESSION_PATH];
	struct tf_session session = {0};

	snprintf(ours, sizeof(ours), "/b:c/.tmpguard-%u", geteuid());
	snprintf(text, sizeof(text), "123:%s/aBcDe0", ours);
	CHECK_IS(0, tf__session_parse(&session, text));
	CHECK_IS(123, session.root);
	CHECK_TEXT(text + 4, session.path);
	strcpy(path, session.path);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), bad[i], ours);
		CHECK_IS(-EINVAL, tf__session_parse(&session, text));
	}
	CHECK_TEXT(path, session.path);
	for (size_t len = TF_SESSION_PATH - 2; len < TF_SESSION_PATH + 2; len++) {
		size_t rest = strlen(ours) + 7;

		memset(text, 'd', sizeof(text));
		memcpy(text, "1:/", 3);
		snprintf(text + 2 + len - rest, rest + 1, "%s/aBcDe0", ours);
		CHECK_IS(len < TF_SESSION_PATH ? 0 : -ENAMETOOLONG,
			tf__session_parse(&session, text));
	}
}

static void life(void)
{
	struct tf_session session, joined = {0};
	char value[TF_SESSION_PATH + 16];

	CHECK_IS(0, make(&session, TF_SESSION_OWN));
	CHECK_IS(0700, mode_of(session.path));
	CHECK_IS(0700, mode_of(above()));
	CHECK_IS(1, entries(session.path)); /* the lock */
	snprintf(value, sizeof(value), "%d:%s", (int)session.root, session.path);
	CHECK_IS(0, tf__session_parse(&joined, value));
	CHECK_IS(0, tf__session_join(&joined));
	CHECK_IS(-EAGAIN, clean(&session));
	tf__lock_release(&session.lock);
	CHECK_IS(-EAGAIN, clean(&session));
	CHECK(there(session.path));
	tf__lock_release(&joined.lock);
	CHECK_IS(0, clean(&session));
	CHECK_IS(0, entries(here));
	CHECK_IS(-ENOENT, tf__session_join(&joined));
	CHECK(!joined.lock.page);
	CHECK_IS(0, clean(&session)); /* there is nothing any more */
}

static void shared(void)
{
	struct tf_session session;

	umask(077);
	CHECK_IS(0, make(&session, TF_SESSION_SHARED));
	CHECK_IS(0711, mode_of(session.path));
	CHECK_IS(0711, mode_of(above()));
	umask(0777); /* takes what even its owner needs */
	tf__lock_release(&session.lock);
	CHECK_IS(0, clean(&session));
	CHECK_IS(0, entries(here));
}

static void kept(void)
{
	struct tf_session session;
	char path[TF_SESSION_PATH + 16];
	int fd;

	CHECK_IS(0, make(&session, TF_SESSION_OWN));
	fd = tf__session_open(session.path);
	CHECK(fd >= 0 && !tf__session_is_kept(fd));
	CHECK_IS(0, tf__session_mark_kept(fd));
	CHECK_IS(0, tf__session_mark_kept(fd));
	CHECK(tf__session_is_kept(fd));
	snprintf(path, sizeof(path), "%s/tmp", session.path);
	put_dir(path, 0700);
	tf__lock_release(&session.lock);
	CHECK_IS(0, clean(&session));
	CHECK_IS(3, entries(session.path)); /* lock, kept, tmp */
	CHECK_IS(0, tf__session_remove(fd, session.path));
	CHECK_IS(0, entries(here));
	close(fd);
}

static void removal_leaves_others(void)
{
	struct tf_session session, second;

	CHECK_IS(0, make(&session, TF_SESSION_OWN));
	CHECK_IS(0, make(&second, TF_SESSION_OWN));
	tf__lock_release(&session.lock);
	CHECK_IS(0, clean(&session));
	CHECK(!there(session.path) && there(second.path));
	CHECK_IS(-EAGAIN, clean(&second));
	tf__lock_release(&second.lock);
	CHECK_IS(0, clean(&second));
	CHECK_IS(0, entries(here));
}

/* A directory without a lock is being made or removed: others may only rmdir it. */
static void without_lock(void)
{
	struct tf_session session;
	char path[TF_SESSION_PATH + 16];

	CHECK_IS(0, drawn(&session));
	put_dir(above(), 0700);
	put_dir(session.path, 0700);
	snprintf(path, sizeof(path), "%s/journal", session.path);
	put(path, "");
	CHECK_IS(0, clean(&session));
	CHECK(there(path));
	CHECK(unlink(path) == 0);
	CHECK_IS(0, clean(&session));
	CHECK_IS(0, entries(here));
}

/* Checked and made, the session lies in a directory of another name, and `what` is untouched. */
static void goes_round(const char *what)
{
	struct tf_session session;
	char squatted[PATH_MAX];

	CHECK_IS(0, make(&session, TF_SESSION_OWN));
	snprintf(squatted, sizeof(squatted), "%s.", in_here(above()));
	if (strncmp(squatted, session.path, strlen(squatted)) != 0)
		printf("%s: %s\n", what, session.path);
	CHECK(strncmp(squatted, session.path, strlen(squatted)) == 0);
	CHECK(there(above()));
	tf__lock_release(&session.lock);
	CHECK_IS(0, clean(&session));
	CHECK_IS(-ENOENT, tf__session_open(session.path));
}

static void refuses_to_make(void)
{
	struct tf_session session;

	CHECK_IS(0, drawn(&session));
	CHECK_IS(-EPERM, tf__session_make(&session, TF_SESSION_OWN));
	CHECK(!session.lock.page && !there(session.path));
}

static void squatted(void)
{
	char inside[80];

	put_dir("target", 0700);
	CHECK(symlink("target", above()) == 0);
	goes_round("a symlink");
	refuses_to_make();
	CHECK_IS(0, entries("target"));
	CHECK(unlink(above()) == 0);
	put(above(), "a file");
	goes_round("a file");
	refuses_to_make();
	CHECK(unlink(above()) == 0);
	put_dir(above(), 0777);
	snprintf(inside, sizeof(inside), "%s/file", above());
	put(inside, "stays");
	goes_round("a directory that others write to");
	refuses_to_make();
	CHECK_IS(0777, mode_of(above()));
	CHECK(reads(inside, "stays"));
	CHECK(unlink(inside) == 0 && rmdir(above()) == 0);
	if (geteuid() != 0)
		skip("a directory of somebody else's is made by root");
	put_dir(above(), 0700);
	put(inside, "stays");
	CHECK(chown(above(), 65534, 65534) == 0);
	goes_round("a directory of somebody else's");
	refuses_to_make();
	CHECK(reads(inside, "stays"));
	CHECK_IS(2, entries(here));
}

static void open_refuses(void)
{
	put_dir("s", 0700);
	CHECK(symlink("s", "link") == 0);
	put("file", "");
	CHECK_IS(-ENOENT, tf__session_open(in_here("none")));
	CHECK(tf__session_open(in_here("link")) < 0);
	CHECK_IS(-ENOTDIR, tf__session_open(in_here("file")));
	CHECK(chmod("s", 0720) == 0);
	CHECK_IS(-EPERM, tf__session_open(in_here("s")));
	CHECK(chmod("s", 0702) == 0);
	CHECK_IS(-EPERM, tf__session_open(in_here("s")));
	if (geteuid() == 0) {
		CHECK(chmod("s", 0700) == 0 && chown("s", 65534, 65534) == 0);
		CHECK_IS(-EPERM, tf__session_open(in_here("s")));
	}
}

static void check_as_nobody(void *arg)
{
	struct tf_session session = {0};

	(void)arg;
	become_nobody();
	CHECK(mkdir("closed", 0700) == 0);
	CHECK(chmod("closed", 0500) == 0);
	/* relative to where we are: what lies above may be closed to us */
	snprintf(
		session.path, sizeof(session.path), "/proc/self/cwd/closed/.tmpguard-65534/abcdef");
	CHECK_IS(-EACCES, tf__session_check(&session));
	CHECK_IS(-EACCES, tf__session_make(&session, TF_SESSION_OWN));
	CHECK(!session.lock.page);
	CHECK_IS(0, entries("closed"));
}

static void check_first(void)
{
	struct tf_session session;

	CHECK_IS(0, tf__session_draw(&session, in_here("none")));
	CHECK_IS(-ENOENT, tf__session_check(&session));
	CHECK_IS(-ENOENT, tf__session_make(&session, TF_SESSION_OWN));
	CHECK_IS(0, entries(here));
	CHECK_IS(0, drawn(&session));
	CHECK_IS(0, tf__session_check(&session));
	CHECK_IS(0, entries(here));
	in_child(check_as_nobody, NULL);
}

struct crowd {
	struct gate go;
	int rounds;
};

static void make_and_clean(void *arg)
{
	struct crowd *crowd = arg;

	gate_wait(&crowd->go);
	for (int i = 0; i < crowd->rounds; i++) {
		struct tf_session session;
		int r = make(&session, TF_SESSION_OWN);

		if (r == -ENOENT) /* five times in a row others removed it: allowed, if rare */
			continue;
		CHECK_IS(0, r);
		CHECK(there(session.path));
		CHECK_IS(-EAGAIN, clean(&session));
		tf__lock_release(&session.lock);
		CHECK_IS(0, clean(&session));
	}
}

static void keep_removing(void *arg)
{
	char path[PATH_MAX];

	(void)arg;
	snprintf(path, sizeof(path), "%s/nothing", in_here(above()));
	for (;;)
		tf__session_rmdir(path);
}

static void makers_and_removers(void)
{
	struct crowd crowd = {gate_new(), 100};
	pid_t makers[2], remover;

	remover = start(keep_removing, NULL);
	for (int i = 0; i < 2; i++)
		makers[i] = start(make_and_clean, &crowd);
	for (int i = 0; i < 2; i++)
		gate_open(&crowd.go);
	for (int i = 0; i < 2; i++)
		finish(makers[i]);
	finish_killed(remover);
	gate_free(&crowd.go);
	(void)rmdir(above());
	CHECK_IS(0, entries(here));
}

/* Anybody may rmdir an empty directory, between any two steps of the making. */
static int remove_before;
static char remove_path[TF_SESSION_PATH];

static long removing(long nr, long a, long b, long c, long d, long e, long f)
{
	if (--remove_before == 0) {
		(void)rmdir(remove_path);
		(void)rmdir(above());
	}
	return tf__sys_raw(nr, a, b, c, d, e, f);
}

static void removed_at_every_step(void)
{
	for (int step = 1;; step++) {
		struct tf_session session;
		int left, r;

		CHECK_IS(0, drawn(&session));
		strcpy(remove_path, session.path);
		remove_before = step;
		tf__sys = removing;
		r = tf__session_make(&session, TF_SESSION_OWN);
		tf__sys = tf__sys_raw;
		if (r < 0)
			printf("removed before call %d\n", step);
		CHECK_IS(0, r);
		left = remove_before;
		CHECK(there(session.path));
		CHECK_IS(-EAGAIN, clean(&session));
		tf__lock_release(&session.lock);
		CHECK_IS(0, clean(&session));
		CHECK_IS(0, entries(here));
		if (left > 0)
			break;
	}
}

const struct test session_tests[] = {
	{"session-draw", draw},
	{"session-parse", parse},
	{"session-life", life},
	{"session-shared", shared},
	{"session-kept", kept},
	{"session-removal-leaves-others", removal_leaves_others},
	{"session-without-lock", without_lock},
	{"session-squatted", squatted},
	{"session-open-refuses", open_refuses},
	{"session-check-first", check_first},
	{"session-makers-and-removers", makers_and_removers},
	{"session-removed-at-every-step", removed_at_every_step},
	{0},
};
