/* redirect.c: another place and another name than was asked for: TMPGUARD_DIR, TMPGUARD_REDIRECT
 * and TMPGUARD_PREFIX.
 *
 * R1  As many characters as before: what the directory takes more, the name has less, and the other
 *     way round.
 * R2  At least six letters are drawn in place, and at least four in a directory that others may
 *     see; where there is room for six, six. In one of our own three have to do.
 * R3  The suffix stays. Of prefixes, ours comes first and then the caller's as far as there is
 *     room; ours whole or not at all.
 * R4  To another filesystem only where TMPGUARD_DIR names it. A relative template stays relative:
 * it may be for a file beside another one.
 */
#include "guard.h"
#include "name.h"
#include "redirect.h"
#include "shape.h"
#include "text.h"

enum {
	FEWEST = 4,
	FEWEST_IN_OWN = 3,
	NAME_LONGEST = 255,
};

static void split(struct redirect *redirect, const struct request *asked, size_t slot)
{
	const char *suffix = asked->path + slot + TF_NAME_X;

	redirect->template = asked->path;
	redirect->name = asked->name;
	redirect->suffix = suffix;
	redirect->dir_len = (size_t)(asked->name - asked->path);
	redirect->prefix_len = slot - redirect->dir_len;
	redirect->suffix_len = tf__length(suffix);
}

bool redirect_is_root(const char *dir, size_t len)
{
	const char *tmpdir = guard_start()->tmpdir;

	return tf__is_standard_root(dir, len) ||
	       (len > 0 && tf__length(tmpdir) == len && __builtin_memcmp(tmpdir, dir, len) == 0);
}

/* --- the place --- */

/* Without the slashes at its end; of "/" alone nothing is left. */
static size_t dir_length(const char *dir)
{
	size_t len = tf__length(dir);

	while (len > 0 && dir[len - 1] == '/')
		len--;
	return len;
}

static bool lies_below(const char *path, const char *dir)
{
	size_t len = dir_length(dir);

	for (size_t i = 0; i < len; i++)
		if (path[i] != dir[i])
			return false;
	return path[len] == '/';
}

/* The private TMPDIR of `run`, or "" where there can be none. */
static void find_private(char *ret_path, size_t size)
{
	struct tf_text text = tf__text(ret_path, size);
	const struct tf_session *session = guard_session();

	if (!session)
		return;
	tf__text_add(&text, session->path);
	tf__text_add(&text, "/tmp");
}

static bool is_same(const struct tf_stat *a, const struct tf_stat *b)
{
	return a->ino == b->ino && a->dev_major == b->dev_major && a->dev_minor == b->dev_minor;
}

/* Between two mounts of one filesystem nothing can be renamed either. */
static bool is_on_same(const struct tf_stat *a, const struct tf_stat *b)
{
	enum { HAS_MOUNT = 0x1000 }; /* STATX_MNT_ID, since Linux 5.8 */

	return a->dev_major == b->dev_major && a->dev_minor == b->dev_minor &&
	       (!(a->mask & b->mask & HAS_MOUNT) || a->mnt_id == b->mnt_id);
}

/* What is asked for in the directory that is set, or in a private TMPDIR, stays there. */
static __attribute__((noinline)) bool shall_move(struct redirect *redirect)
{
	const char *dir = guard_start()->dir;
	char path[TF_SESSION_PATH + 8];
	struct tf_stat asked, other;

	tf__copy(redirect->text, redirect->template, redirect->dir_len);
	tf__copy(redirect->text + redirect->dir_len, ".", 2);
	if (sys_stat_at(AT_FDCWD, redirect->text, 0, &asked) < 0)
		return false;
	if (dir[0] &&
		(lies_below(redirect->template, dir) ||
			(sys_stat_at(AT_FDCWD, dir, 0, &other) == 0 && is_same(&asked, &other))))
		return false;
	find_private(path, sizeof(path));
	if (path[0] == '\0' || sys_stat_at(AT_FDCWD, path, 0, &other) < 0)
		return true;
	redirect->has_private = is_on_same(&asked, &other);
	return !is_same(&asked, &other);
}

bool redirect_begin(struct redirect *ret_redirect, const struct request *asked, size_t slot)
{
	const struct start *start = guard_start();

	split(ret_redirect, asked, slot);
	ret_redirect->moves = ret_redirect->has_private = false;
	if (start->is_excluded || tf__length(asked->path) >= REDIRECT_MAX ||
		tf__length(asked->name) > NAME_LONGEST || tf__is_never_ours(asked->name) ||
		!making_is_direct(asked))
		return false;
	/* without tracking nobody has asked for removal, which is what a private TMPDIR is for */
	ret_redirect->moves =
		(start->dir[0] || (start->redirects && start->track & TF_TRACK_API)) &&
		shall_move(ret_redirect);
	return true;
}

/* --- the name --- */

/* Puts a name together after the directory that is in the text already. False: there is no room for
 * one of `least` drawn letters. */
static bool add_name(struct redirect *redirect, size_t dir_len, size_t least)
{
	struct tf_text text = tf__text_from(redirect->text, sizeof(redirect->text), dir_len);
	const char *ours = guard_start()->set[TF_SET_PREFIX];
	size_t total = tf__length(redirect->template);
	size_t room = total > dir_len ? total - dir_len : 0;
	size_t letters = room >= redirect->suffix_len + TF_NAME_X ? TF_NAME_X : least;
	size_t ours_len = ours ? tf__length(ours) : 0;
	size_t left, theirs_len;

	if (room < redirect->suffix_len + letters || room > NAME_LONGEST)
		return false;
	left = room - redirect->suffix_len - letters;
	if (ours_len > left)
		ours_len = 0;
	theirs_len =
		redirect->prefix_len < left - ours_len ? redirect->prefix_len : left - ours_len;
	tf__text_add_bytes(&text, ours, ours_len);
	tf__text_add_bytes(&text, redirect->name, theirs_len);
	redirect->slot = text.len;
	redirect->letters = left + letters - ours_len - theirs_len;
	for (size_t i = 0; i < redirect->letters; i++)
		tf__text_add_bytes(&text, "X", 1);
	tf__text_add_bytes(&text, redirect->suffix, redirect->suffix_len);
	return !text.full;
}

/* As before, with a directory of `len` bytes in front that has no slash at its end. */
static bool compose(struct redirect *redirect, const char *dir, size_t len, size_t least)
{
	struct tf_text text = tf__text(redirect->text, sizeof(redirect->text));

	tf__text_add_bytes(&text, dir, len);
	tf__text_add(&text, "/");
	return !text.full && add_name(redirect, text.len, least);
}

/* R4 */
bool redirect_to_dir(struct redirect *redirect)
{
	const char *dir = guard_start()->dir;
	char path[TF_SESSION_PATH + 8];

	if (!redirect->moves || redirect->template[0] != '/')
		return false;
	if (dir[0])
		return dir_length(dir) > 0 && compose(redirect, dir, dir_length(dir), FEWEST);
	if (!redirect->has_private)
		return false;
	find_private(path, sizeof(path));
	return compose(redirect, path, tf__length(path), FEWEST);
}

/* (Without tracking nobody would remove it, and own_dir gives none.) Three letters where that
 * leaves as many as people are promised elsewhere; with two there are still thousands of
 * directories. */
size_t redirect_own_letters(const struct redirect *redirect)
{
	size_t room = tf__length(redirect->name);
	size_t free = room - redirect->suffix_len - 1; /* the slash */

	if (!redirect->moves)
		return 0;
	return free >= 3 + FEWEST ? 3 : 2;
}

bool redirect_into(struct redirect *redirect)
{
	size_t len = tf__length(redirect->text), total = tf__length(redirect->template);
	size_t room = total - len - 1 - redirect->suffix_len;

	redirect->text[len] = '/';
	return add_name(redirect, len + 1, room < TF_NAME_X ? room : TF_NAME_X) &&
	       redirect->letters >= FEWEST_IN_OWN;
}

bool redirect_name(struct redirect *redirect)
{
	if (!guard_start()->set[TF_SET_PREFIX])
		return false;
	tf__copy(redirect->text, redirect->template, redirect->dir_len);
	return add_name(redirect, redirect->dir_len, TF_NAME_X);
}

const char *redirect_unnamed(const char *path)
{
	const struct start *start;

	if (!guard_is_on())
		return NULL;
	start = guard_start();
	return start->dir[0] && redirect_is_root(path, tf__length(path)) ? start->dir : NULL;
}
