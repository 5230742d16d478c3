/* doctor_functions.h: which wrapped functions a program and its libraries import, and what becomes
 * of what they make. */
#ifndef TOOLS_DOCTOR_FUNCTIONS_H
#define TOOLS_DOCTOR_FUNCTIONS_H

#include "doctor_libraries.h"

/* A line for each kind of function. `program` is the base name that the rules for names go by. */
void functions_print(const struct libraries *libraries, const char *program);

#endif
