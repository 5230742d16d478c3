/* linger_test.c: lib/family.c, lib/hashes.c, lib/inuse.c, lib/linger.c: what lingering processes
 * may still need. The dead are made up: numbers far above those that the kernel gives out. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "linger.h"
#include "process.h"

enum { ENTRY = 40, DEAD = 4000000 };

static struct tf_kin add(int dir, int pid, const struct tf_kin *parent)
{
	struct tf_kin kin = {.pid = pid, .birth = tf__birth(tf__boot_time())};

	CHECK_IS(0, tf__family_add(dir, &kin, parent));
	CHECK(kin.when > 0);
	return kin;
}

static int parent_of(int dir, const struct tf_kin *kin, struct tf_kin *ret_parent)
{
	struct tf_kin who = *kin;
	int table = tf__family_open(dir);
	int r = table < 0 ? table : tf__family_parent(table, &who, ret_parent);

	if (table >= 0)
		close(table);
	return r;
}

static void put_number(int dir, int pid, int at, uint64_t number)
{
	int fd = openat(dir, "family", O_WRONLY | O_CLOEXEC);

	CHECK_IS(8, pwrite(fd, &number, 8, (off_t)pid * ENTRY + at));
	close(fd);
}

static void parents(void)
{
	int dir = new_session_dir();
	struct tf_kin parent, root, child, orphan, other;
	static const struct tf_kin unknown;

	CHECK_IS(-ENOENT, tf__family_open(dir));
	root = add(dir, DEAD, NULL);
	child = add(dir, DEAD + 1, &root);
	orphan = add(dir, DEAD + 2, &unknown);
	CHECK_IS(0, parent_of(dir, &child, &parent));
	CHECK(tf__is_same_kin(&root, &parent));
	CHECK_IS(0, parent_of(dir, &root, &parent));
	CHECK(tf__is_same_kin(&root, &parent));
	CHECK_IS(-ENOENT, parent_of(dir, &orphan, &parent));
	CHECK_IS(-ENOENT, parent_of(dir, &unknown, &parent));
	other = (struct tf_kin){.pid = DEAD + 3, .when = 1};
	CHECK_IS(-ENOENT, parent_of(dir, &other, &parent));
	CHECK_IS(0, tf__family_add_child(dir, &other, &root));
	parent = other;
	CHECK_IS(0, tf__family_add_child(dir, &other, &root)); /* it is there: stays as it is */
	CHECK(tf__is_same_kin(&parent, &other));
	close(dir);
}

/* The number was given to another process: who meant the one before knows nothing any more. */
static void number_given_again(void)
{
	int dir = new_session_dir();
	struct tf_kin root = add(dir, DEAD, NULL), first = add(dir, DEAD + 1, &root);
	struct tf_kin child = add(dir, DEAD + 2, &first), second = add(dir, DEAD + 1, &child);
	struct tf_kin parent;

	CHECK_IS(-ENOENT, parent_of(dir, &first, &parent));
	CHECK_IS(0, parent_of(dir, &second, &parent));
	CHECK(tf__is_same_kin(&child, &parent));
	CHECK_IS(0, parent_of(dir, &child, &parent));
	CHECK(tf__is_same_kin(&first, &parent)); /* but who that was nobody knows */
	close(dir);
}

static void only_the_living_are_found(void)
{
	int dir = new_session_dir();
	pid_t pid = start_waiting();
	struct tf_kin kin, found;
	int64_t started = tf__start_time(pid);

	CHECK(tf__family_find(dir, pid, &found) < 0);
	kin = add(dir, pid, NULL);
	CHECK_IS(0, tf__family_find(dir, pid, &found));
	CHECK(tf__is_same_kin(&kin, &found));
	put_number(dir, pid, 0, (uint64_t)started - 1); /* the one before had ended by then */
	CHECK_IS(-ENOENT, tf__family_find(dir, pid, &found));
	put_number(dir, pid, 0, (uint64_t)started);
	CHECK_IS(0, tf__family_find(dir, pid, &found));
	finish_killed(pid);
	CHECK_IS(-ENOENT, tf__family_find(dir, pid, &found));
	close(dir);
}

static void forged_parents(void)
{
	int dir = new_session_dir();
	struct tf_kin root = add(dir, DEAD, NULL), child = add(dir, DEAD + 1, &root), parent;

	put_number(dir, child.pid, 8, child.when); /* no older than its child */
	CHECK_IS(-ENOENT, parent_of(dir, &child, &parent));
	put_number(dir, child.pid, 8, child.when + 1);
	CHECK_IS(-ENOENT, parent_of(dir, &child, &parent));
	put_number(dir, child.pid, 8, 0);
	CHECK_IS(-ENOENT, parent_of(dir, &child, &parent));
	CHECK_IS(0, truncate("s/family", (off_t)child.pid * ENTRY + ENTRY - 1));
	CHECK_IS(-ENOENT, parent_of(dir, &child, &parent));
	CHECK_IS(0, unlink("s/family"));
	CHECK_IS(0, symlink("elsewhere", "s/family"));
	CHECK(tf__family_open(dir) < 0);
	CHECK(tf__family_add(dir, &child, &root) < 0);
	CHECK_IS(0, child.when);
	close(dir);
}

static void file_size_limit(void)
{
	int dir = new_session_dir();
	struct tf_kin kin = {.pid = 1000};

	limit(RLIMIT_FSIZE, 1000 * ENTRY);
	CHECK_IS(-EFBIG, tf__family_add(dir, &kin, NULL));
	kin.pid = 999;
	CHECK_IS(0, tf__family_add(dir, &kin, NULL));
	close(dir);
}

static void hashes(void)
{
	struct tf_hashes set = {0};
	char path[64];

	CHECK(!tf__hashes_hold_name(&set, "/a"));
	for (int i = 0; i < 5000; i++) {
		snprintf(path, sizeof(path), "/tmp/dir%d/file", i);
		tf__hashes_add_path(&set, path);
	}
	for (int i = 0; i < 5000; i++) {
		snprintf(path, sizeof(path), "/tmp/dir%d", i);
		CHECK(tf__hashes_hold_name(&set, path));
		snprintf(path, sizeof(path), "/tmp/dir%d/file", i);
		CHECK(tf__hashes_hold_name(&set, path));
		snprintf(path, sizeof(path), "/tmp/dir%d/other", i);
		CHECK(!tf__hashes_hold_name(&set, path));
		CHECK(tf__hashes_hold_above(&set, path));
	}
	CHECK(!tf__hashes_hold_above(&set, "/var/tmp/dir1"));
	CHECK(!tf__hashes_hold_above(&set, "/"));
	set.error = -ENOMEM;
	CHECK(tf__hashes_hold_name(&set, "/a"));
	set.error = 0;
	tf__hashes_free(&set);
	tf__hashes_add_name(&set, "/a/b");
	CHECK(!tf__hashes_hold_name(&set, "/a") && tf__hashes_hold_above(&set, "/a/b/c"));
	tf__hashes_free(&set);
}

/* --- what is needed --- */

static struct made made;
static int session;
static const struct tf_lingerers children = {.is_parent = true};

static void begin(void)
{
	begin_session(&made);
	session = open(made.session.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(session >= 0);
}

static void end(void)
{
	close(session);
	leave_session(&made);
}

/* A record of a file that is there. */
static struct tf_record *record_of(const char *path, const struct tf_kin *maker)
{
	struct tf_record *record = calloc(1, sizeof(*record) + strlen(path) + 1);
	struct tf_stat stat;

	CHECK(record);
	CHECK_IS(0, sys_stat_at(AT_FDCWD, path, TF_AT_SYMLINK_NOFOLLOW, &stat));
	record->state = TF_LIVE;
	record->kind = TF_KIND_FILE;
	record->pid = maker->pid;
	record->kin = maker->when;
	record->id = tf__identity(&stat);
	strcpy(record->path, path);
	return record;
}

static bool needs(struct tf_linger *linger, const char *path, const struct tf_kin *maker)
{
	struct tf_record *record = record_of(path, maker);
	struct tf_stat stat;
	bool r;

	CHECK_IS(0, sys_stat_at(AT_FDCWD, path, TF_AT_SYMLINK_NOFOLLOW, &stat));
	r = tf__linger_needs(linger, record, &stat);
	free(record);
	return r;
}

static void put_old(const char *path)
{
	put(path, "");
	usleep(30000); /* the clock of births has moved on */
}

static void relations(void)
{
	struct tf_linger linger;
	struct tf_kin root, parent, self, child, before, after, nephew, niece, unknown = {.pid = 5};
	char path[PATH_MAX + 8];
	pid_t pid;

	begin();
	snprintf(path, sizeof(path), "%s/file", here);
	put_old(path);
	pid = start_waiting();
	root = add(session, DEAD, NULL);
	parent = add(session, DEAD + 1, &root);
	before = add(session, DEAD + 2, &parent);
	self = add(session, pid, &parent);
	child = add(session, DEAD + 3, &self);
	after = add(session, DEAD + 4, &parent);
	nephew = add(session, DEAD + 5, &after);
	niece = add(session, DEAD + 6, &before);
	CHECK_IS(0, tf__linger_begin(&linger, session, made.session.path, &children));
	CHECK_IS(1, linger.n);
	CHECK(needs(&linger, path, &root));
	CHECK(needs(&linger, path, &parent));
	CHECK(needs(&linger, path, &self));
	CHECK(needs(&linger, path, &child));
	CHECK(needs(&linger, path, &before));
	CHECK(needs(&linger, path, &niece)); /* its branch began before */
	CHECK(!needs(&linger, path, &after));
	CHECK(!needs(&linger, path, &nephew));
	CHECK(needs(&linger, path, &unknown));
	after.when++; /* another process of that number */
	CHECK(needs(&linger, path, &after));
	tf__linger_end(&linger);
	finish_killed(pid);
	end();
}

static struct tf_kin add_born(int pid, const struct tf_kin *parent, struct tf_birth birth)
{
	struct tf_kin kin = {.pid = pid, .birth = birth};

	CHECK_IS(0, tf__family_add(session, &kin, parent));
	return kin;
}

/* Of two children the first to be made is not always the first to be written down. */
static void order_of_birth(void)
{
	const struct tf_birth unseen = {0}, first = tf__birth(tf__boot_time());
	const struct tf_birth second = tf__birth(first.from + 1), third = tf__birth(first.from + 2);
	struct tf_kin root, elder, younger, vague, grandchild;
	struct tf_linger linger;
	char path[PATH_MAX + 8];
	pid_t pid;

	begin();
	snprintf(path, sizeof(path), "%s/file", here);
	put_old(path);
	pid = start_waiting();
	root = add(session, DEAD, NULL);
	younger = add_born(DEAD + 1, &root, third);
	(void)add_born(pid, &root, second);
	elder = add_born(DEAD + 2, &root, first);
	grandchild = add(session, DEAD + 3, &elder);
	vague = add_born(DEAD + 4, &root, unseen); /* it may have been made long before */
	CHECK_IS(0, tf__linger_begin(&linger, session, made.session.path, &children));
	CHECK(!needs(&linger, path, &younger));
	CHECK(needs(&linger, path, &elder));
	CHECK(needs(&linger, path, &grandchild));
	CHECK(needs(&linger, path, &vague));
	tf__linger_end(&linger);
	vague = (struct tf_kin){.pid = pid};
	CHECK_IS(0, tf__family_add(session, &vague, &root));
	CHECK_IS(0, tf__linger_begin(&linger, session, made.session.path, &children));
	CHECK(needs(&linger, path, &younger)); /* since nobody knows when the living one was made */
	tf__linger_end(&linger);
	vague.birth = second;
	CHECK_IS(0, tf__family_add_child(session, &vague, &root)); /* but its parent does */
	CHECK_IS(0, tf__linger_begin(&linger, session, made.session.path, &children));
	CHECK(!needs(&linger, path, &younger));
	CHECK(needs(&linger, path, &elder));
	tf__linger_end(&linger);
	finish_killed(pid);
	end();
}

/* Somebody of whom nothing is known, or whose way up to the root is not. */
static void strangers(void)
{
	static const struct tf_kin nobody;
	struct tf_linger linger;
	struct tf_kin root, parent, other;
	char path[PATH_MAX + 8];
	pid_t pid;

	begin();
	snprintf(path, sizeof(path), "%s/file", here);
	put_old(path);
	pid = start_waiting();
	root = add(session, DEAD, NULL);
	other = add(session, DEAD + 1, &root);
	CHECK_IS(0, tf__linger_begin(&linger, session, made.session.path, &children));
	CHECK(needs(&linger, path, &other));
	tf__linger_end(&linger);
	parent = add(session, DEAD + 2, &nobody);
	(void)add(session, pid, &parent);
	other = add(session, DEAD + 3, &root);
	CHECK_IS(0, tf__linger_begin(&linger, session, made.session.path, &children));
	CHECK(needs(&linger, path, &other));
	other = add(session, DEAD + 4, &parent); /* they meet below what is not known */
	CHECK(!needs(&linger, path, &other));
	for (int i = 0; i < 100; i++)
		other = add(session, DEAD + 5 + i, &other);
	CHECK(needs(&linger, path, &other)); /* too far */
	tf__linger_end(&linger);
	finish_killed(pid);
	end();
}

static void files_in_doubt(void)
{
	struct tf_linger linger;
	struct tf_kin root, other;
	struct tf_record *record;
	struct tf_stat stat;
	char path[PATH_MAX + 8], new[PATH_MAX + 8];
	pid_t pid;

	begin();
	snprintf(path, sizeof(path), "%s/file", here);
	snprintf(new, sizeof(new), "%s/new", here);
	put_old(path);
	pid = start_waiting();
	root = add(session, DEAD, NULL);
	(void)add(session, pid, &root);
	other = add(session, DEAD + 1, &root);
	CHECK_IS(0, tf__linger_begin(&linger, session, made.session.path, &children));
	put(new, "");
	CHECK(!needs(&linger, path, &other));
	CHECK(needs(&linger, new, &other)); /* it was not there */
	record = record_of(path, &other);
	CHECK_IS(0, sys_stat_at(AT_FDCWD, path, 0, &stat));
	CHECK(!tf__linger_needs(&linger, record, &stat));
	record->state = TF_INTENT;
	CHECK(tf__linger_needs(&linger, record, &stat));
	record->state = TF_LIVE;
	record->id.ino++;
	CHECK(tf__linger_needs(&linger, record, &stat));
	record->id.ino--;
	tf__linger_mark_whole(&linger, here); /* a directory above */
	CHECK(tf__linger_needs(&linger, record, &stat));
	free(record);
	tf__linger_end(&linger);
	finish_killed(pid);
	end();
}

static void wait_in_use(void *arg)
{
	CHECK_IS(0, chdir("sub/dir"));
	CHECK(open("../open", O_RDONLY) >= 0);
	wait_for_ever(arg);
}

static void files_in_use(void)
{
	struct gate gate = gate_new();
	struct tf_linger linger;
	struct tf_kin root, other;
	char path[PATH_MAX + 16];
	pid_t pid;

	begin();
	put_dir("sub", 0700);
	put_dir("sub/dir", 0700);
	put("sub/open", "");
	put("sub/mapped", "text");
	put_old("sub/other");
	pid = start(wait_in_use, &gate);
	gate_wait(&gate);
	gate_free(&gate);
	CHECK_IS(0, rename("sub/open", "sub/renamed")); /* by any name */
	root = add(session, DEAD, NULL);
	(void)add(session, pid, &root);
	other = add(session, DEAD + 1, &root);
	CHECK_IS(0, tf__linger_begin(&linger, session, made.session.path, &children));
	CHECK(!needs(&linger, "sub/other", &other));
	CHECK(needs(&linger, "sub/renamed", &other));
	CHECK(needs(&linger, "sub/dir", &other));
	snprintf(path, sizeof(path), "%s/sub", here);
	CHECK(tf__linger_is_above(&linger, path));
	snprintf(path, sizeof(path), "%s/sub/other", here);
	CHECK(!tf__linger_is_above(&linger, path));
	tf__linger_end(&linger);
	finish_killed(pid);
	end();
}

static void become_shell(void *arg)
{
	static char words[20000];
	const struct gate *gate = arg;
	size_t len = 8180; /* a path that is read in two halves */
	int never[2];

	memset(words, 'x', len);
	snprintf(words + len, sizeof(words) - len, " >%s/first;-I%s/last", here, here);
	CHECK(pipe(never) == 0 && dup2(never[0], STDIN_FILENO) == 0);
	CHECK(dup2(gate->fds[1], STDOUT_FILENO) == STDOUT_FILENO);
	execl("/bin/sh", "sh", "-c", "echo; read x; :", words, NULL);
	CHECK(false);
}

static void named_by_arguments(void)
{
	static const char *const names[] = {"first", "last", "", "other", "firs"};
	struct gate gate = gate_new();
	struct tf_in_use use;
	char path[PATH_MAX + 16];
	pid_t pid = start(become_shell, &gate);

	gate_wait(&gate);
	gate_free(&gate);
	CHECK_IS(0, tf__in_use_begin(&use));
	CHECK_IS(0, tf__in_use_add(&use, pid));
	for (int i = 0; i < 5; i++) {
		snprintf(path, sizeof(path), "%s%s%s", here, i == 2 ? "" : "/", names[i]);
		CHECK_IS(i <= 2, tf__hashes_hold_name(&use.paths, path));
	}
	tf__in_use_end(&use);
	finish_killed(pid);
}

/* With nobody found nothing is known: somebody there must be. */
static void nobody_lingers(void)
{
	static const struct tf_lingerers members = {.since = UINT64_MAX};
	struct tf_linger linger;

	begin();
	CHECK_IS(-ENOENT, tf__linger_begin(&linger, session, made.session.path, &children));
	(void)add(session, DEAD, NULL);
	CHECK_IS(-ESRCH, tf__linger_begin(&linger, session, made.session.path, &children));
	CHECK_IS(-ESRCH, tf__linger_begin(&linger, session, made.session.path, &members));
	end();
}

/* A forked child holds the lock by its mapping, whether it is written down or not. */
static void members_by_their_lock(void)
{
	struct tf_lingerers members = {.since = 0};
	struct tf_linger linger;
	pid_t pid;

	begin();
	(void)add(session, DEAD, NULL);
	pid = start_waiting();
	members.since = (uint64_t)tf__start_time(pid);
	CHECK_IS(0, tf__linger_begin(&linger, session, made.session.path, &members));
	CHECK_IS(1, linger.n);
	CHECK_IS(pid, linger.found[0].pid);
	tf__linger_end(&linger);
	finish_killed(pid);
	CHECK_IS(-ESRCH, tf__linger_begin(&linger, session, made.session.path, &members));
	end();
}

const struct test linger_tests[] = {
	{"linger-parents", parents},
	{"linger-number-given-again", number_given_again},
	{"linger-only-the-living", only_the_living_are_found},
	{"linger-forged-parents", forged_parents},
	{"linger-file-size-limit", file_size_limit},
	{"linger-hashes", hashes},
	{"linger-relations", relations},
	{"linger-order-of-birth", order_of_birth},
	{"linger-strangers", strangers},
	{"linger-files-in-doubt", files_in_doubt},
	{"linger-files-in-use", files_in_use},
	{"linger-named-by-arguments", named_by_arguments},
	{"linger-nobody", nobody_lingers},
	{"linger-members-by-their-lock", members_by_their_lock},
	{NULL, NULL},
};
