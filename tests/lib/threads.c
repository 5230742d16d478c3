/* threads.c: threads make and remove files at once, forks in between; under ThreadSanitizer.
 *
 *	threads THREADS FILES [JANITOR]
 *
 * Each thread makes and frees so many files, and each hundredth time a directory, a spool and an
 * atomic write. Meanwhile the main thread forks: the child makes a file, and its name is not the
 * one that its parent makes next. JANITOR: all that with a session.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys.h"
#include "tempfile.h"

enum { THREADS_MAX = 64, NAME = 256 };

static int files;
static int running;

static void need(int r)
{
	if (r < 0)
		errx(1, "%s", tf_error_text());
}

/* ThreadSanitizer has to see whose memory is whose, and sees libc only. */
static long by_libc(long nr, long a, long b, long c, long d, long e, long f)
{
	int error = errno;
	long r;

	if (nr == SYS_mmap)
		r = (long)mmap((void *)a, (size_t)b, (int)c, (int)d, (int)e, f);
	else if (nr == SYS_munmap)
		r = munmap((void *)a, (size_t)b);
	else if (nr == SYS_mremap)
		r = (long)mremap((void *)a, (size_t)b, (size_t)c, (int)d);
	else
		return tf__sys_raw(nr, a, b, c, d, e, f);
	if (r == -1)
		r = -errno;
	errno = error;
	return r;
}

static void make_others(int number)
{
	char target[64];
	struct tf_spool_options options = {.limit = 1};
	struct tf_spool *spool;
	struct tf_dir *dir;

	need(tf_dir_new(NULL, &dir));
	need(tf_dir_file(dir, "a/b", "x", 1));
	tf_dir_free(dir);
	need(tf_spool_new(&options, &spool));
	need((int)tf_spool_write(spool, "xx", 2));
	tf_spool_free(spool);
	snprintf(target, sizeof(target), "target-%d", number);
	need(tf_atomic_write(target, "whole", 5, &(struct tf_publish){.flags = TF_NO_SYNC}));
}

static void *make_and_free(void *arg)
{
	int number = *(int *)arg;

	for (int i = 0; i < files; i++) {
		struct tf_file *file;

		need(tf_file_new(NULL, &file));
		if (write(tf_file_fd(file), "x", 1) != 1)
			err(1, "write");
		tf_file_free(file);
		if (i % 100 == 0)
			make_others(number);
	}
	__atomic_sub_fetch(&running, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void make_name(char name[NAME])
{
	struct tf_file *file;

	need(tf_file_new(NULL, &file));
	snprintf(name, NAME, "%s", strrchr(tf_file_path(file), '/') + 1);
	tf_file_free(file);
}

/* In the child exit handlers run, and find nothing that is theirs. */
static void child(int fd)
{
	char name[NAME] = "";

	make_name(name);
	if (write(fd, name, NAME) != NAME)
		_exit(1);
	exit(0);
}

static void fork_once(void)
{
	char theirs[NAME], ours[NAME];
	int fds[2], status;
	pid_t pid;

	if (pipe(fds) < 0 || (pid = fork()) < 0)
		err(1, "fork");
	if (pid == 0)
		child(fds[1]);
	make_name(ours);
	if (read(fds[0], theirs, NAME) != NAME || waitpid(pid, &status, 0) != pid || status != 0)
		errx(1, "a child ended with %x", (unsigned)status);
	close(fds[0]);
	close(fds[1]);
	if (strcmp(ours, theirs) == 0)
		errx(1, "the same name after fork: %s", ours);
}

int main(int argc, char **argv)
{
	int count = argc > 2 ? atoi(argv[1]) : 0, forks = 0;
	pthread_t threads[THREADS_MAX];
	int numbers[THREADS_MAX];

	if (count < 1 || count > THREADS_MAX)
		errx(2, "usage: threads THREADS FILES [JANITOR]");
	files = atoi(argv[2]);
	tf__sys = by_libc;
	if (argc > 3)
		need(tf_cleanup_after_kill(argv[3]));
	running = count;
	for (int i = 0; i < count; i++) {
		numbers[i] = i;
		if (pthread_create(&threads[i], NULL, make_and_free, &numbers[i]) != 0)
			errx(1, "no thread");
	}
	for (; __atomic_load_n(&running, __ATOMIC_ACQUIRE) > 0; forks++) {
		fork_once();
		usleep(1000);
	}
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	printf("%d forks\n", forks);
	return 0;
}
