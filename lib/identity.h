/* identity.h: which file this is, whatever its name. */
#ifndef TF_IDENTITY_H
#define TF_IDENTITY_H

#include "sys.h"

/* Device, inode and birth time. Inode numbers are given out again soon after a removal; birth time
 * and generation (generation.h) tell the new file from the old one. 0 where there is none. */
struct tf_identity {
	uint64_t dev, ino;
	int64_t born_sec;
	uint32_t born_nsec;
	uint32_t generation;
	uint32_t is_done; /* a mark of the journal's, while it sweeps */
	uint32_t pad;
};

/* As far as stat tells: without the generation. */
struct tf_identity tf__identity(const struct tf_stat *stat);

/* An identity without a generation is like any. */
bool tf__same(const struct tf_identity *a, const struct tf_identity *b);

static inline bool tf__is_dir(const struct tf_stat *stat)
{
	return (stat->mode & 0170000) == 0040000;
}

static inline bool tf__is_file(const struct tf_stat *stat)
{
	return (stat->mode & 0170000) == 0100000;
}

enum { TF_IDENTITY_SIZE = 96 }; /* four numbers */

/* As a line of text, without a newline. */
void tf__identity_write(const struct tf_identity *id, char ret_line[TF_IDENTITY_SIZE]);

#endif
