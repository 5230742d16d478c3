/* fault.h: every system call of a scenario fails in turn, each with every error, once and from then
 * on. Whatever happens: no crash, no loop without end, no descriptor more than before, nothing
 * outside touched. The rest is for the scenario to say.
 */
#ifndef FAULT_H
#define FAULT_H

#include "check.h"

enum {
	FAULT_KINDS = 6, /* of errors */
	FAULT_FEW = 2,   /* where a scenario has very many calls */
};

/* What fails in this round. */
extern struct fault {
	int nth, error;
	bool lasting;
	int calls, hits;
	long nr; /* of the first call that failed */
} fault;

/* Runs the scenario until no call is left to fail, in an empty directory but for "outside". The
 * scenario begins and ends faults itself, and checks what is special about it. */
void at_every_call(void (*scenario)(void), int kinds);
void begin_faults(void);
void end_faults(void);

/* Cleans, without faults. A process of the machine that is in the middle of an exec may have to be
 * waited for. */
int clean_later(const struct made *made, bool kept_too);

/* What sessions have left of their own. */
void remove_rest(void);

#endif
