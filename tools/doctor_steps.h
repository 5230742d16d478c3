/* doctor_steps.h: from a program's name to the ELF file that the kernel runs for it. */
#ifndef TOOLS_DOCTOR_STEPS_H
#define TOOLS_DOCTOR_STEPS_H

#include <stdbool.h>
#include <stddef.h>

enum { STEPS_MAX = 16 };

struct steps {
	char *path[STEPS_MAX]; /* owned; the program, then who runs it, and so on */
	size_t count;
	bool has_no_line; /* a script without `#!`: shells and execvp run it by /bin/sh */
};

/* Finds `program` as execvp does, and follows `#!` lines, through env(1) too, to what is no script.
 * Gives the steps (steps_free). False: it cannot be run, and that has been said. */
bool steps_follow(struct steps *ret_steps, const char *program);

void steps_free(struct steps *steps);

/* The last step: what is judged. */
const char *steps_last(const struct steps *steps);

#endif
