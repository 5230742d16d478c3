/* notinterposed.c: a command that will not load the shim, for the report. What the command runs in
 * its turn is told by the shim in it. */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "notinterposed.h"
#include "program.h"

void not_interposed_tell(struct tf_journal *journal, const char *command)
{
	char found[PATH_MAX], real[PATH_MAX], interpreter[256];
	enum tf_interposing why = TF_UNKNOWN;
	struct tf_record head = {
		.kind = TF_KIND_PROGRAM,
		.pid = getpid(),
		.program = "tmpguard",
	};

	if (tf__find_program(command, getenv("PATH"), found, sizeof(found)) == 0)
		why = tf__interposing(AT_FDCWD, found, interpreter, sizeof(interpreter));
	if (why == TF_INTERPOSED || why == TF_UNKNOWN)
		return;
	head.flags = (uint16_t)(why << TF_REASON_SHIFT);
	if (realpath(interpreter[0] == '/' ? interpreter : found, real))
		tf__journal_tell(journal, &head, real);
}
