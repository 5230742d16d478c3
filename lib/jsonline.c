/* jsonline.c: building one JSON object on one line, without libc. RFC 8259. */
#include "jsonline.h"
#include "text.h"

static const char digits[] = "0123456789abcdef";

struct tf_json tf__json(char *buf, size_t size)
{
	return (struct tf_json){.at = buf, .size = size};
}

static void put(struct tf_json *json, const char *s, size_t len)
{
	if (json->is_full || len > json->size - json->len) {
		json->is_full = true;
		return;
	}
	tf__copy(json->at + json->len, s, len);
	json->len += len;
}

static void put_text(struct tf_json *json, const char *s)
{
	put(json, s, tf__length(s));
}

/* A comma where something is before it, then the key. */
static void begin(struct tf_json *json, const char *key)
{
	char last = json->len > 0 ? json->at[json->len - 1] : '\n';

	if (last != '{' && last != '[' && last != '\n')
		put(json, ",", 1);
	if (!key)
		return;
	put(json, "\"", 1);
	put_text(json, key);
	put(json, "\":", 2);
}

void tf__json_open(struct tf_json *json, const char *key, char bracket)
{
	begin(json, key);
	put(json, &bracket, 1);
}

void tf__json_close(struct tf_json *json, char bracket)
{
	put(json, &bracket, 1);
}

static void put_number(struct tf_json *json, uint64_t n, unsigned width)
{
	char text[20];
	size_t i = sizeof(text);

	do
		text[--i] = digits[n % 10];
	while ((n /= 10) != 0 || sizeof(text) - i < width);
	put(json, text + i, sizeof(text) - i);
}

void tf__json_number(struct tf_json *json, const char *key, uint64_t n)
{
	begin(json, key);
	put_number(json, n, 1);
}

void tf__json_bool(struct tf_json *json, const char *key, bool value)
{
	begin(json, key);
	put_text(json, value ? "true" : "false");
}

/* How many bytes the UTF-8 character at p takes, or 0 when it is none (overlong forms, surrogates
 * and what lies beyond U+10FFFF included). */
static size_t character(const unsigned char *p)
{
	size_t n = *p < 0x80   ? 1
		   : *p < 0xc2 ? 0
		   : *p < 0xe0 ? 2
		   : *p < 0xf0 ? 3
		   : *p < 0xf5 ? 4
			       : 0;

	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f))
		return 0;
	if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

static void put_escaped(struct tf_json *json, unsigned char c)
{
	char text[6] = {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};

	if (c == '"' || c == '\\') {
		text[1] = (char)c;
		put(json, text, 2);
	} else {
		put(json, text, sizeof(text));
	}
}

bool tf__json_text(struct tf_json *json, const char *key, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	bool is_good = true;

	begin(json, key);
	put(json, "\"", 1);
	while (*p != '\0') {
		size_t n = character(p);

		is_good = is_good && n > 0;
		if (n == 0)
			put_text(json, "\\ufffd");
		else if (*p < ' ' || *p == 127 || *p == '"' || *p == '\\')
			put_escaped(json, *p);
		else
			put(json, (const char *)p, n);
		p += n == 0 ? 1 : n;
	}
	put(json, "\"", 1);
	return is_good;
}

void tf__json_hex(struct tf_json *json, const char *key, const char *text)
{
	begin(json, key);
	put(json, "\"", 1);
	for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
		put(json, &digits[*p >> 4], 1);
		put(json, &digits[*p & 15], 1);
	}
	put(json, "\"", 1);
}

void tf__json_address(struct tf_json *json, const char *key, uint64_t address)
{
	int shift = 60;

	begin(json, key);
	put_text(json, "\"0x");
	while (shift > 0 && address >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		put(json, &digits[address >> shift & 15], 1);
	put(json, "\"", 1);
}

/* The Gregorian date of a day, counted from 1970-01-01; years are taken to begin in March, so that
 * the day that leap years add is their last. */
static void put_date(struct tf_json *json, int64_t day)
{
	int64_t era_day = day + 719468; /* since 0000-03-01 */
	int64_t era = era_day / 146097;
	int64_t n = era_day % 146097;
	int64_t year = (n - n / 1460 + n / 36524 - n / 146096) / 365;
	int64_t in_year = n - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * in_year + 2) / 153;

	put_number(json, (uint64_t)(year + era * 400 + (month >= 10)), 4);
	put(json, "-", 1);
	put_number(json, (uint64_t)(month < 10 ? month + 3 : month - 9), 2);
	put(json, "-", 1);
	put_number(json, (uint64_t)(in_year - (153 * month + 2) / 5 + 1), 2);
}

void tf__json_time(struct tf_json *json, const char *key, int64_t sec, uint32_t nsec)
{
	int64_t last = 253402300799; /* of the year 9999 */
	int64_t of_day;

	sec = sec < 0 ? 0 : sec > last ? last : sec;
	of_day = sec % 86400;
	begin(json, key);
	put(json, "\"", 1);
	put_date(json, sec / 86400);
	put(json, "T", 1);
	put_number(json, (uint64_t)(of_day / 3600), 2);
	put(json, ":", 1);
	put_number(json, (uint64_t)(of_day / 60 % 60), 2);
	put(json, ":", 1);
	put_number(json, (uint64_t)(of_day % 60), 2);
	put(json, ".", 1);
	put_number(json, nsec % 1000000000, 9);
	put_text(json, "Z\"");
}
