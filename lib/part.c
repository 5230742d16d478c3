/* part.c: parts of a name, and the kinds of characters in them. */
#include "part.h"

unsigned tf__kind(char c)
{
	if (c >= 'a' && c <= 'z')
		return TF_LOWER;
	if (c >= 'A' && c <= 'Z')
		return TF_UPPER;
	return c >= '0' && c <= '9' ? TF_DIGIT : 0;
}

unsigned tf__kinds(struct tf_part part)
{
	unsigned kinds = 0;

	for (size_t i = 0; i < part.len; i++)
		kinds |= tf__kind(part.at[i]);
	return kinds;
}

bool tf__has_two(unsigned kinds)
{
	return (kinds & (kinds - 1)) != 0;
}

bool tf__is_hex(char c)
{
	return tf__kind(c) == TF_DIGIT || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

struct tf_part tf__end_of(struct tf_part part, unsigned kinds)
{
	size_t from = part.len;

	while (from > 0 && (tf__kind(part.at[from - 1]) & kinds) != 0)
		from--;
	return (struct tf_part){part.at + from, part.len - from};
}

struct tf_part tf__without(struct tf_part part, size_t n)
{
	return (struct tf_part){part.at + n, part.len - n};
}
