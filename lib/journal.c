/* journal.c: what a session has made, told before it is made. States and rules are in journal.h.
 *
 * All processes of a session and all their threads and signal handlers write here without locks. A
 * slot belongs to whoever swapped its state from FREE; only a sweep, which one process at a time
 * may do, and the cleaner, who is alone, touch the slots of others.
 */
#include <sys/mman.h>
#include <sys/resource.h>

#include "journal.h"
#include "process.h"
#include "text.h"

enum {
	HEADER = 4096,
	FIRST = 16 << 10, /* bytes of the first segment, header included */
	FIRST_SLOTS = (FIRST - HEADER) / TF_SLOT,
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

static struct tf_record *record_at(const struct tf_journal *journal, uint32_t slot)
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

/* Filesystems where a shared mapping of allocated space does not fault. Overlayfs maps the file of
 * its upper layer. */
static bool is_mappable(int fd)
{
	long fs[16] = {0}; /* struct statfs of 64-bit machines begins with the type */

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
	char link[40];
	struct tf_text text = tf__text(link, sizeof(link));
	int dir, r;
	int fd = sys_open_at(AT_FDCWD, journal->path, TF_O_TMPFILE | O_RDWR, 0600);

	if (fd < 0)
		return fd;
	r = is_mappable(fd) ? allocate(fd, FIRST) : -EOPNOTSUPP;
	if (r == 0)
		r = map_segment(journal, 0, fd);
	if (r == 0) {
		init_header(tf__journal_header(journal), roots);
		tf__text_add(&text, "/proc/self/fd/");
		tf__text_add_number(&text, (uint64_t)fd);
		dir = sys_open_at(AT_FDCWD, journal->path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0);
		r = dir < 0 ? dir
			    : sys_link_at(AT_FDCWD, link, dir, file_name, TF_AT_SYMLINK_FOLLOW);
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

static bool is_ours(int fd)
{
	struct tf_stat stat;

	return sys_stat_fd(fd, &stat) == 0 && tf__is_file(&stat) && stat.uid == sys_euid() &&
	       stat.size >= FIRST;
}

static int open_file(struct tf_journal *journal)
{
	const struct tf_journal_header *header;
	int r;
	int fd = open_in(journal->path, file_name, O_RDWR);

	if (fd < 0)
		return fd;
	r = is_ours(fd) ? map_segment(journal, 0, fd) : -EPERM;
	sys_close(fd);
	if (r < 0)
		return r;
	header = tf__journal_header(journal);
	if (header->version != TF_JOURNAL_VERSION ||
		__builtin_memcmp(header->magic, magic, sizeof(magic)) != 0) {
		sys_unmap(journal->segment[0], FIRST);
		journal->segment[0] = NULL;
		return -EPROTO;
	}
	return 0;
}

int tf__journal_open(struct tf_journal *journal, const char *path, const struct tf_roots *roots)
{
	int r = -ENOENT;

	journal->path = path;
	for (int left = 3; path && left > 0 && (r == -ENOENT || r == -EEXIST); left--) {
		r = open_file(journal);
		if (r == -ENOENT)
			r = make_file(journal, roots); /* -EEXIST: another one was faster */
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
	int fd = open_in(journal->path, file_name, O_RDWR);

	if (fd < 0)
		return fd;
	for (unsigned k = mapped(journal); r == 0 && k < segments && k < TF_SEGMENTS; k++)
		r = map_segment(journal, k, fd);
	sys_close(fd);
	return r;
}

/* Allocates one more segment than there are. Two processes may do so at once: allocating the same
 * bytes twice is no harm, and only one counts it. */
static int grow(struct tf_journal *journal)
{
	struct tf_journal_header *header = tf__journal_header(journal);
	uint32_t k = mapped(journal);
	uint32_t counted = k;
	int fd = -1, r = 0;

	if (k == TF_SEGMENTS)
		return -ENOSPC;
	if (!journal->is_private) {
		fd = open_in(journal->path, file_name, O_RDWR);
		r = fd < 0 ? fd : allocate(fd, end_of(k));
	}
	if (r == 0)
		r = map_segment(journal, k, fd);
	if (fd >= 0)
		sys_close(fd);
	if (r == 0 && __atomic_compare_exchange_n(&header->segments, &counted, k + 1, false,
			      __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
		header->in_use = 0;
	return r;
}

static bool swap_state(struct tf_record *record, uint32_t from, uint32_t to)
{
	return __atomic_compare_exchange_n(
		&record->state, &from, to, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

static uint32_t state_of(const struct tf_record *record)
{
	return __atomic_load_n(&record->state, __ATOMIC_ACQUIRE);
}

static void free_record(const struct tf_journal *journal, uint32_t slot, unsigned slots)
{
	for (unsigned i = slots; i-- > 0;) /* the first one last: until then the rest is ours */
		__atomic_store_n(&record_at(journal, slot + i)->state, TF_FREE, __ATOMIC_RELEASE);
}

/* Takes n slots from `slot` on if all are free and in one segment. */
static bool take(const struct tf_journal *journal, uint32_t slot, unsigned n)
{
	unsigned got = 0;

	if (n > 1 && segment_of(slot) != segment_of(slot + n - 1))
		return false;
	while (got < n && swap_state(record_at(journal, slot + got), TF_FREE,
				  got == 0 ? TF_CLAIMED : TF_MORE))
		got++;
	if (got < n && got > 0)
		free_record(journal, slot, got);
	return got == n;
}

static int64_t find_free(const struct tf_journal *journal, unsigned n)
{
	struct tf_journal_header *header = tf__journal_header(journal);
	uint32_t total = slots_until(mapped(journal) - 1);
	uint32_t hint = __atomic_load_n(&header->hint, __ATOMIC_RELAXED);

	for (uint32_t i = 0; i < total; i++) {
		uint32_t slot = hint < total ? (hint + i) % total : i;

		if (slot + n <= total && take(journal, slot, n)) {
			__atomic_store_n(&header->hint, slot + n, __ATOMIC_RELAXED);
			return slot;
		}
	}
	return -ENOSPC;
}

/* Is this file one that the session has made? Its identity may stand in any record. */
static bool is_known(const struct tf_journal *journal, const struct tf_identity *id, uint32_t total)
{
	for (uint32_t slot = 0; slot < total; slot++) {
		const struct tf_record *record = record_at(journal, slot);

		if (state_of(record) == TF_LIVE && tf__is_registered(record) &&
			tf__same(&record->id, id))
			return true;
	}
	return false;
}

/* J3. A path that leads to another file of the session (`sed -i` on a temporary file) goes on
 * meaning that one. */
static bool is_done(const struct tf_journal *journal, struct tf_record *record, uint32_t total)
{
	struct tf_identity found;
	struct tf_stat stat;
	int r;

	r = sys_stat_at(AT_FDCWD, record->path, TF_AT_SYMLINK_NOFOLLOW, &stat);
	if (r < 0)
		return r == -ENOENT || r == -ENOTDIR;
	found = tf__identity(&stat);
	if (tf__same(&found, &record->id))
		return false;
	if (!tf__is_registered(record) || !is_known(journal, &found, total))
		return true;
	record->id = found;
	return false;
}

/* Frees the records that are done, and counts the slots of the others. A record may be what another
 * is known by, so all are judged before any is freed. */
static uint32_t sweep_all(const struct tf_journal *journal)
{
	uint32_t total = slots_until(mapped(journal) - 1);
	uint32_t used = 0;

	for (uint32_t slot = 0; slot < total; slot++) {
		struct tf_record *record = record_at(journal, slot);

		if (state_of(record) == TF_LIVE)
			record->id.is_done =
				record->kind != TF_KIND_PROGRAM && is_done(journal, record, total);
	}
	for (uint32_t slot = 0; slot < total; slot++) {
		struct tf_record *record = record_at(journal, slot);

		if (state_of(record) == TF_LIVE && record->id.is_done)
			free_record(journal, slot, record->slots);
		else if (state_of(record) == TF_LIVE)
			used += record->slots;
	}
	return used;
}

/* Makes room without growing, if that is likely. One process of the journal's pid namespace at a
 * time; a dead one's place is taken over. */
static bool sweep(const struct tf_journal *journal)
{
	struct tf_journal_header *header = tf__journal_header(journal);
	uint32_t total = slots_until(mapped(journal) - 1);
	int32_t holder = 0;
	int32_t me = sys_pid();

	if (header->in_use > total / 4 * 3 || header->pid_namespace != tf__pid_namespace())
		return false;
	if (!__atomic_compare_exchange_n(
		    &header->sweeper, &holder, me, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		if (holder == me || tf__alive_since(holder, UINT64_MAX))
			return false;
		if (!__atomic_compare_exchange_n(&header->sweeper, &holder, me, false,
			    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
			return false;
	}
	header->in_use = sweep_all(journal);
	__atomic_store_n(&header->hint, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&header->sweeper, 0, __ATOMIC_RELEASE);
	return header->in_use < total;
}

static int64_t claim(struct tf_journal *journal, unsigned n)
{
	int64_t slot = find_free(journal, n);

	if (slot < 0 && sweep(journal))
		slot = find_free(journal, n);
	for (int left = TF_SEGMENTS; slot < 0 && left > 0; left--) {
		unsigned there =
			__atomic_load_n(&tf__journal_header(journal)->segments, __ATOMIC_ACQUIRE);
		int r = there > mapped(journal) ? follow(journal, there) : grow(journal);

		if (r < 0)
			return r;
		slot = find_free(journal, n);
	}
	return slot;
}

/* Where a text goes on in the next slot it lies where that slot's state is: no part of a text reads
 * as FREE, except the NUL at its end with what follows. There the rest of the word is filled first.
 */
static void end_text(struct tf_record *record, size_t len)
{
	size_t end = sizeof(*record) + len;

	for (size_t at = end + 1; end % TF_SLOT < 3 && at % TF_SLOT < 4 && at % TF_SLOT > 0; at++)
		((char *)record)[at] = '\xff';
	record->path[len] = '\0';
}

int64_t tf__journal_intend(struct tf_journal *journal, const struct tf_record *head,
	const char *dir, size_t dir_len, const char *name)
{
	size_t name_len = tf__length(name);
	size_t len = dir_len + 1 + name_len;
	unsigned n = (unsigned)((sizeof(*head) + len + 1 + TF_SLOT - 1) / TF_SLOT);
	struct tf_record *record;
	int64_t slot;

	if (len >= TF_PATH_MAX)
		return -ENAMETOOLONG;
	if (head->flags & TF_FLAG_KEEP)
		__atomic_store_n(&tf__journal_header(journal)->keeps, 1, __ATOMIC_RELEASE);
	slot = claim(journal, n);
	if (slot < 0)
		return slot;
	record = record_at(journal, (uint32_t)slot);
	tf__copy((char *)record + sizeof(record->state), (const char *)head + sizeof(head->state),
		sizeof(*head) - sizeof(head->state));
	record->slots = (uint8_t)n;
	record->len = (uint16_t)len;
	record->when = tf__file_time();
	end_text(record, len);
	tf__copy(record->path, dir, dir_len);
	record->path[dir_len] = '/';
	tf__copy(record->path + dir_len + 1, name, name_len);
	__atomic_store_n(&record->state, TF_INTENT, __ATOMIC_RELEASE);
	return slot;
}

void tf__journal_rename(struct tf_journal *journal, int64_t number, const char *name)
{
	struct tf_record *record = record_at(journal, (uint32_t)number);
	size_t len = tf__length(name);

	tf__copy(record->path + record->len - len, name, len);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

uint64_t tf__journal_when(const struct tf_journal *journal, int64_t number)
{
	return record_at(journal, (uint32_t)number)->when;
}

void tf__journal_settle(struct tf_journal *journal, int64_t number, const struct tf_identity *id)
{
	struct tf_record *record = record_at(journal, (uint32_t)number);

	record->id = *id;
	__atomic_store_n(&record->state, TF_LIVE, __ATOMIC_RELEASE);
	if (tf__is_registered(record))
		(void)__atomic_add_fetch(&tf__journal_header(journal)->created, 1,
			__ATOMIC_RELAXED); /* only counted */
}

/* The record of this program, or below 0. */
static int64_t find_program(const struct tf_journal *journal, const char *path)
{
	uint32_t total = slots_until(mapped(journal) - 1);

	for (uint32_t slot = 0; slot < total; slot++) {
		const struct tf_record *record = record_at(journal, slot);

		if (state_of(record) == TF_LIVE && record->kind == TF_KIND_PROGRAM &&
			tf__equal(record->path, path))
			return slot;
	}
	return -ENOENT;
}

void tf__journal_tell(struct tf_journal *journal, const struct tf_record *head, const char *path)
{
	const char *slash = tf__last_slash(path);
	int64_t slot = head->kind == TF_KIND_PROGRAM ? find_program(journal, path) : -ENOENT;

	if (slot < 0 && slash)
		slot = tf__journal_intend(journal, head, path, (size_t)(slash - path), slash + 1);
	if (slot < 0)
		return;
	if (head->kind == TF_KIND_PROGRAM)
		(void)__atomic_add_fetch(
			&record_at(journal, (uint32_t)slot)->caller, 1, __ATOMIC_RELAXED);
	tf__journal_settle(journal, slot, &head->id);
}

void tf__journal_drop(struct tf_journal *journal, int64_t number)
{
	free_record(journal, (uint32_t)number, record_at(journal, (uint32_t)number)->slots);
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
