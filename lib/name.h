/* name.h: the random part of a temporary name. */
#ifndef TF_NAME_H
#define TF_NAME_H

#include "sys.h"

enum {
	TF_NAME_X = 6, /* the X's that POSIX asks of a template, and the least we draw */
};

/* Where the X's of a template begin: an offset, or -EINVAL when the six characters before the last
 * `suffix_len` are not all 'X' (POSIX mkstemp, and mkstemps of the BSDs). */
long tf__name_slot(const char *template, long suffix_len);

/* Writes n letters and digits at `slot`, drawn anew from the kernel each time: nothing is kept, so
 * forks, threads and signal handlers never see one another's names. Never fails; see name.c. */
void tf__name_fill(char *slot, size_t n);

/* Puts the X's back. */
void tf__name_clear(char *slot, size_t n);

#endif
