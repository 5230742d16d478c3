/* journal_slots.h: which slots of the journal are free, and whose the others are. */
#ifndef TF_JOURNAL_SLOTS_H
#define TF_JOURNAL_SLOTS_H

#include "journal_file.h"
#include "journal_length.h"

/* The state that others see; what was written before it was set is seen, too. */
static inline uint32_t tf__journal_state(const struct tf_record *record)
{
	return __atomic_load_n(&record->state, __ATOMIC_ACQUIRE);
}

/* Takes n free slots in a row: the first is CLAIMED, the others are MORE. Where there are none,
 * those whose records are done are given out again (J3), or the journal grows. The number of the
 * first, or -errno. */
int64_t tf__journal_claim(struct tf_journal *journal, unsigned n);

/* Gives n slots back. */
void tf__journal_release(const struct tf_journal *journal, uint32_t slot, unsigned n);

/* Frees the records that are LIVE and mean this file. -ENOENT: there is none; -EAGAIN: somebody
 * sweeps, and does not come to an end. */
int tf__journal_release_live(struct tf_journal *journal, const struct tf_identity *id);

#endif
