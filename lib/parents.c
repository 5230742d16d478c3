/* parents.c: missing directories above a path. */
#include "parents.h"

#include "identity.h"

#include "roots.h"
#include "text.h"

/* 1: it was made now. */
static int make_one(int dir, const char *path)
{
	struct tf_stat stat;
	int r = sys_mkdir_at(dir, path, 0777);

	if (r == 0)
		return 1;
	/* a link to a directory will do, and so will one that is there but could not be made */
	if (sys_stat_at(dir, path, 0, &stat) < 0)
		return r;
	return tf__is_dir(&stat) ? 0 : -ENOTDIR;
}

/* The entry of what was made lies in the directory above it. */
static int sync_above(int dir, const char *path)
{
	const char *slash = tf__last_slash(path);
	char above[TF_PATH_MAX];
	size_t len = slash ? (size_t)(slash - path) + 1 : 0;
	int fd, r;

	tf__copy(above, path, len);
	above[len] = '\0';
	fd = sys_open_at(dir, len > 0 ? above : ".", O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return fd == -EACCES ? 0 : fd; /* what may not be read cannot be synced */
	r = sys_sync_fd(fd);
	sys_close(fd);
	return r == -EINVAL ? 0 : r;
}

int tf__make_parents(int dir, const char *path, bool is_synced)
{
	const char *slash = tf__last_slash(path);
	size_t len = slash ? (size_t)(slash - path) : 0;
	char above[TF_PATH_MAX];
	int r = 0;

	if (len >= sizeof(above))
		return -ENAMETOOLONG;
	tf__copy(above, path, len);
	above[len] = '\0';
	for (size_t i = 1; i <= len && r >= 0; i++) {
		if ((above[i] != '/' && above[i] != '\0') || above[i - 1] == '/')
			continue;
		above[i] = '\0';
		r = make_one(dir, above);
		if (r > 0 && is_synced)
			r = sync_above(dir, above);
		above[i] = i < len ? '/' : '\0';
	}
	return r < 0 ? r : 0;
}
