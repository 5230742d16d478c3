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
 * flags, caller, program, and the time if it is not 0: by tf__file_time, for what was born before
 * is not its file. The record's number, or -errno. */
int64_t tf__journal_intend(struct tf_journal *journal, const struct tf_record *head,
	const char *dir, size_t dir_len, const char *name);

/* The next try has another name of the same length. */
void tf__journal_rename(struct tf_journal *journal, int64_t number, const char *name);

/* J2: the file is there. */
void tf__journal_settle(struct tf_journal *journal, int64_t number, const struct tf_identity *id);

/* Tells of something that is not to be removed: a file that is left alone (head has the flags and
 * the identity); a program, once for each path, whose record's `caller` counts how often; or a
 * hazard, once for those that are the same (hazard.h), and no more of them than there may be. */
void tf__journal_tell(struct tf_journal *journal, const struct tf_record *head, const char *path);

/* Looks for a shared place of the session's in the directory `dir` (canonical) whose name has `len`
 * characters: from slot *from on, which moves behind it. Gives its name, without a NUL, and its
 * identity; it may have gone since. False: there is none, or the journal is not mapped. */
bool tf__journal_find_place(const struct tf_journal *journal, uint32_t *from, const char *dir,
	size_t dir_len, size_t len, char *ret_name, struct tf_identity *ret_id);

/* The file was not made. */
void tf__journal_drop(struct tf_journal *journal, int64_t number);

/* The file of a record that was settled is not to be removed any more. -ENOENT: no record means it;
 * -EAGAIN: others are in the way, and go on being. */
int tf__journal_disown(struct tf_journal *journal, const struct tf_identity *id);

#endif
