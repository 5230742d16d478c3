/* reclaim.c: what is left when everything was killed at once goes with the next session. */
#include "reclaim.h"
#include "session.h"
#include "text.h"

typedef bool visit_fn(const char *path, const struct tf_cleaning *how);

/* Calls `visit` for each session directory beside `path`, until it says true: then so do we. */
static bool any_other(const char *path, visit_fn *visit, const struct tf_cleaning *how)
{
	char buf[512] __attribute__((aligned(8))), other[TF_SESSION_PATH];
	struct tf_text text = tf__text(other, sizeof(other));
	const char *name = tf__last_slash(path);
	size_t above;
	bool found = false;
	long n;
	int dir;

	tf__text_add_bytes(&text, path, (size_t)(name + 1 - path));
	above = text.len;
	dir = tf__session_open(other);
	while (!found && dir >= 0 && (n = sys_list_dir(dir, buf, sizeof(buf))) > 0)
		for (long at = 0; at < n && !found;) {
			const struct tf_entry *entry = (const void *)(buf + at);

			at += entry->len;
			if (entry->name[0] == '.' || tf__equal(entry->name, name + 1))
				continue;
			text = tf__text_from(other, sizeof(other), above);
			tf__text_add(&text, entry->name);
			found = !text.full && visit(other, how);
		}
	if (dir >= 0)
		sys_close(dir);
	return found;
}

static bool is_there(const char *path, const struct tf_cleaning *how)
{
	(void)path;
	(void)how;
	return true;
}

static bool clean(const char *path, const struct tf_cleaning *how)
{
	(void)tf__clean_session(path, how); /* what cannot be cleaned now waits for the next */
	return false;
}

bool tf__has_others(const char *path)
{
	return any_other(path, is_there, NULL);
}

void tf__reclaim_others(const char *path, const struct tf_cleaning *how)
{
	struct tf_cleaning terms = *how;

	terms.reclaims = true;
	terms.wait = false;
	(void)any_other(path, clean, &terms);
}
