/* ends.c: the orderly ends of a process.
 *
 * The clean-up has to come last: destructors and exit handlers still use temporary files. On glibc
 * a handler that is registered by a constructor without an object of its own runs after all
 * destructors, since it is older than the one that runs them. On musl handlers run first and
 * destructors after them. _exit and _Exit run neither (dash, os._exit): they are wrapped.
 * A death by a signal, or by the system call itself, is the janitor's.
 */
#include "bind.h"
#include "guard.h"
#include "libc.h"

static void end_at_exit(void *unused)
{
	(void)unused;
	guard_end();
}

static void end_at_quick_exit(void)
{
	guard_end();
}

__attribute__((constructor)) static void at_start(void)
{
	if (!guard_is_root())
		return;
	if (__cxa_atexit && gnu_get_libc_version)
		(void)__cxa_atexit(end_at_exit, NULL, NULL); /* if it fails, the janitor is there */
	if (__cxa_at_quick_exit)
		(void)__cxa_at_quick_exit(end_at_exit, NULL);
	else if (at_quick_exit)
		(void)at_quick_exit(end_at_quick_exit);
}

__attribute__((destructor)) static void at_unload(void)
{
	if (!gnu_get_libc_version)
		guard_end();
}

void _exit(int status)
{
	guard_end();
	NEXT(_exit)(status);
	__builtin_unreachable();
}

void _Exit(int status)
{
	guard_end();
	NEXT(_Exit)(status);
	__builtin_unreachable();
}
