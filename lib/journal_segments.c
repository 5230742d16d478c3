/* journal_segments.c: where the journal's slots lie, in the file and in memory.
 *
 * I1  Segments are mapped in order, and stay mapped: `segment` has no gap, and what it holds never
 *     changes but from NULL.
 */
#include <sys/mman.h>

#include "journal_segments.h"
#include "text.h"

_Static_assert(sizeof(struct tf_journal_header) <= TF_JOURNAL_HEADER, "the header is a page");
_Static_assert(
	sizeof(struct tf_record) + TF_PATH_MAX <= TF_RECORD_SLOTS * TF_SLOT, "PATH_MAX fits");
_Static_assert((TF_SEGMENT_FIRST - TF_JOURNAL_HEADER) % TF_SLOT == 0, "segments hold whole slots");

unsigned tf__segments_mapped(const struct tf_journal *journal)
{
	unsigned n = 0;

	while (n < TF_SEGMENTS && __atomic_load_n(&journal->segment[n], __ATOMIC_ACQUIRE))
		n++;
	return n;
}

unsigned tf__segments_usable(const struct tf_journal *journal)
{
	uint32_t there = __atomic_load_n(&tf__journal_header(journal)->segments, __ATOMIC_SEQ_CST);
	unsigned n = tf__segments_mapped(journal);

	return there < 1 ? 1 : there < n ? there : n;
}

uint32_t tf__journal_slots(const struct tf_journal *journal)
{
	return tf__segment_slots(tf__segments_usable(journal) - 1);
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
	return tf__segment_of(slot) == tf__segment_of(slot + n - 1);
}

struct tf_record *tf__journal_at(const struct tf_journal *journal, uint32_t slot)
{
	unsigned segment = tf__segment_of(slot);
	int64_t at = TF_JOURNAL_HEADER + (int64_t)slot * TF_SLOT - tf__segment_begin(segment);

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
	for (unsigned k = 0; !journal->is_private && k < tf__segments_mapped(journal); k++)
		(void)sys_map(journal->segment[k],
			(size_t)(tf__segment_end(k) - tf__segment_begin(k)), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
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
	return open_in(journal->path, TF_JOURNAL_NAME, O_RDWR);
}

int tf__segment_map(struct tf_journal *journal, unsigned k, int fd)
{
	size_t len = (size_t)(tf__segment_end(k) - tf__segment_begin(k));
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	void *at = sys_map(
		NULL, len, PROT_READ | PROT_WRITE, flags, fd, fd < 0 ? 0 : tf__segment_begin(k));
	char *none = NULL;

	if (tf__is_error(at))
		return (int)(long)at;
	(void)sys_advise(at, len, MADV_DONTFORK); /* an heir opens it with its own rights */
	if (!__atomic_compare_exchange_n(
		    &journal->segment[k], &none, at, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		sys_unmap(at, len);
	return 0;
}

long tf__journal_copy(const struct tf_journal *journal, int64_t at, char *ret_bytes, size_t size)
{
	size_t len = 0;

	for (unsigned k = 0; k < tf__segments_mapped(journal) && len < size; k++) {
		int64_t from = at + (int64_t)len - tf__segment_begin(k);
		int64_t there = tf__segment_end(k) - tf__segment_begin(k) - from;

		if (there <= 0)
			continue;
		if ((size_t)there > size - len)
			there = (int64_t)(size - len);
		tf__copy(ret_bytes + len, journal->segment[k] + from, (size_t)there);
		len += (size_t)there;
	}
	return (long)len;
}
