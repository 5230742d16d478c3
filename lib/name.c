/* name.c: names out of 62 letters and digits, ten of them from each 64 bits of randomness.
 *
 * 62 to the 10th is below 2 to the 60th: the bias of the remainder is under 1 in 16, which changes
 * nothing for a name that only has to be hard to guess and rarely taken.
 */
#include "name.h"
#include "text.h"

#ifndef TF_LETTERS
#	define TF_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#endif

enum {
	PER_DRAW = 10,
	NONBLOCK = 1, /* GRND_NONBLOCK: at early boot rather a weak name than to wait */
};

/* Where getrandom cannot answer (early boot, a filter), names still have to differ between
 * processes, threads and calls; O_EXCL keeps them safe whatever they are. */
static uint64_t weak_random(const void *stack)
{
	struct tf_time t;
	uint64_t x;

	sys_clock(1, &t);
	x = (uint64_t)t.nsec << 32 ^ (uint64_t)t.sec << 20 ^ (uint64_t)sys_pid();
	x ^= (uint64_t)(uintptr_t)stack;
	/* the finish of splitmix64, which S. Vigna has put into the public domain */
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
	x = (x ^ x >> 27) * 0x94d049bb133111ebU;
	return x ^ x >> 31;
}

static uint64_t draw(void)
{
	uint64_t r;

	if (sys_random(&r, sizeof(r), NONBLOCK) != (long)sizeof(r))
		r = weak_random(&r);
	return r;
}

long tf__name_slot(const char *template, long suffix_len)
{
	long len = (long)tf__length(template);
	long slot = len - suffix_len - TF_NAME_X;

	if (suffix_len < 0 || slot < 0)
		return -EINVAL;
	for (long i = slot; i < slot + TF_NAME_X; i++)
		if (template[i] != 'X')
			return -EINVAL;
	return slot;
}

void tf__name_fill(char *slot, size_t n)
{
	static const char letters[] = TF_LETTERS;
	uint64_t r = 0;

	for (size_t i = 0; i < n; i++) {
		if (i % PER_DRAW == 0)
			r = draw();
		slot[i] = letters[r % (sizeof(letters) - 1)];
		r /= sizeof(letters) - 1;
	}
}

void tf__name_clear(char *slot, size_t n)
{
	for (size_t i = 0; i < n; i++)
		slot[i] = 'X';
}
