/* glob.c: shell patterns by backtracking to the last star, which is as far back as is ever needed:
 * what the stars before it have eaten leaves it the most text there is.
 */
#include "glob.h"

/* A pattern on its way. From `plain` on there is no set any more: a `[` that has no `]` shows that
 * those after it have none either, and each is looked at only once. */
struct glob {
	const char *at, *end, *plain;
};

/* One letter of a set, `\` undone; *p moves past it. */
static unsigned char letter(const char **p, const char *end)
{
	if (**p == '\\' && *p + 1 < end)
		++*p;
	return (unsigned char)*(*p)++;
}

/* Is c in the set that begins at p, just after its `[`? Where it ends, or NULL when it does not. */
static const char *set(const char *p, const char *end, unsigned char c, bool *ret_has)
{
	bool not = p < end && (*p == '!' || *p == '^'), has = false;
	const char *first = p += not ;

	while (p < end && (*p != ']' || p == first)) {
		unsigned char from = letter(&p, end), to = from;

		if (end - p >= 2 && p[0] == '-' && p[1] != ']') {
			p++;
			to = letter(&p, end);
		}
		has = has || (from <= c && c <= to);
	}
	if (p == end)
		return NULL;
	*ret_has = has != not ;
	return p + 1;
}

/* Does the next element, which is no star, match c? If so, glob moves past it. */
static bool step(struct glob *glob, char c)
{
	const char *p = glob->at;
	bool has = false;

	if (p == glob->end)
		return false;
	if (*p == '[' && p < glob->plain) {
		const char *after = set(p + 1, glob->end, (unsigned char)c, &has);

		if (after) {
			glob->at = after;
			return has;
		}
		glob->plain = p;
	}
	if (*p == '\\' && ++p == glob->end)
		return false;
	has = *p == c || (*p == '?' && p == glob->at);
	glob->at = p + 1;
	return has;
}

bool tf__glob(const char *pattern, size_t len, const char *text)
{
	struct glob glob = {.at = pattern, .end = pattern + len, .plain = pattern + len};
	const char *star = NULL, *rest = NULL;

	while (*text != '\0') {
		if (glob.at < glob.end && *glob.at == '*') {
			star = ++glob.at;
			rest = text;
		} else if (step(&glob, *text)) {
			text++;
		} else if (star) {
			glob.at = star;
			text = ++rest;
		} else {
			return false;
		}
	}
	while (glob.at < glob.end && *glob.at == '*')
		glob.at++;
	return glob.at == glob.end;
}

bool tf__glob_list(const char *globs, const char *text)
{
	const char *end = globs;

	for (;; globs = ++end) {
		while (*end != '\0' && *end != ':')
			end++;
		if (end > globs && tf__glob(globs, (size_t)(end - globs), text))
			return true;
		if (*end == '\0')
			return false;
	}
}
