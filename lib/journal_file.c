/* journal_file.c: the journal as a file and as memory. The format is in journal_file.h.
 *
 * I1  Segments are mapped in order, and stay mapped: `segment` has no gap, and what it holds never
 *     changes but from NULL.
 * I2  The file has its name only when its header is whole (M5).
 * I3  The file's length is changed only under its flock, which the kernel takes from the dead.
 * I4  It gets shorter only when nobody is looking (`looking`), after `segments` has told all who
 *     come then, and only by slots that are free: no mapping is touched beyond its end.
 */
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "journal_file.h"
#include "lock.h"
#include "process.h"
#include "text.h"

enum {
	HEADER = TF_JOURNAL_HEADER,
	FIRST = 16 << 10, /* bytes of the first segment, header included */
};

_Static_assert(sizeof(struct tf_journal_header) <= HEADER, "the header is a page");
_Static_assert(
	sizeof(struct tf_record) + TF_PATH_MAX <= TF_RECORD_SLOTS * TF_SLOT, "PATH_MAX fits");
_Static_assert((FIRST - HEADER) % TF_SLOT == 0, "segments hold whole slots");

static const char file_name[] = "journal";
static const char magic[8] = "tmpguard";

/* Segment k ends at byte FIRST * 4^k of the file. */
static int64_t end_of(unsigned segment)
{
	return (int64_t)FIRST << 2 * segment;
}

static int64_t begin_of(unsigned segment)
{
	return segment == 0 ? 0 : end_of(segment - 1);
}

static uint32_t slots_until(unsigned segment)
{
	return (uint32_t)((end_of(segment) - HEADER) / TF_SLOT);
}

/* Segments mapped so far; they are mapped in order. */
static unsigned mapped(const struct tf_journal *journal)
{
	unsigned n = 0;

	while (n < TF_SEGMENTS && __atomic_load_n(&journal->segment[n], __ATOMIC_ACQUIRE))
		n++;
	return n;
}

static unsigned segment_of(uint32_t slot)
{
	unsigned segment = 0;

	while (slot >= slots_until(segment))
		segment++;
	return segment;
}

/* Segments that may be touched. */
static unsigned usable(const struct tf_journal *journal)
{
	uint32_t there = __atomic_load_n(&tf__journal_header(journal)->segments, __ATOMIC_SEQ_CST);
	unsigned n = mapped(journal);

	return there < 1 ? 1 : there < n ? there : n;
}

uint32_t tf__journal_slots(const struct tf_journal *journal)
{
	return slots_until(usable(journal) - 1);
}

void tf__journal_look(const struct tf_journal *journal)
{
	(void)__atomic_add_fetch(&tf__journal_header(journal)->looking, 1, __ATOMIC_SEQ_CST);
}

void tf__journal_look_end(const struct tf_journal *journal)
{
	(void)__atomic_sub_fetch(&tf__journal_header(journal)->looking, 1, __ATOMIC_SEQ_CST);
}

bool tf__journal_in_one(uint32_t slot, unsigned n)
{
	return segment_of(slot) == segment_of(slot + n - 1);
}

struct tf_record *tf__journal_at(const struct tf_journal *journal, uint32_t slot)
{
	unsigned segment = segment_of(slot);
	int64_t at = HEADER + (int64_t)slot * TF_SLOT - begin_of(segment);

	return (struct tf_record *)(void *)(journal->segment[segment] + at);
}

struct tf_journal_header *tf__journal_header(const struct tf_journal *journal)
{
	return (struct tf_journal_header *)(void *)journal->segment[0];
}

bool tf__journal_is_open(const struct tf_journal *journal)
{
	return __atomic_load_n(&journal->segment[0], __ATOMIC_ACQUIRE) != NULL;
}

void tf__journal_forget(struct tf_journal *journal)
{
	*journal = (struct tf_journal){0};
}

void tf__journal_cut(struct tf_journal *journal)
{
	for (unsigned k = 0; !journal->is_private && k < mapped(journal); k++)
		(void)sys_map(journal->segment[k], (size_t)(end_of(k) - begin_of(k)),
			PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static int open_in(const char *dir_path, const char *name, int flags)
{
	int r;
	int dir = sys_open_at(AT_FDCWD, dir_path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);

	if (dir < 0)
		return dir;
	r = sys_open_at(dir, name, flags | O_NOFOLLOW | O_NONBLOCK, 0600);
	sys_close(dir);
	return r;
}

int tf__journal_open_file(const struct tf_journal *journal)
{
	return open_in(journal->path, file_name, O_RDWR);
}

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

/* Space for bytes up to `end`. Beyond the file-size limit the kernel would kill us: look first. */
static int allocate(int fd, int64_t end)
{
	if (sys_limit(RLIMIT_FSIZE) < (uint64_t)end)
		return -EFBIG;
	return sys_allocate(fd, 0, end);
}

/* Maps segment `k` of the file fd, or of private memory (fd -1). Threads may race; one wins. */
static int map_segment(struct tf_journal *journal, unsigned k, int fd)
{
	size_t len = (size_t)(end_of(k) - begin_of(k));
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	void *at = sys_map(NULL, len, PROT_READ | PROT_WRITE, flags, fd, fd < 0 ? 0 : begin_of(k));
	char *none = NULL;

	if (tf__is_error(at))
		return (int)(long)at;
	(void)sys_advise(at, len, MADV_DONTFORK); /* an heir opens it with its own rights */
	if (!__atomic_compare_exchange_n(
		    &journal->segment[k], &none, at, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		sys_unmap(at, len);
	return 0;
}

/* I3. Whoever has the lock needs it for two calls, unless it has been stopped between them. */
static int lock_length(int fd)
{
	enum { TRIES = 100, PAUSE = 1000000 };
	int r = sys_lock(fd, LOCK_EX | LOCK_NB);

	for (int left = TRIES; r == -EAGAIN && left > 0; left--) {
		sys_sleep(PAUSE);
		r = sys_lock(fd, LOCK_EX | LOCK_NB);
	}
	return r;
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
	r = is_mappable(fd) ? allocate(fd, FIRST) : -EOPNOTSUPP;
	if (r == 0)
		r = map_segment(journal, 0, fd);
	if (r == 0) {
		init_header(tf__journal_header(journal), roots);
		dir = sys_open_at(AT_FDCWD, journal->path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
		r = dir < 0 ? dir : tf__lock_link(fd, dir, file_name);
		if (dir >= 0)
			sys_close(dir);
	}
	sys_close(fd);
	if (r < 0 && journal->segment[0]) {
		sys_unmap(journal->segment[0], FIRST);
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

	return is_mappable(fd) && stat->size >= FIRST &&
	       sys_pread(fd, &is_appended, sizeof(is_appended),
		       offsetof(struct tf_journal_header, is_appended)) > 0 &&
	       !is_appended;
}

static int map_file(struct tf_journal *journal, int fd)
{
	int r = map_segment(journal, 0, fd);

	if (r < 0 || is_header(tf__journal_header(journal)))
		return r;
	sys_unmap(journal->segment[0], FIRST);
	journal->segment[0] = NULL;
	return -EPROTO;
}

/* Writes the header of a file that has none yet: whoever made it is about to, or was killed. */
static int write_header(int fd, struct tf_journal_header *header, const struct tf_roots *roots)
{
	enum { SOME_RECORDS = HEADER };
	long r;

	if (sys_limit(RLIMIT_FSIZE) < HEADER + SOME_RECORDS)
		return -EFBIG;
	r = sys_reserve(fd, 0, HEADER + SOME_RECORDS);
	if (r == -ENOSPC || r == -EDQUOT) /* else it cannot be told */
		return (int)r;
	init_header(header, roots);
	header->is_appended = true;
	r = sys_truncate_fd(fd, HEADER);
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
	if (stat.size <= HEADER && header->magic[0] == '\0')
		return write_header(fd, header, roots);
	return r == (long)sizeof(*header) && is_header(header) && header->is_appended ? 0 : -EPROTO;
}

/* Without the lock two may write the header, which is then the same but for the roots. */
static int open_appended(struct tf_journal *journal, int fd, const struct tf_roots *roots)
{
	int r = map_segment(journal, 0, -1);
	bool is_locked;

	if (r < 0)
		return r;
	is_locked = lock_length(fd) == 0;
	r = read_header(fd, tf__journal_header(journal), roots);
	if (is_locked)
		(void)sys_lock(fd, LOCK_UN);
	journal->is_appended = r == 0;
	if (r == 0)
		return 0;
	sys_unmap(journal->segment[0], FIRST);
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
	fd = sys_make_own_at(dir, file_name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW);
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
	if (map_segment(journal, 0, -1) == 0)
		init_header(tf__journal_header(journal), roots);
	return r;
}

/* Maps what other processes have added to the file meanwhile. */
static int follow(struct tf_journal *journal, unsigned segments)
{
	int r = 0;
	int fd = tf__journal_open_file(journal);

	if (fd < 0)
		return fd;
	for (unsigned k = mapped(journal); r == 0 && k < segments && k < TF_SEGMENTS; k++)
		r = map_segment(journal, k, fd);
	sys_close(fd);
	return r;
}

/* A child that another thread forks meanwhile has the descriptor, too: closing is not enough. */
static void unlock_length(int fd)
{
	(void)sys_lock(fd, LOCK_UN);
	sys_close(fd);
}

/* Segment k, the file's length being ours to change. */
static int add_segment(struct tf_journal *journal, unsigned k, int fd)
{
	struct tf_journal_header *header = tf__journal_header(journal);
	int r = fd < 0 ? 0 : allocate(fd, end_of(k));

	if (r == 0 && k >= mapped(journal))
		r = map_segment(journal, k, fd);
	if (r < 0)
		return r;
	header->in_use = slots_until(k - 1);
	__atomic_store_n(&header->segments, k + 1, __ATOMIC_SEQ_CST);
	return 0;
}

/* One more than there are, unless somebody has just added one. */
static int extend(struct tf_journal *journal, unsigned k)
{
	struct tf_journal_header *header = tf__journal_header(journal);
	int fd, r;

	if (k == TF_SEGMENTS)
		return -ENOSPC;
	if (journal->is_private)
		return add_segment(journal, k, -1);
	fd = tf__journal_open_file(journal);
	if (fd < 0)
		return fd;
	r = lock_length(fd);
	if (r < 0) {
		sys_close(fd);
		return r;
	}
	if (__atomic_load_n(&header->segments, __ATOMIC_SEQ_CST) == k)
		r = add_segment(journal, k, fd);
	unlock_length(fd);
	return r;
}

int tf__journal_grow(struct tf_journal *journal, uint32_t seen)
{
	unsigned there = __atomic_load_n(&tf__journal_header(journal)->segments, __ATOMIC_SEQ_CST);

	if (there < 1 || there > TF_SEGMENTS)
		return -EPROTO;
	if (there > mapped(journal))
		return follow(journal, there);
	return slots_until(there - 1) > seen ? 0 : extend(journal, there);
}

uint32_t tf__journal_enough(const struct tf_journal *journal, uint32_t used)
{
	unsigned k = 0;

	while (k + 1 < usable(journal) && slots_until(k) / 2 < used)
		k++;
	return slots_until(k);
}

static bool are_free(const struct tf_journal *journal, uint32_t slot, uint32_t end)
{
	while (slot < end &&
		__atomic_load_n(&tf__journal_at(journal, slot)->state, __ATOMIC_SEQ_CST) == TF_FREE)
		slot++;
	return slot == end;
}

/* Those who came before `segments` told them are soon done. Not so who was killed. */
static bool has_lookers(const struct tf_journal_header *header)
{
	enum { TRIES = 50, PAUSE = 20000 };

	for (int left = TRIES; left > 0; left--) {
		if (__atomic_load_n(&header->looking, __ATOMIC_SEQ_CST) == 0)
			return false;
		sys_sleep(PAUSE);
	}
	return true;
}

/* Longer than it should be: somebody has died in here, and nobody looks at what is behind. */
static bool has_length(int fd, int64_t len)
{
	struct tf_stat stat;

	return sys_stat_fd(fd, &stat) == 0 && (int64_t)stat.size == len;
}

/* I4. The lock is ours. */
static void cut(struct tf_journal *journal, unsigned segments, int fd)
{
	struct tf_journal_header *header = tf__journal_header(journal);
	uint32_t were = __atomic_exchange_n(&header->segments, segments, __ATOMIC_SEQ_CST);

	if (!has_length(fd, end_of(were - 1)) || has_lookers(header) ||
		!are_free(journal, slots_until(segments - 1), slots_until(were - 1)) ||
		sys_truncate_fd(fd, end_of(segments - 1)) < 0)
		__atomic_store_n(&header->segments, were, __ATOMIC_SEQ_CST);
}

void tf__journal_shrink(struct tf_journal *journal, uint32_t slots)
{
	unsigned segments = segment_of(slots - 1) + 1;
	unsigned there = __atomic_load_n(&tf__journal_header(journal)->segments, __ATOMIC_SEQ_CST);
	int fd;

	if (journal->is_private || segments >= there || there > mapped(journal))
		return;
	fd = tf__journal_open_file(journal);
	if (fd < 0)
		return;
	if (sys_lock(fd, LOCK_EX | LOCK_NB) < 0) {
		sys_close(fd);
		return;
	}
	if (__atomic_load_n(&tf__journal_header(journal)->segments, __ATOMIC_SEQ_CST) == there)
		cut(journal, segments, fd);
	unlock_length(fd);
}

long tf__journal_copy(const struct tf_journal *journal, int64_t at, char *ret_bytes, size_t size)
{
	size_t len = 0;

	for (unsigned k = 0; k < mapped(journal) && len < size; k++) {
		int64_t from = at + (int64_t)len - begin_of(k);
		int64_t there = end_of(k) - begin_of(k) - from;

		if (there <= 0)
			continue;
		if ((size_t)there > size - len)
			there = (int64_t)(size - len);
		tf__copy(ret_bytes + len, journal->segment[k] + from, (size_t)there);
		len += (size_t)there;
	}
	return (long)len;
}
