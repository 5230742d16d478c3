/* glob.h: shell patterns, as fnmatch(3) matches them without flags in the C locale.
 *
 * `*` any text, '/' and a leading dot included; `?` any byte; `[abc]`, `[a-z]`, and `[!abc]` or
 * `[^abc]`, in which a `]` that comes first is an ordinary one; `\` quotes what follows, inside
 * a set too. A `[` without its `]` is an ordinary one, a `\` at the end matches nothing. Unlike
 * fnmatch, there are no character classes: `[[:alpha:]]`, `[[.x.]]` and `[[=x=]]` are read as
 * plain sets.
 */
#ifndef TF_GLOB_H
#define TF_GLOB_H

#include "sys.h"

/* Does the pattern, `len` bytes, match the whole of text? Takes time in len times the length of
 * text at most, and no stack. */
bool tf__glob(const char *pattern, size_t len, const char *text);

/* The same for a list with colons between its patterns: does one of them match? An empty pattern
 * matches nothing here. A colon always separates, quoted or in a set. */
bool tf__glob_list(const char *globs, const char *text);

#endif
