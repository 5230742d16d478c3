/* remove.c: removal by directory descriptor.
 *
 * A tree is removed without recursion. A stack of levels in mapped memory stands for the path from
 * the top directory to the current one, beside it a stack of names. Each level first has all its
 * entries read: files go at once, in the order of their inodes (which is how a disk filesystem
 * likes it), names of directories are pushed. Then those are entered one by one, the last one
 * first.
 *
 * I1  Only the OPEN levels nearest the current one have a descriptor; a level further up gets one
 *     again through "..", and is only believed if device and inode are what they were.
 * I2  A directory is entered by RESOLVE_NO_XDEV: never a mount point, bind mounts on the same
 *     device included.
 * I3  What fails is remembered once and passed over; the walk always ends, because each level is
 *     read at most RESCANS + 1 times.
 */
#include <sys/mman.h>

#include "opendir.h"
#include "remove.h"
#include "text.h"

enum {
	OPEN = 24,
	RESCANS = 3,
	ENTRIES = 64 << 10, /* bytes of directory entries read at once */
	MAX_SORT = ENTRIES / 24,
	START = 32 << 10, /* first size of each stack */
};

struct stack { /* grows by doubling, and may move */
	char *at;
	size_t top, size;
};

struct level {
	uint64_t dev, ino;
	size_t names_from; /* what lies above in the stack of names belongs to this level */
	int fd;            /* -1 while closed, I1 */
	short scans;
};

struct walk {
	struct stack levels, names;
	char *entries; /* ENTRIES bytes, then MAX_SORT keys */
	struct tf_removal *removal;
};

struct key {
	uint64_t ino;
	uint32_t at, pad;
};

static const size_t entries_size = ENTRIES + MAX_SORT * sizeof(struct key);

/* Makes room for `len` bytes on top and gives them, or NULL. */
static void *push(struct stack *stack, size_t len)
{
	while (stack->size - stack->top < len) {
		void *moved = sys_remap(stack->at, stack->size, stack->size * 2);

		if (tf__is_error(moved))
			return NULL;
		stack->at = moved;
		stack->size *= 2;
	}
	stack->top += len;
	return stack->at + stack->top - len;
}

static size_t depth(const struct walk *w)
{
	return w->levels.top / sizeof(struct level);
}

/* The level `up` levels above the current one. */
static struct level *level(struct walk *w, size_t up)
{
	return (struct level *)(void *)(w->levels.at + w->levels.top) - 1 - up;
}

/* The name pushed last; there is one. */
static const char *last_name(const struct walk *w)
{
	size_t at = w->names.top - 1;

	while (at > 0 && w->names.at[at - 1] != '\0')
		at--;
	return w->names.at + at;
}

static void drop_name(struct walk *w)
{
	w->names.top = (size_t)(last_name(w) - w->names.at);
}

static void note(struct tf_removal *removal, const char *name, int error)
{
	struct tf_text text;

	if (removal->error != 0)
		return;
	removal->error = error;
	text = tf__text(removal->failed, sizeof(removal->failed));
	tf__text_add(&text, name);
}

/* A file that has another name is not gone. A directory has many links and one name. */
static void count(struct tf_removal *removal, const struct tf_stat *stat)
{
	if (!tf__is_dir(stat) && stat->nlink > 1)
		return;
	removal->inodes++;
	if (tf__is_file(stat))
		removal->bytes += stat->size;
}

/* Takes fd and makes it the current level. */
static int enter(struct walk *w, int fd)
{
	struct level *new;
	struct tf_stat stat;
	int r = sys_stat_fd(fd, &stat);

	new = r < 0 ? NULL : push(&w->levels, sizeof(*new));
	if (!new) {
		sys_close(fd);
		return r < 0 ? r : -ENOMEM;
	}
	*new = (struct level){
		.dev = tf__identity(&stat).dev,
		.ino = stat.ino,
		.names_from = w->names.top,
		.fd = fd,
	};
	if ((stat.mode & 0700) != 0700 && stat.uid == sys_euid())
		(void)sys_chmod_fd(fd, 0700); /* it is about to go; if not, its entries tell */
	if (depth(w) > OPEN) {                /* I1 */
		sys_close(level(w, OPEN)->fd);
		level(w, OPEN)->fd = -1;
	}
	count(w->removal, &stat);
	return 0;
}

static void sort(struct key *keys, size_t n)
{
	static const size_t gaps[] = {1750, 701, 301, 132, 57, 23, 10, 4, 1}; /* Ciura's */

	for (size_t g = 0; g < sizeof(gaps) / sizeof(gaps[0]); g++) {
		size_t gap = gaps[g];

		for (size_t i = gap; i < n; i++) {
			struct key key = keys[i];
			size_t j = i;

			for (; j >= gap && keys[j - gap].ino > key.ino; j -= gap)
				keys[j] = keys[j - gap];
			keys[j] = key;
		}
	}
}

static int keep_name(struct walk *w, const char *name)
{
	size_t len = tf__length(name) + 1;
	char *kept = push(&w->names, len);

	if (!kept)
		return -ENOMEM;
	tf__copy(kept, name, len);
	return 0;
}

static bool is_dots(const char *name)
{
	return tf__equal(name, ".") || tf__equal(name, "..");
}

static void remove_entry(struct walk *w, const struct tf_entry *entry)
{
	const char *name = entry->name;
	struct tf_stat stat = {0};
	int r = -EISDIR;

	if (is_dots(name))
		return;
	if (entry->type != 4 /* DT_DIR */) {
		/* only counted by what it says */
		(void)sys_stat_at(level(w, 0)->fd, name, TF_AT_SYMLINK_NOFOLLOW, &stat);
		r = sys_unlink_at(level(w, 0)->fd, name, 0);
	}
	if (r == -EISDIR)
		r = keep_name(w, name);
	else if (r == 0)
		count(w->removal, &stat);
	if (r < 0 && r != -ENOENT)
		note(w->removal, name, r);
}

static size_t sort_entries(struct walk *w, size_t len)
{
	struct key *keys = (struct key *)(void *)(w->entries + ENTRIES);
	size_t n = 0;

	for (size_t at = 0; at < len && n < MAX_SORT; n++) {
		const struct tf_entry *entry = (const void *)(w->entries + at);

		keys[n] = (struct key){.ino = entry->ino, .at = (uint32_t)at};
		at += entry->len;
	}
	sort(keys, n);
	return n;
}

/* Reads the current level: files go, names of directories are pushed. */
static void scan(struct walk *w)
{
	const struct key *keys = (const void *)(w->entries + ENTRIES);
	int fd = level(w, 0)->fd;
	long len;

	level(w, 0)->scans++;
	(void)sys_seek(fd, 0, 0); /* a directory that cannot be rewound reads as empty */
	while ((len = sys_list_dir(fd, w->entries, ENTRIES)) > 0) {
		size_t n = sort_entries(w, (size_t)len);

		for (size_t i = 0; i < n; i++)
			remove_entry(w, (const void *)(w->entries + keys[i].at));
	}
	if (len < 0)
		note(w->removal, ".", (int)len);
}

/* Goes into the directory pushed last, or drops its name where that cannot be. */
static void descend(struct walk *w)
{
	const char *name = last_name(w);
	int dir = level(w, 0)->fd;
	int fd = tf__open_own_dir(dir, name);

	if (fd >= 0)
		fd = enter(w, fd);
	if (fd >= 0) {
		scan(w);
		return;
	}
	if (fd != -ENOENT)
		note(w->removal, name, fd);
	drop_name(w);
}

/* I1 */
static int reopen_parent(struct walk *w)
{
	struct level *parent = level(w, 1);
	struct tf_stat stat;
	int fd = sys_open_at(level(w, 0)->fd, "..", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);

	if (fd < 0)
		return fd;
	if (sys_stat_fd(fd, &stat) < 0 || stat.ino != parent->ino ||
		tf__identity(&stat).dev != parent->dev) {
		sys_close(fd);
		return -ESTALE;
	}
	parent->fd = fd;
	return 0;
}

/* The current directory should be empty now: removes it, and its parent becomes the current one.
 * What came into it meanwhile is read again. False when the way back is lost. */
static bool ascend(struct walk *w)
{
	int r = level(w, 1)->fd < 0 ? reopen_parent(w) : 0;

	if (r < 0) {
		note(w->removal, "..", r);
		return false;
	}
	r = sys_unlink_at(level(w, 1)->fd, last_name(w), TF_AT_REMOVEDIR);
	if (r == -ENOTEMPTY && level(w, 0)->scans <= RESCANS && w->removal->error == 0) {
		scan(w);
		return true;
	}
	if (r < 0 && r != -ENOENT)
		note(w->removal, last_name(w), r);
	sys_close(level(w, 0)->fd);
	w->levels.top -= sizeof(struct level);
	drop_name(w);
	return true;
}

/* Empties the directory that is the only level. */
static void empty(struct walk *w)
{
	bool found_way = true;

	scan(w);
	while (found_way) {
		if (w->names.top > level(w, 0)->names_from)
			descend(w);
		else if (depth(w) > 1)
			found_way = ascend(w);
		else
			break;
	}
	while (depth(w) > 0) {
		if (level(w, 0)->fd >= 0)
			sys_close(level(w, 0)->fd);
		w->levels.top -= sizeof(struct level);
	}
}

static void *map_memory(size_t size)
{
	return sys_map(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Takes fd. */
static int empty_dir(int fd, struct tf_removal *removal)
{
	char *memory = map_memory(entries_size);
	struct walk w = {.removal = removal};
	int r;

	if (tf__is_error(memory)) {
		sys_close(fd);
		return -ENOMEM;
	}
	w.entries = memory;
	w.levels = (struct stack){.at = map_memory(START), .size = START};
	w.names = (struct stack){.at = map_memory(START), .size = START};
	if (tf__is_error(w.levels.at) || tf__is_error(w.names.at)) {
		sys_close(fd);
		r = -ENOMEM;
	} else {
		r = enter(&w, fd);
	}
	if (r == 0)
		empty(&w);
	sys_unmap(memory, entries_size);
	sys_unmap(w.levels.at, w.levels.size);
	sys_unmap(w.names.at, w.names.size);
	return r;
}

static int remove_dir(
	int dir, const char *name, const struct tf_identity *id, struct tf_removal *removal)
{
	struct tf_removal mine = {0};
	struct tf_identity found;
	struct tf_stat stat;
	int r;
	int fd = tf__open_own_dir(dir, name);

	if (fd < 0)
		return fd;
	if (sys_stat_fd(fd, &stat) < 0)
		stat = (struct tf_stat){0};
	found = tf__identity(&stat);
	if (id && !tf__same(id, &found)) {
		sys_close(fd);
		return -ESTALE;
	}
	r = empty_dir(fd, &mine);
	for (int left = RESCANS; r == 0; left--) {
		r = sys_unlink_at(dir, name, TF_AT_REMOVEDIR);
		if (r != -ENOTEMPTY || mine.error != 0 || left == 0)
			break; /* gone, or not to be had */
		fd = tf__open_own_dir(dir, name);
		r = fd < 0 ? fd : empty_dir(fd, &mine);
	}
	removal->inodes += mine.inodes;
	removal->bytes += mine.bytes;
	if (mine.error != 0)
		note(removal, mine.failed, mine.error);
	return r < 0 && mine.error != 0 ? mine.error : r;
}

int tf__remove(int dir, const char *name, const struct tf_identity *id, struct tf_removal *removal)
{
	struct tf_identity found;
	struct tf_stat stat;
	int r = sys_stat_at(dir, name, TF_AT_SYMLINK_NOFOLLOW, &stat);

	if (r < 0)
		return r;
	found = tf__identity(&stat);
	if (id && !tf__same(id, &found))
		return -ESTALE;
	if (tf__is_dir(&stat)) {
		r = remove_dir(dir, name, id, removal);
	} else {
		r = sys_unlink_at(dir, name, 0);
		if (r == 0)
			count(removal, &stat);
	}
	if (r < 0 && r != -ENOENT && r != -ESTALE)
		note(removal, name, r);
	return r;
}
