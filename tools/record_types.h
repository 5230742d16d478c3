/* record_types.h: the types of lines, and how each becomes part of a report. */
#ifndef TOOLS_RECORD_TYPES_H
#define TOOLS_RECORD_TYPES_H

#include "line.h"
#include "records.h"

struct record_type {
	const char *name;
	bool is_head; /* it begins a report */
	/* Adds the line to the report, or leaves the report alone and marks the line. */
	void (*take)(struct line *line, struct records *report);
};

/* NULL: a type of a later version. */
const struct record_type *record_type_find(const char *name);

#endif
