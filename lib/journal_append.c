/* journal_append.c: the journal where no shared mapping of it can be trusted.
 *
 * I1  A record that is INTENT is its writer's alone; one that is LIVE belongs to who has the lock.
 * I2  Slots that are free are taken, and records that are done are freed, under the lock only.
 * I3  The file never gets shorter: who has no lock may be appending to it.
 * I4  Room for calls (`window`) lies behind the header in memory, and is used under the lock only:
 *     two threads of a process have two open files.
 */
#include <sys/file.h>
#include <sys/resource.h>

#include "generation.h"
#include "hazard.h"
#include "journal_append.h"
#include "process.h"
#include "text.h"

enum {
	FEW = 64, /* slots of a file that is not worth a sweep */
	WINDOW = 32,
	NEVER = -1,
};

_Static_assert((int)WINDOW >= (int)TF_RECORD_SLOTS, "a window has room for any record");

/* A part of the file, as read. */
struct window {
	int fd;
	char *bytes; /* WINDOW slots */
	uint32_t first, count;
};

/* The file open, with its lock or without. */
struct access {
	struct tf_journal *journal;
	int fd;
	bool is_locked;
};

static int64_t at_slot(uint32_t slot)
{
	return TF_JOURNAL_HEADER + (int64_t)slot * TF_SLOT;
}

/* --- writing --- */

/* Beyond the file-size limit the kernel would kill us: look first. */
static bool may_write(int64_t end)
{
	return sys_limit(RLIMIT_FSIZE) >= (uint64_t)end;
}

static int put(int fd, const void *bytes, size_t len, int64_t at)
{
	long r = may_write(at + (int64_t)len) ? sys_pwrite(fd, bytes, len, at) : -EFBIG;

	return r < 0 ? (int)r : r == (long)len ? 0 : -ENOSPC;
}

static int put_state(int fd, uint32_t slot, uint32_t state)
{
	return put(fd, &state, sizeof(state), at_slot(slot));
}

/* Fields of the header are numbers of 32 bits. */
static void put_field(int fd, size_t at, uint32_t value)
{
	(void)put(fd, &value, sizeof(value), (int64_t)at); /* hints, and what is only counted */
}

#define PUT(fd, field, value) put_field(fd, offsetof(struct tf_journal_header, field), value)

/* --- the lock --- */

/* Another one has it for some calls; or for a sweep, whose time depends on the size. */
static bool take_lock(int fd)
{
	enum { TRIES = 20, PAUSE = 50000, BYTES_IN_PAUSE = 16 * TF_SLOT };
	struct tf_stat stat;
	int r = sys_lock(fd, LOCK_EX | LOCK_NB);

	if (r != -EAGAIN || sys_stat_fd(fd, &stat) < 0)
		return r == 0;
	for (uint64_t left = TRIES + stat.size / BYTES_IN_PAUSE; r == -EAGAIN && left > 0; left--) {
		sys_sleep(PAUSE);
		r = sys_lock(fd, LOCK_EX | LOCK_NB);
	}
	return r == 0;
}

/* 0 or -errno. Also reads the header again, as far as it changes, with the lock. */
static int begin(struct tf_journal *journal, struct access *ret_access)
{
	int fd = tf__journal_open_file(journal);

	if (fd < 0)
		return fd;
	*ret_access = (struct access){journal, fd, take_lock(fd)};
	if (ret_access->is_locked)
		(void)sys_pread(fd, tf__journal_header(journal),
			offsetof(struct tf_journal_header, roots), 0); /* as it was, else */
	return 0;
}

/* A child that another thread forks meanwhile has the descriptor, too: closing is not enough. */
static void end(const struct access *access)
{
	if (access->is_locked)
		(void)sys_lock(access->fd, LOCK_UN);
	sys_close(access->fd);
}

/* --- looking, under the lock --- */

static struct window window_of(const struct access *access, unsigned which)
{
	char *room = access->journal->segment[0] + TF_JOURNAL_HEADER;

	return (struct window){
		.fd = access->fd,
		.bytes = room + which * (size_t)(WINDOW * TF_SLOT),
	};
}

/* The slot, and as many of the next n - 1 as there are; NULL behind the last one. */
static struct tf_record *look_at(struct window *window, uint32_t slot, unsigned n)
{
	long len;

	if (slot < window->first || slot + n > window->first + window->count) {
		len = sys_pread(window->fd, window->bytes, WINDOW * TF_SLOT, at_slot(slot));
		window->first = slot;
		window->count = len < 0 ? 0 : (uint32_t)len / TF_SLOT;
	}
	if (slot >= window->first + window->count)
		return NULL;
	return (struct tf_record *)(void *)(window->bytes + (slot - window->first) * TF_SLOT);
}

static bool is_sound(const struct tf_record *record)
{
	size_t end_of_text = sizeof(*record) + record->len;

	return record->state == TF_LIVE && record->slots == end_of_text / TF_SLOT + 1 &&
	       record->slots <= TF_RECORD_SLOTS && record->path[record->len] == '\0';
}

/* The first record from *slot on that is LIVE; *slot is then its number. */
static struct tf_record *next_live(struct window *window, uint32_t *slot)
{
	struct tf_record *record = look_at(window, *slot, TF_RECORD_SLOTS);

	while (record && !is_sound(record))
		record = look_at(window, ++*slot, TF_RECORD_SLOTS);
	return record;
}

/* --- J3 --- */

static bool is_known(const struct access *access, const struct tf_identity *id)
{
	struct window window = window_of(access, 1);
	const struct tf_record *record;

	for (uint32_t slot = 0; (record = next_live(&window, &slot)); slot += record->slots)
		if (tf__is_registered(record) && tf__same(&record->id, id))
			return true;
	return false;
}

/* As in journal_slots.c. */
static bool is_done(const struct access *access, const struct tf_record *record, uint32_t slot)
{
	struct tf_identity found;
	struct tf_stat stat;
	int r = sys_stat_at(AT_FDCWD, record->path, TF_AT_SYMLINK_NOFOLLOW, &stat);

	if (r < 0)
		return r == -ENOENT || r == -ENOTDIR;
	found = tf__identity(&stat);
	if (tf__same(&found, &record->id))
		return false;
	tf__identify_like(&found, &record->id, AT_FDCWD, record->path);
	if (!tf__is_registered(record) || !is_known(access, &found))
		return true;
	(void)put(access->fd, &found, sizeof(found),
		at_slot(slot) + (int64_t)offsetof(struct tf_record, id)); /* else the next sweep */
	return false;
}

static void release(int fd, uint32_t slot, unsigned n)
{
	for (unsigned i = n; i-- > 0;) /* the first one last: until then the rest is ours */
		(void)put_state(fd, slot + i, TF_FREE); /* then it stays, and is done */
}

static void judge(const struct access *access, const struct tf_record *record, uint32_t slot)
{
	bool done = !tf__is_remark(record) && is_done(access, record, slot);

	if (record->id.is_done != done)
		put_field(access->fd,
			(size_t)at_slot(slot) + offsetof(struct tf_record, id.is_done), done);
}

/* All are judged before any is freed: a record may be what another is known by. */
static uint32_t sweep(const struct access *access)
{
	struct window window = window_of(access, 0);
	const struct tf_record *record;
	uint32_t used = 0;

	for (uint32_t slot = 0; (record = next_live(&window, &slot)); slot += record->slots)
		judge(access, record, slot);
	window.count = 0;
	for (uint32_t slot = 0; (record = next_live(&window, &slot)); slot += record->slots)
		if (record->id.is_done)
			release(access->fd, slot, record->slots);
		else
			used += record->slots;
	return used;
}

/* --- a place for a record --- */

/* n free slots in a row, from *slot on. */
static bool find_free(const struct access *access, uint32_t *slot, unsigned n)
{
	struct window window = window_of(access, 0);
	const struct tf_record *record;
	unsigned got = 0;

	for (; got < n && (record = look_at(&window, *slot, 1)); ++*slot)
		got = record->state == TF_FREE ? got + 1 : 0;
	if (got < n)
		return false;
	*slot -= n;
	return true;
}

/* Under the lock: the slot to write over, or NEVER: append. */
static int64_t find_place(const struct access *access, unsigned n, uint32_t total)
{
	struct tf_journal_header *header = tf__journal_header(access->journal);
	uint32_t slot = header->hint;
	bool is_found = slot < total && find_free(access, &slot, n);

	if (!is_found && total >= FEW && header->in_use <= total / 2 &&
		header->pid_namespace == tf__pid_namespace()) {
		PUT(access->fd, in_use, sweep(access));
		slot = 0;
		is_found = find_free(access, &slot, n);
	}
	PUT(access->fd, hint, is_found ? slot + n : total + n);
	return is_found ? (int64_t)slot : NEVER;
}

enum { PIECES = 5 };

/* At the end, where no slot is cut in two by an earlier write that was cut short. */
static int64_t append(int fd, const struct tf_piece *pieces, size_t len)
{
	static const char none[TF_SLOT] = {(char)TF_MORE};
	struct tf_stat stat;
	int r = (int)tf__sys3(SYS_fcntl, fd, F_SETFL, O_APPEND);

	for (int left = 3; r == 0 && left > 0; left--) {
		int64_t begin_at;
		long got;

		r = sys_stat_fd(fd, &stat);
		if (r < 0 || !may_write((int64_t)(stat.size + 2 * len)))
			return r < 0 ? r : -EFBIG;
		got = sys_writev(fd, pieces, PIECES);
		begin_at = got < 0 ? got : sys_seek(fd, 0, SEEK_CUR) - got - TF_JOURNAL_HEADER;
		if (begin_at < 0 || got < (long)len)
			return begin_at < 0 ? begin_at : -ENOSPC;
		if (begin_at % TF_SLOT == 0)
			return begin_at / TF_SLOT;
		(void)sys_write(fd, none, (size_t)(TF_SLOT - begin_at % TF_SLOT)); /* try again */
	}
	return r < 0 ? r : -EIO;
}

static int64_t place(const struct access *access, const struct tf_piece *pieces, size_t len)
{
	struct tf_stat stat;
	unsigned n = (unsigned)(len / TF_SLOT);
	int r = access->is_locked ? sys_stat_fd(access->fd, &stat) : -EAGAIN;
	int64_t slot = NEVER;
	long got;

	if (r == 0)
		slot = find_place(access, n, (uint32_t)((stat.size - TF_JOURNAL_HEADER) / TF_SLOT));
	if (slot < 0)
		return append(access->fd, pieces, len);
	if (!may_write(at_slot((uint32_t)slot + n)))
		return -EFBIG;
	got = sys_pwritev(access->fd, pieces, PIECES, at_slot((uint32_t)slot));
	if (got == (long)len)
		return slot;
	release(access->fd, (uint32_t)slot, n);
	return got < 0 ? got : -ENOSPC;
}

int64_t tf__append_intend(struct tf_journal *journal, const struct tf_record *head, const char *dir,
	size_t dir_len, const char *name)
{
	static const char rest[TF_SLOT] = {0, [1 ... TF_SLOT - 1] = '\xff'}; /* not FREE */
	size_t len = sizeof(*head) + head->len;
	size_t rest_len = head->slots * (size_t)TF_SLOT - len;
	const struct tf_piece pieces[PIECES] = {
		{head, sizeof(*head)},
		{dir, dir_len},
		{"/", 1},
		{name, tf__length(name)},
		{rest, rest_len},
	};
	struct access access;
	int64_t r = begin(journal, &access);

	if (r < 0)
		return r;
	r = place(&access, pieces, len + rest_len);
	end(&access);
	return r;
}

/* --- one record, without the lock --- */

static int64_t in_record(int64_t number, size_t offset)
{
	return at_slot((uint32_t)number) + (int64_t)offset;
}

/* Reads a part of the record's head; 0 or -errno. */
static int get(int fd, int64_t number, size_t offset, void *ret_part, size_t len)
{
	long r = sys_pread(fd, ret_part, len, in_record(number, offset));

	return r == (long)len ? 0 : r < 0 ? (int)r : -EIO;
}

#define GET(fd, number, field, ret_part)                                                           \
	get(fd, number, offsetof(struct tf_record, field), ret_part, sizeof(*(ret_part)))

void tf__append_rename(struct tf_journal *journal, int64_t number, const char *name)
{
	size_t len = tf__length(name);
	uint16_t path_len;
	int fd = tf__journal_open_file(journal);

	if (fd < 0)
		return;
	if (GET(fd, number, len, &path_len) == 0)
		(void)put(fd, name, len, /* what is not told stays behind */
			in_record(number, sizeof(struct tf_record) + path_len - len));
	sys_close(fd);
}

/* Two who do this at once may count one. */
static void count(int fd, int64_t number)
{
	struct tf_record head;
	uint32_t created;

	if (get(fd, number, 0, &head, sizeof(head)) < 0 || !tf__is_registered(&head) ||
		head.flags & TF_FLAG_PLACE)
		return;
	if (sys_pread(fd, &created, sizeof(created), offsetof(struct tf_journal_header, created)) ==
		(long)sizeof(created))
		PUT(fd, created, created + 1);
}

/* Without the identity it stays an intent, which the cleaner judges by its birth. */
void tf__append_settle(struct tf_journal *journal, int64_t number, const struct tf_identity *id)
{
	int fd = tf__journal_open_file(journal);

	if (fd < 0)
		return;
	if (put(fd, id, sizeof(*id), in_record(number, offsetof(struct tf_record, id))) == 0)
		(void)put_state(fd, (uint32_t)number, TF_LIVE);
	count(fd, number);
	sys_close(fd);
}

void tf__append_drop(struct tf_journal *journal, int64_t number)
{
	uint8_t slots;
	int fd = tf__journal_open_file(journal);

	if (fd < 0)
		return;
	if (GET(fd, number, slots, &slots) == 0)
		release(fd, (uint32_t)number, slots);
	sys_close(fd);
}

int tf__append_disown(struct tf_journal *journal, const struct tf_identity *id)
{
	const struct tf_record *record;
	struct access access;
	struct window window;
	int r = begin(journal, &access);

	if (r < 0)
		return r;
	r = access.is_locked ? -ENOENT : -EAGAIN;
	window = window_of(&access, 0);
	for (uint32_t slot = 0; access.is_locked && (record = next_live(&window, &slot));
		slot += record->slots) {
		if (!tf__same(&record->id, id))
			continue;
		release(access.fd, slot, record->slots);
		r = 0;
	}
	end(&access);
	return r;
}

/* --- the rest --- */

bool tf__append_count_program(struct tf_journal *journal, const char *path)
{
	const struct tf_record *record = NULL;
	struct access access;
	struct window window;
	uint32_t slot = 0;
	uint64_t times;

	if (begin(journal, &access) < 0)
		return false;
	window = window_of(&access, 0);
	while (access.is_locked && (record = next_live(&window, &slot)) &&
		!(record->kind == TF_KIND_PROGRAM && tf__equal(record->path, path)))
		slot += record->slots;
	times = record ? record->caller + 1 : 0;
	if (record)
		(void)put(access.fd, &times, sizeof(times), /* only counted */
			in_record(slot, offsetof(struct tf_record, caller)));
	end(&access);
	return record;
}

bool tf__append_has_hazard(
	struct tf_journal *journal, const struct tf_record *head, const char *path)
{
	const struct tf_record *record;
	struct access access;
	struct window window;
	bool is_told = false;
	uint32_t n = 0;

	if (begin(journal, &access) < 0)
		return false;
	window = window_of(&access, 0);
	for (uint32_t slot = 0;
		access.is_locked && !is_told && (record = next_live(&window, &slot));
		slot += record->slots)
		if (record->kind == TF_KIND_HAZARD)
			is_told = tf__hazard_is_same(record, head, path) || ++n == TF_HAZARDS_MAX;
	end(&access);
	return is_told;
}

void tf__append_keeps(struct tf_journal *journal)
{
	struct tf_journal_header *header = tf__journal_header(journal);
	int fd = header->keeps ? -EEXIST : tf__journal_open_file(journal);

	if (fd < 0)
		return;
	header->keeps = 1;
	PUT(fd, keeps, 1);
	sys_close(fd);
}
