/* clean.c: the end of a session.
 *
 * I1  Nothing is removed that is not, at that moment, a file which the journal proves to be the
 *     session's: by identity for a record that is LIVE, by owner and birth for one that never got
 *     so far. Inside tmp/ everything is.
 * I2  A directory is reached by its canonical path without following any symlink, and must lie in
 *     the session's temp roots; then everything goes by descriptor.
 */
#include "clean.h"
#include "lock.h"
#include "members.h"
#include "opendir.h"
#include "reader.h"
#include "session.h"
#include "text.h"

struct cleaner {
	const struct tf_cleaning *how;
	struct tf_reader reader;
	struct tf_reader searcher; /* for identities elsewhere; chunk NULL: not open */
	int dir;                   /* the last directory opened, or -errno */
	int error;                 /* something could not be done now */
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

/* Is it a file that some record of the session has made? */
static bool is_known(struct cleaner *c, const struct tf_identity *id)
{
	const struct tf_record *record;

	if (!c->searcher.chunk && tf__reader_again(&c->searcher, &c->reader) < 0)
		return false;
	tf__reader_rewind(&c->searcher);
	while ((record = tf__reader_next(&c->searcher)))
		if (record->state == TF_LIVE && tf__same(&record->id, id))
			return true;
	return false;
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

static void clean_record(struct cleaner *c, const struct tf_record *record)
{
	struct tf_found found = {
		.path = record->path,
		.record = record,
		.is_dir = record->kind == TF_KIND_DIR,
	};
	char *path = (char *)record->path; /* in the reader's chunk, which is ours */
	const char *slash = tf__last_slash(path);
	struct tf_identity id;
	struct tf_stat stat;
	int dir = dir_of(c, path, (size_t)(slash - path));

	found.result = dir < 0 ? dir : sys_stat_at(dir, slash + 1, TF_AT_SYMLINK_NOFOLLOW, &stat);
	if (found.result == 0)
		found.result = judge(c, record, &stat, &id);
	if (found.result == 0 && c->how->keep)
		found.removal = (struct tf_removal){.inodes = 1, .bytes = stat.size};
	else if (found.result == 0)
		found.result = tf__remove(dir, slash + 1, &id, NULL, &found.removal);
	if (is_transient(found.result))
		c->error = found.result;
	if (c->how->found)
		c->how->found(c->how->arg, &found);
}

/* C3 */
static void clean_records(struct cleaner *c)
{
	const struct tf_record *record;

	c->dir = -ENOENT;
	while ((record = tf__reader_next(&c->reader)))
		clean_record(c, record);
	close_dir(c);
	if (c->searcher.chunk)
		tf__reader_close(&c->searcher);
}

static int clean_journal(int session, const struct tf_cleaning *how)
{
	struct cleaner c = {.how = how};
	int r = tf__reader_open(&c.reader, session);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	clean_records(&c);
	r = c.reader.error < 0 ? c.reader.error : c.error;
	tf__reader_close(&c.reader);
	return r;
}

static void clean_entry(int tmp, const char *name, const struct tf_cleaning *how)
{
	struct tf_found found = {.path = name};
	struct tf_stat stat;

	if (sys_stat_at(tmp, name, TF_AT_SYMLINK_NOFOLLOW, &stat) < 0)
		return;
	found.is_dir = tf__is_dir(&stat);
	if (how->keep)
		found.removal = (struct tf_removal){.inodes = 1, .bytes = stat.size};
	else
		found.result = tf__remove(tmp, name, NULL, NULL, &found.removal);
	if (how->found)
		how->found(how->arg, &found);
}

/* What lies in the private TMPDIR, one by one, so that each can be told. Directories that change
 * while they are read may need another look; what is left after that, C4 finds. */
static void clean_tmp(int session, const struct tf_cleaning *how)
{
	char buf[1024] __attribute__((aligned(8)));
	int tmp = tf__open_own_dir(session, "tmp");
	long len;

	if (tmp < 0)
		return;
	while ((len = sys_list_dir(tmp, buf, sizeof(buf))) > 0)
		for (long at = 0; at < len;) {
			const struct tf_entry *entry = (const void *)(buf + at);

			at += entry->len;
			if (!tf__equal(entry->name, ".") && !tf__equal(entry->name, ".."))
				clean_entry(tmp, entry->name, how);
		}
	sys_close(tmp);
}

/* C2 to C4, the lock being held. */
static int clean_open(int session, const char *path, const struct tf_cleaning *how)
{
	struct tf_cleaning kept = *how;
	int r = tf__members_alive(session, path, how->members);

	if (r != 0)
		return r;
	r = tf__session_is_kept(session);
	if (r < 0)
		return r;
	kept.keep = how->keep || r > 0;
	r = clean_journal(session, &kept);
	if (r == -EPERM || r == -EPROTO) /* no journal of ours: perhaps no session either */
		return r;
	clean_tmp(session, &kept);
	if (r < 0 || kept.keep)
		return r;
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
		tf__session_rmdir(path);
		r = 0;
	} else {
		r = lock;
	}
	sys_close(session);
	return r;
}

void tf__clean_private(const struct tf_journal *journal)
{
	struct tf_cleaning how = {0};
	struct cleaner c = {.how = &how};

	if (tf__reader_open_private(&c.reader, journal) < 0)
		return;
	clean_records(&c);
	tf__reader_close(&c.reader);
}
