/* guard.c: this process's part in its session. The protocol, with its steps, is in session.h.
 *
 * Roles:
 *   UNKNOWN  nothing has been called yet, not even our constructor
 *   OFF      disabled, or set-user-ID: every wrapper goes straight through
 *   ROOT     first process with the shim: owns a session, whose name is drawn at the start, and
 *            which is made (M1 to M5) when it is first needed
 *   MEMBER   of a session that another process owns
 *
 * I1  Nothing here allocates, waits for a lock of anybody's, or keeps a descriptor. Threads are
 * kept apart by `busy`, which is taken with signals blocked, and given up for after a bounded time.
 * I2  What a forked child must not believe lies in a page of its own (gate.h).
 * I3  Whatever needs the session to stay is done inside the gate (G1 to G3).
 * I4  Only the process that is the session's root, by its number, ends it.
 */
#include <sys/mman.h>

#include "bind.h"
#include "clean.h"
#include "errortext.h"
#include "gate.h"
#include "guard.h"
#include "guard_terms.h"
#include "janitor.h"
#include "kin.h"
#include "libc.h"
#include "members.h"
#include "session.h"
#include "start.h"
#include "text.h"
#include "warning.h"

enum role { UNKNOWN, OFF, ROOT, MEMBER };

enum { PAGE = 4096 };

static struct guard {
	uint32_t role;
	bool is_made;      /* the session is there */
	bool has_janitor;  /* it was started, or cannot be */
	bool cannot_make;  /* no place allows it */
	uint32_t euid;     /* of who made or joined the session, or is to make it */
	uint32_t changes;  /* of the user, so far */
	bool is_silent;    /* there is a filter of its own on this process */
	bool has_joined;   /* a session that another image began, whose start we have not seen */
	int journal_error; /* why it is private memory */
	struct tf_session session;
	struct tf_journal journal;
	struct start start;
	char session_entry[TF_SESSION_PATH + 40];
	char preload_entry[START_PLACE + 16];
} guard;

static const char *made_session(void)
{
	return guard.is_made ? guard.session.path : NULL;
}

void guard_warn_dir(int error)
{
	warning_dir(guard.start.dir, error);
}

void guard_warn_journal(int error)
{
	warning_journal(made_session(), error);
}

static void write_session_entry(void)
{
	struct tf_text text = tf__text(guard.session_entry, sizeof(guard.session_entry));

	tf__text_add(&text, "TMPGUARD_SESSION=");
	tf__text_add_number(&text, (uint64_t)guard.session.root);
	tf__text_add(&text, ":");
	tf__text_add(&text, guard.session.path);
}

/* A new session's name, in the first place that is a path at all. */
static void draw(void)
{
	int r = -EINVAL;

	for (unsigned i = 0; i < START_BASES && r < 0; i++)
		if (start_base(&guard.start, i))
			r = tf__session_draw(&guard.session, start_base(&guard.start, i));
	write_session_entry();
}

/* A place that can be written to, among those that are wanted, in their order. */
static int try_places(bool full_too)
{
	int r = -ENOENT;

	for (unsigned i = 0; i < START_BASES && r < 0; i++) {
		if (!start_base(&guard.start, i))
			continue;
		r = tf__session_draw(&guard.session, start_base(&guard.start, i));
		if (r == 0)
			r = tf__session_check(&guard.session);
		if (r == -ENOSPC && full_too && tf__session_has_inodes(&guard.session))
			r = 0;
	}
	return r;
}

/* On a full disk there may be room for a session without a journal: then children know at least
 * that they are not alone. */
static int find_place(void)
{
	int r = tf__session_check(&guard.session);

	if (r < 0)
		r = try_places(false);
	if (r < 0)
		r = try_places(true);
	write_session_entry();
	return r;
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
	draw();
	(void)find_place();
	(void)gate_build(); /* before a vfork child can come to build it */
	start_add_to_environ(&guard.start, guard.session_entry);
	guard.euid = sys_euid();
	guard.role = ROOT;
}

/* What the temp roots are is for the first image of a session to say; who begins another one
 * without having seen that start has none, and registers nothing. */
static void forget_places(void)
{
	guard.start.is_lost = guard.start.is_lost || guard.has_joined;
	guard.start.is_plain = guard.start.is_plain && !guard.has_joined;
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
	write_session_entry();
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

void guard_be_silent(void)
{
	guard.is_silent = true;
	guard.role = OFF;
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

/* The session that was ended is nobody's any more; the next one has a new name. It is our turn. */
static void renew(void)
{
	tf__journal_forget(&guard.journal);
	kin_forget();
	gate_mark()->is_open = false;
	gate_mark()->spawns = false;
	gate_mark()->unknown = false;
	guard.session.lock.page = NULL; /* let go of, by who has shut the gate */
	guard.is_made = guard.has_janitor = guard.cannot_make = false;
	forget_places();
	draw();
}

/* --- the session, when it is needed --- */

static void find_roots(struct tf_roots *ret_roots, char *scratch)
{
	struct tf_places places = {0};

	ret_roots->text[0] = '\0';
	if (guard.start.is_lost) {
		if (!guard.has_joined && guard.start.cwd[0] == '\0')
			warning_lost(made_session());
		return;
	}
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
	r = guard.has_janitor ? 0 : find_place();
	if (r == 0 && !guard.has_janitor) {
		janitor_start(
			guard.start.own_path, &guard.session); /* else it is the orderly end's */
		guard.has_janitor = true;
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
	guard.is_made = guard.has_janitor = guard.cannot_make = false;
	guard.session.lock.page = NULL;
	gate_mark()->owner = sys_pid();
	kin_forget();
	draw();
	(void)find_place();
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

/* Makes the session, or the journal too, if they are not there. False: neither can be had. */
static bool prepare(bool journal)
{
	uint64_t mask;

	if (is_prepared(journal))
		return true;
	if (is_borrowed() || !gate_take_turn(&mask))
		return false;
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
	if (journal && guard.journal.is_private)
		warning_private(made_session(), guard.journal_error);
	else if (journal && !gate_mark()->is_open)
		guard_warn_journal(-ENOMEM); /* not even for where the temp roots are */
	gate_end_turn(&mask);
	return !journal || gate_mark()->is_open;
}

void guard_begin_reported(void)
{
	if (!guard_is_root() || !guard.start.set[TF_SET_REPORT] || !guard_enter())
		return;
	(void)prepare(true); /* if not, the end finds nobody to write one */
	guard_leave();
}

/* --- for the others --- */

bool guard_enter(void)
{
	return gate_enter(renew);
}

void guard_leave(void)
{
	gate_leave();
}

bool guard_open_session(void)
{
	return prepare(false);
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
	return prepare(true);
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

/* --- the end --- */

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

	if (guard.role != ROOT || session.root != sys_pid()) /* I4 */
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
	warning_left(&left);
}
