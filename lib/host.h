/* host.h: what the public objects want of libc: memory, environment, streams, exit, storage of a
 * thread's own. The second seam: nothing else in lib/ needs libc, and what the shim and the janitor
 * are built of does not use this. Tests have tf__host_fails to make allocations fail.
 *
 * All of these leave errno as it was.
 */
#ifndef TF_HOST_H
#define TF_HOST_H

#include <stdio.h>

#include "sys.h"

/* Zeroed memory; NULL when there is none. */
void *tf__alloc(size_t size);
/* NULL, and the old memory as it was, when there is none. */
void *tf__realloc(void *memory, size_t size);
void tf__free(void *memory);

/* How many allocations go well before one fails; below 0: none fails. For tests. */
extern int tf__host_fails;

/* NULL in a set-user-ID program, too: there it is somebody else who has set it. */
const char *tf__env(const char *name);

/* A stream over fd, which becomes its descriptor: 0 or -errno. */
int tf__stream_open(int fd, const char *mode, FILE **ret_stream);
/* 0 or -errno; closes the descriptor in any case. -EIO: something failed before (ferror), and what
 * libc held back then may be lost. */
int tf__stream_close(FILE *stream);
int tf__stream_flush(FILE *stream);

/* Has fn called at exit, or when this library is unloaded. -ENOMEM. */
int tf__at_exit(void (*fn)(void));

/* For sigaction by way of libc, which keeps two signals for itself. */
struct sigaction;
int tf__sigaction(int signal, const struct sigaction *action, struct sigaction *ret_old);

enum { TF_FAILURE_TEXT = 700 };

/* This thread's own, zeroed. */
char *tf__failure_text(void);

#endif
