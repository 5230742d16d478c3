/* place.c: where public objects are made.
 *
 * I1  What is handed out as a directory is never freed or changed: other threads may read it.
 */
#include "place.h"

#include "failure.h"
#include "host.h"
#include "roots.h"
#include "text.h"
#include "tmpdir.h"

enum { LONGEST_AFFIX = 200 };

static const char *const variables[] = {"TMPDIR", "TEMP", "TMP"};

enum { VARIABLES = 3, CANDIDATES = VARIABLES + 4 };

/* A directory that was set, or chosen while the variables were `key`. */
struct choice {
	struct choice *before; /* kept for those that still read it */
	char *dir;
	char key[];
};

static struct choice *chosen, *set; /* set, with dir NULL: no more */

/* The directory as an absolute path, at the beginning of `text`. */
static int add_dir(struct tf_text *text, const char *dir)
{
	int r;

	if (dir[0] != '/') {
		r = sys_cwd(text->at, text->size);
		if (r < 0)
			return r == -ERANGE ? -ENAMETOOLONG : r;
		if (text->at[0] != '/')
			return -ENOENT; /* "(unreachable)" */
		*text = tf__text_from(text->at, text->size, (size_t)r - 1);
		if (text->len > 1)
			tf__text_add(text, "/");
	}
	tf__text_add(text, tf__equal(dir, ".") ? "" : dir);
	while (text->len > 0 && text->at[text->len - 1] == '/')
		text->at[--text->len] = '\0';
	return text->full ? -ENAMETOOLONG : 0;
}

static void publish(struct choice **list, struct choice *choice)
{
	choice->before = __atomic_load_n(list, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(
		list, &choice->before, choice, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

static size_t value_length(const char *name)
{
	const char *value = tf__env(name);

	return value ? tf__length(value) : 0;
}

/* The variables' values, each with a byte behind it that tells whether it was set. */
static struct choice *new_choice(const char *const *candidates, size_t dir_size)
{
	size_t size = 1;
	struct choice *choice;
	struct tf_text key;

	for (int i = 0; i < VARIABLES; i++)
		size += value_length(variables[i]) + 1;
	choice = tf__alloc(sizeof(*choice) + size + dir_size);
	if (!choice)
		return NULL;
	key = tf__text(choice->key, size);
	for (int i = 0; i < VARIABLES; i++) {
		tf__text_add(&key, candidates[i] ? candidates[i] : "");
		tf__text_add(&key, candidates[i] ? "=" : "-");
	}
	choice->dir = choice->key + size;
	return choice;
}

/* Is the key that of the variables as they are? */
static bool is_current(const struct choice *choice, const char *const *candidates)
{
	const char *rest = choice->key;

	for (int i = 0; i < VARIABLES && rest; i++) {
		rest = tf__after(rest, candidates[i] ? candidates[i] : "");
		rest = rest ? tf__after(rest, candidates[i] ? "=" : "-") : NULL;
	}
	return rest && *rest == '\0';
}

static int choose(const char *const *candidates, const char **ret_dir)
{
	struct choice *choice;
	const char *dir;
	char absolute[TF_PATH_MAX];
	struct tf_text text = tf__text(absolute, sizeof(absolute));
	int r = tf__tmpdir_choose(candidates, CANDIDATES, &dir);

	if (r < 0)
		return r;
	if (dir[0] != '/') {
		r = add_dir(&text, dir);
		if (r < 0)
			return r;
		dir = absolute[0] == '\0' ? "/" : absolute;
	}
	choice = new_choice(candidates, tf__length(dir) + 1);
	if (!choice)
		return -ENOMEM;
	tf__copy(choice->dir, dir, tf__length(dir) + 1);
	publish(&chosen, choice);
	*ret_dir = choice->dir;
	return 0;
}

int tf__place_tempdir(const char **ret_dir)
{
	const char *candidates[CANDIDATES] = {[VARIABLES] = "/tmp", "/var/tmp", "/usr/tmp", "."};
	const struct choice *choice = __atomic_load_n(&set, __ATOMIC_ACQUIRE);

	if (choice && choice->dir) {
		*ret_dir = choice->dir;
		return 0;
	}
	for (int i = 0; i < VARIABLES; i++)
		candidates[i] = tf__env(variables[i]);
	choice = __atomic_load_n(&chosen, __ATOMIC_ACQUIRE);
	if (!choice || !is_current(choice, candidates))
		return choose(candidates, ret_dir);
	*ret_dir = choice->dir;
	return 0;
}

int tf_set_tempdir(const char *path)
{
	size_t len = path ? tf__length(path) : 0;
	struct choice *choice;

	if (!path && !__atomic_load_n(&set, __ATOMIC_ACQUIRE))
		return 0;
	choice = len < TF_PATH_MAX ? tf__alloc(sizeof(*choice) + len + 1) : NULL;
	if (!choice)
		return tf__fail(len < TF_PATH_MAX ? -ENOMEM : -ENAMETOOLONG,
			"take for the directory for temporary files", path);
	choice->dir = len > 0 ? choice->key : NULL;
	tf__copy(choice->key, path ? path : "", len + 1);
	publish(&set, choice);
	return 0;
}

const char *tf_default_prefix(void)
{
	return "tmp";
}

/* --- forms --- */

static int check_affix(const char *text)
{
	if (!text)
		return 0;
	if (tf__length(text) > LONGEST_AFFIX)
		return -ENAMETOOLONG;
	return tf__last_slash(text) ? -EINVAL : 0;
}

static int write_form(const struct tf_options *options, const char *dir, struct tf_text text,
	struct tf_form *ret_form)
{
	size_t dir_len, slot;
	int r = add_dir(&text, dir);

	if (r < 0)
		return r;
	dir_len = text.len;
	tf__text_add(&text, "/");
	tf__text_add(&text, options->prefix ? options->prefix : tf_default_prefix());
	slot = text.len;
	tf__text_add(&text, "XXXXXXXX");
	tf__text_add(&text, options->suffix ? options->suffix : "");
	if (text.full)
		return -ENAMETOOLONG;
	*ret_form = (struct tf_form){.path = text.at, .dir_len = dir_len, .slot = slot};
	return 0;
}

static int check_affixes(const struct tf_options *options)
{
	int r = check_affix(options->prefix);

	return r == 0 ? check_affix(options->suffix) : r;
}

int tf__place_fix(struct tf_options *options, char dir[TF_PATH_MAX])
{
	struct tf_text text = tf__text(dir, TF_PATH_MAX);
	int r = check_affixes(options);

	if (r < 0 || !options->dir || options->dir[0] == '/')
		return r;
	r = add_dir(&text, options->dir[0] == '\0' ? "." : options->dir);
	options->dir = dir[0] == '\0' ? "/" : dir;
	return r;
}

int tf__place_form(const struct tf_options *options, struct tf_form *ret_form)
{
	static const struct tf_options defaults;
	const char *dir;
	char *buf;
	int r;

	if (!options)
		options = &defaults;
	dir = options->dir;
	r = check_affixes(options);
	if (r == 0 && !dir)
		r = tf__place_tempdir(&dir);
	if (r < 0)
		return r;
	buf = tf__alloc(TF_PATH_MAX);
	if (!buf)
		return -ENOMEM;
	r = write_form(options, dir[0] == '\0' ? "." : dir, tf__text(buf, TF_PATH_MAX), ret_form);
	if (r < 0)
		tf__free(buf);
	return r;
}
