/* arena.c: memory that is handed out in pieces and given back as a whole. */
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

/* With 1, each piece is an allocation of its own, whose ends a sanitizer guards. */
#ifndef ARENA_CHUNK
#	define ARENA_CHUNK (size_t)(32 << 10)
#endif

struct arena_chunk {
	struct arena_chunk *next;
	alignas(max_align_t) char bytes[];
};

static bool add_chunk(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk;

	if (size < ARENA_CHUNK)
		size = ARENA_CHUNK;
	if (size > SIZE_MAX - sizeof(*chunk))
		return false;
	chunk = malloc(sizeof(*chunk) + size);
	if (!chunk)
		return false;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	arena->at = chunk->bytes;
	arena->left = size;
	return true;
}

void *arena_take(struct arena *arena, size_t size)
{
	size_t odd = size % alignof(max_align_t);
	size_t whole = odd ? size + (alignof(max_align_t) - odd) : size;
	void *piece;

	if (whole < size || (arena->left < whole && !add_chunk(arena, whole)))
		return NULL;
	piece = arena->at;
	arena->at += whole;
	arena->left -= whole;
	return memset(piece, 0, whole);
}

char *arena_copy(struct arena *arena, const char *bytes, size_t len)
{
	char *copy = len < SIZE_MAX ? arena_take(arena, len + 1) : NULL;

	return copy ? memcpy(copy, bytes, len) : NULL;
}

void arena_free(struct arena *arena)
{
	while (arena->chunks) {
		struct arena_chunk *next = arena->chunks->next;

		free(arena->chunks);
		arena->chunks = next;
	}
	*arena = (struct arena){0};
}
