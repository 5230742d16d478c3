/* hazard.h: insecure uses of temporary files, which are told in reports and change nothing.
 *
 * Such a record (TF_KIND_HAZARD) stands for no file: it says what a program has done, once for each
 * program and place, and goes with the session.
 */
#ifndef TF_HAZARD_H
#define TF_HAZARD_H

#include "journal_segments.h"

enum { TF_HAZARDS_MAX = 256 }; /* of one session, about; what comes later is not told */

/* Its number in the Common Weakness Enumeration. */
unsigned tf__hazard_cwe(enum tf_hazard hazard);

/* The word for it in reports. */
const char *tf__hazard_word(enum tf_hazard hazard);

/* Is it known by where it was called from? Then names are drawn, and each is another; else it is
 * known by its path. */
bool tf__hazard_is_by_caller(enum tf_hazard hazard);

static inline enum tf_hazard tf__hazard_of(const struct tf_record *record)
{
	return (enum tf_hazard)(record->flags >> TF_REASON_SHIFT);
}

/* Does the record, with its own path, tell what head and path would? Addresses are compared by
 * what is left of them from one start of a program to the next. */
bool tf__hazard_is_same(
	const struct tf_record *record, const struct tf_record *head, const char *path);

#endif
