/* gate.h: what the threads of this process must agree on, and a forked child must not believe.
 *
 * All of it lies in one page that the kernel wipes in forked children (MADV_WIPEONFORK), however
 * they are forked, but not in vfork children, who use our memory. So nobody has to catch every way
 * to fork: a child finds no journal open, no turn taken and nobody inside.
 */
#ifndef SHIM_GATE_H
#define SHIM_GATE_H

#include <stdbool.h>
#include <stdint.h>

struct mark {
	int32_t owner; /* pid of who built it; 0 in a forked child, not ours in a vfork child */
	int32_t self; /* pid of whose memory this is; 0 in a child that was not seen to be forked */
	uint32_t busy;    /* whose turn it is; use the functions */
	uint32_t inside;  /* how many are inside the gate, and whether it is shut; use the functions
			   */
	uint32_t is_open; /* the journal is this process's */
	uint32_t spawns;  /* S1 is done */
	int32_t kin_pid;  /* who we are in the family of the session (kin.h); 0: not known yet */
	uint64_t kin_when;
	uint32_t unknown; /* there may be children whose numbers we never learn */
	uint32_t shells;  /* threads that wait for one (shell.c) */
};

/* Maps the page, once. False when there is no memory, or the kernel is older than 4.14. */
bool gate_build(void);

/* The page, or NULL before it is built. */
struct mark *gate_mark(void);

/* One thread at a time, with signals blocked, so that no handler of the same thread can come to
 * want its turn too. False after a bounded time: then do without. The page must be built. */
bool gate_take_turn(uint64_t *ret_mask);
void gate_end_turn(const uint64_t *mask);

/* G1: enters. While the gate is shut the process is about to end, and so are we, most likely; if it
 * still has not after a while (50 ms), `renew` is called in our turn and the gate is opened again.
 * False: not inside. */
bool gate_enter(void (*renew)(void));

/* G2: leaves. In a forked child that was inside, does nothing. */
void gate_leave(void);

/* Is nobody but the caller inside? */
bool gate_is_ours(void);

/* G3: shuts it. False, and it is open again, when somebody is still inside after 5 ms. */
bool gate_shut(void);

#endif
