/* hazards.c: insecure uses of temporary files, told in the report.
 *
 * What is looked at lies directly in a temp root, by the text of its path, that others may write
 * to: they may have been there first, or come after. Of these are told
 *
 *   - a name that can be guessed, opened with O_CREAT and without O_EXCL: if that made the file, or
 *     led through a symbolic link or to somebody else's file;
 *   - what others may write to once it is made; and, under a drawn name, what others may read.
 *
 * Not told are names that are meant to be found by others, files of one's own that were there, and
 * what lies in tmpguard's own directories. In doubt nothing is told.
 *
 * H1  All of it is done after libc's call has succeeded, and makes neither session nor journal.
 * H2  errno is not touched.
 * H3  One entry for each program and path or, where names are drawn or given, caller; and of one
 *     process no more than TOLD.
 */
#include "guard.h"
#include "hazard.h"
#include "hazards.h"
#include "image.h"
#include "libc.h"
#include "making.h"
#include "process.h"
#include "shape.h"
#include "text.h"

enum {
	TOLD = 64,
	OTHERS_READ = 004,
	OTHERS_WRITE = 002,
	GROUP_WRITES = 020,
	STICKY = 01000,
	TYPE = 0170000,
	LINK = 0120000,
};

/* --- H3 --- */

#define HASH_BEGIN 0xcbf29ce484222325U

static uint64_t add_to_hash(uint64_t hash, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3U; /* FNV-1a */
	return hash;
}

static uint64_t key_of(const struct hazard_call *call, enum tf_hazard hazard)
{
	const uint64_t numbers[] = {hazard, (uint64_t)call->function, (uintptr_t)call->caller};
	uint64_t hash = HASH_BEGIN;

	if (tf__hazard_is_by_caller(hazard))
		return add_to_hash(hash, numbers, sizeof(numbers)) | 1;
	hash = add_to_hash(hash, numbers, sizeof(numbers[0]));
	return add_to_hash(hash, call->path, tf__length(call->path)) | 1;
}

/* Forked children go on with it. */
static bool is_first(uint64_t key)
{
	static uint64_t told[TOLD];

	for (int i = 0; i < TOLD; i++) {
		uint64_t there = __atomic_load_n(&told[i], __ATOMIC_RELAXED);

		if (there == 0 && __atomic_compare_exchange_n(&told[i], &there, key, false,
					  __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return true;
		if (there == key)
			return false;
	}
	return false;
}

/* A path is judged once, or seldom: who opens it over and over is not to pay for that. */
static bool is_judged(const char *path)
{
	static uint64_t judged[TOLD];
	uint64_t key = add_to_hash(HASH_BEGIN, path, tf__length(path)) | 1;
	uint64_t *place = &judged[(key >> 1) % TOLD];

	if (__atomic_load_n(place, __ATOMIC_RELAXED) == key)
		return true;
	__atomic_store_n(place, key, __ATOMIC_RELAXED);
	return false;
}

static void tell(const struct hazard_call *call, enum tf_hazard hazard)
{
	struct request request =
		making_request(TF_KIND_HAZARD, call->function, call->caller, call->dir, call->path);

	if (!is_first(key_of(call, hazard)) || !guard_enter())
		return;
	if (guard_open_journal())
		making_tell(&request, (uint16_t)(hazard << TF_REASON_SHIFT), NULL);
	guard_leave();
}

/* --- what only gives a name --- */

char *hazards_name(int function, void *caller, char *name, bool is_private)
{
	const struct hazard_call call = {function, caller, AT_FDCWD, name};

	if (name && name[0] != '\0' && guard_tells() && !guard_start()->is_excluded)
		tell(&call, is_private ? TF_HAZARD_NAME_PRIVATE : TF_HAZARD_NAME);
	return name;
}

/* --- what is made, or found, in a temp root --- */

/* A component that is tmpguard's own. */
static bool is_own_place(const char *dir, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (dir[i] == '/' && tf__after(dir + i, "/.tmpguard-"))
			return true;
	return false;
}

/* Is it in a place where others may make files, too? By the text first. Sticky or not: where it is
 * not, all is worse. */
static bool is_among_others(const struct hazard_call *call)
{
	const char *slash = tf__last_slash(call->path);
	size_t len = slash ? (size_t)(slash - call->path) : 0;
	char dir[START_PLACE];
	struct tf_stat stat;

	if (len >= sizeof(dir) || !making_is_place(call->path, len) ||
		is_own_place(call->path, len) || is_judged(call->path) || !guard_tells() ||
		guard_start()->is_excluded || tf__is_never_ours(slash + 1))
		return false;
	tf__copy(dir, call->path, len);
	dir[len] = '\0';
	return sys_stat_at(AT_FDCWD, dir, 0, &stat) == 0 && stat.mode & OTHERS_WRITE;
}

/* Can nobody guess the name? The process id, by which tmpguard tells temporary files, too, is known
 * to all. */
static bool is_drawn(const char *path)
{
	struct tf_maker maker = {
		.user = guard_start()->user,
		.logname = guard_start()->logname,
		.uid = sys_euid(),
		.traits = image_traits(),
	};
	struct tf_time now;

	sys_clock(0, &now);
	return tf__shape(tf__last_slash(path) + 1, &maker, (uint64_t)now.sec) != TF_SHAPE_NONE;
}

static uint64_t nsec(const struct tf_stat_time *time)
{
	return (uint64_t)time->sec * 1000000000 + time->nsec;
}

/* Was it made just now? Then it is as it was made. */
static bool is_new(const struct tf_stat *stat)
{
	const uint64_t just_now = 1000000000;
	uint64_t born = nsec(stat->mask & TF_STAT_BTIME ? &stat->btime : &stat->ctime);

	return tf__is_file(stat) && born == nsec(&stat->mtime) && stat->size == 0 &&
	       born + just_now >= tf__file_time();
}

/* What others may do with it. */
static enum tf_hazard judge_mode(const struct hazard_call *call, const struct tf_stat *stat)
{
	if (stat->mode & OTHERS_WRITE || (stat->mode & OTHERS_READ && is_drawn(call->path)))
		return TF_HAZARD_OPEN_FILE;
	return 0;
}

/* How it came to what it has opened; 0: nothing to tell. */
static enum tf_hazard judge_way(const struct hazard_call *call, const struct tf_stat *opened)
{
	struct tf_stat named;
	struct tf_identity id = tf__identity(opened), named_id;

	if (sys_stat_at(call->dir, call->path, TF_AT_SYMLINK_NOFOLLOW, &named) < 0)
		return 0;
	if ((named.mode & TYPE) == LINK)
		return named.uid == sys_euid() ? TF_HAZARD_OWN_LINK : TF_HAZARD_LINK;
	named_id = tf__identity(&named);
	if (!tf__same(&id, &named_id)) /* it has gone since */
		return 0;
	if (opened->uid != sys_euid())
		return TF_HAZARD_TAKEN;
	if (!is_new(opened))
		return 0;
	return is_drawn(call->path) ? judge_mode(call, opened) : TF_HAZARD_PREDICTABLE;
}

void hazards_open(const struct hazard_call *call, int fd, bool is_exclusive)
{
	struct tf_stat opened;
	enum tf_hazard hazard;

	if (!guard_may_report() || !is_among_others(call) || sys_stat_fd(fd, &opened) < 0)
		return;
	hazard = is_exclusive ? judge_mode(call, &opened) : judge_way(call, &opened);
	if (hazard != 0)
		tell(call, hazard);
}

/* Where each user has a group of their own, of the same number, it is no others. What is sticky
 * itself is meant for all. */
void hazards_mkdir(const struct hazard_call *call)
{
	struct tf_stat made;
	bool is_open;

	if (!guard_may_report() || !is_among_others(call) ||
		sys_stat_at(call->dir, call->path, TF_AT_SYMLINK_NOFOLLOW, &made) < 0)
		return;
	is_open = made.mode & OTHERS_WRITE || (made.mode & GROUP_WRITES && made.gid != made.uid);
	if (tf__is_dir(&made) && is_open && !(made.mode & STICKY))
		tell(call, TF_HAZARD_OPEN_DIR);
}
