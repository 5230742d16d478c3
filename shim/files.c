/* files.c: the functions that make temporary files.
 *
 * What is made in a temp root is made here, name by name, so that each intent is in the journal
 * before its file is on the disk; the creating call itself is the next `open` or `mkdir`, so that
 * other preloads see it. Everything else goes to the next definition untouched.
 *
 * The contracts are libc's own. glibc leaves the name it tried last in the template when it fails,
 * musl puts the X's back; both leave errno alone when they succeed.
 */
#include <errno.h>
#include <fcntl.h>

#include "bind.h"
#include "create.h"
#include "guard.h"
#include "libc.h"
#include "name.h"
#include "text.h"

struct attempt {
	struct making *making;
	int flags;
};

static const char *base_of(const char *path)
{
	const char *slash = tf__last_slash(path);

	return slash ? slash + 1 : path;
}

static int open_next(void *arg, const char *path)
{
	const struct attempt *attempt = arg;
	int fd;

	guard_try(attempt->making, base_of(path));
	fd = NEXT(open)(path, attempt->flags | O_RDWR | O_CREAT | O_EXCL, 0600);
	return fd < 0 ? -shim_errno() : fd;
}

static int mkdir_next(void *arg, const char *path)
{
	const struct attempt *attempt = arg;

	guard_try(attempt->making, base_of(path));
	return NEXT(mkdir)(path, 0700) < 0 ? -shim_errno() : 0;
}

/* Tries names at `slot`, registers what came of it, and leaves errno as libc would. */
static int make(struct making *making, char *path, long slot, tf_create_fn *create, int flags)
{
	struct attempt attempt = {.making = making, .flags = flags};
	struct tf_identity id;
	struct tf_stat stat;
	int error = shim_errno();
	int r = tf__create(path, (size_t)slot, TF_NAME_X, create, &attempt);

	if (r < 0) {
		guard_done(making);
		if (!gnu_get_libc_version)
			tf__name_clear(path + slot, TF_NAME_X);
		shim_set_errno(-r);
		return -1;
	}
	if ((create == open_next
			    ? sys_stat_fd(r, &stat)
			    : sys_stat_at(AT_FDCWD, path, TF_AT_SYMLINK_NOFOLLOW, &stat)) == 0) {
		id = tf__identity(&stat);
		guard_created(making, &id);
	} else {
		guard_created(making, NULL);
	}
	guard_done(making);
	shim_set_errno(error);
	return r;
}

/* A file by template, or -2: not ours to make. */
static int make_file(char *template, int suffix_len, int flags, int function, void *caller)
{
	struct making making;
	long slot;

	if (!guard_is_on())
		return -2;
	slot = tf__name_slot(template, suffix_len);
	if (slot < 0 || !guard_begin(&making, TF_KIND_FILE, function, caller, template))
		return -2;
	return make(&making, template, slot, open_next, flags & ~O_ACCMODE);
}

#define CALLER __builtin_return_address(0)

int mkstemp(char *template)
{
	int fd = make_file(template, 0, 0, SHIM_mkstemp, CALLER);

	return fd == -2 ? NEXT(mkstemp)(template) : fd;
}

int mkstemp64(char *template)
{
	int fd = make_file(template, 0, O_LARGEFILE, SHIM_mkstemp64, CALLER);

	return fd == -2 ? NEXT(mkstemp64)(template) : fd;
}

int mkostemp(char *template, int flags)
{
	int fd = make_file(template, 0, flags, SHIM_mkostemp, CALLER);

	return fd == -2 ? NEXT(mkostemp)(template, flags) : fd;
}

int mkostemp64(char *template, int flags)
{
	int fd = make_file(template, 0, flags | O_LARGEFILE, SHIM_mkostemp64, CALLER);

	return fd == -2 ? NEXT(mkostemp64)(template, flags) : fd;
}

int mkstemps(char *template, int suffix_len)
{
	int fd = make_file(template, suffix_len, 0, SHIM_mkstemps, CALLER);

	return fd == -2 ? NEXT(mkstemps)(template, suffix_len) : fd;
}

int mkstemps64(char *template, int suffix_len)
{
	int fd = make_file(template, suffix_len, O_LARGEFILE, SHIM_mkstemps64, CALLER);

	return fd == -2 ? NEXT(mkstemps64)(template, suffix_len) : fd;
}

int mkostemps(char *template, int suffix_len, int flags)
{
	int fd = make_file(template, suffix_len, flags, SHIM_mkostemps, CALLER);

	return fd == -2 ? NEXT(mkostemps)(template, suffix_len, flags) : fd;
}

int mkostemps64(char *template, int suffix_len, int flags)
{
	int fd = make_file(template, suffix_len, flags | O_LARGEFILE, SHIM_mkostemps64, CALLER);

	return fd == -2 ? NEXT(mkostemps64)(template, suffix_len, flags) : fd;
}

char *mkdtemp(char *template)
{
	struct making making;
	long slot = guard_is_on() ? tf__name_slot(template, 0) : -1;

	if (slot < 0 || !guard_begin(&making, TF_KIND_DIR, SHIM_mkdtemp, CALLER, template))
		return NEXT(mkdtemp)(template);
	return make(&making, template, slot, mkdir_next, 0) < 0 ? NULL : template;
}

/* An anonymous file in the directory where libc puts them. Where it bears a name for a moment (on
 * musl always, on glibc if the filesystem has no O_TMPFILE), a kill in that moment would leave it:
 * therefore it is not left to libc. */
static int open_anonymous(int function, void *caller)
{
	char path[] = P_tmpdir "/tmpfXXXXXX";
	struct making making;
	int error = shim_errno();
	int fd = -1;

	if (gnu_get_libc_version)
		fd = NEXT(open)(P_tmpdir, O_TMPFILE | O_RDWR | O_EXCL, 0600);
	if (fd >= 0 || !guard_begin(&making, TF_KIND_FILE, function, caller, path))
		return fd;
	shim_set_errno(error);
	fd = make(&making, path, sizeof(P_tmpdir "/tmpf") - 1, open_next, 0);
	if (fd >= 0)
		(void)sys_unlink_at(AT_FDCWD, path, 0); /* if not now, then with the session */
	return fd;
}

/* A stream, or what libc itself says of it. */
static FILE *make_stream(int function, void *caller, shim_fn_tmpfile *next)
{
	int fd = guard_is_on() ? open_anonymous(function, caller) : -1;
	FILE *stream;

	if (fd < 0)
		return next();
	stream = NEXT(fdopen)(fd, "w+");
	if (!stream)
		sys_close(fd);
	return stream;
}

FILE *tmpfile(void)
{
	return make_stream(SHIM_tmpfile, CALLER, NEXT(tmpfile));
}

FILE *tmpfile64(void)
{
	return make_stream(SHIM_tmpfile64, CALLER, NEXT(tmpfile64));
}
