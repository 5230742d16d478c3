/* lock.c: who holds this lock is alive. */
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "identity.h"
#include "lock.h"
#include "origin.h"
#include "text.h"

enum {
	PAGE = 4096, /* any length does; the kernel rounds up */
	OVERLAYFS = 0x794c7630,
};

static const char lock_name[] = "lock";
static const char stand_in_dir[] = "/dev/shm";

struct fs_info { /* the beginning of struct statfs on 64-bit machines, and room for the rest */
	long type, rest[15];
};

static uint32_t fs_type(int fd)
{
	struct fs_info fs = {0};

	return tf__sys3(SYS_fstatfs, fd, (long)&fs, 0) < 0 ? 0 : (uint32_t)fs.type;
}

/* Filesystems on which a mapping keeps the description that was opened. */
static bool is_held_by_mapping(int fd)
{
	static const uint32_t good[] = {
		0xef53, 0x01021994, 0x58465342, 0x9123683e, 0xf2f52010, /* see lock.h, in order */
	};
	uint32_t type = fs_type(fd);

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (type == good[i])
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

/* Where there is no procfs: since Linux 6.10, and before for root. */
int tf__lock_link(int fd, int dir, const char *path)
{
	char link[40];
	struct tf_text text = tf__text(link, sizeof(link));
	int r;

	tf__text_add(&text, "/proc/self/fd/");
	tf__text_add_number(&text, (uint64_t)fd);
	r = sys_link_at(AT_FDCWD, link, dir, path, TF_AT_SYMLINK_FOLLOW);
	return r == -ENOENT ? sys_link_at(fd, "", dir, path, TF_AT_EMPTY_PATH) : r;
}

/* An unnamed file where there is such a thing, else `path` itself. */
static int open_new(int dir, const char *dir_path, const char *path, bool *ret_is_named)
{
	int fd = sys_make_own_at(dir, dir_path, TF_O_TMPFILE | O_RDWR);

	*ret_is_named = fd == -EOPNOTSUPP || fd == -EISDIR || fd == -EINVAL;
	if (*ret_is_named)
		fd = sys_make_own_at(dir, path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW);
	return fd;
}

/* M3, M4: a file that is locked before anybody can see it, as long as its descriptor, which this
 * gives, or its mapping are there. What it is to say is written first: which stand-in is the lock
 * (needed), and where we are (then others will not judge). */
static int make_file(int dir, const char *dir_path, const char *path,
	const struct tf_lock_about *about, struct tf_lock *ret_lock)
{
	bool is_named;
	int said = 0, r;
	int fd = open_new(dir, dir_path, path, &is_named);

	if (fd < 0)
		return fd;
	r = sys_lock(fd, LOCK_SH | LOCK_NB);
	if (r == 0 && about)
		said = tf__lock_content_write(fd, about);
	if (said < 0 && about->stand_in[0] != '\0')
		r = said;
	if (r >= 0 && ret_lock)
		r = map_lock(fd, ret_lock);
	if (r >= 0 && !is_named)
		r = tf__lock_link(fd, dir, path);
	if (r >= 0)
		return fd;
	if (is_named)
		(void)sys_unlink_at(dir, path, 0); /* ours, and nobody has seen it locked */
	sys_close(fd);
	return r;
}

static int name_stand_in(const char *tag, char *ret_path)
{
	struct tf_text path = tf__text(ret_path, TF_STAND_IN_SIZE);

	tf__text_add(&path, stand_in_dir);
	tf__text_add(&path, "/.tmpguard-lock-");
	tf__text_add(&path, tag);
	return path.full ? -ENAMETOOLONG : 0;
}

static int check_stand_in_dir(void)
{
	int dir = sys_open_at(AT_FDCWD, stand_in_dir, O_PATH | O_DIRECTORY, 0);
	bool is_good = dir >= 0 && is_held_by_mapping(dir);

	if (dir >= 0)
		sys_close(dir);
	return is_good ? 0 : -ENOTSUP;
}

/* `lock` first, and held until the stand-in is there: so that this is never without the other, by
 * which alone it is found. */
static int make_both(int session, const char *path, const char *tag, struct tf_lock *ret_lock)
{
	char stand_in[TF_STAND_IN_SIZE];
	const struct tf_lock_about about = {stand_in, path};
	int lock, fd;
	int r = check_stand_in_dir();

	if (r == 0)
		r = name_stand_in(tag, stand_in);
	if (r < 0)
		return r;
	lock = make_file(session, ".", lock_name, &about, NULL);
	if (lock < 0)
		return lock;
	fd = make_file(AT_FDCWD, stand_in_dir, stand_in, NULL, ret_lock);
	if (fd >= 0)
		sys_close(fd);
	else
		(void)sys_unlink_at(session, lock_name, 0); /* nobody has taken it for one */
	sys_close(lock);
	return fd < 0 ? fd : 0;
}

int tf__lock_make(int session, const char *path, const char *tag, struct tf_lock *ret_lock)
{
	const struct tf_lock_about about = {"", path};
	int r;

	if (is_held_by_mapping(session)) {
		r = make_file(session, ".", lock_name, &about, ret_lock);
		if (r >= 0)
			sys_close(r);
	} else {
		r = make_both(session, path, tag, ret_lock);
	}
	if (r < 0)
		tf__lock_release(ret_lock);
	return r < 0 ? r : 0;
}

/* A file of ours alone, or -errno. */
static int open_own(int dir, const char *path)
{
	struct tf_stat stat;
	int r;
	int fd = sys_open_at(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);

	if (fd < 0)
		return fd;
	r = sys_stat_fd(fd, &stat);
	if (r == 0 && (!tf__is_file(&stat) || stat.uid != sys_euid()))
		r = -EPERM;
	if (r == 0)
		return fd;
	sys_close(fd);
	return r;
}

/* Opens the file that is really locked: `lock`, or the stand-in that it names. A stand-in lies in a
 * directory that others write to, so it must be ours alone. */
static int open_lock(int session, struct tf_lock_content *ret_content)
{
	int fd = open_own(session, lock_name);
	int r;

	if (fd < 0)
		return fd;
	r = tf__lock_content_read(fd, ret_content);
	if (r == 0 && ret_content->text[0] == '\0')
		return fd;
	sys_close(fd);
	if (r < 0)
		return r;
	if (!tf__after(ret_content->text, stand_in_dir))
		return -EPERM;
	return open_own(AT_FDCWD, ret_content->text);
}

/* Locks, and makes sure that what is locked still has its name (J2, C1). Closes fd on failure. */
static int lock_opened(int fd, int how)
{
	struct tf_stat stat;
	int r;

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

static int lock_linked(int session, int how)
{
	struct tf_lock_content content;
	int fd = open_lock(session, &content);

	return fd < 0 ? fd : lock_opened(fd, how);
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

/* A container's own disk, and a lock that went with the container's /dev/shm. Inside a container
 * that still runs a sandbox may have a /dev/shm of its own: there the janitor, or `run`, holds the
 * session's directory. */
static bool is_restarted(int session, const struct tf_lock_content *content)
{
	struct tf_stat stat;

	return content->text[0] != '\0' && fs_type(session) == OVERLAYFS &&
	       sys_stat_at(AT_FDCWD, content->text, TF_AT_SYMLINK_NOFOLLOW, &stat) == -ENOENT &&
	       sys_lock(session, LOCK_EX | LOCK_NB) == 0;
}

/* These are mounted by nobody else: where nobody holds the lock here, nobody does. */
static bool is_of_one_kernel(int session)
{
	return is_held_by_mapping(session) || fs_type(session) == OVERLAYFS;
}

static int judge(int session, int fd)
{
	struct tf_lock_content content;
	enum tf_origin origin;
	int r = tf__lock_content_read(fd, &content);

	if (r < 0)
		return r;
	origin = tf__origin_judge(content.origin);
	if (origin == TF_ORIGIN_UNKNOWN && !is_of_one_kernel(session))
		return TF_ORIGIN_FOREIGN;
	if (origin == TF_ORIGIN_ELSEWHERE && is_restarted(session, &content))
		return TF_ORIGIN_PAST;
	if (origin != TF_ORIGIN_PAST && tf__lock_content_is_copy(fd, &content))
		return TF_ORIGIN_FOREIGN;
	return (int)origin;
}

int tf__lock_origin(int session)
{
	int fd = open_own(session, lock_name);
	int r;

	if (fd < 0)
		return fd;
	r = judge(session, fd);
	sys_close(fd);
	return r;
}

static bool is_same_dir(const struct tf_stat *a, const struct tf_stat *b)
{
	return a->ino == b->ino && a->dev_major == b->dev_major && a->dev_minor == b->dev_minor;
}

int tf__lock_leads_here(int session, char ret_path[TF_LOCK_PATH])
{
	struct tf_lock_content content;
	struct tf_stat here, there;
	int fd = open_own(session, lock_name);
	int r = fd < 0 ? fd : tf__lock_content_read(fd, &content);

	if (fd >= 0)
		sys_close(fd);
	if (r == 0)
		r = sys_stat_fd(session, &here);
	if (r < 0)
		return r;
	if (content.path[0] != '/' || tf__length(content.path) >= TF_LOCK_PATH ||
		sys_stat_at(AT_FDCWD, content.path, 0, &there) < 0)
		return -ENOLINK;
	if (!is_same_dir(&here, &there))
		return -ENOLINK;
	tf__copy(ret_path, content.path, tf__length(content.path) + 1);
	return 0;
}

/* It may just have been made when we looked: its maker holds it until the stand-in is there. */
int tf__lock_take_dead(int session)
{
	int fd = open_own(session, lock_name);

	if (fd >= 0)
		fd = lock_opened(fd, LOCK_EX | LOCK_NB);
	if (fd < 0 || tf__lock_origin(session) == TF_ORIGIN_PAST)
		return fd;
	sys_close(fd);
	return -EAGAIN;
}

int tf__lock_inode(int session, uint64_t *ret_ino)
{
	struct tf_lock_content content;
	struct tf_stat stat;
	int fd = open_lock(session, &content);
	int r = fd < 0 ? fd : sys_stat_fd(fd, &stat);

	if (fd >= 0)
		sys_close(fd);
	if (r == 0)
		*ret_ino = stat.ino;
	return r;
}

/* Whatever else has its name is none of ours, and stays. */
static int remove_stand_in(int session)
{
	struct tf_lock_content content;
	int fd = open_lock(session, &content);
	int r = 0;

	if (fd == -ENOENT || fd == -EPERM)
		return 0;
	if (fd < 0)
		return fd;
	if (content.text[0] != '\0')
		r = sys_unlink_at(AT_FDCWD, content.text, 0);
	sys_close(fd);
	return r == -ENOENT ? 0 : r;
}

int tf__lock_remove(int session)
{
	int r = remove_stand_in(session);

	return r < 0 ? r : sys_unlink_at(session, lock_name, 0);
}

/* Is `lock` all that is in there? */
static bool is_alone(int session)
{
	char buf[512] __attribute__((aligned(8)));
	int dir = sys_open_at(session, ".", O_RDONLY | O_DIRECTORY, 0);
	long len = dir < 0 ? dir : sys_list_dir(dir, buf, sizeof(buf));
	bool answer = len > 0;

	for (long at = 0; at < len;) {
		const struct tf_entry *entry = (const void *)(buf + at);

		at += entry->len;
		answer = answer && (tf__equal(entry->name, ".") || tf__equal(entry->name, "..") ||
					   tf__equal(entry->name, lock_name));
	}
	if (dir >= 0)
		sys_close(dir);
	return answer;
}

static bool lacks_stand_in(int session)
{
	struct tf_lock_content content;
	int fd = open_lock(session, &content);

	if (fd >= 0)
		sys_close(fd);
	return fd == -ENOENT;
}

/* Whoever is making the stand-in holds it: who gets it alone knows that nobody is. */
void tf__lock_remove_rest(int session)
{
	int fd = open_own(session, lock_name);

	if (fd >= 0)
		fd = lock_opened(fd, LOCK_EX | LOCK_NB);
	if (fd < 0)
		return;
	if (is_alone(session) && lacks_stand_in(session))
		(void)sys_unlink_at(session, lock_name, 0);
	sys_close(fd);
}
