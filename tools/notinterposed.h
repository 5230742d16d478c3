/* notinterposed.h: a command that will not load the shim, for the report. */
#ifndef TOOLS_NOTINTERPOSED_H
#define TOOLS_NOTINTERPOSED_H

#include "journal.h"

/* Tells the journal of the command, which is looked for as execvp does, if it will load no shim. */
void not_interposed_tell(struct tf_journal *journal, const char *command);

#endif
