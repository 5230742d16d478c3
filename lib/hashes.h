/* hashes.h: a set of files and of paths, each kept as a number of 64 bits.
 *
 * Two of them may have the same number: then the set says that it holds what it does not. So it is
 * for what is in doubt to stay.
 */
#ifndef TF_HASHES_H
#define TF_HASHES_H

#include "identity.h"

/* In mapped memory that grows. Zero-initialised: empty. */
struct tf_hashes {
	uint64_t *at;
	size_t n, size; /* size: a power of 2, or 0 */
	int error;      /* -ENOMEM: something is missing; then it holds everything */
};

void tf__hashes_free(struct tf_hashes *set);

void tf__hashes_add(struct tf_hashes *set, uint64_t number);
bool tf__hashes_hold(const struct tf_hashes *set, uint64_t number);

/* A file, by device and inode; by its inode alone where the device is not to be trusted. */
uint64_t tf__hash_file(const struct tf_identity *id);
uint64_t tf__hash_inode(uint64_t ino);

/* An absolute path, and all directories above it. Others are passed over. */
void tf__hashes_add_path(struct tf_hashes *set, const char *path);

/* The path itself alone. */
void tf__hashes_add_name(struct tf_hashes *set, const char *path);
bool tf__hashes_hold_name(const struct tf_hashes *set, const char *path);

/* Is the path in it, or a directory above it? */
bool tf__hashes_hold_above(const struct tf_hashes *set, const char *path);

#endif
