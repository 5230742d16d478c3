/* escape.h: names of files and programs, which may hold any byte, made fit for people to see. */
#ifndef TOOLS_ESCAPE_H
#define TOOLS_ESCAPE_H

#include <stdio.h>

/* Prints text as part of one line: backslashes, what is not UTF-8, control characters, and what
 * would change the line's direction or end it, as \ooo for each byte. */
void escape_print(FILE *out, const char *text);

/* The same for a whole line, parts of which may be escaped already: backslashes stay. */
void escape_print_line(FILE *out, const char *text);

/* The same as a text, to be freed; NULL when memory ran out. */
char *escape_copy(const char *text);

#endif
