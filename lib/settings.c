/* settings.c: the variables that users set, and what they may say. */
#include "settings.h"
#include "text.h"

/* One text: an array of pointers would cost the shim a relocation for each name. */
static const char names[] =
	"DIR\0REDIRECT\0PREFIX\0PERSIST\0TRACK\0EXCLUDE\0LIFETIME\0FOLLOW\0REPORT\0"
	"DISABLE\0";

const char *tf__setting_name(enum tf_setting setting)
{
	const char *name = names;

	for (unsigned i = 0; i < setting; i++)
		name += tf__length(name) + 1;
	return name;
}

int tf__setting_by_name(const char *name, const char *end)
{
	for (int i = 0; i < TF_SETTINGS; i++)
		if (tf__after(name, tf__setting_name(i)) == end)
			return i;
	return -EINVAL;
}

int tf__parse_track(const char *value)
{
	const char *rest;

	if (tf__equal(value, "off"))
		return TF_TRACK_OFF;
	if (value[0] == '\0' || tf__equal(value, "idiom"))
		return TF_TRACK_DEFAULT;
	if (tf__equal(value, "api"))
		return TF_TRACK_API;
	rest = tf__after(value, "api");
	if (rest && tf__equal(rest, ",shm"))
		return TF_TRACK_API | TF_TRACK_SHM;
	rest = tf__after(value, "idiom");
	return rest && tf__equal(rest, ",shm") ? TF_TRACK_DEFAULT | TF_TRACK_SHM : -EINVAL;
}

/* A word such as "yes" is no glob: one would hold a path's or a pattern's characters. */
static bool are_globs(const char *value)
{
	bool has_one = false, any = false;

	for (const char *p = value;; p++) {
		if (*p == ':' || *p == '\0') {
			if (!has_one && any)
				return false;
			if (*p == '\0')
				return true;
			has_one = any = false;
			continue;
		}
		any = true;
		has_one = has_one || *p == '/' || *p == '.' || *p == '*' || *p == '?' || *p == '[';
	}
}

int tf__parse_persist(const char *value)
{
	if (value[0] == '\0' || tf__equal(value, "0"))
		return TF_PERSIST_NONE;
	if (tf__equal(value, "1"))
		return TF_PERSIST_ALL;
	if (tf__equal(value, "on-failure"))
		return TF_PERSIST_ON_FAILURE;
	return are_globs(value) ? TF_PERSIST_GLOBS : -EINVAL;
}

static bool is_prefix(const char *value)
{
	size_t len = tf__length(value);

	for (size_t i = 0; i < len; i++)
		if (value[i] == '/')
			return false;
	return len <= TF_PREFIX_MAX;
}

static bool is_switch(const char *value)
{
	return (value[0] == '0' || value[0] == '1') && value[1] == '\0';
}

const char *tf__setting_complaint(enum tf_setting setting, const char *value)
{
	bool is_good = true;
	const char *use = "";

	if (value[0] == '\0')
		return NULL;
	switch (setting) {
	case TF_SET_DIR:
		is_good = value[0] == '/';
		use = "an absolute path";
		break;
	case TF_SET_PREFIX:
		is_good = is_prefix(value);
		use = "at most 64 bytes without a slash";
		break;
	case TF_SET_PERSIST:
		is_good = tf__parse_persist(value) >= 0;
		use = "0, 1, on-failure, or globs such as *.log separated by colons";
		break;
	case TF_SET_TRACK:
		is_good = tf__parse_track(value) >= 0;
		use = "off, api, idiom, api,shm or idiom,shm";
		break;
	case TF_SET_LIFETIME:
		is_good = tf__equal(value, "session") || tf__equal(value, "process");
		use = "session or process";
		break;
	case TF_SET_REDIRECT:
	case TF_SET_FOLLOW:
	case TF_SET_DISABLE:
		is_good = is_switch(value);
		use = "0 or 1";
		break;
	default: /* any list of globs, any path */
		break;
	}
	return is_good ? NULL : use;
}
