/* census.h: every process that there is gets asked. */
#ifndef TF_CENSUS_H
#define TF_CENSUS_H

#include "sys.h"

enum { TF_CENSUS_GONE = -ESRCH };

/* Asks a process, in the directory /proc: 0, and the census goes on; TF_CENSUS_GONE: it had ended
 * before it could be asked; else that ends the census. May be asked more than once. */
typedef int tf_census_fn(void *arg, int proc, int pid);

/* What has ended it, 0 when all have been asked, or -errno: -EAGAIN when that cannot be told.
 * Whoever is born meanwhile to a process that was asked is not asked. */
int tf__census(tf_census_fn *ask, void *arg);

#endif
