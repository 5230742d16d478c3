/* sides.c: what lib_bench compares, for libtempfile and plain libc: `sides SIDE OPERATION` is a
 * worker.
 *
 * A worker reads a number for each round, does its operation as often, and prints how many
 * nanoseconds that took. Those in other languages, beside this file, do the same.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <tempfile.h>
#include <time.h>
#include <unistd.h>

enum { LARGE = 1 << 20, CONTENT = 1024 };

static char data[LARGE], back[LARGE];
static size_t amount; /* what a spool takes in */
static const char *dir;

static void check(int r)
{
	if (r < 0)
		errx(1, "%s", tf_error_text());
}

static void drawn_path(char *ret_path, size_t size)
{
	static unsigned n;

	snprintf(ret_path, size, "%s/raw%08x", dir, n++);
}

/* --- named files --- */

static void our_file(void)
{
	struct tf_file *file;

	check(tf_file_new(NULL, &file));
	tf_file_free(file);
}

static void raw_file(void)
{
	char path[4096];
	int fd;

	drawn_path(path, sizeof(path));
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || close(fd) < 0 || unlink(path) < 0)
		err(1, "%s", path);
}

static void libc_file(void)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/tmpXXXXXX", dir);
	fd = mkstemp(path);
	if (fd < 0 || close(fd) < 0 || unlink(path) < 0)
		err(1, "%s", path);
}

/* --- unnamed files --- */

static void our_anonymous(void)
{
	int fd = tf_anonymous(NULL);

	check(fd);
	close(fd);
}

static void raw_anonymous(void)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		err(1, "%s", dir);
	close(fd);
}

static void libc_anonymous(void)
{
	FILE *file = tmpfile();

	if (!file)
		err(1, "tmpfile");
	fclose(file);
}

/* --- directories --- */

static void our_dir(void)
{
	struct tf_dir *made;

	check(tf_dir_new(NULL, &made));
	tf_dir_free(made);
}

static void raw_dir(void)
{
	char path[4096];

	drawn_path(path, sizeof(path));
	if (mkdir(path, 0700) < 0 || rmdir(path) < 0)
		err(1, "%s", path);
}

static void libc_dir(void)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/tmpXXXXXX", dir);
	if (!mkdtemp(path) || rmdir(path) < 0)
		err(1, "%s", path);
}

/* --- spools: written, and read back --- */

static void our_spool(void)
{
	const struct tf_spool_options options = {.limit = LARGE};
	struct tf_spool *spool;

	check(tf_spool_new(&options, &spool));
	if (tf_spool_write(spool, data, amount) < 0 || tf_spool_seek(spool, 0, SEEK_SET) < 0 ||
		tf_spool_read(spool, back, amount) != (ssize_t)amount)
		errx(1, "spool");
	tf_spool_free(spool);
}

static void libc_spool(void)
{
	FILE *file = tmpfile();

	if (!file || fwrite(data, 1, amount, file) != amount)
		err(1, "tmpfile");
	rewind(file);
	if (fread(back, 1, amount, file) != amount)
		err(1, "tmpfile");
	fclose(file);
}

/* --- files that are replaced --- */

static void our_atomic(void)
{
	const struct tf_publish how = {.flags = TF_NO_SYNC};
	char target[4096];

	snprintf(target, sizeof(target), "%s/our-target", dir);
	check(tf_atomic_write(target, data, CONTENT, &how));
}

static void raw_atomic(void)
{
	char path[4096], target[4096];
	int fd;

	drawn_path(path, sizeof(path));
	snprintf(target, sizeof(target), "%s/raw-target", dir);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, data, CONTENT) != CONTENT || close(fd) < 0 ||
		rename(path, target) < 0)
		err(1, "%s", path);
}

static const struct {
	const char *side, *operation;
	void (*run)(void);
	size_t amount;
} works[] = {
	{"ours", "file", our_file, 0},
	{"raw", "file", raw_file, 0},
	{"libc", "file", libc_file, 0},
	{"ours", "anonymous", our_anonymous, 0},
	{"raw", "anonymous", raw_anonymous, 0},
	{"libc", "anonymous", libc_anonymous, 0},
	{"ours", "directory", our_dir, 0},
	{"raw", "directory", raw_dir, 0},
	{"libc", "directory", libc_dir, 0},
	{"ours", "spool100", our_spool, 100},
	{"libc", "spool100", libc_spool, 100},
	{"ours", "spool64K", our_spool, 65536},
	{"libc", "spool64K", libc_spool, 65536},
	{"ours", "spool1M", our_spool, LARGE},
	{"libc", "spool1M", libc_spool, LARGE},
	{"ours", "atomic", our_atomic, 0},
	{"raw", "atomic", raw_atomic, 0},
};

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void serve(void (*run)(void))
{
	char line[32];

	while (fgets(line, sizeof(line), stdin)) {
		long long start = now();

		for (long n = strtol(line, NULL, 10); n > 0; n--)
			run();
		printf("%lld\n", now() - start);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	dir = getenv("TMPDIR");
	memset(data, 'x', sizeof(data));
	for (size_t i = 0; argc == 3 && dir && i < sizeof(works) / sizeof(works[0]); i++)
		if (strcmp(works[i].side, argv[1]) == 0 &&
			strcmp(works[i].operation, argv[2]) == 0) {
			amount = works[i].amount;
			serve(works[i].run);
			return 0;
		}
	fprintf(stderr, "usage: TMPDIR=DIR sides SIDE OPERATION\n");
	return 2;
}
