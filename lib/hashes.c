/* hashes.c: a set of files and of paths. Open addressing; 0 is a free place. */
#include <sys/mman.h>

#include "hashes.h"

enum { FIRST_SIZE = 512 };

static uint64_t mix(uint64_t number)
{
	number ^= number >> 32;
	number *= 0xd6e8feb86659fd93U;
	number ^= number >> 32;
	return number == 0 ? 1 : number;
}

static bool find(const struct tf_hashes *set, uint64_t number, size_t *ret_at)
{
	size_t at = (size_t)number & (set->size - 1);

	while (set->at[at] != 0 && set->at[at] != number)
		at = (at + 1) & (set->size - 1);
	*ret_at = at;
	return set->at[at] == number;
}

/* Keeps it half empty at least. */
static int grow(struct tf_hashes *set)
{
	struct tf_hashes new = {.size = set->size > 0 ? 2 * set->size : FIRST_SIZE, .n = set->n};
	size_t at;

	new.at = sys_map(NULL, new.size * sizeof(*new.at), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (tf__is_error(new.at))
		return -ENOMEM;
	for (size_t i = 0; i < set->size; i++)
		if (set->at[i] != 0 && !find(&new, set->at[i], &at))
			new.at[at] = set->at[i];
	tf__hashes_free(set);
	*set = new;
	return 0;
}

void tf__hashes_free(struct tf_hashes *set)
{
	if (set->at)
		sys_unmap(set->at, set->size * sizeof(*set->at));
	*set = (struct tf_hashes){0};
}

void tf__hashes_add(struct tf_hashes *set, uint64_t number)
{
	size_t at;

	if (set->error == 0 && 2 * set->n >= set->size)
		set->error = grow(set);
	if (set->error < 0 || find(set, number, &at))
		return;
	set->at[at] = number;
	set->n++;
}

bool tf__hashes_hold(const struct tf_hashes *set, uint64_t number)
{
	size_t at;

	return set->error < 0 || (set->n > 0 && find(set, number, &at));
}

uint64_t tf__hash_file(const struct tf_identity *id)
{
	return mix(id->ino ^ mix(id->dev ^ 0x5bd1e995U));
}

uint64_t tf__hash_inode(uint64_t ino)
{
	return mix(ino ^ 0xa5a5a5a5deadbeefU);
}

static const uint64_t fnv_begin = 0xcbf29ce484222325U, fnv_prime = 0x100000001b3U;

static void add(struct tf_hashes *set, const char *path, bool above_too)
{
	uint64_t hash = fnv_begin;

	if (path[0] != '/')
		return;
	for (; *path != '\0'; path++) {
		if (above_too && *path == '/' && hash != fnv_begin)
			tf__hashes_add(set, mix(hash));
		hash = (hash ^ (unsigned char)*path) * fnv_prime;
	}
	tf__hashes_add(set, mix(hash));
}

static bool hold(const struct tf_hashes *set, const char *path, bool above_too)
{
	uint64_t hash = fnv_begin;

	for (; *path != '\0'; path++) {
		if (above_too && *path == '/' && hash != fnv_begin &&
			tf__hashes_hold(set, mix(hash)))
			return true;
		hash = (hash ^ (unsigned char)*path) * fnv_prime;
	}
	return tf__hashes_hold(set, mix(hash));
}

void tf__hashes_add_path(struct tf_hashes *set, const char *path)
{
	add(set, path, true);
}

void tf__hashes_add_name(struct tf_hashes *set, const char *path)
{
	add(set, path, false);
}

bool tf__hashes_hold_name(const struct tf_hashes *set, const char *path)
{
	return hold(set, path, false);
}

bool tf__hashes_hold_above(const struct tf_hashes *set, const char *path)
{
	return hold(set, path, true);
}
