/* spool_test.c: lib/spool.c: a file that is in memory until it is larger than a limit. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "host.h"
#include "objects.h"

static struct tf_spool *new_spool(int64_t limit)
{
	struct tf_spool_options options = {.file = {.dir = "."}, .limit = limit};
	struct tf_spool *spool;

	OK(tf_spool_new(&options, &spool));
	return spool;
}

static void put_in(struct tf_spool *spool, const char *text)
{
	CHECK_IS(strlen(text), QUIETLY(tf_spool_write(spool, text, strlen(text))));
}

static void holds(struct tf_spool *spool, const char *data, size_t len)
{
	int64_t at = tf_spool_tell(spool);
	void *all;
	size_t got;

	CHECK_IS(len, tf_spool_size(spool));
	CHECK_IS(0, tf_spool_seek(spool, 0, SEEK_SET));
	OK(tf_spool_read_all(spool, &all, &got));
	CHECK_IS(len, got);
	CHECK(memcmp(all, data, len) == 0 && ((char *)all)[len] == '\0');
	free(all);
	CHECK_IS(at, tf_spool_seek(spool, at, SEEK_SET));
}

static void limits(void)
{
	static const int64_t tried[] = {1, 8, 64};
	char data[100];

	memset(data, 'd', sizeof(data));
	for (size_t i = 0; i < 3; i++) {
		struct tf_spool *spool = new_spool(tried[i]);

		CHECK_IS(tried[i], tf_spool_write(spool, data, (size_t)tried[i]));
		CHECK_IS(0, tf_spool_is_on_disk(spool)); /* strictly more */
		CHECK_IS(0, entries("."));
		CHECK_IS(0, tf_spool_write(spool, data, 0));
		CHECK_IS(0, tf_spool_is_on_disk(spool));
		CHECK_IS(1, tf_spool_write(spool, data, 1));
		CHECK_IS(1, tf_spool_is_on_disk(spool));
		CHECK_IS(1, entries("."));
		holds(spool, data, (size_t)tried[i] + 1);
		DONE(tf_spool_free(spool));
		CHECK_IS(0, entries("."));
	}
	DONE(tf_spool_free(NULL));
}

static void limits_with_a_name(void)
{
	struct tf_spool_options options = {.file = {.dir = "."}};
	struct tf_spool *spool = new_spool(TF_SPOOL_DISK);
	char data[TF_SPOOL_DEFAULT] = "";

	CHECK_IS(1, tf_spool_is_on_disk(spool));
	tf_spool_free(spool);
	spool = new_spool(0);
	CHECK_IS(sizeof(data), tf_spool_write(spool, data, sizeof(data)));
	CHECK_IS(0, tf_spool_is_on_disk(spool));
	put_in(spool, "x");
	CHECK_IS(1, tf_spool_is_on_disk(spool));
	tf_spool_free(spool);
	spool = new_spool(TF_SPOOL_UNLIMITED);
	for (int i = 0; i < 20; i++)
		CHECK_IS(sizeof(data), tf_spool_write(spool, data, sizeof(data)));
	CHECK_IS(0, tf_spool_is_on_disk(spool));
	tf_spool_free(spool);
	options.limit = -2;
	FAILS(EINVAL, tf_spool_new(&options, &spool),
		"cannot make a spooled file with a limit below 0: Invalid argument");
	OK(tf_spool_new(NULL, &spool));
	tf_spool_free(spool);
}

/* What cannot ever be made is refused at once, and where it will be made is known at once. */
static void options_are_of_the_call(void)
{
	struct tf_spool_options options = {.file = {.dir = "sub", .prefix = "a/b"}, .limit = 1};
	char prefix[] = "early", suffix[] = ".txt";
	struct tf_spool *spool;
	const char *path;

	FAILS(EINVAL, tf_spool_new(&options, &spool),
		"cannot make a spooled file: Invalid argument");
	put_dir("sub", 0700);
	options.file.prefix = prefix;
	options.file.suffix = suffix;
	OK(tf_spool_new(&options, &spool));
	memcpy(prefix, "later", 5);
	memcpy(suffix, ".old", 4);
	CHECK(chdir("/") == 0);
	OK(tf_spool_rollover(spool, &path));
	CHECK(chdir(here) == 0);
	CHECK_IS(1, entries("sub"));
	CHECK(strncmp(path, in_here("sub/early"), strlen(here) + 10) == 0);
	CHECK(strcmp(path + strlen(path) - 4, ".txt") == 0);
	tf_spool_free(spool);
}

static void seeks(void)
{
	static const int64_t tried[] = {100, TF_SPOOL_DISK};

	for (int i = 0; i < 2; i++) {
		struct tf_spool *spool = new_spool(tried[i]);
		char text[4] = "";

		put_in(spool, "abc");
		CHECK_IS(3, tf_spool_tell(spool));
		CHECK_IS(1, QUIETLY(tf_spool_seek(spool, 1, SEEK_SET)));
		CHECK_IS(2, tf_spool_seek(spool, 1, SEEK_CUR));
		CHECK_IS(-EINVAL, QUIETLY(tf_spool_seek(spool, -3, SEEK_CUR)));
		CHECK(strstr(tf_error_text(), "cannot seek in "));
		CHECK_IS(-EINVAL, tf_spool_seek(spool, 0, SEEK_END + 1)); /* SEEK_DATA */
		CHECK_IS(-EINVAL, tf_spool_seek(spool, -1, SEEK_SET));
		CHECK_IS(-EINVAL, tf_spool_seek(spool, -4, SEEK_END));
		CHECK_IS(2, tf_spool_tell(spool));
		CHECK_IS(5, tf_spool_seek(spool, 2, SEEK_END));
		CHECK(tf_spool_seek(spool, INT64_MAX, SEEK_CUR) < 0);
		CHECK_IS(0, QUIETLY(tf_spool_read(spool, text, 4)));
		CHECK_IS(5, tf_spool_tell(spool));
		put_in(spool, "d");
		holds(spool, "abc\0\0d", 6);
		OK(tf_spool_truncate(spool, 2));
		CHECK_IS(6, tf_spool_tell(spool));
		OK(tf_spool_truncate(spool, 4));
		holds(spool, "ab\0\0", 4);
		FAILS(EINVAL, tf_spool_truncate(spool, -1), tf_error_text());
		CHECK(strstr(tf_error_text(), "cannot truncate "));
		tf_spool_free(spool);
	}
}

/* Positions near the end of all positions, and lengths that nothing has. */
static void far_away(void)
{
	static const int64_t tried[] = {100, TF_SPOOL_DISK, TF_SPOOL_UNLIMITED};
	const char *path;

	other_filesystem("memory"); /* where files may be that long */
	CHECK(chdir("memory") == 0);
	for (int i = 0; i < 3; i++) {
		struct tf_spool *spool = new_spool(tried[i]);

		put_in(spool, "abc");
		CHECK_IS(INT64_MAX - 1, tf_spool_seek(spool, INT64_MAX - 1, SEEK_SET));
		CHECK_IS(-EFBIG, QUIETLY(tf_spool_write(spool, "abc", 3)));
		CHECK_IS(INT64_MAX - 1, tf_spool_tell(spool));
		CHECK_IS(-EFBIG, tf_spool_write(spool, "abc", SIZE_MAX));
		OK(tf_spool_rollover(spool, &path));
		CHECK_IS(-EFBIG, QUIETLY(tf_spool_write(spool, "abc", 3)));
		holds(spool, "abc", 3);
		tf_spool_free(spool);
	}
	CHECK(chdir("..") == 0);
}

static void paths_and_descriptors(void)
{
	struct tf_spool *spool = new_spool(100);
	const char *path = "untouched";
	FILE *stream;
	int fd;

	put_in(spool, "abc");
	FAILS(ENOENT, tf_spool_path(spool, &path),
		"cannot give the path of a spooled file: No such file or directory");
	CHECK_TEXT("untouched", path);
	CHECK_IS(1, tf_spool_seek(spool, 1, SEEK_SET));
	fd = tf_spool_fd(spool);
	CHECK(fd >= 0 && tf_spool_is_on_disk(spool));
	CHECK_IS(1, lseek(fd, 0, SEEK_CUR));
	OK(tf_spool_path(spool, &path));
	CHECK(reads(path, "abc"));
	write_to(fd, "B");
	CHECK_IS(2, tf_spool_tell(spool));
	OK(tf_spool_stream(spool, "r+", &stream));
	CHECK_IS('c', fgetc(stream));
	CHECK_IS(EOF, fgetc(stream));
	CHECK_IS(3, tf_spool_tell(spool));
	clearerr(stream);
	CHECK_IS(0, fseek(stream, 0, SEEK_SET));
	CHECK_IS('a', fgetc(stream));
	CHECK_IS(1, tf_spool_tell(spool)); /* not what libc has read ahead */
	put_in(spool, "x");
	holds(spool, "axc", 3);
	CHECK_IS(0, fseek(stream, 0, SEEK_END));
	fputs("def", stream);
	CHECK_IS(6, tf_spool_size(spool));
	holds(spool, "axcdef", 6);
	tf_spool_free(spool);
	CHECK_IS(0, entries("."));
}

static void keeps_and_persists(void)
{
	struct tf_spool *spool = new_spool(100);
	const char *path;

	put_in(spool, "kept");
	OK(tf_spool_keep(spool, &path));
	CHECK(reads(path, "kept"));
	tf_spool_free(spool);
	CHECK_IS(1, entries("."));
	spool = new_spool(100);
	put_in(spool, "persisted");
	OK(tf_spool_persist(spool, "target", NULL));
	CHECK(reads("target", "persisted"));
	put_in(spool, " and more");
	tf_spool_free(spool);
	CHECK(reads("target", "persisted and more"));
	CHECK_IS(2, entries("."));
}

/* --- what fails --- */

static void a_failed_rollover_loses_nothing(void)
{
	struct tf_spool_options options = {.file = {.dir = "sub"}, .limit = 8};
	struct tf_spool *spool;

	OK(tf_spool_new(&options, &spool));
	put_in(spool, "12345678");
	CHECK_IS(4, tf_spool_seek(spool, 4, SEEK_SET));
	for (int i = 0; i < 3; i++) {
		CHECK_IS(-ENOENT, QUIETLY(tf_spool_write(spool, "abcdefgh", 8)));
		CHECK_TEXT(about("cannot make a file in ", "sub", ": No such file or directory"),
			tf_error_text());
		CHECK_IS(-ENOENT, QUIETLY(tf_spool_truncate(spool, 9)));
		CHECK_IS(4, tf_spool_tell(spool));
		CHECK_IS(0, tf_spool_is_on_disk(spool));
		holds(spool, "12345678", 8);
	}
	put_dir("sub", 0700);
	put_in(spool, "abcdefgh");
	holds(spool, "1234abcdefgh", 12);
	tf_spool_free(spool);
	CHECK_IS(0, entries("sub"));
}

static void a_full_disk_loses_nothing(void)
{
	struct tf_spool_options options = {.file = {.dir = "full"}, .limit = 6000};
	char data[6000];
	struct tf_spool *spool;

	private_mounts();
	put_dir("full", 0700);
	mount_at("tmpfs", "tmpfs", "full", "size=4k");
	memset(data, 'd', sizeof(data));
	OK(tf_spool_new(&options, &spool));
	CHECK_IS(6000, tf_spool_write(spool, data, 6000));
	CHECK_IS(-ENOSPC, QUIETLY(tf_spool_write(spool, data, 1)));
	CHECK(strstr(tf_error_text(), "No space left on device"));
	CHECK_IS(0, entries("full"));
	holds(spool, data, 6000);
	CHECK(mount("tmpfs", "full", "tmpfs", MS_REMOUNT, "size=8k") == 0);
	CHECK_IS(1, tf_spool_write(spool, data, 1));
	/* on disk likewise: position and size are what they were */
	CHECK_IS(-ENOSPC, tf_spool_write(spool, data, 6000));
	CHECK_IS(6001, tf_spool_size(spool));
	CHECK_IS(6001, tf_spool_tell(spool));
	tf_spool_free(spool);
	CHECK_IS(0, entries("full"));
}

static int reads_left;

static long failing_read(long nr, long a, long b, long c, long d, long e, long f)
{
	if (nr != SYS_read)
		return tf__sys_raw(nr, a, b, c, d, e, f);
	if (reads_left-- <= 0)
		return -EIO;
	return tf__sys_raw(nr, a, b, c > 4 ? 4 : c, d, e, f);
}

/* Half of it is not all of it. */
static void a_failed_read_is_not_the_end(void)
{
	struct tf_spool *spool = new_spool(TF_SPOOL_DISK);
	void *all;
	size_t len;

	put_in(spool, "0123456789");
	CHECK_IS(0, tf_spool_seek(spool, 0, SEEK_SET));
	reads_left = 2;
	tf__sys = failing_read;
	CHECK_IS(-EIO, QUIETLY(tf_spool_read_all(spool, &all, &len)));
	CHECK(strstr(tf_error_text(), "cannot read /"));
	reads_left = 100;
	OK(tf_spool_read_all(spool, &all, &len));
	tf__sys = tf__sys_raw;
	CHECK_IS(10, len);
	CHECK_TEXT("0123456789", all);
	free(all);
	tf_spool_free(spool);
}

static void without_memory(void)
{
	struct tf_spool_options options = {.file = {.dir = "."}, .limit = TF_SPOOL_UNLIMITED};
	struct tf_spool *spool;
	void *all;
	size_t len;

	tf__host_fails = 0;
	FAILS(ENOMEM, tf_spool_new(&options, &spool),
		"cannot make a spooled file: Cannot allocate memory");
	OK(tf_spool_new(&options, &spool));
	tf__host_fails = 0; /* where there is no memory there is disk */
	put_in(spool, "abc");
	CHECK_IS(1, tf_spool_is_on_disk(spool));
	tf__host_fails = 0;
	CHECK_IS(-ENOMEM, QUIETLY(tf_spool_read_all(spool, &all, &len)));
	CHECK_IS(-1, tf__host_fails);
	holds(spool, "abc", 3);
	tf_spool_free(spool);
}

/* --- tf_spool_collect --- */

static int give_piece(void *arg, const void **ret_data, size_t *ret_len)
{
	static const char *const pieces[] = {"one ", "", "two ", "three"};
	int *next = arg;

	if (*next == 99)
		return -ECANCELED;
	if (*next == 4)
		return 0;
	*ret_data = pieces[*next];
	*ret_len = strlen(pieces[*next]);
	++*next;
	return 1;
}

static void collects(void)
{
	static const int64_t tried[] = {0, 6, TF_SPOOL_UNLIMITED, TF_SPOOL_DISK};
	void *all;
	size_t len;
	int next;

	CHECK(setenv("TMPDIR", here, 1) == 0);
	for (int i = 0; i < 4; i++) {
		next = 0;
		OK(tf_spool_collect(give_piece, &next, tried[i], &all, &len));
		CHECK_IS(13, len);
		CHECK_TEXT("one two three", all);
		free(all);
		CHECK_IS(0, entries("."));
	}
	next = 99;
	CHECK_IS(-ECANCELED, QUIETLY(tf_spool_collect(give_piece, &next, 0, &all, &len)));
	CHECK(strncmp(tf_error_text(), "cannot collect what comes next: ", 32) == 0);
	next = 0;
	CHECK_IS(-EINVAL, QUIETLY(tf_spool_collect(give_piece, &next, -5, &all, &len)));
	CHECK_IS(0, entries("."));
}

const struct test spool_tests[] = {
	{"spool-limits", limits},
	{"spool-limits-with-a-name", limits_with_a_name},
	{"spool-options-are-of-the-call", options_are_of_the_call},
	{"spool-seeks", seeks},
	{"spool-far-away", far_away},
	{"spool-paths-and-descriptors", paths_and_descriptors},
	{"spool-keeps-and-persists", keeps_and_persists},
	{"spool-failed-rollover-loses-nothing", a_failed_rollover_loses_nothing},
	{"spool-full-disk-loses-nothing", a_full_disk_loses_nothing},
	{"spool-failed-read-is-not-the-end", a_failed_read_is_not_the_end},
	{"spool-without-memory", without_memory},
	{"spool-collects", collects},
	{NULL, NULL},
};
