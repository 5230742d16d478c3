/* publish_test.c: lib/publish.c, parents.c: a file gets its final name. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "objects.h"

static struct tf_file *written(const char *dir, const char *text)
{
	struct tf_options options = {.dir = dir};
	struct tf_file *file;

	OK(tf_file_new(&options, &file));
	write_to(tf_file_fd(file), text);
	return file;
}

static void replaces(void)
{
	struct tf_file *file = written(".", "new");

	put("target", "old");
	OK(tf_file_persist(file, "target", NULL));
	CHECK_TEXT(in_here("target"), tf_file_path(file));
	CHECK(reads("target", "new"));
	CHECK_IS(0600, mode_of("target"));
	write_to(tf_file_fd(file), "er");
	CHECK(reads("target", "newer"));
	CHECK_IS(1, entries("."));
	OK(tf_file_persist(file, in_here("second"), NULL));
	CHECK(reads("second", "newer") && !there("target"));
	OK(tf_file_discard(file)); /* nothing to do: it has left */
	tf_file_free(file);
	tf_cleanup();
	CHECK(reads("second", "newer"));
}

static void replaces_nothing(void)
{
	const struct tf_publish how = {.flags = TF_NO_REPLACE};
	struct tf_file *file = written(".", "new");

	put("target", "old");
	FAILS(EEXIST, tf_file_persist(file, "target", &how), "cannot replace target: File exists");
	CHECK(reads("target", "old") && reads(tf_file_path(file), "new"));
	CHECK(symlink("nowhere", "link") == 0);
	CHECK_IS(-EEXIST, QUIETLY(tf_file_persist(file, "link", &how)));
	OK(tf_file_persist(file, "other", &how));
	tf_file_free(file);
	CHECK(reads("other", "new") && reads("target", "old") && !there("nowhere"));
}

static void targets_that_cannot_be(void)
{
	struct tf_file *file = written(".", "new");

	put_dir("dir", 0700);
	put("file", "");
	CHECK_IS(-EISDIR, QUIETLY(tf_file_persist(file, "dir", NULL)));
	CHECK_TEXT("cannot replace dir: Is a directory", tf_error_text());
	CHECK_IS(-EISDIR, QUIETLY(tf_file_persist(file, "dir/", NULL)));
	CHECK_IS(-ENOENT, QUIETLY(tf_file_persist(file, "", NULL)));
	FAILS(ENOENT, tf_file_persist(file, "none/x", NULL),
		"cannot open the directory of none/x: No such file or directory");
	CHECK_IS(-ENOTDIR, QUIETLY(tf_file_persist(file, "file/x", NULL)));
	CHECK(tf_file_persist(file, ".", NULL) < 0 && tf_file_persist(file, "dir/..", NULL) < 0);
	CHECK(reads(tf_file_path(file), "new"));
	tf_file_free(file);
	CHECK_IS(2, entries("."));
}

static void modes(void)
{
	struct tf_publish how = {.mode = 0666};
	struct tf_file *file = written(".", "new");

	umask(027);
	OK(tf_file_persist(file, "target", &how));
	CHECK_IS(0640, mode_of("target"));
	umask(0);
	OK(tf_file_persist(file, "target2", &how));
	CHECK_IS(0666, mode_of("target2"));
	umask(077);
	OK(tf_file_persist(file, "target3", &how));
	CHECK_IS(0600, mode_of("target3"));
	put("old", "old");
	CHECK(chmod("old", 04751) == 0);
	how.flags = TF_MODE_OF_OLD;
	OK(tf_file_persist(file, "old", &how));
	CHECK_IS(04751, mode_of("old"));
	umask(022);
	OK(tf_file_persist(file, "none", &how));
	CHECK_IS(0644, mode_of("none"));
	CHECK(symlink("nowhere", "link") == 0);
	OK(tf_file_persist(file, "link", &how));
	CHECK_IS(0644, mode_of("link")); /* a link is replaced, and its mode is nobody's */
	CHECK(!there("nowhere"));
	tf_file_free(file);
}

static void owners(void)
{
	const struct tf_publish how = {.flags = TF_MODE_OF_OLD};
	struct tf_file *file = written(".", "new");
	struct stat stat;

	if (geteuid() != 0)
		skip("only root gives files away");
	put("target", "old");
	CHECK(chmod("target", 0640) == 0 && chown("target", 1234, 4321) == 0);
	OK(tf_file_persist(file, "target", &how));
	CHECK(lstat("target", &stat) == 0 && stat.st_uid == 1234 && stat.st_gid == 4321);
	CHECK_IS(0640, mode_of("target"));
	tf_file_free(file);
}

/* Who may not give files away lets nobody read what only the old file's group could. */
static void owners_without_rights(void)
{
	const struct tf_publish how = {.flags = TF_MODE_OF_OLD};
	struct tf_file *file;

	if (geteuid() != 0)
		skip("only root gives files away");
	put("target", "old");
	CHECK(chown("target", 1234, 4321) == 0 && chmod("target", 06674) == 0);
	file = written(".", "new");
	refuse(SYS_fchown, EPERM);
	OK(tf_file_persist(file, "target", &how));
	refuse(0, 0);
	CHECK_IS(0644, mode_of("target"));
	tf_file_free(file);
}

static void parents(void)
{
	const struct tf_publish how = {.flags = TF_MAKE_PARENTS};
	struct tf_file *file = written(".", "new");

	umask(027);
	OK(tf_file_persist(file, "a/b//c/target", &how));
	CHECK(reads("a/b/c/target", "new"));
	CHECK_IS(0750, mode_of("a/b"));
	put("file", "");
	CHECK_IS(-ENOTDIR, QUIETLY(tf_file_persist(file, "file/x/y", &how)));
	CHECK_TEXT("cannot make the directory of file/x/y: Not a directory", tf_error_text());
	CHECK(symlink("a", "link") == 0);
	OK(tf_file_persist(file, "link/b/d", &how));
	CHECK(reads("a/b/d", "new"));
	tf_file_free(file);
}

/* --- on another filesystem --- */

static void is_copied(void)
{
	const struct tf_publish how = {.mode = 0640};
	struct tf_file *file;
	char text[10] = "";

	other_filesystem("other");
	file = written(".", "content");
	put("other/target", "old");
	CHECK_IS(3, lseek(tf_file_fd(file), 3, SEEK_SET));
	CHECK(fcntl(tf_file_fd(file), F_SETFL, O_APPEND) == 0);
	OK(tf_file_persist(file, "other/target", &how));
	CHECK(reads("other/target", "content"));
	CHECK_IS(0640, mode_of("other/target"));
	CHECK_TEXT(in_here("other/target"), tf_file_path(file));
	CHECK_IS(1, entries("."));
	CHECK_IS(1, entries("other"));
	CHECK_IS(4, read(tf_file_fd(file), text, sizeof(text)));
	CHECK_TEXT("tent", text);
	CHECK(fcntl(tf_file_fd(file), F_GETFD) & FD_CLOEXEC);
	CHECK_IS(0, lseek(tf_file_fd(file), 0, SEEK_SET));
	write_to(tf_file_fd(file), " more");
	CHECK(reads("other/target", "content more"));
	tf_file_free(file);
	CHECK(reads("other/target", "content more"));
}

/* One that was to stay anyway leaves its place all the same, as on its own filesystem. */
static void is_moved_when_kept(void)
{
	struct tf_options options = {.dir = ".", .flags = TF_KEEP};
	struct tf_file *file;

	other_filesystem("other");
	OK(tf_file_new(&options, &file));
	OK(tf_file_persist(file, "other/one", NULL));
	tf_file_free(file);
	file = written(".", "two");
	OK(tf_file_keep(file));
	OK(tf_file_close(file));
	OK(tf_file_persist(file, "other/two", NULL));
	tf_file_free(file);
	CHECK_IS(1, entries("."));
	CHECK(there("other/one") && reads("other/two", "two"));
}

static void is_not_copied_to_where_there_is_no_room(void)
{
	struct tf_file *file;
	FILE *stream;

	private_mounts();
	put_dir("other", 0700);
	mount_at("tmpfs", "tmpfs", "other", "size=64k");
	put("other/target", "old");
	file = written(".", "");
	OK(tf_file_stream(file, "w", &stream));
	for (int i = 0; i < 100000; i++)
		fputc('x', stream);
	FAILS(ENOSPC, tf_file_persist(file, "other/target", NULL),
		"cannot make a copy beside other/target: No space left on device");
	CHECK_IS(1, entries("other"));
	CHECK(reads("other/target", "old"));
	CHECK(there(tf_file_path(file)));
	tf_file_free(file);
	CHECK_IS(1, entries("."));
}

/* --- what gets the name is what was made --- */

static void never_another_file(void)
{
	struct tf_file *file;
	char path[PATH_MAX];

	other_filesystem("other");
	for (int i = 0; i < 4; i++) {
		const char *target = i % 2 ? "other/target" : "target";

		file = written(".", "ours");
		strcpy(path, tf_file_path(file));
		CHECK(unlink(path) == 0);
		put(path, "another's");
		put(target, "old");
		if (i >= 2)
			OK(tf_file_close(file));
		CHECK_IS(-ESTALE, QUIETLY(tf_file_persist(file, target, NULL)));
		CHECK(strstr(tf_error_text(), "target: Stale file handle"));
		CHECK(reads(target, "old") && reads(path, "another's"));
		tf_file_free(file);
		CHECK(reads(path, "another's"));
		file = written(".", "");
		OK(tf_file_discard(file));
		CHECK_IS(-ENOENT, QUIETLY(tf_file_persist(file, target, NULL)));
		tf_file_free(file);
		CHECK(reads(target, "old"));
	}
}

/* --- the order --- */

static void order(void)
{
	struct tf_publish how = {.mode = 0666};
	struct tf_file *file;

	other_filesystem("other");
	file = written(".", "one");
	begin_record();
	OK(tf_file_persist(file, "target", &how));
	CHECK_TEXT("chmod sync rename sync-dir", end_record());
	how.flags = TF_NO_REPLACE;
	begin_record();
	OK(tf_file_persist(file, "second", &how));
	CHECK_TEXT("chmod sync rename sync-dir", end_record());
	how.flags = TF_NO_SYNC;
	begin_record();
	OK(tf_file_persist(file, "third", &how));
	CHECK_TEXT("chmod rename", end_record());
	tf_file_free(file);
	file = written(".", "content");
	how.flags = 0;
	begin_record();
	OK(tf_file_persist(file, "other/target", &how));
	CHECK_TEXT("write chmod chmod sync rename unlink sync-dir", end_record());
	tf_file_free(file);
}

static void order_with_links(void)
{
	const struct tf_publish how = {.flags = TF_NO_REPLACE};
	struct tf_file *file = written(".", "one");

	begin_record();
	refuse(SYS_renameat2, EINVAL);
	OK(tf_file_persist(file, "target", &how));
	CHECK_TEXT("sync link sync unlink sync-dir", end_record());
	tf_file_free(file);
	CHECK_IS(1, entries("."));
	file = written(".", "two");
	refuse(SYS_renameat2, EINVAL);
	CHECK_IS(-EEXIST, QUIETLY(tf_file_persist(file, "target", &how)));
	refuse(0, 0);
	tf_file_free(file);
	CHECK_IS(1, entries("."));
	CHECK(reads("target", "one"));
}

static long two_names(long nr, long a, long b, long c, long d, long e, long f)
{
	if (nr == SYS_renameat2)
		return -EINVAL;
	return nr == SYS_unlinkat ? -EIO : tf__sys_raw(nr, a, b, c, d, e, f);
}

/* What could not be removed at once is owed. */
static void two_names_for_a_while(void)
{
	const struct tf_publish how = {.flags = TF_NO_REPLACE};
	struct tf_file *file;

	other_filesystem("other");
	for (int i = 0; i < 2; i++) {
		const char *dir = i ? "other" : ".";
		const char *target = i ? "other/target" : "target";

		file = written(".", "one");
		tf__sys = two_names;
		OK(tf_file_persist(file, target, &how));
		CHECK_IS(i ? 2 : 3, entries("."));
		tf__sys = tf__sys_raw;
		CHECK(reads(target, "one"));
		tf_file_free(file);
		tf_cleanup();
		CHECK(reads(target, "one"));
		CHECK(unlink(target) == 0);
		CHECK_IS(i ? 0 : 1, entries(dir));
	}
}

static void renames_that_turn_out_to_be_elsewhere(void)
{
	struct tf_file *file = written(".", "one");

	refuse(SYS_renameat2, EXDEV); /* between bind mounts of one filesystem */
	CHECK_IS(-EXDEV, QUIETLY(tf_file_persist(file, "target", NULL)));
	refuse(0, 0);
	CHECK(!there("target"));
	CHECK_IS(1, entries("."));
	tf_file_free(file);
	CHECK_IS(0, entries("."));
}

static long no_sync_of_directories(long nr, long a, long b, long c, long d, long e, long f)
{
	struct stat stat;

	if (nr == SYS_fsync && fstat((int)a, &stat) == 0 && S_ISDIR(stat.st_mode))
		return -EINVAL;
	return tf__sys_raw(nr, a, b, c, d, e, f);
}

static void directories_that_know_no_sync(void)
{
	struct tf_file *file = written(".", "one");

	tf__sys = no_sync_of_directories;
	OK(tf_file_persist(file, "target", NULL));
	tf__sys = tf__sys_raw;
	OK(tf_file_persist(file, "target", NULL)); /* to where it is */
	tf_file_free(file);
	CHECK(reads("target", "one"));
	CHECK_IS(1, entries("."));
}

const struct test publish_tests[] = {
	{"publish-replaces", replaces},
	{"publish-replaces-nothing", replaces_nothing},
	{"publish-targets-that-cannot-be", targets_that_cannot_be},
	{"publish-modes", modes},
	{"publish-owners", owners},
	{"publish-owners-without-rights", owners_without_rights},
	{"publish-parents", parents},
	{"publish-is-copied", is_copied},
	{"publish-is-moved-when-kept", is_moved_when_kept},
	{"publish-is-not-copied-to-where-there-is-no-room",
		is_not_copied_to_where_there_is_no_room},
	{"publish-never-another-file", never_another_file},
	{"publish-order", order},
	{"publish-order-with-links", order_with_links},
	{"publish-two-names-for-a-while", two_names_for_a_while},
	{"publish-renames-that-turn-out-to-be-elsewhere", renames_that_turn_out_to_be_elsewhere},
	{"publish-directories-that-know-no-sync", directories_that_know_no_sync},
	{NULL, NULL},
};
