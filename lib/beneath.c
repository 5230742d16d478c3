/* beneath.c: paths that do not lead out of a directory.
 *
 * Links inside may lead to other places inside. Without openat2 each component is opened by itself,
 * no link is followed, and ".." is refused, which is stricter.
 */
#include "beneath.h"

#include "roots.h"
#include "text.h"

enum { PATIENCE = 100 }; /* times that a rename somewhere may come in between, as openat2 sees it */

/* One component of a path; moves *path to the next one. */
static size_t component(const char **path, char ret_name[256])
{
	const char *at = *path;
	size_t len = 0;

	while (*at == '/')
		at++;
	while (at[len] != '\0' && at[len] != '/')
		len++;
	if (len < 256) {
		tf__copy(ret_name, at, len);
		ret_name[len] = '\0';
	}
	at += len;
	while (*at == '/')
		at++;
	*path = at;
	return len;
}

static bool is_link(int dir, const char *name)
{
	struct tf_stat stat;

	return sys_stat_at(dir, name, TF_AT_SYMLINK_NOFOLLOW, &stat) == 0 &&
	       (stat.mode & 0170000) == 0120000;
}

static int walk(int dir, const char *path, int flags, unsigned mode)
{
	char name[256];
	int above = dir;
	int r;

	do {
		size_t len = component(&path, name);
		bool is_last = *path == '\0';

		if (len >= sizeof(name))
			r = -ENAMETOOLONG;
		else if (tf__equal(name, ".."))
			r = -EXDEV;
		else
			r = sys_open_at(above, len > 0 ? name : ".",
				O_NOFOLLOW | (is_last ? flags : O_PATH | O_DIRECTORY), mode);
		if (r == -ENOTDIR && is_link(above, name))
			r = -ELOOP;
		if (above != dir)
			sys_close(above);
		above = r;
	} while (*path != '\0' && r >= 0);
	return r;
}

int tf__open_beneath(int dir, const char *path, int flags, unsigned mode)
{
	int left = PATIENCE;
	int r;

	if (path[0] == '/')
		return -EXDEV;
	if (!(flags & O_CREAT) && (flags & TF_O_TMPFILE) != TF_O_TMPFILE)
		mode = 0; /* openat2 wants to know why else */
	do
		r = sys_open_beneath(dir, path, flags, mode);
	while (r == -EAGAIN && left-- > 0);
	if (r == -ENOSYS || r == -EPERM)
		r = walk(dir, path, flags, mode);
	return r;
}

/* Makes the directory that `path` names up to `len`. */
static int make_one(int dir, const char *path, size_t len)
{
	char part[TF_PATH_MAX];
	const char *slash;
	int above, r;

	tf__copy(part, path, len);
	part[len] = '\0';
	slash = tf__last_slash(part);
	if (slash)
		part[slash - part] = '\0';
	above = tf__open_beneath(dir, slash ? part : ".", O_PATH | O_DIRECTORY, 0);
	if (above < 0)
		return above;
	r = sys_mkdir_at(above, slash ? slash + 1 : part, 0777);
	sys_close(above);
	return r == -EEXIST ? 0 : r;
}

int tf__make_dirs_beneath(int dir, const char *path, bool whole)
{
	size_t len = tf__length(path), i;
	int r = 0;
	int fd;

	while (len > 0 && path[len - 1] == '/')
		len--;
	if (path[0] == '/')
		return -EXDEV;
	if (len >= TF_PATH_MAX)
		return -ENAMETOOLONG;
	for (i = 1; i < len && r == 0; i++)
		if (path[i] == '/' && path[i - 1] != '/')
			r = make_one(dir, path, i);
	if (!whole || r < 0)
		return r;
	if (len > 0)
		r = make_one(dir, path, len);
	if (r < 0)
		return r;
	fd = tf__open_beneath(dir, len > 0 ? path : ".", O_PATH | O_DIRECTORY, 0);
	if (fd >= 0)
		sys_close(fd);
	return fd < 0 ? fd : 0;
}
