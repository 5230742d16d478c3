/* shared.h: links in a private TMPDIR to what others have in the one around it (`run --share`). */
#ifndef TF_SHARED_H
#define TF_SHARED_H

#include "notes.h"

/* Is the entry `name` of `tmp`, a session's private TMPDIR, a link to that name in the directory
 * which the session's settings say entries are shared of? */
bool tf__is_shared(const struct tf_notes *settings, int tmp, const char *name);

#endif
