/* roots.c: the places where temporary files live. */
#include "roots.h"
#include "identity.h"
#include "text.h"

static const char *const standard[] = {"/tmp", "/var/tmp", "/dev/shm"};

enum { STANDARD = sizeof(standard) / sizeof(standard[0]) };

/* Is path the directory `dir` or below it? */
static bool lies_in(const char *path, const char *dir)
{
	const char *rest = tf__after(path, dir);

	return rest && (*rest == '\0' || *rest == '/');
}

static bool lies_below(const char *path, const char *dir)
{
	const char *rest = tf__after(path, dir);

	return rest && *rest == '/';
}

static const char *next(const char *entry)
{
	return entry + tf__length(entry) + 1;
}

int tf__real_dir_at(int dir, const char *path, char *ret_path, size_t size)
{
	char link[40];
	struct tf_text text = tf__text(link, sizeof(link));
	int r;
	int fd = sys_open_at(dir, path, O_PATH | O_DIRECTORY, 0);

	if (fd < 0)
		return fd;
	tf__text_add(&text, "/proc/self/fd/");
	tf__text_add_number(&text, (uint64_t)fd);
	r = sys_readlink_at(AT_FDCWD, link, ret_path, size - 1);
	sys_close(fd);
	if (r < 0)
		return r == -ENOENT ? -ENOSYS : r;
	if ((size_t)r >= size - 1)
		return -ENAMETOOLONG;
	ret_path[r] = '\0';
	return ret_path[0] == '/' ? r : -ENOENT; /* "(unreachable)" in a chroot's outside */
}

int tf__real_dir(const char *path, char *ret_path, size_t size)
{
	return tf__real_dir_at(AT_FDCWD, path, ret_path, size);
}

/* Canonical, or as written where there is no procfs and the directory itself is no symlink. */
static int canonical(const char *path, char *ret_path, size_t size)
{
	struct tf_stat stat;
	size_t len = tf__length(path);
	int r = tf__real_dir(path, ret_path, size);

	if (r >= 0 || path[0] != '/' || len >= size)
		return r;
	if (sys_stat_at(AT_FDCWD, path, TF_AT_SYMLINK_NOFOLLOW, &stat) < 0 || !tf__is_dir(&stat))
		return -ENOENT;
	tf__copy(ret_path, path, len + 1);
	return (int)len;
}

static bool has(const struct tf_roots *roots, char sign, const char *path)
{
	for (const char *e = roots->text; *e != '\0'; e = next(e))
		if (*e == sign && tf__equal(e + 1, path))
			return true;
	return false;
}

/* The sign comes last: it makes the entry one. */
static bool append(struct tf_roots *roots, char sign, const char *path)
{
	size_t len = tf__length(path) + 1;
	const char *end = roots->text;
	size_t at;

	while (*end != '\0')
		end = next(end);
	at = (size_t)(end - roots->text);
	if (at + 1 + len + 1 > sizeof(roots->text))
		return false;
	tf__copy(roots->text + at + 1, path, len);
	roots->text[at + 1 + len] = '\0';
	__atomic_store_n(&roots->text[at], sign, __ATOMIC_RELEASE);
	return true;
}

static bool add(struct tf_roots *roots, char sign, const char *path)
{
	return has(roots, sign, path) || append(roots, sign, path);
}

enum { WHICH_SIZE = 48 };

/* Which directory it is that has this path here. */
static void write_which(const char *path, char ret_which[WHICH_SIZE])
{
	struct tf_text text = tf__text(ret_which, WHICH_SIZE);
	struct tf_stat stat = {0};

	(void)sys_stat_at(AT_FDCWD, path, 0, &stat); /* zeros are none */
	tf__text_add_number(&text, stat.dev_major);
	tf__text_add(&text, ":");
	tf__text_add_number(&text, stat.dev_minor);
	tf__text_add(&text, ":");
	tf__text_add_number(&text, stat.ino);
}

static bool append_root(struct tf_roots *roots, const char *path)
{
	char which[WHICH_SIZE];

	if (!append(roots, '+', path))
		return false;
	write_which(path, which);
	(void)append(roots, '=', which);
	return true;
}

bool tf__roots_add(struct tf_roots *roots, const char *dir)
{
	return has(roots, '+', dir) || append_root(roots, dir);
}

static bool is_same_dir(const char *a, const char *b)
{
	struct tf_identity one, other;
	struct tf_stat stat;

	if (sys_stat_at(AT_FDCWD, a, 0, &stat) < 0)
		return false;
	one = tf__identity(&stat);
	if (sys_stat_at(AT_FDCWD, b, 0, &stat) < 0)
		return false;
	other = tf__identity(&stat);
	return tf__same(&one, &other);
}

/* `/` and the home directory are nobody's temp root, whatever TMPDIR says. */
static void add_root(struct tf_roots *roots, const char *path, const char *home, char *scratch)
{
	if (!path || path[0] == '\0' || canonical(path, scratch, TF_PATH_MAX) < 0)
		return;
	if (!tf__equal(scratch, "/") && !(home && is_same_dir(scratch, home)))
		(void)tf__roots_add(roots, scratch); /* what does not fit is not a root */
}

static void exempt(struct tf_roots *roots, const char *path, char *scratch)
{
	bool inside = false;

	if (!path || path[0] != '/' || canonical(path, scratch, TF_PATH_MAX) < 0)
		return;
	for (const char *e = roots->text; *e != '\0'; e = next(e))
		inside = inside || (*e == '+' && lies_below(scratch, e + 1));
	if (inside && !add(roots, '-', scratch))
		roots->text[0] = '\0';
}

void tf__roots_init(struct tf_roots *ret_roots, const struct tf_places *places, char *scratch)
{
	ret_roots->text[0] = '\0';
	add_root(ret_roots, places->dir, places->home, scratch);
	add_root(ret_roots, places->tmpdir, places->home, scratch);
	for (size_t i = 0; i < STANDARD; i++)
		add_root(ret_roots, standard[i], places->home, scratch);
	exempt(ret_roots, places->cwd, scratch);
	exempt(ret_roots, places->home, scratch);
}

static bool is_standard(const char *path)
{
	for (size_t i = 0; i < STANDARD; i++)
		if (tf__equal(path, standard[i]))
			return true;
	return false;
}

bool tf__is_standard_root(const char *dir, size_t len)
{
	for (size_t i = 0; i < STANDARD; i++)
		if (tf__length(standard[i]) == len && __builtin_memcmp(dir, standard[i], len) == 0)
			return true;
	return false;
}

static bool is_elsewhere(const char *path)
{
	for (size_t i = 0; i < STANDARD; i++)
		if (lies_in(path, standard[i]))
			return false;
	return path[0] == '/';
}

bool tf__places_are_plain(const struct tf_places *places)
{
	return (!places->cwd || is_elsewhere(places->cwd)) &&
	       (!places->home || is_elsewhere(places->home)) &&
	       (!places->tmpdir || is_standard(places->tmpdir)) &&
	       (!places->dir || is_standard(places->dir));
}

/* A tree is exempt from those roots that it lies below; a root of its own inside it counts. */
static bool is_exempt(const struct tf_roots *roots, const char *root, const char *dir)
{
	for (const char *e = roots->text; *e != '\0'; e = next(e))
		if (*e == '-' && lies_below(e + 1, root) && lies_in(dir, e + 1))
			return true;
	return false;
}

bool tf__roots_hold(const struct tf_roots *roots, const char *dir)
{
	for (const char *e = roots->text; *e != '\0'; e = next(e))
		if (*e == '+' && lies_in(dir, e + 1) && !is_exempt(roots, e + 1, dir))
			return true;
	return false;
}

/* The innermost root that holds `dir`. */
static const char *root_of(const struct tf_roots *roots, const char *dir)
{
	const char *found = NULL;
	size_t len = 0;

	for (const char *e = roots->text; *e != '\0'; e = next(e))
		if (*e == '+' && lies_in(dir, e + 1) && tf__length(e) > len) {
			found = e;
			len = tf__length(e);
		}
	return found;
}

bool tf__roots_reach(const struct tf_roots *roots, const char *dir, const char *place)
{
	const char *root = root_of(roots, dir);
	const char *then = root ? next(root) : NULL;
	char now[WHICH_SIZE];

	if (!root || *then != '=' || root == root_of(roots, place) || lies_in(root + 1, place))
		return true;
	write_which(root + 1, now);
	return tf__equal(then + 1, now);
}

bool tf__roots_name(const struct tf_roots *roots, const char *dir, size_t len)
{
	for (const char *e = roots->text; *e != '\0'; e = next(e)) {
		const char *path = e + 1;
		size_t i = 0;

		while (i < len && path[i] == dir[i])
			i++;
		if (*e == '+' && i == len && path[i] == '\0')
			return tf__roots_hold(roots, path);
	}
	return false;
}
