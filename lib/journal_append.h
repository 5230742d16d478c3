/* journal_append.h: the journal where no shared mapping of it can be trusted (journal_segments.h).
 *
 * The same file and the same records, but each change is made by opening the file, writing to it
 * and closing it again: some microseconds. A record is written whole, at the end of the file, by
 * one call that no other writer can come between; or, by who holds the file's flock for the moment,
 * over slots that are free. Nobody waits long for that lock: without it the file only grows.
 *
 * A write that does not fit any more leaves less than a record at the end. Who comes next goes on
 * at the next whole slot; readers pass over what lies between.
 */
#ifndef TF_JOURNAL_APPEND_H
#define TF_JOURNAL_APPEND_H

#include "journal_file.h"

/* What journal.h says of tf__journal_...; head is whole but for its path. */
int64_t tf__append_intend(struct tf_journal *journal, const struct tf_record *head, const char *dir,
	size_t dir_len, const char *name);
void tf__append_rename(struct tf_journal *journal, int64_t number, const char *name);
void tf__append_settle(struct tf_journal *journal, int64_t number, const struct tf_identity *id);
void tf__append_drop(struct tf_journal *journal, int64_t number);
int tf__append_disown(struct tf_journal *journal, const struct tf_identity *id);

/* Is this program told already? If so counts it once more. */
bool tf__append_count_program(struct tf_journal *journal, const char *path);

/* Is this hazard told already, or one too many? */
bool tf__append_has_hazard(
	struct tf_journal *journal, const struct tf_record *head, const char *path);

/* Some record has TF_FLAG_KEEP. */
void tf__append_keeps(struct tf_journal *journal);

#endif
