/* start.c: what this process found when it started. */
#include <sys/auxv.h>
#include <sys/mman.h>

#include "bind.h"
#include "libc.h"
#include "start.h"
#include "text.h"

enum { ENTRIES = 256 };

static char *environ_copy[ENTRIES + 2];

static const char *value_of(const char *entry, const char *name)
{
	const char *rest = tf__after(entry, name);

	return rest && *rest == '=' ? rest + 1 : NULL;
}

static bool is(const char *value, const char *wanted)
{
	return value && tf__equal(value, wanted);
}

/* A relative or overlong place is none; an overlong one might have mattered. */
static void remember(struct start *start, char *place, const char *path)
{
	size_t len = path ? tf__length(path) : 0;

	if (len >= START_PLACE)
		start->is_lost = true;
	else if (path)
		tf__copy(place, path, len + 1);
}

static void read_own(struct start *start, const char *rest, char **at)
{
	const char *value;

	if ((value = value_of(rest, "DISABLE")))
		start->is_off = is(value, "1");
	else if ((value = value_of(rest, "PERSIST")))
		start->keeps = *value != '\0' && !is(value, "0");
	else if ((value = value_of(rest, "FOLLOW")))
		start->stays = is(value, "0");
	else if ((value = value_of(rest, "DIR")))
		remember(start, start->dir, value);
	else if ((value = value_of(rest, "SESSION"))) {
		start->session = value;
		start->session_at = at;
	}
}

static void read_entry(struct start *start, char **at)
{
	const char *value;

	if ((value = tf__after(*at, "TMPGUARD_")))
		read_own(start, value, at);
	else if ((value = value_of(*at, "HOME")))
		remember(start, start->home, value);
	else if ((value = value_of(*at, "TMPDIR")))
		remember(start, start->tmpdir, value);
}

static void remember_program(struct start *start)
{
	const char *path = getauxval ? (const char *)getauxval(AT_EXECFN) : NULL;
	const char *slash = path ? tf__last_slash(path) : NULL;
	const char *base = slash ? slash + 1 : path ? path : "";

	for (size_t i = 0; i < sizeof(start->program) - 1 && base[i] != '\0'; i++)
		start->program[i] = base[i];
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
	if (getauxval && getauxval(AT_SECURE)) {
		ret_start->is_off = true;
		return;
	}
	for (char **at = environ; *at; at++)
		if (**at == 'T' || **at == 'H')
			read_entry(ret_start, at);
	if (ret_start->is_off)
		return;
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

	if (sys_cwd(start->cwd, sizeof(start->cwd)) < 0)
		start->is_lost = true; /* too long to remember, and perhaps below a temp root */
	start->is_plain = !start->is_lost && tf__places_are_plain(&places);
}

const char *start_base(const struct start *start, unsigned n)
{
	const char *bases[START_BASES] = {start->dir, start->tmpdir, "/tmp"};

	return bases[n][0] == '/' ? bases[n] : NULL;
}

void start_add_to_environ(const struct start *start, char *entry)
{
	char **copy = environ_copy;
	size_t n = 0;

	if (start->session_at) {
		*start->session_at = entry;
		return;
	}
	while (environ[n])
		n++;
	if (n > ENTRIES)
		copy = sys_map(NULL, (n + 2) * sizeof(*copy), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (tf__is_error(copy)) /* children get it from the exec wrappers all the same */
		return;
	for (size_t i = 0; i < n; i++)
		copy[i] = environ[i];
	copy[n] = entry;
	copy[n + 1] = NULL;
	environ = copy;
}
