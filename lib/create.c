/* create.c: the one loop in which every temporary name is tried. */
#include "create.h"
#include "name.h"

#ifndef TF_TRIES
#	define TF_TRIES (62 * 62 * 62) /* glibc's number: by then it is no accident */
#endif

int tf__create(char *path, size_t slot, size_t n, tf_create_fn *create, void *arg)
{
	int r = -EEXIST;

	for (int left = TF_TRIES; left > 0 && r == -EEXIST; left--) {
		tf__name_fill(path + slot, n);
		r = create(arg, path);
	}
	return r;
}

int tf__create_file_at(void *arg, const char *path)
{
	const struct tf_create_at *how = arg;

	return sys_open_at(how->dir, path, how->flags | O_RDWR | O_CREAT | O_EXCL, how->mode);
}

int tf__create_dir_at(void *arg, const char *path)
{
	const struct tf_create_at *how = arg;

	return sys_mkdir_at(how->dir, path, how->mode);
}
