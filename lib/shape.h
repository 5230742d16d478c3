/* shape.h: does a name look like one that a program drew for a temporary file?
 *
 * For programs that bring a mkstemp of their own, of which only open and mkdir are seen. A wrong
 * yes deletes somebody's file, a wrong no leaves one: in doubt no. The rules are in shape.c.
 * Pure: no system calls, nothing kept, safe in signal handlers.
 */
#ifndef TF_SHAPE_H
#define TF_SHAPE_H

#include "sys.h"

/* Who makes the file. Texts are borrowed. */
struct tf_maker {
	const char *user, *logname; /* may be NULL or "" */
	unsigned uid;
	int pid;
	const char *program; /* base name of the executable, "python3.11"; may be NULL or "" */
	uint32_t traits;     /* tf__traits of it, for who asks often; or 0 */
};

enum tf_shape {
	TF_SHAPE_NONE,
	TF_SHAPE_GENERATED, /* counts with mode 0600, for a directory 0700 */
	TF_SHAPE_RUNTIME,   /* counts with any mode */
};

/* `name` is a base name, `now_sec` the time of day in seconds since 1970. */
enum tf_shape tf__shape(const char *name, const struct tf_maker *maker, uint64_t now_sec);

/* What the rules have to know of a program, worked out once; never 0. */
uint32_t tf__traits(const char *program);

/* Are there directories of such a program that count without mode 0700? */
bool tf__makes_open_dirs(uint32_t traits);

/* What other programs must find under this name, and we neither register nor move. */
bool tf__is_never_ours(const char *name);

/* The i-th glob of those names, or NULL past the last. */
const char *tf__never_ours(unsigned i);

#endif
