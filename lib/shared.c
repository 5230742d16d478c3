/* shared.c: links in a private TMPDIR to what others have in the one around it.
 *
 * They are told by what they say, so that no list of them has to be kept: one that the command has
 * changed, or put in the place of another, is its own. A path that is too long to be read here is
 * told as left behind, and goes like any link.
 */
#include "shared.h"
#include "text.h"

enum { TARGET = 1024 };

bool tf__is_shared(const struct tf_notes *settings, int tmp, const char *name)
{
	const char *dir = tf__notes_value(settings, "SHARED", NULL);
	char target[TARGET];
	const char *rest;
	int len;

	if (!dir)
		return false;
	len = sys_readlink_at(tmp, name, target, sizeof(target) - 1);
	if (len < 0)
		return false;
	target[len] = '\0';
	rest = tf__after(target, dir);
	return rest && *rest == '/' && tf__equal(rest + 1, name);
}
