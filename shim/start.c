/* start.c: what this process found when it started. */
#include <sys/auxv.h>
#include <sys/mman.h>

#include "bind.h"
#include "errortext.h"
#include "glob.h"
#include "libc.h"
#include "session.h"
#include "start.h"
#include "report.h"
#include "text.h"

enum { ENTRIES = 256 };

static char *environ_copy[ENTRIES + 5];

static const char *value_of(const char *entry, const char *name)
{
	const char *rest = tf__after(entry, name);

	return rest && *rest == '=' ? rest + 1 : NULL;
}

static bool is(const char *value, const char *wanted)
{
	return value && tf__equal(value, wanted);
}

/* --- settings --- */

void start_complain(
	enum tf_setting setting, const char *value, const char *text, const char *reason)
{
	char line[400];
	struct tf_text out = tf__text(line, sizeof(line) - 1);

	tf__text_add(&out, "tmpguard: TMPGUARD_");
	tf__text_add(&out, tf__setting_name(setting));
	tf__text_add(&out, "=");
	tf__text_add_shown(&out, value, tf__length(value) < 150 ? tf__length(value) : 150);
	tf__text_add(&out, ": ");
	tf__text_add(&out, text);
	tf__text_add(&out, reason);
	line[out.len] = '\n';
	(void)sys_write(2, line, out.len + 1); /* there is nobody else to tell */
}

/* The setting that an entry of the environment is, or below 0; ret_value begins after its '='. */
static int setting_of(char *entry, char **ret_value)
{
	const char *name = tf__after(entry, "TMPGUARD_");
	const char *end = name;

	while (end && *end != '=' && *end != '\0')
		end++;
	if (!end || *end != '=')
		return -EINVAL;
	*ret_value = (char *)end + 1;
	return tf__setting_by_name(name, end);
}

/* A value that is not allowed is cut off where it stands: whatever program gets it next, by
 * whichever copy of the environment, finds the default. What nobody understands of PERSIST keeps.
 */
static void judge(enum tf_setting setting, char *value)
{
	const char *use = tf__setting_complaint(setting, value);

	if (!use)
		return;
	if (setting == TF_SET_PERSIST) {
		start_complain(setting, value, "keeps everything while it is malformed; use ", use);
		value[0] = '1';
		value[1] = '\0';
	} else {
		start_complain(setting, value, "not allowed; use ", use);
		value[0] = '\0';
	}
}

static size_t judge_all(void)
{
	size_t len = 0;

	for (char **at = environ; *at; at++) {
		char *value;
		int setting = **at == 'T' ? setting_of(*at, &value) : -EINVAL;

		if (setting < 0)
			continue;
		judge((enum tf_setting)setting, value);
		len += tf__length(*at) + 1;
	}
	return len;
}

static void copy_all(struct start *start, char *to)
{
	for (char **at = environ; *at; at++) {
		char *value;
		int setting = **at == 'T' ? setting_of(*at, &value) : -EINVAL;
		size_t len;

		if (setting < 0)
			continue;
		len = tf__length(*at) + 1;
		tf__copy(to + start->entries_len, *at, len);
		if (*value != '\0')
			start->set[setting] = to + start->entries_len + (value - *at);
		start->entries_len += len;
	}
}

/* With no memory for a copy, the environment's own text has to do. */
static void read_settings(struct start *start, size_t len)
{
	char *copy = sys_map(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (tf__is_error(copy)) {
		static const char line[] =
			"tmpguard: no memory for the settings: nothing is done\n";

		start->is_off = true; /* nothing is removed by guesses */
		(void)sys_write(2, line, sizeof(line) - 1);
		return;
	}
	copy_all(start, copy);
	start->entries = copy;
	start->is_off = is(start->set[TF_SET_DISABLE], "1");
	start->stays = is(start->set[TF_SET_FOLLOW], "0");
	start->redirects = is(start->set[TF_SET_REDIRECT], "1");
	start->per_process = is(start->set[TF_SET_LIFETIME], "process");
	if (start->set[TF_SET_TRACK])
		start->track = (uint8_t)tf__parse_track(start->set[TF_SET_TRACK]);
	if (start->set[TF_SET_PERSIST])
		start->persist = (uint8_t)tf__parse_persist(start->set[TF_SET_PERSIST]);
}

/* --- the rest of the environment --- */

static bool is_place(const char *path)
{
	struct tf_stat stat;

	return path[0] == '/' && sys_stat_at(AT_FDCWD, path, 0, &stat) == 0;
}

/* A relative or overlong place is none; an overlong one might have mattered: to exempt a tree. */
static void remember(struct start *start, char *place, const char *path)
{
	size_t len = path ? tf__length(path) : 0;

	if (len >= START_PLACE)
		start->is_lost = start->is_lost || is_place(path);
	else if (path)
		tf__copy(place, path, len + 1);
}

static void remember_name(char *place, const char *name)
{
	size_t len = tf__length(name);

	if (len < START_NAME)
		tf__copy(place, name, len + 1);
}

/* True: it is a setting. */
static bool read_entry(struct start *start, char **at)
{
	const char *value;

	if ((value = tf__after(*at, "TMPGUARD_"))) {
		if (!(value = value_of(value, "SESSION")))
			return true;
		start->session = value;
		start->session_at = at;
	} else if ((value = value_of(*at, "HOME"))) {
		remember(start, start->home, value);
	} else if ((value = value_of(*at, "TMPDIR"))) {
		if (tf__length(value) < START_PLACE)
			remember(start, start->tmpdir, value);
		else
			start->is_long = is_place(value); /* no root; nothing else is told by it */
	} else if ((value = value_of(*at, "USER"))) {
		remember_name(start->user, value);
	} else if ((value = value_of(*at, "LOGNAME"))) {
		remember_name(start->logname, value);
	}
	return false;
}

static const char *base_of(const char *path)
{
	const char *slash = tf__last_slash(path);

	return slash ? slash + 1 : path;
}

static void remember_program(struct start *start)
{
	const char *path = getauxval ? (const char *)getauxval(AT_EXECFN) : NULL;
	const char *base = path ? base_of(path) : "";

	for (size_t i = 0; i < sizeof(start->program) - 1 && base[i] != '\0'; i++)
		start->program[i] = base[i];
}

/* By the name that it was started by (a script's own), and by the file that runs. */
static bool is_program_in(const char *globs)
{
	char exe[START_PLACE];
	const char *path = getauxval ? (const char *)getauxval(AT_EXECFN) : NULL;
	int len = sys_readlink_at(AT_FDCWD, "/proc/self/exe", exe, sizeof(exe) - 1);

	exe[len < 0 ? 0 : len] = '\0';
	return tf__glob_list(globs, base_of(exe)) || tf__glob_list(globs, exe) ||
	       (path && (tf__glob_list(globs, base_of(path)) || tf__glob_list(globs, path)));
}

/* A relative path in LD_PRELOAD is meant from where the process started. */
static void remember_own_path(struct start *start)
{
	struct tf_text text = tf__text(start->own_path, sizeof(start->own_path));
	const char *path = shim_own_path();

	if (!path)
		return;
	if (path[0] != '/') {
		if (sys_cwd(start->cwd, sizeof(start->cwd)) < 0)
			return;
		tf__text_add(&text, start->cwd);
		tf__text_add(&text, "/");
	}
	tf__text_add(&text, path);
	if (text.full)
		start->own_path[0] = '\0';
}

void start_read(struct start *ret_start)
{
	bool has_settings = false;

	ret_start->track = TF_TRACK_DEFAULT;
	if (getauxval && getauxval(AT_SECURE)) {
		ret_start->is_off = true;
		return;
	}
	for (char **at = environ; *at; at++)
		if (**at == 'T' || **at == 'H' || **at == 'U' || **at == 'L')
			has_settings = read_entry(ret_start, at) || has_settings;
	if (has_settings)
		read_settings(ret_start, judge_all() + 1);
	if (ret_start->is_off)
		return;
	if (ret_start->set[TF_SET_DIR] && tf__length(ret_start->set[TF_SET_DIR]) < START_PLACE)
		remember(ret_start, ret_start->dir, ret_start->set[TF_SET_DIR]);
	ret_start->changes_names =
		ret_start->dir[0] || ret_start->redirects || ret_start->set[TF_SET_PREFIX];
	if (ret_start->set[TF_SET_EXCLUDE])
		ret_start->is_excluded = is_program_in(ret_start->set[TF_SET_EXCLUDE]);
	remember_program(ret_start);
	remember_own_path(ret_start);
}

void start_remember_places(struct start *start)
{
	struct tf_places places = {
		.cwd = start->cwd,
		.home = start->home[0] ? start->home : NULL,
		.tmpdir = start->tmpdir[0] ? start->tmpdir : NULL,
		.dir = start->dir[0] ? start->dir : NULL,
	};

	if (sys_cwd(start->cwd, sizeof(start->cwd)) < 0) {
		start->cwd[0] = '\0';
		start->is_lost = true; /* too long to remember, and perhaps below a temp root */
	}
	start->is_plain = !start->is_lost && tf__places_are_plain(&places);
}

void start_check_dir(struct start *start)
{
	char *value;
	int r;

	if (!start->set[TF_SET_DIR])
		return;
	r = start->dir[0] ? tf__session_check_base(start->dir) : -ENAMETOOLONG;
	if (r == 0)
		return;
	start_complain(TF_SET_DIR, start->set[TF_SET_DIR], "cannot be used: ", tf__error_text(r));
	start->dir[0] = '\0';
	for (char **at = environ; *at; at++)
		if (**at == 'T' && setting_of(*at, &value) == TF_SET_DIR)
			value[0] = '\0';
}

const char *start_base(const struct start *start, unsigned n)
{
	const char *bases[START_BASES] = {start->dir, start->tmpdir, "/tmp"};

	return bases[n][0] == '/' ? bases[n] : NULL;
}

bool start_report_path(const struct start *start, char *ret_path, size_t size)
{
	return tf__report_path(start->set[TF_SET_REPORT], start->cwd, sys_pid(), ret_path, size);
}

/* --- what children find --- */

/* TMPDIR is TMPGUARD_DIR for children; TMP and TEMP where they are set. */
static char *replacement(const struct start *start, char *entry)
{
	static char places[3][START_PLACE + 8];
	static const char names[3][8] = {"TMPDIR", "TMP", "TEMP"};

	for (int i = 0; i < 3 && start->dir[0]; i++) {
		struct tf_text text;

		if (!value_of(entry, names[i]))
			continue;
		text = tf__text(places[i], sizeof(places[i])); /* not before: it may be in use */
		tf__text_add(&text, names[i]);
		tf__text_add(&text, "=");
		tf__text_add(&text, start->dir);
		return places[i];
	}
	return entry;
}

static bool fill(const struct start *start, char **copy, size_t n)
{
	static char tmpdir[] = "TMPDIR=";
	bool has_tmpdir = false;

	for (size_t i = 0; i < n; i++) {
		copy[i] = replacement(start, environ[i]);
		has_tmpdir = has_tmpdir || value_of(copy[i], "TMPDIR");
	}
	if (has_tmpdir || !start->dir[0])
		return false;
	copy[n] = replacement(start, tmpdir);
	return true;
}

void start_add_to_environ(const struct start *start, char *entry)
{
	char **copy = environ_copy;
	size_t n = 0;

	if (start->session_at && !start->dir[0]) {
		*start->session_at = entry;
		return;
	}
	while (environ[n])
		n++;
	if (n > ENTRIES)
		copy = sys_map(NULL, (n + 5) * sizeof(*copy), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (tf__is_error(copy)) /* children get it from the exec wrappers all the same */
		return;
	if (fill(start, copy, n))
		n++;
	if (start->session_at)
		copy[start->session_at - environ] = entry;
	else
		copy[n++] = entry;
	copy[n] = NULL;
	environ = copy;
}
