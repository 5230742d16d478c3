/* inside.h: sessions that lie in another's private TMPDIR, as that of a `tmpguard run` in a run.
 *
 * The outer one's cleaner removes its tmp/ as a whole, and the processes of the inner one are no
 * members of the outer. While `run` lives it knows them as its descendants; its janitor has to ask.
 * Only sessions of our own, directly in tmp/, are meant.
 */
#ifndef TF_INSIDE_H
#define TF_INSIDE_H

#include "sys.h"

/* Is a session inside this one alive? As tf__members_alive; -EAGAIN when somebody holds its lock.
 * With `wait` first waits for that lock: for janitors, which hold no other then. */
int tf__inside_alive(int session, const char *path, unsigned asking, bool wait);

/* Is `path` a session directory directly inside the session `outer` (a path), and kept? */
bool tf__inside_is_kept(const char *outer, const char *path);

#endif
