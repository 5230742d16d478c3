/* publish.c: a file gets its final name.
 *
 * I1  Whoever looks at the target finds the old file, whole, or the new one, whole: what gets the
 *     name has all of its content, mode and owner, and is on the disk (TF_NO_SYNC: may not be).
 * I2  The order is: file written, mode and owner, fsync of the file, rename, fsync of the
 *     directory. Where there is a link instead of a rename (no-replace on old filesystems) the file
 *     is synced again: a crash must not find it as a file without links.
 * I3  On another filesystem the same is done with a copy beside the target, which is registered
 *     like any other file until it has its name.
 * I4  What gets the name is the file that was made, not what has its name by now.
 */
#include <stdio.h>

#include "publish.h"

#include "host.h"
#include "parents.h"
#include "roots.h"
#include "text.h"
#include "writing.h"

enum { PIECE = 1 << 20 };

struct publishing {
	const struct tf_publish *how;
	const char *target, *name; /* its last component */
	const char **ret_step;
	int dir; /* that it lies in, to be synced */
};

static const struct tf_publish defaults;

static bool asks(const struct publishing *p, unsigned flag)
{
	return p->how->flags & flag;
}

/* --- mode and owner --- */

/* What /proc says; where it is not there, what most have. */
unsigned tf__umask(void)
{
	static const char key[] = "\nUmask:\t";
	enum { MOST_HAVE = 022 };
	unsigned mask = 0;
	char text[512];
	const char *at = text;

	if (tf__read_file(AT_FDCWD, "/proc/self/status", text, sizeof(text)) < 0)
		return MOST_HAVE;
	while (*at != '\0' && !tf__after(at, key))
		at++;
	at = tf__after(at, key);
	if (!at)
		return MOST_HAVE;
	for (; *at >= '0' && *at <= '7'; at++)
		mask = mask * 8 + (unsigned)(*at - '0');
	return mask & 0777;
}

/* Less what only the members of another group had. */
static unsigned without_group(unsigned mode)
{
	return (mode & ~070U) | (mode & (mode & 07) << 3);
}

/* As the file that is replaced has it. Who may not give files away keeps its own, and then
 * set-user-ID and the like are not for it. */
static int take_over_mode(int fd, const struct tf_stat *old)
{
	unsigned mode = old->mode & 07777;
	struct tf_stat stat;
	int r = sys_stat_fd(fd, &stat);

	if (r < 0)
		return r;
	if (stat.uid != old->uid || stat.gid != old->gid) {
		r = sys_chown_fd(fd, old->uid, old->gid);
		if (r < 0)
			mode &= 0777;
		if (r < 0 && stat.gid != old->gid && sys_chown_fd(fd, stat.uid, old->gid) < 0)
			mode = without_group(mode);
	}
	return sys_chmod_fd(fd, mode);
}

static int set_mode(const struct publishing *p, int fd)
{
	struct tf_stat old;

	if (asks(p, TF_MODE_OF_OLD) &&
		sys_stat_at(p->dir, p->name, TF_AT_SYMLINK_NOFOLLOW, &old) == 0 &&
		tf__is_file(&old))
		return take_over_mode(fd, &old);
	return p->how->mode == 0 ? 0 : sys_chmod_fd(fd, p->how->mode & ~tf__umask());
}

/* --- the name --- */

/* Where a filesystem knows no rename that replaces nothing. 1: it has its old name, too. */
static int link_and_unlink(const struct publishing *p, int fd, const char *from)
{
	int r = sys_link_at(AT_FDCWD, from, p->dir, p->name, 0);

	if (r < 0)
		return r;
	if (!asks(p, TF_NO_SYNC))
		(void)sys_sync_fd(fd); /* I2; it was synced before */
	return sys_unlink_at(AT_FDCWD, from, 0) < 0;
}

static int rename_to(const struct publishing *p, int fd, const char *from)
{
	int r;

	if (!asks(p, TF_NO_REPLACE))
		return sys_rename_at(AT_FDCWD, from, p->dir, p->name, 0);
	r = sys_rename_at(AT_FDCWD, from, p->dir, p->name, TF_RENAME_NOREPLACE);
	return r == -EINVAL || r == -ENOSYS ? link_and_unlink(p, fd, from) : r;
}

/* I2, but for the sync of the directory. 1: as above; -EXDEV: has to be copied. */
static int name_file(const struct publishing *p, int fd, const char *from)
{
	int r = set_mode(p, fd);

	*p->ret_step = "set the mode of";
	if (r < 0)
		return r;
	*p->ret_step = "sync";
	if (!asks(p, TF_NO_SYNC))
		r = sys_sync_fd(fd);
	if (r < 0)
		return r;
	*p->ret_step = "replace";
	return rename_to(p, fd, from);
}

/* --- on another filesystem --- */

static int copy(int from, int to)
{
	char *piece = tf__alloc(PIECE);
	int64_t at = 0;
	int r = piece ? 0 : -ENOMEM;

	while (r == 0) {
		long n = sys_pread(from, piece, PIECE, at);

		if (n == -EINTR)
			continue;
		if (n <= 0) {
			r = (int)n;
			break;
		}
		r = tf__write_all(to, piece, (size_t)n);
		at += n;
	}
	tf__free(piece);
	return r;
}

/* The copy has the original's owner, as far as we may, mode and times until it is told otherwise.
 */
static int copy_whole(int from, int to)
{
	struct tf_stat stat;
	int r = sys_stat_fd(from, &stat);

	if (r == 0)
		r = copy(from, to);
	if (r == 0)
		r = take_over_mode(to, &stat);
	if (r == 0)
		(void)sys_set_times_fd(to, &stat); /* nobody is lost without */
	return r;
}

/* The descriptor that the program has is the copy's from now on, where the old one was. */
static void take_descriptor(struct tf_owned *owned, const struct tf_owned *copied)
{
	int64_t at = sys_seek(owned->fd, 0, SEEK_CUR);
	long flags = tf__sys3(SYS_fcntl, owned->fd, F_GETFD, 0);

	(void)tf__sys3(SYS_fcntl, copied->fd, F_SETFL, /* O_APPEND and the like */
		tf__sys3(SYS_fcntl, owned->fd, F_GETFL, 0));
	(void)tf__sys3(SYS_dup3, copied->fd, owned->fd, flags & FD_CLOEXEC ? O_CLOEXEC : 0);
	(void)sys_seek(owned->fd, at, SEEK_SET); /* both are open: neither fails */
}

/* What was kept is moved, too: there is one file in the end. */
static void remove_original(struct tf_owned *owned)
{
	if (tf__owned_is_owed(owned))
		(void)tf__owned_remove(owned); /* else it is removed later */
	else
		(void)sys_unlink_at(AT_FDCWD, owned->path, 0); /* I4; who kept it knows it */
}

/* I3. The original is removed, and what `owned` stands for is the copy. 1: what is still there of
 * the original is still owed. */
static int name_copy(const struct publishing *p, struct tf_owned *owned, int fd)
{
	struct tf_owned beside;
	struct tf_options options = {.prefix = ".tmp"};
	char dir[TF_PATH_MAX];
	int r;

	tf__copy(dir, p->target, (size_t)(p->name - p->target));
	dir[p->name - p->target] = '\0';
	options.dir = dir[0] == '\0' ? "." : dir;
	*p->ret_step = "make a copy beside";
	r = tf__owned_make(&options, TF_OWNED_FILE, &beside);
	if (r < 0)
		return r;
	r = copy_whole(fd, beside.fd);
	if (r == 0)
		r = name_file(p, beside.fd, beside.path);
	if (r == 0)
		tf__owned_left(&beside);
	if (r >= 0) {
		if (owned->fd >= 0)
			take_descriptor(owned, &beside);
		remove_original(owned);
		r = 1;
	}
	tf__owned_free(&beside);
	return r;
}

/* --- all of it --- */

static int open_dir(struct publishing *p)
{
	char dir[TF_PATH_MAX];
	size_t len = (size_t)(p->name - p->target);
	int r;

	*p->ret_step = "open the directory of";
	if (len >= sizeof(dir))
		return -ENAMETOOLONG;
	if (p->name[0] == '\0')
		return p->target[0] == '\0' ? -ENOENT : -EISDIR;
	tf__copy(dir, p->target, len);
	dir[len] = '\0';
	if (asks(p, TF_MAKE_PARENTS)) {
		*p->ret_step = "make the directory of";
		r = tf__make_parents(AT_FDCWD, p->target, !asks(p, TF_NO_SYNC));
		if (r < 0)
			return r;
	}
	p->dir = sys_open_at(AT_FDCWD, len > 0 ? dir : ".", O_RDONLY | O_DIRECTORY, 0);
	return p->dir < 0 ? p->dir : 0;
}

/* The path that the object has from now on; where there is no memory for it, none but the base. */
static char *absolute(const struct publishing *p)
{
	char *path = tf__alloc(TF_PATH_MAX + tf__length(p->target) + 2);
	struct tf_text text;

	if (!path)
		return NULL;
	text = tf__text(path, TF_PATH_MAX + tf__length(p->target) + 2);
	if (p->target[0] != '/') {
		long r = sys_cwd(path, TF_PATH_MAX);

		text = tf__text_from(path, text.size, r > 0 ? (size_t)r - 1 : 0);
		if (text.len > 1)
			tf__text_add(&text, "/");
	}
	tf__text_add(&text, p->target);
	return path;
}

static bool is_elsewhere(const struct publishing *p, int fd)
{
	struct tf_stat file, dir;

	return sys_stat_fd(fd, &file) == 0 && sys_stat_fd(p->dir, &dir) == 0 &&
	       (file.dev_major != dir.dev_major || file.dev_minor != dir.dev_minor);
}

/* I4 */
static int check_name(const struct publishing *p, const struct tf_owned *owned, int fd)
{
	struct tf_identity opened, named;
	struct tf_stat stat;
	int r = sys_stat_fd(fd, &stat);

	*p->ret_step = "find what is to become";
	opened = tf__identity(&stat);
	if (r == 0)
		r = sys_stat_at(AT_FDCWD, owned->path, TF_AT_SYMLINK_NOFOLLOW, &stat);
	if (r < 0)
		return r;
	named = tf__identity(&stat);
	if (!tf__same(&opened, &named))
		return -ESTALE;
	return !tf__owned_is_owed(owned) || tf__same(&opened, &owned->item->id) ? 0 : -ESTALE;
}

static int publish(struct publishing *p, struct tf_owned *owned, int fd)
{
	int r = check_name(p, owned, fd);

	if (r < 0)
		return r;
	r = is_elsewhere(p, fd) ? -EXDEV : name_file(p, fd, owned->path);
	if (r == -EXDEV)
		r = name_copy(p, owned, fd);
	if (r == 0)
		tf__owned_left(owned);
	return r < 0 ? r : 0;
}

/* A filesystem that cannot sync a directory says so, and there is nothing more to do. */
static int sync_dir(const struct publishing *p)
{
	int r;

	*p->ret_step = "sync the directory of";
	r = asks(p, TF_NO_SYNC) ? 0 : sys_sync_fd(p->dir);
	return r == -EINVAL ? 0 : r;
}

int tf__publish(struct tf_owned *owned, const char *target, const struct tf_publish *how,
	const char **ret_step)
{
	const char *slash = tf__last_slash(target);
	struct publishing p = {
		.how = how ? how : &defaults,
		.target = target,
		.name = slash ? slash + 1 : target,
		.ret_step = ret_step,
	};
	char *path = absolute(&p);
	int fd = owned->fd;
	int r;

	*ret_step = "give a name to";
	r = path ? open_dir(&p) : -ENOMEM;
	if (r < 0)
		goto free_path;
	*ret_step = "open what is to become";
	if (fd < 0)
		fd = r = sys_open_at(AT_FDCWD, owned->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (r >= 0)
		r = publish(&p, owned, fd);
	if (r == 0) {
		tf__free(owned->path);
		owned->path = path;
		path = NULL;
		r = sync_dir(&p);
	}
	if (fd >= 0 && fd != owned->fd)
		sys_close(fd);
	sys_close(p.dir);
free_path:
	tf__free(path);
	return r;
}
