/* chain.h: what a session keeps, the sessions around it keep, too.
 *
 * A `tmpguard run` inside another has its session in the outer one's private TMPDIR, which goes as
 * a whole: what is to stay has to be written down there as well, and in the one around that.
 */
#ifndef TOOLS_CHAIN_H
#define TOOLS_CHAIN_H

#include "outcome.h"
#include "records.h"

/* Adds a canonical path to what is kept by a session (the value of a TMPGUARD_SESSION) and by all
 * around it that have not ended. 0, or -errno: -EINVAL no session's name, -ENOENT it has ended,
 * -EPERM not this user's, -EFBIG it keeps too many paths. */
int chain_keep(const char *session, const char *path);

/* After an inner run has cleaned: what it keeps is for the outer ones to keep. Complains when that
 * could not be written down. */
void chain_keep_outcome(const struct outcome *outcome, const struct records *report);

#endif
