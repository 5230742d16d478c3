/* reclaim.h: what is left when everything was killed at once goes with the next session. */
#ifndef TF_RECLAIM_H
#define TF_RECLAIM_H

#include "clean.h"

/* Is there any other session directory beside `path`? */
bool tf__has_others(const char *path);

/* Cleans the dead sessions beside `path`, which stay if anything of them is not proven. */
void tf__reclaim_others(const char *path, const struct tf_cleaning *how);

#endif
