/* reader.h: reading a journal that nobody vouches for.
 *
 * Whoever cleans reads the journal of another process, perhaps of a dead one, perhaps cut off in
 * the middle, perhaps forged. It is read by copying, never through a mapping, and a record is only
 * given when it is well-formed: its path absolute and canonical by text, its lengths in bounds.
 */
#ifndef TF_READER_H
#define TF_READER_H

#include "journal.h"

struct tf_reader {
	int fd;                           /* of the file, or -1 */
	const struct tf_journal *journal; /* private memory to read instead, when fd is -1 */
	bool is_copy;                     /* fd is another reader's */
	struct tf_journal_header *header; /* as read; mapped, with the chunk behind it */
	char *chunk;
	int64_t chunk_at, chunk_len;
	int error;     /* why reading stopped before the end, or 0 */
	bool is_last;  /* the chunk reaches to the end */
	uint32_t next; /* slot */
};

/* Opens the journal in a session directory. -ENOENT, -EPERM (not ours), -EPROTO (not a journal). */
int tf__reader_open(struct tf_reader *reader, int session);

/* Reads the private memory of this process. */
int tf__reader_open_private(struct tf_reader *reader, const struct tf_journal *journal);

/* A second place in the same journal; closed before the first. */
int tf__reader_again(struct tf_reader *reader, const struct tf_reader *first);

void tf__reader_close(struct tf_reader *reader);

void tf__reader_rewind(struct tf_reader *reader);

/* The next record that stands for a file: INTENT or LIVE. Borrowed until the next call.
 * NULL at the end. */
const struct tf_record *tf__reader_next(struct tf_reader *reader);

#endif
