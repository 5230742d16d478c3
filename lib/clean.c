/* clean.c: the end of a session.
 *
 * I1  Nothing is removed that is not, at that moment, a file which the journal proves to be the
 *     session's: by identity for a record that is LIVE, by owner and birth for one that never got
 *     so far. Inside tmp/ everything is.
 * I2  A directory is reached by its canonical path without following any symlink, and must lie in
 *     the session's temp roots; then everything goes by descriptor.
 * I3  What is to stay, by its own name or below a directory, stays whoever cleans and however
 * often; the session is marked before the lock is let go.
 */
#include "clean.h"
#include "lock.h"
#include "members.h"
#include "opendir.h"
#include "reader.h"
#include "session.h"
#include "text.h"

enum { TMP_PATH = TF_SESSION_PATH + 8 + 256 }; /* of an entry of tmp/ */

struct cleaner {
	const struct tf_cleaning *how;
	const struct tf_keeping *keeping;
	const char *session; /* path */
	struct tf_reader reader;
	struct tf_reader searcher;  /* for what stands elsewhere; chunk NULL: not open */
	int dir;                    /* the last directory opened, or -errno */
	int error;                  /* something could not be done now */
	bool looks;                 /* nothing is changed */
	enum tf_status look_status; /* of what would go */
	bool has_left;              /* something stays, on purpose */
	struct tf_sums *sums;
	size_t dir_len;
	char dir_path[512]; /* longer ones are opened anew each time */
};

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

static void close_dir(struct cleaner *c)
{
	if (c->dir >= 0)
		sys_close(c->dir);
	c->dir = -ENOENT;
	c->dir_len = 0;
}

/* The directory that holds the record's file: the last one again, most of the time. */
static int dir_of(struct cleaner *c, char *path, size_t len)
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
static bool begin_search(struct cleaner *c)
{
	int r = c->searcher.chunk ? 0 : tf__reader_again(&c->searcher, &c->reader);

	if (r < 0)
		c->error = r;
	else
		tf__reader_rewind(&c->searcher);
	return r == 0;
}

/* NULL at the end, and where reading fails: then the session stays, likewise. */
static const struct tf_record *next_found(struct cleaner *c)
{
	const struct tf_record *record = tf__reader_next(&c->searcher);

	if (!record && c->searcher.error < 0)
		c->error = c->searcher.error;
	return record;
}

/* Is it a file that some record of the session has made? */
static bool is_known(struct cleaner *c, const struct tf_identity *id)
{
	const struct tf_record *record;

	if (!begin_search(c))
		return false;
	while ((record = next_found(c)))
		if (record->state == TF_LIVE && tf__is_registered(record) &&
			tf__same(&record->id, id))
			return true;
	return false;
}

/* Does a record say of this path that it stays? */
static bool is_flagged(struct cleaner *c, const char *path)
{
	const struct tf_record *record;

	if (!c->reader.header || !c->reader.header->keeps || c->how->kept_too)
		return false;
	if (!begin_search(c))
		return true; /* in doubt */
	while ((record = next_found(c)))
		if (record->flags & TF_FLAG_KEEP && tf__equal(record->path, path))
			return true;
	return c->searcher.error < 0;
}

/* I3 */
static bool stays(void *arg, const char *path)
{
	struct cleaner *c = arg;

	return tf__keeps(c->keeping, path) || is_flagged(c, path);
}

static bool may_keep(const struct cleaner *c)
{
	return tf__keeps_some(c->keeping) || (c->reader.header && c->reader.header->keeps);
}

/* A maker that died between intent and identity: a file of our own, of the right kind, and born
 * after the intent. Without a birth time there is no telling. */
static bool fits_intent(const struct tf_record *record, const struct tf_stat *stat)
{
	uint64_t born = (uint64_t)stat->btime.sec * 1000000000 + stat->btime.nsec;

	return (stat->mask & TF_STAT_BTIME) && born >= record->when && stat->uid == sys_euid() &&
	       (record->kind == TF_KIND_DIR ? tf__is_dir(stat) : tf__is_file(stat));
}

/* I1. Gives the identity that may be removed. */
static int judge(struct cleaner *c, const struct tf_record *record, const struct tf_stat *stat,
	struct tf_identity *ret_id)
{
	*ret_id = tf__identity(stat);
	if (record->state != TF_LIVE)
		return fits_intent(record, stat) ? 0 : -ESTALE;
	return tf__same(ret_id, &record->id) || is_known(c, ret_id) ? 0 : -ESTALE;
}

/* What may go better another time, so that the session stays for a later cleaner. */
static bool is_transient(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -EINTR;
}

static void tell(struct cleaner *c, struct tf_found *found)
{
	c->has_left = c->has_left || found->status == TF_KEPT;
	if (found->status != TF_LEAKED)
		found->is_removed = false;
	if (c->how->found)
		c->how->found(c->how->arg, found);
}

/* Removes the entry, or what of it may go, and tells what became of it. */
static int finish(struct cleaner *c, int dir, const char *name, const struct tf_identity *id,
	struct tf_found *found)
{
	bool keeps_all = c->keeping->all || (found->record && !c->how->kept_too &&
						    found->record->flags & TF_FLAG_KEEP);
	struct tf_removal removal = {0};
	struct tf_removing removing = {
		.measure = c->looks || keeps_all || c->how->mode == TF_CLEAN_LEAVE,
		.stays = may_keep(c) && !keeps_all ? stays : NULL,
		.arg = c,
		.path = found->path,
	};
	int r = tf__remove(dir, name, id, &removing, &removal);

	if (r == -ENOENT || r == -ESTALE)
		return r;
	if (removal.kept_inodes > 0) {
		struct tf_found kept = *found;

		kept.status = TF_KEPT;
		kept.bytes = removal.kept_bytes;
		kept.inodes = removal.kept_inodes;
		tell(c, &kept);
	}
	found->status = c->how->mode == TF_CLEAN_LOOK ? found->status : TF_LEAKED;
	if (keeps_all)
		found->status = TF_KEPT;
	found->bytes = removal.bytes;
	found->inodes = removal.inodes;
	found->is_removed = r == 0 && !removing.measure;
	found->error = r == 0 || removal.error == 0 ? 0 : r;
	c->has_left = c->has_left || c->how->mode == TF_CLEAN_LEAVE;
	if (removal.inodes > 0 || removal.error != 0)
		tell(c, found);
	return r == -ENOTEMPTY && removal.error == 0 ? 0 : r;
}

/* What was seen and left alone: tell it if it is still there. */
static void pass_over(struct cleaner *c, const struct tf_record *record)
{
	struct tf_found found = {
		.status = TF_LEFT_ALONE,
		.path = record->path,
		.record = record,
		.inodes = 1,
	};
	struct tf_identity id;
	struct tf_stat stat;

	if (record->state != TF_LIVE ||
		sys_stat_at(AT_FDCWD, record->path, TF_AT_SYMLINK_NOFOLLOW, &stat) < 0)
		return;
	id = tf__identity(&stat);
	if (!tf__same(&id, &record->id))
		return;
	found.mode = stat.mode;
	found.bytes = tf__is_file(&stat) ? stat.size : 0;
	tell(c, &found);
}

static void clean_registered(struct cleaner *c, const struct tf_record *record)
{
	struct tf_found found = {
		.status = c->how->mode == TF_CLEAN_LOOK ? c->look_status : TF_LEAKED,
		.path = record->path,
		.record = record,
	};
	char *path = (char *)record->path; /* in the reader's chunk, which is ours */
	const char *slash = tf__last_slash(path);
	struct tf_identity id;
	struct tf_stat stat;
	int dir = dir_of(c, path, (size_t)(slash - path));
	int r = dir < 0 ? dir : sys_stat_at(dir, slash + 1, TF_AT_SYMLINK_NOFOLLOW, &stat);

	if (r == 0)
		r = judge(c, record, &stat, &id);
	if (r == 0) {
		found.mode = stat.mode;
		r = finish(c, dir, slash + 1, &id, &found);
	} else if (r != -ENOENT && r != -ESTALE && r != -ENOTDIR) {
		found.error = r;
		tell(c, &found);
	}
	if (is_transient(r))
		c->error = r;
	c->sums->created += record->state != TF_LIVE && r == 0;
	c->sums->there += r == 0 || found.error != 0;
}

static void clean_record(struct cleaner *c, const struct tf_record *record)
{
	if (tf__is_registered(record)) {
		clean_registered(c, record);
	} else if (record->kind == TF_KIND_PROGRAM) {
		struct tf_found found = {
			.status = TF_NOT_INTERPOSED,
			.path = record->path,
			.record = record,
		};

		tell(c, &found);
	} else {
		pass_over(c, record);
	}
}

/* C3 */
static void clean_records(struct cleaner *c)
{
	const struct tf_record *record;

	c->dir = -ENOENT;
	c->sums->created += c->reader.header->created;
	while ((record = tf__reader_next(&c->reader)))
		clean_record(c, record);
	close_dir(c);
}

/* Has a record told of this path already? Only where things stay can it meet them twice. */
static bool is_told(struct cleaner *c, const char *path)
{
	const struct tf_record *record;

	if (!c->reader.header || (!c->looks && !c->has_left))
		return false;
	if (!begin_search(c))
		return false;
	while ((record = next_found(c)))
		if (tf__is_registered(record) && tf__equal(record->path, path))
			return true;
	return false;
}

static void clean_entry(struct cleaner *c, int tmp, const char *name)
{
	char path[TMP_PATH];
	struct tf_text text = tf__text(path, sizeof(path));
	struct tf_found found = {.status = c->look_status, .path = path};
	struct tf_stat stat;
	int r;

	tf__text_add(&text, c->session);
	tf__text_add(&text, "/tmp/");
	tf__text_add(&text, name);
	if (sys_stat_at(tmp, name, TF_AT_SYMLINK_NOFOLLOW, &stat) < 0 || is_told(c, path))
		return;
	found.mode = stat.mode;
	r = finish(c, tmp, name, NULL, &found);
	if (is_transient(r))
		c->error = r;
}

/* What lies in the private TMPDIR, one by one, so that each can be told. Directories that change
 * while they are read may need another look; what is left after that, C4 finds. */
static void clean_tmp(struct cleaner *c, int session)
{
	char buf[1024] __attribute__((aligned(8)));
	int tmp = c->looks ? tf__open_dir(session, "tmp") : tf__open_own_dir(session, "tmp");
	long len;

	if (tmp < 0)
		return;
	while ((len = sys_list_dir(tmp, buf, sizeof(buf))) > 0)
		for (long at = 0; at < len;) {
			const struct tf_entry *entry = (const void *)(buf + at);

			at += entry->len;
			if (!tf__equal(entry->name, ".") && !tf__equal(entry->name, ".."))
				clean_entry(c, tmp, entry->name);
		}
	sys_close(tmp);
}

/* All that is the session's: what the journal names, then what lies in tmp/. */
static int clean_files(struct cleaner *c, int session)
{
	int r = tf__reader_open(&c->reader, session);

	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 0)
		clean_records(c);
	else
		c->reader.header = NULL;
	clean_tmp(c, session);
	if (c->searcher.chunk)
		tf__reader_close(&c->searcher);
	if (c->reader.header) {
		r = c->reader.error;
		tf__reader_close(&c->reader);
	} else {
		r = 0;
	}
	return r < 0 ? r : c->error;
}

/* --- the report that the session's settings ask for --- */

static struct tf_report_head report_head(const struct cleaner *c)
{
	const struct tf_notes *settings = &c->keeping->settings;
	const char *mode = tf__notes_value(settings, "MODE", NULL);
	const char *number = tf__notes_value(settings, "ROOT", NULL);
	uint64_t root = 0;

	if (!number || tf__number(&number, &root) < 0 || root > INT32_MAX)
		root = 0;
	return (struct tf_report_head){
		.directory = c->session,
		.mode = mode ? mode : "preload",
		.root = (int)root,
		.notes = settings,
	};
}

static int clean_reported(struct cleaner *c, int session, const char *path)
{
	struct tf_cleaning how = *c->how;
	struct tf_report_head head = report_head(c);
	struct tf_report_end last = {.is_complete = true};
	struct tf_notes end = {0};
	struct tf_report report;
	int fd, r;

	r = tf__notes_read(&end, session, "end");
	fd = r < 0 ? r : tf__report_open(path);
	if (fd < 0 || tf__report_begin(&report, fd, &head, how.function_name) < 0) {
		if (fd >= 0)
			sys_close(fd);
		tf__notes_free(&end);
		return clean_files(c, session); /* a report is no reason to leave files */
	}
	how.found = tf__report_found;
	how.arg = &report;
	c->how = &how;
	c->sums = &report.sums;
	r = clean_files(c, session);
	last.end = &end;
	last.is_complete = r == 0;
	(void)tf__report_end(&report, &last); /* there is nobody to tell */
	sys_close(fd);
	tf__notes_free(&end);
	return r;
}

static int clean_kept(struct cleaner *c, int session)
{
	const char *path = tf__notes_value(&c->keeping->settings, "REPORT", NULL);

	if (path && !c->how->found)
		return clean_reported(c, session, path);
	return clean_files(c, session);
}

/* C2 to C4, the lock being held. */
static int clean_open(int session, const char *path, const struct tf_cleaning *how)
{
	struct tf_keeping keeping = {0};
	struct tf_sums sums = {0};
	struct cleaner c = {
		.how = how,
		.keeping = &keeping,
		.session = path,
		.sums = how->sums ? how->sums : &sums,
		.looks = how->mode == TF_CLEAN_LOOK,
		.look_status = TF_LEAKED,
	};
	int r = tf__members_alive(session, path, how->members);

	if (r != 0)
		return r;
	r = tf__session_is_kept(session);
	if (r < 0 || (r > 0 && !how->kept_too))
		return r < 0 ? r : 0;
	r = how->kept_too ? 0 : tf__keeping_read(&keeping, session);
	if (r < 0)
		return r;
	r = clean_kept(&c, session);
	tf__keeping_free(&keeping);
	if (r < 0 || c.looks) /* -EPERM, -EPROTO: no journal of ours, perhaps no session either */
		return r;
	if (c.has_left)
		return tf__session_mark_kept(session);
	return tf__session_remove(session, path);
}

int tf__clean_session(const char *path, const struct tf_cleaning *how)
{
	int lock, r;
	int session = tf__session_open(path);

	if (session < 0)
		return session == -ENOENT ? 0 : session;
	lock = tf__lock_take(session, how->wait);
	if (lock >= 0) {
		r = clean_open(session, path, how);
		sys_close(lock);
	} else if (lock == -ENOENT) { /* it never got a lock, or has lost it on its way out */
		if (how->mode == TF_CLEAN_REMOVE)
			tf__session_rmdir(path);
		r = 0;
	} else {
		r = lock;
	}
	sys_close(session);
	return r;
}

int tf__look_at_session(const char *path, const struct tf_cleaning *how)
{
	const struct tf_keeping none = {0};
	struct tf_cleaning look = *how;
	struct tf_sums sums = {0};
	struct cleaner c = {
		.how = &look,
		.keeping = &none,
		.session = path,
		.sums = how->sums ? how->sums : &sums,
		.looks = true,
		.look_status = TF_LINGERING,
	};
	int r;
	int session = tf__session_open(path);

	if (session < 0)
		return session;
	look.mode = TF_CLEAN_LOOK;
	r = clean_files(&c, session);
	sys_close(session);
	return r;
}

void tf__clean_private(const struct tf_journal *journal, const struct tf_keeping *keeping,
	const struct tf_cleaning *how)
{
	struct tf_sums sums = {0};
	struct cleaner c = {
		.how = how,
		.keeping = keeping,
		.sums = how->sums ? how->sums : &sums,
	};

	if (tf__reader_open_private(&c.reader, journal) < 0)
		return;
	clean_records(&c);
	if (c.searcher.chunk)
		tf__reader_close(&c.searcher);
	tf__reader_close(&c.reader);
}
