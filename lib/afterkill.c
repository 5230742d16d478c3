/* afterkill.c: the session of a program that uses the library.
 *
 * It is made once, by the process that asks for it. Forked children hold its lock with the memory
 * that they inherit, and write to its journal, which they open anew.
 *
 * I1  Who writes to the journal has opened it itself, in this process: `opener`.
 * I2  A child in a new image is none of the session; it keeps nothing alive.
 * I3  With other rights than those it began with a process notes nothing more: whoever cleans
 *     believes the journal as far as those rights go.
 */
#include "afterkill.h"

#include "clean.h"
#include "host.h"
#include "launch.h"
#include "members.h"
#include "place.h"
#include "session.h"
#include "text.h"

enum { MOMENT = 100000 }; /* nanoseconds */

static struct {
	struct tf_session session;
	struct tf_journal journal;
	uint32_t is_begun, euid;
	int32_t turn, opener;                     /* pids */
	char dir[TF_PATH_MAX], real[TF_PATH_MAX]; /* the directory that was asked about last */
} kill;

/* As in registry.c: a forked child does not wait for threads that it does not have. */
static void take_turn(void)
{
	int32_t me = sys_pid(), other = 0;

	while (!__atomic_compare_exchange_n(
		&kill.turn, &other, me, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		if (other != me)
			continue;
		sys_sleep(MOMENT);
		other = 0;
	}
}

static void end_turn(void)
{
	__atomic_store_n(&kill.turn, 0, __ATOMIC_RELEASE);
}

static bool is_begun(void)
{
	return __atomic_load_n(&kill.is_begun, __ATOMIC_ACQUIRE);
}

/* --- the session --- */

static int launch(const char *janitor)
{
	static struct tf_launch launch;

	launch.program = janitor ? janitor : TMPGUARD_LIBEXECDIR "/tmpguard-janitor";
	launch.session = kill.session.path;
	launch.root = kill.session.root;
	return tf__launch_janitor(&launch);
}

/* C1 to C4, when this process ends in order; where others of the session are alive it is left to
 * the janitor. What is in the journal then is gone or goes with it. */
static void end_session(void)
{
	const struct tf_cleaning how = {.members = TF_MEMBERS_HOME};

	if (!is_begun() || kill.session.root != sys_pid())
		return;
	tf__lock_release(&kill.session.lock);
	(void)tf__clean_session(kill.session.path, &how);
}

static int open_journal(void)
{
	const char *dir = NULL;
	struct tf_places places = {0};
	struct tf_roots roots;
	int r;

	if (kill.opener == sys_pid())
		return 0;
	(void)tf__place_tempdir(&dir); /* the standard ones then */
	places.tmpdir = dir;
	tf__roots_init(&roots, &places, kill.real);
	tf__journal_forget(&kill.journal);
	kill.dir[0] = '\0';
	r = tf__journal_open(&kill.journal, kill.session.path, &roots);
	if (r == 0)
		kill.opener = sys_pid();
	return r;
}

/* M1 to M5 */
static int begin(const char *janitor)
{
	const char *dir;
	int r = tf__place_tempdir(&dir);

	if (r == 0)
		r = tf__real_dir(dir, kill.real, sizeof(kill.real));
	if (r >= 0)
		r = tf__session_draw(&kill.session, kill.real);
	if (r == 0)
		r = tf__session_check(&kill.session);
	if (r == 0)
		r = launch(janitor);
	if (r == 0)
		r = tf__session_make(&kill.session, TF_SESSION_OWN);
	if (r == 0)
		r = open_journal();
	if (r == 0)
		r = tf__at_exit(end_session);
	kill.euid = sys_euid();
	return r;
}

int tf__after_kill_begin(const char *janitor)
{
	uint64_t mask;
	int r = 0;

	sys_block_signals(&mask);
	take_turn();
	if (!is_begun())
		r = begin(janitor);
	if (r == 0)
		__atomic_store_n(&kill.is_begun, 1, __ATOMIC_RELEASE);
	end_turn();
	sys_restore_signals(&mask);
	return r;
}

/* --- what is made --- */

/* kill.real becomes a temp root of the session, or is in one. There is room for so many only: when
 * they become many, the tree that it is in does, whose name is short: "/srv". What is removed there
 * is what is recorded, and nothing else. */
static int add_root(void)
{
	const struct tf_roots *roots = &tf__journal_header(&kill.journal)->roots;
	size_t used = 0, len = tf__length(kill.real), tree = 1;
	char end;
	int r;

	if (tf__roots_hold(roots, kill.real))
		return 0;
	while (roots->text[used] != '\0')
		used += tf__length(roots->text + used) + 1;
	if (used + len + 2 <= sizeof(roots->text) / 2)
		return tf__journal_add_root(&kill.journal, kill.real);
	while (tree < len && kill.real[tree] != '/')
		tree++;
	end = kill.real[tree];
	kill.real[tree] = '\0';
	r = tf__journal_add_root(&kill.journal, kill.real);
	kill.real[tree] = end;
	return r;
}

/* The item's directory in its canonical form, in kill.real, and a temp root of the session. */
static int find_dir(const struct tf_item *item)
{
	int r;

	if (!tf__equal(kill.dir, item->dir)) {
		kill.dir[0] = '\0';
		r = tf__real_dir(item->dir, kill.real, sizeof(kill.real));
		if (r < 0)
			return r;
		tf__copy(kill.dir, item->dir, item->dir_len + 1);
	}
	return add_root();
}

static int intend(struct tf_item *item, bool is_dir)
{
	const struct tf_record head = {
		.kind = is_dir ? TF_KIND_DIR : TF_KIND_FILE,
		.pid = item->owner,
	};
	int64_t number;
	int r = open_journal();

	if (r == 0)
		r = find_dir(item);
	if (r < 0)
		return r;
	number = tf__journal_intend(
		&kill.journal, &head, kill.real, tf__length(kill.real), tf__item_name(item));
	item->record = number;
	return number < 0 ? (int)number : 0;
}

int tf__after_kill_try(struct tf_item *item, bool is_dir)
{
	int r = 0;

	if (!is_begun() || sys_euid() != kill.euid) /* I3 */
		return 0;
	take_turn();
	if (item->record >= 0)
		tf__journal_rename(&kill.journal, item->record, tf__item_name(item));
	else
		r = intend(item, is_dir);
	end_turn();
	return r;
}

/* From now on the record may be moved by others, and is found by its file only. */
void tf__after_kill_made(struct tf_item *item, const struct tf_identity *id)
{
	if (item->record < 0)
		return;
	tf__journal_settle(&kill.journal, item->record, id);
	item->record = TF_RECORD_SETTLED;
}

void tf__after_kill_drop(struct tf_item *item)
{
	if (item->record >= 0)
		tf__journal_drop(&kill.journal, item->record);
	item->record = TF_RECORD_NONE;
}

int tf__after_kill_keep(struct tf_item *item)
{
	int r;

	if (item->record != TF_RECORD_SETTLED || item->owner != sys_pid())
		return 0;
	take_turn();
	r = open_journal();
	if (r == 0)
		r = tf__journal_disown(&kill.journal, &item->id);
	end_turn();
	if (r < 0 && r != -ENOENT)
		return r;
	item->record = TF_RECORD_NONE;
	return 0;
}
