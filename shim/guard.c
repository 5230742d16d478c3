/* guard.c: this process's part in its session.
 *
 * Roles:
 *   UNKNOWN  nothing has been called yet, not even our constructor
 *   OFF      disabled, or set-user-ID: every wrapper goes straight through
 *   ROOT     first process with the shim: owns a session, which is drawn at once and made (M1 to
 *            M5) when it is first needed
 *   MEMBER   holds the lock of a session that others own
 *
 * I1  Nothing here allocates, waits for a lock of anybody's, or keeps a descriptor. Threads are
 * kept apart by `busy`, which is taken with signals blocked and given up after a bounded time. I2
 * What a forked child must not believe lies in the page `mark`, which the kernel wipes in forked
 *     children (not in vfork children, who use our memory). Without it, one would need to catch
 *     every way to fork.
 * I3  Only the process that is the session's root, by its number, ends it.
 */
#include <sys/auxv.h>
#include <sys/mman.h>

#include "bind.h"
#include "clean.h"
#include "guard.h"
#include "launch.h"
#include "libc.h"
#include "members.h"
#include "process.h"
#include "session.h"
#include "text.h"

enum role { UNKNOWN, OFF, ROOT, MEMBER };

enum {
	PAGE = 4096,
	PLACE = 512, /* of a path that is not plain and must be remembered */
	OWN_PATH = 512,
	ENTRIES = 256, /* of an environment that is copied into static memory */
};

struct mark {             /* wiped by fork, I2 */
	uint32_t is_open; /* the journal is this process's */
	uint32_t busy;
	uint32_t spawns; /* S1 is done */
};

static struct guard {
	uint32_t role;
	bool is_made;     /* the session is there */
	bool has_janitor; /* it was started, or cannot be */
	bool cannot_make; /* and has been said so */
	bool has_children;
	bool is_plain; /* the temp roots are the standard ones */
	bool stays;    /* TMPGUARD_FOLLOW=0 */
	bool is_lost;  /* places that we could not remember: nothing is registered */
	struct mark *mark;
	struct tf_session session;
	struct tf_journal journal;
	char program[TF_PROGRAM_SIZE];
	const char *wanted_base[3];
	char cwd[PLACE], home[PLACE], tmpdir[PLACE];
	char own_path[OWN_PATH];
	char preload_entry[OWN_PATH + 16];
	char session_entry[TF_SESSION_PATH + 40];
	struct tf_launch launch;
} guard;

static char *environ_copy[ENTRIES + 2];

static void warn(const char *what, int error)
{
	char buf[400];
	struct tf_text text = tf__text(buf, sizeof(buf));

	tf__text_add(&text, "tmpguard: ");
	tf__text_add(&text, guard.session.path);
	tf__text_add(&text, what);
	tf__text_add(&text, " (error ");
	tf__text_add_number(&text, (uint64_t)-error);
	tf__text_add(&text, ")\n");
	(void)sys_write(2, buf, text.len); /* there is nobody else to tell */
}

/* --- start --- */

struct settings {
	const char *disable, *persist, *follow, *session, *home, *tmpdir, *dir;
	char **session_at;
};

static const char *value_of(const char *entry, const char *name)
{
	const char *rest = tf__after(entry, name);

	return rest && *rest == '=' ? rest + 1 : NULL;
}

static void read_entry(struct settings *s, char **at)
{
	const char *rest = tf__after(*at, "TMPGUARD_");
	const char *value;

	if (rest) {
		s->disable = (value = value_of(rest, "DISABLE")) ? value : s->disable;
		s->persist = (value = value_of(rest, "PERSIST")) ? value : s->persist;
		s->follow = (value = value_of(rest, "FOLLOW")) ? value : s->follow;
		s->dir = (value = value_of(rest, "DIR")) ? value : s->dir;
		if ((value = value_of(rest, "SESSION"))) {
			s->session = value;
			s->session_at = at;
		}
		return;
	}
	s->home = (value = value_of(*at, "HOME")) ? value : s->home;
	s->tmpdir = (value = value_of(*at, "TMPDIR")) ? value : s->tmpdir;
}

static struct settings read_settings(void)
{
	struct settings s = {0};

	for (char **at = &environ ? environ : NULL; at && *at; at++)
		if (**at == 'T' || **at == 'H')
			read_entry(&s, at);
	return s;
}

static bool is_one(const char *value)
{
	return value && tf__equal(value, "1");
}

static bool remember(char *place, const char *path)
{
	size_t len = path ? tf__length(path) : 0;

	if (len >= PLACE)
		return false;
	if (path)
		tf__copy(place, path, len + 1);
	return true;
}

/* What the root sees at its start decides what is a temp root; later chdir and setenv do not. */
static void remember_places(const struct settings *s)
{
	struct tf_places places = {.cwd = guard.cwd, .home = s->home, .tmpdir = s->tmpdir};

	if (sys_cwd(guard.cwd, sizeof(guard.cwd)) < 0)
		guard.is_lost = true; /* longer than we can remember, perhaps below a temp root */
	guard.is_plain = !s->dir && tf__places_are_plain(&places);
	if (!guard.is_plain)
		guard.is_lost |=
			!remember(guard.home, s->home) || !remember(guard.tmpdir, s->tmpdir);
}

/* A relative path in LD_PRELOAD means the directory of the start, which remember_places knows. */
static void remember_own_path(void)
{
	struct tf_text text = tf__text(guard.own_path, sizeof(guard.own_path));
	const char *path = shim_own_path();

	if (!path)
		return;
	if (path[0] != '/') {
		if (guard.cwd[0] == '\0')
			(void)sys_cwd(guard.cwd, sizeof(guard.cwd));
		tf__text_add(&text, guard.cwd);
		tf__text_add(&text, "/");
	}
	tf__text_add(&text, path);
	if (text.full)
		guard.own_path[0] = '\0';
}

static void remember_program(void)
{
	const char *path = getauxval ? (const char *)getauxval(AT_EXECFN) : NULL;
	const char *slash = path ? tf__last_slash(path) : NULL;
	const char *base = slash ? slash + 1 : path ? path : "";

	for (size_t i = 0; i < sizeof(guard.program) - 1 && base[i] != '\0'; i++)
		guard.program[i] = base[i];
}

static void write_session_entry(void)
{
	struct tf_text text = tf__text(guard.session_entry, sizeof(guard.session_entry));

	tf__text_add(&text, "TMPGUARD_SESSION=");
	tf__text_add_number(&text, (uint64_t)guard.session.root);
	tf__text_add(&text, ":");
	tf__text_add(&text, guard.session.path);
}

/* The environment gets our entry, for what libc starts by itself (system, popen) and for programs
 * that pass on what they found. `environ` moves to a copy, as setenv would do it. */
static void add_to_environ(char **session_at)
{
	size_t n = 0;

	if (session_at) {
		*session_at = guard.session_entry;
		return;
	}
	if (!&environ || !environ)
		return;
	while (environ[n])
		n++;
	if (n > ENTRIES) /* children get it from the exec wrappers all the same */
		return;
	for (size_t i = 0; i < n; i++)
		environ_copy[i] = environ[i];
	environ_copy[n] = guard.session_entry;
	environ_copy[n + 1] = NULL;
	environ = environ_copy;
}

static void draw(void)
{
	int r = -EINVAL;

	for (size_t i = 0; i < 3 && r < 0; i++)
		if (guard.wanted_base[i])
			r = tf__session_draw(&guard.session, guard.wanted_base[i]);
	write_session_entry();
}

static void become_root(const struct settings *s)
{
	if (is_one(s->persist)) { /* nothing is to be removed; members of a session ask its mark */
		guard.role = OFF;
		return;
	}
	/* f=$(LD_PRELOAD=... mktemp): the file is what the caller wants, and its end is not ours */
	if (tf__equal(guard.program, "mktemp")) {
		guard.role = OFF;
		return;
	}
	guard.wanted_base[0] = s->dir;
	guard.wanted_base[1] = guard.tmpdir[0] ? guard.tmpdir : s->tmpdir;
	guard.wanted_base[2] = "/tmp";
	draw();
	add_to_environ(s->session_at);
	guard.role = ROOT;
}

static void start(void)
{
	struct settings s;

	if (getauxval && getauxval(AT_SECURE)) {
		guard.role = OFF;
		return;
	}
	s = read_settings();
	if (is_one(s.disable)) {
		guard.role = OFF;
		return;
	}
	guard.stays = s.follow && tf__equal(s.follow, "0");
	remember_program();
	remember_own_path();
	if (s.session && tf__session_parse(&guard.session, s.session) == 0 &&
		tf__session_join(&guard.session) == 0) {
		guard.is_made = true;
		guard.has_janitor = true;
		guard.wanted_base[0] = "/tmp"; /* should a forked child need a session of its own */
		write_session_entry();
		guard.role = guard.session.root == sys_pid() ? ROOT : MEMBER;
		return;
	}
	remember_places(&s);
	become_root(&s);
}

bool guard_is_root(void)
{
	return guard_is_on() && guard.role == ROOT;
}

bool guard_is_on(void)
{
	if (guard.role == UNKNOWN && &environ && environ)
		start(); /* a library's constructor came before ours */
	return guard.role > OFF;
}

/* --- the session, when it is needed --- */

static bool enter(uint64_t *ret_mask)
{
	enum { PATIENCE = 20000 };
	uint32_t free = 0;

	sys_block_signals(ret_mask);
	for (int left = PATIENCE; left > 0; left--) {
		free = 0;
		if (__atomic_compare_exchange_n(
			    &guard.mark->busy, &free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
			return true;
		(void)tf__sys3(SYS_sched_yield, 0, 0, 0); /* cannot fail */
	}
	sys_restore_signals(ret_mask);
	return false;
}

static void leave(const uint64_t *mask)
{
	__atomic_store_n(&guard.mark->busy, 0, __ATOMIC_RELEASE);
	sys_restore_signals(mask);
}

/* I2 */
static bool map_mark(void)
{
	struct mark *none = NULL;
	void *page;

	if (__atomic_load_n(&guard.mark, __ATOMIC_ACQUIRE))
		return true;
	page = sys_map(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (tf__is_error(page))
		return false;
	if (sys_advise(page, PAGE, MADV_WIPEONFORK) < 0) {
		sys_unmap(page, PAGE);
		return false;
	}
	if (!__atomic_compare_exchange_n(
		    &guard.mark, &none, page, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		sys_unmap(page, PAGE);
	return true;
}

/* The janitor lies beside our object, or where it was installed. M1. */
static void launch_janitor(void)
{
	char buf[OWN_PATH + 24];
	struct tf_text text = tf__text(buf, sizeof(buf));
	const char *slash = tf__last_slash(guard.own_path);

	guard.launch.session = guard.session.path;
	guard.launch.root = guard.session.root;
	guard.launch.program = buf;
	if (slash) {
		tf__text_add_bytes(&text, guard.own_path, (size_t)(slash + 1 - guard.own_path));
		tf__text_add(&text, "tmpguard-janitor");
	}
	if (!slash || text.full || tf__launch_janitor(&guard.launch) == -ENOENT) {
		guard.launch.program = TMPGUARD_LIBEXECDIR "/tmpguard-janitor";
		(void)tf__launch_janitor(&guard.launch); /* then the orderly end is what there is */
	}
	guard.has_janitor = true;
}

/* A place that can be written to, among those that were wanted. */
static int find_place(void)
{
	int r = tf__session_check(&guard.session);

	for (size_t i = 0; i < 3 && r < 0; i++) {
		if (!guard.wanted_base[i])
			continue;
		r = tf__session_draw(&guard.session, guard.wanted_base[i]);
		if (r == 0)
			r = tf__session_check(&guard.session);
	}
	write_session_entry();
	return r;
}

static const struct tf_roots *roots(struct tf_roots *buf, char *scratch)
{
	struct tf_places places = {0};

	if (!guard.is_plain) {
		places.cwd = guard.cwd;
		places.home = guard.home;
		places.tmpdir = guard.tmpdir;
		places.dir = guard.wanted_base[0];
	}
	if (guard.is_lost)
		buf->text[0] = '\0';
	else
		tf__roots_init(buf, &places, scratch);
	return buf;
}

/* M5, or joining a journal that another process has made. */
static int open_journal(void)
{
	enum { SIZE = 2 * PAGE };
	char *memory =
		sys_map(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int r;

	if (tf__is_error(memory))
		return -ENOMEM;
	r = tf__journal_open(&guard.journal, guard.is_made ? guard.session.path : NULL,
		roots((struct tf_roots *)(void *)memory, memory + PAGE));
	sys_unmap(memory, SIZE);
	__atomic_store_n(
		&guard.mark->is_open, tf__journal_is_open(&guard.journal), __ATOMIC_RELEASE);
	return r;
}

/* M1 to M4. The caller is alone. */
static int make_session(void)
{
	int r;

	if (guard.cannot_make)
		return -ENOTSUP;
	r = guard.has_janitor ? 0 : find_place();
	if (r == 0 && !guard.has_janitor)
		launch_janitor();
	if (r == 0)
		r = tf__session_make(&guard.session, TF_SESSION_OWN);
	if (r == 0) {
		guard.is_made = true;
		/* who joins knows only the standard temp roots: what is else must be written down
		 */
		return guard.is_plain ? 0 : open_journal();
	}
	guard.cannot_make = true;
	warn(": cannot be made; temporary files are removed at an orderly end only", r);
	return r;
}

/* A forked child that had no session to inherit is the root of its own. */
static void adopt(void)
{
	if (guard.role != ROOT || guard.is_made || guard.session.root == sys_pid())
		return;
	guard.has_janitor = false;
	guard.cannot_make = false;
	draw();
}

static void make_if_needed(void)
{
	uint64_t mask;

	if (guard.is_made || guard.role != ROOT || !map_mark() || !enter(&mask))
		return;
	adopt();
	if (!guard.is_made)
		(void)make_session(); /* it has said what is wrong */
	leave(&mask);
}

/* Is there a journal to write to? */
static bool ready(void)
{
	uint64_t mask;

	if (!map_mark())
		return false;
	if (__atomic_load_n(&guard.mark->is_open, __ATOMIC_ACQUIRE))
		return true;
	if (!enter(&mask))
		return false;
	if (!guard.mark->is_open) {
		tf__journal_forget(&guard.journal); /* a forked child's is its parent's */
		adopt();
		if (!guard.is_made && guard.role == ROOT)
			(void)make_session();
		if (!guard.mark->is_open)
			(void)open_journal(); /* private memory at worst */
	}
	leave(&mask);
	return guard.mark->is_open;
}

/* The journal was closed under us: by the orderly end of this very process, in another thread or
 * in an exit handler that comes late. Makes the session again; the janitor still waits for us. */
static bool renew(void)
{
	uint64_t mask;

	if (!enter(&mask))
		return false;
	if (tf__journal_header(&guard.journal)->closed) {
		tf__journal_forget(&guard.journal);
		guard.mark->is_open = false;
	}
	leave(&mask);
	return ready();
}

/* --- one creation --- */

/* Where the template points, by text if that is plain, else by asking the kernel. */
static bool find_dir(struct making *making, const char *path)
{
	const struct tf_roots *known = &tf__journal_header(&guard.journal)->roots;
	const char *slash = tf__last_slash(path);
	size_t len = slash ? (size_t)(slash - path) : 0;
	char *real;
	int r;

	if (slash && path[0] == '/' && tf__roots_name(known, path, len)) {
		making->dir = path;
		making->dir_len = len;
		return true;
	}
	making->scratch =
		sys_map(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (tf__is_error(making->scratch) || len >= PAGE)
		return false;
	real = making->scratch + PAGE;
	tf__copy(making->scratch, slash ? path : ".", slash ? len + 1 : 2);
	making->scratch[slash ? len + 1 : 1] = '\0';
	r = tf__real_dir(making->scratch, real, PAGE);
	making->dir = real;
	making->dir_len = r < 0 ? 0 : (size_t)r;
	return r > 1 && tf__roots_hold(known, real);
}

bool guard_begin(
	struct making *making, enum tf_kind kind, int function, void *caller, const char *path)
{
	*making = (struct making){
		.head = {.kind = (uint8_t)kind,
			.function = (uint32_t)function,
			.caller = (uintptr_t)caller},
		.number = -1,
	};
	if (!guard_is_on() || !ready())
		return false;
	if (find_dir(making, path)) {
		making->head.pid = sys_pid();
		tf__copy(making->head.program, guard.program, sizeof(guard.program));
		return true;
	}
	guard_done(making);
	return false;
}

void guard_try(struct making *making, const char *name)
{
	if (making->number >= 0) {
		tf__journal_rename(&guard.journal, making->number, name);
		return;
	}
	making->number = tf__journal_intend(
		&guard.journal, &making->head, making->dir, making->dir_len, name);
	if (making->number == -ESHUTDOWN && renew())
		making->number = tf__journal_intend(
			&guard.journal, &making->head, making->dir, making->dir_len, name);
}

void guard_created(struct making *making, const char *name, const struct tf_identity *id)
{
	if (making->number < 0)
		return;
	if (!tf__journal_settle(&guard.journal, making->number, id) && renew()) {
		making->number = -1;
		guard_try(making, name);
		if (making->number >= 0)
			(void)tf__journal_settle(&guard.journal, making->number, id);
	}
	making->number = -1;
}

void guard_done(struct making *making)
{
	if (making->number >= 0)
		tf__journal_drop(&guard.journal, making->number);
	if (making->scratch && !tf__is_error(making->scratch))
		sys_unmap(making->scratch, 2 * PAGE);
	making->number = -1;
	making->scratch = NULL;
}

/* --- children --- */

void guard_before_child(void)
{
	if (!guard_is_on())
		return;
	make_if_needed();
	guard.has_children = true;
}

static void add_member(int pid, bool spawns)
{
	int dir = guard.is_made ? tf__session_open(guard.session.path) : -ENOENT;

	if (dir < 0)
		return;
	(void)tf__members_add(dir, pid, spawns); /* then the lock alone tells */
	sys_close(dir);
}

void guard_before_spawn(void)
{
	guard_before_child();
	if (guard.role <= OFF || !map_mark() || guard.mark->spawns)
		return;
	guard.mark->spawns = true;
	add_member(sys_pid(), true);
}

void guard_spawned(int pid)
{
	if (guard.role > OFF)
		add_member(pid, false);
}

void guard_before_exec(void)
{
	guard_before_child();
	if (guard.role > OFF)
		add_member(sys_pid(), false);
}

const char *guard_session_entry(void)
{
	return guard.role > OFF && guard.is_made ? guard.session_entry : NULL;
}

bool guard_follows(void)
{
	return !guard.stays;
}

const char *guard_preload_entry(void)
{
	struct tf_text text = tf__text(guard.preload_entry, sizeof(guard.preload_entry));

	if (guard.own_path[0] == '\0')
		return NULL;
	tf__text_add(&text, "LD_PRELOAD=");
	tf__text_add(&text, guard.own_path);
	return guard.preload_entry;
}

/* --- the end --- */

static void end_session(void)
{
	const struct tf_cleaning how = {.home = true, .journal = &guard.journal};

	tf__lock_release(&guard.session.lock);
	if (tf__clean_session(guard.session.path, &how) == 0)
		guard.is_made = false;
}

void guard_end(void)
{
	if (guard.role != ROOT || guard.session.root != sys_pid()) /* I3 */
		return;
	if (guard.is_made)
		end_session();
	else if (guard.journal.is_private && tf__journal_is_open(&guard.journal) &&
		 !guard.has_children)
		tf__clean_private(&guard.journal);
}
