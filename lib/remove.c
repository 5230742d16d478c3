/* remove.c: removal by directory descriptor.
 *
 * Each level of the walk (walk.h) first has all its entries read: files go at once, names of
 * directories are pushed. Then those are entered one by one, the last one first.
 *
 * What stays is walked in the same way, by levels that only look; so is everything when measuring.
 * A level `stays` when somebody said so of it or of one above it, and `holds` when something in it
 * does, at whatever depth.
 *
 * I2  A directory is entered by RESOLVE_NO_XDEV: never a mount point, bind mounts on the same
 *     device included.
 * I3  What fails is remembered once and passed over; the walk always ends, because each level is
 *     read at most RESCANS + 1 times, and one that holds what stays only once.
 * I4  Nothing is removed that `stays` was not asked about, nor anything in a level that only looks;
 *     such a level has its mode left alone.
 */
#include <sys/mman.h>

#include "generation.h"
#include "opendir.h"
#include "remove.h"
#include "text.h"
#include "walk.h"

enum {
	RESCANS = 3,
	PATH_BYTES = 4096, /* what `stays` may be told, with its NUL */
};

struct remover {
	struct tf_walk walk;
	const struct tf_removing *how;
	struct tf_removal *removal;
	const struct tf_identity *id; /* of the top directory, or NULL */
	struct tf_links links;        /* of what was only looked at */
	struct tf_text path;          /* told to `stays`; PATH_BYTES, or NULL without it */
	bool top_stays;
	int result; /* what became of the top directory */
};

static bool only_looks(const struct remover *m, bool stays)
{
	return stays || m->how->measure;
}

/* Something in the current directory could not be looked at or removed; what stays need not be. */
static void fails(struct remover *m, const char *name, int error, bool stays)
{
	if (m->how->measure || !stays)
		tf__note(m->removal, name, error);
}

/* ---- what stays */

/* Is entry `name` of the current level to stay? Leaves its path in m->path. */
static bool is_asked_for(struct remover *m, const char *name)
{
	if (!m->path.at)
		return false;
	m->path.len = tf__walk_level(&m->walk, 0)->path_len;
	m->path.full = false;
	tf__text_add(&m->path, "/");
	tf__text_add(&m->path, name);
	return m->path.full || m->how->stays(m->how->arg, m->path.at);
}

static bool stays_here(struct remover *m, const char *name)
{
	return tf__walk_level(&m->walk, 0)->stays || is_asked_for(m, name);
}

/* Something stays in the current directory, or is it. */
static void hold(struct remover *m)
{
	if (tf__walk_depth(&m->walk) > 0)
		tf__walk_level(&m->walk, 0)->holds = true;
	else if (!m->how->measure)
		m->result = -ENOTEMPTY;
}

/* ---- entries */

static bool is_dots(const char *name)
{
	return tf__equal(name, ".") || tf__equal(name, "..");
}

static void push_dir(struct remover *m, const char *name)
{
	int r = tf__walk_push_name(&m->walk, name);

	if (r < 0)
		fails(m, name, r, tf__walk_level(&m->walk, 0)->stays);
}

/* `error` is that of finding out its stat, which is all zero then. */
static void look_at(
	struct remover *m, const char *name, const struct tf_stat *stat, int error, bool stays)
{
	if (error == -ENOENT)
		return;
	if (error < 0)
		fails(m, name, error, stays);
	tf__count_seen(m->removal, &m->links, stat, stays);
	if (stays)
		hold(m);
}

static void remove_file(struct remover *m, const char *name, const struct tf_stat *stat)
{
	int r = sys_unlink_at(tf__walk_here(&m->walk), name, 0);

	if (r == 0)
		tf__count_gone(m->removal, stat);
	else if (r == -EISDIR)
		push_dir(m, name);
	else if (r != -ENOENT)
		tf__note(m->removal, name, r);
}

static void visit(struct remover *m, const struct tf_entry *entry)
{
	const char *name = entry->name;
	struct tf_stat stat = {0};
	bool is_dir = entry->type == 4 /* DT_DIR */;
	bool stays;
	int r = 0;

	if (is_dots(name))
		return;
	if (!is_dir) {
		r = sys_stat_at(tf__walk_here(&m->walk), name, TF_AT_SYMLINK_NOFOLLOW, &stat);
		is_dir = tf__is_dir(&stat);
	}
	if (is_dir) {
		push_dir(m, name);
		return;
	}
	stays = stays_here(m, name);
	if (only_looks(m, stays))
		look_at(m, name, &stat, r, stays);
	else
		remove_file(m, name, &stat); /* what stat said is only for counting */
}

/* Reads the current level: files go, names of directories are pushed. */
static void scan(struct remover *m)
{
	struct tf_level *level = tf__walk_level(&m->walk, 0);
	long n;

	if (level->scans++ > 0)
		(void)sys_seek(level->fd, 0, 0); /* if it cannot be rewound it reads as empty */
	while ((n = tf__walk_read(&m->walk)) > 0)
		for (long i = 0; i < n; i++)
			visit(m, tf__walk_entry(&m->walk, (size_t)i));
	if (n < 0)
		fails(m, ".", (int)n, level->stays);
}

/* ---- directories */

/* The current level is about to be emptied. What cannot be, its entries tell. `before` is from when
 * nobody had opened it up, or zero. */
static void open_up(struct remover *m, const struct tf_stat *before, const struct tf_stat *stat)
{
	struct tf_level *level = tf__walk_level(&m->walk, 0);

	if ((stat->mode & 0700) != 0700 && stat->uid == sys_euid())
		(void)sys_chmod_fd(level->fd, 0700);
	if (before->ino == stat->ino && (before->mode & 0700) != 0700)
		level->mode = before->mode;
}

static void put_back(const struct tf_level *level)
{
	if (level->mode != 0 && level->fd >= 0)
		(void)sys_chmod_fd(level->fd, level->mode & 07777); /* it was ours to change */
}

/* Opens directory `name` of the current one, and gives its stat. */
static int open_dir(struct remover *m, const char *name, bool looks, struct tf_stat *ret_stat)
{
	int dir = tf__walk_here(&m->walk);
	int fd = looks ? tf__open_dir(dir, name) : tf__open_own_dir(dir, name); /* I2, I4 */
	struct tf_identity id;
	int r = fd < 0 ? fd : sys_stat_fd(fd, ret_stat);

	if (r < 0) {
		if (fd >= 0)
			sys_close(fd);
		return r;
	}
	id = tf__identity(ret_stat);
	if (m->id && tf__walk_depth(&m->walk) == 0 && !tf__same(m->id, &id)) {
		sys_close(fd);
		return -ESTALE;
	}
	return fd;
}

/* Makes directory `name` of the current one the current level. */
static int enter(struct remover *m, const char *name, bool stays)
{
	bool looks = only_looks(m, stays);
	struct tf_stat before = {0}, stat;
	struct tf_level *level;
	int dir = tf__walk_here(&m->walk);
	int r = 0;

	if (m->how->stays && !looks)
		r = sys_stat_at(dir, name, TF_AT_SYMLINK_NOFOLLOW, &before);
	if (r == 0)
		r = open_dir(m, name, looks, &stat);
	if (r >= 0)
		r = tf__walk_enter(&m->walk, r, &stat);
	if (r < 0)
		return r;
	level = tf__walk_level(&m->walk, 0);
	level->stays = stays;
	level->path_len = (unsigned short)m->path.len; /* of `name`, while it may be asked for */
	if (looks)
		tf__count_seen(m->removal, &m->links, &stat, stays);
	else
		open_up(m, &before, &stat);
	return 0;
}

/* Goes into the directory pushed last, or drops its name where that cannot be. */
static void descend(struct remover *m)
{
	static const struct tf_stat unknown;
	const char *name = tf__walk_last_name(&m->walk);
	bool is_top = tf__walk_depth(&m->walk) == 0;
	bool stays = is_top ? m->top_stays : stays_here(m, name);
	int r = enter(m, name, stays);

	if (r == 0) {
		scan(m);
		return;
	}
	if (is_top)
		m->result = r;
	if (r == -ENOENT || (is_top && r == -ESTALE))
		; /* not there any more */
	else if (only_looks(m, stays))
		look_at(m, name, &unknown, r, stays);
	else
		tf__note(m->removal, name, r);
	tf__walk_drop_name(&m->walk);
}

/* The current directory should be empty now. 1 if something came into it that is to be read. */
static int remove_dir(struct remover *m)
{
	const char *name = tf__walk_last_name(&m->walk);
	int r = sys_unlink_at(tf__walk_above(&m->walk), name, TF_AT_REMOVEDIR);

	if (r == -ENOTEMPTY && m->removal->error == 0 &&
		tf__walk_level(&m->walk, 0)->scans <= RESCANS)
		return 1;
	if (r == 0)
		m->removal->inodes++;
	else if (r != -ENOENT)
		tf__note(m->removal, name, r);
	return r;
}

/* Done with the current directory: it goes unless something stays, and the one above it becomes
 * the current one. False when the way back is lost. */
static bool ascend(struct remover *m)
{
	const struct tf_level *level = tf__walk_level(&m->walk, 0);
	bool stays = level->stays || level->holds;
	int r = tf__walk_reach_above(&m->walk);

	if (r < 0) {
		tf__note(m->removal, "..", r);
		m->result = r;
		return false;
	}
	if (!only_looks(m, stays))
		r = remove_dir(m);
	if (r > 0) {
		scan(m);
		return true;
	}
	if (stays || r < 0)
		put_back(level);
	tf__walk_leave(&m->walk);
	if (tf__walk_depth(&m->walk) == 0)
		m->result = r;
	if (stays)
		hold(m);
	return true;
}

static void walk(struct remover *m)
{
	bool found_way = true;

	descend(m);
	while (found_way && tf__walk_depth(&m->walk) > 0)
		if (m->walk.names.top > tf__walk_level(&m->walk, 0)->names_from)
			descend(m);
		else
			found_way = ascend(m);
	for (size_t up = 0; up < tf__walk_depth(&m->walk); up++)
		put_back(tf__walk_level(&m->walk, up));
}

/* ---- the top entry */

static int begin_path(struct remover *m)
{
	char *memory;

	if (!m->how->stays || m->top_stays)
		return 0;
	memory = sys_map(
		NULL, PATH_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (tf__is_error(memory))
		return -ENOMEM;
	m->path = tf__text(memory, PATH_BYTES);
	tf__text_add(&m->path, m->how->path);
	return 0;
}

static int remove_tree(struct remover *m, int dir, const char *name)
{
	int r = tf__walk_begin(&m->walk, dir, name);

	if (r == 0)
		r = begin_path(m);
	if (r == 0)
		walk(m);
	else
		tf__note(m->removal, name, r);
	tf__walk_end(&m->walk);
	if (m->path.at)
		sys_unmap(m->path.at, PATH_BYTES);
	return r < 0 ? r : m->result;
}

static int remove_one(struct remover *m, int dir, const char *name, const struct tf_stat *stat)
{
	int r;

	if (only_looks(m, m->top_stays)) {
		tf__count_seen(m->removal, &m->links, stat, m->top_stays);
		return m->how->measure ? 0 : -ENOTEMPTY;
	}
	r = sys_unlink_at(dir, name, 0);
	if (r == 0)
		tf__count_gone(m->removal, stat);
	else if (r != -ENOENT)
		tf__note(m->removal, name, r);
	return r;
}

static bool top_stays(const struct tf_removing *how)
{
	if (!how->stays)
		return false;
	return !how->path || tf__length(how->path) >= PATH_BYTES || how->stays(how->arg, how->path);
}

int tf__remove(int dir, const char *name, const struct tf_identity *id,
	const struct tf_removing *how, struct tf_removal *removal)
{
	static const struct tf_removing everything;
	struct tf_removal mine = {0}; /* what went wrong before is none of its business */
	struct remover m = {.how = how ? how : &everything, .removal = &mine, .id = id};
	struct tf_identity found;
	struct tf_stat stat;
	int r = sys_stat_at(dir, name, TF_AT_SYMLINK_NOFOLLOW, &stat);

	if (r < 0) {
		if (r != -ENOENT)
			tf__note(removal, name, r);
		return r;
	}
	found = tf__identity(&stat);
	if (id)
		tf__identify_like(&found, id, dir, name);
	if (id && !tf__same(id, &found))
		return -ESTALE;
	m.top_stays = top_stays(m.how);
	r = tf__is_dir(&stat) ? remove_tree(&m, dir, name) : remove_one(&m, dir, name, &stat);
	tf__links_free(&m.links);
	tf__add_up(removal, &mine);
	return (r < 0 || m.how->measure) && mine.error != 0 ? mine.error : r;
}
