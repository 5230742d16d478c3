/* atomic_test.c: lib/atomic.c, upload.c: files that are written whole or not at all. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host.h"
#include "objects.h"

static void writes(void)
{
	umask(027);
	OK(tf_atomic_write("target", "one", 3, NULL));
	CHECK(reads("target", "one"));
	CHECK_IS(0640, mode_of("target"));
	CHECK(chmod("target", 0604) == 0);
	OK(tf_atomic_write("target", "two", 3, NULL));
	CHECK(reads("target", "two"));
	CHECK_IS(0604, mode_of("target"));
	OK(tf_atomic_write(in_here("empty"), NULL, 0, NULL));
	CHECK(reads("empty", ""));
	put("elsewhere", "elsewhere");
	CHECK(symlink("elsewhere", "link") == 0);
	OK(tf_atomic_write("link", "three", 5, NULL));
	CHECK(reads("link", "three") && reads("elsewhere", "elsewhere"));
	CHECK_IS(4, entries("."));
}

static void writes_as_asked(void)
{
	struct tf_publish how = {.mode = 0666};

	umask(077);
	put("target", "old");
	CHECK(chmod("target", 0644) == 0);
	OK(tf_atomic_write("target", "new", 3, &how));
	CHECK_IS(0600, mode_of("target"));
	how = (struct tf_publish){.flags = TF_MODE_OF_OLD, .mode = 0640};
	CHECK(chmod("target", 0644) == 0);
	OK(tf_atomic_write("target", "new", 3, &how));
	CHECK_IS(0644, mode_of("target"));
	umask(0);
	OK(tf_atomic_write("target2", "new", 3, &how));
	CHECK_IS(0640, mode_of("target2"));
	how = (struct tf_publish){.flags = TF_NO_REPLACE};
	FAILS(EEXIST, tf_atomic_write("target", "bad", 3, &how),
		about("cannot replace ", "target", ": File exists"));
	CHECK(reads("target", "new"));
	how.flags = TF_MAKE_PARENTS | TF_NO_SYNC;
	OK(tf_atomic_write("a/b/target", "deep", 4, &how));
	CHECK(reads("a/b/target", "deep"));
	CHECK_IS(0666, mode_of("a/b/target"));
	CHECK_IS(3, entries("."));
}

static void targets_that_cannot_be(void)
{
	struct tf_atomic *atomic;
	char name[300];

	put_dir("dir", 0700);
	FAILS(EISDIR, tf_atomic_open("dir/", NULL, &atomic), "cannot replace dir/: Is a directory");
	FAILS(ENOENT, tf_atomic_open("", NULL, &atomic),
		"cannot replace : No such file or directory");
	CHECK_IS(-EISDIR, QUIETLY(tf_atomic_write("dir", "x", 1, NULL)));
	CHECK_IS(-ENOENT, QUIETLY(tf_atomic_write("none/x", "x", 1, NULL)));
	CHECK(strstr(tf_error_text(), about("", "none", "/: No such file or directory")));
	CHECK(tf_atomic_write("dir/..", "x", 1, NULL) < 0);
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	CHECK_IS(-ENAMETOOLONG, QUIETLY(tf_atomic_write(name, "x", 1, NULL)));
	name[255] = '\0';
	OK(tf_atomic_write(name, "x", 1, NULL)); /* as long as a name can be */
	CHECK_IS(2, entries("."));
	CHECK_IS(0, entries("dir"));
}

static void piece_by_piece(void)
{
	struct tf_atomic *atomic;
	FILE *stream;

	put("target", "old");
	OK(tf_atomic_open("target", NULL, &atomic));
	CHECK_IS(2, entries("."));
	CHECK(chdir("/") == 0); /* the target is where it was then */
	OK(tf_atomic_stream(atomic, &stream));
	fputs("new", stream);
	CHECK(fcntl(tf_atomic_fd(atomic), F_GETFD) & FD_CLOEXEC);
	CHECK(reads(in_here("target"), "old"));
	OK(tf_atomic_commit(atomic));
	CHECK(chdir(here) == 0);
	CHECK(reads("target", "new"));
	DONE(tf_atomic_free(atomic));
	CHECK(reads("target", "new"));
	OK(tf_atomic_open("target", NULL, &atomic));
	write_to(tf_atomic_fd(atomic), "aborted");
	DONE(tf_atomic_free(atomic));
	DONE(tf_atomic_free(NULL));
	CHECK(reads("target", "new"));
	CHECK_IS(1, entries("."));
}

static void commits_again_after_a_failure(void)
{
	struct tf_publish how = {.flags = TF_NO_REPLACE};
	struct tf_atomic *atomic;

	put("target", "old");
	OK(tf_atomic_open("target", &how, &atomic));
	write_to(tf_atomic_fd(atomic), "new");
	CHECK_IS(-EEXIST, QUIETLY(tf_atomic_commit(atomic)));
	CHECK(reads("target", "old"));
	write_to(tf_atomic_fd(atomic), "er");
	CHECK(unlink("target") == 0);
	OK(tf_atomic_commit(atomic));
	CHECK(reads("target", "newer"));
	tf_atomic_free(atomic);
	CHECK_IS(1, entries("."));
}

/* A program that did not look whether fprintf failed has not written a whole file. */
static void never_half_of_it(void)
{
	struct tf_atomic *atomic;
	FILE *stream;

	put("target", "old");
	signal(SIGXFSZ, SIG_IGN);
	limit(RLIMIT_FSIZE, 10000);
	OK(tf_atomic_open("target", NULL, &atomic));
	OK(tf_atomic_stream(atomic, &stream));
	for (int i = 0; i < 20000; i++)
		fputc('x', stream);
	CHECK(ferror(stream));
	CHECK(QUIETLY(tf_atomic_commit(atomic)) < 0);
	CHECK(tf_atomic_commit(atomic) < 0); /* asked again, too */
	CHECK(strstr(tf_error_text(), "cannot write to /"));
	tf_atomic_free(atomic);
	CHECK(reads("target", "old"));
	CHECK_IS(1, entries("."));
}

static void order(void)
{
	put("target", "old");
	begin_record();
	OK(tf_atomic_write("target", "new", 3, NULL));
	CHECK_TEXT("write chmod sync rename sync-dir", end_record());
	begin_record();
	OK(tf_atomic_write("second", "new", 3, NULL));
	CHECK_TEXT("write chmod sync rename sync-dir", end_record());
	begin_record();
	OK(tf_atomic_write("a/b", "new", 3, &(struct tf_publish){.flags = TF_MAKE_PARENTS}));
	CHECK(strncmp(end_record(), "mkdir ", 6) == 0);
	CHECK(strstr(end_record(), "mkdir sync-dir "));
	CHECK(strstr(end_record(), " chmod sync rename sync-dir"));
	if (geteuid() != 0)
		return;
	CHECK(chown("target", 1234, 4321) == 0);
	begin_record();
	OK(tf_atomic_write("target", "new", 3, NULL));
	CHECK_TEXT("write chown chmod sync rename sync-dir", end_record());
}

/* --- uploads --- */

static struct tf_upload *new_upload(int64_t limit)
{
	struct tf_upload_options options = {.file = {.dir = "."}, .limit = limit};
	struct tf_upload *upload;

	OK(tf_upload_new(&options, &upload));
	return upload;
}

static void uploads(void)
{
	struct tf_upload *upload = new_upload(10);
	char text[8] = "";

	umask(022);
	CHECK(!tf_upload_final_path(upload));
	OK(tf_upload_write(upload, "hello", 5));
	CHECK_IS(-EFBIG, QUIETLY(tf_upload_write(upload, " world", 6)));
	CHECK(strstr(tf_error_text(), "cannot write to /") &&
		strstr(tf_error_text(), "File too large"));
	CHECK_IS(5, tf_upload_size(upload));
	CHECK_IS(-EFBIG, tf_upload_write(upload, "", SIZE_MAX));
	CHECK_IS(5, pread(tf_upload_fd(upload), text, 8, 0));
	CHECK_IS(0, lseek(tf_upload_fd(upload), 0, SEEK_SET)); /* somebody has looked at it */
	OK(tf_upload_write(upload, "12345", 5));
	OK(tf_upload_write(upload, "", 0));
	OK(tf_upload_flush(upload));
	CHECK(reads(tf_upload_path(upload), "hello12345"));
	OK(tf_upload_commit(upload, "a/b/final", NULL));
	CHECK(reads("a/b/final", "hello12345"));
	CHECK_IS(0644, mode_of("a/b/final"));
	CHECK_TEXT(in_here("a/b/final"), tf_upload_final_path(upload));
	CHECK_IS(-EBADF, QUIETLY(tf_upload_write(upload, "x", 0)));
	DONE(tf_upload_free(upload));
	CHECK(reads("a/b/final", "hello12345"));
	upload = new_upload(0);
	OK(tf_upload_write(upload, "forgotten", 9));
	tf_upload_free(upload);
	DONE(tf_upload_free(NULL));
	CHECK_IS(1, entries("."));
}

static void uploads_refused(void)
{
	struct tf_upload_options options = {.limit = -1};
	struct tf_publish how = {.flags = TF_NO_REPLACE};
	struct tf_upload *upload;

	FAILS(EINVAL, tf_upload_new(&options, &upload),
		"cannot stage an upload of less than nothing: Invalid argument");
	tf__host_fails = 0;
	FAILS(ENOMEM, tf_upload_new(NULL, &upload),
		"cannot stage an upload: Cannot allocate memory");
	upload = new_upload(0);
	OK(tf_upload_write(upload, "new", 3));
	put("target", "old");
	CHECK_IS(-EEXIST, QUIETLY(tf_upload_commit(upload, "target", &how)));
	CHECK(!tf_upload_final_path(upload) && reads("target", "old"));
	OK(tf_upload_commit(upload, "target", NULL));
	CHECK(reads("target", "new"));
	tf_upload_free(upload);
}

/* What came in part does not stay in part, whatever the error. */
static void uploads_written_in_part(void)
{
	char data[9000];
	struct tf_upload *upload;

	memset(data, 'd', sizeof(data));
	signal(SIGXFSZ, SIG_IGN);
	limit(RLIMIT_FSIZE, 10000);
	upload = new_upload(0);
	OK(tf_upload_write(upload, data, sizeof(data)));
	CHECK_IS(-EFBIG, QUIETLY(tf_upload_write(upload, data, sizeof(data))));
	CHECK_IS(9000, tf_upload_size(upload));
	CHECK_IS(9000, lseek(tf_upload_fd(upload), 0, SEEK_END));
	OK(tf_upload_write(upload, "x", 1));
	OK(tf_upload_commit(upload, "target", NULL));
	CHECK_IS(9001, lseek(tf_upload_fd(upload), 0, SEEK_END));
	tf_upload_free(upload);
}

const struct test atomic_tests[] = {
	{"atomic-writes", writes},
	{"atomic-writes-as-asked", writes_as_asked},
	{"atomic-targets-that-cannot-be", targets_that_cannot_be},
	{"atomic-piece-by-piece", piece_by_piece},
	{"atomic-commits-again-after-a-failure", commits_again_after_a_failure},
	{"atomic-never-half-of-it", never_half_of_it},
	{"atomic-order", order},
	{"upload-staged-and-committed", uploads},
	{"upload-refused", uploads_refused},
	{"upload-written-in-part", uploads_written_in_part},
	{NULL, NULL},
};
