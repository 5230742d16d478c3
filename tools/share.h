/* share.h: `run --share=GLOB`: what the command shall find in its private TMPDIR. */
#ifndef TOOLS_SHARE_H
#define TOOLS_SHARE_H

#include <stdbool.h>

enum { SHARES = 16 }; /* at most so many --share */

struct share {
	const char *globs[SHARES];
	int n;
};

/* Takes one more --share. -1, or the exit status. Borrows the glob. */
int share_add(struct share *share, const char *glob);

/* Links what matches in the TMPDIR that run itself was given into `tmp`, the private one of the
 * session `dir`, and notes it there. What cannot be linked is said, and the command goes without.
 */
void share_link(const struct share *share, int dir, const char *tmp);

#endif
