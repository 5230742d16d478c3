/* journal_length.c: the journal's file gets longer, and shorter again.
 *
 * I1  The file's length is changed only under its flock, which the kernel takes from the dead.
 * I2  It gets shorter only when nobody is looking (`looking`), after `segments` has told all who
 *     come then, and only by slots that are free: no mapping is touched beyond its end.
 */
#include <sys/file.h>
#include <sys/resource.h>

#include "journal_length.h"

/* Beyond the file-size limit the kernel would kill us: look first. */
int tf__journal_allocate(int fd, int64_t end)
{
	if (sys_limit(RLIMIT_FSIZE) < (uint64_t)end)
		return -EFBIG;
	return sys_allocate(fd, 0, end);
}

int tf__journal_lock_length(int fd)
{
	enum { TRIES = 100, PAUSE = 1000000 };
	int r = sys_lock(fd, LOCK_EX | LOCK_NB);

	for (int left = TRIES; r == -EAGAIN && left > 0; left--) {
		sys_sleep(PAUSE);
		r = sys_lock(fd, LOCK_EX | LOCK_NB);
	}
	return r;
}

/* Maps what other processes have added to the file meanwhile. */
static int follow(struct tf_journal *journal, unsigned segments)
{
	int r = 0;
	int fd = tf__journal_open_file(journal);

	if (fd < 0)
		return fd;
	for (unsigned k = tf__segments_mapped(journal); r == 0 && k < segments && k < TF_SEGMENTS;
		k++)
		r = tf__segment_map(journal, k, fd);
	sys_close(fd);
	return r;
}

/* A child that another thread forks meanwhile has the descriptor, too: closing is not enough. */
void tf__journal_unlock_length(int fd)
{
	(void)sys_lock(fd, LOCK_UN);
	sys_close(fd);
}

/* Segment k, the file's length being ours to change. */
static int add_segment(struct tf_journal *journal, unsigned k, int fd)
{
	struct tf_journal_header *header = tf__journal_header(journal);
	int r = fd < 0 ? 0 : tf__journal_allocate(fd, tf__segment_end(k));

	if (r == 0 && k >= tf__segments_mapped(journal))
		r = tf__segment_map(journal, k, fd);
	if (r < 0)
		return r;
	header->in_use = tf__segment_slots(k - 1);
	__atomic_store_n(&header->segments, k + 1, __ATOMIC_SEQ_CST);
	return 0;
}

/* 0: the length is ours to change; 1: somebody else has added segment k meanwhile; or -errno. Many
 * may come at once, and only one of them has anything to do. */
static int lock_or_see(const struct tf_journal_header *header, unsigned k, int fd)
{
	enum { TRIES = 500, PAUSE = 1000000 };
	int r = -EAGAIN;

	for (int left = TRIES; r == -EAGAIN && left > 0; left--) {
		if (__atomic_load_n(&header->segments, __ATOMIC_SEQ_CST) != k)
			return 1;
		r = sys_lock(fd, LOCK_EX | LOCK_NB);
		if (r == -EAGAIN)
			sys_sleep(PAUSE);
	}
	return r;
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
	r = lock_or_see(header, k, fd);
	if (r != 0) {
		sys_close(fd);
		return r < 0 ? r : 0;
	}
	if (__atomic_load_n(&header->segments, __ATOMIC_SEQ_CST) == k)
		r = add_segment(journal, k, fd);
	tf__journal_unlock_length(fd);
	return r;
}

int tf__journal_grow(struct tf_journal *journal, uint32_t seen)
{
	unsigned there = __atomic_load_n(&tf__journal_header(journal)->segments, __ATOMIC_SEQ_CST);

	if (there < 1 || there > TF_SEGMENTS)
		return -EPROTO;
	if (there > tf__segments_mapped(journal))
		return follow(journal, there);
	return tf__segment_slots(there - 1) > seen ? 0 : extend(journal, there);
}

uint32_t tf__journal_enough(const struct tf_journal *journal, uint32_t used)
{
	unsigned k = 0;

	while (k + 1 < tf__segments_usable(journal) && tf__segment_slots(k) / 2 < used)
		k++;
	return tf__segment_slots(k);
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

/* I2. The lock is ours. */
static void cut(struct tf_journal *journal, unsigned segments, int fd)
{
	struct tf_journal_header *header = tf__journal_header(journal);
	uint32_t were = __atomic_exchange_n(&header->segments, segments, __ATOMIC_SEQ_CST);

	if (!has_length(fd, tf__segment_end(were - 1)) || has_lookers(header) ||
		!are_free(journal, tf__segment_slots(segments - 1), tf__segment_slots(were - 1)) ||
		sys_truncate_fd(fd, tf__segment_end(segments - 1)) < 0)
		__atomic_store_n(&header->segments, were, __ATOMIC_SEQ_CST);
}

void tf__journal_shrink(struct tf_journal *journal, uint32_t slots)
{
	unsigned segments = tf__segment_of(slots - 1) + 1;
	unsigned there = __atomic_load_n(&tf__journal_header(journal)->segments, __ATOMIC_SEQ_CST);
	int fd;

	if (journal->is_private || segments >= there || there > tf__segments_mapped(journal))
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
	tf__journal_unlock_length(fd);
}
