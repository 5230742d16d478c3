/* stay_test.c: lib/remove.c where not all goes: what is only measured, and what is to stay. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

/* What a command says; to be freed. */
static char *said(const char *format, const char *name)
{
	size_t size = 1 << 20;
	char *text = malloc(size);
	char command[512];
	FILE *pipe;

	CHECK(text);
	CHECK(snprintf(command, sizeof(command), format, name) < (int)sizeof(command));
	pipe = popen(command, "r");
	CHECK(pipe);
	text[fread(text, 1, size - 1, pipe)] = '\0';
	CHECK_IS(0, pclose(pipe));
	return text;
}

/* Everything about a tree but its times of access; to be freed. */
static char *state_of(const char *name)
{
	return said("find %s -printf '%%p %%y %%i %%m %%n %%s %%T@ %%C@\\n' | LC_ALL=C sort", name);
}

static void same_state(const char *name, char *before)
{
	char *now = state_of(name);

	CHECK(before[0] != '\0');
	CHECK_TEXT(before, now);
	free(now);
	free(before);
}

static long long number_said(const char *format, const char *name)
{
	char *text = said(format, name);
	long long n = atoll(text);

	free(text);
	return n;
}

/* As find sees it: each inode once. */
static long long inodes_in(const char *name)
{
	return number_said("find %s -printf '%%i\\n' | sort -u | wc -l", name);
}

static long long bytes_in(const char *name)
{
	return number_said("find %s -type f -printf '%%i %%s\\n' | sort -u |"
			   " awk '{ sum += $2 } END { print sum + 0 }'",
		name);
}

/* What there is below name. */
static void check_lists(const char *name, const char *expected)
{
	char *list = said("find %s -mindepth 1 | LC_ALL=C sort | tr '\\n' ' '", name);

	CHECK_TEXT(expected, list);
	free(list);
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	CHECK(lstat(path, &st) == 0);
	return st.st_mode & 07777;
}

/* Files and directories at many depths, some of several names, some that are neither. */
static void make_bush(const char *top)
{
	int up = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[32];

	put("outside", "has a name inside");
	put_dir(top, 0750);
	CHECK(chdir(top) == 0);
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "file%d", i);
		put(name, name);
		put_dir("a", 0700);
		put("a/f", "four");
		CHECK(link("a/f", "a/second") == 0 && link("a/f", "third") == 0);
		put_dir("z", 0711);
		CHECK(symlink("../..", "z/up") == 0 && mkfifo("z/fifo", 0600) == 0);
		put_dir("d", 0700);
		CHECK(chdir("d") == 0);
	}
	CHECK(linkat(up, "outside", AT_FDCWD, "inside", 0) == 0);
	CHECK(fchdir(up) == 0);
	close(up);
}

/* Levels of one name below `deep`; the descriptor of the last. */
static int make_deep(int levels)
{
	int up = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int last;

	put_dir("deep", 0700);
	CHECK(chdir("deep") == 0);
	for (int i = 1; i < levels; i++) {
		put("f", "x");
		CHECK(mkdir("d", 0700) == 0);
		CHECK(chdir("d") == 0);
	}
	last = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(last >= 0 && fchdir(up) == 0);
	close(up);
	return last;
}

/* ---- measuring */

static int measure(const char *name, struct tf_removal *ret_removal)
{
	static const struct tf_removing how = {.measure = true};

	*ret_removal = (struct tf_removal){0};
	return tf__remove(AT_FDCWD, name, NULL, &how, ret_removal);
}

static void measured(void)
{
	struct tf_removal removal;
	char *before;

	make_bush("bush");
	before = state_of("bush");
	CHECK_IS(0, measure("bush", &removal));
	CHECK_IS(0, removal.error);
	CHECK_IS(inodes_in("bush"), removal.inodes);
	CHECK_IS(bytes_in("bush"), removal.bytes);
	CHECK_IS(0, removal.kept_inodes);
	same_state("bush", before);
}

/* Thousands of files of two names each. */
static void measured_links(void)
{
	struct tf_removal removal;
	char name[32], other[32];

	go_to_memory();
	put_dir("d", 0700);
	for (int i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "d/%d", i);
		snprintf(other, sizeof(other), "d/%d-again", i);
		put(name, "12");
		CHECK(link(name, other) == 0);
	}
	CHECK_IS(0, measure("d", &removal));
	CHECK_IS(3001, removal.inodes);
	CHECK_IS(6000, removal.bytes);
}

static void measured_single(void)
{
	static const struct tf_removing how = {.measure = true};
	struct tf_removal removal;
	struct tf_identity other;

	put("f", "123");
	put_dir("d", 0700);
	CHECK(symlink("d", "link") == 0);
	CHECK_IS(0, measure("f", &removal));
	CHECK(removal.inodes == 1 && removal.bytes == 3 && there("f"));
	CHECK_IS(0, measure("link", &removal));
	CHECK(removal.inodes == 1 && removal.bytes == 0 && there("link"));
	CHECK_IS(0, measure("d", &removal));
	CHECK(removal.inodes == 1 && removal.bytes == 0 && there("d"));
	CHECK_IS(-ENOENT, measure("none", &removal));
	CHECK_IS(0, removal.inodes);
	other = identity_of("f");
	CHECK_IS(-ESTALE, tf__remove(AT_FDCWD, "d", &other, &how, &removal));
	CHECK(removal.inodes == 0 && removal.error == 0);
}

static void measured_closed_as_nobody(void *arg)
{
	static const unsigned modes[] = {0000, 0100, 0200, 0300};
	struct tf_removal removal;

	(void)arg;
	become_nobody();
	put_dir("d", 0700);
	put("d/file", "123");
	put_dir("d/closed", 0700);
	put("d/closed/unseen", "1234567");
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		CHECK(chmod("d/closed", modes[i]) == 0);
		CHECK_IS(-EACCES, measure("d", &removal));
		CHECK_IS(-EACCES, removal.error);
		CHECK_TEXT("closed", removal.failed);
		CHECK_IS(3, removal.inodes);
		CHECK_IS(3, removal.bytes);
		CHECK_IS(modes[i], mode_of("d/closed"));
		CHECK_IS(-EACCES, measure("d/closed", &removal));
		CHECK_IS(1, removal.inodes);
	}
	CHECK(chmod("d/closed", 0400) == 0); /* names can be read, and nothing about them */
	CHECK_IS(-EACCES, measure("d", &removal));
	CHECK_TEXT("unseen", removal.failed);
	CHECK(removal.inodes == 4 && removal.bytes == 3);
	CHECK_IS(0400, mode_of("d/closed"));
	CHECK(chmod("d/closed", 0500) == 0); /* enough for looking */
	CHECK_IS(0, measure("d", &removal));
	CHECK(removal.inodes == 4 && removal.bytes == 10);
	CHECK_IS(0500, mode_of("d/closed"));
}

static void measured_closed(void)
{
	in_child(measured_closed_as_nobody, NULL);
}

static void measured_mounts(void)
{
	struct tf_removal removal;

	private_mounts();
	put_dir("other", 0700);
	put("other/file", "not of the tree");
	put_dir("d", 0700);
	put_dir("d/bound", 0700);
	put("d/file", "12");
	mount_at("bind", "other", "d/bound", NULL);
	CHECK_IS(-EXDEV, measure("d", &removal));
	CHECK_TEXT("bound", removal.failed);
	CHECK(removal.inodes == 3 && removal.bytes == 2);
}

static void measured_deep(void)
{
	struct tf_removal removal;

	go_to_memory();
	close(make_deep(5000));
	limit(RLIMIT_NOFILE, (unsigned long)open_fds() + 26);
	CHECK_IS(0, measure("deep", &removal));
	CHECK_IS(0, removal.error);
	CHECK_IS(5000 + 4999, removal.inodes);
	CHECK_IS(4999, removal.bytes);
	CHECK(there("deep/d/d/d/f"));
}

/* ---- staying */

enum { MAX_WANTED = 4, MAX_ASKED = 2000 };

struct wanted {
	const char *paths[MAX_WANTED]; /* the first NULL ends them */
	int asked;
	char *asked_for[MAX_ASKED]; /* while there is room; freed by forget */
};

static bool is_wanted(void *arg, const char *path)
{
	struct wanted *wanted = arg;

	CHECK(strlen(path) < PATH_MAX);
	if (wanted->asked < MAX_ASKED)
		wanted->asked_for[wanted->asked] = strdup(path);
	wanted->asked++;
	for (int i = 0; i < MAX_WANTED && wanted->paths[i]; i++)
		if (strcmp(path, wanted->paths[i]) == 0)
			return true;
	return false;
}

static void forget(struct wanted *wanted)
{
	for (int i = 0; i < wanted->asked && i < MAX_ASKED; i++)
		free(wanted->asked_for[i]);
	wanted->asked = 0;
}

/* The paths that are asked about begin with "T" for the top entry. */
static int remove_but(const char *name, struct wanted *wanted, struct tf_removal *ret_removal)
{
	struct tf_removing how = {.stays = is_wanted, .arg = wanted, .path = "T"};

	*ret_removal = (struct tf_removal){0};
	return tf__remove(AT_FDCWD, name, NULL, &how, ret_removal);
}

/* All went well, and something stayed. */
static void removes_but(const char *name, struct wanted *wanted, struct tf_removal *ret_removal)
{
	int r = remove_but(name, wanted, ret_removal);

	if (ret_removal->error != 0)
		printf("%s: %d\n", ret_removal->failed, ret_removal->error);
	CHECK_IS(-ENOTEMPTY, r);
	CHECK_IS(0, ret_removal->error);
	CHECK(ret_removal->kept_inodes > 0);
	forget(wanted);
}

static void make_small_tree(void)
{
	put_dir("t", 0700);
	put("t/a", "1");
	put("t/b", "12");
	put_dir("t/m", 0700);
	put("t/m/a", "123");
	put("t/m/b", "1234");
	put_dir("t/m/n", 0700);
	put("t/m/n/a", "12345");
	put_dir("t/x", 0700);
	put("t/x/a", "123456");
}

static void file_stays(void)
{
	struct tf_removal removal;

	make_small_tree();
	removes_but("t", &(struct wanted){.paths = {"T/m/b", "T/b"}}, &removal);
	CHECK_IS(2, removal.kept_inodes);
	CHECK_IS(6, removal.kept_bytes);
	CHECK_IS(6, removal.inodes); /* t/a, t/m/a, t/m/n with a, t/x with a */
	CHECK_IS(1 + 3 + 5 + 6, removal.bytes);
	check_lists("t", "t/b t/m t/m/b ");
	CHECK(reads("t/b", "12") && reads("t/m/b", "1234"));
	removes_but("t", &(struct wanted){.paths = {"T/m/b"}}, &removal);
	CHECK_IS(1, removal.inodes);
	check_lists("t", "t/m t/m/b ");
}

static void top_stays(void)
{
	struct wanted below = {.paths = {"T/b"}};
	struct tf_removal removal;
	char *before;

	make_small_tree();
	before = state_of("t");
	removes_but("t", &(struct wanted){.paths = {"T"}}, &removal);
	CHECK_IS(inodes_in("t"), removal.kept_inodes);
	CHECK_IS(bytes_in("t"), removal.kept_bytes);
	CHECK(removal.inodes == 0 && removal.bytes == 0);
	same_state("t", before);
	removes_but("t/b", &(struct wanted){.paths = {"T"}}, &removal);
	CHECK(removal.kept_inodes == 1 && removal.kept_bytes == 2 && removal.inodes == 0);
	CHECK(reads("t/b", "12"));
	CHECK_IS(0, remove_but("t/b", &below, &removal));
	forget(&below);
	CHECK(!there("t/b") && removal.inodes == 1 && removal.kept_inodes == 0);
}

static void dir_stays(void)
{
	struct wanted wanted = {.paths = {"T/m", "T/m/b"}};
	struct tf_removal removal;
	char *before;

	make_small_tree();
	before = state_of("t/m");
	removes_but("t", &wanted, &removal);
	same_state("t/m", before);
	check_lists("t", "t/m t/m/a t/m/b t/m/n t/m/n/a ");
	CHECK_IS(5, removal.kept_inodes);
	CHECK_IS(3 + 4 + 5, removal.kept_bytes);
	CHECK_IS(4, removal.inodes);
}

static void empty_dir_stays(void)
{
	struct tf_removal removal;

	put_dir("t", 0700);
	put_dir("t/empty", 0700);
	put_dir("t/goes", 0700);
	removes_but("t", &(struct wanted){.paths = {"T/empty"}}, &removal);
	check_lists("t", "t/empty ");
	CHECK(removal.kept_inodes == 1 && removal.inodes == 1);
}

static void nothing_stays(void)
{
	struct wanted wanted = {.paths = {"T/none", "t/a"}};
	struct tf_removal with, without = {0};

	make_bush("first");
	CHECK_IS(0, remove_but("first", &wanted, &with));
	CHECK(!there("first"));
	forget(&wanted);
	CHECK(unlink("outside") == 0);
	make_bush("second");
	CHECK_IS(0, tf__remove(AT_FDCWD, "second", NULL, NULL, &without));
	CHECK_IS(without.inodes, with.inodes);
	CHECK_IS(without.bytes, with.bytes);
	CHECK(with.error == 0 && with.kept_inodes == 0 && with.kept_bytes == 0);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void asked_once(void)
{
	struct wanted wanted = {.paths = {"T/d/d/a", "T/d/file1"}};
	struct tf_removal removal;
	char *expected, *line, *next;
	int i = 0;

	make_bush("T");
	expected = said("find %s -path T/d/d/a -prune -print -o -print | LC_ALL=C sort", "T");
	CHECK_IS(-ENOTEMPTY, remove_but("T", &wanted, &removal));
	CHECK(wanted.asked < MAX_ASKED);
	CHECK_TEXT("T", wanted.asked_for[0]);
	qsort(wanted.asked_for, (size_t)wanted.asked, sizeof(wanted.asked_for[0]), by_text);
	for (line = expected; *line; line = next, i++) {
		next = strchr(line, '\n');
		*next++ = '\0';
		CHECK(i < wanted.asked);
		CHECK_TEXT(line, wanted.asked_for[i]);
	}
	CHECK_IS(i, wanted.asked);
	forget(&wanted);
	free(expected);
	check_lists("T", "T/d T/d/d T/d/d/a T/d/d/a/f T/d/d/a/second T/d/file1 ");
}

/* Below the levels that have descriptors, and back through all of them. */
static void deep_stays(void)
{
	static char path[256] = "T", path_on_disk[256] = "t";
	struct wanted wanted = {.paths = {path}};
	struct tf_removal removal;
	char *before;

	make_bush("t");
	for (int i = 0; i < 39; i++) {
		strcat(path, "/d");
		strcat(path_on_disk, "/d");
	}
	strcat(path, "/a");
	strcat(path_on_disk, "/a");
	before = state_of(path_on_disk);
	limit(RLIMIT_NOFILE, (unsigned long)open_fds() + 26);
	CHECK_IS(-ENOTEMPTY, remove_but("t", &wanted, &removal));
	CHECK_IS(0, removal.error);
	CHECK(removal.kept_inodes == 2 && removal.kept_bytes == 4);
	forget(&wanted);
	CHECK_IS(39 + 3, number_said("find %s -mindepth 1 | wc -l", "t"));
	CHECK(there(path_on_disk) && there("outside"));
	/* the third name of a/f has gone, which shows in its number of names alone */
	CHECK_IS(2, number_said("find %s -name second -printf %%n", "t"));
	free(before);
}

/* Paths beyond what a system call takes cannot be asked about. */
static void too_deep(void)
{
	struct wanted wanted = {0};
	struct tf_removal removal;

	go_to_memory();
	close(make_deep(5000));
	limit(RLIMIT_NOFILE, (unsigned long)open_fds() + 26);
	CHECK_IS(-ENOTEMPTY, remove_but("deep", &wanted, &removal));
	CHECK_IS(0, removal.error);
	/* "T" and 2047 times "/d" are 4095 bytes: in that directory even "f" is too long */
	CHECK_IS(2047 + 2048, wanted.asked);
	CHECK_IS(2047, removal.inodes); /* an f in each directory above */
	CHECK_IS(9999 - 2047 - 2048, removal.kept_inodes);
	CHECK_IS(4999 - 2047, removal.kept_bytes);
	forget(&wanted);
	CHECK(there("deep/d/d/d") && !there("deep/d/d/d/f"));
	removal = (struct tf_removal){0};
	CHECK_IS(0, tf__remove(AT_FDCWD, "deep", NULL, NULL, &removal));
	CHECK_IS(9999 - 2047, removal.inodes);
}

static void unknown_path(void)
{
	static char path[PATH_MAX + 1];
	struct wanted wanted = {0};
	struct tf_removing how = {.stays = is_wanted, .arg = &wanted};
	struct tf_removal removal = {0};

	make_small_tree();
	CHECK_IS(-ENOTEMPTY, tf__remove(AT_FDCWD, "t", NULL, &how, &removal));
	memset(path, 'p', PATH_MAX);
	how.path = path;
	CHECK_IS(-ENOTEMPTY, tf__remove(AT_FDCWD, "t", NULL, &how, &removal));
	path[PATH_MAX - 2] = '\0'; /* may be told; nothing below it may */
	CHECK_IS(0, wanted.asked);
	CHECK_IS(-ENOTEMPTY, tf__remove(AT_FDCWD, "t", NULL, &how, &removal));
	CHECK_IS(1, wanted.asked);
	CHECK(removal.error == 0 && removal.inodes == 0);
	CHECK_IS(10, inodes_in("t"));
	CHECK_IS(10 + 10 + 9, removal.kept_inodes); /* the third time not t itself */
	forget(&wanted);
}

static void links_stay(void)
{
	struct tf_removal removal;

	put("outside", "1234567");
	put_dir("t", 0700);
	put("t/one", "12");
	put_dir("t/d", 0700);
	CHECK(link("t/one", "t/d/two") == 0 && link("t/one", "t/three") == 0);
	CHECK(link("outside", "t/goes") == 0 && link("outside", "t/d/stays") == 0);
	removes_but("t", &(struct wanted){.paths = {"T/d/two", "T/d/stays", "T/one"}}, &removal);
	check_lists("t", "t/d t/d/stays t/d/two t/one ");
	CHECK_IS(2, removal.kept_inodes); /* whatever number of names */
	CHECK_IS(9, removal.kept_bytes);
	CHECK(removal.inodes == 0 && removal.bytes == 0);
	CHECK(reads("outside", "1234567"));
}

static void symlinks_stay(void)
{
	struct tf_removal removal;

	put_dir("other", 0700);
	put("other/file", "precious");
	put_dir("t", 0700);
	CHECK(symlink("../other", "t/stays") == 0 && symlink("../other", "t/goes") == 0);
	put_dir("t/whole", 0700);
	CHECK(symlink("../../other", "t/whole/link") == 0);
	removes_but("t", &(struct wanted){.paths = {"T/stays", "T/whole"}}, &removal);
	check_lists("t", "t/stays t/whole t/whole/link ");
	CHECK(removal.kept_inodes == 3 && removal.kept_bytes == 0 && removal.inodes == 1);
	CHECK(reads("other/file", "precious"));
}

/* Directories above what stays are as closed as before; what stays is not looked into by force. */
static void closed_stay_as_nobody(void *arg)
{
	static const unsigned modes[] = {0000, 0100, 0200, 0300, 0400, 0500, 0600};

	(void)arg;
	become_nobody();
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct tf_removal removal;

		make_small_tree();
		CHECK(chmod("t/x", modes[i]) == 0 && chmod("t/m/n", modes[i]) == 0);
		CHECK(chmod("t/m", modes[i] | 01000) == 0 && chmod("t", modes[i]) == 0);
		removes_but("t", &(struct wanted){.paths = {"T/m/b", "T/x"}}, &removal);
		CHECK_IS(modes[i], mode_of("t"));
		CHECK(chmod("t", 0700) == 0);
		CHECK_IS(modes[i] | 01000, mode_of("t/m"));
		CHECK_IS(modes[i], mode_of("t/x"));
		CHECK(chmod("t/m", 0700) == 0 && chmod("t/x", 0700) == 0);
		check_lists("t", "t/m t/m/b t/x t/x/a ");
		CHECK_IS(modes[i] & 0400 ? 3 : 2, removal.kept_inodes);
		CHECK_IS((modes[i] & 0500) == 0500 ? 10 : 4, removal.kept_bytes);
		removal = (struct tf_removal){0};
		CHECK_IS(0, tf__remove(AT_FDCWD, "t", NULL, NULL, &removal));
	}
}

static void closed_stay(void)
{
	in_child(closed_stay_as_nobody, NULL);
}

static void stays_and_fails_as_nobody(void *arg)
{
	struct wanted wanted = {.paths = {"T/mine/stays"}};
	struct tf_removal removal;

	(void)arg;
	become_nobody();
	put_dir("d/mine", 0700);
	put("d/mine/stays", "12");
	put("d/mine/goes", "1");
	CHECK(chmod("d/mine", 0500) == 0);
	CHECK_IS(-EACCES, remove_but("d", &wanted, &removal));
	CHECK_IS(-EACCES, removal.error);
	CHECK_TEXT("file", removal.failed);
	CHECK(removal.kept_inodes == 1 && removal.kept_bytes == 2);
	CHECK_IS(0500, mode_of("d/mine"));
	forget(&wanted);
}

static void stays_and_fails(void)
{
	if (geteuid() != 0)
		skip("what is somebody else's is made by root");
	put_dir("d", 0777);
	put_dir("d/roots", 0755);
	put("d/roots/file", "");
	put_dir("d/open", 0777);
	put("d/open/file", "");
	in_child(stays_and_fails_as_nobody, NULL);
	check_lists("d", "d/mine d/mine/stays d/roots d/roots/file ");
}

static long pin_b(long nr, long a, long b, long c, long d, long e, long f)
{
	if (nr == SYS_unlinkat && strcmp((const char *)b, "b") == 0)
		return -EIO;
	return tf__sys_raw(nr, a, b, c, d, e, f);
}

/* A directory that was opened up in vain, with nothing in it that was to stay. */
static void closed_again(void)
{
	struct wanted wanted = {0};
	struct tf_removal removal;

	make_small_tree();
	CHECK(chmod("t/m", 0500) == 0);
	tf__sys = pin_b;
	CHECK_IS(-EIO, remove_but("t", &wanted, &removal));
	tf__sys = tf__sys_raw;
	CHECK_TEXT("b", removal.failed);
	CHECK_IS(0, removal.kept_inodes);
	CHECK_IS(0500, mode_of("t/m"));
	check_lists("t", "t/b t/m t/m/b ");
	forget(&wanted);
}

static void mounts_stay(void)
{
	struct wanted wanted = {.paths = {"T/m"}};
	struct tf_removal removal;

	private_mounts();
	put_dir("other", 0700);
	put("other/file", "not of the tree");
	make_small_tree();
	mount_at("bind", "other", "t/m/n", NULL);
	removes_but("t", &wanted, &removal);
	check_lists("t", "t/m t/m/a t/m/b t/m/n t/m/n/file ");
	CHECK(removal.kept_inodes == 4 && removal.kept_bytes == 7);
}

static int reads_of_dirs;

static long count_reads(long nr, long a, long b, long c, long d, long e, long f)
{
	reads_of_dirs += nr == SYS_getdents64;
	CHECK(nr != SYS_unlinkat || c != TF_AT_REMOVEDIR || strcmp((const char *)b, "x") == 0 ||
		strcmp((const char *)b, "n") == 0);
	return tf__sys_raw(nr, a, b, c, d, e, f);
}

/* It is known that it will not be empty: nobody tries. */
static void read_once(void)
{
	struct tf_removal removal;

	make_small_tree();
	tf__sys = count_reads;
	removes_but("t", &(struct wanted){.paths = {"T/m/a"}}, &removal);
	tf__sys = tf__sys_raw;
	CHECK_IS(4 * 2, reads_of_dirs); /* each to its end */
}

/* What would go, and what would stay. */
static void measured_but(void)
{
	struct wanted wanted = {.paths = {"T/m/b", "T/x"}};
	struct tf_removing how = {.measure = true, .stays = is_wanted, .arg = &wanted, .path = "T"};
	struct tf_removal removal = {0};
	char *before;

	make_small_tree();
	before = state_of("t");
	CHECK_IS(0, tf__remove(AT_FDCWD, "t", NULL, &how, &removal));
	CHECK_IS(0, removal.error);
	CHECK_IS(3, removal.kept_inodes);
	CHECK_IS(4 + 6, removal.kept_bytes);
	CHECK_IS(inodes_in("t") - 3, removal.inodes);
	CHECK_IS(bytes_in("t") - 10, removal.bytes);
	same_state("t", before);
	forget(&wanted);
}

const struct test stay_tests[] = {
	{"measure-tree", measured},
	{"measure-links", measured_links},
	{"measure-single", measured_single},
	{"measure-closed-dirs", measured_closed},
	{"measure-mounts", measured_mounts},
	{"measure-deep", measured_deep},
	{"measure-but", measured_but},
	{"stay-file", file_stays},
	{"stay-top", top_stays},
	{"stay-dir", dir_stays},
	{"stay-empty-dir", empty_dir_stays},
	{"stay-nothing", nothing_stays},
	{"stay-asked-once", asked_once},
	{"stay-deep", deep_stays},
	{"stay-too-deep", too_deep},
	{"stay-unknown-path", unknown_path},
	{"stay-links", links_stay},
	{"stay-symlinks", symlinks_stay},
	{"stay-closed-dirs", closed_stay},
	{"stay-and-fail", stays_and_fails},
	{"stay-closed-again", closed_again},
	{"stay-mounts", mounts_stay},
	{"stay-read-once", read_once},
	{0},
};
