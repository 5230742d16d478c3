/* wrongpreload.c: wrappers with a fault, for tests of the tests: which is in the variable WRONG.
 *
 * Each is a mistake that a wrapper of open or mkdir can make; without WRONG they are right.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_wrong(const char *fault)
{
	const char *wanted = getenv("WRONG");

	return wanted && strcmp(wanted, fault) == 0;
}

static void *next(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (!function)
		abort();
	return function;
}

static __attribute__((noinline)) void use_stack(void)
{
	volatile char much[16384];

	for (size_t i = 0; i < sizeof(much); i += 512)
		much[i] = 1;
}

/* What is wrong before the call. */
static void spoil(const char *path, int *flags, mode_t *mode)
{
	if (is_wrong("mode"))
		*mode |= 0666;
	if (is_wrong("cloexec"))
		*flags |= O_CLOEXEC;
	if (is_wrong("no-excl"))
		*flags &= ~O_EXCL;
	if (is_wrong("no-append"))
		*flags &= ~O_APPEND;
	if (is_wrong("looks-at-path") && (*flags & O_CREAT) && strlen(path) == 1)
		*flags = 0;
	if (is_wrong("reads-on") && (*flags & O_CREAT) && path[strlen(path) + 1] == 'x')
		*flags = 0;
	if (is_wrong("mode-without-creat") && !(*flags & O_CREAT) && (*mode & 07777) == 0600)
		*flags |= O_CREAT;
	if (is_wrong("stack"))
		use_stack();
}

/* And after it. */
static int answer(int answer)
{
	if (is_wrong("errno") && answer >= 0)
		errno = 0;
	if (is_wrong("error") && answer < 0)
		errno = EINVAL;
	if (is_wrong("fd") && answer >= 0) {
		int higher = fcntl(answer, F_DUPFD, answer + 1);
		close(answer);
		return higher;
	}
	return answer;
}

int open(const char *path, int flags, ...)
{
	int (*real)(const char *, int, mode_t);
	int state = 0;
	va_list args;

	va_start(args, flags);
	mode_t mode = va_arg(args, mode_t);
	va_end(args);
	*(void **)&real = next("open");
	spoil(path, &flags, &mode);
	if (is_wrong("cancel"))
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	int fd = answer(real(path, flags, mode));
	if (is_wrong("cancel"))
		pthread_setcancelstate(state, NULL);
	return fd;
}

int openat(int dir, const char *path, int flags, ...)
{
	int (*real)(int, const char *, int, mode_t);
	va_list args;

	va_start(args, flags);
	mode_t mode = va_arg(args, mode_t);
	va_end(args);
	*(void **)&real = next("openat");
	spoil(path, &flags, &mode);
	if (is_wrong("dir"))
		dir = AT_FDCWD;
	return answer(real(dir, path, flags, mode));
}

int mkdir(const char *path, mode_t mode)
{
	int (*real)(const char *, mode_t);

	*(void **)&real = next("mkdir");
	if (is_wrong("mode"))
		mode |= 0777;
	return answer(real(path, mode));
}
