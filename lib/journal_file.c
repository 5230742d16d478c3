/* journal_file.c: the journal is opened, or made. The format is in journal_segments.h.
 *
 * I1  The file has its name only when its header is whole (M5).
 */
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "journal_file.h"
#include "journal_length.h"
#include "lock.h"
#include "process.h"
#include "text.h"

static const char magic[8] = "tmpguard";

/* Filesystems where a shared mapping of allocated space does not fault. Overlayfs maps the file of
 * its upper layer. */
static bool is_mappable(int fd)
{
	long fs[16] = {0}; /* struct statfs of 64-bit machines begins with the type */

#ifdef TMPGUARD_BREAK_MAPPING
	return false;
#endif
	if (tf__sys3(SYS_fstatfs, fd, (long)fs, 0) < 0)
		return false;
	return fs[0] == 0xef53 || fs[0] == 0x01021994 || fs[0] == 0x58465342 || fs[0] == 0x794c7630;
}

static void init_header(struct tf_journal_header *header, const struct tf_roots *roots)
{
	header->version = TF_JOURNAL_VERSION;
	header->segments = 1;
	header->pid_namespace = tf__pid_namespace();
	header->roots = *roots;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	tf__copy(header->magic, magic, sizeof(magic));
}

/* M5: the file is written whole before it has its name. */
static int make_file(struct tf_journal *journal, const struct tf_roots *roots)
{
	int dir, r;
	int fd = sys_make_own_at(AT_FDCWD, journal->path, TF_O_TMPFILE | O_RDWR);

	if (fd < 0)
		return fd;
	r = is_mappable(fd) ? tf__journal_allocate(fd, TF_SEGMENT_FIRST) : -EOPNOTSUPP;
	if (r == 0)
		r = tf__segment_map(journal, 0, fd);
	if (r == 0) {
		init_header(tf__journal_header(journal), roots);
		dir = sys_open_at(AT_FDCWD, journal->path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
		r = dir < 0 ? dir : tf__lock_link(fd, dir, TF_JOURNAL_NAME);
		if (dir >= 0)
			sys_close(dir);
	}
	sys_close(fd);
	if (r < 0 && journal->segment[0]) {
		sys_unmap(journal->segment[0], TF_SEGMENT_FIRST);
		journal->segment[0] = NULL;
	}
	return r;
}

/* -EPERM: another's. -EPROTO: ours, but no journal. */
static int check(int fd, struct tf_stat *ret_stat)
{
	int r = sys_stat_fd(fd, ret_stat);

	if (r < 0)
		return r;
	if (ret_stat->uid != sys_euid())
		return -EPERM;
	return tf__is_file(ret_stat) ? 0 : -EPROTO;
}

static bool is_header(const struct tf_journal_header *header)
{
	return header->version == TF_JOURNAL_VERSION &&
	       __builtin_memcmp(header->magic, magic, sizeof(magic)) == 0;
}

/* How the file was made decides how it is used; an empty one is for those who append. */
static bool shall_map(int fd, const struct tf_stat *stat)
{
	uint32_t is_appended = true;

	return is_mappable(fd) && stat->size >= TF_SEGMENT_FIRST &&
	       sys_pread(fd, &is_appended, sizeof(is_appended),
		       offsetof(struct tf_journal_header, is_appended)) > 0 &&
	       !is_appended;
}

static int map_file(struct tf_journal *journal, int fd)
{
	int r = tf__segment_map(journal, 0, fd);

	if (r < 0 || is_header(tf__journal_header(journal)))
		return r;
	sys_unmap(journal->segment[0], TF_SEGMENT_FIRST);
	journal->segment[0] = NULL;
	return -EPROTO;
}

/* Writes the header of a file that has none yet: whoever made it is about to, or was killed. */
static int write_header(int fd, struct tf_journal_header *header, const struct tf_roots *roots)
{
	enum { SOME_RECORDS = TF_JOURNAL_HEADER };
	long r;

	if (sys_limit(RLIMIT_FSIZE) < TF_JOURNAL_HEADER + SOME_RECORDS)
		return -EFBIG;
	r = sys_reserve(fd, 0, TF_JOURNAL_HEADER + SOME_RECORDS);
	if (r == -ENOSPC || r == -EDQUOT) /* else it cannot be told */
		return (int)r;
	init_header(header, roots);
	header->is_appended = true;
	r = sys_truncate_fd(fd, TF_JOURNAL_HEADER);
	if (r == 0)
		r = sys_pwrite(fd, header, sizeof(*header), 0);
	if (r == (long)sizeof(*header))
		return 0;
	return r < 0 ? (int)r : -ENOSPC;
}

static int read_header(int fd, struct tf_journal_header *header, const struct tf_roots *roots)
{
	struct tf_stat stat;
	long r = sys_stat_fd(fd, &stat);

	if (r == 0)
		r = sys_pread(fd, header, sizeof(*header), 0);
	if (r < 0)
		return (int)r;
	if (stat.size <= TF_JOURNAL_HEADER && header->magic[0] == '\0')
		return write_header(fd, header, roots);
	return r == (long)sizeof(*header) && is_header(header) && header->is_appended ? 0 : -EPROTO;
}

/* Without the lock two may write the header, which is then the same but for the roots. */
static int open_appended(struct tf_journal *journal, int fd, const struct tf_roots *roots)
{
	int r = tf__segment_map(journal, 0, -1);
	bool is_locked;

	if (r < 0)
		return r;
	is_locked = tf__journal_lock_length(fd) == 0;
	r = read_header(fd, tf__journal_header(journal), roots);
	if (is_locked)
		(void)sys_lock(fd, LOCK_UN);
	journal->is_appended = r == 0;
	if (r == 0)
		return 0;
	sys_unmap(journal->segment[0], TF_SEGMENT_FIRST);
	journal->segment[0] = NULL;
	return r;
}

static int open_file(struct tf_journal *journal, const struct tf_roots *roots)
{
	struct tf_stat stat;
	int r;
	int fd = tf__journal_open_file(journal);

	if (fd < 0)
		return fd;
	r = check(fd, &stat);
	if (r == 0)
		r = shall_map(fd, &stat) ? map_file(journal, fd)
					 : open_appended(journal, fd, roots);
	sys_close(fd);
	return r;
}

/* Where no unnamed file or no mapping is to be had, or only a small file may be written. What is
 * left of a full disk is the program's. */
static bool shall_append(int error)
{
	return error == -EOPNOTSUPP || error == -EISDIR || error == -EINVAL || error == -EFBIG;
}

/* For those who append: a file of no bytes, which open_file completes. */
static int make_empty(struct tf_journal *journal)
{
	int fd;
	int dir = sys_open_at(AT_FDCWD, journal->path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);

	if (dir < 0)
		return dir;
	fd = sys_make_own_at(dir, TF_JOURNAL_NAME, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW);
	sys_close(dir);
	if (fd < 0)
		return fd;
	sys_close(fd);
	return -EEXIST;
}

void tf__journal_set_reported(struct tf_journal *journal)
{
	struct tf_journal_header *header = tf__journal_header(journal);
	int fd;

	header->is_reported = true;
	fd = journal->is_appended ? tf__journal_open_file(journal) : -ENOENT;
	if (fd < 0)
		return;
	(void)sys_pwrite(fd, &header->is_reported, sizeof(header->is_reported),
		offsetof(struct tf_journal_header, is_reported)); /* then less is told */
	sys_close(fd);
}

int tf__journal_add_root(struct tf_journal *journal, const char *dir)
{
	struct tf_roots *roots = &tf__journal_header(journal)->roots;
	long r;
	int fd;

	if (!tf__roots_add(roots, dir))
		return -ENOSPC;
	if (!journal->is_appended)
		return 0;
	fd = tf__journal_open_file(journal);
	if (fd < 0)
		return fd;
	r = sys_pwrite(fd, roots, sizeof(*roots), offsetof(struct tf_journal_header, roots));
	sys_close(fd);
	return r < 0 ? (int)r : 0;
}

int tf__journal_open(struct tf_journal *journal, const char *path, const struct tf_roots *roots)
{
	bool is_empty = false;
	int r = -ENOENT;

	journal->path = path;
	for (int left = 3; path && left > 0 && (r == -ENOENT || r == -EEXIST); left--) {
		r = open_file(journal, roots);
		if (r == -ENOENT)
			r = make_file(journal, roots); /* -EEXIST: another one was faster */
		if (!is_empty && shall_append(r)) {
			r = make_empty(journal);
			is_empty = true;
		}
	}
	if (r == 0 || tf__journal_is_open(journal))
		return r;
	journal->is_private = true;
	if (tf__segment_map(journal, 0, -1) == 0)
		init_header(tf__journal_header(journal), roots);
	return r;
}
