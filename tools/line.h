/* line.h: a line of a report, whose members are taken out by name and type.
 *
 * What is not there, or null, is NULL, 0 or false; what is of another type as well, and the line
 * remembers the first such member: whoever has taken what it wants looks at `bad` once.
 */
#ifndef TOOLS_LINE_H
#define TOOLS_LINE_H

#include "json.h"

struct line {
	const struct json_value *object; /* borrowed */
	struct arena *arena;             /* where copies go, which outlive the object */
	const char *bad, *why;           /* NULL, or a name and what is wrong there */
};

/* Remembers what is wrong, unless something else was before. */
void line_mark(struct line *line, const char *name, const char *why);

const struct json_value *line_member(struct line *line, const char *name);

const char *line_text(struct line *line, const char *name);
/* Must be there. */
const char *line_needed_text(struct line *line, const char *name);
/* A NULL-terminated list. */
const char *const *line_texts(struct line *line, const char *name);
/* The bytes of "path", which must be there: those of "path_hex" where UTF-8 cannot hold them. */
const char *line_path(struct line *line);

/* What is larger than can be counted counts as the largest. */
uint64_t line_count(struct line *line, const char *name);
bool line_flag(struct line *line, const char *name);

#endif
