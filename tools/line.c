/* line.c: a line of a report, whose members are taken out by name and type. */
#include <math.h>
#include <string.h>

#include "line.h"

void line_mark(struct line *line, const char *name, const char *why)
{
	if (line->bad)
		return;
	line->bad = name;
	line->why = why;
}

const struct json_value *line_member(struct line *line, const char *name)
{
	const struct json_value *value = json_member(line->object, name);

	return value && value->type != JSON_NULL ? value : NULL;
}

static const char *copy_text(struct line *line, const char *name, const struct json_value *value)
{
	const char *copy = NULL;

	if (value->type != JSON_STRING)
		line_mark(line, name, "not a string");
	else if (strlen(value->string.bytes) != value->string.len)
		line_mark(line, name, "holds a NUL");
	else if (!(copy = arena_copy(line->arena, value->string.bytes, value->string.len)))
		line_mark(line, name, "out of memory");
	return copy;
}

const char *line_text(struct line *line, const char *name)
{
	const struct json_value *value = line_member(line, name);

	return value ? copy_text(line, name, value) : NULL;
}

const char *line_needed_text(struct line *line, const char *name)
{
	const char *text = line_text(line, name);

	if (!text)
		line_mark(line, name, "missing");
	return text;
}

uint64_t line_count(struct line *line, const char *name)
{
	const struct json_value *value = line_member(line, name);

	if (!value)
		return 0;
	if (value->type == JSON_INTEGER && value->integer >= 0)
		return (uint64_t)value->integer;
	if (value->type == JSON_NUMBER && value->number >= 0x1p64)
		return UINT64_MAX;
	if (value->type == JSON_NUMBER && value->number >= 0 &&
		floor(value->number) == value->number)
		return (uint64_t)value->number;
	line_mark(line, name, "not a whole number from 0 up");
	return 0;
}

bool line_flag(struct line *line, const char *name)
{
	const struct json_value *value = line_member(line, name);

	if (value && value->type != JSON_BOOLEAN)
		line_mark(line, name, "neither true nor false");
	return value && value->type == JSON_BOOLEAN && value->boolean;
}

const char *const *line_texts(struct line *line, const char *name)
{
	const struct json_value *value = line_member(line, name);
	const char **texts;
	size_t n = 0;

	if (!value)
		return NULL;
	if (value->type != JSON_ARRAY) {
		line_mark(line, name, "not an array");
		return NULL;
	}
	for (const struct json_value *item = value->first; item; item = item->next)
		n++;
	texts = arena_take(line->arena, (n + 1) * sizeof(*texts));
	if (!texts)
		line_mark(line, name, "out of memory");
	n = 0;
	for (const struct json_value *item = value->first; texts && item; item = item->next)
		texts[n++] = copy_text(line, name, item);
	return texts;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Two digits a byte, in place; no byte is 0. */
static bool decode_hex(char *text)
{
	char *to = text;

	for (; text[0] != '\0'; text += 2) {
		int high = hex_digit(text[0]), low = hex_digit(text[1]);

		if (high < 0 || low < 0 || high + low == 0)
			return false;
		*to++ = (char)(high << 4 | low);
	}
	*to = '\0';
	return true;
}

const char *line_path(struct line *line)
{
	const char *path = line_needed_text(line, "path");
	char *bytes = (char *)line_text(line, "path_hex"); /* a copy of our own */

	if (!bytes)
		return path;
	if (!decode_hex(bytes))
		line_mark(line, "path_hex", "not pairs of hexadecimal digits other than 00");
	return bytes;
}
