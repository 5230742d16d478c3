/* writing.h: all of it. */
#ifndef TF_WRITING_H
#define TF_WRITING_H

#include "sys.h"

/* Writes all of it at the descriptor's position: 0 or -errno, and then some of it may be there. */
int tf__write_all(int fd, const void *data, size_t len);

#endif
