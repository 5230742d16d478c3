/* making.c: one creation on its way into the journal.
 *
 * What is ours is decided here: tracked at all, not a name that others must find, in a temp root
 * (or below one, for the functions that make nothing but temporary files), of a program that is not
 * exempt. In doubt it is not.
 */
#include <sys/mman.h>

#include "generation.h"
#include "guard.h"
#include "keeping.h"
#include "kin.h"
#include "making.h"
#include "process.h"
#include "shape.h"
#include "start.h"
#include "text.h"

enum { PAGE = 4096 };

struct request making_request(
	enum tf_kind kind, int function, void *caller, int dir, const char *path)
{
	const char *slash = tf__last_slash(path);

	return (struct request){
		.kind = kind,
		.function = function,
		.caller = caller,
		.dir = dir,
		.path = path,
		.asked = path,
		.name = slash ? slash + 1 : path,
	};
}

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

static void free_room(struct making *making)
{
	if (making->room && making->room != making->few && !tf__is_error(making->room))
		sys_unmap(making->room, 2 * PAGE);
	making->room = NULL;
}

/* The canonical name of the directory of `path`, asked of the kernel. */
static int ask_dir(struct making *making, int dir, const char *path, size_t len)
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
		r = tf__real_dir_at(dir, asked, making->room, making->room_size);
	}
	return r;
}

/* Where the request points, by text if that is plain. */
static bool find_dir(struct making *making, struct request *request)
{
	const struct tf_roots *known = guard_roots();
	const char *path = request->path;
	size_t len = (size_t)(request->name - path);
	int r;

	if (len > 0 && path[0] == '/' && tf__roots_name(known, path, len - 1)) {
		making->dir = path;
		making->dir_len = len - 1;
		return true;
	}
	r = ask_dir(making, request->dir, len > 0 ? path : ".", len > 0 ? len : 1);
	making->dir = making->room;
	making->dir_len = r < 0 ? 0 : (size_t)r;
	request->error = r < 0 ? r : 0;
	if (r <= 1)
		return false;
	return request->directly ? tf__roots_name(known, making->room, (size_t)r)
				 : tf__roots_hold(known, making->room);
}

/* By its text, with a slash behind it or without. */
static bool is_named(const char *place, const char *dir, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (place[i] != dir[i])
			return false;
	return place[len] == '\0' || (place[len] == '/' && place[len + 1] == '\0');
}

bool making_is_place(const char *dir, size_t len)
{
	const struct start *start = guard_start();

	if (len <= 1)
		return tf__is_standard_root(dir, len);
	return is_named(start->tmpdir, dir, len) || is_named(start->dir, dir, len) ||
	       tf__is_standard_root(dir, len);
}

/* Roots that the session has seen and our environment does not name: TMPDIR outside of a run. */
static bool is_known(const char *dir, size_t len)
{
	bool r;

	if (!guard_has_joined() || !guard_enter())
		return false;
	r = guard_open_journal() && tf__roots_name(guard_roots(), dir, len);
	guard_leave();
	return r;
}

/* What only looks like a temporary file is no reason to make a session, unless it may count. */
bool making_is_near(struct request *request)
{
	struct making making = {0};
	size_t len = (size_t)(request->name - request->path);
	int r;

	if (len > 1 && making_is_place(request->path, len - 1))
		return true;
	r = ask_dir(&making, request->dir, len > 0 ? request->path : ".", len > 0 ? len : 1);
	request->error = r < 0 ? r : 0;
	r = r > 0 && (making_is_place(making.room, (size_t)r) || is_known(making.room, (size_t)r));
	free_room(&making);
	return r;
}

/* What names and settings say, before the disk is asked. */
static enum tf_reason objection(const struct request *request)
{
	const struct start *start = guard_start();

	if (!(start->track & TF_TRACK_API))
		return TF_REASON_OFF;
	if (start->is_excluded)
		return TF_REASON_EXCLUDED;
	return tf__is_never_ours(request->name) ? TF_REASON_NEVER : 0;
}

/* TMPGUARD_PERSIST, by the path that was asked for and the one that is tried. */
static uint16_t flags_of(const struct request *request, const char *path)
{
	const struct start *start = guard_start();
	struct tf_keeping keeping = {0};

	if (start->persist == TF_PERSIST_NONE || start->persist == TF_PERSIST_ON_FAILURE)
		return 0;
	tf__keeping_set(&keeping, start->set[TF_SET_PERSIST], true);
	return tf__keeps(&keeping, path) || tf__keeps(&keeping, request->asked) ? TF_FLAG_KEEP : 0;
}

bool making_begin(struct making *making, struct request *request)
{
	request->reason = 0;
	if (!guard_is_on())
		return false;
	request->reason = objection(request);
	if (request->reason != 0)
		return false;
	making->head = (struct tf_record){
		.kind = (uint8_t)request->kind,
		.function = (uint16_t)request->function,
		.caller = (uintptr_t)request->caller,
	};
	making->request = request;
	making->number = -1;
	making->room = NULL;
	if (request->directly && !making_is_near(request))
		return false;
	if (!guard_enter()) {
		guard_warn_journal(-ENOMEM); /* all that it takes is a page */
		return false;
	}
	if (guard_open_journal() && find_dir(making, request)) {
		making->head.pid = sys_pid();
		making->head.kin = kin_when(making->head.pid);
		tf__copy(making->head.program, guard_start()->program, TF_PROGRAM_SIZE);
		return true;
	}
	making_done(making);
	request->reason = TF_REASON_OUTSIDE;
	return false;
}

bool making_is_direct(const struct request *request)
{
	struct request asked = *request;
	struct making making;

	asked.directly = true;
	if (!(guard_start()->track & TF_TRACK_API))
		return making_is_near(&asked);
	if (!making_begin(&making, &asked))
		return false;
	making_done(&making);
	return true;
}

/* A shared place is for files that may be to keep, or not: each is asked about. */
static uint16_t all_flags(const struct request *request, const char *path)
{
	if (request->is_shared)
		return TF_FLAG_PLACE | TF_FLAG_SHARED;
	return flags_of(request, path) | (request->is_place ? TF_FLAG_PLACE : 0);
}

void making_try(struct making *making, const char *path)
{
	const char *slash = tf__last_slash(path);
	const char *name = slash ? slash + 1 : path;
	uint16_t flags = all_flags(making->request, path);

	if (making->number >= 0 && making->head.flags == flags) {
		tf__journal_rename(guard_journal(), making->number, name);
		return;
	}
	if (making->number >= 0)
		tf__journal_drop(guard_journal(), making->number);
	making->head.flags = flags;
	making->head.when = tf__file_time();
	making->number = tf__journal_intend(
		guard_journal(), &making->head, making->dir, making->dir_len, name);
	if (making->number < 0)
		guard_warn_journal((int)making->number);
}

static bool is_new(const struct making *making, const struct tf_stat *stat)
{
	enum { SECOND = 1000000000 };
	uint64_t born = (uint64_t)stat->btime.sec * SECOND + stat->btime.nsec;

	if ((making->head.kind == TF_KIND_DIR) != tf__is_dir(stat))
		return false;
	if (stat->btime.nsec == 0) /* a filesystem that counts whole seconds */
		born += SECOND - 1;
	return !(stat->mask & TF_STAT_BTIME) || born >= making->head.when;
}

void making_created(struct making *making, int dir, const char *path, int flags)
{
	struct tf_identity id;
	struct tf_stat stat;
	int r;

	if (making->number < 0)
		return;
	r = sys_stat_at(dir, path, flags, &stat);
	if (r == 0 && !is_new(making, &stat))
		return; /* making_done drops the record */
	if (r == 0) {
		id = tf__identify(dir, path, flags, &stat);
		tf__journal_settle(guard_journal(), making->number, &id);
	}
	making->number = -1; /* an intent then, which the cleaner judges by its birth */
}

void making_done(struct making *making)
{
	if (making->number >= 0)
		tf__journal_drop(guard_journal(), making->number);
	free_room(making);
	making->number = -1;
	guard_leave();
}

/* --- what is not ours --- */

void making_tell(const struct request *request, uint16_t flags, const struct tf_stat *stat)
{
	struct making making = {.number = -1};
	struct tf_text path;
	size_t len = (size_t)(request->name - request->path);
	int r = ask_dir(&making, request->dir, len > 0 ? request->path : ".", len > 0 ? len : 1);

	if (r > 0) {
		making.head = (struct tf_record){
			.kind = (uint8_t)request->kind,
			.function = (uint16_t)request->function,
			.caller = (uintptr_t)request->caller,
			.flags = flags,
			.pid = sys_pid(),
		};
		if (stat)
			making.head.id = tf__identity(stat);
		tf__copy(making.head.program, guard_start()->program, TF_PROGRAM_SIZE);
		path = tf__text(making.room + making.room_size, making.room_size);
		tf__text_add(&path, making.room);
		tf__text_add(&path, "/");
		tf__text_add(&path, request->name);
		if (!path.full)
			tf__journal_tell(guard_journal(), &making.head, path.at);
	}
	free_room(&making);
}

/* What has no name (in a chroot's outside) is none of ours. Without procfs what only looks like a
 * temporary file is most likely none, either. */
void making_left_unknown(const struct request *request)
{
	int error = request->error;

	if (error < 0 && error != -ENOENT && error != -ENAMETOOLONG &&
		!(error == -ENOSYS && request->directly))
		guard_warn_journal(error);
}

void making_left_alone(const struct request *request, int fd)
{
	struct tf_stat stat;
	int r;

	making_left_unknown(request);
	if (request->reason == 0 || !guard_is_on() || !guard_may_report() || !guard_enter())
		return;
	if (guard_open_journal() && guard_is_reported()) {
		r = fd >= 0 ? sys_stat_fd(fd, &stat)
			    : sys_stat_at(
				      request->dir, request->path, TF_AT_SYMLINK_NOFOLLOW, &stat);
		if (r == 0)
			making_tell(request,
				(uint16_t)(TF_FLAG_LEFT_ALONE | request->reason << TF_REASON_SHIFT),
				&stat);
	}
	guard_leave();
}
