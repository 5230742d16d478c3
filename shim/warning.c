/* warning.c: what tmpguard could not do, in one line on standard error.
 *
 * Later than at the start descriptor 2 may be anything: nothing is written into a file.
 */
#include "errortext.h"
#include "session.h"
#include "start.h"
#include "text.h"
#include "warning.h"

/* Whoever is the first in the session to say it leaves a mark. */
static bool has_other_warned(const char *session)
{
	int dir = session ? tf__session_open(session) : -ENOENT;
	int fd;

	if (dir < 0)
		return false;
	fd = sys_open_at(dir, "warned", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
	sys_close(dir);
	if (fd >= 0)
		sys_close(fd);
	return fd == -EEXIST;
}

/* Ends the line. Of several threads the first one says it. */
static void say(bool *has_warned, const char *session, struct tf_text *line)
{
	struct tf_stat stat;

	tf__text_add(line, "\n");
	if (__atomic_exchange_n(has_warned, true, __ATOMIC_RELAXED) || has_other_warned(session))
		return;
	if (sys_stat_fd(2, &stat) == 0 && !tf__is_file(&stat))
		(void)sys_write(2, line->at, line->len); /* there is nobody else to tell */
}

/* Files may stay behind, and that has been said. */
static bool has_told_of_session;

void warning_private(const char *session, int error)
{
	char text[200];
	struct tf_text line = tf__text(text, sizeof(text));

	if (has_told_of_session)
		return;
	if (session) {
		tf__text_add(&line, "tmpguard: the session's journal cannot be written: ");
		tf__text_add(&line, error == -EPROTO ? "it is none" : tf__error_text(error));
		tf__text_add(
			&line, "; only what its first process makes goes, if that ends in order");
	} else {
		tf__text_add(
			&line, "tmpguard: no session can be made in any temporary directory; ");
		tf__text_add(&line, "temporary files go only if this process ends in order");
	}
	say(&has_told_of_session, session, &line);
}

void warning_journal(const char *session, int error)
{
	static bool has_warned;
	char text[200];
	struct tf_text line = tf__text(text, sizeof(text));

	if (has_told_of_session)
		return;
	tf__text_add(&line, "tmpguard: temporary files cannot be registered any more, and stay: ");
	tf__text_add(&line, tf__error_text(error));
	say(&has_warned, session, &line);
}

void warning_dir(const char *dir, int error)
{
	static bool has_warned;
	char text[START_PLACE + 100];
	struct tf_text line = tf__text(text, sizeof(text));

	tf__text_add(&line, "tmpguard: TMPGUARD_DIR=");
	tf__text_add_shown(&line, dir, tf__length(dir));
	tf__text_add(&line, ": nothing can be made there: ");
	tf__text_add(&line, tf__error_text(error));
	say(&has_warned, NULL, &line);
}

void warning_lost(const char *session, const char *why)
{
	static bool has_warned;
	char text[200];
	struct tf_text line = tf__text(text, sizeof(text));

	tf__text_add(&line, "tmpguard: temporary files cannot be registered, and stay: ");
	tf__text_add(&line, why);
	say(&has_warned, session, &line);
}

void warning_long_tmpdir(const char *session)
{
	static bool has_warned;
	char text[200];
	struct tf_text line = tf__text(text, sizeof(text));

	tf__text_add(&line, "tmpguard: TMPDIR is too long to be known as a temporary directory: ");
	tf__text_add(&line, "what is made there may stay");
	say(&has_warned, session, &line);
}

void warning_note_left(void *arg, const struct tf_found *found)
{
	struct warning_left *left = arg;
	struct tf_text path = tf__text(left->path, sizeof(left->path));

	if (found->error >= 0 || left->error < 0)
		return;
	left->error = found->error;
	tf__text_add(&path, found->path);
}

void warning_left(const struct warning_left *left)
{
	static bool has_warned;
	char text[sizeof(left->path) + 150];
	struct tf_text line = tf__text(text, sizeof(text) - 1);

	if (left->error == 0 || has_told_of_session)
		return;
	tf__text_add(&line, "tmpguard: ");
	tf__text_add_shown(&line, left->path, tf__length(left->path));
	tf__text_add(&line, ": cannot be removed: ");
	tf__text_add(&line, tf__error_text(left->error));
	say(&has_warned, NULL, &line);
}
