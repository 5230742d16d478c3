/* lock.c: who holds this lock is alive. */
#include <sys/file.h>
#include <sys/mman.h>

#include "identity.h"
#include "lock.h"
#include "opendir.h"
#include "text.h"

enum {
	PAGE = 4096, /* any length does; the kernel rounds up */
	STAND_IN_SIZE = 128,
};

static const char lock_name[] = "lock";
static const char stand_in_dir[] = "/dev/shm";

struct fs_info { /* the beginning of struct statfs on 64-bit machines, and room for the rest */
	long type, rest[15];
};

/* Filesystems on which a mapping keeps the description that was opened. */
static bool is_held_by_mapping(int fd)
{
	static const uint32_t good[] = {
		0xef53, 0x01021994, 0x58465342, 0x9123683e, 0xf2f52010, /* see lock.h, in order */
	};
	struct fs_info fs = {0};

	if (tf__sys3(SYS_fstatfs, fd, (long)&fs, 0) < 0)
		return false;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if ((uint32_t)fs.type == good[i])
			return true;
	return false;
}

static int map_lock(int fd, struct tf_lock *ret_lock)
{
	void *page = sys_map(NULL, PAGE, PROT_NONE, MAP_PRIVATE, fd, 0);

	if (tf__is_error(page))
		return (int)(long)page;
	ret_lock->page = page;
	return 0;
}

/* Gives the file the name `path` in `dir`; only that makes it seen. */
static int link_file(int fd, int dir, const char *path)
{
	char link[40];
	struct tf_text text = tf__text(link, sizeof(link));

	tf__text_add(&text, "/proc/self/fd/");
	tf__text_add_number(&text, (uint64_t)fd);
	return sys_link_at(AT_FDCWD, link, dir, path, TF_AT_SYMLINK_FOLLOW);
}

/* An unnamed file where there is such a thing, else `path` itself. */
static int open_new(int dir, const char *dir_path, const char *path, bool *ret_is_named)
{
	int fd = sys_open_at(dir, dir_path, TF_O_TMPFILE | O_RDWR, 0600);

	*ret_is_named = fd == -EOPNOTSUPP || fd == -EISDIR || fd == -EINVAL;
	if (*ret_is_named)
		fd = sys_open_at(dir, path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	return fd;
}

/* M3, M4: a file that is locked before anybody can see it. `content`, if any, is written first. */
static int make_file(int dir, const char *dir_path, const char *path, const char *content,
	struct tf_lock *ret_lock)
{
	bool is_named;
	int r;
	int fd = open_new(dir, dir_path, path, &is_named);

	if (fd < 0)
		return fd;
	r = sys_lock(fd, LOCK_SH | LOCK_NB);
	if (r == 0 && content)
		r = (int)sys_write(fd, content, tf__length(content));
	if (r >= 0 && ret_lock)
		r = map_lock(fd, ret_lock);
	if (r >= 0 && !is_named)
		r = link_file(fd, dir, path);
	if (r < 0 && is_named)
		(void)sys_unlink_at(dir, path, 0); /* ours, and nobody has seen it locked */
	sys_close(fd);
	return r < 0 ? r : 0;
}

static int make_stand_in(int session, const char *tag, struct tf_lock *ret_lock)
{
	char buf[STAND_IN_SIZE];
	struct tf_text path = tf__text(buf, sizeof(buf));
	int r;
	int dir = sys_open_at(AT_FDCWD, stand_in_dir, O_PATH | O_DIRECTORY, 0);

	if (dir < 0)
		return -ENOTSUP;
	r = is_held_by_mapping(dir) ? 0 : -ENOTSUP;
	sys_close(dir);
	if (r < 0)
		return r;
	tf__text_add(&path, stand_in_dir);
	tf__text_add(&path, "/.tmpguard-lock-");
	tf__text_add(&path, tag);
	if (path.full)
		return -ENAMETOOLONG;
	r = make_file(AT_FDCWD, stand_in_dir, buf, NULL, ret_lock);
	if (r < 0)
		return r;
	r = make_file(session, ".", lock_name, buf, NULL);
	if (r < 0)
		(void)sys_unlink_at(AT_FDCWD, buf, 0); /* nobody knows of it */
	return r;
}

int tf__lock_make(int session, const char *tag, struct tf_lock *ret_lock)
{
	int r;

	if (is_held_by_mapping(session))
		r = make_file(session, ".", lock_name, NULL, ret_lock);
	else
		r = make_stand_in(session, tag, ret_lock);
	if (r < 0)
		tf__lock_release(ret_lock);
	return r;
}

/* Opens the file that is really locked: `lock`, or the stand-in that it names. A stand-in lies in a
 * directory that others write to, so it must be ours alone. */
static int open_lock(int session, char *ret_stand_in)
{
	struct tf_stat stat;
	int r;
	int fd = sys_open_at(session, lock_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);

	if (fd < 0)
		return fd;
	ret_stand_in[0] = '\0';
	r = sys_stat_fd(fd, &stat);
	if (r == 0 && (!tf__is_file(&stat) || stat.uid != sys_euid()))
		r = -EPERM;
	if (r < 0 || stat.size == 0)
		goto done;
	r = (int)sys_read(fd, ret_stand_in, STAND_IN_SIZE - 1);
	ret_stand_in[r < 0 ? 0 : r] = '\0';
	sys_close(fd);
	if (r < 0)
		return r;
	if (!tf__after(ret_stand_in, stand_in_dir))
		return -EPERM;
	fd = sys_open_at(AT_FDCWD, ret_stand_in, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (fd < 0)
		return fd;
	r = sys_stat_fd(fd, &stat);
	if (r == 0 && (!tf__is_file(&stat) || stat.uid != sys_euid()))
		r = -EPERM;
done:
	if (r < 0)
		sys_close(fd);
	return r < 0 ? r : fd;
}

/* Locks, and makes sure that what is locked still has its name (J2, C1). */
static int lock_linked(int session, int how)
{
	char stand_in[STAND_IN_SIZE];
	struct tf_stat stat;
	int r;
	int fd = open_lock(session, stand_in);

	if (fd < 0)
		return fd;
	do
		r = sys_lock(fd, how);
	while (r == -EINTR);
	if (r == 0)
		r = sys_stat_fd(fd, &stat);
	if (r == 0 && stat.nlink == 0)
		r = -ENOENT;
	if (r == 0)
		return fd;
	sys_close(fd);
	return r;
}

int tf__lock_join(int session, struct tf_lock *ret_lock)
{
	enum { TRIES = 100, PAUSE = 200000 }; /* a cleaner that looks is done in much less */
	int fd = -EAGAIN;
	int r;

	for (int left = TRIES; left > 0 && fd == -EAGAIN; left--) {
		fd = lock_linked(session, LOCK_SH | LOCK_NB);
		if (fd == -EAGAIN)
			sys_sleep(PAUSE);
	}
	if (fd < 0)
		return fd;
	r = map_lock(fd, ret_lock);
	sys_close(fd);
	return r;
}

void tf__lock_release(struct tf_lock *lock)
{
	if (!lock->page)
		return;
	(void)sys_map(lock->page, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	lock->page = NULL;
}

int tf__lock_take(int session, bool wait)
{
	return lock_linked(session, LOCK_EX | (wait ? 0 : LOCK_NB));
}

int tf__lock_remove(int session)
{
	char stand_in[STAND_IN_SIZE];
	int fd = open_lock(session, stand_in);

	if (fd >= 0)
		sys_close(fd);
	if (fd >= 0 && stand_in[0] != '\0')
		(void)sys_unlink_at(AT_FDCWD, stand_in, 0); /* `lock` goes all the same */
	return sys_unlink_at(session, lock_name, 0);
}
