/* clean.c: the end of a session: its terms, and the way through its files. What becomes of each
 * file is clean_one.c's.
 *
 * I1  The session is marked as kept, if anything of it stays, before the lock is let go.
 * I2  A session that could not be read or cleaned to its end stays for a later cleaner.
 */
#include <sys/file.h>

#include "clean.h"
#include "claim.h"
#include "clean_one.h"
#include "clean_place.h"
#include "inside.h"
#include "lock.h"
#include "members.h"
#include "opendir.h"
#include "reach.h"
#include "session.h"
#include "shared.h"
#include "text.h"

/* Spare sums are for those whom nobody asks for them. */
static struct tf_cleaner begin(const struct tf_cleaning *how, const char *path,
	const struct tf_keeping *keeping, struct tf_sums *spare)
{
	*spare = (struct tf_sums){0};
	return (struct tf_cleaner){
		.session = path,
		.keeping = keeping,
		.kept_too = how->kept_too,
		.looks = how->mode == TF_CLEAN_LOOK,
		.leaves = how->mode == TF_CLEAN_LEAVE,
		.status = TF_LEAKED,
		.found = how->found,
		.arg = how->arg,
		.function_name = how->function_name,
		.sums = how->sums ? how->sums : spare,
		.dir = -ENOENT,
	};
}

typedef bool visit_fn(const char *path, const struct tf_cleaning *how);

/* Calls `visit` for each session directory beside `path`, until it says true: then so do we. What
 * lies in tmp/ is anybody's work: a link there leads to no sessions of ours (a slash at the end
 * would have it followed), nor is a directory with another name one. */
static bool any_other(const char *path, visit_fn *visit, const struct tf_cleaning *how)
{
	char buf[512] __attribute__((aligned(8))), other[TF_SESSION_PATH];
	struct tf_text text = tf__text(other, sizeof(other));
	const char *slash = tf__last_slash(path);
	size_t above;
	bool found = false;
	long n;
	int dir;

	tf__text_add_bytes(&text, path, (size_t)(slash - path));
	dir = tf__session_open(other);
	tf__text_add(&text, "/");
	above = text.len;
	while (!found && dir >= 0 && (n = sys_list_dir(dir, buf, sizeof(buf))) > 0)
		for (long at = 0; at < n && !found;) {
			const struct tf_entry *entry = (const void *)(buf + at);

			at += entry->len;
			if (!tf__is_session_name(entry->name) || tf__equal(entry->name, slash + 1))
				continue;
			text = tf__text_from(other, sizeof(other), above);
			tf__text_add(&text, entry->name);
			found = !text.full && visit(other, how);
		}
	if (dir >= 0)
		sys_close(dir);
	return found;
}

static bool clean_other(const char *path, const struct tf_cleaning *how)
{
	(void)tf__clean_session(path, how); /* what cannot be cleaned now waits for the next */
	return false;
}

/* Sessions inside the private TMPDIR whose cleaners were killed: each by its own rules, and told as
 * such, before what is left of them goes with the rest. A path has room for few levels of these. */
static void clean_inside(const struct tf_cleaner *c, const char *name)
{
	char path[TF_SESSION_PATH + 64];
	struct tf_text text = tf__text(path, sizeof(path));
	const struct tf_cleaning how = {
		.mode = c->looks    ? TF_CLEAN_LOOK
			: c->leaves ? TF_CLEAN_LEAVE
				    : TF_CLEAN_REMOVE,
		.reclaims = true,
		.kept_too = c->kept_too,
		.found = c->found,
		.arg = c->arg,
		.reports = !c->looks,
		.sums = c->sums,
		.function_name = c->function_name,
	};

	tf__text_add(&text, c->session);
	tf__text_add(&text, "/tmp/");
	tf__text_add(&text, name);
	tf__text_add(&text, "/");
	if (!text.full)
		(void)any_other(path, clean_other, &how);
}

/* C3 */
static void clean_records(struct tf_cleaner *c)
{
	const struct tf_record *record;

	c->sums->created += c->reader.header->created;
	while ((record = tf__reader_next(&c->reader)))
		tf__clean_record(c, record);
	tf__cleaner_close(c);
}

/* What lies in the private TMPDIR, one by one, so that each can be told. Directories that change
 * while they are read may need another look; what is left after that, C4 finds. */
static void clean_tmp(struct tf_cleaner *c, int session)
{
	char buf[1024] __attribute__((aligned(8))), path[TF_SESSION_PATH + 8];
	struct tf_text above = tf__text(path, sizeof(path));
	int tmp = c->looks ? tf__open_dir(session, "tmp") : tf__open_own_dir(session, "tmp");
	long len;

	if (tmp < 0)
		return;
	tf__text_add(&above, c->session);
	tf__text_add(&above, "/tmp");
	while ((len = sys_list_dir(tmp, buf, sizeof(buf))) > 0)
		for (long at = 0; at < len;) {
			const struct tf_entry *entry = (const void *)(buf + at);

			at += entry->len;
			if (tf__equal(entry->name, ".") || tf__equal(entry->name, "..") ||
				tf__is_shared(&c->keeping->settings, tmp, entry->name))
				continue;
			if (tf__after(entry->name, ".tmpguard-") && c->status != TF_LINGERING)
				clean_inside(c, entry->name);
			tf__clean_entry(c, tmp, path, entry->name);
		}
	sys_close(tmp);
}

/* L4: before anything goes. */
static void mark_needed(struct tf_cleaner *c)
{
	const struct tf_record *record;

	while ((record = tf__reader_next(&c->reader)))
		if (tf__is_registered(record))
			tf__linger_mark(c->linger, record);
	tf__reader_rewind(&c->reader);
	while ((record = tf__reader_next(&c->reader)))
		tf__clean_mark_above(c, record);
	tf__reader_rewind(&c->reader);
	tf__cleaner_close(c);
}

/* Where others linger, nobody knows who has made what no record tells of: it stays. */
static void only_look(struct tf_cleaner *c)
{
	c->linger = NULL;
	c->looks = true;
	c->status = TF_LINGERING;
}

/* All that is the session's: what the journal names, then what lies in tmp/. */
static int clean_files(struct tf_cleaner *c, int session)
{
	int r = tf__reader_open(&c->reader, session);

	if (r < 0 && r != -ENOENT)
		return r;
	if (r == 0 && c->linger)
		mark_needed(c);
	if (r == 0)
		clean_records(c);
	else
		c->reader.header = NULL;
	if (c->linger)
		only_look(c);
	if (c->reader.header)
		tf__clean_places(c);
	clean_tmp(c, session);
	tf__cleaner_close(c);
	if (c->reader.header) {
		r = c->reader.error;
		tf__reader_close(&c->reader);
	} else {
		r = 0;
	}
	return r < 0 ? r : c->error;
}

/* --- the report that the session's settings ask for --- */

static struct tf_report_head report_head(const struct tf_cleaner *c)
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

struct both {
	struct tf_report report;
	tf_found_fn *found; /* is told, too; may be NULL */
	void *arg;
};

static void found_both(void *arg, const struct tf_found *found)
{
	struct both *both = arg;

	tf__report_found(&both->report, found);
	if (both->found)
		both->found(both->arg, found);
}

static void tell_process(struct tf_report *report, int pid)
{
	char buf[64];
	struct tf_text path = tf__text(buf, sizeof(buf));
	int len;

	tf__text_add(&path, "/proc/");
	tf__text_add_number(&path, (uint64_t)pid);
	tf__text_add(&path, "/comm");
	len = tf__read_file(AT_FDCWD, buf, buf, sizeof(buf));
	if (len <= 0)
		return; /* it has ended */
	buf[len - 1] = '\0';
	tf__report_process(report, pid, buf);
}

static int clean_reported(
	struct tf_cleaner *c, const struct tf_cleaning *how, int session, const char *path)
{
	struct tf_report_head head = report_head(c);
	struct tf_report_end last = {.is_complete = true, .is_dry = c->leaves};
	struct tf_notes end = {0};
	struct both both = {.found = how->found, .arg = how->arg};
	int fd, r;

	r = tf__notes_read(&end, session, "end");
	fd = r < 0 ? r : tf__report_open(path);
	if (fd < 0 || tf__report_begin(&both.report, fd, &head, how->function_name) < 0) {
		if (fd >= 0)
			sys_close(fd);
		tf__notes_free(&end);
		return clean_files(c, session); /* a report is no reason to leave files */
	}
	c->found = found_both;
	c->arg = &both;
	c->sums = &both.report.sums;
	for (int i = 0; c->linger && i < c->linger->n; i++)
		tell_process(&both.report, c->linger->found[i].pid);
	r = clean_files(c, session);
	last.end = &end;
	last.is_complete = r == 0;
	(void)tf__report_end(&both.report, &last); /* there is nobody to tell */
	sys_close(fd);
	tf__notes_free(&end);
	return r;
}

/* By `run`, which then could not remove it all. */
static bool was_reported(int session)
{
	struct tf_notes end = {0};
	bool r = tf__notes_read(&end, session, "end") == 0 &&
		 tf__notes_value(&end, "REPORTED", NULL);

	tf__notes_free(&end);
	return r;
}

static int clean_as_set(struct tf_cleaner *c, const struct tf_cleaning *how, int session)
{
	const char *path = tf__notes_value(&c->keeping->settings, "REPORT", NULL);

	if (path && (!c->found || how->reports) && !was_reported(session))
		return clean_reported(c, how, session, path);
	return clean_files(c, session);
}

/* C2 */
static int anybody_alive(int session, const char *path, const struct tf_claim *claim)
{
	int r = claim->is_past ? 0 : tf__members_alive(session, path, claim->asking);

	return r == 0 && !claim->is_past ? tf__inside_alive(session, path, claim->asking, false)
					 : r;
}

/* C2 to C4, the lock being held. */
static int clean_open(
	int session, const char *path, const struct tf_cleaning *how, const struct tf_claim *claim)
{
	struct tf_keeping keeping = {0};
	struct tf_sums sums;
	struct tf_cleaner c = begin(how, path, &keeping, &sums);
	int r = anybody_alive(session, path, claim);

	if (r == 0 && how->reclaims)
		r = tf__reach(session, claim->is_past);
	if (r != 0)
		return r;
	r = tf__session_is_kept(session);
	if (r < 0 || (r > 0 && !how->kept_too))
		return r < 0 ? r : 0;
	if (!how->kept_too)
		r = tf__keeping_read(&keeping, session);
	else if (r == 0) /* its report has not been written; without the settings none is */
		(void)tf__notes_read(&keeping.settings, session, "settings");
	if (r < 0)
		return r;
	c.is_past = claim->is_past;
	if (!how->kept_too && tf__notes_value(&keeping.settings, "DRY", NULL))
		c.leaves = true;
	r = clean_as_set(&c, how, session);
	tf__keeping_free(&keeping);
	if (r < 0 || c.looks) /* I2; -EPERM, -EPROTO: perhaps it is no session at all */
		return r;
	if (c.has_left) /* I1 */
		return tf__session_mark_kept(session);
	return tf__session_remove(session, path);
}

/* C1. For a session of somebody else's also how it is to be judged; those that are alive are told
 * by their lock, at once. */
static int take_lock(int session, const struct tf_cleaning *how, struct tf_claim *claim)
{
	int lock = tf__lock_take(session, how->wait);
	int r;

	if (!how->reclaims || (lock < 0 && lock != -ENOENT))
		return lock;
	r = tf__claim(session, claim);
	if (r == 0 && lock == -ENOENT && claim->is_past)
		return tf__lock_take_dead(session);
	if (r < 0 && lock >= 0)
		sys_close(lock);
	return r < 0 ? r : lock;
}

/* Its maker holds the directory until there is a lock, and makes it again if it is taken away all
 * the same, but not for ever. A janitor holds it, too: then it is the janitor's to remove. */
static bool is_in_the_making(int session)
{
	return sys_lock(session, LOCK_EX | LOCK_NB) < 0;
}

int tf__clean_session(const char *path, const struct tf_cleaning *how)
{
	struct tf_claim claim = {.asking = how->members};
	int lock, r;
	int session = tf__session_open(path);

	if (session < 0)
		return session == -ENOENT ? 0 : session;
	lock = take_lock(session, how, &claim);
	if (lock >= 0) {
		r = clean_open(session, path, how, &claim);
		sys_close(lock);
		if (r == -EAGAIN && how->wait) /* without our lock, which others ask for */
			(void)tf__inside_alive(session, path, claim.asking, true);
	} else if (lock == -ENOENT) { /* it never got a lock, or has lost it on its way out */
		if (how->mode == TF_CLEAN_REMOVE && !(how->reclaims && is_in_the_making(session)))
			tf__session_remove_rest(session, path);
		r = 0;
	} else {
		r = lock;
	}
	sys_close(session);
	return r;
}

/* Not inlined: those who fall back on it have a cleaner of their own in their frames. */
__attribute__((noinline)) int tf__look_at_session(const char *path, const struct tf_cleaning *how)
{
	struct tf_keeping none = {0};
	struct tf_sums sums;
	struct tf_cleaner c = begin(how, path, &none, &sums);
	int r;
	int session = tf__session_open(path);

	if (session < 0)
		return session;
	(void)tf__notes_read(&none.settings, session, "settings"); /* only for what is shared */
	c.looks = true;
	c.leaves = false;
	c.status = TF_LINGERING;
	r = clean_files(&c, session);
	tf__keeping_free(&none);
	sys_close(session);
	return r;
}

/* L4 and L5 */
static int clean_unneeded(int session, const char *path, const struct tf_cleaning *how,
	const struct tf_keeping *keeping)
{
	struct tf_sums sums;
	struct tf_cleaner c = begin(how, path, keeping, &sums);
	struct tf_linger linger;
	int r = tf__linger_begin(&linger, session, path, &how->who);

	if (r < 0)
		return how->found ? tf__look_at_session(path, how) : 0;
	c.linger = &linger;
	r = clean_as_set(&c, how, session);
	tf__linger_end(&linger);
	return r;
}

int tf__clean_lingering(const char *path, const struct tf_cleaning *how)
{
	struct tf_keeping keeping = {0};
	int r;
	int session = tf__session_open(path);

	if (session < 0)
		return session == -ENOENT ? 0 : session;
	r = tf__session_is_kept(session);
	if (r == 0)
		r = tf__keeping_read(&keeping, session);
	else if (r > 0)
		r = -ESTALE;
	if (r == 0 && how->mode == TF_CLEAN_REMOVE && !keeping.all &&
		!tf__notes_value(&keeping.settings, "DRY", NULL))
		r = clean_unneeded(session, path, how, &keeping);
	else if (r == 0 && how->found)
		r = tf__look_at_session(path, how);
	tf__keeping_free(&keeping);
	sys_close(session);
	return r;
}

void tf__clean_private(const struct tf_journal *journal, const struct tf_keeping *keeping,
	const struct tf_cleaning *how)
{
	struct tf_sums sums;
	struct tf_cleaner c = begin(how, NULL, keeping, &sums);

	if (tf__reader_open_private(&c.reader, journal) < 0)
		return;
	clean_records(&c);
	tf__clean_places(&c);
	tf__reader_close(&c.reader);
}

static bool is_there(const char *path, const struct tf_cleaning *how)
{
	(void)path;
	(void)how;
	return true;
}

bool tf__has_others(const char *path)
{
	return any_other(path, is_there, NULL);
}

void tf__clean_others(const char *path, const struct tf_cleaning *how)
{
	struct tf_cleaning terms = *how;

	terms.reclaims = true;
	terms.wait = false;
	(void)any_other(path, clean_other, &terms);
}
