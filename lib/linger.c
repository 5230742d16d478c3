/* linger.c: who outlives the root of a session, and what they may still need of it.
 *
 * I1  Whatever fails, or cannot be told, is an error of tf__linger_begin, or makes a file needed.
 * I2  A file is only not needed by a process whose way up to the root, and that of the file's
 *     maker, are known as far as where they meet.
 */
#include <sys/mman.h>

#include "census.h"
#include "inside.h"
#include "linger.h"
#include "lock.h"
#include "members.h"
#include "process.h"
#include "text.h"

enum {
	KIN = 16384, /* in all chains */
	DEPTH = 64,  /* of a maker below the root */
	MEMORY = (KIN + DEPTH) * (int)sizeof(struct tf_kin) +
		 TF_LINGER_MAX * (int)sizeof(struct tf_lingerer),
};

/* --- who --- */

/* 1, 0, or -EAGAIN when the chain has changed under our eyes. */
static int descends_from_us(int pid)
{
	int me = sys_pid();

	while (pid > 1 && pid != me) {
		pid = tf__parent(pid);
		if (pid < 0)
			return -EAGAIN;
	}
	return pid == me;
}

/* Do the user ids in /proc/PID/status name us? In doubt, yes. */
static bool is_ours(int pid)
{
	char buf[1024];
	struct tf_text path = tf__text(buf, sizeof(buf));
	const char *p = buf;
	uint64_t uid;

	tf__text_add(&path, "/proc/");
	tf__text_add_number(&path, (uint64_t)pid);
	tf__text_add(&path, "/status");
	if (tf__read_file(AT_FDCWD, buf, buf, sizeof(buf)) < 0)
		return true;
	while (*p != '\0' && !tf__after(p, "\nUid:"))
		p++;
	if (*p == '\0')
		return true;
	p += sizeof("\nUid:") - 1;
	for (int i = 0; i < 4; i++)
		if (*p != '\t' || (p++, tf__number(&p, &uid)) < 0 || uid == sys_euid())
			return true;
	return false;
}

static bool is_written_down(const struct tf_linger *linger, int pid)
{
	struct tf_kin kin;

	return tf__members_has(linger->session, pid) ||
	       tf__family_find(linger->session, pid, &kin) == 0;
}

/* It maps the lock, and then execs, after which its environment tells: so we ask in that order. */
static int is_member(struct tf_linger *linger, int pid)
{
	int64_t start = tf__start_time(pid);
	int r;

	if (start >= 0 && (uint64_t)start < linger->who.since)
		return 0;
	if (is_written_down(linger, pid))
		return 1;
	r = tf__in_use_maps(&linger->used, pid, linger->lock);
	if (r == -EACCES || r == -EPERM)
		return is_ours(pid) ? r : 0;
	return r != 0 ? r : tf__members_ask(pid, linger->path);
}

/* 1, 0, TF_CENSUS_GONE, -EAGAIN: later; else it cannot be told. */
static int lingers(struct tf_linger *linger, int pid)
{
	int r = 0;

	if (pid != sys_pid())
		r = linger->who.is_parent ? descends_from_us(pid) : is_member(linger, pid);
	return r <= 0 && !tf__alive_since(pid, UINT64_MAX) ? TF_CENSUS_GONE : r;
}

/* --- what they are and have --- */

static int add_kin(struct tf_linger *linger, const struct tf_kin *kin)
{
	if (linger->n_kin >= KIN)
		return -E2BIG;
	linger->kin[linger->n_kin++] = *kin;
	return 0;
}

/* Its way up to the root, or as far as it is known. */
static int add_chain(struct tf_linger *linger, int pid)
{
	static const struct tf_kin end;
	struct tf_kin kin, parent;
	int r = tf__family_find(linger->session, pid, &kin);

	while (r == 0) {
		bool has_parent = tf__family_parent(linger->table, &kin, &parent) == 0;

		r = add_kin(linger, &kin);
		if (r < 0)
			return r;
		if (!has_parent || tf__is_same_kin(&kin, &parent))
			break;
		kin = parent;
	}
	return add_kin(linger, &end);
}

/* That process among those that were found, or NULL. */
static const struct tf_lingerer *find(const struct tf_linger *linger, int pid)
{
	int64_t start = pid > 0 ? tf__start_time(pid) : -1;

	for (int i = 0; start >= 0 && i < linger->n; i++)
		if (linger->found[i].pid == pid && linger->found[i].start == start)
			return &linger->found[i];
	return NULL;
}

/* A child of one that was found, and that is not written down (yet), has registered nothing: it
 * needs what its parent does. */
static int add_found(struct tf_linger *linger, int pid, const struct tf_lingerer *parent)
{
	struct tf_lingerer new = {.pid = pid, .start = tf__start_time(pid), .kin = linger->n_kin};
	struct tf_kin kin;
	int r = 0;

	if (linger->n >= TF_LINGER_MAX)
		return -E2BIG;
	if (parent && tf__family_find(linger->session, pid, &kin) < 0)
		new.kin = parent->kin;
	else
		r = add_chain(linger, pid);
	linger->found[linger->n++] = new;
	return r;
}

/* 0: it, or its parent, was found before, so that it adds nothing to what there is to know; 1: not;
 * or -errno. */
static int add(struct tf_linger *linger, int pid)
{
	const struct tf_lingerer *parent = find(linger, tf__parent(pid));
	bool is_known = find(linger, pid);
	int r = is_known ? 0 : add_found(linger, pid, parent);

	if (r == 0)
		r = tf__in_use_add(&linger->used, pid);
	if (r == -E2BIG || r == -ENOMEM || tf__alive_since(pid, UINT64_MAX))
		return r < 0 ? r : !is_known && !parent;
	if (!is_known) /* half read; a child that it has left is found by the next look */
		linger->n--;
	return 1;
}

struct look {
	struct tf_linger *linger;
	bool is_new; /* there was somebody new */
};

static int look_at(void *arg, int proc, int pid)
{
	struct look *look = arg;
	int r = lingers(look->linger, pid);

	(void)proc;
	if (r > 0)
		r = add(look->linger, pid);
	look->is_new = look->is_new || r > 0;
	return r > 0 ? 0 : r;
}

/* One look at all processes: 0, 1 when there was somebody new, or -errno. */
static int look(struct tf_linger *linger)
{
	struct look look = {.linger = linger};
	int r = tf__census(look_at, &look);

	return r < 0 ? r : look.is_new;
}

/* L2 */
static int look_steadily(struct tf_linger *linger)
{
	enum { TRIES = 20, PAUSE = 1000000 };
	int r = 1;

	for (int left = TRIES; r != 0 && left > 0; left--) {
		r = look(linger);
		if (r < 0 && r != -EAGAIN)
			return r;
		if (r == -EAGAIN)
			sys_sleep(PAUSE);
	}
	return r == 0 ? 0 : -EAGAIN;
}

/* Those whose numbers say nothing here, or who are members of sessions inside. */
static int nobody_elsewhere(const struct tf_linger *linger)
{
	int r = tf__members_elsewhere(linger->session);

	if (r == 0 && !linger->who.is_parent)
		r = tf__inside_alive(linger->session, linger->path, TF_MEMBERS_HOME, false);
	return r > 0 ? -EXDEV : r;
}

static int map_memory(struct tf_linger *linger)
{
	char *memory =
		sys_map(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (tf__is_error(memory))
		return -ENOMEM;
	linger->kin = (struct tf_kin *)(void *)memory;
	linger->way = linger->kin + KIN;
	linger->found = (struct tf_lingerer *)(void *)(linger->way + DEPTH);
	return 0;
}

int tf__linger_begin(
	struct tf_linger *linger, int session, const char *path, const struct tf_lingerers *who)
{
	int r;

	*linger = (struct tf_linger){
		.session = session,
		.path = path,
		.who = *who,
		.when = tf__file_time(),
		.table = tf__family_open(session),
	};
	r = linger->table < 0 ? linger->table : tf__lock_inode(session, &linger->lock);
	if (r == 0)
		r = tf__in_use_begin(&linger->used);
	if (r == 0)
		r = map_memory(linger);
	if (r == 0)
		r = look_steadily(linger);
	if (r == 0)
		r = linger->n == 0 ? -ESRCH : nobody_elsewhere(linger); /* I1: somebody there is */
	if (r < 0)
		tf__linger_end(linger);
	return r;
}

void tf__linger_end(struct tf_linger *linger)
{
	if (linger->table >= 0)
		sys_close(linger->table);
	linger->table = -1;
	if (linger->kin)
		sys_unmap(linger->kin, MEMORY);
	linger->kin = NULL;
	tf__hashes_free(&linger->whole);
	tf__in_use_end(&linger->used);
}

/* --- what they need --- */

/* The maker and those above it, as far as they are known, in `way`: how many. */
static int way_up(const struct tf_linger *linger, const struct tf_kin *maker)
{
	struct tf_kin *way = linger->way, parent;
	int n = 0;

	way[n++] = *maker;
	while (n < DEPTH && tf__family_parent(linger->table, &way[n - 1], &parent) == 0 &&
		!tf__is_same_kin(&way[n - 1], &parent))
		way[n++] = parent;
	return n;
}

/* May the process of this chain need what the lowest of this way has made? Where the two meet is a
 * process that has made one branch before the other. What was made in the earlier one the later
 * may know of: `f=$(mktemp); use "$f" &`; or, while both run, `make_some | use_them &`. */
static bool is_related(const struct tf_kin *chain, const struct tf_kin *way, int n)
{
	for (int i = 0; i < n; i++)
		for (int k = 0; chain[k].when != 0; k++)
			if (tf__is_same_kin(&way[i], &chain[k]))
				return i == 0 || k == 0 ||
				       way[i - 1].birth.from <= chain[k - 1].birth.until;
	return true; /* I2 */
}

static bool is_kin(const struct tf_linger *linger, const struct tf_kin *maker)
{
	int n = way_up(linger, maker);

	for (int i = 0; i < linger->n; i++)
		if (is_related(linger->kin + linger->found[i].kin, linger->way, n))
			return true;
	return false;
}

static bool is_made_by_kin(struct tf_linger *linger, const struct tf_record *record)
{
	const struct tf_kin maker = {.pid = record->pid, .when = record->kin};

	if (maker.when == 0)
		return true;
	if (!tf__is_same_kin(&maker, &linger->last)) {
		linger->is_last_needed = is_kin(linger, &maker);
		linger->last = maker;
	}
	return linger->is_last_needed;
}

void tf__linger_mark_whole(struct tf_linger *linger, const char *path)
{
	tf__hashes_add_name(&linger->whole, path);
	tf__hashes_add_path(&linger->used.paths, path);
}

bool tf__linger_is_above(const struct tf_linger *linger, const char *path)
{
	return tf__hashes_hold_name(&linger->used.paths, path);
}

/* The files in a shared place are needed by whoever needs them, and not for its sake. */
void tf__linger_mark(struct tf_linger *linger, const struct tf_record *record)
{
	if (tf__is_shared_place(record)) {
		if (tf__in_use_file(&linger->used, &record->id))
			tf__linger_mark_whole(linger, record->path);
		return;
	}
	if (record->state != TF_LIVE || is_made_by_kin(linger, record) ||
		tf__linger_is_above(linger, record->path) ||
		tf__in_use_file(&linger->used, &record->id))
		tf__linger_mark_whole(linger, record->path);
}

/* Without a birth time, by that of the last change. */
bool tf__linger_uses(const struct tf_linger *linger, const struct tf_stat *stat)
{
	const struct tf_stat_time *t = stat->mask & TF_STAT_BTIME ? &stat->btime : &stat->ctime;
	struct tf_identity id = tf__identity(stat);

	return (uint64_t)t->sec * 1000000000 + t->nsec >= linger->when ||
	       tf__in_use_file(&linger->used, &id);
}

bool tf__linger_needs(
	struct tf_linger *linger, const struct tf_record *record, const struct tf_stat *stat)
{
	struct tf_identity id = tf__identity(stat);

	return record->state != TF_LIVE || !tf__same(&id, &record->id) ||
	       tf__linger_uses(linger, stat) ||
	       tf__hashes_hold_above(&linger->whole, record->path) ||
	       is_made_by_kin(linger, record);
}
