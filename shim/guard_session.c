/* guard_session.c: the session, when it is needed: it is made, joined again, or begun anew.
 *
 * All of this is done in our turn (gate.h). What the protocol's steps are is in session.h.
 */
#include <sys/mman.h>

#include "bind.h"
#include "errortext.h"
#include "gate.h"
#include "guard.h"
#include "guard_state.h"
#include "guard_terms.h"
#include "janitor.h"
#include "kin.h"
#include "warning.h"

enum { PAGE = 4096 };

void guard_warn_journal(int error)
{
	warning_journal(guard_made_session(), error);
}

/* What the temp roots are is for the first image of a session to say; who begins another one
 * without having seen that start has none, and registers nothing. */
static void forget_places(void)
{
	guard.start.is_lost = guard.start.is_lost || guard.has_joined;
	guard.start.is_plain = guard.start.is_plain && !guard.has_joined;
}

/* The session that was ended is nobody's any more; the next one has a new name. It is our turn. */
void guard_renew(void)
{
	tf__journal_forget(&guard.journal);
	kin_forget();
	gate_mark()->is_open = false;
	gate_mark()->spawns = false;
	gate_mark()->unknown = false;
	guard.session.lock.page = NULL; /* let go of, by who has shut the gate */
	guard.is_made = guard.has_janitor = guard.lacks_janitor = guard.cannot_make = false;
	forget_places();
	guard_draw();
}

static void find_roots(struct tf_roots *ret_roots, char *scratch)
{
	struct tf_places places = {0};

	ret_roots->text[0] = '\0';
	if (guard.start.is_lost) {
		if (!guard.has_joined && guard.start.cwd[0] == '\0')
			warning_lost(guard_made_session(),
				"the current directory cannot be told, or is too long");
		else if (!guard.has_joined)
			warning_lost(guard_made_session(),
				"HOME is too long, and might be below a temporary directory");
		return;
	}
	if (guard.start.is_long && !guard.has_joined)
		warning_long_tmpdir(guard_made_session());
	if (!guard.has_joined && !guard.start.is_plain) {
		places.cwd = guard.start.cwd;
		places.home = guard.start.home;
		places.tmpdir = guard.start.tmpdir;
		places.dir = guard.start.dir;
	}
	tf__roots_init(ret_roots, &places, scratch);
}

/* M5, or a journal that another process has made. A member that makes it writes down the standard
 * temp roots: had the root seen others, it would have made the journal itself. */
static int open_journal(void)
{
	enum { SIZE = 2 * PAGE };
	char *memory =
		sys_map(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int r;

	if (tf__is_error(memory))
		return -ENOMEM;
	find_roots((struct tf_roots *)(void *)memory, memory + PAGE);
	r = tf__journal_open(&guard.journal, guard.is_made ? guard.session.path : NULL,
		(const struct tf_roots *)(void *)memory);
	sys_unmap(memory, SIZE);
	guard.journal_error = r;
	if (guard.start.set[TF_SET_REPORT] && tf__journal_is_open(&guard.journal))
		tf__journal_set_reported(&guard.journal);
	__atomic_store_n(
		&gate_mark()->is_open, tf__journal_is_open(&guard.journal), __ATOMIC_RELEASE);
	return r;
}

/* If they cannot be written, what is to be kept might not be: then there is no session. */
static int write_terms(void)
{
	int dir, r;

	if (!guard_terms_any(&guard.start))
		return 0;
	dir = tf__session_open(guard.session.path);
	if (dir < 0)
		return dir;
	r = guard_terms_write(&guard.start, dir);
	if (r < 0) {
		tf__lock_release(&guard.session.lock);
		(void)tf__session_remove(dir, guard.session.path); /* it is empty but for this */
	}
	sys_close(dir);
	return r;
}

/* M1 to M4. It is our turn. */
static void make_session(void)
{
	int r;

	if (guard.is_made || guard.cannot_make || guard.role != ROOT)
		return;
	r = guard.has_janitor ? 0 : guard_find_place();
	if (r == 0 && !guard.has_janitor) {
		guard.lacks_janitor = janitor_start(guard.start.own_path, &guard.session) < 0;
		guard.has_janitor = true; /* or it is the orderly end's */
	}
	if (r == 0)
		r = tf__session_make(&guard.session, TF_SESSION_OWN);
	if (r == 0)
		r = write_terms();
	if (r == 0) {
		guard.is_made = true;
		guard.euid = sys_euid();
		if (!guard.start.is_plain || guard.start.set[TF_SET_REPORT])
			(void)open_journal(); /* a member would not know these roots */
		return;
	}
	guard.cannot_make = true;
}

/* Who cleans has the rights that we had: what we wrote then it believes. A vfork child has its
 * parent's memory, and a forked one no mapping. */
void guard_after_rights(void)
{
	uint32_t real, effective, saved;

	if (guard.role <= OFF || !gate_mark() || gate_mark()->owner != sys_pid() ||
		tf__sys3(SYS_getresuid, (long)&real, (long)&effective, (long)&saved) < 0)
		return;
	if (real != guard.euid && effective != guard.euid && saved != guard.euid)
		tf__journal_cut(&guard.journal);
}

static void begin_own(void)
{
	guard.euid = sys_euid();
	guard.role = ROOT;
	guard.is_made = guard.has_janitor = guard.lacks_janitor = guard.cannot_make = false;
	guard.session.lock.page = NULL;
	gate_mark()->owner = sys_pid();
	kin_forget();
	guard_draw();
	(void)guard_find_place();
}

/* A forked child that had no session to inherit is the root of its own. A vfork child has its
 * parent's memory, and makes its parent's session. It is our turn. */
static void adopt(void)
{
	if (gate_mark()->owner != 0 || guard.session.root == sys_pid())
		return;
	if ((guard.role == ROOT && !guard.is_made) || guard.start.per_process)
		begin_own(); /* the parent's lock is still held, by its mapping */
}

/* J3: tries again to hold the lock. A session that has ended leaves us the root of a new one, which
 * does not know where its first root started and so has no temp roots. */
static void hold_lock(void)
{
	int r;

	if (!guard.is_made || guard.session.lock.page)
		return;
	r = tf__session_join(&guard.session);
	if (r == 0 || r == -EAGAIN)
		return;
	forget_places();
	begin_own();
}

/* A child that has dropped its rights may not write to its parent's journal. */
static bool is_shut_out(int error)
{
	return (error == -EACCES || error == -EPERM) && guard.session.root != sys_pid();
}

/* A vfork child that has changed its user has its parent's memory, and may make nothing there. */
static bool is_borrowed(void)
{
	return gate_mark()->owner != 0 && gate_mark()->owner != sys_pid() &&
	       sys_euid() != guard.euid;
}

/* The session's cleaner could not remove the files of another user. A process that changes its user
 * (and perhaps changes back) has a session for each time, up to a bound; the one before is its
 * janitor's. Only while nobody else is in the middle of registering. It is our turn. */
static bool change_user(void)
{
	enum { CHANGES = 8 };

	if (!guard.is_made || sys_euid() == guard.euid)
		return true;
	if (guard.changes == CHANGES || !gate_is_ours())
		return false;
	guard.changes++;
	gate_mark()->is_open = false;
	begin_own();
	return true;
}

/* Is all there already that is asked for? */
static bool is_prepared(bool journal)
{
	if (!guard.session.lock.page)
		return false;
	return !journal || (__atomic_load_n(&gate_mark()->is_open, __ATOMIC_ACQUIRE) &&
				   sys_euid() == guard.euid);
}

bool guard_prepare(bool journal)
{
	uint64_t mask;

	if (is_prepared(journal))
		return true;
	if (is_borrowed())
		return false;
	if (!gate_take_turn(&mask)) {
		if (journal)
			guard_warn_journal(-EAGAIN);
		return false;
	}
	hold_lock();
	adopt();
	if (journal && !change_user()) {
		gate_end_turn(&mask);
		return false;
	}
	if (!gate_mark()->is_open)
		tf__journal_forget(&guard.journal); /* a forked child's is its parent's */
	make_session();
	kin_record(guard_session());
	if (journal && !gate_mark()->is_open && is_shut_out(open_journal())) {
		tf__journal_forget(&guard.journal);
		begin_own();
		make_session();
		kin_record(guard_session());
		(void)open_journal(); /* private memory at worst */
	}
	if (journal && !gate_mark()->is_open)
		guard_warn_journal(-ENOMEM); /* not even for where the temp roots are */
	gate_end_turn(&mask);
	return !journal || gate_mark()->is_open;
}

void guard_begin_reported(void)
{
	if (!guard_is_root() || !guard.start.set[TF_SET_REPORT] || !guard_enter())
		return;
	(void)guard_open_journal(); /* if not, the end finds nobody to write one */
	guard_leave();
}
