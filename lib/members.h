/* members.h: processes that are alive although they hold no lock.
 *
 * Between an exec and the new image's constructor nobody holds the lock for that process, and an
 * image that loads no shim (static, set-user-ID) never takes it. So whoever execs or spawns writes
 * the number down first. The table is a sparse file with a place for each pid: no search, no lock,
 * no growth beyond 16 bytes for each number that the kernel gives out.
 *
 * An image that has joined tells of its children; one that has not, and cannot, may have had some
 * that nobody has told of. So who joins takes the mark of a stranger out of its entry, and where
 * one is left, processes are asked for the session in their environment.
 *
 * An entry is never taken back. It stands for a process of that number that started no later than
 * the entry was made; when that one is dead, a later process of the same number is not meant.
 */
#ifndef TF_MEMBERS_H
#define TF_MEMBERS_H

#include "sys.h"

/* X1, S3: writes process `pid` down as of now. `spawns` marks one that is about to make children
 * whose numbers it does not know yet (S1). 0 or -errno. Async-signal-safe, vfork-safe. */
int tf__members_add(int session, int pid, bool spawns);

/* What is left when the table could not be written (no descriptor, no disk space, a file-size
 * limit): the session, by its path, is marked as one with members that are in no table, and whoever
 * cleans asks all processes. Takes none of these. */
void tf__members_mark_unwritten(const char *path);

/* J1: this process, `pid`, has joined. */
void tf__members_greet(int session, int pid);

/* J3: is this process, `pid`, in the table? */
bool tf__members_has(int session, int pid);

enum tf_asking {
	TF_MEMBERS_HOME = 1, /* we are in the pid namespace of the session's root: every member is
				in it or in one below, which we can see into */
	TF_MEMBERS_SCAN = 2, /* look for processes by their environment in any case */
	TF_MEMBERS_GATE = 4, /* our own mark as one that spawns is past (G3) */
};

/* Was the living process `pid` started with the session of this path in its environment? 1, 0, or
 * -EAGAIN: it is in the middle of an exec. 0 for one whose environment we may not read, too. */
int tf__members_ask(int pid, const char *path);

/* Is a member alive in another pid namespace, where its number says nothing here? The pid of some
 * process there, 0, or -errno. */
int tf__members_elsewhere(int session);

/* C2: the pid of a process to wait for since a member is alive, 0 when there is none, or -errno
 * when that cannot be told (then there may be one; -EAGAIN: later perhaps). `path` is the
 * session's, to find by the environment those who could not be written down. */
int tf__members_alive(int session, const char *path, unsigned asking);

#endif
