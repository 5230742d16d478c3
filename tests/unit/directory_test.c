/* directory_test.c: lib/directory.c, beneath.c, anonymous.c: temporary directories, and files
 * without a name. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "objects.h"

static struct tf_dir *new_dir(void)
{
	struct tf_options options = {.dir = "."};
	struct tf_dir *dir;

	OK(tf_dir_new(&options, &dir));
	return dir;
}

static const char *in(const struct tf_dir *dir, const char *name)
{
	static char paths[4][PATH_MAX];
	static int next;
	char *joined;

	OK(tf_dir_join(dir, name, &joined));
	strcpy(paths[++next % 4], joined);
	free(joined);
	return paths[next % 4];
}

static void goes_with_all_in_it(void)
{
	struct tf_dir *dir = new_dir();

	CHECK_IS('/', tf_dir_path(dir)[0]);
	CHECK(fcntl(tf_dir_fd(dir), F_GETFL) & O_PATH);
	umask(027);
	OK(tf_dir_subdir(dir, "a/b/c"));
	OK(tf_dir_subdir(dir, "a/b/c/"));
	OK(tf_dir_subdir(dir, "."));
	CHECK_IS(0750, mode_of(in(dir, "a/b")));
	OK(tf_dir_file(dir, "a/d/file", "content", 7));
	CHECK(reads(in(dir, "a/d/file"), "content"));
	CHECK_IS(0640, mode_of(in(dir, "a/d/file")));
	OK(tf_dir_file(dir, "a/d/file", "new", 3));
	CHECK(reads(in(dir, "a/d/file"), "new"));
	CHECK(chmod(in(dir, "a/d"), 0) == 0);
	DONE(tf_dir_free(dir));
	CHECK_IS(0, entries("."));
	DONE(tf_dir_free(NULL));
}

static void stays_when_kept(void)
{
	struct tf_options options = {.dir = ".", .flags = TF_KEEP | TF_INHERIT};
	struct tf_dir *dir = new_dir();

	OK(tf_dir_file(dir, "file", "x", 1));
	OK(tf_dir_keep(dir));
	tf_dir_free(dir);
	tf_cleanup();
	CHECK_IS(1, entries("."));
	OK(tf_dir_new(&options, &dir));
	CHECK_IS(0, fcntl(tf_dir_fd(dir), F_GETFD));
	tf_dir_free(dir);
	CHECK_IS(2, entries("."));
	dir = new_dir();
	OK(tf_dir_discard(dir));
	CHECK_IS(2, entries("."));
	FAILS(ENOENT, tf_dir_file(dir, "file", "x", 1),
		"cannot open file: No such file or directory");
	OK(tf_dir_discard(dir));
	tf_dir_free(dir);
}

/* --- never outside --- */

static void refuses_all(struct tf_dir *dir)
{
	static const char *const tried[] = {"../x", "a/../../x", "/x", "..", "up/x", "abs/x",
		"a/up2", "a/b/../../../x", "../../../../../../../x", "a/up2/../../y"};

	for (size_t i = 0; i < sizeof(tried) / sizeof(tried[0]); i++) {
		int r = QUIETLY(tf_dir_file(dir, tried[i], "bad", 3));

		CHECK(r < 0);
		CHECK(strncmp(tf_error_text(), "cannot ", 7) == 0);
		CHECK(strstr(tf_error_text(), tried[i]));
		CHECK(tf_dir_subdir(dir, tried[i]) < 0);
		CHECK(tf_dir_open(dir, tried[i], O_RDWR | O_CREAT, 0600) < 0);
		CHECK(strcmp(tried[i], "/x") != 0 || r == -EXDEV);
		CHECK_IS(2, entries("."));
	}
	CHECK(tf_dir_file(dir, "link", "bad", 3) < 0);
	CHECK(tf_dir_open(dir, "link", O_RDONLY, 0) < 0);
	CHECK(reads("secret", "outside"));
}

static void leads_nowhere_else(void)
{
	struct tf_dir *dir = new_dir();

	OK(tf_dir_subdir(dir, "a"));
	put("secret", "outside");
	CHECK(symlink("..", in(dir, "up")) == 0);
	CHECK(symlink("../..", in(dir, "a/up2")) == 0);
	CHECK(symlink(here, in(dir, "abs")) == 0);
	CHECK(symlink("../secret", in(dir, "link")) == 0);
	refuses_all(dir);
	refuse(SYS_openat2, ENOSYS); /* as on a kernel without openat2 */
	refuses_all(dir);
	CHECK_IS(-ELOOP, tf_dir_file(dir, "up/x", "bad", 3));
	OK(tf_dir_file(dir, "new/file", "x", 1));
	refuse(0, 0);
	CHECK(reads(in(dir, "new/file"), "x"));
	tf_dir_free(dir);
	CHECK(reads("secret", "outside"));
	CHECK_IS(1, entries("."));
}

static void opens(void)
{
	struct tf_dir *dir = new_dir();
	struct stat stat;
	int fd;

	umask(0);
	fd = tf_dir_open(dir, "new", O_RDWR | O_CREAT | O_EXCL, 0640);
	CHECK(fd >= 0 && fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	CHECK_IS(0640, mode_of(in(dir, "new")));
	FAILS(EEXIST, tf_dir_open(dir, "new", O_RDWR | O_CREAT | O_EXCL, 0640),
		"cannot open new: File exists");
	fd = tf_dir_open(dir, "new", O_RDONLY, 0777); /* a mode that nobody asks for */
	CHECK(fd >= 0);
	close(fd);
	fd = tf_dir_open(dir, ".", O_TMPFILE | O_RDWR, 0640);
	if (fd >= 0) {
		CHECK(fstat(fd, &stat) == 0);
		CHECK_IS(0640, stat.st_mode & 07777);
		close(fd);
	}
	tf_dir_free(dir);
}

static int again;

/* openat2 says so when somebody renames something, anywhere. */
static long with_renames(long nr, long a, long b, long c, long d, long e, long f)
{
	if (nr == SYS_openat2 && again++ % 3 != 2)
		return -EAGAIN;
	return tf__sys_raw(nr, a, b, c, d, e, f);
}

static void opens_while_others_rename(void)
{
	struct tf_dir *dir = new_dir();

	tf__sys = with_renames;
	OK(tf_dir_file(dir, "a/b/c", "x", 1));
	tf__sys = tf__sys_raw;
	CHECK(reads(in(dir, "a/b/c"), "x"));
	tf_dir_free(dir);
}

/* --- what cannot be removed at once --- */

static long busy(long nr, long a, long b, long c, long d, long e, long f)
{
	return nr == SYS_unlinkat ? -EBUSY : tf__sys_raw(nr, a, b, c, d, e, f);
}

static void is_tried_again_at_the_end(void)
{
	struct tf_dir *dir = new_dir();

	OK(tf_dir_file(dir, "file", "x", 1));
	tf__sys = busy;
	CHECK_IS(-EBUSY, QUIETLY(tf_dir_discard(dir)));
	CHECK(strstr(tf_error_text(), "cannot remove /"));
	tf_dir_free(dir);
	tf__sys = tf__sys_raw;
	CHECK_IS(1, entries("."));
	tf_cleanup();
	CHECK_IS(0, entries("."));
}

static void without_memory(void)
{
	struct tf_options options = {.dir = "."};
	struct tf_dir *dir;
	char *path;
	int r = -1;

	for (int n = 0; n < 12 && r < 0; n++) {
		tf__host_fails = n;
		r = QUIETLY(tf_dir_new(&options, &dir));
		CHECK(r == 0 || r == -ENOMEM);
		CHECK(r == 0 || entries(".") == 0);
		CHECK(r == 0 || strcmp("cannot make a directory in .: Cannot allocate memory",
					tf_error_text()) == 0);
	}
	CHECK_IS(0, r);
	tf__host_fails = 0;
	FAILS(ENOMEM, tf_dir_join(dir, "name", &path),
		"cannot give the path of name: Cannot allocate memory");
	tf_dir_free(dir);
}

/* --- files without a name --- */

static void anonymous(void)
{
	struct tf_options options = {.dir = ".", .prefix = "no/name", .suffix = "/", .mode = 0640};
	struct stat stat;
	FILE *stream;
	int fd;

	for (int i = 0; i < 2; i++) {
		umask(0);
		options.flags = 0;
		fd = QUIETLY(tf_anonymous(&options));
		CHECK(fd >= 0 && fstat(fd, &stat) == 0);
		CHECK_IS(0, stat.st_nlink);
		CHECK_IS(0640, stat.st_mode & 07777);
		CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		write_to(fd, "x");
		CHECK_IS(1, pread(fd, &stat, 1, 0));
		close(fd);
		options.flags = TF_INHERIT | TF_KEEP;
		fd = QUIETLY(tf_anonymous(&options));
		CHECK(fd >= 0 && fcntl(fd, F_GETFD) == 0);
		close(fd);
		OK(tf_anonymous_stream(&options, &stream));
		CHECK(fputs("text", stream) >= 0 && fseek(stream, 0, SEEK_SET) == 0);
		CHECK_IS('t', fgetc(stream));
		fclose(stream);
		CHECK_IS(0, entries("."));
		if (i == 0)
			refuse(SYS_openat, EOPNOTSUPP); /* the second time as on NFS */
	}
	refuse(0, 0);
	CHECK(setenv("TMPDIR", here, 1) == 0);
	fd = QUIETLY(tf_anonymous(NULL));
	CHECK(fd >= 0);
	close(fd);
	options.dir = "none";
	FAILS(ENOENT, tf_anonymous(&options),
		"cannot make a file in none: No such file or directory");
	tf__host_fails = 0;
	options.dir = ".";
	FAILS(ENOMEM, tf_anonymous_stream(&options, &stream),
		"cannot make a stream of a file in .: Cannot allocate memory");
}

const struct test directory_tests[] = {
	{"dir-goes-with-all-in-it", goes_with_all_in_it},
	{"dir-stays-when-kept", stays_when_kept},
	{"dir-leads-nowhere-else", leads_nowhere_else},
	{"dir-opens", opens},
	{"dir-opens-while-others-rename", opens_while_others_rename},
	{"dir-is-tried-again-at-the-end", is_tried_again_at_the_end},
	{"dir-without-memory", without_memory},
	{"anonymous", anonymous},
	{NULL, NULL},
};
