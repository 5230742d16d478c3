/* guard_terms.h: what whoever cleans the session has to know, as notes.h has it. */
#ifndef SHIM_GUARD_TERMS_H
#define SHIM_GUARD_TERMS_H

#include "start.h"

/* Can the report be written where it is to go? If not, says so in one line and forgets it: later
 * there is nobody to tell. */
void guard_terms_check_report(struct start *start);

/* Is there anything that whoever cleans has to know? */
bool guard_terms_any(const struct start *start);

/* Writes it into the session directory. 0 or -errno. */
int guard_terms_write(const struct start *start, int session);

/* How this process ends, where whoever cleans asks for it; status below 0: in order, and nobody
 * knows with what. */
void guard_terms_write_end(const struct start *start, const char *path, int status);

#endif
