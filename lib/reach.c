/* reach.c: do the paths that a dead session has written down lead to its files from here? */
#include "reach.h"
#include "lock.h"
#include "reader.h"
#include "text.h"

static bool is_reached(struct tf_reader *reader, const struct tf_record *record, const char *place)
{
	char *path = (char *)record->path; /* in the reader's chunk, which is ours */
	char *slash = path + (tf__last_slash(path) - path);
	bool r;

	*slash = '\0';
	r = !tf__roots_hold(&reader->header->roots, path) ||
	    tf__roots_reach(&reader->header->roots, path, place);
	*slash = '/';
	return r;
}

static int reach_records(int session, const char *place)
{
	const struct tf_record *record;
	struct tf_reader reader;
	int r = tf__reader_open(&reader, session);

	if (r < 0)
		return 0; /* whoever cleans will say why */
	while (r == 0 && (record = tf__reader_next(&reader)))
		if (tf__is_registered(record) && !is_reached(&reader, record, place))
			r = -ENOLINK;
	if (r == 0)
		r = reader.error;
	tf__reader_close(&reader);
	return r;
}

int tf__reach(int session, bool is_past)
{
	char path[TF_LOCK_PATH];
	int r = tf__lock_leads_here(session, path);

	return r < 0 || is_past ? r : reach_records(session, path);
}
