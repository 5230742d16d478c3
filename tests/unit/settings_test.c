/* settings_test.c: lib/settings.c: the variables' names, and what they may say. */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "settings.h"

static void names(void)
{
	static const char *const all[TF_SETTINGS] = {
		[TF_SET_DIR] = "DIR",
		[TF_SET_REDIRECT] = "REDIRECT",
		[TF_SET_PREFIX] = "PREFIX",
		[TF_SET_PERSIST] = "PERSIST",
		[TF_SET_TRACK] = "TRACK",
		[TF_SET_EXCLUDE] = "EXCLUDE",
		[TF_SET_LIFETIME] = "LIFETIME",
		[TF_SET_FOLLOW] = "FOLLOW",
		[TF_SET_REPORT] = "REPORT",
		[TF_SET_DISABLE] = "DISABLE",
	};
	static const char *const none[] = {"", "DI", "DIRS", "dir", "SESSION", "PERSISTS", "X"};
	char variable[64];

	for (int i = 0; i < TF_SETTINGS; i++) {
		CHECK_TEXT(all[i], tf__setting_name((enum tf_setting)i));
		snprintf(variable, sizeof(variable), "%s=value", all[i]); /* as in environ */
		CHECK_IS(i, tf__setting_by_name(variable, strchr(variable, '=')));
		snprintf(variable, sizeof(variable), "%s", all[i]);
		CHECK_IS(i, tf__setting_by_name(variable, variable + strlen(variable)));
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		CHECK_IS(-EINVAL, tf__setting_by_name(none[i], none[i] + strlen(none[i])));
}

struct value {
	enum tf_setting setting;
	const char *text;
	bool is_good;
};

static void complaints(void)
{
	static const struct value all[] = {
		{TF_SET_DIR, "/tmp", true},
		{TF_SET_DIR, "/", true},
		{TF_SET_DIR, "tmp", false},
		{TF_SET_DIR, "./tmp", false},
		{TF_SET_PREFIX, "foo.", true},
		{TF_SET_PREFIX, "..", true},
		{TF_SET_PREFIX, "a/b", false},
		{TF_SET_PREFIX, "/", false},
		{TF_SET_PERSIST, "1", true},
		{TF_SET_PERSIST, "0", true},
		{TF_SET_PERSIST, "on-failure", true},
		{TF_SET_PERSIST, "*.log", true},
		{TF_SET_PERSIST, "yes", false},
		{TF_SET_TRACK, "off", true},
		{TF_SET_TRACK, "idiom,shm", true},
		{TF_SET_TRACK, "shm", false},
		{TF_SET_EXCLUDE, "anything at all", true},
		{TF_SET_LIFETIME, "session", true},
		{TF_SET_LIFETIME, "process", true},
		{TF_SET_LIFETIME, "Session", false},
		{TF_SET_LIFETIME, "sessions", false},
		{TF_SET_FOLLOW, "0", true},
		{TF_SET_FOLLOW, "1", true},
		{TF_SET_FOLLOW, "2", false},
		{TF_SET_FOLLOW, "10", false},
		{TF_SET_FOLLOW, "yes", false},
		{TF_SET_DISABLE, "0", true},
		{TF_SET_DISABLE, "1", true},
		{TF_SET_DISABLE, "true", false},
		{TF_SET_REPORT, "relative/is.fine.%p", true},
	};
	char prefix[TF_PREFIX_MAX + 2];

	for (int i = 0; i < TF_SETTINGS; i++)
		CHECK(!tf__setting_complaint((enum tf_setting)i, ""));
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const char *use = tf__setting_complaint(all[i].setting, all[i].text);

		snprintf(check_note, sizeof(check_note), "%s", all[i].text);
		CHECK(all[i].is_good ? !use : use && use[0]);
	}
	check_note[0] = '\0';
	memset(prefix, 'p', sizeof(prefix));
	prefix[TF_PREFIX_MAX + 1] = '\0';
	CHECK(tf__setting_complaint(TF_SET_PREFIX, prefix));
	prefix[TF_PREFIX_MAX] = '\0';
	CHECK(!tf__setting_complaint(TF_SET_PREFIX, prefix));
}

struct meaning {
	const char *text;
	int result;
};

static void means(int (*parse)(const char *), const struct meaning *all, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		snprintf(check_note, sizeof(check_note), "\"%s\"", all[i].text);
		CHECK_IS(all[i].result, parse(all[i].text));
	}
	check_note[0] = '\0';
}

static void track(void)
{
	static const struct meaning all[] = {
		{"", TF_TRACK_API | TF_TRACK_IDIOM},
		{"off", TF_TRACK_OFF},
		{"api", TF_TRACK_API},
		{"idiom", TF_TRACK_API | TF_TRACK_IDIOM},
		{"api,shm", TF_TRACK_API | TF_TRACK_SHM},
		{"idiom,shm", TF_TRACK_API | TF_TRACK_IDIOM | TF_TRACK_SHM},
		{"off,shm", -EINVAL},
		{"shm", -EINVAL},
		{"api,", -EINVAL},
		{"api,shm,", -EINVAL},
		{"api, shm", -EINVAL},
		{"apis", -EINVAL},
		{"idiom,api", -EINVAL},
		{"API", -EINVAL},
		{"0", -EINVAL},
	};

	means(tf__parse_track, all, sizeof(all) / sizeof(all[0]));
}

static void persist(void)
{
	static const struct meaning all[] = {
		{"", TF_PERSIST_NONE},
		{"0", TF_PERSIST_NONE},
		{"1", TF_PERSIST_ALL},
		{"on-failure", TF_PERSIST_ON_FAILURE},
		{"*.log", TF_PERSIST_GLOBS},
		{"core.?", TF_PERSIST_GLOBS},
		{"/tmp/x", TF_PERSIST_GLOBS},
		{"[ab]c", TF_PERSIST_GLOBS},
		{"*.log:a.b:/tmp/x", TF_PERSIST_GLOBS},
		{"*.log:", TF_PERSIST_GLOBS}, /* empty elements match nothing */
		{":*.log", TF_PERSIST_GLOBS},
		{"*.a::*.b", TF_PERSIST_GLOBS},
		{"00", -EINVAL},
		{"2", -EINVAL},
		{"yes", -EINVAL},
		{"true", -EINVAL},
		{"on_failure", -EINVAL},
		{"on-failure ", -EINVAL},
		{"On-Failure", -EINVAL},
		{"*.log:yes", -EINVAL},
		{"yes:*.log", -EINVAL},
		{"*.log:on-failure", -EINVAL},
		{"*.log:1", -EINVAL},
	};

	means(tf__parse_persist, all, sizeof(all) / sizeof(all[0]));
}

const struct test settings_tests[] = {
	{"settings-names", names},
	{"settings-complaints", complaints},
	{"settings-track", track},
	{"settings-persist", persist},
	{0},
};
