/* open.c: programs that bring their own mkstemp.
 *
 * Python, Perl, Ruby, Java, Rust, coreutils, gcc and zsh make temporary files by open with O_CREAT
 * and O_EXCL, and directories by mkdir. A call that cannot be one of these goes on to the next
 * definition after a test of its flags. What may be one is registered if it is made directly in a
 * temp root by a name that looks drawn (shape.h).
 *
 * The mode argument is there exactly when O_CREAT, or all of O_TMPFILE, is set. The `_2` names are
 * the fortified ones, which take none and refuse these flags.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "bind.h"
#include "guard.h"
#include "hazards.h"
#include "image.h"
#include "libc.h"
#include "making.h"
#include "redirect.h"
#include "shape.h"
#include "text.h"

enum {
	EXCLUSIVE = O_CREAT | O_EXCL,
	OTHERS = 006,  /* what they may do: read and write */
	NOT_OWN = 022, /* who else may write */
	TRIMMED = 256, /* longer paths with a slash at the end are no temporary file's */
};

/* One call of the family. */
struct opening {
	int function;
	void *caller;
	bool has_dir;
	int dir;
	const char *path;
	int flags;
	mode_t mode;
};

#define CALLER __builtin_return_address(0)

static bool has_mode(int flags)
{
	return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;
}

/* Makes nothing. */
static bool is_ordinary(int flags)
{
	return flags & O_PATH || !has_mode(flags);
}

static bool is_exclusive(int flags)
{
	return (flags & EXCLUSIVE) == EXCLUSIVE;
}

static int call_next(const struct opening *o, const char *path)
{
	void *next = shim_next((enum shim_name)o->function);

	if (o->has_dir)
		return ((shim_fn_openat *)next)(o->dir, path, o->flags, o->mode);
	return ((shim_fn_open *)next)(path, o->flags, o->mode);
}

/* --- what looks like a temporary file --- */

/* Who makes a tree somewhere (tar, cp, rsync) goes by its directory's descriptor, with these very
 * flags and modes; who draws a name for a temporary file does not. */
static bool is_unpacking(int dir, const char *path)
{
	return dir != AT_FDCWD && path[0] != '/';
}

static bool looks_temporary(struct request *request, bool has_own_mode)
{
	struct tf_maker maker = {
		.user = guard_start()->user,
		.logname = guard_start()->logname,
		.uid = sys_euid(),
		.pid = sys_pid(),
		.traits = image_traits(),
	};
	struct tf_time now;
	enum tf_shape shape;

	if (tf__is_never_ours(request->name)) {
		request->reason = TF_REASON_NEVER;
		return false;
	}
	sys_clock(0, &now);
	shape = tf__shape(request->name, &maker, (uint64_t)now.sec);
	if (shape == TF_SHAPE_NONE)
		request->reason = TF_REASON_NAME;
	else if (shape == TF_SHAPE_GENERATED && !has_own_mode)
		request->reason = TF_REASON_MODE;
	return request->reason == 0;
}

/* Settings first, then the name, then the disk. */
static bool is_ours(struct making *making, struct request *request, bool has_own_mode)
{
	request->directly = true;
	if (!(guard_start()->track & TF_TRACK_IDIOM)) {
		request->reason = TF_REASON_OFF;
		return false;
	}
	return looks_temporary(request, has_own_mode) && making_begin(making, request);
}

/* What is not ours is only told where it lies directly in a temp root. */
static void left_alone(struct request *request, int fd)
{
	making_left_unknown(request);
	if (request->reason != TF_REASON_OUTSIDE && guard_may_report() && making_is_near(request))
		making_left_alone(request, fd);
}

/* Ends a creation: r is below 0 when it failed. errno is the program's. */
static void made(struct making *making, int r, int dir, const char *path, int flags)
{
	if (r >= 0)
		making_created(making, dir, path, flags);
	making_done(making);
}

static int open_exclusive(const struct opening *o)
{
	struct request request;
	struct making making;
	int fd;

	if (!guard_is_on() || !sys_is_readable(o->path) || is_unpacking(o->dir, o->path))
		return call_next(o, o->path);
	request = making_request(TF_KIND_FILE, o->function, o->caller, o->dir, o->path);
	if (!is_ours(&making, &request, (o->mode & 07777) == 0600)) {
		fd = call_next(o, o->path);
		if (fd >= 0)
			left_alone(&request, fd);
		return fd;
	}
	making_try(&making, o->path);
	fd = call_next(o, o->path);
	made(&making, fd, fd, "", TF_AT_EMPTY_PATH);
	return fd;
}

/* An unnamed file needs no removal. Where a place is set, it is made there. */
static int open_unnamed(const struct opening *o)
{
	const char *place = sys_is_readable(o->path) ? redirect_unnamed(o->path) : NULL;
	int error = shim_errno();
	int fd = place ? call_next(o, place) : -1;

	if (fd >= 0)
		return fd;
	shim_set_errno(error);
	return call_next(o, o->path);
}

static int open_any(const struct opening *o)
{
	const struct hazard_call call = {o->function, o->caller, o->dir, o->path};
	bool is_new = is_exclusive(o->flags);
	int fd;

	if ((o->flags & O_TMPFILE) == O_TMPFILE)
		return open_unnamed(o);
	fd = is_new ? open_exclusive(o) : call_next(o, o->path);
	if (fd >= 0 && !(is_new && (o->mode & OTHERS) == 0))
		hazards_open(&call, fd, is_new);
	return fd;
}

/* --- the wrappers --- */

#define READ_MODE(mode, flags)                                                                     \
	mode_t mode = 0;                                                                           \
	if (has_mode(flags)) {                                                                     \
		va_list rest;                                                                      \
		va_start(rest, flags);                                                             \
		mode = va_arg(rest, mode_t);                                                       \
		va_end(rest);                                                                      \
	}

#define WRAP_OPEN(name)                                                                            \
	int name(const char *path, int flags, ...)                                                 \
	{                                                                                          \
		READ_MODE(mode, flags)                                                             \
		if (is_ordinary(flags))                                                            \
			return NEXT(name)(path, flags, mode);                                      \
		return open_any(&(struct opening){                                                 \
			SHIM_##name, CALLER, false, AT_FDCWD, path, flags, mode});                 \
	}

#define WRAP_OPENAT(name)                                                                          \
	int name(int dir, const char *path, int flags, ...)                                        \
	{                                                                                          \
		READ_MODE(mode, flags)                                                             \
		if (is_ordinary(flags))                                                            \
			return NEXT(name)(dir, path, flags, mode);                                 \
		return open_any(                                                                   \
			&(struct opening){SHIM_##name, CALLER, true, dir, path, flags, mode});     \
	}

WRAP_OPEN(open)
WRAP_OPEN(open64)
WRAP_OPEN(__open)
WRAP_OPEN(__open64)
WRAP_OPENAT(openat)
WRAP_OPENAT(openat64)

static int created(int function, void *caller, const char *path, int fd)
{
	if (fd >= 0)
		hazards_open(&(struct hazard_call){function, caller, AT_FDCWD, path}, fd, false);
	return fd;
}

int creat(const char *path, mode_t mode)
{
	return created(SHIM_creat, CALLER, path, NEXT(creat)(path, mode));
}

int creat64(const char *path, mode_t mode)
{
	return created(SHIM_creat64, CALLER, path, NEXT(creat64)(path, mode));
}

int __open_2(const char *path, int flags)
{
	return NEXT(__open_2)(path, flags);
}

int __open64_2(const char *path, int flags)
{
	return NEXT(__open64_2)(path, flags);
}

int __openat_2(int dir, const char *path, int flags)
{
	return NEXT(__openat_2)(dir, path, flags);
}

int __openat64_2(int dir, const char *path, int flags)
{
	return NEXT(__openat64_2)(dir, path, flags);
}

/* Programs ask whether libc has this one, and find ours: it is the system call at least. */
int openat2(int dir, const char *path, const struct open_how *how, size_t size)
{
	long r;

	if (shim_has_next(SHIM_openat2))
		return NEXT(openat2)(dir, path, how, size);
	r = tf__sys(SYS_openat2, dir, (long)path, (long)how, (long)size, 0, 0);
	if (r < 0)
		shim_set_errno((int)-r);
	return r < 0 ? -1 : (int)r;
}

/* --- directories --- */

static int call_mkdir(int function, int dir, const char *path, mode_t mode)
{
	return function == SHIM_mkdir ? NEXT(mkdir)(path, mode) : NEXT(mkdirat)(dir, path, mode);
}

/* A directory may be asked for with slashes behind its name. */
static const char *plain(const char *path, char trimmed[TRIMMED])
{
	size_t len = tf__length(path);

	if (len < 2 || path[len - 1] != '/' || len >= TRIMMED)
		return path;
	while (len > 1 && path[len - 1] == '/')
		len--;
	tf__copy(trimmed, path, len);
	trimmed[len] = '\0';
	return trimmed;
}

static int make_dir(int function, void *caller, int dir, const char *path, mode_t mode)
{
	char trimmed[TRIMMED];
	struct request request;
	struct making making;
	int r;

	if (!guard_is_on() || !sys_is_readable(path) || is_unpacking(dir, path))
		return call_mkdir(function, dir, path, mode);
	request = making_request(TF_KIND_DIR, function, caller, dir, plain(path, trimmed));
	if (!is_ours(&making, &request, (mode & 07777) == 0700)) {
		r = call_mkdir(function, dir, path, mode);
		if (r == 0)
			left_alone(&request, -1);
		return r;
	}
	making_try(&making, request.path);
	r = call_mkdir(function, dir, path, mode);
	made(&making, r, dir, request.path, TF_AT_SYMLINK_NOFOLLOW);
	return r;
}

static bool may_be_temporary(mode_t mode)
{
	return (mode & 07777) == 0700 || (guard_is_on() && tf__makes_open_dirs(image_traits()));
}

/* Not for its owner alone. */
static int make_open_dir(int function, void *caller, int dir, const char *path, mode_t mode)
{
	char trimmed[TRIMMED];
	int r = call_mkdir(function, dir, path, mode);

	if (r == 0 && mode & NOT_OWN && guard_may_report())
		hazards_mkdir(&(struct hazard_call){function, caller, dir, plain(path, trimmed)});
	return r;
}

int mkdir(const char *path, mode_t mode)
{
	if (!may_be_temporary(mode))
		return make_open_dir(SHIM_mkdir, CALLER, AT_FDCWD, path, mode);
	return make_dir(SHIM_mkdir, CALLER, AT_FDCWD, path, mode);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
	if (!may_be_temporary(mode))
		return make_open_dir(SHIM_mkdirat, CALLER, dir, path, mode);
	return make_dir(SHIM_mkdirat, CALLER, dir, path, mode);
}

/* --- shared memory --- */

/* In /dev/shm, by a name that begins with a slash or does not. */
int shm_open(const char *name, int flags, mode_t mode)
{
	char path[300];
	struct tf_text text = tf__text(path, sizeof(path));
	struct request request;
	struct making making;
	int fd;

	if (!is_exclusive(flags) || !guard_is_on() || !(guard_start()->track & TF_TRACK_SHM) ||
		!sys_is_readable(name))
		return NEXT(shm_open)(name, flags, mode);
	tf__text_add(&text, name[0] == '/' ? "/dev/shm" : "/dev/shm/");
	tf__text_add(&text, name);
	request = making_request(TF_KIND_FILE, SHIM_shm_open, CALLER, AT_FDCWD, path);
	request.directly = true;
	if (text.full || !making_begin(&making, &request))
		return NEXT(shm_open)(name, flags, mode);
	making_try(&making, path);
	fd = NEXT(shm_open)(name, flags, mode);
	made(&making, fd, fd, "", TF_AT_EMPTY_PATH);
	return fd;
}
