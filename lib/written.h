/* written.h: does a run of letters and digits read like something that a person wrote? */
#ifndef TF_WRITTEN_H
#define TF_WRITTEN_H

#include "sys.h"

/* What is known of it besides: what it is in doubt. */
enum tf_leaning { TF_LEANS_TO_WRITTEN, TF_LEANS_LITTLE, TF_LEANS_TO_DRAWN };

/* The `len` characters at s, letters and digits; any other begins anew, and counts nothing. Words,
 * abbreviations, versions and numbers are written, `kQ3ZbWq9Ab` is drawn. By likelihood, see
 * written.c for how often it errs. The more there is of it the surer; below six it is a guess. */
bool tf__written(const char *s, size_t len, enum tf_leaning leaning);

/* Are these letters, by their pairs alone, a word or a syllable? One letter may always be. */
bool tf__word(const char *s, size_t len);

#endif
