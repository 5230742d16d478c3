/* afterkill.h: what is owed is also removed when the process dies of what it cannot catch: this
 * process is the root of a session (session.h), whose janitor waits for its death.
 *
 * All but the first are called with signals blocked, and do nothing while none was asked for. */
#ifndef TF_AFTERKILL_H
#define TF_AFTERKILL_H

#include "registry.h"

/* tf_cleanup_after_kill. */
int tf__after_kill_begin(const char *janitor);

/* What item->record is, when it is no number. */
enum { TF_RECORD_NONE = -1, TF_RECORD_SETTLED = -2 };

/* R1: the item's name is about to be tried. What cannot be noted must not be made. */
int tf__after_kill_try(struct tf_item *item, bool is_dir);

/* R2: it was made. */
void tf__after_kill_made(struct tf_item *item, const struct tf_identity *id);

/* It was not made. */
void tf__after_kill_drop(struct tf_item *item);

/* It is there, and to stay. -errno: that could not be noted, and it would not. */
int tf__after_kill_keep(struct tf_item *item);

#endif
