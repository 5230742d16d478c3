/* part.h: parts of a name, and the kinds of characters in them. Pure. */
#ifndef TF_PART_H
#define TF_PART_H

#include "sys.h"

/* Part of a name, borrowed. */
struct tf_part {
	const char *at;
	size_t len;
};

enum { TF_LOWER = 1, TF_UPPER = 2, TF_DIGIT = 4, TF_LOW_LINE = 8 };

/* TF_LOWER, TF_UPPER, TF_DIGIT, or 0 for anything else. */
unsigned tf__kind(char c);
unsigned tf__kinds(struct tf_part part);
bool tf__has_two(unsigned kinds);

bool tf__is_hex(char c);

/* The longest end of the part that consists of these kinds. */
struct tf_part tf__end_of(struct tf_part part, unsigned kinds);

/* The part without its first n characters. */
struct tf_part tf__without(struct tf_part part, size_t n);

#endif
