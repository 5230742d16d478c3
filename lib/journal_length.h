/* journal_length.h: the journal's file gets longer, and shorter again. */
#ifndef TF_JOURNAL_LENGTH_H
#define TF_JOURNAL_LENGTH_H

#include "journal_segments.h"

/* More slots than `seen`: those that others have added, or a segment more. 0 or -errno. */
int tf__journal_grow(struct tf_journal *journal, uint32_t seen);

/* How many slots there would be without the segments that `used` slots do not need; as many as
 * there are if that is not worth it. */
uint32_t tf__journal_enough(const struct tf_journal *journal, uint32_t used);

/* Gives back the segments beyond so many slots, if those are free; by the sweeper. */
void tf__journal_shrink(struct tf_journal *journal, uint32_t slots);

/* Space for bytes up to `end`, within the limit on files. 0 or -errno. */
int tf__journal_allocate(int fd, int64_t end);

/* The file's length is ours to change; or -EAGAIN after a while. Whoever has the lock needs it for
 * two calls, unless it has been stopped between them. Unlocking closes the file. */
int tf__journal_lock_length(int fd);
void tf__journal_unlock_length(int fd);

#endif
