/* clean_one.c: what becomes of one file of a session that ends.
 *
 * I1  Nothing is removed that is not, at that moment, a file which the journal proves to be the
 *     session's: by identity for a record that is LIVE, by owner and birth for one that never got
 *     so far. Inside tmp/ everything is.
 * I2  A directory is reached by its canonical path without following any symlink, and must lie in
 *     the session's temp roots; then everything goes by descriptor.
 * I3  What is to stay, by its own name or below a directory, stays whoever cleans and however
 *     often.
 * I4  While processes linger, nothing goes that was made, or is in use, since they were looked at.
 */
#include "generation.h"
#include "clean_one.h"
#include "inside.h"
#include "session.h"
#include "text.h"

enum { TYPE = 0170000, SOCKET = 0140000 }; /* of a mode */

enum { ENTRY_PATH = 600 }; /* of an entry of tmp/, or of a shared place */

/* I2. `path` is canonical; so is what it leads to, or it is refused. */
static int open_canonical(char *path, size_t len)
{
	char slash = path[len];
	char real[512];
	int fd;

	path[len] = '\0';
	real[0] = '\0';
	fd = sys_open_resolved(AT_FDCWD, path, O_PATH | O_DIRECTORY, TF_RESOLVE_NO_SYMLINKS);
	if (fd == -ENOSYS)
		fd = tf__real_dir(path, real, sizeof(real));
	if (fd >= 0 && real[0] != '\0')
		fd = tf__equal(real, path) ? sys_open_at(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0)
					   : -ELOOP;
	path[len] = slash;
	return fd;
}

static bool holds(const struct tf_roots *roots, char *path, size_t len)
{
	char slash = path[len];
	bool r;

	path[len] = '\0';
	r = tf__roots_hold(roots, path);
	path[len] = slash;
	return r;
}

static void close_dir(struct tf_cleaner *c)
{
	if (c->dir >= 0)
		sys_close(c->dir);
	c->dir = -ENOENT;
	c->dir_len = 0;
}

int tf__clean_dir_of(struct tf_cleaner *c, char *path, size_t len)
{
	if (len > 0 && len == c->dir_len && __builtin_memcmp(path, c->dir_path, len) == 0)
		return c->dir;
	close_dir(c);
	c->dir = holds(&c->reader.header->roots, path, len) ? open_canonical(path, len) : -ESTALE;
	if (len < sizeof(c->dir_path)) {
		tf__copy(c->dir_path, path, len);
		c->dir_len = len;
	}
	return c->dir;
}

/* Begins a search among all records; where that cannot be, the session stays for a later cleaner.
 */
static bool begin_search(struct tf_cleaner *c)
{
	int r = c->searcher.chunk ? 0 : tf__reader_again(&c->searcher, &c->reader);

	if (r < 0)
		c->error = r;
	else
		tf__reader_rewind(&c->searcher);
	return r == 0;
}

/* NULL at the end, and where reading fails: then the session stays, likewise. */
static const struct tf_record *next_found(struct tf_cleaner *c)
{
	const struct tf_record *record = tf__reader_next(&c->searcher);

	if (!record && c->searcher.error < 0)
		c->error = c->searcher.error;
	return record;
}

/* Devices have new numbers after a boot, and an overlay whenever it is mounted. Then inode and time
 * of birth have to do. */
static bool is_same(
	const struct tf_cleaner *c, const struct tf_record *record, const struct tf_identity *id)
{
	struct tf_identity then = record->id;

	if (c->is_past && then.born_sec != 0)
		then.dev = id->dev;
	return tf__same(&then, id);
}

/* Is it a file that some record of the session has made? */
static bool is_known(struct tf_cleaner *c, const struct tf_identity *id)
{
	const struct tf_record *record;

	if (!begin_search(c))
		return false;
	while ((record = next_found(c)))
		if (record->state == TF_LIVE && tf__is_registered(record) && is_same(c, record, id))
			return true;
	return false;
}

/* Does a record say of this path that it stays? */
static bool is_flagged(struct tf_cleaner *c, const char *path)
{
	const struct tf_record *record;

	if (!c->reader.header || !c->reader.header->keeps || c->kept_too)
		return false;
	if (!begin_search(c))
		return true; /* in doubt */
	while ((record = next_found(c)))
		if (record->flags & TF_FLAG_KEEP && tf__equal(record->path, path))
			return true;
	return c->searcher.error < 0;
}

/* I4 */
static bool is_in_use(const struct tf_cleaner *c, const char *path)
{
	struct tf_stat stat;
	int r = sys_stat_at(AT_FDCWD, path, TF_AT_SYMLINK_NOFOLLOW, &stat);

	return r < 0 ? r != -ENOENT : tf__linger_uses(c->linger, &stat);
}

/* I3 */
static bool stays(void *arg, const char *path)
{
	struct tf_cleaner *c = arg;

	if (c->linger && is_in_use(c, path))
		return true;
	if (c->keeping->all) /* a place does not stay for its own sake */
		return !tf__equal(path, c->place);
	return tf__keeps(c->keeping, path) || is_flagged(c, path) ||
	       (c->holds_sessions && tf__inside_is_kept(c->session, path));
}

static bool may_keep(const struct tf_cleaner *c)
{
	return c->linger || tf__keeps_some(c->keeping) || c->holds_sessions ||
	       (c->reader.header && c->reader.header->keeps);
}

/* The private TMPDIR goes as a whole, and what is in it is told as it does. */
static bool lies_in_tmp(const struct tf_cleaner *c, const char *path)
{
	const char *rest = c->session ? tf__after(path, c->session) : NULL;

	return rest && tf__after(rest, "/tmp/");
}

/* Is this directory one of the session's, and to stay? */
static bool is_kept_dir(struct tf_cleaner *c, const char *path)
{
	return (lies_in_tmp(c, path) && tf__keeps(c->keeping, path)) || is_flagged(c, path);
}

/* A file with a record of its own stays with the directory that it lies in. */
static bool lies_in_kept(struct tf_cleaner *c, const char *path)
{
	char *at = (char *)path; /* in the reader's chunk, which is ours */
	bool r = false;

	if (!may_keep(c))
		return false;
	for (at++; *at != '\0' && !r; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		r = is_kept_dir(c, path);
		*at = '/';
	}
	return r;
}

/* The same of the record's own file, by its path alone. */
static bool is_to_stay(struct tf_cleaner *c, const char *path)
{
	return tf__keeps(c->keeping, path) || is_flagged(c, path) || lies_in_kept(c, path);
}

/* A maker that died between intent and identity: a file of our own, of the right kind, and born
 * after the intent. Without a birth time there is no telling. */
static bool fits_intent(const struct tf_record *record, const struct tf_stat *stat)
{
	uint64_t born = (uint64_t)stat->btime.sec * 1000000000 + stat->btime.nsec;

	return (stat->mask & TF_STAT_BTIME) && born >= record->when && stat->uid == sys_euid() &&
	       (record->kind == TF_KIND_DIR ? tf__is_dir(stat) : tf__is_file(stat));
}

/* What is mounted there hides whether it is ours below. */
static bool is_mounted_over(const struct tf_stat *stat)
{
	return stat->attributes & stat->attributes_mask & TF_STAT_ATTR_MOUNT;
}

/* I1 */
int tf__clean_judge(struct tf_cleaner *c, const struct tf_record *record, int dir,
	const struct tf_stat *stat, struct tf_identity *ret_id)
{
	*ret_id = tf__identity(stat);
	if (record->state != TF_LIVE)
		return fits_intent(record, stat) ? 0 : -ESTALE;
	tf__identify_like(ret_id, &record->id, dir, tf__last_slash(record->path) + 1);
#ifdef TMPGUARD_BREAK_IDENTITY
	return 0;
#endif
	if (is_same(c, record, ret_id) || is_known(c, ret_id))
		return 0;
	return is_mounted_over(stat) ? -EXDEV : -ESTALE;
}

/* What may go better another time, so that the session stays for a later cleaner. So does what
 * hinders a cleaner that nobody hears: `tmpguard reap` tries again, and says what it is. */
static bool shall_stay(const struct tf_cleaner *c, int error)
{
	if (error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -EINTR)
		return true;
	return error < 0 && !c->found && error != -ENOENT && error != -ESTALE && error != -ENOTDIR;
}

static void tell(struct tf_cleaner *c, struct tf_found *found)
{
	c->has_left = c->has_left || found->status == TF_KEPT;
	c->has_failed = c->has_failed || found->error != 0;
	if (found->status != TF_LEAKED)
		found->is_removed = false;
	if (c->found)
		c->found(c->arg, found);
	c->told++;
}

/* Removes the entry, or what of it may go, and tells what became of it. */
static int finish(struct tf_cleaner *c, int dir, const char *name, const struct tf_identity *id,
	struct tf_found *found)
{
	unsigned flags = found->record ? found->record->flags : 0;
	bool is_place = flags & TF_FLAG_PLACE;
	bool keeps_all = (c->keeping->all && !is_place) || (!c->kept_too && flags & TF_FLAG_KEEP);
	struct tf_removal removal = {0};
	struct tf_removing removing = {
		.measure = c->looks || keeps_all || c->leaves || found->status == TF_LINGERING,
		.stays = (may_keep(c) || c->keeping->all) && !keeps_all ? stays : NULL,
		.arg = c,
		.path = found->path,
	};
	int r;

	c->place = found->path;
	r = tf__remove(dir, name, id, &removing, &removal);
	if (r == -ENOENT || r == -ESTALE)
		return r;
	if (removal.kept_inodes > 0 && c->holds_sessions) {
		c->has_left = true; /* they have told it themselves */
	} else if (removal.kept_inodes > 0) {
		struct tf_found kept = *found;

		kept.status = c->linger ? TF_LINGERING : TF_KEPT;
		kept.bytes = removal.kept_bytes;
		kept.inodes = removal.kept_inodes;
		tell(c, &kept);
	}
	if (keeps_all)
		found->status = TF_KEPT;
	found->bytes = removal.bytes;
	found->inodes = removal.inodes;
	found->is_removed = r == 0 && !removing.measure;
	found->error = r == 0 || removal.error == 0 ? 0 : r;
	c->has_left = c->has_left || c->leaves;
	if (removal.inodes > is_place || removal.error != 0)
		tell(c, found);
	return r == -ENOTEMPTY && removal.error == 0 ? 0 : r;
}

/* What was seen and left alone: tell it if it is still there. */
static void pass_over(struct tf_cleaner *c, const struct tf_record *record)
{
	struct tf_found found = {
		.status = TF_LEFT_ALONE,
		.path = record->path,
		.record = record,
		.inodes = 1,
	};
	struct tf_identity id;
	struct tf_stat stat;

	if (record->state != TF_LIVE || lies_in_tmp(c, record->path) ||
		sys_stat_at(AT_FDCWD, record->path, TF_AT_SYMLINK_NOFOLLOW, &stat) < 0)
		return;
	id = tf__identity(&stat);
	if (!tf__same(&id, &record->id))
		return;
	found.mode = stat.mode;
	found.bytes = tf__is_file(&stat) ? stat.size : 0;
	tell(c, &found);
}

void tf__clean_registered(struct tf_cleaner *c, const struct tf_record *record)
{
	struct tf_found found = {
		.status = c->status,
		.path = record->path,
		.record = record,
	};
	char *path = (char *)record->path; /* in the reader's chunk, which is ours */
	const char *slash = tf__last_slash(path);
	struct tf_identity id;
	struct tf_stat stat;
	int dir = tf__clean_dir_of(c, path, (size_t)(slash - path));
	int r = dir < 0 ? dir : sys_stat_at(dir, slash + 1, TF_AT_SYMLINK_NOFOLLOW, &stat);
	uint64_t told = c->told;

	if (r == 0)
		r = tf__clean_judge(c, record, dir, &stat, &id);
	if (r == 0 && c->linger && tf__linger_needs(c->linger, record, &stat))
		found.status = TF_LINGERING;
	if (r == 0 && lies_in_kept(c, path)) {
		c->has_left = true; /* the directory is told, with all that is in it */
	} else if (r == 0) {
		found.mode = stat.mode;
		r = finish(c, dir, slash + 1, &id, &found);
	} else if (r == -EXDEV && is_to_stay(c, path)) {
		c->has_left = true;
		r = 0;
	} else if (r != -ENOENT && r != -ESTALE && r != -ENOTDIR) {
		found.error = r;
		tell(c, &found);
	}
	if (shall_stay(c, r))
		c->error = r;
	if (record->flags & TF_FLAG_PLACE) {
		c->sums->created += c->told > told; /* it counts when there is something in it */
		c->sums->there += c->told > told;
		return;
	}
	c->sums->created += record->state != TF_LIVE && r == 0;
	c->sums->there += r == 0 || found.error != 0;
}

/* Asked of all that lies in a directory: is it in use, or may it be, by ways that procfs does not
 * show (sockets), or by sessions of its own? */
static bool is_needed_below(void *arg, const char *path)
{
	struct tf_cleaner *c = arg;
	const char *slash = tf__last_slash(path);
	struct tf_stat stat;
	int r = sys_stat_at(AT_FDCWD, path, TF_AT_SYMLINK_NOFOLLOW, &stat);

	if (r < 0 || (stat.mode & TYPE) == SOCKET || tf__linger_uses(c->linger, &stat) ||
		(slash && tf__after(slash, "/.tmpguard-")))
		c->is_needed = true;
	return c->is_needed;
}

void tf__clean_mark_above(struct tf_cleaner *c, const struct tf_record *record)
{
	struct tf_removing looking = {
		.measure = true,
		.stays = is_needed_below,
		.arg = c,
		.path = record->path,
	};
	struct tf_removal removal = {0};
	char *path = (char *)record->path; /* in the reader's chunk, which is ours */
	const char *slash = tf__last_slash(path);
	int dir, r;

	if (record->kind != TF_KIND_DIR || !tf__is_registered(record) ||
		tf__is_shared_place(record))
		return;
	c->is_needed = tf__linger_is_above(c->linger, path);
	if (!c->is_needed) {
		dir = tf__clean_dir_of(c, path, (size_t)(slash - path));
		r = dir < 0 ? dir : tf__remove(dir, slash + 1, &record->id, &looking, &removal);
		if (r != -ENOENT && r != -ESTALE && (r < 0 || removal.kept_inodes > 0))
			c->is_needed = true; /* in doubt */
	}
	if (c->is_needed)
		tf__linger_mark_whole(c->linger, path);
}

void tf__clean_record(struct tf_cleaner *c, const struct tf_record *record)
{
	if (tf__is_shared_place(record)) {
		c->has_places = true; /* what is in it comes first */
	} else if (tf__is_registered(record)) {
		tf__clean_registered(c, record);
	} else if (tf__is_remark(record)) {
		struct tf_found found = {
			.status = record->kind == TF_KIND_PROGRAM ? TF_NOT_INTERPOSED : TF_HAZARD,
			.path = record->path,
			.record = record,
		};

		tell(c, &found);
	} else {
		pass_over(c, record);
	}
}

/* Has a record told of this path already? Only where things stay can it meet them twice. */
static bool is_told(struct tf_cleaner *c, const char *path)
{
	const struct tf_record *record;

	if (!c->reader.header || (!c->looks && !c->has_left && !c->has_failed))
		return false;
	if (!begin_search(c))
		return false;
	while ((record = next_found(c)))
		if (tf__is_registered(record) && tf__equal(record->path, path))
			return true;
	return false;
}

void tf__clean_entry(struct tf_cleaner *c, int dir, const char *above, const char *name)
{
	char path[ENTRY_PATH];
	struct tf_text text = tf__text(path, sizeof(path));
	struct tf_found found = {.status = c->status, .path = path};
	struct tf_stat stat;
	int r;

	tf__text_add(&text, above);
	tf__text_add(&text, "/");
	tf__text_add(&text, name);
	if (text.full)
		return;
	if (c->status == TF_LINGERING && tf__after(name, ".tmpguard-"))
		return; /* sessions inside this one have cleaners, and tell, for themselves */
	if (sys_stat_at(dir, name, TF_AT_SYMLINK_NOFOLLOW, &stat) < 0 || is_told(c, path))
		return;
	found.mode = stat.mode;
	c->holds_sessions = !c->kept_too && tf__after(name, ".tmpguard-");
	r = finish(c, dir, name, NULL, &found);
	c->holds_sessions = false;
	if (shall_stay(c, r))
		c->error = r;
}

void tf__cleaner_close(struct tf_cleaner *c)
{
	close_dir(c);
	if (c->searcher.chunk)
		tf__reader_close(&c->searcher);
	c->searcher = (struct tf_reader){0};
}
