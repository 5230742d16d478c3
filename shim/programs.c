/* programs.c: programs that will not load the shim, for the report.
 *
 * Told by who runs them, for they cannot tell themselves: static ones, those of another word size,
 * and those with rights that make the loader drop the preload. What such a program runs in its turn
 * is told by nobody, unless the shim gets into that again.
 */
#include <sys/mman.h>

#include "guard.h"
#include "libc.h"
#include "program.h"
#include "programs.h"
#include "text.h"

enum { PATH_SIZE = 4096, NAME_SIZE = 256 };

struct scratch { /* too much for a stack of 8 KB */
	char found[PATH_SIZE], dir[PATH_SIZE], real[PATH_SIZE];
	char interpreter[NAME_SIZE];
};

/* What the descriptor is open on. */
static int name_descriptor(int fd, char *ret_path, size_t size)
{
	char link[40];
	struct tf_text text = tf__text(link, sizeof(link));
	int r;

	tf__text_add(&text, "/proc/self/fd/");
	tf__text_add_number(&text, (uint64_t)fd);
	r = sys_readlink_at(AT_FDCWD, link, ret_path, size - 1);
	ret_path[r < 0 ? 0 : r] = '\0';
	return r;
}

/* The absolute path of what is run, for people to read. */
static bool find_path(int dir, const char *path, struct scratch *scratch)
{
	const char *slash = tf__last_slash(path);
	size_t len = slash ? (size_t)(slash - path) : 0;
	struct tf_text text;
	int r;

	if (path[0] == '\0')
		return name_descriptor(dir, scratch->real, PATH_SIZE) > 0;
	if (len >= PATH_SIZE)
		return false;
	tf__copy(scratch->dir, path, len);
	scratch->dir[len] = '\0';
	r = tf__real_dir_at(dir,
		len > 0 ? scratch->dir
		: slash ? "/"
			: ".",
		scratch->real, PATH_SIZE);
	if (r < 0)
		return false;
	text = tf__text_from(scratch->real, PATH_SIZE, (size_t)r);
	tf__text_add(&text, r == 1 ? "" : "/");
	tf__text_add(&text, slash ? slash + 1 : path);
	return !text.full;
}

static void tell(enum tf_interposing why, const char *path)
{
	struct tf_record head = {
		.kind = TF_KIND_PROGRAM,
		.pid = sys_pid(),
		.flags = (uint16_t)(why << TF_REASON_SHIFT),
	};

	if (!guard_enter())
		return;
	tf__copy(head.program, guard_start()->program, TF_PROGRAM_SIZE);
	if (guard_open_journal() && guard_is_reported())
		tf__journal_tell(guard_journal(), &head, path);
	guard_leave();
}

static void judge(int dir, const char *path, struct scratch *scratch)
{
	enum tf_interposing why =
		tf__interposing(dir, path, scratch->interpreter, sizeof(scratch->interpreter));

	if (why == TF_INTERPOSED || why == TF_UNKNOWN)
		return;
	if (scratch->interpreter[0] == '/')
		tell(why, scratch->interpreter);
	else if (find_path(dir, path, scratch))
		tell(why, scratch->real);
}

static struct scratch *map_scratch(void)
{
	struct scratch *scratch = guard_is_on() && guard_may_report()
					  ? sys_map(NULL, sizeof(*scratch), PROT_READ | PROT_WRITE,
						    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
					  : NULL;

	return tf__is_error(scratch) ? NULL : scratch;
}

void programs_tell(int dir, const char *path)
{
	struct scratch *scratch = map_scratch();

	if (!scratch)
		return;
	if (sys_is_readable(path))
		judge(dir, path, scratch);
	sys_unmap(scratch, sizeof(*scratch));
}

static const char *search_path(void)
{
	for (char **at = &environ && environ ? environ : NULL; at && *at; at++)
		if (tf__after(*at, "PATH="))
			return tf__after(*at, "PATH=");
	return NULL;
}

void programs_tell_found(const char *file)
{
	struct scratch *scratch = map_scratch();

	if (!scratch)
		return;
	if (tf__find_program(file, search_path(), scratch->found, sizeof(scratch->found)) == 0)
		judge(AT_FDCWD, scratch->found, scratch);
	sys_unmap(scratch, sizeof(*scratch));
}
