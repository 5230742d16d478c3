/* remove_test.c: lib/remove.c, lib/opendir.c: what goes, what stays, and with how little. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static int remove_name(const char *name, struct tf_removal *removal)
{
	return tf__remove(AT_FDCWD, name, NULL, NULL, removal);
}

/* Removes the tree and everything went well. */
static void removes(const char *name)
{
	struct tf_removal removal = {0};
	int r = remove_name(name, &removal);

	if (removal.error != 0)
		printf("%s: %d\n", removal.failed, removal.error);
	CHECK_IS(0, r);
	CHECK_IS(0, removal.error);
	CHECK(!there(name));
}

static void file(void)
{
	struct tf_removal removal = {0};

	put("f", "12345");
	put("beside", "");
	CHECK_IS(0, remove_name("f", &removal));
	CHECK_IS(1, removal.inodes);
	CHECK_IS(5, removal.bytes);
	CHECK_IS(0, removal.error);
	CHECK(!there("f") && there("beside"));
	CHECK_IS(-ENOENT, remove_name("f", &removal));
	CHECK_IS(0, removal.error);
	CHECK_IS(-ENOENT, remove_name("no/such", &removal));
}

/* A file with a second name is not gone: it is not counted. */
static void counts(void)
{
	struct tf_removal removal = {0};

	put_dir("d", 0700);
	put_dir("d/e", 0700);
	put("d/f", "123");
	put("d/e/g", "4567");
	put("outside", "a lot more");
	CHECK(link("outside", "d/linked") == 0);
	CHECK(symlink("outside", "d/symlink") == 0);
	CHECK(mkfifo("d/fifo", 0600) == 0);
	CHECK_IS(0, remove_name("d", &removal));
	CHECK_IS(6, removal.inodes); /* d, e, f, g, symlink, fifo */
	CHECK_IS(7, removal.bytes);
	CHECK(reads("outside", "a lot more"));
	put("again", "x");
	CHECK_IS(0, remove_name("again", &removal));
	CHECK_IS(7, removal.inodes);
}

static void identity(void)
{
	struct tf_removal removal = {0};
	struct tf_identity id, other;

	put("f", "mine");
	put("g", "another's");
	id = identity_of("f");
	other = identity_of("g");
	CHECK(tf__same(&id, &id) && !tf__same(&id, &other));
	CHECK_IS(-ESTALE, tf__remove(AT_FDCWD, "g", &id, NULL, &removal));
	CHECK(reads("g", "another's"));
	CHECK_IS(0, removal.error);
	CHECK_IS(0, tf__remove(AT_FDCWD, "f", &id, NULL, &removal));
	CHECK(!there("f"));

	put_dir("d", 0700);
	put("d/inside", "");
	CHECK_IS(-ESTALE, tf__remove(AT_FDCWD, "d", &other, NULL, &removal));
	CHECK(there("d/inside"));
	CHECK_IS(1, removal.inodes);
}

/* The number of a removed file is given out again at once on many filesystems. */
static void born_later(void)
{
	struct tf_removal removal = {0};
	struct tf_identity id;

	put("f", "first");
	id = identity_of("f");
	if (id.born_sec == 0)
		skip("no birth times here");
	id.born_nsec ^= 1;
	CHECK_IS(-ESTALE, tf__remove(AT_FDCWD, "f", &id, NULL, &removal));
	id.born_nsec ^= 1;
	id.ino++;
	CHECK_IS(-ESTALE, tf__remove(AT_FDCWD, "f", &id, NULL, &removal));
	CHECK(reads("f", "first"));
}

static void symlinks(void)
{
	struct tf_removal removal = {0};

	put_dir("kept", 0700);
	put("kept/file", "precious");
	put_dir("d", 0700);
	put_dir("d/e", 0700);
	CHECK(symlink("../kept", "d/to-dir") == 0);
	CHECK(symlink("../kept/file", "d/to-file") == 0);
	CHECK(symlink(in_here("kept"), "d/e/absolute") == 0);
	CHECK(symlink("/", "d/e/root") == 0);
	CHECK(symlink("..", "d/e/up") == 0);
	CHECK(symlink("nowhere", "d/e/dangling") == 0);
	removes("d");
	CHECK(reads("kept/file", "precious"));
	CHECK(symlink("kept", "link") == 0);
	CHECK_IS(0, remove_name("link", &removal));
	CHECK(reads("kept/file", "precious") && !there("link"));
}

static void closed_dirs_as_nobody(void *arg)
{
	static const unsigned modes[] = {0000, 0100, 0200, 0300, 0500};

	(void)arg;
	become_nobody();
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		put_dir("d", 0700);
		put_dir("d/closed", 0700);
		put_dir("d/closed/deeper", 0700);
		put("d/closed/deeper/file", "");
		put("d/closed/file", "");
		CHECK(chmod("d/closed/deeper", modes[i]) == 0);
		CHECK(chmod("d/closed", modes[i]) == 0);
		CHECK(chmod("d", modes[i]) == 0);
		removes("d");
	}
}

static void closed_dirs(void)
{
	in_child(closed_dirs_as_nobody, NULL);
}

/* Readable, yet no name in it may be looked up. */
static void unsearchable_dirs_as_nobody(void *arg)
{
	static const unsigned modes[] = {0400, 0600};

	(void)arg;
	become_nobody();
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		put_dir("d", 0700);
		put("d/file", "");
		CHECK(chmod("d", modes[i]) == 0);
		removes("d");

		put_dir("d", 0700);
		put_dir("d/only", 0700);
		CHECK(chmod("d", modes[i]) == 0);
		removes("d");
	}
}

static void unsearchable_dirs(void)
{
	in_child(unsearchable_dirs_as_nobody, NULL);
}

static void what_cannot_go_as_nobody(void *arg)
{
	struct tf_removal removal = {0};

	(void)arg;
	become_nobody();
	CHECK_IS(-EACCES, remove_name("d", &removal));
	CHECK_IS(-EACCES, removal.error);
	CHECK_TEXT("file", removal.failed);
}

static void what_cannot_go(void)
{
	if (geteuid() != 0)
		skip("what is somebody else's is made by root");
	put_dir("d", 0777);
	put_dir("d/roots", 0755);
	put("d/roots/file", "stays");
	put_dir("d/open", 0777);
	put("d/open/file", "");
	in_child(what_cannot_go_as_nobody, NULL);
	CHECK(reads("d/roots/file", "stays"));
	CHECK_IS(1, entries("d"));
}

static void make_deep(int levels)
{
	int up = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	put_dir("deep", 0700);
	CHECK(chdir("deep") == 0);
	for (int i = 1; i < levels; i++) {
		CHECK(mkdir("d", 0700) == 0);
		CHECK(chdir("d") == 0);
		if (i % 10 == 0)
			put("f", "x");
	}
	CHECK(fchdir(up) == 0);
	close(up);
}

static void deep(void)
{
	struct tf_removal removal = {0};

	go_to_memory();
	make_deep(3000);
	limit(RLIMIT_NOFILE, 64);
	CHECK_IS(0, remove_name("deep", &removal));
	CHECK_IS(0, removal.error);
	CHECK_IS(3000 + 299, removal.inodes);
	CHECK_IS(299, removal.bytes);
	CHECK(!there("deep"));
}

static void wide(void)
{
	struct tf_removal removal = {0};
	char name[32];

	go_to_memory();
	put_dir("wide", 0700);
	for (int i = 0; i < 20000; i++) {
		int fd;

		snprintf(name, sizeof(name), "wide/%d", i);
		fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		CHECK(fd >= 0);
		close(fd);
	}
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "wide/dir%d", i);
		CHECK(mkdir(name, 0700) == 0);
	}
	limit(RLIMIT_NOFILE, 64);
	CHECK_IS(0, remove_name("wide", &removal));
	CHECK_IS(0, removal.error);
	CHECK_IS(22001, removal.inodes);
}

/* Branches at every depth: parents are opened again by "..". */
static void bushy(void)
{
	int up = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	put_dir("bush", 0700);
	CHECK(chdir("bush") == 0);
	for (int i = 0; i < 80; i++) {
		put("a", "");
		put_dir("b", 0700);
		put("b/c", "");
		put_dir("d", 0700);
		put_dir("z", 0700);
		CHECK(chdir("d") == 0);
	}
	CHECK(fchdir(up) == 0);
	close(up);
	limit(RLIMIT_NOFILE, 32);
	removes("bush");
}

/* Descriptors that the header promises: 26 beside those that are open already. */
static void few_descriptors(void)
{
	make_deep(100);
	limit(RLIMIT_NOFILE, (unsigned long)open_fds() + 26);
	removes("deep");
}

static void no_descriptors(void)
{
	struct tf_removal removal = {0};

	make_deep(10);
	limit(RLIMIT_NOFILE, (unsigned long)open_fds() + 3);
	CHECK_IS(-EMFILE, remove_name("deep", &removal));
	CHECK_IS(-EMFILE, removal.error);
	CHECK(there("deep"));
	limit(RLIMIT_NOFILE, (unsigned long)open_fds() + 3);
}

static void mounts(void)
{
	struct tf_removal removal = {0};

	private_mounts();
	put_dir("kept", 0700);
	put("kept/file", "precious");
	put_dir("d", 0700);
	put_dir("d/bound", 0700);
	put_dir("d/goes", 0700);
	put("d/goes/file", "");
	mount_at("bind", "kept", "d/bound", NULL);
	CHECK_IS(-EXDEV, remove_name("d", &removal));
	CHECK_IS(-EXDEV, removal.error);
	CHECK_TEXT("bound", removal.failed);
	CHECK(reads("kept/file", "precious") && reads("d/bound/file", "precious"));
	CHECK(!there("d/goes"));

	removal = (struct tf_removal){0};
	CHECK_IS(-EXDEV, remove_name("d/bound", &removal));
	CHECK(reads("kept/file", "precious"));

	put("target", "");
	put_dir("e", 0700);
	put("e/file", "");
	mount_at("bind", "kept/file", "e/file", NULL);
	removal = (struct tf_removal){0};
	CHECK_IS(-EBUSY, remove_name("e", &removal));
	CHECK_IS(-EBUSY, removal.error);
	CHECK(reads("kept/file", "precious"));
}

/* The way for kernels before 5.6. */
static long without_openat2(long nr, long a, long b, long c, long d, long e, long f)
{
	return nr == SYS_openat2 ? -ENOSYS : tf__sys_raw(nr, a, b, c, d, e, f);
}

static void mounts_old_kernel(void)
{
	tf__sys = without_openat2;
	mounts();
}

static void symlinks_old_kernel(void)
{
	tf__sys = without_openat2;
	symlinks();
	make_deep(200);
	removes("deep");
}

struct makers {
	struct gate ready;
	const char *dir;
};

static void keep_making(void *arg)
{
	struct makers *makers = arg;
	char name[64];
	bool said = false;

	for (int i = 0; i < 1000000; i++) {
		int fd;

		snprintf(name, sizeof(name), "%s/%d", makers->dir, i % 5000);
		fd = i % 3 == 0 ? mkdir(name, 0700) : open(name, O_CREAT | O_WRONLY, 0600);
		if (fd < 0 && errno == ENOENT)
			return; /* the directory has gone: done */
		if (i % 3 != 0 && fd >= 0)
			close(fd);
		if (i > 100 && !said) {
			said = true;
			gate_open(&makers->ready);
		}
	}
}

/* It may win or lose, but it comes to an end and touches nothing else. */
static void while_entries_appear(void)
{
	struct makers makers = {gate_new(), "d/e"};
	struct tf_removal removal = {0};
	pid_t pid;
	int r;

	go_to_memory();
	put_dir("d", 0700);
	put_dir("d/e", 0700);
	put("kept", "precious");
	pid = start(keep_making, &makers);
	gate_wait(&makers.ready);
	r = remove_name("d", &removal);
	CHECK(r == 0 || r == -ENOTEMPTY);
	CHECK(r == 0 ? !there("d") : removal.error == -ENOTEMPTY);
	if (r == 0)
		finish(pid);
	else
		finish_killed(pid);
	gate_free(&makers.ready);
	CHECK(reads("kept", "precious"));
	if (r != 0)
		removes("d");
}

/* Every time it is empty, something comes in. */
static long refill(long nr, long a, long b, long c, long d, long e, long f)
{
	if (nr == SYS_unlinkat && c == TF_AT_REMOVEDIR && strcmp((const char *)b, "d") == 0)
		put("d/new", "");
	return tf__sys_raw(nr, a, b, c, d, e, f);
}

static void refilled_each_time(void)
{
	struct tf_removal removal = {0};
	int before = open_fds();

	put_dir("d", 0700);
	put("d/old", "");
	tf__sys = refill;
	CHECK_IS(-ENOTEMPTY, remove_name("d", &removal));
	tf__sys = tf__sys_raw;
	CHECK_IS(-ENOTEMPTY, removal.error);
	CHECK_IS(before, open_fds());
	removes("d");
}

/* Whoever moves a directory away while it is being emptied loses no file outside. */
static void keep_swapping(void *arg)
{
	struct gate *ready = arg;

	gate_open(ready);
	for (int i = 0; i < 200000 && there("d"); i++) {
		(void)rename("d/e", "d/moved");
		(void)symlink("../kept", "d/e");
		(void)unlink("d/e");
		(void)rename("d/moved", "d/e");
	}
}

static void while_symlinks_swap(void)
{
	for (int i = 0; i < 20; i++) {
		struct gate ready = gate_new();
		struct tf_removal removal = {0};
		char name[32];
		pid_t pid;

		if (i == 0) {
			put_dir("kept", 0700);
			put("kept/1", "precious");
		}
		put_dir("d", 0700);
		put_dir("d/e", 0700);
		for (int k = 0; k < 50; k++) {
			snprintf(name, sizeof(name), "d/e/%d", k);
			put(name, "");
		}
		pid = start(keep_swapping, &ready);
		gate_wait(&ready);
		(void)remove_name("d", &removal); /* a move may well hinder it */
		finish_killed(pid);
		gate_free(&ready);
		CHECK(reads("kept/1", "precious"));
		CHECK_IS(1, entries("kept"));
		removal = (struct tf_removal){0};
		(void)remove_name("d", &removal);
		CHECK(!there("d"));
	}
}

/* The way back from a level whose descriptor was closed (I1) leads elsewhere. */
static long move_away(long nr, long a, long b, long c, long d, long e, long f)
{
	static bool moved;

	if (!moved && nr == SYS_openat && strcmp((const char *)b, "..") == 0) {
		moved = true;
		CHECK(mkdir("elsewhere", 0700) == 0);
		CHECK(renameat((int)a, ".", AT_FDCWD, "elsewhere/d") != 0); /* "." cannot */
		CHECK(rename("deep/d/d/d", "elsewhere/d") == 0);
	}
	return tf__sys_raw(nr, a, b, c, d, e, f);
}

static void moved_levels(void)
{
	struct tf_removal removal = {0};

	make_deep(28);
	put("kept", "precious");
	tf__sys = move_away;
	(void)remove_name("deep", &removal);
	tf__sys = tf__sys_raw;
	CHECK(removal.error == -ESTALE);
	CHECK(there("elsewhere") && there("deep") && reads("kept", "precious"));
}

const struct test remove_tests[] = {
	{"remove-file", file},
	{"remove-counts", counts},
	{"remove-identity", identity},
	{"remove-born-later", born_later},
	{"remove-symlinks", symlinks},
	{"remove-symlinks-old-kernel", symlinks_old_kernel},
	{"remove-closed-dirs", closed_dirs},
	{"remove-unsearchable-dirs", unsearchable_dirs},
	{"remove-what-cannot-go", what_cannot_go},
	{"remove-deep", deep},
	{"remove-wide", wide},
	{"remove-bushy", bushy},
	{"remove-few-descriptors", few_descriptors},
	{"remove-no-descriptors", no_descriptors},
	{"remove-mounts", mounts},
	{"remove-mounts-old-kernel", mounts_old_kernel},
	{"remove-while-entries-appear", while_entries_appear},
	{"remove-refilled-each-time", refilled_each_time},
	{"remove-while-symlinks-swap", while_symlinks_swap},
	{"remove-moved-levels", moved_levels},
	{0},
};
