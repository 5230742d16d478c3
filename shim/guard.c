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
#include "gate.h"
#include "guard.h"
#include "janitor.h"
#include "libc.h"
#include "members.h"
#include "session.h"
#include "start.h"
#include "text.h"

enum role { UNKNOWN, OFF, ROOT, MEMBER };

enum { PAGE = 4096 };

static struct guard {
	uint32_t role;
	bool is_made;      /* the session is there */
	bool has_janitor;  /* it was started, or cannot be */
	bool cannot_make;  /* no place allows it */
	bool has_children; /* there may be some */
	bool has_joined;   /* a session that another image began, whose start we have not seen */
	struct tf_session session;
	struct tf_journal journal;
	struct start start;
	char session_entry[TF_SESSION_PATH + 40];
	char preload_entry[START_PLACE + 16];
} guard;

/* Once, and not into a file: descriptor 2 may be anything. */
static void warn(void)
{
	static const char text[] = "tmpguard: no session can be made in any temporary directory; "
				   "temporary files go only if this process ends in order\n";
	static bool has_warned;
	struct tf_stat stat;

	if (!has_warned && sys_stat_fd(2, &stat) == 0 && !tf__is_file(&stat))
		(void)sys_write(2, text, sizeof(text) - 1); /* there is nobody else to tell */
	has_warned = true;
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

/* A place that can be written to, among those that are wanted. */
static int find_place(void)
{
	int r = tf__session_check(&guard.session);

	for (unsigned i = 0; i < START_BASES && r < 0; i++) {
		if (!start_base(&guard.start, i))
			continue;
		r = tf__session_draw(&guard.session, start_base(&guard.start, i));
		if (r == 0)
			r = tf__session_check(&guard.session);
	}
	write_session_entry();
	return r;
}

static void become_root(void)
{
	start_remember_places(&guard.start);
	/* f=$(LD_PRELOAD=... mktemp): the caller wants the file, whose end is not ours */
	if (guard.start.keeps || tf__equal(guard.start.program, "mktemp")) {
		guard.role = OFF;
		return;
	}
	/* A program passes on the name that it finds: the place is chosen before anybody sees it.
	 */
	draw();
	(void)find_place();
	(void)gate_build(); /* before a vfork child can come to build it */
	start_add_to_environ(&guard.start, guard.session_entry);
	guard.role = ROOT;
}

/* What the temp roots are is for the first image of a session to say; who begins another one
 * without having seen that start has none, and registers nothing. */
static void forget_places(void)
{
	guard.start.is_lost = guard.start.is_lost || guard.has_joined;
	guard.start.is_plain = guard.start.is_plain && !guard.has_joined;
}

/* J1 to J3 */
static bool join(void)
{
	int r = tf__session_parse(&guard.session, guard.start.session);

	if (r == 0)
		r = tf__session_join(&guard.session);
	if (r < 0 && r != -EAGAIN)
		return false;
	guard.is_made = guard.has_janitor = guard.has_joined = true;
	write_session_entry();
	guard.role = guard.session.root == sys_pid() ? ROOT : MEMBER;
	return true;
}

bool guard_is_on(void)
{
	if (guard.role == UNKNOWN && &environ && environ) {
		start_read(&guard.start);
		if (guard.start.is_off)
			guard.role = OFF;
		else if (!guard.start.session || !join())
			become_root();
	}
	return guard.role > OFF;
}

bool guard_is_root(void)
{
	return guard_is_on() && guard.role == ROOT;
}

/* The session that was ended is nobody's any more; the next one has a new name. It is our turn. */
static void renew(void)
{
	tf__journal_forget(&guard.journal);
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
	if (guard.start.is_lost)
		return;
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
	__atomic_store_n(
		&gate_mark()->is_open, tf__journal_is_open(&guard.journal), __ATOMIC_RELEASE);
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
	if (r == 0) {
		guard.is_made = true;
		if (!guard.start.is_plain)
			(void)open_journal(); /* a member would not know these roots */
		return;
	}
	guard.cannot_make = true;
}

static void begin_own(void)
{
	guard.role = ROOT;
	guard.is_made = guard.has_janitor = guard.cannot_make = false;
	guard.session.lock.page = NULL;
	gate_mark()->owner = sys_pid();
	draw();
	(void)find_place();
}

/* A forked child that had no session to inherit is the root of its own. A vfork child has its
 * parent's memory, and makes its parent's session. It is our turn. */
static void adopt(void)
{
	if (guard.role == ROOT && !guard.is_made && guard.session.root != sys_pid() &&
		gate_mark()->owner == 0)
		begin_own();
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

/* Makes the session, or the journal too, if they are not there. False: neither can be had. */
static bool prepare(bool journal)
{
	uint64_t mask;
	bool has_lock = guard.session.lock.page;

	if (has_lock && (!journal || __atomic_load_n(&gate_mark()->is_open, __ATOMIC_ACQUIRE)))
		return true;
	if (!gate_take_turn(&mask))
		return false;
	hold_lock();
	adopt();
	if (!gate_mark()->is_open)
		tf__journal_forget(&guard.journal); /* a forked child's is its parent's */
	make_session();
	if (journal && !gate_mark()->is_open && is_shut_out(open_journal())) {
		tf__journal_forget(&guard.journal);
		begin_own();
		make_session();
		(void)open_journal(); /* private memory at worst */
	}
	if (journal && guard.journal.is_private)
		warn();
	gate_end_turn(&mask);
	return !journal || gate_mark()->is_open;
}

/* --- one creation --- */

/* Room for two paths: in *making, or mapped when that was too small. */
static bool find_room(struct making *making, bool large)
{
	making->room = making->few;
	making->room_size = sizeof(making->few) / 2;
	if (!large)
		return true;
	making->room =
		sys_map(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	making->room_size = PAGE;
	return !tf__is_error(making->room);
}

/* The canonical name of the template's directory, asked of the kernel. */
static int ask_dir(struct making *making, const char *path, size_t len)
{
	int r = -ENAMETOOLONG;

	for (int large = 0; large < 2 && r == -ENAMETOOLONG; large++) {
		char *asked;

		if (!find_room(making, large))
			return -ENOMEM;
		if (len >= making->room_size)
			continue;
		asked = making->room + making->room_size;
		tf__copy(asked, path, len);
		asked[len] = '\0';
		r = tf__real_dir(asked, making->room, making->room_size);
	}
	return r;
}

/* Where the template points, by text if that is plain. */
static bool find_dir(struct making *making, const char *path)
{
	const struct tf_roots *known = &tf__journal_header(&guard.journal)->roots;
	const char *slash = tf__last_slash(path);
	size_t len = slash ? (size_t)(slash - path) : 0;
	int r;

	if (slash && path[0] == '/' && tf__roots_name(known, path, len)) {
		making->dir = path;
		making->dir_len = len;
		return true;
	}
	r = slash ? ask_dir(making, path, len + 1) : ask_dir(making, ".", 1);
	making->dir = making->room;
	making->dir_len = r < 0 ? 0 : (size_t)r;
	return r > 1 && tf__roots_hold(known, making->room);
}

bool guard_begin(
	struct making *making, enum tf_kind kind, int function, void *caller, const char *path)
{
	making->head = (struct tf_record){
		.kind = (uint8_t)kind,
		.function = (uint32_t)function,
		.caller = (uintptr_t)caller,
	};
	making->number = -1;
	making->room = NULL;
	if (!guard_is_on() || !gate_enter(renew))
		return false;
	if (prepare(true) && find_dir(making, path)) {
		making->head.pid = sys_pid();
		tf__copy(making->head.program, guard.start.program, TF_PROGRAM_SIZE);
		return true;
	}
	guard_done(making);
	return false;
}

void guard_try(struct making *making, const char *name)
{
	if (making->number >= 0)
		tf__journal_rename(&guard.journal, making->number, name);
	else
		making->number = tf__journal_intend(
			&guard.journal, &making->head, making->dir, making->dir_len, name);
}

void guard_created(struct making *making, const struct tf_identity *id)
{
	if (making->number >= 0 && id)
		tf__journal_settle(&guard.journal, making->number, id);
	making->number = -1;
}

void guard_done(struct making *making)
{
	if (making->number >= 0)
		tf__journal_drop(&guard.journal, making->number);
	if (making->room && making->room != making->few && !tf__is_error(making->room))
		sys_unmap(making->room, 2 * PAGE);
	making->number = -1;
	making->room = NULL;
	gate_leave();
}

/* --- children --- */

static void add_member(int pid, bool spawns)
{
	int dir = guard.is_made ? tf__session_open(guard.session.path) : -ENOENT;

	if (dir < 0)
		return;
	(void)tf__members_add(dir, pid, spawns); /* then the lock alone tells */
	sys_close(dir);
}

/* S1 */
static void mark_spawner(void)
{
	if (gate_mark()->spawns)
		return;
	gate_mark()->spawns = true;
	add_member(sys_pid(), true);
}

bool guard_before_child(enum child child)
{
	if (!guard_is_on())
		return false;
	guard.has_children = true;
	if (!gate_enter(renew))
		return false;
	if (!prepare(false))
		return true;
	/* without the lock (J3) a forked child has none to inherit: it is written down like others
	 */
	if (child != CHILD_FORKED || !guard.session.lock.page)
		mark_spawner();
	if (child == CHILD_UNKNOWN || !guard.session.lock.page)
		gate_mark()->unknown = true;
	return true;
}

void guard_after_child(enum child child, int pid)
{
	if (pid > 0 && (child == CHILD_SPAWNED || !guard.session.lock.page))
		add_member(pid, false);
	gate_leave();
}

void guard_before_exec(void)
{
	if (!guard_is_on())
		return;
	guard.has_children = true;
	if (!gate_enter(renew))
		return;
	if (prepare(false))
		add_member(sys_pid(), false);
	gate_leave();
}

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

void guard_end(void)
{
	struct tf_cleaning how = {.members = TF_MEMBERS_HOME};
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
	if (is_made) {
		tf__lock_release(&session.lock);
		(void)tf__clean_session(session.path, &how); /* else the janitor does */
	} else if (!guard.has_children) {
		tf__clean_private(&guard.journal);
	}
}
