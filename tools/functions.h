/* functions.h: the names of the wrapped functions, by the shim's numbers for them. */
#ifndef TOOLS_FUNCTIONS_H
#define TOOLS_FUNCTIONS_H

#define W(type, name, parameters) #name,
#define U(type, name, parameters) #name,
static const char *const functions[] = {
#include "wrapped.h"
};
#undef W
#undef U

static inline const char *function_name(unsigned function)
{
	return function < sizeof(functions) / sizeof(functions[0]) ? functions[function] : 0;
}

#endif
