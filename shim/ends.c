/* ends.c: the orderly ends of a process.
 *
 * The clean-up has to come last: destructors and exit handlers still use temporary files. On glibc
 * a handler of on_exit, which belongs to no object, runs after all destructors when a constructor
 * has registered it, since it is older than the handler that runs them; and it is told the status.
 * On musl handlers run first and destructors after them. _exit and _Exit run neither (dash,
 * os._exit): they are wrapped. A death by a signal, or by the system call itself, is the janitor's.
 */
#include "bind.h"
#include "guard.h"
#include "libc.h"

static int told = -1; /* the status that exit or quick_exit was called with */

static void end_with_status(int status, void *unused)
{
	(void)unused;
	guard_end(status);
}

static void end_at_exit(void *unused)
{
	(void)unused;
	guard_end(told);
}

static void end_at_quick_exit(void)
{
	guard_end(told);
}

__attribute__((constructor)) static void at_start(void)
{
	if (!guard_is_root())
		return;
	guard_begin_reported();
	if (on_exit)
		(void)on_exit(end_with_status, NULL); /* if it fails, the janitor is there */
	if (__cxa_at_quick_exit)
		(void)__cxa_at_quick_exit(end_at_exit, NULL);
	else if (at_quick_exit)
		(void)at_quick_exit(end_at_quick_exit);
}

__attribute__((destructor)) static void at_unload(void)
{
	if (!on_exit)
		guard_end(told);
}

void exit(int status)
{
	told = status;
	NEXT(exit)(status);
	__builtin_unreachable();
}

void quick_exit(int status)
{
	told = status;
	NEXT(quick_exit)(status);
	__builtin_unreachable();
}

void _exit(int status)
{
	guard_end(status);
	(void)guard_give_memory_back();
	NEXT(_exit)(status);
	__builtin_unreachable();
}

void _Exit(int status)
{
	guard_end(status);
	(void)guard_give_memory_back();
	NEXT(_Exit)(status);
	__builtin_unreachable();
}
