/* journal.h: what a session has made, told before it is made.
 *
 * One file per session (journal_segments.h). A record is one slot of it, or a few in a row where
 * its path is long. The life of a record:
 *
 *   FREE -> CLAIMED -> INTENT -> LIVE -> FREE
 *
 * J1  A record is INTENT, with its path, before the file is created.
 * J2  It is LIVE, with the file's identity, once the file is there.
 * J3  A record whose path no longer leads to the file it means is done: its program removed the
 *     file, or published it by a rename. When slots run short, those are given out again.
 */
#ifndef TF_JOURNAL_H
#define TF_JOURNAL_H

#include "journal_file.h"

/* J1: registers the intent to make dir/name; dir is canonical. `head` gives kind, pid, function,
 * flags, caller and program. The record's number, or -errno. */
int64_t tf__journal_intend(struct tf_journal *journal, const struct tf_record *head,
	const char *dir, size_t dir_len, const char *name);

/* The next try has another name of the same length. */
void tf__journal_rename(struct tf_journal *journal, int64_t number, const char *name);

/* When the intent was written, by tf__file_time: what was born before is not its file. */
uint64_t tf__journal_when(const struct tf_journal *journal, int64_t number);

/* J2: the file is there. */
void tf__journal_settle(struct tf_journal *journal, int64_t number, const struct tf_identity *id);

/* Tells of something that is not to be removed: a file that is left alone (head has the flags and
 * the identity), or a program, once for each path; its record's `caller` counts how often. */
void tf__journal_tell(struct tf_journal *journal, const struct tf_record *head, const char *path);

/* The file was not made. */
void tf__journal_drop(struct tf_journal *journal, int64_t number);

/* The file of a record that was settled is not to be removed any more. -ENOENT: no record means it;
 * -EAGAIN: others are in the way, and go on being. */
int tf__journal_disown(struct tf_journal *journal, const struct tf_identity *id);

#endif
