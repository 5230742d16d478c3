/* publish.h: a file gets its final name. */
#ifndef TF_PUBLISH_H
#define TF_PUBLISH_H

#include "owned.h"

/* Gives the file that `owned` stands for, by its open descriptor or, where that is closed, by its
 * path, the name `target`. Then it is nobody's to remove and owned->path is absolute and the new
 * one. On failure nothing has changed: neither the target nor whose the file is. *ret_step, even
 * then: what was being done, as in "cannot STEP target". */
int tf__publish(struct tf_owned *owned, const char *target, const struct tf_publish *how,
	const char **ret_step);

/* The process's umask, which is not touched. */
unsigned tf__umask(void);

#endif
