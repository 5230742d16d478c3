/* keeping.c: which files of a session stay when it ends. */
#include "keeping.h"
#include "glob.h"
#include "settings.h"
#include "text.h"

void tf__keeping_set(struct tf_keeping *keeping, const char *persist, bool has_failed)
{
	switch (tf__parse_persist(persist)) {
	case TF_PERSIST_NONE:
		break;
	case TF_PERSIST_ON_FAILURE:
		keeping->all = has_failed;
		break;
	case TF_PERSIST_GLOBS:
		keeping->globs = persist;
		break;
	default: /* all of them, and what nobody understands */
		keeping->all = true;
	}
}

/* Only a root that was seen to end with 0 has not failed. */
static int read_end(int session, bool *ret_has_failed)
{
	struct tf_notes end = {0};
	const char *status;
	int r = tf__notes_read(&end, session, "end");

	if (r < 0)
		return r;
	status = tf__notes_value(&end, "STATUS", NULL);
	*ret_has_failed = !status || !tf__equal(status, "0");
	tf__notes_free(&end);
	return 0;
}

int tf__keeping_read(struct tf_keeping *ret_keeping, int session)
{
	struct tf_keeping keeping = {0};
	bool has_failed = true;
	const char *persist;
	int r = tf__notes_read(&keeping.settings, session, "settings");

	if (r == 0)
		r = tf__notes_read(&keeping.paths, session, "persist");
	persist = tf__notes_value(&keeping.settings, "PERSIST", NULL);
	if (r == 0 && persist)
		r = read_end(session, &has_failed);
	if (r < 0) {
		tf__keeping_free(&keeping);
		return r;
	}
	if (persist)
		tf__keeping_set(&keeping, persist, has_failed);
	*ret_keeping = keeping;
	return 0;
}

void tf__keeping_free(struct tf_keeping *keeping)
{
	tf__notes_free(&keeping->settings);
	tf__notes_free(&keeping->paths);
}

bool tf__keeps_some(const struct tf_keeping *keeping)
{
	return !keeping->all && (keeping->globs || keeping->paths.len > 0);
}

static bool is_in_list(const struct tf_notes *paths, const char *path)
{
	const char *at = paths->text;

	for (; at && at < paths->text + paths->len; at += tf__length(at) + 1) {
		const char *rest = *at == '/' ? tf__after(path, at) : NULL;

		if (rest && (*rest == '\0' || *rest == '/'))
			return true;
	}
	return false;
}

bool tf__keeps(const struct tf_keeping *keeping, const char *path)
{
	const char *slash = tf__last_slash(path);

	if (keeping->all || is_in_list(&keeping->paths, path))
		return true;
	if (!keeping->globs)
		return false;
	return tf__glob_list(keeping->globs, path) ||
	       (slash && tf__glob_list(keeping->globs, slash + 1));
}
