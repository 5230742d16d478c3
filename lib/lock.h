/* lock.h: who holds this lock is alive.
 *
 * flock belongs to an open file description. A mapping of the file keeps the description after its
 * descriptor is closed, so the lock lasts until the process execs or dies, however it dies; a
 * forked child has the mapping too. There is no descriptor that a program could close, and nothing
 * to do at the end. The mapping has no permissions and is never read: it cannot fault.
 *
 * That holds where the filesystem maps the file that was opened: ext4, tmpfs, xfs, btrfs, f2fs. On
 * overlayfs the mapping refers to the lower file and the lock is gone with the descriptor. There
 * the lock is a file in /dev/shm, and the session's own `lock` holds its path. In its next lines
 * that says what others need to judge the session (lock_content.h).
 */
#ifndef TF_LOCK_H
#define TF_LOCK_H

#include "lock_content.h"

struct tf_lock {
	void *page; /* NULL: not held */
};

/* Makes the lock of the session directory `path`, open as `session`, and holds it, shared. `tag` is
 * part of the stand-in's name. 0, or -errno and nothing is left; -ENOTSUP where no lock can be held
 * by a mapping. */
int tf__lock_make(int session, const char *path, const char *tag, struct tf_lock *ret_lock);

/* Holds an existing lock, shared, without waiting. -ENOENT: the session has ended; -EAGAIN:
 * somebody is cleaning it; -EPERM: it is not ours. */
int tf__lock_join(int session, struct tf_lock *ret_lock);

/* Lets go. The page stays mapped, so that no other thread's memory ever gets its address. */
void tf__lock_release(struct tf_lock *lock);

/* Takes the lock alone and gives its descriptor; waits for that if asked. -ENOENT: there is no
 * lock, or it has been removed meanwhile; -EAGAIN; -EPERM. */
int tf__lock_take(int session, bool wait);

/* enum tf_origin of the session, as far as its lock tells, or -errno. A session in a container
 * whose lock went with the container's own /dev/shm is of the past like one of another boot: an
 * overlay is mounted by nobody else, and nobody holds the directory. A copy is foreign, unless it
 * is of the past. */
int tf__lock_origin(int session);

/* Gives the path that the session was made under, if it leads to this very directory. -ENOLINK: it
 * does not, as in another mount namespace, or after a rename: then what is registered by path
 * cannot be found either, or what is found there is something else. Else -errno. */
int tf__lock_leads_here(int session, char ret_path[TF_LOCK_PATH]);

/* The lock alone, as tf__lock_take without waiting, of a session that is of the past: nobody holds
 * it but another cleaner. */
int tf__lock_take_dead(int session);

/* The inode of the file that is locked; or -errno. Who holds the lock maps it. */
int tf__lock_inode(int session, uint64_t *ret_ino);

/* Removes the lock file, and its stand-in before it, which nobody would find without it: if that
 * cannot go, both stay. The caller holds it alone. */
int tf__lock_remove(int session);

/* Where a lock and its stand-in are two files, a death before that is made, or between removing it
 * and the lock, leaves a lock without one: that goes. For a session without a lock to take. */
void tf__lock_remove_rest(int session);

/* Gives a file that was made without a name (O_TMPFILE) the name `path` in `dir`: only that makes
 * it seen. For journals, too. */
int tf__lock_link(int fd, int dir, const char *path);

#endif
