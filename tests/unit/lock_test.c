/* lock_test.c: lib/lock.c: who holds it, for how long, and who may not have it. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "check.h"

static int open_dir(const char *name)
{
	int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CHECK(fd >= 0);
	return fd;
}

static int new_dir(const char *name)
{
	put_dir(name, 0700);
	return open_dir(name);
}

/* Is the lock of this session free? Nothing is kept. */
static bool is_free(int dir)
{
	int fd = tf__lock_take(dir, false);

	CHECK(fd >= 0 || fd == -EAGAIN);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void held_without_descriptor(void)
{
	struct tf_lock lock = {0};
	int dir = new_dir("s");
	int before = open_fds();

	CHECK_IS(-ENOENT, tf__lock_take(dir, false));
	CHECK_IS(0, tf__lock_make(dir, "/none", "tag", &lock));
	CHECK_IS(before, open_fds());
	CHECK_IS(1, entries("s"));
	CHECK(lock.page && !is_free(dir));
	tf__lock_release(&lock);
	CHECK(!lock.page && is_free(dir));
	tf__lock_release(&lock); /* once more is no harm */
	close(dir);
}

struct fork_arg {
	int dir;
	struct gate ready, go;
	struct tf_lock lock;
};

static void child_waits(void *arg)
{
	struct fork_arg *a = arg;

	gate_open(&a->ready);
	gate_wait(&a->go);
}

static void held_by_forked_child(void)
{
	struct fork_arg a = {new_dir("s"), gate_new(), gate_new(), {0}};
	pid_t pid;

	CHECK_IS(0, tf__lock_make(a.dir, "/none", "tag", &a.lock));
	pid = start(child_waits, &a);
	gate_wait(&a.ready);
	tf__lock_release(&a.lock);
	CHECK(!is_free(a.dir));
	finish_killed(pid);
	CHECK(is_free(a.dir));
	gate_free(&a.ready);
	gate_free(&a.go);
	close(a.dir);
}

static void child_joins(void *arg)
{
	struct fork_arg *a = arg;

	tf__lock_release(&a->lock); /* its parent's */
	CHECK_IS(0, tf__lock_join(a->dir, &a->lock));
	child_waits(a);
}

static void freed_on_kill(void)
{
	struct fork_arg a = {new_dir("s"), gate_new(), gate_new(), {0}};
	pid_t pid;

	CHECK_IS(0, tf__lock_make(a.dir, "/none", "tag", &a.lock));
	pid = start(child_joins, &a);
	gate_wait(&a.ready);
	tf__lock_release(&a.lock);
	CHECK(!is_free(a.dir));
	finish_killed(pid);
	CHECK(is_free(a.dir));
	gate_free(&a.ready);
	gate_free(&a.go);
	close(a.dir);
}

static void child_execs(void *arg)
{
	struct fork_arg *a = arg;

	CHECK_IS(0, tf__lock_join(a->dir, &a->lock));
	execlp("sh", "sh", "-c", "echo >&$0; exec sleep 100", "9", (char *)NULL);
}

static void freed_on_exec(void)
{
	struct fork_arg a = {new_dir("s"), gate_new(), gate_new(), {0}};
	struct tf_lock lock = {0};
	pid_t pid;

	CHECK_IS(0, tf__lock_make(a.dir, "/none", "tag", &lock));
	tf__lock_release(&lock);
	CHECK_IS(9, dup2(a.ready.fds[1], 9)); /* not close-on-exec */
	pid = start(child_execs, &a);
	gate_wait(&a.ready);
	CHECK(is_free(a.dir));
	finish_killed(pid);
	close(9);
	gate_free(&a.ready);
	gate_free(&a.go);
	close(a.dir);
}

static void join(void)
{
	struct tf_lock lock = {0}, second = {0}, third = {0};
	int dir = new_dir("s");
	int cleaner;

	CHECK_IS(-ENOENT, tf__lock_join(dir, &second));
	CHECK_IS(0, tf__lock_make(dir, "/none", "tag", &lock));
	CHECK_IS(0, tf__lock_join(dir, &second));
	tf__lock_release(&lock);
	CHECK(!is_free(dir));
	tf__lock_release(&second);
	cleaner = tf__lock_take(dir, false);
	CHECK(cleaner >= 0);
	CHECK_IS(-EAGAIN, tf__lock_join(dir, &third));
	CHECK_IS(-EAGAIN, tf__lock_take(dir, false));
	CHECK(!third.page);
	close(cleaner);
	CHECK_IS(0, tf__lock_join(dir, &third));
	tf__lock_release(&third);
	close(dir);
}

static void removed(void)
{
	struct tf_lock lock = {0};
	int dir = new_dir("s");

	CHECK_IS(0, tf__lock_make(dir, "/none", "tag", &lock));
	tf__lock_release(&lock);
	CHECK_IS(0, tf__lock_remove(dir));
	CHECK_IS(0, entries("s"));
	CHECK_IS(-ENOENT, tf__lock_join(dir, &lock));
	CHECK_IS(-ENOENT, tf__lock_take(dir, false));
	CHECK_IS(-ENOENT, tf__lock_remove(dir));
	close(dir);
}

/* J2, C1: the file goes between the open and the lock. */
static long unlink_before_lock(long nr, long a, long b, long c, long d, long e, long f)
{
	if (nr == SYS_flock)
		(void)unlink("s/lock"); /* the second time it is gone already */
	return tf__sys_raw(nr, a, b, c, d, e, f);
}

static void removed_meanwhile(void)
{
	struct tf_lock lock = {0};
	int dir = new_dir("s");

	CHECK_IS(0, tf__lock_make(dir, "/none", "tag", &lock));
	tf__lock_release(&lock);
	tf__sys = unlink_before_lock;
	CHECK_IS(-ENOENT, tf__lock_join(dir, &lock));
	tf__sys = tf__sys_raw;
	CHECK_IS(0, tf__lock_make(dir, "/none", "tag", &lock));
	tf__lock_release(&lock);
	tf__sys = unlink_before_lock;
	CHECK_IS(-ENOENT, tf__lock_take(dir, true));
	tf__sys = tf__sys_raw;
	CHECK(!lock.page);
	close(dir);
}

static void make_twice(void)
{
	struct tf_lock lock = {0}, second = {0};
	int dir = new_dir("s");

	CHECK_IS(0, tf__lock_make(dir, "/none", "tag", &lock));
	CHECK_IS(-EEXIST, tf__lock_make(dir, "/none", "tag", &second));
	CHECK(!second.page && !is_free(dir));
	tf__lock_release(&lock);
	CHECK(is_free(dir));
	close(dir);
}

static void not_a_lock(void)
{
	struct tf_lock lock = {0};
	int dir = new_dir("s");

	CHECK(symlink("../target", "s/lock") == 0);
	put("target", "x");
	CHECK_IS(-ELOOP, tf__lock_take(dir, false));
	CHECK_IS(-ELOOP, tf__lock_join(dir, &lock));
	CHECK(unlink("s/lock") == 0);
	put_dir("s/lock", 0700);
	CHECK_IS(-EPERM, tf__lock_take(dir, false));
	CHECK(rmdir("s/lock") == 0);
	CHECK(mkfifo("s/lock", 0600) == 0);
	CHECK_IS(-EPERM, tf__lock_take(dir, false));
	CHECK(unlink("s/lock") == 0);
	put("s/lock", "/etc/passwd"); /* a stand-in lies in /dev/shm and nowhere else */
	CHECK_IS(-EPERM, tf__lock_take(dir, false));
	put("s/lock", "/dev/shm/.tmpguard-lock-there-is-none");
	CHECK_IS(-ENOENT, tf__lock_take(dir, false));
	CHECK(reads("target", "x"));
	if (geteuid() == 0) {
		put("s/lock", "");
		CHECK(chown("s/lock", 65534, 65534) == 0);
		CHECK_IS(-EPERM, tf__lock_take(dir, false));
	}
	close(dir);
}

/* A filesystem without O_TMPFILE, on which the lock file has its name from the first. */
static long without_tmpfile(long nr, long a, long b, long c, long d, long e, long f)
{
	if (nr == SYS_openat && (c & TF_O_TMPFILE) == TF_O_TMPFILE)
		return -EOPNOTSUPP;
	return tf__sys_raw(nr, a, b, c, d, e, f);
}

static void named_from_the_first(void)
{
	tf__sys = without_tmpfile;
	held_without_descriptor();
}

/* Does the first line of a file say this? */
static bool begins(const char *path, const char *line)
{
	char text[256] = "";
	FILE *file = fopen(path, "re");
	bool r = file && fgets(text, sizeof(text), file) && strlen(text) == strlen(line) + 1 &&
		 strncmp(text, line, strlen(line)) == 0;

	if (file)
		fclose(file);
	return r;
}

/* A new directory on an overlay, and what its lock's stand-in will be called. */
static int new_on_overlay(char *ret_tag, size_t tag_size, char *ret_path, size_t path_size)
{
	private_mounts();
	put_dir("lower", 0700);
	put_dir("rest", 0700);
	mount_at("tmpfs", "none", "rest", NULL); /* an overlay cannot be another's upper layer */
	put_dir("rest/upper", 0700);
	put_dir("rest/work", 0700);
	put_dir("merged", 0700);
	mount_at("overlay", "overlay", "merged",
		"lowerdir=lower,upperdir=rest/upper,workdir=rest/work");
	snprintf(ret_tag, tag_size, "test-%d", (int)getpid());
	snprintf(ret_path, path_size, "/dev/shm/.tmpguard-lock-%s", ret_tag);
	return new_dir("merged/s");
}

/* An overlay's mapping does not hold the lock; another filesystem's file stands in. */
static void overlay(void)
{
	struct tf_lock lock = {0}, second = {0};
	char path[128], tag[32];
	int dir = new_on_overlay(tag, sizeof(tag), path, sizeof(path));

	CHECK_IS(0, tf__lock_make(dir, "/none", tag, &lock));
	CHECK(there(path) && begins("merged/s/lock", path));
	CHECK_IS(TF_ORIGIN_HERE, tf__lock_origin(dir));
	CHECK(!is_free(dir));
	CHECK_IS(0, tf__lock_join(dir, &second));
	tf__lock_release(&lock);
	CHECK(!is_free(dir));
	tf__lock_release(&second);
	CHECK(is_free(dir));
	CHECK_IS(0, tf__lock_remove(dir));
	CHECK(!there(path) && !there("merged/s/lock"));
	CHECK_IS(-ENOENT, tf__lock_join(dir, &second));

	put(path, ""); /* somebody has the stand-in's name: nothing of ours is left */
	CHECK_IS(-EEXIST, tf__lock_make(dir, "/none", tag, &lock));
	CHECK_IS(0, entries("merged/s"));
	CHECK(there(path) && !lock.page);
	CHECK(unlink(path) == 0);
	close(dir);
}

/* Who made or removed the two died between them; or lives. */
static void overlay_rest(void)
{
	struct tf_lock lock = {0};
	char path[128], tag[32];
	int dir = new_on_overlay(tag, sizeof(tag), path, sizeof(path));
	int maker;

	CHECK_IS(0, tf__lock_make(dir, "/none", tag, &lock));
	tf__lock_release(&lock);
	tf__lock_remove_rest(dir);
	CHECK(there(path) && there("merged/s/lock"));
	CHECK_IS(-EAGAIN, tf__lock_take_dead(dir)); /* its stand-in tells who lives */

	CHECK(unlink(path) == 0);
	put("merged/s/journal", "");
	tf__lock_remove_rest(dir);
	CHECK(there("merged/s/lock")); /* a session that has lost its stand-in, not its files */
	CHECK(unlink("merged/s/journal") == 0);

	maker = open("merged/s/lock", O_RDONLY);
	CHECK(flock(maker, LOCK_SH) == 0);
	tf__lock_remove_rest(dir);
	CHECK(there("merged/s/lock")); /* the stand-in is being made */
	close(maker);
	tf__lock_remove_rest(dir);
	CHECK_IS(0, entries("merged/s"));
	close(dir);
}

static long on_strange_filesystem(long nr, long a, long b, long c, long d, long e, long f)
{
	long r = tf__sys_raw(nr, a, b, c, d, e, f);

	if (nr == SYS_fstatfs)
		((struct statfs *)b)->f_type = 0x6969; /* NFS */
	return r;
}

static void nowhere(void)
{
	struct tf_lock lock = {0};
	int dir = new_dir("s");

	tf__sys = on_strange_filesystem;
	CHECK_IS(-ENOTSUP, tf__lock_make(dir, "/none", "tag", &lock));
	tf__sys = tf__sys_raw;
	CHECK(!lock.page);
	CHECK_IS(0, entries("s"));
	close(dir);
}

const struct test lock_tests[] = {
	{"lock-held-without-descriptor", held_without_descriptor},
	{"lock-held-by-forked-child", held_by_forked_child},
	{"lock-freed-on-kill", freed_on_kill},
	{"lock-freed-on-exec", freed_on_exec},
	{"lock-join", join},
	{"lock-removed", removed},
	{"lock-removed-meanwhile", removed_meanwhile},
	{"lock-make-twice", make_twice},
	{"lock-not-a-lock", not_a_lock},
	{"lock-named-from-the-first", named_from_the_first},
	{"lock-overlay", overlay},
	{"lock-overlay-rest", overlay_rest},
	{"lock-nowhere", nowhere},
	{0},
};
