/* doctor_text.h: what `tmpguard doctor` says of a program. */
#ifndef TOOLS_DOCTOR_TEXT_H
#define TOOLS_DOCTOR_TEXT_H

#include "doctor_libraries.h"
#include "doctor_steps.h"
#include "program.h"

/* All borrowed. */
struct diagnosis {
	const struct steps *steps;
	enum tf_interposing why;
	const struct elf *elf;             /* empty where it cannot be read */
	const struct libraries *libraries; /* NULL: they do not matter */
};

/* Will the library see what the program makes? */
bool doctor_is_covered(const struct diagnosis *diagnosis);

void doctor_print(const struct diagnosis *diagnosis, bool is_verbose);

/* What goes for all programs. */
void doctor_print_end(void);

#endif
