/* journal_file.h: the journal is opened, or made. */
#ifndef TF_JOURNAL_FILE_H
#define TF_JOURNAL_FILE_H

#include "journal_segments.h"

/* Opens the journal of the session directory `path` (borrowed while open), or makes it, with these
 * roots. 0, or -errno: then it is private memory, if there is even that (tf__journal_is_open). */
int tf__journal_open(struct tf_journal *journal, const char *path, const struct tf_roots *roots);

/* There will be a report. */
void tf__journal_set_reported(struct tf_journal *journal);

/* One more temp root, canonical. One thread at a time. -ENOSPC: there is no room for it; else what
 * writing it down has met. */
int tf__journal_add_root(struct tf_journal *journal, const char *dir);

#endif
