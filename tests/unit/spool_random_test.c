/* spool_random_test.c: a spool and a plain file are told the same, at random, and have to answer
 * the same and to hold the same.
 *
 * SPOOL_OPERATIONS is how many (50000), SPOOL_SEED where the numbers begin; said when it fails.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "objects.h"

enum {
	OPERATIONS = 50000,
	LIFE = 300, /* operations, on average, before both begin again */
	LOOK = 16,  /* one of so many is followed by a look at all of the content */
	LONGEST = 200,
};

static struct {
	struct tf_spool *spool;
	FILE *stream;
	int fd; /* the plain file's */
	int64_t limit;
	uint64_t random;
} both;

static unsigned below(unsigned n)
{
	both.random = both.random * 6364136223846793005U + 1442695040888963407U;
	return (unsigned)(both.random >> 33) % n;
}

/* Around the limit, mostly. */
static int64_t some_length(void)
{
	unsigned around = both.limit > 0 && both.limit < LONGEST ? (unsigned)both.limit : 70;

	return below(8) == 0 ? below(LONGEST) : below(around + around / 2 + 2);
}

static void begin(void)
{
	struct tf_spool_options options = {.file = {.dir = "."}, .limit = both.limit};

	OK(tf_spool_new(&options, &both.spool));
	both.fd = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (both.fd < 0) {
		both.fd = open("plain", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		CHECK(both.fd >= 0 && unlink("plain") == 0);
	}
	both.stream = NULL;
}

static void end(void)
{
	tf_spool_free(both.spool);
	close(both.fd);
	CHECK_IS(0, entries("."));
}

static void fill(char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (char)('a' + below(26));
}

/* --- each of what can be asked, of both --- */

static void write_some(void)
{
	char data[LONGEST * 2];
	size_t len = (size_t)some_length();

	fill(data, len);
	CHECK_IS(write(both.fd, data, len), tf_spool_write(both.spool, data, len));
}

static void read_some(void)
{
	char ours[LONGEST * 2], plain[LONGEST * 2];
	size_t len = (size_t)some_length();
	ssize_t got = tf_spool_read(both.spool, ours, len);

	CHECK_IS(read(both.fd, plain, len), got);
	CHECK(memcmp(ours, plain, (size_t)got) == 0);
}

static void read_all(void)
{
	static char plain[1 << 16];
	ssize_t got = read(both.fd, plain, sizeof(plain));
	void *ours;
	size_t len;

	CHECK_IS(0, tf_spool_read_all(both.spool, &ours, &len));
	CHECK_IS(got, len);
	CHECK(memcmp(ours, plain, len) == 0);
	free(ours);
}

static void seek(void)
{
	int whence = (int)below(3);
	int64_t to = some_length() - (whence == SEEK_SET ? 3 : LONGEST / 4);
	int64_t expected = lseek(both.fd, to, whence);

	CHECK_IS(expected < 0 ? -errno : expected, tf_spool_seek(both.spool, to, whence));
}

static void truncate_both(void)
{
	int64_t size = some_length();

	CHECK_IS(ftruncate(both.fd, size), tf_spool_truncate(both.spool, size));
}

static void tell(void)
{
	int64_t limit = both.limit != 0 ? both.limit : TF_SPOOL_DEFAULT;
	struct stat stat;

	CHECK_IS(lseek(both.fd, 0, SEEK_CUR), tf_spool_tell(both.spool));
	CHECK(fstat(both.fd, &stat) == 0);
	CHECK_IS(stat.st_size, tf_spool_size(both.spool));
	if (stat.st_size > limit)
		CHECK_IS(1, tf_spool_is_on_disk(both.spool));
}

static void roll_over(void)
{
	const char *path;

	if (below(LIFE / 10) != 0)
		return;
	CHECK_IS(0, tf_spool_rollover(both.spool, &path));
	CHECK(there(path));
}

static void by_descriptor(void)
{
	char data[LONGEST * 2];
	size_t len = (size_t)some_length();
	int fd = below(10) == 0 || tf_spool_is_on_disk(both.spool) ? tf_spool_fd(both.spool) : -1;

	if (fd < 0)
		return;
	fill(data, len);
	CHECK_IS(write(both.fd, data, len), write(fd, data, len));
}

/* What is written to the stream is left in it as often as not. */
static void by_stream(void)
{
	char data[LONGEST * 2], plain[LONGEST * 2];
	size_t len = (size_t)some_length();

	if (!tf_spool_is_on_disk(both.spool))
		return;
	CHECK_IS(0, tf_spool_stream(both.spool, "r+", &both.stream));
	CHECK_IS(0, fflush(both.stream));
	if (below(2)) {
		fill(data, len);
		CHECK_IS(len, fwrite(data, 1, len, both.stream));
		CHECK_IS(len, write(both.fd, data, len));
	} else {
		CHECK_IS(read(both.fd, plain, len), fread(data, 1, len, both.stream));
		clearerr(both.stream);
		CHECK_IS(0, fflush(both.stream));
	}
	if (below(2))
		CHECK_IS(0, fflush(both.stream));
}

static void look(void)
{
	off_t at = lseek(both.fd, 0, SEEK_CUR);

	CHECK_IS(at, tf_spool_tell(both.spool));
	CHECK_IS(lseek(both.fd, 0, SEEK_SET), tf_spool_seek(both.spool, 0, SEEK_SET));
	read_all();
	CHECK_IS(lseek(both.fd, at, SEEK_SET), tf_spool_seek(both.spool, at, SEEK_SET));
}

static long failing_call;

static long without_disk(long nr, long a, long b, long c, long d, long e, long f)
{
	return nr == failing_call ? -ENOSPC : tf__sys_raw(nr, a, b, c, d, e, f);
}

/* In memory, and neither more memory nor a disk is to be had: what fails has changed nothing. */
static void write_in_need(void)
{
	static const long calls[] = {SYS_openat, SYS_write, SYS_lseek, SYS_statx};
	char data[LONGEST * 2];
	size_t len = (size_t)some_length();
	ssize_t r;

	if (tf_spool_is_on_disk(both.spool))
		return;
	fill(data, len);
	failing_call = calls[below(4)];
	tf__sys = without_disk;
	tf__host_fails = below(2) ? 0 : -1;
	r = tf_spool_write(both.spool, data, len);
	tf__host_fails = -1;
	tf__sys = tf__sys_raw;
	if (r >= 0)
		CHECK_IS(write(both.fd, data, len), r);
	else
		look();
}

static void do_one(void)
{
	static void (*const operations[])(void) = {
		write_some,
		write_some,
		write_some,
		read_some,
		read_some,
		read_all,
		seek,
		seek,
		truncate_both,
		tell,
		roll_over,
		by_descriptor,
		by_stream,
		write_in_need,
	};

	operations[below(sizeof(operations) / sizeof(operations[0]))]();
	if (below(LOOK) == 0)
		look();
}

static unsigned long number_of(const char *variable, unsigned long otherwise)
{
	const char *value = getenv(variable);

	return value ? strtoul(value, NULL, 10) : otherwise;
}

static void as_a_plain_file(void)
{
	static const int64_t limits[] = {1, 8, 64, TF_SPOOL_DISK, TF_SPOOL_UNLIMITED, 0};
	unsigned long seed =
		number_of("SPOOL_SEED", (unsigned long)time(NULL) ^ (unsigned)getpid());
	unsigned long left = number_of("SPOOL_OPERATIONS", OPERATIONS);

	alarm(0);
	go_to_memory();
	both.random = seed;
	snprintf(check_note, sizeof(check_note), "SPOOL_SEED=%lu", seed);
	while (left > 0) {
		both.limit = limits[below(6)];
		begin();
		do {
			do_one();
			left--;
		} while (left > 0 && below(LIFE) != 0);
		look();
		end();
	}
	check_note[0] = '\0';
}

const struct test spool_random_tests[] = {
	{"spool-as-a-plain-file", as_a_plain_file},
	{NULL, NULL},
};
