/* rights.c: a process that gives up root's rights for good, as daemons do, and goes on.
 *
 * Its session's cleaner has these rights, and does what the journal says. So the process loses what
 * it could still write there (guard_after_rights): whoever takes it over later is nobody's deputy.
 * One that can have its rights back is left as it is. The system calls themselves, made without
 * libc, are for one thread alone; syscall is sandbox.c's.
 */
#include <unistd.h>

#include "bind.h"
#include "guard.h"

int setuid(uid_t uid)
{
	int r = NEXT(setuid)(uid);

	if (r == 0)
		guard_after_rights();
	return r;
}

int seteuid(uid_t uid)
{
	int r = NEXT(seteuid)(uid);

	if (r == 0)
		guard_after_rights();
	return r;
}

int setreuid(uid_t real, uid_t effective)
{
	int r = NEXT(setreuid)(real, effective);

	if (r == 0)
		guard_after_rights();
	return r;
}

int setresuid(uid_t real, uid_t effective, uid_t saved)
{
	int r = NEXT(setresuid)(real, effective, saved);

	if (r == 0)
		guard_after_rights();
	return r;
}
