/* inuse.h: what living processes have open, mapped, as their directory, or were told to use, by
 * procfs. */
#ifndef TF_INUSE_H
#define TF_INUSE_H

#include "hashes.h"

/* What some processes use, all together. Zero-initialised: nothing, and to be begun. */
struct tf_in_use {
	struct tf_hashes paths; /* by name, with all directories above */
	struct tf_hashes files; /* by device and inode, whatever their names */
	char *scratch;          /* mapped: room for two texts */
	uint64_t wanted;        /* an inode that is looked for in mappings, or 0: they are added */
	bool is_found;          /* it was there */
	bool has_maps;          /* of the process at hand: some thread has told them */
};

int tf__in_use_begin(struct tf_in_use *use);
void tf__in_use_end(struct tf_in_use *use);

/* Adds what the process `pid` and its threads use. 0 or -errno: it could not all be read. A process
 * that ends meanwhile may be read in part, which is no error. */
int tf__in_use_add(struct tf_in_use *use, int pid);

/* Is this file used, whatever its name? */
bool tf__in_use_file(const struct tf_in_use *use, const struct tf_identity *id);

/* Does the process map a file of this inode? 1, 0, or -errno. */
int tf__in_use_maps(struct tf_in_use *use, int pid, uint64_t ino);

#endif
