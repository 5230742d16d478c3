/* create.h: the one loop in which every temporary name is tried. */
#ifndef TF_CREATE_H
#define TF_CREATE_H

#include "sys.h"

/* The creating call: makes `path` if nothing is there and gives a descriptor or 0, else -errno.
 * -EEXIST asks for the next name. */
typedef int tf_create_fn(void *arg, const char *path);

/* Fills the n characters at path + slot and calls `create` until it answers anything but -EEXIST,
 * for a bounded number of tries. Its answer. The name tried last stays in `path` (as glibc has it);
 * callers that want the X's back use tf__name_clear (as musl has it). */
int tf__create(char *path, size_t slot, size_t n, tf_create_fn *create, void *arg);

/* Creating calls by way of the seam. arg: a struct tf_create_at. */
struct tf_create_at {
	int dir;
	int flags;     /* besides O_RDWR, O_CREAT and O_EXCL; for files only */
	unsigned mode; /* before the umask */
};
tf_create_fn tf__create_file_at;
tf_create_fn tf__create_dir_at;

#endif
