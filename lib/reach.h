/* reach.h: do the paths that a dead session has written down lead to its files from here?
 *
 * A session may be seen through another path than the one it was made under: from outside the
 * container whose volume it lies on, or after a rename. And a program may have had a /tmp of its
 * own while its session lay on a disk that all see. What is not found by such a path is not gone:
 * the session stays for who sees it as its makers did.
 */
#ifndef TF_REACH_H
#define TF_REACH_H

#include "sys.h"

/* For an open session directory; `is_past`: of another boot, by which the temp roots may have been
 * made anew. 0; -ENOLINK; or what hindered. */
int tf__reach(int session, bool is_past);

#endif
