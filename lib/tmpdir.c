/* tmpdir.c: choosing the directory for temporary files. */
#include "create.h"
#include "tmpdir.h"

static int open_probe(int dir, char *name)
{
	struct tf_create_at how = {.dir = dir, .mode = 0600};
	int fd = sys_open_at(dir, ".", TF_O_TMPFILE | O_WRONLY, 0600);

	if (fd != -EOPNOTSUPP && fd != -EISDIR && fd != -EINVAL)
		return fd;
	fd = tf__create(name, 1, 8, tf__create_file_at, &how);
	if (fd >= 0)
		(void)sys_unlink_at(dir, name, 0); /* made a moment ago */
	return fd;
}

int tf__tmpdir_try(const char *path)
{
	char name[] = ".XXXXXXXX";
	long r;
	int fd;
	int dir = sys_open_at(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0);

	if (dir < 0)
		return dir;
	fd = open_probe(dir, name);
	sys_close(dir);
	if (fd < 0)
		return fd;
	r = sys_write(fd, "probe", 5);
	sys_close(fd);
	return r < 0 ? (int)r : 0;
}

int tf__tmpdir_choose(const char *const *candidates, int n, const char **ret_dir)
{
	for (int i = 0; i < n; i++) {
		if (!candidates[i] || candidates[i][0] == '\0' || tf__tmpdir_try(candidates[i]) < 0)
			continue;
		*ret_dir = candidates[i];
		return 0;
	}
	return -ENOENT;
}
