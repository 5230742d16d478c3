/* arena.h: memory that is handed out in pieces and given back as a whole. */
#ifndef TOOLS_ARENA_H
#define TOOLS_ARENA_H

#include <stddef.h>

/* Zero-initialised: empty. */
struct arena {
	struct arena_chunk *chunks; /* owned */
	char *at;
	size_t left;
};

/* A piece that any type fits, zeroed; NULL when memory ran out. */
void *arena_take(struct arena *arena, size_t size);

/* The len bytes and a NUL; NULL when memory ran out. */
char *arena_copy(struct arena *arena, const char *bytes, size_t len);

/* Gives back every piece; the arena is empty again. */
void arena_free(struct arena *arena);

#endif
