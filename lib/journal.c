/* journal.c: what a session has made, told before it is made. States and rules are in journal.h.
 *
 * Where the journal is a mapping (else see journal_append.h): all processes of a session and all
 * their threads and signal handlers write here without locks: a record is its writer's alone from
 * the claim of its slots until they are released.
 */
#include "hazard.h"
#include "journal.h"
#include "journal_append.h"
#include "journal_slots.h"
#include "process.h"
#include "text.h"

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

/* That a record with a path of this length takes. */
static unsigned slots_for(size_t len)
{
	return (unsigned)((sizeof(struct tf_record) + len + 1 + TF_SLOT - 1) / TF_SLOT);
}

/* J1, in a mapping. */
static int64_t write_intent(struct tf_journal *journal, const struct tf_record *head,
	const char *dir, size_t dir_len, const char *name)
{
	int64_t slot = tf__journal_claim(journal, head->slots);
	struct tf_record *record;

	if (slot < 0)
		return slot;
	record = tf__journal_at(journal, (uint32_t)slot);
	tf__copy((char *)record + sizeof(record->state), (const char *)head + sizeof(head->state),
		sizeof(*head) - sizeof(head->state));
	end_text(record, head->len);
	tf__copy(record->path, dir, dir_len);
	record->path[dir_len] = '/';
	tf__copy(record->path + dir_len + 1, name, head->len - dir_len - 1);
	__atomic_store_n(&record->state, TF_INTENT, __ATOMIC_RELEASE);
	return slot;
}

int64_t tf__journal_intend(struct tf_journal *journal, const struct tf_record *head,
	const char *dir, size_t dir_len, const char *name)
{
	size_t len = dir_len + 1 + tf__length(name);
	struct tf_record whole = *head;

	if (len >= TF_PATH_MAX)
		return -ENAMETOOLONG;
	whole.state = TF_INTENT;
	whole.slots = (uint8_t)slots_for(len);
	whole.len = (uint16_t)len;
	if (whole.when == 0)
		whole.when = tf__file_time();
	if (head->flags & TF_FLAG_KEEP && journal->is_appended)
		tf__append_keeps(journal);
	else if (head->flags & TF_FLAG_KEEP)
		__atomic_store_n(&tf__journal_header(journal)->keeps, 1, __ATOMIC_RELEASE);
	return journal->is_appended ? tf__append_intend(journal, &whole, dir, dir_len, name)
				    : write_intent(journal, &whole, dir, dir_len, name);
}

void tf__journal_rename(struct tf_journal *journal, int64_t number, const char *name)
{
	size_t len = tf__length(name);
	struct tf_record *record;

	if (journal->is_appended) {
		tf__append_rename(journal, number, name);
		return;
	}
	record = tf__journal_at(journal, (uint32_t)number);
	tf__copy(record->path + record->len - len, name, len);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void tf__journal_settle(struct tf_journal *journal, int64_t number, const struct tf_identity *id)
{
	struct tf_record *record;
	bool counts;

	if (journal->is_appended) {
		tf__append_settle(journal, number, id);
		return;
	}
	record = tf__journal_at(journal, (uint32_t)number);
	counts = tf__is_registered(record) && !(record->flags & TF_FLAG_PLACE);
	record->id = *id;
	/* then a sweep may move it, and give its place back: it is not ours to touch any more */
	__atomic_store_n(&record->state, TF_LIVE, __ATOMIC_SEQ_CST);
	if (counts)
		(void)__atomic_add_fetch(&tf__journal_header(journal)->created, 1,
			__ATOMIC_RELAXED); /* only counted */
#ifdef TMPGUARD_BREAK_JOURNAL
	if (tf__journal_header(journal)->created == 3)
		tf__journal_drop(journal, number);
#endif
}

static bool is_program(const struct tf_record *record, const char *path)
{
	return tf__journal_state(record) == TF_LIVE && record->kind == TF_KIND_PROGRAM &&
	       tf__equal(record->path, path);
}

/* The record of this program, or below 0. It stays where it is. */
static int64_t find_program(const struct tf_journal *journal, const char *path)
{
	uint32_t slot = 0, total;

	tf__journal_look(journal);
	total = tf__journal_slots(journal);
	while (slot < total && !is_program(tf__journal_at(journal, slot), path))
		slot++;
	tf__journal_look_end(journal);
	return slot < total ? (int64_t)slot : -ENOENT;
}

static bool count_program(struct tf_journal *journal, const char *path)
{
	int64_t slot;

	if (journal->is_appended)
		return tf__append_count_program(journal, path);
	slot = find_program(journal, path);
	if (slot >= 0)
		(void)__atomic_add_fetch(
			&tf__journal_at(journal, (uint32_t)slot)->caller, 1, __ATOMIC_RELAXED);
	return slot >= 0;
}

/* Is it told already, or one too many? Who tells the same at the same time tells it twice. */
static bool is_hazard_told(
	struct tf_journal *journal, const struct tf_record *head, const char *path)
{
	bool is_told = false;
	uint32_t total, n = 0;

	if (journal->is_appended)
		return tf__append_has_hazard(journal, head, path);
	tf__journal_look(journal);
	total = tf__journal_slots(journal);
	for (uint32_t slot = 0; slot < total && !is_told; slot++) {
		const struct tf_record *record = tf__journal_at(journal, slot);

		if (tf__journal_state(record) != TF_LIVE || record->kind != TF_KIND_HAZARD)
			continue;
		is_told = tf__hazard_is_same(record, head, path) || ++n == TF_HAZARDS_MAX;
	}
	tf__journal_look_end(journal);
	return is_told;
}

void tf__journal_tell(struct tf_journal *journal, const struct tf_record *head, const char *path)
{
	const char *slash = tf__last_slash(path);
	struct tf_record told = *head;
	int64_t number = -EINVAL;

	if (head->kind == TF_KIND_PROGRAM && count_program(journal, path))
		return;
	if (head->kind == TF_KIND_HAZARD && is_hazard_told(journal, head, path))
		return;
	if (head->kind == TF_KIND_PROGRAM)
		told.caller++;
	if (slash)
		number =
			tf__journal_intend(journal, &told, path, (size_t)(slash - path), slash + 1);
	if (number >= 0)
		tf__journal_settle(journal, number, &head->id);
}

void tf__journal_drop(struct tf_journal *journal, int64_t number)
{
	if (journal->is_appended)
		tf__append_drop(journal, number);
	else
		tf__journal_release(journal, (uint32_t)number,
			tf__journal_at(journal, (uint32_t)number)->slots);
}

/* It may be given back, and to another, while it is read: then its state has changed, or at least
 * the identity is not that of the path. */
static bool read_place(const struct tf_journal *journal, uint32_t slot, const char *dir,
	size_t dir_len, size_t len, char *ret_name, struct tf_identity *ret_id)
{
	const struct tf_record *record = tf__journal_at(journal, slot);

	if (tf__journal_state(record) != TF_LIVE || !tf__is_shared_place(record) ||
		record->len != dir_len + 1 + len ||
		!tf__journal_in_one(slot, slots_for(record->len)) ||
		__builtin_memcmp(record->path, dir, dir_len) != 0 || record->path[dir_len] != '/')
		return false;
	tf__copy(ret_name, record->path + dir_len + 1, len);
	*ret_id = record->id;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return tf__journal_state(record) == TF_LIVE;
}

bool tf__journal_find_place(const struct tf_journal *journal, uint32_t *from, const char *dir,
	size_t dir_len, size_t len, char *ret_name, struct tf_identity *ret_id)
{
	bool found = false;

	if (journal->is_appended)
		return false;
	tf__journal_look(journal);
	for (uint32_t total = tf__journal_slots(journal); !found && *from < total; (*from)++)
		found = read_place(journal, *from, dir, dir_len, len, ret_name, ret_id);
	tf__journal_look_end(journal);
	return found;
}

int tf__journal_disown(struct tf_journal *journal, const struct tf_identity *id)
{
	return journal->is_appended ? tf__append_disown(journal, id)
				    : tf__journal_release_live(journal, id);
}
