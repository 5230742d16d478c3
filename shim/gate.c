/* gate.c: what the threads of this process must agree on, and a forked child must not believe. */
#include <sys/mman.h>

#include "gate.h"
#include "sys.h"

enum {
	PAGE = 4096,
	SHUT = 1 << 30,
	MOMENT = 100000,  /* nanoseconds */
	YIELDS = 100,     /* of a turn that is waited for, before it is slept for */
	PATIENCE = 20000, /* moments: two seconds, for whoever makes a session on a busy disk */
	LEAVING = 50,     /* moments for those inside to leave */
	ENDING = 500,     /* moments for a process that has shut its gate to end */
};

static struct mark *page;

struct mark *gate_mark(void)
{
	return __atomic_load_n(&page, __ATOMIC_ACQUIRE);
}

bool gate_build(void)
{
	struct mark *none = NULL;
	void *new;

	if (gate_mark())
		return true;
	new = sys_map(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (tf__is_error(new))
		return false;
	if (sys_advise(new, PAGE, MADV_WIPEONFORK) < 0) {
		sys_unmap(new, PAGE);
		return false;
	}
	((struct mark *)new)->self = ((struct mark *)new)->owner = sys_pid();
	if (!__atomic_compare_exchange_n(
		    &page, &none, new, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		sys_unmap(new, PAGE);
	return true;
}

static bool swap(uint32_t *word, uint32_t from, uint32_t to)
{
	return __atomic_compare_exchange_n(
		word, &from, to, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

/* While it waits, handlers run. */
bool gate_take_turn(uint64_t *ret_mask)
{
	for (int waited = 0; waited < YIELDS + PATIENCE; waited++) {
		sys_block_signals(ret_mask);
		if (swap(&page->busy, 0, 1))
			return true;
		sys_restore_signals(ret_mask);
		if (waited < YIELDS)
			(void)tf__sys3(SYS_sched_yield, 0, 0, 0); /* cannot fail */
		else
			sys_sleep(MOMENT);
	}
	return false;
}

void gate_end_turn(const uint64_t *mask)
{
	__atomic_store_n(&page->busy, 0, __ATOMIC_RELEASE);
	sys_restore_signals(mask);
}

/* Opens a gate that was shut and is empty. */
static bool open_again(void (*renew)(void))
{
	uint64_t mask;

	if (!gate_take_turn(&mask))
		return false;
	if (page->inside == SHUT) {
		renew();
		__atomic_store_n(&page->inside, 0, __ATOMIC_SEQ_CST);
	}
	gate_end_turn(&mask);
	return true;
}

bool gate_enter(void (*renew)(void))
{
	int left = ENDING;

	if (!gate_build())
		return false;
	for (;;) {
		uint32_t inside = __atomic_load_n(&page->inside, __ATOMIC_SEQ_CST);

		if (!(inside & SHUT) && swap(&page->inside, inside, inside + 1))
			return true;
		if (inside & SHUT && left-- > 0)
			sys_sleep(MOMENT);
		else if (inside & SHUT && !open_again(renew))
			return false;
	}
}

void gate_leave(void)
{
	uint32_t inside;

	do {
		inside = __atomic_load_n(&page->inside, __ATOMIC_SEQ_CST);
		if ((inside & ~SHUT) == 0)
			return;
	} while (!swap(&page->inside, inside, inside - 1));
}

bool gate_is_ours(void)
{
	return __atomic_load_n(&page->inside, __ATOMIC_SEQ_CST) == 1;
}

bool gate_shut(void)
{
	if (!gate_build())
		return false;
	(void)__atomic_or_fetch(&page->inside, SHUT, __ATOMIC_SEQ_CST);
	for (int left = LEAVING; left > 0; left--) {
		if (__atomic_load_n(&page->inside, __ATOMIC_SEQ_CST) == SHUT)
			return true;
		sys_sleep(MOMENT);
	}
	if (swap(&page->inside, SHUT, SHUT))
		return true;
	(void)__atomic_and_fetch(&page->inside, ~(uint32_t)SHUT, __ATOMIC_SEQ_CST);
	return false;
}
