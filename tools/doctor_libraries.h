/* doctor_libraries.h: which libraries a program will have. */
#ifndef TOOLS_DOCTOR_LIBRARIES_H
#define TOOLS_DOCTOR_LIBRARIES_H

#include "doctor_search.h"

enum { LIBRARIES_MAX = 1024 }; /* with the program; LibreOffice has 200 */

struct libraries {
	struct library **all; /* owned; the first is the program */
	size_t count;
	bool is_cut; /* there are more, or more places to look for them, than any program has */
};

/* Takes `program`, whose file is `path`, and finds what it needs and what those need, each once;
 * libc itself and the loader are not among them. Gives the libraries (libraries_free); false when
 * memory ran out. */
bool libraries_find(struct libraries *ret_libraries, const char *path, struct elf *program);

void libraries_free(struct libraries *libraries);

#endif
