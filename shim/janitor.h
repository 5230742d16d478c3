/* janitor.h: where the janitor lies, and its start. */
#ifndef SHIM_JANITOR_H
#define SHIM_JANITOR_H

#include "session.h"

/* M1: starts the janitor of a session: the one beside our own object, in ../libexec/tmpguard of its
 * directory, or where it was installed. `own_path` is the object's, "" if unknown. One thread at a
 * time. Should it not start, with -errno, nobody cleans after a death by a signal until a later
 * session. */
int janitor_start(const char *own_path, const struct tf_session *session);

#endif
