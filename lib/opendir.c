/* opendir.c: opening a directory that is about to be emptied. */
#include "opendir.h"
#include "text.h"

/* Kernels before 5.6: the mount's number of a descriptor, from procfs. */
static int mount_id(int fd, uint64_t *ret_id)
{
	char buf[512];
	struct tf_text path = tf__text(buf, sizeof(buf));
	const char *p;
	int r;

	tf__text_add(&path, "/proc/self/fdinfo/");
	tf__text_add_number(&path, (uint64_t)fd);
	r = tf__read_file(AT_FDCWD, buf, buf, sizeof(buf));
	if (r < 0)
		return r;
	for (p = buf; *p != '\0' && !tf__after(p, "mnt_id:\t"); p++)
		;
	p += *p == '\0' ? 0 : 8;
	return tf__number(&p, ret_id);
}

/* `dir` may be AT_FDCWD, which procfs does not know. */
static int mount_id_of_dir(int dir, uint64_t *ret_id)
{
	int here = dir == AT_FDCWD ? sys_open_at(dir, ".", O_PATH | O_DIRECTORY, 0) : dir;
	int r = here < 0 ? here : mount_id(here, ret_id);

	if (here >= 0 && here != dir)
		sys_close(here);
	return r;
}

static int open_dir_old(int dir, const char *name)
{
	uint64_t here, there;
	int fd = sys_open_at(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

	if (fd < 0)
		return fd;
	if (mount_id_of_dir(dir, &here) < 0 || mount_id(fd, &there) < 0 || here != there) {
		sys_close(fd);
		return -EXDEV;
	}
	return fd;
}

int tf__open_dir(int dir, const char *name)
{
	int fd = sys_open_resolved(
		dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, TF_RESOLVE_NO_XDEV);

	return fd == -ENOSYS ? open_dir_old(dir, name) : fd;
}

/* A directory of ours that we may not read: permissions are given through its descriptor, so that
 * a symlink put in its place gets none. */
static int open_closed_dir(int dir, const char *name)
{
	char buf[40];
	struct tf_text path = tf__text(buf, sizeof(buf));
	int fd = sys_open_at(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);

	if (fd < 0)
		return fd;
	tf__text_add(&path, "/proc/self/fd/");
	tf__text_add_number(&path, (uint64_t)fd);
	(void)tf__sys3(SYS_fchmodat, AT_FDCWD, (long)buf, 0700); /* the open below tells */
	sys_close(fd);
	return tf__open_dir(dir, name);
}

int tf__open_own_dir(int dir, const char *name)
{
	int fd = tf__open_dir(dir, name);

	return fd == -EACCES ? open_closed_dir(dir, name) : fd;
}
