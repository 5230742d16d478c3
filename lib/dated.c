/* dated.c: is a number in a name a date or a time? */
#include "dated.h"

/* Seconds since 1970 in ten digits: 2001 to 2039. */
enum { EPOCH_DIGITS = 10, EPOCH_FIRST = 1000000000 };
static const uint64_t epoch_last = 2200000000;

/* The number that `len` digits from `from` on are. */
static uint64_t value(struct tf_part digits, size_t from, size_t len)
{
	uint64_t n = 0;

	for (size_t i = from; i < from + len; i++)
		n = n * 10 + (uint64_t)(digits.at[i] - '0');
	return n;
}

static bool is_year(uint64_t year)
{
	return year >= 1900 && year < 2100;
}

static bool is_day(uint64_t month, uint64_t day)
{
	return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

bool tf__begins_with_date(struct tf_part digits)
{
	return digits.len >= 8 && value(digits, 0, 4) >= 1970 && is_year(value(digits, 0, 4)) &&
	       is_day(value(digits, 4, 2), value(digits, 6, 2));
}

static bool begins_with_minute(struct tf_part digits)
{
	return digits.len >= 12 && tf__begins_with_date(digits) && value(digits, 8, 2) < 24 &&
	       value(digits, 10, 2) < 60;
}

static bool is_clock(struct tf_part digits, uint64_t now_sec, uint64_t slack)
{
	uint64_t sec;

	if (digits.len != 13 && digits.len != 16 && digits.len != 19)
		return false;
	sec = value(digits, 0, 10);
	return sec + slack >= now_sec && sec <= now_sec + slack;
}

bool tf__is_time(struct tf_part digits, uint64_t now_sec, uint64_t slack)
{
	return begins_with_minute(digits) || is_clock(digits, now_sec, slack);
}

/* YYYYMM, YYMMDD or HHMMSS */
static bool is_six(struct tf_part digits)
{
	uint64_t first = value(digits, 0, 2), second = value(digits, 2, 2);
	uint64_t third = value(digits, 4, 2);

	return (is_year(value(digits, 0, 4)) && is_day(third, 1)) || is_day(second, third) ||
	       (first < 24 && second < 60 && third < 60);
}

static bool is_epoch(struct tf_part digits)
{
	uint64_t sec;

	if (digits.len < EPOCH_DIGITS || digits.len > EPOCH_DIGITS + 9 ||
		(digits.len - 10) % 3 != 0)
		return false;
	sec = value(digits, 0, EPOCH_DIGITS);
	return sec >= EPOCH_FIRST && sec <= epoch_last;
}

bool tf__reads_as_time(struct tf_part digits)
{
	return (digits.len == 4 && is_year(value(digits, 0, 4))) ||
	       (digits.len == 6 && is_six(digits)) || tf__begins_with_date(digits) ||
	       is_epoch(digits);
}
