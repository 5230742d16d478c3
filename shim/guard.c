/* guard.c: this process's part in its session. The protocol, with its steps, is in session.h.
 *
 * Roles:
 *   UNKNOWN  nothing has been called yet, not even our constructor
 *   OFF      disabled, or set-user-ID: every wrapper goes straight through
 *   ROOT     first process with the shim: owns a session, whose name is drawn at the start, and
 *            which is made (M1 to M5) when it is first needed
 *   MEMBER   of a session that another process owns
 *
 * guard_place.c finds a place for it, guard_session.c makes it when it is needed, guard_children.c
 * is about heirs, guard_end.c about the end. They share guard_state.h.
 *
 * I1  Nothing here allocates, waits for a lock of anybody's, or keeps a descriptor. Threads are
 * kept apart by `busy`, which is taken with signals blocked, and given up for after a bounded time.
 * I2  What a forked child must not believe lies in a page of its own (gate.h).
 * I3  Whatever needs the session to stay is done inside the gate (G1 to G3).
 */
#include "gate.h"
#include "guard.h"
#include "guard_state.h"
#include "guard_terms.h"
#include "kin.h"
#include "libc.h"
#include "text.h"
#include "warning.h"

struct guard guard;

void guard_warn_dir(int error)
{
	warning_dir(guard.start.dir, error);
}

static bool is_mktemp(void)
{
	return tf__equal(guard.start.program, "mktemp");
}

static void become_root(void)
{
	start_remember_places(&guard.start);
	/* f=$(LD_PRELOAD=... mktemp): the caller wants the file, whose end is not ours */
	if (is_mktemp()) {
		guard.role = OFF;
		return;
	}
	start_check_dir(&guard.start);
	guard_terms_check_report(&guard.start);
	/* A program passes on the name that it finds: the place is chosen before anybody sees it.
	 */
	guard_draw();
	(void)guard_find_place();
	(void)gate_build(); /* before a vfork child can come to build it */
	start_add_to_environ(&guard.start, guard.session_entry);
	guard.euid = sys_euid();
	guard.role = ROOT;
}

/* With a lifetime of processes each image has a session of its own, which only an exec passes on.
 * What mktemp makes is for the process that called it. */
static bool shall_join(void)
{
	return !guard.start.per_process || guard.session.root == sys_pid() || is_mktemp();
}

/* J1 to J3 */
static bool join(void)
{
	int r = tf__session_parse(&guard.session, guard.start.session);

	if (r == 0 && !shall_join())
		return false;
	if (r == 0)
		r = tf__session_join(&guard.session);
	if (r < 0 && r != -EAGAIN)
		return false;
	guard.is_made = guard.has_janitor = guard.has_joined = true;
	guard.euid = sys_euid();
	guard_write_session_entry();
	(void)gate_build(); /* before a vfork child can come to build it */
	guard.role = guard.session.root == sys_pid() ? ROOT : MEMBER;
	return true;
}

bool guard_is_on(void)
{
	if (guard.role == UNKNOWN && &environ && environ) {
		start_read(&guard.start);
		kin_begin();
		if (guard.start.is_off)
			guard.role = OFF;
		else if (!guard.start.session || !join())
			become_root();
	}
	return guard.role > OFF;
}

void guard_be_silent(bool is_vfork_child)
{
	if (is_vfork_child && guard.role > OFF)
		guard.lent_role = guard.role;
	guard.is_silent = true;
	guard.role = OFF;
}

bool guard_is_vfork_child(void)
{
	/* with a filter on us already we ask the kernel nothing */
	return guard.role > OFF && gate_mark() && gate_mark()->self != 0 &&
	       gate_mark()->self != sys_pid();
}

bool guard_give_memory_back(void)
{
	if (guard.lent_role == 0)
		return false;
	guard.role = guard.lent_role;
	guard.lent_role = 0;
	guard.is_silent = false;
	return true;
}

bool guard_is_silent(void)
{
	return guard.is_silent;
}

const struct start *guard_start(void)
{
	return &guard.start;
}

bool guard_is_root(void)
{
	return guard_is_on() && guard.role == ROOT;
}

/* --- for the others --- */

bool guard_enter(void)
{
	return gate_enter(guard_renew);
}

void guard_leave(void)
{
	gate_leave();
}

bool guard_open_session(void)
{
	return guard_prepare(false);
}

const struct tf_session *guard_session(void)
{
	return guard.is_made ? &guard.session : NULL;
}

bool guard_has_lock(void)
{
	return guard.session.lock.page;
}

bool guard_open_journal(void)
{
	bool r = guard_prepare(true);

	/* since now, or since it was to be made for a child */
	if (r && guard.journal.is_private)
		warning_private(guard_made_session(), guard.journal_error);
	return r;
}

struct tf_journal *guard_journal(void)
{
	return &guard.journal;
}

const struct tf_roots *guard_roots(void)
{
	return &tf__journal_header(&guard.journal)->roots;
}

bool guard_has_joined(void)
{
	return guard.has_joined;
}

bool guard_may_report(void)
{
	return guard.start.set[TF_SET_REPORT] || guard.role == MEMBER;
}

bool guard_is_reported(void)
{
	return tf__journal_header(&guard.journal)->is_reported;
}

/* --- for environments --- */

const char *guard_session_entry(void)
{
	return guard.role > OFF && guard.is_made ? guard.session_entry : NULL;
}

bool guard_follows(void)
{
	return !guard.start.stays;
}

const char *guard_preload_entry(void)
{
	struct tf_text text = tf__text(guard.preload_entry, sizeof(guard.preload_entry));

	if (guard.start.own_path[0] == '\0')
		return NULL;
	tf__text_add(&text, "LD_PRELOAD=");
	tf__text_add(&text, guard.start.own_path);
	return guard.preload_entry;
}
