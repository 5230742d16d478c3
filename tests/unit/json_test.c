/* json_test.c: lib/jsonline.c: whatever it is given, a strict reader gets it back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "json.h"
#include "jsonline.h"
#include "utf8.h"

enum { SIZE = 4096 };

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* The line so far, which must be whole. */
static const char *text_of(struct tf_json *json)
{
	CHECK(!json->is_full && json->len < json->size);
	json->at[json->len] = '\0';
	return json->at;
}

/* What a reader makes of "text" written as a member; "" ends the process if it is no JSON. To be
 * freed. */
static char *read_back(const char *text, bool *ret_is_good)
{
	size_t size = 6 * strlen(text) + 32;
	struct tf_json json = tf__json(malloc(size), size);
	struct arena arena = {0};
	const struct json_value *value = NULL, *member;
	struct json_error error;
	char *copy;

	tf__json_open(&json, NULL, '{');
	*ret_is_good = tf__json_text(&json, "key", text);
	tf__json_close(&json, '}');
	CHECK(!json.is_full);
	CHECK_IS(0, json_read(&arena, json.at, json.len, &error, &value));
	member = json_member(value, "key");
	CHECK(member && member->type == JSON_STRING);
	CHECK_IS(strlen(member->string.bytes), member->string.len);
	copy = strdup(member->string.bytes);
	arena_free(&arena);
	free(json.at);
	return copy;
}

static void check_text_is(const char *text, const char *expected, bool is_good)
{
	bool was_good;
	char *back = read_back(text, &was_good);

	CHECK_TEXT(expected, back);
	CHECK_IS(is_good, was_good);
	free(back);
}

static void every_byte(void)
{
	char text[4] = "a?b", expected[8];

	for (int c = 1; c < 256; c++) {
		text[1] = (char)c;
		snprintf(expected, sizeof(expected), "a%sb", replacement);
		snprintf(check_note, sizeof(check_note), "byte %d", c);
		check_text_is(text, c < 128 ? text : expected, c < 128);
	}
	check_note[0] = '\0';
	check_text_is("", "", true);
}

/* Nothing that ends a line or moves a terminal's cursor is there as it is. */
static void escapes(void)
{
	char buf[SIZE];
	struct tf_json json = tf__json(buf, sizeof(buf));

	CHECK(tf__json_text(&json, NULL, "\"\\\n\x1b\x7f/\t"));
	CHECK_TEXT("\"\\\"\\\\\\u000a\\u001b\\u007f/\\u0009\"", text_of(&json));
}

static void utf8_borders(void)
{
	static const char *const good[] = {"\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
		"\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
	static const char *const bad[] = {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf",
		"\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x98",
		"\xf8\x88\x80\x80\x80"};
	char text[16], expected[64];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		check_text_is(good[i], good[i], true);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "%sz", bad[i]);
		expected[0] = '\0';
		for (size_t k = 0; k < strlen(bad[i]); k++)
			strcat(expected, replacement);
		strcat(expected, "z");
		check_text_is(text, expected, false);
	}
}

/* Good by this writer is what is good by that reader. */
static void utf8_at_random(void)
{
	static const unsigned char likely[] = {'a', 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1,
		0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf3, 0xf4, 0xf5, 0xff};

	srandom(1);
	for (int round = 0; round < 20000; round++) {
		char text[8] = "";
		size_t n, len = (size_t)random() % 7;
		bool is_good = true, was_good;
		uint32_t character;
		char *back;

		for (size_t i = 0; i < len; i++)
			text[i] = (char)likely[(size_t)random() % sizeof(likely)];
		for (size_t at = 0; is_good && at < len; at += n) {
			n = utf8_read(text + at, len - at, &character);
			is_good = n > 0;
		}
		back = read_back(text, &was_good);
		CHECK_IS(is_good, was_good);
		CHECK(!is_good || strcmp(text, back) == 0);
		free(back);
	}
}

static struct tf_json write_sample(char *buf, size_t size)
{
	struct tf_json json = tf__json(buf, size);

	tf__json_open(&json, NULL, '{');
	tf__json_open(&json, "none", '[');
	tf__json_close(&json, ']');
	tf__json_open(&json, "words", '[');
	(void)tf__json_text(&json, NULL, "[");
	(void)tf__json_text(&json, NULL, "");
	tf__json_close(&json, ']');
	tf__json_open(&json, "object", '{');
	tf__json_bool(&json, "yes", true);
	tf__json_bool(&json, "no", false);
	tf__json_close(&json, '}');
	tf__json_hex(&json, "hex", "a\xff\x01");
	tf__json_number(&json, "n", 7);
	tf__json_close(&json, '}');
	return json;
}

static const char sample[] = "{\"none\":[],\"words\":[\"[\",\"\"],\"object\":{\"yes\":true,\"no\""
			     ":false},\"hex\":\"61ff01\",\"n\":7}";

static void nesting(void)
{
	char buf[SIZE];
	struct tf_json json = write_sample(buf, sizeof(buf));

	CHECK_TEXT(sample, text_of(&json));
}

/* Where it does not fit that is told, and no byte behind the end is written. */
static void limits(void)
{
	for (size_t size = 0; size <= sizeof(sample); size++) {
		char *buf = malloc(size + 8);
		struct tf_json json;

		memset(buf, '#', size + 8);
		json = write_sample(buf, size);
		CHECK_IS(size < sizeof(sample) - 1, json.is_full);
		CHECK(json.len <= size);
		CHECK(memcmp(buf + size, "########", 8) == 0);
		CHECK(json.is_full || memcmp(buf, sample, sizeof(sample) - 1) == 0);
		free(buf);
	}
}

static void numbers(void)
{
	char buf[SIZE];
	struct tf_json json = tf__json(buf, sizeof(buf));

	tf__json_open(&json, NULL, '[');
	tf__json_number(&json, NULL, 0);
	tf__json_number(&json, NULL, 10);
	tf__json_number(&json, NULL, UINT64_MAX);
	tf__json_address(&json, NULL, 0);
	tf__json_address(&json, NULL, 0x10);
	tf__json_address(&json, NULL, 0xabc);
	tf__json_address(&json, NULL, UINT64_MAX);
	tf__json_close(&json, ']');
	CHECK_TEXT("[0,10,18446744073709551615,\"0x0\",\"0x10\",\"0xabc\",\"0xffffffffffffffff\"]",
		text_of(&json));
}

static void check_time(int64_t sec, uint32_t nsec)
{
	char buf[SIZE], date[64], expected[96];
	struct tf_json json = tf__json(buf, sizeof(buf));
	time_t when = (time_t)sec;
	struct tm tm;

	CHECK(gmtime_r(&when, &tm));
	CHECK(strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm) > 0);
	snprintf(expected, sizeof(expected), "\"%s.%09uZ\"", date, nsec);
	tf__json_time(&json, NULL, sec, nsec);
	CHECK_TEXT(expected, text_of(&json));
}

static void times(void)
{
	static const int64_t borders[] = {0, 68169599, 68169600, 68255999, 68256000, 951782399,
		951782400, 951868800, 1709164800, 1709251200, 1735689599, 4107542399, 4107542400,
		13574563200, 253402300799};
	char buf[SIZE];
	struct tf_json json = tf__json(buf, sizeof(buf));

	for (size_t i = 0; i < sizeof(borders) / sizeof(borders[0]); i++)
		check_time(borders[i], 999999999);
	srandom(2);
	for (int i = 0; i < 20000; i++)
		check_time(((int64_t)random() << 20 ^ random()) % 253402300800, (uint32_t)i);
	tf__json_open(&json, NULL, '[');
	tf__json_time(&json, NULL, INT64_MIN, 0);
	tf__json_time(&json, NULL, INT64_MAX, UINT32_MAX);
	CHECK_TEXT("[\"1970-01-01T00:00:00.000000000Z\",\"9999-12-31T23:59:59.294967295Z\"",
		text_of(&json));
}

const struct test json_tests[] = {
	{"json-every-byte", every_byte},
	{"json-escapes", escapes},
	{"json-utf8-borders", utf8_borders},
	{"json-utf8-at-random", utf8_at_random},
	{"json-nesting", nesting},
	{"json-limits", limits},
	{"json-numbers", numbers},
	{"json-times", times},
	{0},
};
