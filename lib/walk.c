/* walk.c: the way through a tree of directories. The invariant is in walk.h. */
#include <sys/mman.h>

#include "text.h"
#include "walk.h"

enum {
	ENTRIES = 64 << 10, /* bytes of directory entries read at once */
	MAX_SORT = ENTRIES / 24,
	START = 32 << 10, /* first size of each stack */
};

struct key {
	uint64_t ino;
	uint32_t at, pad;
};

static const size_t entries_size = ENTRIES + MAX_SORT * sizeof(struct key); /* in this order */

static void *map_memory(size_t size)
{
	void *memory =
		sys_map(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return tf__is_error(memory) ? NULL : memory;
}

static void unmap_memory(void *memory, size_t size)
{
	if (memory)
		sys_unmap(memory, size);
}

/* Makes room for `len` bytes on top and gives them, or NULL. */
static void *push(struct tf_stack *stack, size_t len)
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

int tf__walk_begin(struct tf_walk *w, int dir, const char *name)
{
	*w = (struct tf_walk){
		.dir = dir,
		.levels = {.at = map_memory(START), .size = START},
		.names = {.at = map_memory(START), .size = START},
		.entries = map_memory(entries_size),
	};
	if (!w->levels.at || !w->names.at || !w->entries)
		return -ENOMEM;
	return tf__walk_push_name(w, name);
}

void tf__walk_end(struct tf_walk *w)
{
	for (; tf__walk_depth(w) > 0; w->levels.top -= sizeof(struct tf_level))
		if (tf__walk_level(w, 0)->fd >= 0)
			sys_close(tf__walk_level(w, 0)->fd);
	unmap_memory(w->levels.at, w->levels.size);
	unmap_memory(w->names.at, w->names.size);
	unmap_memory(w->entries, entries_size);
}

/* ---- names */

int tf__walk_push_name(struct tf_walk *w, const char *name)
{
	size_t len = tf__length(name) + 1;
	char *pushed = push(&w->names, len);

	if (!pushed)
		return -ENOMEM;
	tf__copy(pushed, name, len);
	return 0;
}

const char *tf__walk_last_name(const struct tf_walk *w)
{
	size_t at = w->names.top - 1;

	while (at > 0 && w->names.at[at - 1] != '\0')
		at--;
	return w->names.at + at;
}

void tf__walk_drop_name(struct tf_walk *w)
{
	w->names.top = (size_t)(tf__walk_last_name(w) - w->names.at);
}

/* ---- levels */

int tf__walk_enter(struct tf_walk *w, int fd, const struct tf_stat *stat)
{
	struct tf_level *level = push(&w->levels, sizeof(*level));

	if (!level) {
		sys_close(fd);
		return -ENOMEM;
	}
	*level = (struct tf_level){
		.dev = tf__identity(stat).dev,
		.ino = stat->ino,
		.names_from = w->names.top,
		.fd = fd,
	};
	if (tf__walk_depth(w) > TF_WALK_OPEN) { /* I1 */
		level = tf__walk_level(w, TF_WALK_OPEN);
		if (level->fd >= 0)
			sys_close(level->fd);
		level->fd = -1;
	}
	return 0;
}

/* I1 */
int tf__walk_reach_above(struct tf_walk *w)
{
	struct tf_level *above;
	struct tf_stat stat;
	int fd;

	if (tf__walk_depth(w) == 1 || tf__walk_level(w, 1)->fd >= 0)
		return 0;
	fd = sys_open_at(tf__walk_here(w), "..", O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd;
	above = tf__walk_level(w, 1);
	if (sys_stat_fd(fd, &stat) < 0 || stat.ino != above->ino ||
		tf__identity(&stat).dev != above->dev) {
		sys_close(fd);
		return -ESTALE;
	}
	above->fd = fd;
	return 0;
}

void tf__walk_leave(struct tf_walk *w)
{
	sys_close(tf__walk_here(w));
	w->levels.top -= sizeof(struct tf_level);
	tf__walk_drop_name(w);
}

/* ---- entries */

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

long tf__walk_read(struct tf_walk *w)
{
	struct key *keys = (struct key *)(void *)(w->entries + ENTRIES);
	long len = sys_list_dir(tf__walk_here(w), w->entries, ENTRIES);
	size_t n = 0;

	if (len <= 0)
		return len;
	for (size_t at = 0; at < (size_t)len && n < MAX_SORT; n++) {
		const struct tf_entry *entry = (const void *)(w->entries + at);

		keys[n] = (struct key){.ino = entry->ino, .at = (uint32_t)at};
		at += entry->len;
	}
	sort(keys, n);
	return (long)n;
}

const struct tf_entry *tf__walk_entry(const struct tf_walk *w, size_t i)
{
	const struct key *keys = (const void *)(w->entries + ENTRIES);

	return (const void *)(w->entries + keys[i].at);
}
