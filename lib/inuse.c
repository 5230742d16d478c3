/* inuse.c: what living processes have open, mapped, as their directory, or were told to use, by
 * procfs.
 *
 * Files are told by device and inode, as the links in /proc/PID lead to them; and by their names,
 * for filesystems whose mappings show other numbers than their files. Threads may have descriptors
 * and directories of their own, so each is asked; memory they share.
 */
#include <sys/mman.h>

#include "inuse.h"
#include "text.h"

enum {
	TEXT = 8192, /* longer than any line of /proc/PID/maps */
	SCRATCH = 2 * TEXT,
	DONT_SYNC = 0x4000, /* AT_STATX_DONT_SYNC: device and inode are known without asking */
};

int tf__in_use_begin(struct tf_in_use *use)
{
	char *scratch =
		sys_map(NULL, SCRATCH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (tf__is_error(scratch))
		return -ENOMEM;
	*use = (struct tf_in_use){.scratch = scratch};
	return 0;
}

void tf__in_use_end(struct tf_in_use *use)
{
	tf__hashes_free(&use->paths);
	tf__hashes_free(&use->files);
	if (use->scratch)
		sys_unmap(use->scratch, SCRATCH);
	use->scratch = NULL;
}

bool tf__in_use_file(const struct tf_in_use *use, const struct tf_identity *id)
{
	return tf__hashes_hold(&use->files, tf__hash_file(id)) ||
	       tf__hashes_hold(&use->files, tf__hash_inode(id->ino));
}

/* It has ended, or was closed, between two looks. */
static bool is_gone(int error)
{
	return error == -ENOENT || error == -ESRCH;
}

/* --- links --- */

static int add_link(struct tf_in_use *use, int dir, const char *name)
{
	struct tf_identity id;
	struct tf_stat stat;
	int r = sys_readlink_at(dir, name, use->scratch, TEXT - 1);

	if (r < 0)
		return is_gone(r) ? 0 : r;
	use->scratch[r] = '\0';
	tf__hashes_add_path(&use->paths, use->scratch);
	r = sys_stat_at(dir, name, DONT_SYNC, &stat);
	if (r < 0)
		return is_gone(r) ? 0 : r;
	id = tf__identity(&stat);
	tf__hashes_add(&use->files, tf__hash_file(&id));
	return 0;
}

typedef int entry_fn(struct tf_in_use *use, int dir, const char *name);

/* Calls `each` for what is in the directory, but for "." and "..". */
static int each_entry(struct tf_in_use *use, int dir, const char *name, entry_fn *each)
{
	char buf[512] __attribute__((aligned(8)));
	int fd = sys_open_at(dir, name, O_RDONLY | O_DIRECTORY, 0);
	int r = fd < 0 ? fd : 0;
	long len = 0;

	while (r == 0 && (len = sys_list_dir(fd, buf, sizeof(buf))) > 0)
		for (long at = 0; r == 0 && at < len;) {
			const struct tf_entry *entry = (const void *)(buf + at);

			at += entry->len;
			if (entry->name[0] != '.')
				r = each(use, fd, entry->name);
		}
	if (fd >= 0)
		sys_close(fd);
	r = r == 0 && len < 0 ? (int)len : r;
	return is_gone(r) ? 0 : r;
}

/* --- mappings --- */

/* "FROM-TO PERMISSIONS OFFSET DEVICE INODE   PATH" */
static void read_mapping(struct tf_in_use *use, const char *line)
{
	uint64_t ino;

	use->has_maps = true;
	for (int field = 0; field < 4; field++) {
		while (*line != '\0' && *line != ' ')
			line++;
		if (*line == ' ')
			line++;
	}
	if (tf__number(&line, &ino) < 0 || ino == 0)
		return;
	while (*line == ' ')
		line++;
	use->is_found = use->is_found || ino == use->wanted;
	if (use->wanted != 0)
		return;
	tf__hashes_add(&use->files, tf__hash_inode(ino));
	tf__hashes_add_path(&use->paths, line);
}

/* How a text is taken to pieces. */
struct pieces {
	bool (*is_end)(char c);
	void (*read)(struct tf_in_use *use, const char *piece);
	bool may_be_long; /* then it is nothing that is looked for */
};

static int read_pieces(struct tf_in_use *use, int fd, const struct pieces *pieces)
{
	char *buf = use->scratch + TEXT;
	size_t kept = 0;
	long len;

	while ((len = sys_read(fd, buf + kept, TEXT - kept)) > 0) {
		size_t from = 0, end = kept + (size_t)len;

		for (size_t i = kept; i < end; i++) {
			if (!pieces->is_end(buf[i]))
				continue;
			buf[i] = '\0';
			pieces->read(use, buf + from);
			from = i + 1;
		}
		kept = end - from;
		if (kept == TEXT && !pieces->may_be_long)
			return -EFBIG;
		kept %= TEXT;
		for (size_t i = 0; i < kept; i++)
			buf[i] = buf[from + i];
	}
	buf[kept] = '\0';
	if (kept > 0)
		pieces->read(use, buf);
	return (int)len;
}

static bool ends_line(char c)
{
	return c == '\n';
}

/* Of the first thread that has any: one that has ended has none, the others share theirs. */
static int add_maps(struct tf_in_use *use, int task)
{
	const struct pieces lines = {ends_line, read_mapping, false};
	int fd, r;

	if (use->has_maps)
		return 0;
	fd = sys_open_at(task, "maps", O_RDONLY, 0);
	r = fd < 0 ? fd : read_pieces(use, fd, &lines);
	if (fd >= 0)
		sys_close(fd);
	return is_gone(r) ? 0 : r;
}

/* --- arguments --- */

/* Also that of a word of a script: `sh -c 'use "/tmp/a"; rm /tmp/a'`. */
static bool ends_word(char c)
{
	static const char ends[] = " \t\n\"'`;:,=&|(){}[]<>";

	for (size_t i = 0; i < sizeof(ends); i++) /* the NUL is one of them */
		if (c == ends[i])
			return true;
	return false;
}

/* `/tmp/a`, `@/tmp/a`, `-I/tmp/a` */
static void read_word(struct tf_in_use *use, const char *word)
{
	while (*word != '\0' && *word != '/')
		word++;
	tf__hashes_add_path(&use->paths, word);
}

static int add_arguments(struct tf_in_use *use, int pid)
{
	const struct pieces words = {ends_word, read_word, true};
	char buf[40];
	struct tf_text path = tf__text(buf, sizeof(buf));
	int fd, r;

	tf__text_add(&path, "/proc/");
	tf__text_add_number(&path, (uint64_t)pid);
	tf__text_add(&path, "/cmdline");
	fd = sys_open_at(AT_FDCWD, buf, O_RDONLY, 0);
	r = fd < 0 ? fd : read_pieces(use, fd, &words);
	if (fd >= 0)
		sys_close(fd);
	return is_gone(r) ? 0 : r;
}

/* --- a process --- */

static int add_thread(struct tf_in_use *use, int tasks, const char *name)
{
	static const char *const links[] = {"cwd", "root", "exe"};
	int task = sys_open_at(tasks, name, O_PATH | O_DIRECTORY, 0);
	int r = task < 0 ? task : add_maps(use, task);

	for (int i = 0; i < 3 && r == 0 && use->wanted == 0; i++)
		r = add_link(use, task, links[i]);
	if (r == 0 && use->wanted == 0)
		r = each_entry(use, task, "fd", add_link);
	if (task >= 0)
		sys_close(task);
	return is_gone(r) ? 0 : r;
}

static int each_thread(struct tf_in_use *use, int pid)
{
	char buf[40];
	struct tf_text path = tf__text(buf, sizeof(buf));

	tf__text_add(&path, "/proc/");
	tf__text_add_number(&path, (uint64_t)pid);
	tf__text_add(&path, "/task");
	use->has_maps = use->is_found = false;
	return each_entry(use, AT_FDCWD, buf, add_thread);
}

int tf__in_use_add(struct tf_in_use *use, int pid)
{
	int r;

	use->wanted = 0;
	r = each_thread(use, pid);
	if (r == 0)
		r = add_arguments(use, pid);
	if (r == 0)
		r = use->paths.error < 0 ? use->paths.error : use->files.error;
	return r;
}

int tf__in_use_maps(struct tf_in_use *use, int pid, uint64_t ino)
{
	int r;

	use->wanted = ino;
	r = each_thread(use, pid);
	return r < 0 ? r : use->is_found;
}
