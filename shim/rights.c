/* rights.c: a process that gives up root's rights for good, as daemons do, and goes on.
 *
 * Its session's cleaner has these rights, and does what the journal says. So the process loses what
 * it could still write there (guard_after_rights): whoever takes it over later is nobody's deputy.
 * One that can have its rights back is left as it is.
 *
 * Its files are its own as before, whatever it execs then, when it cannot reach its session any
 * more: so it is written down as a member while it can be. So is who changes its root directory, or
 * has mounts of its own from now on, which may hide the session.
 *
 * The system calls themselves, made without libc, are for one thread alone; syscall is sandbox.c's.
 */
#include <unistd.h>

#include "bind.h"
#include "guard.h"

static int after(int r)
{
	if (r == 0)
		guard_after_rights();
	return r;
}

int setuid(uid_t uid)
{
	guard_before_leaving();
	return after(NEXT(setuid)(uid));
}

int seteuid(uid_t uid)
{
	guard_before_leaving();
	return after(NEXT(seteuid)(uid));
}

int setreuid(uid_t real, uid_t effective)
{
	guard_before_leaving();
	return after(NEXT(setreuid)(real, effective));
}

int setresuid(uid_t real, uid_t effective, uid_t saved)
{
	guard_before_leaving();
	return after(NEXT(setresuid)(real, effective, saved));
}

int chroot(const char *path)
{
	guard_before_leaving();
	return NEXT(chroot)(path);
}

int unshare(int flags)
{
	guard_before_leaving();
	return NEXT(unshare)(flags);
}

int setns(int fd, int kind)
{
	guard_before_leaving();
	return NEXT(setns)(fd, kind);
}
