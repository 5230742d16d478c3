/* identity.h: which file this is, whatever its name. */
#ifndef TF_IDENTITY_H
#define TF_IDENTITY_H

#include "sys.h"

/* Device, inode and birth time. Inode numbers are given out again soon after a removal; the birth
 * time tells the new file from the old one. Filesystems without birth times give 0 for it. */
struct tf_identity {
	uint64_t dev, ino;
	int64_t born_sec;
	uint32_t born_nsec;
	uint32_t is_done; /* a mark of the journal's, while it sweeps */
};

struct tf_identity tf__identity(const struct tf_stat *stat);
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
