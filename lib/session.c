/* session.c: a session's directory, from its making to its end. The protocol is in session.h. */
#include <sys/file.h>

#include "identity.h"
#include "members.h"
#include "opendir.h"
#include "process.h"
#include "name.h"
#include "remove.h"
#include "session.h"
#include "text.h"

enum {
	NAME_LEN = 6,
	RETRIES = 5, /* another session's cleaner may remove .tmpguard-UID under our hands */
};

static const char kept_name[] = "kept";

static void add_random(struct tf_text *text)
{
	char name[NAME_LEN];

	tf__name_fill(name, NAME_LEN);
	tf__text_add_bytes(text, name, NAME_LEN);
}

/* BASE/.tmpguard-UID[.RANDOM]/NAME */
static int draw_path(struct tf_session *session, const char *base, size_t len, bool squatted)
{
	char buf[TF_SESSION_PATH];
	struct tf_text text = tf__text(buf, sizeof(buf));

	tf__text_add_bytes(&text, base, len);
	tf__text_add(&text, "/.tmpguard-");
	tf__text_add_number(&text, sys_euid());
	if (squatted) {
		tf__text_add(&text, ".");
		add_random(&text);
	}
	tf__text_add(&text, "/");
	add_random(&text);
	if (text.full)
		return -ENAMETOOLONG;
	tf__copy(session->path, buf, text.len + 1);
	return 0;
}

int tf__session_draw(struct tf_session *session, const char *base)
{
	size_t len = tf__length(base);

	while (len > 1 && base[len - 1] == '/')
		len--;
	if (base[0] != '/')
		return -EINVAL;
	session->root = sys_pid();
	return draw_path(session, base, len == 1 ? 0 : len, false);
}

bool tf__is_session_name(const char *name)
{
	size_t len = 0;

	for (; *name != '\0'; name++, len++)
		if (!((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
			    (*name >= '0' && *name <= '9')))
			return false;
	return len == NAME_LEN;
}

/* Splits the path: the directory above, with its NUL, in ret_above; the rest is given. */
static const char *split(const char *path, char ret_above[TF_SESSION_PATH])
{
	const char *slash = tf__last_slash(path);
	size_t len = (size_t)(slash - path);

	tf__copy(ret_above, path, len);
	ret_above[len] = '\0';
	return slash + 1;
}

static bool is_private(const struct tf_stat *stat)
{
	return tf__is_dir(stat) && stat->uid == sys_euid() && (stat->mode & 022) == 0;
}

int tf__session_check_base(const char *base)
{
	enum { WRITE_AND_SEARCH = 3 };
	struct tf_stat stat;
	int r = sys_stat_at(AT_FDCWD, base, 0, &stat);

	if (r == 0 && !tf__is_dir(&stat))
		r = -ENOTDIR;
	if (r < 0)
		return r;
	return (int)tf__sys3(SYS_faccessat, AT_FDCWD, (long)base, WRITE_AND_SEARCH);
}

/* A session takes a handful of inodes and, when it has registered something, a journal. Where the
 * disk does not say how much there is (0 in all), there is room. */
enum { BYTES_WANTED = 64 << 10, INODES_WANTED = 16 };

struct room {
	bool bytes, inodes;
};

static struct room look_for_room(const char *base)
{
	enum { BLOCK_SIZE = 1, BLOCKS, FREE, AVAILABLE, INODES, FREE_INODES };
	long fs[16] = {0}; /* struct statfs of 64-bit machines begins so, and one more */

	if (tf__sys3(SYS_statfs, (long)base, (long)fs, 0) < 0)
		return (struct room){true, true}; /* making it will tell */
	return (struct room){
		.bytes = fs[BLOCKS] <= 0 || fs[AVAILABLE] >= BYTES_WANTED / fs[BLOCK_SIZE],
		.inodes = fs[INODES] <= 0 || fs[FREE_INODES] >= INODES_WANTED,
	};
}

static int check_room(const char *base)
{
	struct room room = look_for_room(base);

	return room.bytes && room.inodes ? 0 : -ENOSPC;
}

/* Of the last inodes each is wanted by the program. */
bool tf__session_has_inodes(const struct tf_session *session)
{
	char above[TF_SESSION_PATH], base[TF_SESSION_PATH];

	(void)split(session->path, above);
	(void)split(above, base);
	return look_for_room(base[0] ? base : "/").inodes;
}

int tf__session_check(struct tf_session *session)
{
	char above[TF_SESSION_PATH], base[TF_SESSION_PATH];
	struct tf_stat stat;
	int r;

	(void)split(session->path, above);
	(void)split(above, base);
	r = sys_stat_at(AT_FDCWD, above, TF_AT_SYMLINK_NOFOLLOW, &stat);
	if (r == 0 && !is_private(&stat))
		r = draw_path(session, base, tf__length(base), true);
	else if (r == 0)
		r = tf__session_check_base(above);
	else if (r == -ENOENT)
		r = tf__session_check_base(base[0] ? base : "/");
	return r < 0 ? r : check_room(base[0] ? base : "/");
}

/* A directory of ours, of which the umask may have taken even our own rights. */
static int open_made(const char *path)
{
	char above[TF_SESSION_PATH];
	int fd = sys_open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	const char *name;
	int dir;

	if (fd != -EACCES)
		return fd;
	name = split(path, above);
	dir = sys_open_at(AT_FDCWD, above, O_PATH | O_DIRECTORY, 0);
	if (dir < 0)
		return dir;
	fd = tf__open_own_dir(dir, name);
	sys_close(dir);
	return fd;
}

static int make_above(const char *above, unsigned mode)
{
	struct tf_stat stat;
	int r = sys_mkdir_at(AT_FDCWD, above, 0700);
	int fd;

	if (r < 0 && r != -EEXIST)
		return r;
	fd = open_made(above);
	if (fd < 0)
		return fd == -ELOOP || fd == -ENOTDIR ? -EPERM : fd;
	r = sys_stat_fd(fd, &stat);
	if (r == 0 && !is_private(&stat))
		r = -EPERM;
	if (r == 0 && (stat.mode & mode) != mode) /* also undoes a umask that took too much */
		r = sys_chmod_fd(fd, mode);
	sys_close(fd);
	return r;
}

/* M2. Gives the directory's descriptor. */
static int make_dirs(const char *path, unsigned mode)
{
	char above[TF_SESSION_PATH];
	int r = -ENOENT;
	int fd;

	(void)split(path, above);
	for (int left = RETRIES; left > 0 && r == -ENOENT; left--) {
		r = make_above(above, mode);
		if (r == 0)
			r = sys_mkdir_at(AT_FDCWD, path, 0700);
	}
	if (r < 0)
		return r;
	fd = open_made(path);
	if (fd >= 0)
		(void)sys_chmod_fd(fd, mode); /* only children of another user would miss it */
	return fd;
}

void tf__session_rmdir(const char *path)
{
	char above[TF_SESSION_PATH];

	(void)split(path, above);
	(void)sys_unlink_at(AT_FDCWD, path, TF_AT_REMOVEDIR); /* others may be in either */
	(void)sys_unlink_at(AT_FDCWD, above, TF_AT_REMOVEDIR);
}

enum { TAG_SIZE = 64 };

/* What tells the stand-ins of locks from each other. */
static void make_tag(const char *path, char *ret_tag)
{
	struct tf_text text = tf__text(ret_tag, TAG_SIZE);

	tf__text_add_number(&text, sys_euid());
	tf__text_add(&text, "-");
	tf__text_add(&text, tf__last_slash(path) + 1);
}

/* M2 to M4, once. -ENOENT: somebody has removed a directory in between. */
static int make_once(struct tf_session *session, unsigned mode)
{
	char tag[TAG_SIZE];
	struct tf_stat stat;
	int r;
	int dir = make_dirs(session->path, mode);

	if (dir < 0)
		return dir;
	(void)sys_lock(dir, LOCK_SH | LOCK_NB); /* others leave it alone; else it is made again */
	make_tag(session->path, tag);
	r = tf__lock_make(dir, session->path, tag, &session->lock);
	if (r < 0 && sys_stat_fd(dir, &stat) == 0 && stat.nlink == 0)
		r = -ENOENT; /* filesystems differ in what they say of a directory that is gone */
	sys_close(dir);
	return r;
}

int tf__session_make(struct tf_session *session, enum tf_session_kind kind)
{
	int r = -ENOENT;

	for (int left = RETRIES; left > 0 && r == -ENOENT; left--)
		r = make_once(session, kind == TF_SESSION_SHARED ? 0711 : 0700);
	if (r < 0 && r != -EEXIST) /* then it is another's */
		tf__session_rmdir(session->path);
	return r;
}

/* Is it a path that tf__session_draw could have given this user? */
static bool is_session_path(const char *path)
{
	char above[TF_SESSION_PATH];
	const char *name = split(path, above);
	const char *slash = tf__last_slash(above);
	const char *rest = slash ? tf__after(slash, "/.tmpguard-") : NULL;
	uint64_t uid;

	return tf__is_session_name(name) && rest && tf__number(&rest, &uid) == 0 &&
	       uid == sys_euid() && (*rest == '\0' || *rest == '.');
}

int tf__session_parse(struct tf_session *session, const char *value)
{
	uint64_t root;
	size_t len;

	if (tf__number(&value, &root) < 0 || root > INT32_MAX || value[0] != ':' || value[1] != '/')
		return -EINVAL;
	len = tf__length(value + 1);
	if (len >= sizeof(session->path))
		return -ENAMETOOLONG;
	if (!is_session_path(value + 1))
		return -EINVAL;
	tf__copy(session->path, value + 1, len + 1);
	session->root = (int32_t)root;
	return 0;
}

int tf__session_open(const char *path)
{
	return tf__session_open_at(AT_FDCWD, path);
}

int tf__session_open_at(int dir, const char *path)
{
	struct tf_stat stat;
	int r;
	int fd = sys_open_at(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

	if (fd < 0)
		return fd;
	r = sys_stat_fd(fd, &stat);
	if (r == 0 && is_private(&stat))
		return fd;
	sys_close(fd);
	return r < 0 ? r : -EPERM;
}

/* It holds the directory, but has to be given the time to. */
static bool has_janitor(int dir)
{
	enum { YOUNG = 1000000000 }; /* nanoseconds */
	struct tf_stat stat;

	if (sys_lock(dir, LOCK_EX | LOCK_NB) < 0)
		return true;
	(void)sys_lock(dir, LOCK_UN); /* what we hold */
	if (sys_stat_at(dir, "lock", TF_AT_SYMLINK_NOFOLLOW, &stat) < 0)
		return false;
	return (uint64_t)stat.ctime.sec * 1000000000 + stat.ctime.nsec + YOUNG >= tf__file_time();
}

/* A name that was inherited from a session of which nobody is left, its janitor neither: who joined
 * it would be cleaned up after by nobody. */
static bool is_over(const struct tf_session *session, int dir)
{
	int lock, r;

	if (tf__sys3(SYS_kill, session->root, 0, 0) != -ESRCH || has_janitor(dir))
		return false;
	if (tf__members_has(dir, sys_pid()))
		return false;
	lock = tf__lock_take(dir, false);
	if (lock < 0)
		return false;
	r = tf__members_alive(dir, session->path, 0);
	sys_close(lock);
	return r == 0;
}

/* A janitor that asks whether anybody lives holds the lock, and who has the name, but no entry, is
 * found by it: perhaps the child of an image without the shim, that nobody could write down. Then
 * the lock is free again as soon as it has asked us; if it cleans, we are no heirs. */
static int join_asked(struct tf_session *session, int dir)
{
	enum { PATIENCE = 25 }; /* times what tf__lock_join has, for a loaded machine */
	int r = tf__lock_join(dir, &session->lock);

	for (int left = PATIENCE; left > 0 && r == -EAGAIN; left--) {
		if (tf__members_has(dir, sys_pid()))
			return r;
		r = has_janitor(dir) ? tf__lock_join(dir, &session->lock) : -ENOENT;
	}
	return r == -EAGAIN ? -ENOENT : r;
}

int tf__session_join(struct tf_session *session)
{
	int r;
	int dir = tf__session_open(session->path);

	if (dir < 0)
		return dir;
	r = is_over(session, dir) ? -ENOENT : join_asked(session, dir);
	if (r == 0 || r == -EAGAIN)
		tf__members_greet(dir, sys_pid());
	sys_close(dir);
	return r;
}

int tf__session_mark_kept(int session)
{
	int fd = sys_open_at(session, kept_name, O_WRONLY | O_CREAT | O_NOFOLLOW, 0600);

	if (fd < 0)
		return fd;
	sys_close(fd);
	return 0;
}

int tf__session_is_kept(int session)
{
	struct tf_stat stat;
	int r = sys_stat_at(session, kept_name, TF_AT_SYMLINK_NOFOLLOW, &stat);

	return r == 0 ? 1 : r == -ENOENT ? 0 : r;
}

int tf__session_remove(int session, const char *path)
{
	static const char inside[] =
		"journal\0members\0libtmpguard.so\0settings\0end\0persist\0warned\0"
		"kept\0family\0";
	struct tf_removal removal = {0};
	const char *name = inside;
	int r;

	r = tf__remove(session, "tmp", NULL, NULL, &removal);
	for (; *name != '\0' && (r == 0 || r == -ENOENT); name += tf__length(name) + 1)
		r = sys_unlink_at(session, name, 0);
	if (r == 0 || r == -ENOENT)
		r = tf__lock_remove(session); /* the last: without it nobody else may go on */
	if (r < 0 && r != -ENOENT)
		return r;
	tf__session_rmdir(path);
	return 0;
}

void tf__session_remove_rest(int session, const char *path)
{
	tf__lock_remove_rest(session);
	tf__session_rmdir(path);
}
