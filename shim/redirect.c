/* redirect.c: TMPGUARD_DIR and TMPGUARD_PREFIX: another place and another name than was asked for.
 *
 * R1  As many characters as before: what the directory takes more, the name has less, and the other
 *     way round.
 * R2  At least six letters are drawn in place, and at least four elsewhere; where there is room for
 *     six, six.
 * R3  The suffix stays. Of prefixes, ours comes first and then the caller's as far as there is
 * room; ours whole or not at all.
 */
#include "guard.h"
#include "name.h"
#include "redirect.h"
#include "shape.h"
#include "text.h"

enum { FEWEST = 4 };

struct parts {          /* of the caller's template */
	size_t dir_len; /* without the slash */
	const char *name, *suffix;
	size_t prefix_len, suffix_len;
};

static struct parts split(const char *template, size_t slot)
{
	const char *slash = tf__last_slash(template);
	const char *name = slash ? slash + 1 : template;
	const char *suffix = template + slot + TF_NAME_X;

	return (struct parts){
		.dir_len = (size_t)(name - template) - (slash ? 1 : 0),
		.name = name,
		.suffix = suffix,
		.prefix_len = (size_t)(template + slot - name),
		.suffix_len = tf__length(suffix),
	};
}

bool redirect_is_root(const char *dir, size_t len)
{
	const char *tmpdir = guard_start()->tmpdir;

	return tf__is_standard_root(dir, len) ||
	       (len > 0 && tf__length(tmpdir) == len && __builtin_memcmp(tmpdir, dir, len) == 0);
}

/* Puts a name of `room` characters together after the directory that is in the text already. False:
 * it would not hold `letters` drawn ones. */
static bool add_name(struct redirect *redirect, struct tf_text *text, const struct parts *parts,
	size_t room, size_t least)
{
	const char *ours = guard_start()->set[TF_SET_PREFIX];
	size_t letters = room >= parts->suffix_len + TF_NAME_X ? TF_NAME_X : least;
	size_t ours_len = ours ? tf__length(ours) : 0;
	size_t left, theirs_len;

	if (room < parts->suffix_len + letters)
		return false;
	left = room - parts->suffix_len - letters;
	if (ours_len > left)
		ours_len = 0;
	theirs_len = parts->prefix_len < left - ours_len ? parts->prefix_len : left - ours_len;
	tf__text_add_bytes(text, ours, ours_len);
	tf__text_add_bytes(text, parts->name, theirs_len);
	redirect->slot = text->len;
	redirect->letters = room - parts->suffix_len - ours_len - theirs_len;
	for (size_t i = 0; i < redirect->letters; i++)
		tf__text_add_bytes(text, "X", 1);
	tf__text_add_bytes(text, parts->suffix, parts->suffix_len);
	return !text->full;
}

static bool compose(struct redirect *redirect, const char *dir, size_t dir_len,
	const struct parts *parts, size_t total, size_t least)
{
	struct tf_text text = tf__text(redirect->text, sizeof(redirect->text));

	if (total >= REDIRECT_MAX || dir_len + 1 >= total)
		return false;
	tf__text_add_bytes(&text, dir, dir_len);
	tf__text_add(&text, "/");
	return add_name(redirect, &text, parts, total - dir_len - 1, least);
}

/* What is asked for there already, or in the private TMPDIR there, stays. */
static bool lies_in(const char *path, const char *dir, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (path[i] != dir[i])
			return false;
	return path[len] == '/';
}

bool redirect_template(struct redirect *ret_redirect, const char *template, size_t slot)
{
	const char *dir = guard_start()->dir;
	struct parts parts = split(template, slot);
	size_t len = tf__length(dir);

	while (len > 1 && dir[len - 1] == '/')
		len--;
	if (len < 2 || !redirect_is_root(template, parts.dir_len) ||
		tf__is_never_ours(parts.name) || lies_in(template, dir, len))
		return false;
	return compose(ret_redirect, dir, len, &parts, tf__length(template), FEWEST);
}

bool redirect_name(struct redirect *ret_redirect, const char *template, size_t slot)
{
	const struct start *start = guard_start();
	struct parts parts = split(template, slot);

	if (!start->set[TF_SET_PREFIX] || !redirect_is_root(template, parts.dir_len) ||
		tf__is_never_ours(parts.name))
		return false;
	return compose(
		ret_redirect, template, parts.dir_len, &parts, tf__length(template), TF_NAME_X);
}

const char *redirect_unnamed(const char *path)
{
	const struct start *start;

	if (!guard_is_on())
		return NULL;
	start = guard_start();
	return start->dir[0] && redirect_is_root(path, tf__length(path)) ? start->dir : NULL;
}
