/* report_text.h: a report as text, in valgrind's manner. */
#ifndef TOOLS_REPORT_TEXT_H
#define TOOLS_REPORT_TEXT_H

#include <stdio.h>

#include "records.h"

/* Prints a report, each line of it beginning with ==PID==, the root's. Without verbose that is
 * nothing at all when all is well: nothing leaked, kept or lingering, and the report complete. With
 * it, the summary is there in any case, and what was seen and left alone is listed, as is what was
 * insecure. */
void report_text(FILE *out, const struct records *report, bool verbose);

/* A line for each file that could not be removed, and no more than a few. */
void report_text_failures(FILE *out, const struct records *report);

/* "29 bytes", "12.0 KiB" */
void report_text_size(FILE *out, uint64_t bytes);

#endif
