/* sandbox.c: a process that puts a seccomp filter on itself makes no system call on our account any
 * more, at its end neither, for the filter may kill it for that. What is left is the janitor's.
 *
 * libc has no function for seccomp: it is set by prctl, or by syscall as libseccomp does. A filter
 * that was there before the program began (a container's) is not meant.
 */
#include <stdarg.h>
#include <sys/prctl.h>

#include "bind.h"
#include "guard.h"
#include "sys.h"

enum { /* linux/seccomp.h; here because musl's compiler wrapper sees no kernel headers */
	SET_MODE_FILTER = 1,
	FILTER_FLAG_NEW_LISTENER = 1 << 3,
};

int prctl(int option, ...)
{
	unsigned long args[4];
	bool is_vfork_child;
	va_list rest;
	int r;

	va_start(rest, option);
	for (int i = 0; i < 4; i++) /* those that were not passed are passed on as they are found */
		args[i] = va_arg(rest, unsigned long);
	va_end(rest);
	is_vfork_child =
		option == PR_SET_SECCOMP && guard_is_vfork_child(); /* not to be asked after */
	r = NEXT(prctl)(option, args[0], args[1], args[2], args[3]);
	if (r == 0 && option == PR_SET_SECCOMP)
		guard_be_silent(is_vfork_child);
	return r;
}

/* Would this call, having succeeded, have set a filter? The answer may be a listener's number. */
static bool sets_filter(long number, const long *args, long answer)
{
	if (number == SYS_prctl)
		return answer == 0 && args[0] == PR_SET_SECCOMP;
	if (number != SYS_seccomp || args[0] > SET_MODE_FILTER)
		return false;
	return answer == 0 || (answer > 0 && args[1] & FILTER_FLAG_NEW_LISTENER);
}

/* Those of rights.c that go on to another root or other mounts; pivot_root has no function in libc.
 */
static bool leaves(long number)
{
	return number == SYS_unshare || number == SYS_setns || number == SYS_chroot ||
	       number == SYS_pivot_root;
}

long syscall(long number, ...)
{
	bool is_vfork_child = false;
	long args[6];
	va_list rest;
	long r;

	va_start(rest, number);
	for (int i = 0; i < 6; i++)
		args[i] = va_arg(rest, long);
	va_end(rest);
	if (number == SYS_prctl || number == SYS_seccomp)
		is_vfork_child = guard_is_vfork_child();
	if (leaves(number))
		guard_before_leaving();
	r = NEXT(syscall)(number, args[0], args[1], args[2], args[3], args[4], args[5]);
	if (sets_filter(number, args, r))
		guard_be_silent(is_vfork_child);
	if (number == SYS_setuid || number == SYS_setreuid || number == SYS_setresuid)
		guard_after_rights();
	return r;
}
