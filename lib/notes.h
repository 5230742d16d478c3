/* notes.h: what a session writes down for whoever cleans it, beside the journal.
 *
 *   settings   NAME=VALUE, each with its NUL; not there when nothing was set. PERSIST; REPORT, an
 *              absolute path; ARG, once for each word of the root's command line; OUTER, the
 *              session around this one; DRY, when nothing is to be removed; SHARED, the
 *              directory of which entries are linked into tmp/; for reports MODE, "run" or
 *              nothing, and ROOT, the root's pid.
 *   end        how the root has ended: STATUS=N or SIGNAL=N; not there when nobody saw. REPORTED=
 *              when its report has been written although there is something left to clean.
 *   persist    paths, each with its NUL, that `tmpguard persist` was asked to keep.
 *
 * Entries may be empty. Only the session's owner can write here; the files are read with suspicion
 * all the same.
 */
#ifndef TF_NOTES_H
#define TF_NOTES_H

#include "sys.h"

enum { TF_NOTES_MAX = 1 << 20 }; /* bytes of one file; longer ones are not read */

/* A file's text in mapped memory, ending in two NULs. Zero-initialised: empty. */
struct tf_notes {
	char *text;
	size_t len, size;
};

/* Reads the file `name` of a session directory; one that is not there is empty. 0, or -errno:
 * -EPERM not ours, -EFBIG. */
int tf__notes_read(struct tf_notes *ret_notes, int session, const char *name);
void tf__notes_free(struct tf_notes *notes);

/* The text after "name=" in the first such entry, or NULL; after `from`, which the same notes have
 * given, the next such. Borrowed. */
const char *tf__notes_value(const struct tf_notes *notes, const char *name, const char *from);

/* Appends an entry "name=value", or only `value` where name is NULL, making the file if needed: in
 * one write, so that writers do not mix. */
int tf__notes_add(int session, const char *file, const char *name, const char *value);

#endif
