/* insecure.c: the functions that only draw a name: mktemp, tmpnam, tmpnam_r, tempnam.
 *
 * Between the answer and its use anybody may put something else there. So the answer lies in a
 * directory that only this user can write to, drawn once for a process and temp root (where few
 * letters are left for the name, for each answer, so that no two are ever the same), and what is
 * made there goes with it. No answer is longer than libc's own may be: mktemp's has as many
 * characters as the template, that of tmpnam fits L_tmpnam.
 *
 * Without tracking, and for templates that do not lie directly in a temp root, they are libc's own.
 */
#include <stdio.h>

#include "bind.h"
#include "create.h"
#include "files.h"
#include "guard.h"
#include "hazards.h"
#include "libc.h"
#include "name.h"
#include "own_dir.h"
#include "redirect.h"
#include "text.h"

enum {
	OWN_PATH = START_PLACE + 8,
	LETTERS = 6,
	SHORTEST = 6, /* of what comes behind the temp root: two letters, a slash, three letters */
};

#define CALLER __builtin_return_address(0)

/* Where that cannot be told a drawn name in a directory of our own is still better than libc's. */
static int is_free(void *arg, const char *path)
{
	struct tf_stat stat;

	(void)arg;
	return sys_stat_at(AT_FDCWD, path, TF_AT_SYMLINK_NOFOLLOW, &stat) == 0 ? -EEXIST : 0;
}

/* Draws a name that nothing has in the directory that `text` holds: prefix, then letters. */
static bool add_free_name(
	struct tf_text *text, const char *prefix, size_t prefix_len, size_t letters)
{
	size_t slot;

	tf__text_add(text, "/");
	tf__text_add_bytes(text, prefix, prefix_len);
	slot = text->len;
	for (size_t i = 0; i < letters; i++)
		tf__text_add(text, "X");
	return !text->full && tf__create(text->at, slot, letters, is_free, NULL) == 0;
}

/* Answers in place of a template of this many characters behind its directory. */
static bool answer(char *template, size_t slot, void *caller)
{
	const char *slash = tf__last_slash(template);
	size_t dir_len = slash ? (size_t)(slash - template) : 0;
	size_t room = tf__length(template) - dir_len - 1;
	size_t prefix_len = slot - dir_len - 1;
	struct own_wish wish = {template, dir_len, 0, SHIM_mktemp, caller, false, false, 0};
	size_t inner;
	char path[OWN_PATH];
	struct tf_text text;

	if (!slash || room < SHORTEST || tf__length(template) >= sizeof(path) ||
		!redirect_is_root(template, dir_len))
		return false;
	wish.letters = room - 1 < 2 * LETTERS ? (room - 1) / 2 : LETTERS;
	inner = room - 1 - wish.letters;
	if (prefix_len > (inner > LETTERS ? inner - LETTERS : 0))
		prefix_len = inner > LETTERS ? inner - LETTERS : 0;
	wish.is_new = inner - prefix_len < LETTERS;
	if (!own_dir(&wish, path, sizeof(path)))
		return false;
	text = tf__text_from(path, sizeof(path), dir_len + 1 + wish.letters);
	if (!add_free_name(&text, slash + 1, prefix_len, inner - prefix_len))
		return false;
	tf__copy(template, path, text.len + 1);
	return true;
}

char *mktemp(char *template)
{
	long slot = guard_is_on() ? tf__name_slot(template, 0) : -1;

	if (slot >= 0 && answer(template, (size_t)slot, CALLER))
		return hazards_name(SHIM_mktemp, CALLER, template, true);
	return hazards_name(SHIM_mktemp, CALLER, NEXT(mktemp)(template), false);
}

static bool draw_tmpnam(char *ret_name, int function, void *caller)
{
	const char *dir = redirect_unnamed(P_tmpdir);
	struct own_wish wish = {.letters = LETTERS, .function = function, .caller = caller};
	char path[OWN_PATH];
	struct tf_text text;

	if (!guard_is_on())
		return false;
	if (!dir || tf__length(dir) + 2 * (1 + LETTERS) >= L_tmpnam)
		dir = P_tmpdir;
	wish.dir = dir;
	wish.dir_len = tf__length(dir);
	if (!own_dir(&wish, path, sizeof(path)))
		return false;
	text = tf__text_from(path, sizeof(path), tf__length(path));
	if (!add_free_name(&text, "", 0, LETTERS))
		return false;
	tf__copy(ret_name, path, text.len + 1);
	return true;
}

char *tmpnam(char *ret_name)
{
	static char kept[L_tmpnam];
	char *name = ret_name ? ret_name : kept;

	if (draw_tmpnam(name, SHIM_tmpnam, CALLER))
		return hazards_name(SHIM_tmpnam, CALLER, name, true);
	return hazards_name(SHIM_tmpnam, CALLER, NEXT(tmpnam)(ret_name), false);
}

char *tmpnam_r(char *ret_name)
{
	if (ret_name && draw_tmpnam(ret_name, SHIM_tmpnam_r, CALLER))
		return hazards_name(SHIM_tmpnam_r, CALLER, ret_name, true);
	return hazards_name(SHIM_tmpnam_r, CALLER, NEXT(tmpnam_r)(ret_name), false);
}

/* --- tempnam --- */

/* What the kernel says against it is in *error: glibc leaves that in errno. */
static bool is_dir(const char *path, int *error)
{
	struct tf_stat stat;
	int r = path ? sys_stat_at(AT_FDCWD, path, 0, &stat) : -ENOTDIR;

	if (path && r < 0)
		*error = -r;
	return r == 0 && tf__is_dir(&stat);
}

/* TMPDIR as it is now. */
static const char *current_tmpdir(void)
{
	for (char **at = &environ && environ ? environ : NULL; at && *at; at++) {
		const char *value = tf__after(*at, "TMPDIR=");

		if (value)
			return value;
	}
	return NULL;
}

/* The directory in the order of libc: musl knows no TMPDIR here, and does not look. glibc takes
 * five characters of the prefix, musl all. */
static const char *choose_dir(const char *dir, int *error)
{
	const char *place = redirect_unnamed(P_tmpdir), *first;

	if (place)
		return place;
	if (!gnu_get_libc_version)
		return dir ? dir : P_tmpdir;
	first = current_tmpdir();
	return is_dir(first, error) ? first : is_dir(dir, error) ? dir : P_tmpdir;
}

static size_t dir_length(const char *dir)
{
	size_t len = tf__length(dir);

	while (len > 1 && dir[len - 1] == '/')
		len--;
	return len;
}

char *tempnam(const char *dir, const char *prefix)
{
	const size_t longest = gnu_get_libc_version ? 5 : START_NAME;
	int error = 0;
	const char *place = guard_is_on() ? choose_dir(dir, &error) : NULL;
	size_t prefix_len = prefix ? tf__length(prefix) : 4;
	size_t len = place ? dir_length(place) : 0;
	struct own_wish wish = {place, len, LETTERS, SHIM_tempnam, CALLER, false, false, 0};
	char path[OWN_PATH + 64];
	struct tf_text text;
	char *answer;

	if (!place || !malloc || !(redirect_is_root(place, len) || place == guard_start()->dir) ||
		!own_dir(&wish, path, OWN_PATH))
		return hazards_name(SHIM_tempnam, CALLER, NEXT(tempnam)(dir, prefix), false);
	text = tf__text_from(path, sizeof(path), tf__length(path));
	if (prefix_len > longest)
		prefix_len = longest;
	if (!add_free_name(&text, prefix ? prefix : "file", prefix_len, LETTERS))
		return hazards_name(SHIM_tempnam, CALLER, NEXT(tempnam)(dir, prefix), false);
	answer = malloc(text.len + 1);
	if (answer)
		tf__copy(answer, path, text.len + 1);
	if (answer && error != 0)
		shim_set_errno(error);
	return hazards_name(SHIM_tempnam, CALLER, answer, true);
}
