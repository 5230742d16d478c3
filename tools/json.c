/* json.c: one JSON text (RFC 8259), read into a tree.
 *
 * J1  Each function reads one thing that begins at `at`, and leaves `at` behind it.
 * J2  What fails says so by fail(), once, and nobody reads on.
 * J3  Recursion goes as deep as JSON_DEPTH and no deeper.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "utf8.h"

struct reader {
	struct arena *arena;
	struct json_error *error;
	const char *text;
	size_t len, at;
	unsigned depth;
	int result; /* 0, or -errno from fail() */
};

static bool read_value(struct reader *r, struct json_value *ret_value);

static bool fail(struct reader *r, size_t at, const char *why)
{
	snprintf(r->error->text, sizeof(r->error->text), "byte %zu: %s", at + 1, why);
	r->result = -EINVAL;
	return false;
}

static void *take(struct reader *r, size_t size)
{
	void *piece = arena_take(r->arena, size);

	if (!piece) {
		(void)fail(r, r->at, "out of memory"); /* the result is the next line's */
		r->result = -ENOMEM;
	}
	return piece;
}

/* The next byte, or 0 at the end, which is no byte that any rule takes. */
static char peek(const struct reader *r)
{
	return r->at < r->len ? r->text[r->at] : '\0';
}

static bool accept(struct reader *r, char c)
{
	if (peek(r) != c)
		return false;
	r->at++;
	return true;
}

static void skip_space(struct reader *r)
{
	while (r->at < r->len && strchr(" \t\n\r", r->text[r->at]) && r->text[r->at] != '\0')
		r->at++;
}

/* --- words and numbers --- */

static bool read_word(struct reader *r, const char *word)
{
	size_t len = strlen(word);

	if (r->len - r->at < len || memcmp(r->text + r->at, word, len) != 0)
		return fail(r, r->at, "not a JSON value");
	r->at += len;
	return true;
}

static bool skip_digits(struct reader *r)
{
	size_t start = r->at;

	while (peek(r) >= '0' && peek(r) <= '9')
		r->at++;
	return r->at > start || fail(r, r->at, "a digit is missing");
}

static bool skip_number(struct reader *r, bool *ret_is_integer)
{
	bool is_integer = true;

	(void)accept(r, '-');
	if (!accept(r, '0') && !skip_digits(r)) /* a zero in front is alone */
		return false;
	if (accept(r, '.')) {
		is_integer = false;
		if (!skip_digits(r))
			return false;
	}
	if (accept(r, 'e') || accept(r, 'E')) {
		is_integer = false;
		if (!accept(r, '+'))
			(void)accept(r, '-');
		if (!skip_digits(r))
			return false;
	}
	*ret_is_integer = is_integer;
	return true;
}

static bool read_number(struct reader *r, struct json_value *ret_value)
{
	size_t start = r->at;
	bool is_integer;
	char *digits;

	if (!skip_number(r, &is_integer))
		return false;
	digits = take(r, r->at - start + 1); /* strtod wants an end, and knows hexadecimal */
	if (!digits)
		return false;
	memcpy(digits, r->text + start, r->at - start);
	errno = 0;
	ret_value->type = JSON_INTEGER;
	ret_value->integer = is_integer ? strtoll(digits, NULL, 10) : 0;
	if (is_integer && errno == 0)
		return true;
	ret_value->type = JSON_NUMBER;
	ret_value->number = strtod(digits, NULL);
	return isfinite(ret_value->number) || fail(r, start, "a number too large");
}

/* --- strings --- */

static bool read_hex(struct reader *r, uint32_t *ret_code)
{
	uint32_t code = 0;

	for (int i = 0; i < 4; i++) {
		static const char digits[] = "00112233445566778899aAbBcCdDeEfF";
		char c = peek(r);
		const char *digit = c != '\0' ? strchr(digits, c) : NULL;

		if (!digit)
			return fail(r, r->at, "not one of the four hexadecimal digits of \\u");
		code = code << 4 | (uint32_t)(digit - digits) / 2;
		r->at++;
	}
	*ret_code = code;
	return true;
}

/* After \u: a character, or both halves of a surrogate pair. */
static bool read_escaped_code(struct reader *r, uint32_t *ret_code)
{
	size_t start = r->at - 2;
	uint32_t code, low;

	if (!read_hex(r, &code))
		return false;
	if (code >= 0xd800 && code < 0xe000) {
		if (code >= 0xdc00 || !accept(r, '\\') || !accept(r, 'u'))
			return fail(r, start, "half of a surrogate pair");
		if (!read_hex(r, &low))
			return false;
		if (low < 0xdc00 || low >= 0xe000)
			return fail(r, start, "half of a surrogate pair");
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	*ret_code = code;
	return true;
}

static bool read_escape(struct reader *r, uint32_t *ret_code)
{
	static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	char c = peek(r);
	const char *name = c != '\0' ? strchr(names, c) : NULL;

	r->at++; /* there is one: measure_string saw it */
	if (c == 'u')
		return read_escaped_code(r, ret_code);
	if (!name)
		return fail(r, r->at - 2, "no such escape");
	*ret_code = (unsigned char)meant[name - names];
	return true;
}

/* At the byte behind the opening quote: the length of what stands before the closing one. */
static bool measure_string(struct reader *r, size_t *ret_len)
{
	size_t i = r->at;

	while (i < r->len && r->text[i] != '"')
		i += r->text[i] == '\\' ? 2 : 1;
	if (i >= r->len)
		return fail(r, r->at - 1, "a string without an end");
	*ret_len = i - r->at;
	return true;
}

static bool read_character(struct reader *r, uint32_t *ret_code)
{
	size_t n;

	if (accept(r, '\\'))
		return read_escape(r, ret_code);
	n = utf8_read(r->text + r->at, r->len - r->at, ret_code);
	if (n == 0)
		return fail(r, r->at, "not UTF-8");
	if (*ret_code < ' ')
		return fail(r, r->at, "a control character in a string");
	r->at += n;
	return true;
}

static bool read_string(struct reader *r, struct json_string *ret_string)
{
	uint32_t code;
	size_t len = 0, used = 0;
	char *bytes;

	if (!accept(r, '"'))
		return fail(r, r->at, "a string is missing");
	if (!measure_string(r, &len))
		return false;
	bytes = take(r, len + 1); /* no escape is shorter than what it means */
	if (!bytes)
		return false;
	while (!accept(r, '"')) {
		if (!read_character(r, &code))
			return false;
		used += utf8_write(code, bytes + used);
	}
	*ret_string = (struct json_string){bytes, used};
	return true;
}

/* --- arrays and objects --- */

static bool read_name(struct reader *r, struct json_string *ret_name)
{
	skip_space(r);
	if (!read_string(r, ret_name))
		return false;
	skip_space(r);
	return accept(r, ':') || fail(r, r->at, "':' is missing");
}

/* Behind the opening bracket: all up to `end`. */
static bool read_list(struct reader *r, struct json_value *list, char end)
{
	struct json_value **last = &list->first;

	skip_space(r);
	if (accept(r, end))
		return true;
	do {
		struct json_value *value = take(r, sizeof(*value));

		if (!value || (list->type == JSON_OBJECT && !read_name(r, &value->name)) ||
			!read_value(r, value))
			return false;
		*last = value;
		last = &value->next;
		skip_space(r);
	} while (accept(r, ','));
	if (accept(r, end))
		return true;
	return fail(r, r->at, end == ']' ? "',' or ']' is missing" : "',' or '}' is missing");
}

static bool read_nested(struct reader *r, struct json_value *ret_value)
{
	bool is_object = peek(r) == '{', ok;

	if (r->depth == JSON_DEPTH)
		return fail(r, r->at, "nested too deeply");
	r->at++;
	r->depth++;
	ret_value->type = is_object ? JSON_OBJECT : JSON_ARRAY;
	ret_value->first = NULL;
	ok = read_list(r, ret_value, is_object ? '}' : ']');
	r->depth--;
	return ok;
}

static bool read_value(struct reader *r, struct json_value *ret_value)
{
	skip_space(r);
	switch (peek(r)) {
	case '{':
	case '[':
		return read_nested(r, ret_value);
	case '"':
		ret_value->type = JSON_STRING;
		return read_string(r, &ret_value->string);
	case 't':
	case 'f':
		ret_value->type = JSON_BOOLEAN;
		ret_value->boolean = peek(r) == 't';
		return read_word(r, ret_value->boolean ? "true" : "false");
	case 'n':
		ret_value->type = JSON_NULL;
		return read_word(r, "null");
	default:
		if (peek(r) == '-' || (peek(r) >= '0' && peek(r) <= '9'))
			return read_number(r, ret_value);
		return fail(r, r->at, r->at < r->len ? "not a JSON value" : "a value is missing");
	}
}

int json_read(struct arena *arena, const char *text, size_t len, struct json_error *error,
	const struct json_value **ret_value)
{
	struct reader r = {.arena = arena, .error = error, .text = text, .len = len};
	struct json_value *value = take(&r, sizeof(*value));

	if (!value || !read_value(&r, value))
		return r.result;
	skip_space(&r);
	if (r.at < r.len) {
		(void)fail(&r, r.at, "something behind the value");
		return r.result;
	}
	*ret_value = value;
	return 0;
}

const struct json_value *json_member(const struct json_value *value, const char *name)
{
	const struct json_value *found = NULL;
	size_t len = strlen(name);

	if (value->type != JSON_OBJECT)
		return NULL;
	for (const struct json_value *member = value->first; member; member = member->next)
		if (member->name.len == len && memcmp(member->name.bytes, name, len) == 0)
			found = member;
	return found;
}
