/* dated.h: is a number in a name a date or a time? Pure. */
#ifndef TF_DATED_H
#define TF_DATED_H

#include "part.h"

/* Not shorter than to the minute: YYYYMMDDHHMM and perhaps more, or milliseconds, microseconds or
 * nanoseconds since 1970, `slack` seconds around now. */
bool tf__is_time(struct tf_part digits, uint64_t now_sec, uint64_t slack);

/* YYYYMMDD, with anything after it. */
bool tf__begins_with_date(struct tf_part digits);

/* Whatever people take for one: also years, months, days without a century, hours with minutes and
 * seconds, and seconds since 1970, of our time. */
bool tf__reads_as_time(struct tf_part digits);

#endif
