/* marker.c: a preload for collect.sh: says which function of libc is about to make a file.
 *
 * strace sees system calls only, and tmpguard's library sees calls of functions: fopen and what
 * libc does for itself never come by there. Before each call that may create something, one that
 * fails is made, which tells: access("/idiom/FUNCTION/ARGUMENT"). At the start
 * access("/idiom/exe/PATH").
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void mark(const char *function, const char *argument)
{
	char path[1024];

	if (strlen(function) + strlen(argument) + 16 > sizeof(path))
		return;
	strcpy(path, "/idiom/");
	strcat(strcat(strcat(path, function), "/"), argument);
	syscall(SYS_faccessat, AT_FDCWD, path, F_OK);
}

__attribute__((constructor)) static void tell_program(void)
{
	char path[512];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[len < 0 ? 0 : len] = '\0';
	mark("exe", path);
}

#define NEXT(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))

#define READ_MODE(mode, flags)                                                                     \
	mode_t mode = 0;                                                                           \
	va_list rest;                                                                              \
	va_start(rest, flags);                                                                     \
	if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE)                                   \
		mode = va_arg(rest, mode_t);                                                       \
	va_end(rest);

#define OPEN(name)                                                                                 \
	extern int name(const char *path, int flags, ...);                                         \
	int name(const char *path, int flags, ...)                                                 \
	{                                                                                          \
		READ_MODE(mode, flags) if (flags & O_CREAT) mark(#name, path);                     \
		return NEXT(name)(path, flags, mode);                                              \
	}

#define OPENAT(name)                                                                               \
	extern int name(int dir, const char *path, int flags, ...);                                \
	int name(int dir, const char *path, int flags, ...)                                        \
	{                                                                                          \
		READ_MODE(mode, flags)                                                             \
		if (flags & O_CREAT)                                                               \
			mark(dir == AT_FDCWD || path[0] == '/' ? #name : #name "-below", path);    \
		return NEXT(name)(dir, path, flags, mode);                                         \
	}

OPEN(open)
OPEN(open64)
OPEN(__open)
OPEN(__open64)
OPENAT(openat)
OPENAT(openat64)

#define MAKE(type, name, parameters, arguments, template)                                          \
	extern type name parameters;                                                               \
	type name parameters                                                                       \
	{                                                                                          \
		mark(#name, template);                                                             \
		return NEXT(name) arguments;                                                       \
	}

MAKE(int, creat, (const char *path, mode_t mode), (path, mode), path)
MAKE(int, creat64, (const char *path, mode_t mode), (path, mode), path)
MAKE(int, mkdir, (const char *path, mode_t mode), (path, mode), path)
MAKE(int, mkdirat, (int dir, const char *path, mode_t mode), (dir, path, mode), path)
MAKE(int, mkstemp, (char *template), (template), template)
MAKE(int, mkstemp64, (char *template), (template), template)
MAKE(int, mkostemp, (char *template, int flags), (template, flags), template)
MAKE(int, mkostemp64, (char *template, int flags), (template, flags), template)
MAKE(int, mkstemps, (char *template, int len), (template, len), template)
MAKE(int, mkstemps64, (char *template, int len), (template, len), template)
MAKE(int, mkostemps, (char *template, int len, int flags), (template, len, flags), template)
MAKE(int, mkostemps64, (char *template, int len, int flags), (template, len, flags), template)
MAKE(char *, mkdtemp, (char *template), (template), template)
