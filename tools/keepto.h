/* keepto.h: `run --keep-to=DIR`: what is kept goes to a directory of its own. */
#ifndef TOOLS_KEEPTO_H
#define TOOLS_KEEPTO_H

#include "outcome.h"
#include "records.h"

/* Is DIR a directory that can be written to? -1, or the exit status. */
int keepto_check(const char *dir);

/* Moves the kept files there, by their base names; where one is taken, a number is put behind. A
 * session in which nothing is left then goes. What cannot be moved stays where it is, and is named.
 */
void keepto_move(struct outcome *outcome, const struct records *report);

#endif
