/* journal_slots.c: which slots of the journal are free, and whose the others are.
 *
 * A slot belongs to whoever swapped its state from FREE; only a sweep, which one process at a time
 * may do, and the cleaner, who is alone, touch the slots of others.
 */
#include "generation.h"
#include "journal_slots.h"
#include "process.h"
#include "text.h"

static bool swap_state(struct tf_record *record, uint32_t from, uint32_t to)
{
	return __atomic_compare_exchange_n(
		&record->state, &from, to, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

void tf__journal_release(const struct tf_journal *journal, uint32_t slot, unsigned n)
{
	for (unsigned i = n; i-- > 0;) /* the first one last: until then the rest is ours */
		__atomic_store_n(
			&tf__journal_at(journal, slot + i)->state, TF_FREE, __ATOMIC_RELEASE);
}

/* Takes n slots from `slot` on if all are free and in one segment. */
static bool take(const struct tf_journal *journal, uint32_t slot, unsigned n)
{
	unsigned got = 0;

	if (!tf__journal_in_one(slot, n))
		return false;
	while (got < n && swap_state(tf__journal_at(journal, slot + got), TF_FREE,
				  got == 0 ? TF_CLAIMED : TF_MORE))
		got++;
	if (got < n && got > 0)
		tf__journal_release(journal, slot, got);
	return got == n;
}

/* n free slots in a row below `end`, from `from` on and then from the beginning. */
static int64_t find_below(const struct tf_journal *journal, uint32_t from, uint32_t end, unsigned n)
{
	for (uint32_t i = 0; i < end; i++) {
		uint32_t slot = from < end ? (from + i) % end : i;

		if (slot + n <= end && take(journal, slot, n))
			return slot;
	}
	return -ENOSPC;
}

static int64_t find_free(const struct tf_journal *journal, unsigned n, uint32_t *ret_total)
{
	struct tf_journal_header *header = tf__journal_header(journal);
	int64_t slot;

	tf__journal_look(journal);
	*ret_total = tf__journal_slots(journal);
	slot = find_below(journal, __atomic_load_n(&header->hint, __ATOMIC_RELAXED), *ret_total, n);
	tf__journal_look_end(journal);
	if (slot >= 0)
		__atomic_store_n(&header->hint, (uint32_t)slot + n, __ATOMIC_RELAXED);
	return slot;
}

/* Is this file one that the session has made? Its identity may stand in any record. */
static bool is_known(const struct tf_journal *journal, const struct tf_identity *id, uint32_t total)
{
	for (uint32_t slot = 0; slot < total; slot++) {
		const struct tf_record *record = tf__journal_at(journal, slot);

		if (tf__journal_state(record) == TF_LIVE && tf__is_registered(record) &&
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
		return false; /* as far as that tells: the cleaner asks for more */
	tf__identify_like(&found, &record->id, AT_FDCWD, record->path);
	if (!tf__is_registered(record) || !is_known(journal, &found, total))
		return true;
	record->id = found;
	return false;
}

/* Frees the records that are done, and counts the slots of the others. A record may be what another
 * is known by, so all are judged before any is freed. */
static uint32_t sweep_all(const struct tf_journal *journal)
{
	uint32_t total = tf__journal_slots(journal);
	uint32_t used = 0;

	for (uint32_t slot = 0; slot < total; slot++) {
		struct tf_record *record = tf__journal_at(journal, slot);

		if (tf__journal_state(record) == TF_LIVE)
			record->id.is_done =
				!tf__is_remark(record) && is_done(journal, record, total);
	}
	for (uint32_t slot = 0; slot < total; slot++) {
		struct tf_record *record = tf__journal_at(journal, slot);

		if (tf__journal_state(record) == TF_LIVE && record->id.is_done)
			tf__journal_release(journal, slot, record->slots);
		else if (tf__journal_state(record) == TF_LIVE)
			used += record->slots;
	}
	return used;
}

/* A record that is LIVE is nobody's to write, and is known by no number: it may lie elsewhere. Who
 * is killed in between leaves it twice, which is harmless. False: it stays. */
static bool move(const struct tf_journal *journal, uint32_t slot, uint32_t end)
{
	struct tf_record *record = tf__journal_at(journal, slot);
	unsigned n = record->slots;
	int64_t to = find_below(journal, 0, end, n);
	struct tf_record *copy;

	if (to < 0)
		return false;
	copy = tf__journal_at(journal, (uint32_t)to);
	tf__copy((char *)copy + sizeof(copy->state), (const char *)record + sizeof(record->state),
		n * (size_t)TF_SLOT - sizeof(record->state));
	__atomic_store_n(&copy->state, TF_LIVE, __ATOMIC_RELEASE);
	tf__journal_release(journal, slot, n);
	return true;
}

/* Moves what is left at the end to the front, and gives back the rest. */
static void compact(struct tf_journal *journal, uint32_t used)
{
	uint32_t total = tf__journal_slots(journal);
	uint32_t end = tf__journal_enough(journal, used);
	bool is_empty = true;

	if (end == total)
		return;
	for (uint32_t slot = end; is_empty && slot < total; slot++) {
		struct tf_record *record = tf__journal_at(journal, slot);
		uint32_t state = tf__journal_state(record);

		if (state == TF_LIVE && record->kind != TF_KIND_PROGRAM)
			is_empty = move(journal, slot, end);
		else
			is_empty = state == TF_FREE; /* programs are counted, see journal.c */
	}
	if (is_empty)
		tf__journal_shrink(journal, end);
}

/* One process of the journal's pid namespace at a time; a dead one's place is taken over. */
static bool become_sweeper(struct tf_journal_header *header)
{
	int32_t holder = 0;
	int32_t me = sys_pid();

	if (__atomic_compare_exchange_n(
		    &header->sweeper, &holder, me, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return true;
	if (holder == me || tf__alive_since(holder, UINT64_MAX))
		return false;
	return __atomic_compare_exchange_n(
		&header->sweeper, &holder, me, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* While somebody sweeps, which takes a microsecond or two for each file, there is soon room again.
 * Not for ever: he may have been stopped, or be the very thread that a signal handler has
 * interrupted. Tries are counted, not time: where processors are scarce they take longer for all.
 */
static bool wait_for_sweeper(const struct tf_journal_header *header, uint32_t total)
{
	enum { TRIES = 100, PAUSE = 200000, SLOTS_IN_PAUSE = 50 };

	for (uint32_t left = TRIES + total / SLOTS_IN_PAUSE; left > 0; left--) {
		if (__atomic_load_n(&header->sweeper, __ATOMIC_ACQUIRE) == 0)
			return true;
		sys_sleep(PAUSE);
	}
	return false;
}

/* Makes room without growing, if that is likely. */
static bool sweep(struct tf_journal *journal, uint32_t seen)
{
	struct tf_journal_header *header = tf__journal_header(journal);
	uint32_t total;

	if (header->in_use > seen / 4 * 3 || header->pid_namespace != tf__pid_namespace())
		return false;
	if (!become_sweeper(header))
		return wait_for_sweeper(header, seen);
	total = tf__journal_slots(journal);
	header->in_use = sweep_all(journal);
	compact(journal, header->in_use);
	__atomic_store_n(&header->hint, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&header->sweeper, 0, __ATOMIC_RELEASE);
	return header->in_use < total;
}

/* Others may be faster in taking what a sweep has freed. */
int64_t tf__journal_claim(struct tf_journal *journal, unsigned n)
{
	enum { SWEEPS = 8 };
	uint32_t total;
	int64_t slot = find_free(journal, n, &total);

	for (int left = SWEEPS; slot < 0 && left > 0 && sweep(journal, total); left--)
		slot = find_free(journal, n, &total);
	for (int left = TF_SEGMENTS; slot < 0 && left > 0; left--) {
		int r = tf__journal_grow(journal, total);

		if (r < 0)
			return r;
		slot = find_free(journal, n, &total);
	}
	return slot;
}

/* All that say so: a sweep that was killed may have left one twice. */
int tf__journal_release_live(struct tf_journal *journal, const struct tf_identity *id)
{
	struct tf_journal_header *header = tf__journal_header(journal);
	uint32_t total;
	int r = -ENOENT;

	while (!become_sweeper(header))
		if (!wait_for_sweeper(header, tf__journal_slots(journal)))
			return -EAGAIN;
	total = tf__journal_slots(journal);
	for (uint32_t slot = 0; slot < total; slot++) {
		struct tf_record *record = tf__journal_at(journal, slot);

		if (tf__journal_state(record) != TF_LIVE || !tf__same(&record->id, id))
			continue;
		tf__journal_release(journal, slot, record->slots);
		r = 0;
	}
	__atomic_store_n(&header->sweeper, 0, __ATOMIC_RELEASE);
	return r;
}
