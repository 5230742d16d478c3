/* json.h: one JSON text (RFC 8259), read into a tree. Strict: the input may be anybody's. */
#ifndef TOOLS_JSON_H
#define TOOLS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

enum {
	JSON_DEPTH = 32, /* objects and arrays in each other, at most */
};

enum json_type {
	JSON_NULL,
	JSON_BOOLEAN,
	JSON_INTEGER, /* a number without fraction and exponent that an int64_t holds */
	JSON_NUMBER,  /* any other */
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

struct json_string {
	const char *bytes; /* valid UTF-8; a NUL follows, and may be among them */
	size_t len;
};

struct json_value {
	enum json_type type;
	union {
		bool boolean;
		int64_t integer;
		double number;
		struct json_string string;
		struct json_value *first; /* of an array or object; NULL when that is empty */
	};
	struct json_string name; /* in an object */
	struct json_value *next; /* in the array or object, in the order of the text */
};

/* One line for people, with the number of the byte (the first is 1). */
struct json_error {
	char text[80];
};

/* Reads len bytes, all of which are one JSON text. Gives a tree that lives in the arena. 0, or
 * -EINVAL or -ENOMEM with *error saying why; the arena then holds something, and is usable. */
int json_read(struct arena *arena, const char *text, size_t len, struct json_error *error,
	const struct json_value **ret_value);

/* The member of an object; where the name is there twice the last counts. NULL when there is none,
 * or value is no object. Borrowed from value. */
const struct json_value *json_member(const struct json_value *value, const char *name);

#endif
