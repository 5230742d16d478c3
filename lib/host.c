/* host.c: what the public objects want of libc. */
#include <signal.h>
#include <stdlib.h>

#include "host.h"

int tf__host_fails = -1;

static bool shall_fail(void)
{
	return tf__host_fails >= 0 && tf__host_fails-- == 0;
}

void *tf__alloc(size_t size)
{
	int error = errno;
	void *memory = shall_fail() ? NULL : calloc(1, size);

	errno = error;
	return memory;
}

void *tf__realloc(void *memory, size_t size)
{
	int error = errno;
	void *larger = shall_fail() ? NULL : realloc(memory, size);

	errno = error;
	return larger;
}

void tf__free(void *memory)
{
	int error = errno;

	free(memory);
	errno = error;
}

const char *tf__env(const char *name)
{
	return secure_getenv(name);
}

int tf__stream_open(int fd, const char *mode, FILE **ret_stream)
{
	int error = errno, r = 0;
	FILE *stream = shall_fail() ? NULL : fdopen(fd, mode);

	if (!stream)
		r = errno == EINVAL ? -EINVAL : -ENOMEM;
	else
		*ret_stream = stream;
	errno = error;
	return r;
}

int tf__stream_close(FILE *stream)
{
	int error = errno;
	bool has_lost = ferror(stream);
	int r = fclose(stream) != 0 ? -errno : has_lost ? -EIO : 0;

	errno = error;
	return r;
}

int tf__stream_flush(FILE *stream)
{
	int error = errno;
	bool has_lost = ferror(stream);
	int r = fflush(stream) != 0 ? -errno : has_lost ? -EIO : 0;

	errno = error;
	return r;
}

int tf__at_exit(void (*fn)(void))
{
	int error = errno;
	int r = shall_fail() || atexit(fn) != 0 ? -ENOMEM : 0;

	errno = error;
	return r;
}

int tf__sigaction(int signal, const struct sigaction *action, struct sigaction *ret_old)
{
	int error = errno;
	int r = sigaction(signal, action, ret_old) == 0 ? 0 : -errno;

	errno = error;
	return r;
}

char *tf__failure_text(void)
{
	static _Thread_local char text[TF_FAILURE_TEXT];

	return text;
}
