/* guard_end.c: the orderly end of a session's root.
 *
 * I1  Only the process that is the session's root, by its number, ends it.
 */
#include "bind.h"
#include "clean.h"
#include "gate.h"
#include "guard.h"
#include "guard_state.h"
#include "guard_terms.h"
#include "members.h"
#include "warning.h"

static void clean_private(int status, struct tf_cleaning *how)
{
	struct tf_keeping keeping = {0};

	if (guard.start.set[TF_SET_PERSIST])
		tf__keeping_set(&keeping, guard.start.set[TF_SET_PERSIST], status > 0);
	tf__clean_private(&guard.journal, &keeping, how);
}

static const char *function_name(unsigned function)
{
	return function < SHIM_NAMES ? shim_name_text((enum shim_name)function) : NULL;
}

/* Cleans the session on disk; if that fails, the janitor does. True: what we have in memory is not
 * told there, and nobody else needs it. */
static bool clean_made(struct tf_session *session, int status, const struct tf_cleaning *how)
{
	struct warning_left *left = how->arg;
	struct tf_stat stat;
	bool is_gone = sys_stat_at(AT_FDCWD, session->path, 0, &stat) == -ENOENT;
	int r;

	guard_terms_write_end(&guard.start, session->path, status);
	tf__lock_release(&session->lock);
	r = tf__clean_session(session->path, how);
	if (r != 0)
		left->error = 0; /* the janitor tries again */
	if (!tf__journal_is_open(&guard.journal) || guard.journal.is_appended)
		return false;
	return is_gone ? !guard_has_children() : r == 0 && guard.journal.is_private;
}

/* What the janitor of this session would have done at its start. */
static void reclaim(const struct tf_session *session)
{
	static const struct tf_cleaning how = {.function_name = function_name};

	tf__clean_others(session->path, &how);
}

void guard_end(int status)
{
	struct warning_left left = {0};
	struct tf_cleaning how = {
		.members = TF_MEMBERS_HOME,
		.found = warning_note_left,
		.arg = &left,
		.reports = true,
		.function_name = function_name,
	};
	struct tf_session session = guard.session; /* another thread may draw a new one */
	bool is_made = guard.is_made;

	if (guard.role != ROOT || session.root != sys_pid()) /* I1 */
		return;
	if (!is_made && !tf__journal_is_open(&guard.journal))
		return;
	if (gate_build() && !gate_mark()->unknown)
		how.members |= TF_MEMBERS_GATE;
	if (!gate_shut())
		return;
	/* where somebody around us meant to have a session, our files may be for them */
	if (is_made ? clean_made(&session, status, &how)
		    : !guard_has_children() && !guard.start.session)
		clean_private(status, &how);
	if (is_made && guard.lacks_janitor)
		reclaim(&session);
	warning_left(&left);
}
