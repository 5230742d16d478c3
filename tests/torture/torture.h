/* torture.h: what the parts of torture tell each other. */
#ifndef TORTURE_H
#define TORTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	TEXT_SIZE = 512,
	PROMISED_MS = 50, /* later than that is late */
	LATE_TRIES = 5,   /* a busy machine is late now and then: only who is so each time fails */
	BOUND_MS = 2000,  /* a removal that takes longer does not happen */
	HANGS_MS = 30000, /* a program that takes longer hangs */
};

/* --- place.c: a directory with bystanders, in which everything happens --- */

struct place {
	char name[32]; /* of the filesystem */
	char dir[TEXT_SIZE / 2];
	char other[TEXT_SIZE / 2]; /* on another filesystem */
	char log[TEXT_SIZE / 2];   /* the scenario's */
	bool has_stand_ins;        /* an overlay: locks have stand-ins, which must go as well */
};

/* Makes it, with bystanders, below `parent`; `other` is made, too. Exits if it cannot. */
void place_make(struct place *place, const char *name, const char *parent, const char *other);
void place_remove(const struct place *place);

/* Nothing is there but bystanders and what the scenario published. */
bool place_is_clean(const struct place *place);

/* Removes what should not be there, and names it on standard error. How many. */
int place_clear(const struct place *place);

/* Compares bystanders and published files with what they have to be, names what is missing or
 * different on standard error, and puts everything back as it was. How many losses. */
int place_restore(const struct place *place);

/* --- started.c: programs that were started, and what they left running --- */

uint64_t now_ns(void);
void sleep_us(long microseconds);

/* Starts a program with standard error to the file `said`. Exits if it cannot. */
pid_t start(char *const *argv, const char *said);

/* Its exit status, 128 and the signal, or -1 if it hung and was killed. */
int wait_for(pid_t pid);

/* Takes in whoever has ended. True: nobody is left, and nothing will happen any more. */
bool nobody_left(void);

/* Ends all that still runs. How many. */
int end_all(void);

/* --- sweeps.c --- */

struct tally {
	unsigned long kills, leftovers, losses;
	unsigned long late;  /* at calls where it was later than promised each time */
	unsigned long slow;  /* where it was so the first time */
	unsigned long again; /* reclaimers that had to come after one that was in doubt */
	uint64_t worst_ns;   /* from the last death until nothing was left */
};

void tally_add(struct tally *total, const struct tally *tally);

/* "N kills, N leftovers, N losses, worst latency N ms", without a line's end. */
void tally_print(const struct tally *tally);

struct setup {
	const char *build;
	char tests[TEXT_SIZE / 2]; /* where killat and the scenario are */
	unsigned long first;
	unsigned long step; /* between two calls that are tried */
	int jobs;           /* places at a time */
	const char *only;   /* a sweep's name, or NULL: all */
	const char *calls;  /* names of calls, or NULL: all */
};

/* All sweeps in this place. Prints a line for each. False: something else went wrong. */
bool sweep_all(const struct setup *setup, const struct place *place, struct tally *total);

#endif
