/* freestanding.c: the four functions that a compiler takes for granted, for the objects that are
 * linked without libc: the shim (which must not add to a program's start-up by looking up four
 * more symbols) and the janitor. Not part of libtempfile. */
#include <stddef.h>

#define HIDDEN __attribute__((visibility("hidden")))

HIDDEN void *memmove(void *to, const void *from, size_t len);
HIDDEN void *memcpy(void *restrict to, const void *restrict from, size_t len);
HIDDEN void *memset(void *to, int byte, size_t len);
HIDDEN int memcmp(const void *a, const void *b, size_t len);

void *memcpy(void *restrict to, const void *restrict from, size_t len)
{
	char *t = to;
	const char *f = from;

	while (len-- > 0)
		*t++ = *f++;
	return to;
}

void *memmove(void *to, const void *from, size_t len)
{
	char *t = to;
	const char *f = from;

	if (t < f)
		return memcpy(to, from, len);
	while (len-- > 0)
		t[len] = f[len];
	return to;
}

void *memset(void *to, int byte, size_t len)
{
	char *t = to;

	while (len-- > 0)
		*t++ = (char)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t len)
{
	const unsigned char *p = a, *q = b;

	for (; len > 0; len--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}
