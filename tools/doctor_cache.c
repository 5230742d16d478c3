/* doctor_cache.c: the list of libraries that ldconfig makes for glibc's loader.
 *
 * A header, entries, and the texts that they point to. Before glibc 2.32 another format, which
 * everybody has passed over since 1999, stands before it in the same file.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor_cache.h"

enum { SIZE_MAX_READ = 64 << 20 };

struct head {
	char magic[20];
	uint32_t count, text_bytes;
	uint32_t unused[5];
};

struct entry {
	int32_t flags;
	uint32_t name, path; /* from the head on */
	uint32_t system;
	uint64_t processor;
};

struct old_head {
	char magic[12];
	uint32_t count;
};

enum { OLD_ENTRY = 12 };

static const char magic[] = "glibc-ld.so.cache1.1";
static const char old_magic[] = "ld.so-1.7.0";

static char *read_file(const char *path, size_t *ret_size)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char *data = NULL;
	struct stat stat;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) && stat.st_size < SIZE_MAX_READ)
		data = malloc((size_t)stat.st_size + 1);
	if (data && read(fd, data, (size_t)stat.st_size) == stat.st_size) {
		data[stat.st_size] = '\0'; /* the end of every text */
		*ret_size = (size_t)stat.st_size;
	} else {
		free(data);
		data = NULL;
	}
	close(fd);
	return data;
}

static bool find_head(struct ld_cache *cache)
{
	struct old_head old;
	struct head head;

	if (cache->size < sizeof(head))
		return false;
	memcpy(&old, cache->data, sizeof(old));
	if (memcmp(old.magic, old_magic, sizeof(old_magic) - 1) == 0)
		cache->base = (sizeof(old) + (size_t)old.count * OLD_ENTRY + 7) & ~(size_t)7;
	if (cache->base > cache->size - sizeof(head))
		return false;
	memcpy(&head, cache->data + cache->base, sizeof(head));
	cache->count = head.count;
	return memcmp(head.magic, magic, sizeof(head.magic)) == 0 &&
	       head.count <= (cache->size - cache->base - sizeof(head)) / sizeof(struct entry);
}

struct ld_cache ld_cache_read(const char *path)
{
	struct ld_cache cache = {0};

	cache.data = read_file(path, &cache.size);
	if (cache.data && !find_head(&cache))
		ld_cache_free(&cache);
	return cache;
}

void ld_cache_free(struct ld_cache *cache)
{
	free(cache->data);
	*cache = (struct ld_cache){0};
}

const char *ld_cache_next(const struct ld_cache *cache, const char *name, size_t *at)
{
	const char *head = cache->data + cache->base;
	size_t size = cache->size - cache->base;
	struct entry entry;

	while (*at < cache->count) {
		memcpy(&entry, head + sizeof(struct head) + *at * sizeof(entry), sizeof(entry));
		++*at;
		if (entry.name < size && entry.path < size && strcmp(head + entry.name, name) == 0)
			return head + entry.path;
	}
	return NULL;
}
