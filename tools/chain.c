/* chain.c: what a session keeps, the sessions around it keep, too. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "chain.h"
#include "keeping.h"
#include "session.h"
#include "tmpguard.h"

enum { OUTER_MAX = 64 }; /* sessions in a chain: a forged one may be a ring */

/* Adds the path to one session's list, unless it is kept by that already. */
static int keep(int session, const char *path)
{
	struct tf_keeping keeping = {0};
	bool is_kept, is_full;
	int r = tf__notes_read(&keeping.paths, session, "persist");

	if (r < 0)
		return r;
	is_kept = tf__keeps(&keeping, path);
	is_full = keeping.paths.len + strlen(path) + 2 > TF_NOTES_MAX; /* longer is not read */
	tf__notes_free(&keeping.paths);
	if (is_kept || is_full)
		return is_kept ? 0 : -EFBIG;
	return tf__notes_add(session, "persist", NULL, path);
}

/* Adds the path to the session's, and tells which one is around it: "" none. */
static int keep_in(const char *value, const char *path, char *ret_outer, size_t size)
{
	struct tf_notes settings = {0};
	struct tf_session parsed;
	const char *outer = NULL;
	int session;
	int r = tf__session_parse(&parsed, value);

	if (r < 0)
		return r;
	session = tf__session_open(parsed.path);
	if (session < 0)
		return session;
	r = keep(session, path);
	if (r == 0)
		r = tf__notes_read(&settings, session, "settings");
	if (r == 0)
		outer = tf__notes_value(&settings, "OUTER", NULL);
	snprintf(ret_outer, size, "%s", outer ? outer : "");
	tf__notes_free(&settings);
	close(session);
	return r;
}

int chain_keep(const char *session, const char *path)
{
	char value[TF_SESSION_PATH + 40];
	int r = keep_in(session, path, value, sizeof(value));

	for (int left = OUTER_MAX; r == 0 && value[0] != '\0' && left > 0; left--) {
		char outer[sizeof(value)];

		strcpy(outer, value);
		r = keep_in(outer, path, value, sizeof(value));
		if (r == -ENOENT || r == -EPERM || r == -EINVAL)
			return 0; /* it has ended, or is another user's: nothing of ours is in it */
	}
	return r;
}

static void keep_path(const char *outer, const char *path)
{
	int r = chain_keep(outer, path);

	if (r < 0 && r != -ENOENT && r != -EINVAL && r != -EPERM)
		complain(
			"%s: the command around this one will not keep it: %s", path, strerror(-r));
}

static bool is_inside(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && path[len] == '/';
}

void chain_keep_outcome(const struct outcome *outcome, const struct records *report)
{
	const char *outer = tf__notes_value(&outcome->settings, "OUTER", NULL);

	if (!outer)
		return;
	if (tf__session_is_kept(outcome->dir) > 0)
		keep_path(outer, outcome->session);
	for (const struct record_file *file = report->files; file; file = file->next) {
		bool stays = file->status == RECORD_KEPT ||
			     (file->status == RECORD_LEAKED && outcome->options->dry_run);

		if (stays && !is_inside(file->path, outcome->session))
			keep_path(outer, file->path);
	}
}
