/* libc.h: the little that the shim takes from libc by name.
 *
 * All are weak and without a version, so that one object loads into glibc and musl programs. */
#ifndef SHIM_LIBC_H
#define SHIM_LIBC_H

#include <stddef.h>

extern char **environ __attribute__((weak));
extern int *__errno_location(void) __attribute__((weak));
extern unsigned long getauxval(unsigned long) __attribute__((weak));
extern const char *gnu_get_libc_version(void) __attribute__((weak));
extern int on_exit(void (*)(int, void *), void *) __attribute__((weak)); /* glibc */
extern void *malloc(size_t) __attribute__((weak));
extern int __cxa_at_quick_exit(void (*)(void *), void *) __attribute__((weak)); /* glibc */
extern int at_quick_exit(void (*)(void)) __attribute__((weak));                 /* musl */

static inline int shim_errno(void)
{
	return __errno_location ? *__errno_location() : 0;
}

static inline void shim_set_errno(int error)
{
	if (__errno_location)
		*__errno_location() = error;
}

#endif
