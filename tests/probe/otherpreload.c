/* otherpreload.c: a preload library of somebody else, as fakeroot or a tracer would be.
 *
 * It counts the calls that make a file or a directory and hands them on. The probe's word `others`
 * asks it whether it saw any.
 */
#define _GNU_SOURCE
#define _LARGEFILE64_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>

static atomic_int made;

int otherpreload_count(void);
int otherpreload_count(void)
{
	return atomic_load(&made);
}

static void *next(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	if (!function)
		abort();
	return function;
}

static void count_open(int flags)
{
	if (flags & O_CREAT)
		atomic_fetch_add(&made, 1);
}

static mode_t mode_of(int flags, va_list args)
{
	bool has_mode = flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;

	return has_mode ? va_arg(args, mode_t) : 0;
}

#define WRAP_OPEN(name)                                                                            \
	int name(const char *path, int flags, ...)                                                 \
	{                                                                                          \
		int (*real)(const char *, int, ...);                                               \
		va_list args;                                                                      \
		va_start(args, flags);                                                             \
		mode_t mode = mode_of(flags, args);                                                \
		va_end(args);                                                                      \
		*(void **)&real = next(#name);                                                     \
		count_open(flags);                                                                 \
		return real(path, flags, mode);                                                    \
	}

#define WRAP_OPENAT(name)                                                                          \
	int name(int dir, const char *path, int flags, ...)                                        \
	{                                                                                          \
		int (*real)(int, const char *, int, ...);                                          \
		va_list args;                                                                      \
		va_start(args, flags);                                                             \
		mode_t mode = mode_of(flags, args);                                                \
		va_end(args);                                                                      \
		*(void **)&real = next(#name);                                                     \
		count_open(flags);                                                                 \
		return real(dir, path, flags, mode);                                               \
	}

WRAP_OPEN(open)
WRAP_OPENAT(openat)
#ifdef __GLIBC__ /* elsewhere they are the same names */
WRAP_OPEN(open64)
WRAP_OPENAT(openat64)
#endif

int mkdir(const char *path, mode_t mode)
{
	int (*real)(const char *, mode_t);

	*(void **)&real = next("mkdir");
	atomic_fetch_add(&made, 1);
	return real(path, mode);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
	int (*real)(int, const char *, mode_t);

	*(void **)&real = next("mkdirat");
	atomic_fetch_add(&made, 1);
	return real(dir, path, mode);
}

int mkstemp(char *template)
{
	int (*real)(char *);

	*(void **)&real = next("mkstemp");
	atomic_fetch_add(&made, 1);
	return real(template);
}

char *mkdtemp(char *template)
{
	char *(*real)(char *);

	*(void **)&real = next("mkdtemp");
	atomic_fetch_add(&made, 1);
	return real(template);
}
