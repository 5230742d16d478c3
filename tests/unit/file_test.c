/* file_test.c: lib/file.c, owned.c, place.c, failure.c, fixture.c: files with a name. */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "errortext.h"
#include "host.h"
#include "objects.h"

static void made_and_gone(void)
{
	struct tf_file *file;
	char path[PATH_MAX], text[6] = "";

	CHECK(setenv("TMPDIR", here, 1) == 0);
	OK(tf_file_new(NULL, &file));
	strcpy(path, tf_file_path(file));
	CHECK(strncmp(path, in_here("tmp"), strlen(here) + 4) == 0);
	CHECK_IS(strlen(here) + 1 + 3 + 8, strlen(path));
	CHECK_IS(0600, mode_of(path));
	CHECK_IS(1, entries("."));
	write_to(tf_file_fd(file), "hello");
	CHECK_IS(5, pread(tf_file_fd(file), text, 5, 0));
	CHECK_TEXT("hello", text);
	CHECK(fcntl(tf_file_fd(file), F_GETFD) & FD_CLOEXEC);
	DONE(tf_file_free(file));
	CHECK_IS(0, entries("."));
	DONE(tf_file_free(NULL));
}

static void modes(void)
{
	static const unsigned masks[] = {077, 027, 0, 022}, asked[] = {0, 0666, 0644, 0400, 0777};
	struct tf_file *file;
	struct tf_dir *dir;

	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < 5; k++) {
			struct tf_options options = {.dir = ".", .mode = asked[k]};

			umask(masks[i]);
			OK(tf_file_new(&options, &file));
			CHECK_IS((asked[k] ? asked[k] : 0600) & ~masks[i],
				mode_of(tf_file_path(file)));
			CHECK(fcntl(tf_file_fd(file), F_GETFL) & O_RDWR);
			tf_file_free(file);
			OK(tf_dir_new(&options, &dir));
			CHECK_IS((asked[k] ? asked[k] : 0700) & ~masks[i],
				mode_of(tf_dir_path(dir)));
			tf_dir_free(dir);
			CHECK_IS(masks[i], umask(masks[i]));
		}
	CHECK_IS(0, entries("."));
}

static void names(void)
{
	struct tf_options options = {.dir = ".", .prefix = "report-", .suffix = ".txt"};
	char longest[201] = "", too_long[202] = "";
	struct tf_file *file;

	OK(tf_file_new(&options, &file));
	CHECK(strncmp(base_of(tf_file_path(file)), "report-", 7) == 0);
	CHECK_TEXT(".txt", tf_file_path(file) + strlen(tf_file_path(file)) - 4);
	CHECK_IS(7 + 8 + 4, strlen(base_of(tf_file_path(file))));
	tf_file_free(file);
	memset(longest, 'p', 200);
	memset(too_long, 'p', 201);
	options = (struct tf_options){.dir = ".", .prefix = longest};
	OK(tf_file_new(&options, &file));
	tf_file_free(file);
	options.prefix = too_long;
	FAILS(ENAMETOOLONG, tf_file_new(&options, &file),
		"cannot make a file in .: File name too long");
	options = (struct tf_options){.dir = ".", .prefix = longest, .suffix = longest};
	FAILS(ENAMETOOLONG, tf_file_new(&options, &file),
		"cannot make a file in .: File name too long");
	options = (struct tf_options){.dir = ".", .prefix = "a/b"};
	FAILS(EINVAL, tf_file_new(&options, &file), "cannot make a file in .: Invalid argument");
	options = (struct tf_options){.dir = ".", .suffix = "/../x"};
	FAILS(EINVAL, tf_file_new(&options, &file), "cannot make a file in .: Invalid argument");
	options = (struct tf_options){.dir = ".", .prefix = ""};
	OK(tf_file_new(&options, &file));
	CHECK_IS(8, strlen(base_of(tf_file_path(file))));
	tf_file_free(file);
	CHECK_IS(0, entries("."));
}

static void places(void)
{
	static const char *const same[] = {"sub", "./sub", "sub///", "sub/../sub"};
	struct tf_options options = {0};
	struct tf_file *file;

	put_dir("sub", 0700);
	for (size_t i = 0; i < 4; i++) {
		options.dir = same[i];
		OK(tf_file_new(&options, &file));
		CHECK_IS('/', tf_file_path(file)[0]);
		CHECK_IS(1, entries("sub"));
		CHECK(chdir("/") == 0); /* it is removed wherever we are */
		tf_file_free(file);
		CHECK(chdir(here) == 0);
		CHECK_IS(0, entries("sub"));
	}
	options.dir = "";
	OK(tf_file_new(&options, &file));
	CHECK_IS(2, entries("."));
	tf_file_free(file);
	options.dir = "/nowhere/at/all";
	FAILS(ENOENT, tf_file_new(&options, &file),
		"cannot make a file in /nowhere/at/all: No such file or directory");
	put("file", "");
	options.dir = "file";
	FAILS(ENOTDIR, tf_file_new(&options, &file), "cannot make a file in file: Not a directory");
}

static void flags(void)
{
	struct tf_options options = {.dir = ".", .flags = TF_KEEP | TF_INHERIT};
	struct tf_file *file;

	OK(tf_file_new(&options, &file));
	CHECK_IS(0, fcntl(tf_file_fd(file), F_GETFD));
	tf_file_free(file);
	tf_cleanup();
	CHECK_IS(1, entries("."));
	options.flags = 0;
	OK(tf_file_new(&options, &file));
	OK(tf_file_keep(file));
	tf_file_free(file);
	CHECK_IS(2, entries("."));
}

static void removed_by_what_it_is(void)
{
	struct tf_options options = {.dir = "."};
	struct tf_file *file;
	char path[PATH_MAX];

	OK(tf_file_new(&options, &file));
	OK(tf_file_discard(file));
	CHECK_IS(0, entries("."));
	OK(tf_file_discard(file));
	tf_file_free(file);
	OK(tf_file_new(&options, &file));
	strcpy(path, tf_file_path(file));
	CHECK(unlink(path) == 0);
	put(path, "another's");
	CHECK_IS(-ESTALE, QUIETLY(tf_file_discard(file)));
	CHECK_TEXT(about("cannot remove ", base_of(path), ": Stale file handle"), tf_error_text());
	tf_file_free(file);
	tf_cleanup();
	CHECK(reads(path, "another's"));
}

static void streams(void)
{
	struct tf_options options = {.dir = "."};
	struct tf_file *file;
	FILE *stream, *again;

	OK(tf_file_new(&options, &file));
	CHECK_IS(-EINVAL, QUIETLY(tf_file_stream(file, "nonsense", &stream)));
	OK(tf_file_stream(file, "w+", &stream));
	OK(tf_file_stream(file, "r", &again));
	CHECK(stream == again);
	fputs("held back", stream);
	CHECK(reads(tf_file_path(file), ""));
	OK(tf_file_flush(file));
	CHECK(reads(tf_file_path(file), "held back"));
	fputs(", and this", stream);
	OK(tf_file_close(file));
	CHECK(reads(tf_file_path(file), "held back, and this"));
	CHECK_IS(-EBADF, tf_file_fd(file));
	CHECK_IS(-EBADF, QUIETLY(tf_file_stream(file, "r", &stream)));
	OK(tf_file_flush(file));
	OK(tf_file_close(file));
	tf_file_free(file);
	CHECK_IS(0, entries("."));
}

/* What a stream holds back does not fit. */
static void streams_that_fail(void)
{
	struct tf_options options = {.dir = "full"};
	struct tf_file *file;
	FILE *stream;

	private_mounts();
	put_dir("full", 0700);
	mount_at("tmpfs", "tmpfs", "full", "size=4k");
	OK(tf_file_new(&options, &file));
	OK(tf_file_stream(file, "w", &stream));
	setvbuf(stream, NULL, _IOFBF, 1 << 16);
	for (int i = 0; i < 9000; i++)
		fputc('x', stream);
	CHECK_IS(-ENOSPC, QUIETLY(tf_file_flush(file)));
	CHECK(strstr(tf_error_text(), "cannot write to /") && strstr(tf_error_text(), "No space"));
	CHECK_IS(-EIO, QUIETLY(tf_file_persist(file, "full/x", NULL)));
	CHECK_IS(1, entries("full"));
	clearerr(stream);
	OK(tf_file_persist(file, "full/x", NULL));
	CHECK(unlink("full/x") == 0);
	(void)tf_file_close(file);
	tf_file_free(file);
	CHECK_IS(0, entries("full"));
}

static void *other_thread(void *arg)
{
	(void)arg;
	CHECK_TEXT("", tf_error_text());
	return NULL;
}

static void error_texts(void)
{
	char path[PATH_MAX] = "/";
	struct tf_options options = {.dir = path};
	struct tf_file *file;
	pthread_t thread;

	CHECK_TEXT("", tf_error_text());
	memset(path + 1, 'a', sizeof(path) - 20);
	path[1000] = path[2000] = '/';
	CHECK(tf_file_new(&options, &file) < 0);
	CHECK(strncmp(tf_error_text(), "cannot make a file in /aaaa", 27) == 0);
	CHECK(strstr(tf_error_text(), "aaa...: File name too long"));
	strcpy(path, "/no\nline");
	CHECK(tf_file_new(&options, &file) < 0);
	CHECK(!strchr(tf_error_text(), '\n'));
	CHECK(pthread_create(&thread, NULL, other_thread, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
#ifdef __GLIBC__ /* others say it in other words */
	for (int error = 1; error < 134; error++)
		if (error == ECHILD || error == ERANGE || error == EMLINK || error == ENXIO)
			CHECK_TEXT(strerror(error), tf__error_text(error));
#endif
}

static void tempdirs(void)
{
	char dir[PATH_MAX], too_long[PATH_MAX + 1] = "";

	put_dir("one", 0700);
	put_dir("two", 0700);
	put("file", "");
	CHECK(setenv("TMPDIR", in_here("none"), 1) == 0 && setenv("TEMP", in_here("file"), 1) == 0);
	CHECK(setenv("TMP", in_here("one"), 1) == 0);
	OK(tf_tempdir(dir, sizeof(dir)));
	CHECK_TEXT(in_here("one"), dir);
	CHECK(setenv("TMPDIR", in_here("two"), 1) == 0);
	OK(tf_tempdir(dir, sizeof(dir)));
	CHECK_TEXT(in_here("two"), dir);
	CHECK_IS(0, entries("two"));
	OK(tf_tempdir(dir, strlen(dir) + 1));
	FAILS(ERANGE, tf_tempdir(dir, strlen(dir)),
		about("cannot give the path of ", "two", ": Numerical result out of range"));
	FAILS(ERANGE, tf_tempdir(dir, 0), tf_error_text());
	OK(tf_set_tempdir("/set"));
	OK(tf_tempdir(dir, sizeof(dir)));
	CHECK_TEXT("/set", dir);
	OK(tf_set_tempdir(NULL));
	OK(tf_tempdir(dir, sizeof(dir)));
	CHECK_TEXT(in_here("two"), dir);
	memset(too_long, 'a', sizeof(too_long) - 1);
	CHECK_IS(-ENAMETOOLONG, QUIETLY(tf_set_tempdir(too_long)));
	CHECK(strstr(tf_error_text(), "File name too long"));
	CHECK_TEXT("tmp", tf_default_prefix());
}

static void fixtures(void)
{
	struct tf_options options = {.dir = "."};
	struct tf_file *text, *binary;

	OK(tf_text_file("line\n", &options, &text));
	CHECK(reads(tf_file_path(text), "line\n"));
	CHECK_TEXT(".txt", tf_file_path(text) + strlen(tf_file_path(text)) - 4);
	CHECK_IS(-EBADF, tf_file_fd(text));
	OK(tf_binary_file("a\0b", 3, &options, &binary));
	CHECK_TEXT(".bin", tf_file_path(binary) + strlen(tf_file_path(binary)) - 4);
	options.suffix = ".csv";
	tf_file_free(binary);
	OK(tf_binary_file(NULL, 0, &options, &binary));
	CHECK(reads(tf_file_path(binary), ""));
	CHECK_TEXT(".csv", tf_file_path(binary) + strlen(tf_file_path(binary)) - 4);
	tf_file_free(text);
	tf_file_free(binary);
	CHECK_IS(0, entries("."));
}

/* Whatever allocation fails: an error with a text, and nothing of it is left. */
static void without_memory(void)
{
	struct tf_options options = {.dir = "."};
	struct tf_file *file;
	int r = -1;

	for (int n = 0; n < 20; n++) {
		tf__host_fails = n;
		r = QUIETLY(tf_file_new(&options, &file));
		if (r == 0) {
			put("target", "old");
			tf__host_fails = n % 3;
			r = QUIETLY(tf_file_persist(file, "target", NULL));
			CHECK(r == 0 || (r == -ENOMEM && reads("target", "old")));
			CHECK(r == 0 || strstr(tf_error_text(), "target: Cannot allocate memory"));
			tf__host_fails = -1;
			tf_file_free(file);
			CHECK(unlink("target") == 0);
		} else {
			CHECK_IS(-ENOMEM, r);
			CHECK(strstr(tf_error_text(), ": Cannot allocate memory"));
		}
		tf__host_fails = -1;
		CHECK_IS(0, entries("."));
	}
}

const struct test file_tests[] = {
	{"file-made-and-gone", made_and_gone},
	{"file-modes", modes},
	{"file-names", names},
	{"file-places", places},
	{"file-flags", flags},
	{"file-removed-by-what-it-is", removed_by_what_it_is},
	{"file-streams", streams},
	{"file-streams-that-fail", streams_that_fail},
	{"file-error-texts", error_texts},
	{"file-tempdirs", tempdirs},
	{"file-fixtures", fixtures},
	{"file-without-memory", without_memory},
	{NULL, NULL},
};
