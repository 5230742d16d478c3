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
#include "files.h"
#include "guard.h"
#include "libc.h"
#include "name.h"
#include "own_dir.h"
#include "redirect.h"
#include "text.h"

struct attempt {
	struct making *making; /* NULL: it is not registered */
	bool is_dir;
	int flags;
	unsigned left; /* tries; 0: as many as libc makes */
};

#define CALLER __builtin_return_address(0)

/* Creates `path` and gives 0 or more, or -errno: -ENOSPC when there seem to be no names left. */
static int create_next(void *arg, const char *path)
{
	struct attempt *attempt = arg;
	int r;

	if (attempt->making)
		making_try(attempt->making, path);
	if (attempt->is_dir)
		r = NEXT(mkdir)(path, 0700);
	else
		r = NEXT(open)(path, attempt->flags | O_RDWR | O_CREAT | O_EXCL, 0600);
	if (r >= 0)
		return r;
	r = -shim_errno();
	return r == -EEXIST && attempt->left > 0 && --attempt->left == 0 ? -ENOSPC : r;
}

/* What was made is this file. */
static void settle(const struct attempt *attempt, int r, const char *path)
{
	if (attempt->is_dir)
		making_created(attempt->making, AT_FDCWD, path, TF_AT_SYMLINK_NOFOLLOW);
	else
		making_created(attempt->making, r, "", TF_AT_EMPTY_PATH);
}

int files_make(struct making *making, const struct request *request, char *path, size_t slot,
	size_t letters, int flags)
{
	struct attempt attempt = {
		.making = making,
		.is_dir = request->kind == TF_KIND_DIR,
		.flags = flags & ~O_ACCMODE,
		.left = request->tries,
	};
	int error = shim_errno();
	int r = tf__create(path, slot, letters, create_next, &attempt);

	if (making && r >= 0)
		settle(&attempt, r, path);
	if (making)
		making_done(making);
	shim_set_errno(error);
	return r;
}

/* Elsewhere, or by another name, as users have set; -errno when nothing came of it. Without
 * tracking, too. */
static __attribute__((noinline)) int make_redirected(
	const struct request *asked, struct redirect *redirect, unsigned tries, int flags)
{
	struct request request = making_request(
		asked->kind, asked->function, asked->caller, AT_FDCWD, redirect->text);
	struct making making;
	bool is_ours;

	request.asked = asked->path;
	request.tries = tries;
	is_ours = making_begin(&making, &request);
	if (!is_ours && request.reason != TF_REASON_OFF)
		return -ENOENT;
	return files_make(is_ours ? &making : NULL, &request, redirect->text, redirect->slot,
		redirect->letters, flags);
}

/* In a directory of our own beside where it was asked for; in a new one if that has gone, or has
 * too few names left. */
static int make_in_own(const struct request *asked, struct redirect *redirect, int flags)
{
	enum { TRIES = 64 };
	struct own_wish wish = {
		.dir = asked->path,
		.dir_len = (size_t)(asked->name - asked->path),
		.function = asked->function,
		.caller = asked->caller,
		.is_shared = true,
		.tries = TRIES,
	};
	int r = -ENOENT;

	wish.letters = redirect_own_letters(redirect);
	for (int i = 0; i < 2 && wish.letters > 0 && (r == -ENOENT || r == -ENOSPC); i++) {
		wish.is_new = i > 0;
		if (!own_dir(&wish, redirect->text, sizeof(redirect->text)) ||
			!redirect_into(redirect))
			return -ENOENT;
		r = make_redirected(asked, redirect, TRIES, flags);
	}
	return r;
}

static __attribute__((noinline)) int make_elsewhere(
	const struct request *asked, char *template, size_t slot, int flags)
{
	struct redirect redirect;
	int r = -ENOENT;

	if (!redirect_begin(&redirect, asked, slot))
		return r;
	if (redirect_to_dir(&redirect)) {
		r = make_redirected(asked, &redirect, 0, flags);
		if (r < 0 && guard_start()->dir[0]) {
			guard_warn_dir(r);
			redirect.moves = false; /* the session may have gone with it */
		}
	}
	if (r < 0)
		r = make_in_own(asked, &redirect, flags);
	if (r < 0 && redirect_name(&redirect))
		r = make_redirected(asked, &redirect, 0, flags);
	if (r >= 0)
		tf__copy(template, redirect.text, tf__length(template));
	return r;
}

/* By the template as it is: a result like libc's, with errno and the template as libc would leave
 * them, or -2: it is libc's to make. */
static __attribute__((noinline)) int make_in_place(
	struct request *request, char *template, size_t slot, int flags)
{
	struct making making;
	int r;

	if (!making_begin(&making, request))
		return -2;
	r = files_make(&making, request, template, slot, TF_NAME_X, flags);
	if (r >= 0)
		return r;
	if (!gnu_get_libc_version)
		tf__name_clear(template + slot, TF_NAME_X);
	shim_set_errno(-r);
	return -1;
}

/* A file or directory by template; likewise. */
static int make(struct request *request, char *template, int suffix_len, int flags)
{
	long slot;
	int r;

	if (!guard_is_on())
		return -2;
	slot = tf__name_slot(template, suffix_len);
	if (slot < 0)
		return -2;
	if (guard_start()->changes_names) {
		r = make_elsewhere(request, template, (size_t)slot, flags);
		if (r >= 0)
			return r;
	}
	return make_in_place(request, template, (size_t)slot, flags);
}

/* What libc made is told, where a report wants to know. */
static int pass_on(const struct request *request, int fd)
{
	if (fd >= 0)
		making_left_alone(request, fd);
	return fd;
}

#define WRAP_TEMPLATE(name, parameters, suffix_len, flags, arguments)                              \
	int name parameters                                                                        \
	{                                                                                          \
		struct request request =                                                           \
			making_request(TF_KIND_FILE, SHIM_##name, CALLER, AT_FDCWD, template);     \
		int fd = make(&request, template, suffix_len, flags);                              \
		return fd == -2 ? pass_on(&request, NEXT(name) arguments) : fd;                    \
	}

WRAP_TEMPLATE(mkstemp, (char *template), 0, 0, (template))
WRAP_TEMPLATE(mkstemp64, (char *template), 0, O_LARGEFILE, (template))
WRAP_TEMPLATE(mkostemp, (char *template, int flags), 0, flags, (template, flags))
WRAP_TEMPLATE(mkostemp64, (char *template, int flags), 0, flags | O_LARGEFILE, (template, flags))
WRAP_TEMPLATE(mkstemps, (char *template, int suffix), suffix, 0, (template, suffix))
WRAP_TEMPLATE(mkstemps64, (char *template, int suffix), suffix, O_LARGEFILE, (template, suffix))
WRAP_TEMPLATE(mkostemps, (char *template, int suffix, int flags), suffix, flags,
	(template, suffix, flags))
WRAP_TEMPLATE(mkostemps64, (char *template, int suffix, int flags), suffix, flags | O_LARGEFILE,
	(template, suffix, flags))

char *mkdtemp(char *template)
{
	struct request request =
		making_request(TF_KIND_DIR, SHIM_mkdtemp, CALLER, AT_FDCWD, template);
	int r = make(&request, template, 0, 0);
	char *made;

	if (r != -2)
		return r < 0 ? NULL : template;
	made = NEXT(mkdtemp)(template);
	if (made)
		making_left_alone(&request, -1);
	return made;
}

/* An anonymous file in the directory where libc puts them. Where it bears a name for a moment (on
 * musl always, on glibc if the filesystem has no O_TMPFILE), a kill in that moment would leave it:
 * therefore it is not left to libc. */
static int open_anonymous(int function, void *caller)
{
	const char *redirected = redirect_unnamed(P_tmpdir);
	const char *dir = redirected ? redirected : P_tmpdir;
	char path[START_PLACE + 16];
	struct tf_text text = tf__text(path, sizeof(path));
	struct request request;
	struct making making;
	int error = shim_errno();
	int fd = -1;

	if (gnu_get_libc_version || redirected)
		fd = NEXT(open)(dir, O_TMPFILE | O_RDWR | O_EXCL, 0600);
	tf__text_add(&text, dir);
	tf__text_add(&text, "/tmpfXXXXXX");
	request = making_request(TF_KIND_FILE, function, caller, AT_FDCWD, path);
	if (fd >= 0 || !making_begin(&making, &request))
		return fd;
	shim_set_errno(error);
	fd = files_make(&making, &request, path, text.len - TF_NAME_X, TF_NAME_X, 0);
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
