/* records.c: reports as JSON Lines, read into memory.
 *
 * R1  A line is used whole or not at all.
 * R2  Each refused line is counted, and named unless many were before it.
 * R3  A report that began in another schema stays out, with all its later lines.
 */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <search.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "record_types.h"
#include "records.h"
#include "tmpguard.h"

enum {
	NAMED_LINES = 8,       /* how many refused lines of a file are named one by one */
	LINE_BYTES = 16 << 20, /* at most; a command line of 2 MiB, all of it escaped, is 12 */
};

struct input {
	struct records_set *set;
	const char *name; /* of the file, for complaints */
	FILE *copy;
	struct arena scratch; /* what one line needs */
	size_t line;
	int refused;
	bool is_cut_off; /* the line in hand has no end */
};

/* --- reports --- */

static int compare_sessions(const void *a, const void *b)
{
	const struct records *one = a, *other = b;

	if (one->root != other->root)
		return one->root < other->root ? -1 : 1;
	return strcmp(one->session, other->session);
}

static struct records **find_node(struct records_set *set, const char *session, uint64_t root)
{
	struct records key = {.session = session, .root = root};

	return tfind(&key, &set->index, compare_sessions);
}

/* NULL when memory ran out. */
static struct records *add_report(struct records_set *set, const char *session, uint64_t root)
{
	struct records **node = find_node(set, session, root);
	struct records *report = arena_take(&set->arena, sizeof(*report));

	if (!report)
		return NULL;
	report->session = arena_copy(&set->arena, session, strlen(session));
	report->root = root;
	report->last_file = &report->files;
	report->last_program = &report->programs;
	report->last_process = &report->processes;
	report->last_hazard = &report->hazards;
	if (!report->session || (!node && !tsearch(report, &set->index, compare_sessions)))
		return NULL;
	if (node)
		*node = report; /* the same session once more: a report of its own */
	if (set->last)
		set->last->next = report;
	else
		set->reports = report;
	set->last = report;
	return report;
}

/* The report that a line of this session belongs to. */
static struct records *find_report(
	struct records_set *set, const char *session, uint64_t root, bool is_head)
{
	struct records **node = find_node(set, session, root);

	if (node && !(is_head && ((*node)->has_head || (*node)->is_foreign)))
		return *node;
	return add_report(set, session, root);
}

/* --- lines --- */

static void __attribute__((format(printf, 2, 3)))
refuse(struct input *input, const char *format, ...)
{
	char why[128];
	va_list args;

	if (input->refused < INT_MAX)
		input->refused++;
	if (input->refused > NAMED_LINES)
		return;
	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	complain("%s:%zu: %s; this line is not used", input->name, input->line, why);
}

static bool is_other_schema(const struct json_value *schema)
{
	if (schema->type == JSON_INTEGER)
		return schema->integer != RECORDS_SCHEMA;
	return schema->type == JSON_NUMBER && floor(schema->number) != RECORDS_SCHEMA;
}

static void refuse_schema(struct input *input, const struct json_value *schema)
{
	bool is_integer = schema->type == JSON_INTEGER;
	double number = is_integer ? (double)schema->integer : schema->number;

	refuse(input, "schema %.17g, and tmpguard " TMPGUARD_VERSION " reads schema %d", number,
		RECORDS_SCHEMA);
}

/* R3, unless the report began in ours: then it is this line's fault alone. */
static void set_foreign(struct input *input, const char *session, uint64_t root, bool is_head)
{
	struct records *report = session ? find_report(input->set, session, root, is_head) : NULL;

	if (report && !report->has_head)
		report->is_foreign = true;
}

static void check_head(struct line *line, const struct json_value *schema)
{
	if (!schema)
		line_mark(line, "schema", "missing");
	else if (schema->type != JSON_INTEGER && schema->type != JSON_NUMBER)
		line_mark(line, "schema", "not a number");
}

/* A line of a known type: its report, made if need be; or NULL, with the line marked. */
static struct records *need_report(
	struct input *input, struct line *line, const char *session, bool is_head)
{
	uint64_t root = line_count(line, "root");
	struct records *report = NULL;

	if (!session)
		line_mark(line, "session", "missing");
	if (!line_member(line, "root"))
		line_mark(line, "root", "missing");
	if (line->bad)
		return NULL;
	report = find_report(input->set, session, root, is_head);
	if (!report)
		line_mark(line, "session", "out of memory");
	return report;
}

static bool is_of_foreign(const struct input *input, const char *session, uint64_t root)
{
	struct records **node = session ? find_node(input->set, session, root) : NULL;

	return node && (*node)->is_foreign;
}

/* Whether the line is of use. */
static bool use_object(struct input *input, const struct json_value *object)
{
	struct line line = {.object = object, .arena = &input->scratch};
	const char *name = line_needed_text(&line, "type");
	const char *session = line_text(&line, "session");
	const struct json_value *schema = line_member(&line, "schema");
	const struct record_type *type = name ? record_type_find(name) : NULL;
	uint64_t root = line_count(&line, "root");
	bool is_head = type && type->is_head;
	struct records *report = NULL;

	if (schema && is_other_schema(schema)) {
		refuse_schema(input, schema);
		set_foreign(input, session, root, is_head);
		return false;
	}
	if (!is_head && is_of_foreign(input, session, root))
		return false;
	if (is_head)
		check_head(&line, schema);
	if (type)
		report = need_report(input, &line, session, is_head);
	line.arena = &input->set->arena;
	if (report)
		type->take(&line, report);
	if (line.bad)
		refuse(input, "\"%s\": %s", line.bad, line.why);
	return !line.bad;
}

static bool use_text(struct input *input, const char *text, size_t len)
{
	const struct json_value *value;
	struct json_error error;

	if (json_read(&input->scratch, text, len, &error, &value) < 0) {
		refuse(input, "%s", input->is_cut_off ? "the last line is cut off" : error.text);
		return false;
	}
	if (value->type != JSON_OBJECT) {
		refuse(input, "not a JSON object");
		return false;
	}
	return use_object(input, value);
}

static void use_line(struct input *input, const char *text, size_t len)
{
	input->line++;
	if (len > LINE_BYTES) {
		refuse(input, "longer than %d bytes", LINE_BYTES);
		return;
	}
	if (len == strspn(text, " \t\r"))
		return;
	if (use_text(input, text, len) && input->copy) {
		fwrite(text, 1, len, input->copy);
		fputc('\n', input->copy);
	}
	arena_free(&input->scratch);
}

/* --- files --- */

struct buffer {
	char *bytes; /* owned; a NUL is kept behind them */
	size_t len, size;
};

static bool add_byte(struct buffer *buffer, char c)
{
	if (buffer->len + 1 >= buffer->size) {
		size_t size = buffer->size ? buffer->size * 2 : 4096;
		char *bytes = realloc(buffer->bytes, size);

		if (!bytes)
			return false;
		buffer->bytes = bytes;
		buffer->size = size;
	}
	buffer->bytes[buffer->len++] = c;
	buffer->bytes[buffer->len] = '\0';
	return true;
}

/* 1: a line, of which no more than LINE_BYTES + 1 are there; 0: the end; or -errno. */
static int read_line(FILE *file, struct buffer *buffer, bool *ret_is_cut_off)
{
	bool is_empty = true;
	int c;

	buffer->len = 0;
	while ((c = getc_unlocked(file)) != EOF && c != '\n') {
		is_empty = false;
		if (buffer->len <= LINE_BYTES && !add_byte(buffer, (char)c))
			return -ENOMEM;
	}
	if (c == EOF && ferror(file))
		return errno ? -errno : -EIO;
	*ret_is_cut_off = c == EOF;
	return c == '\n' || !is_empty;
}

int records_read(struct records_set *set, FILE *file, const char *name, FILE *copy)
{
	struct input input = {.set = set, .name = name, .copy = copy};
	struct buffer buffer = {0};
	int r;

	errno = 0;
	while ((r = read_line(file, &buffer, &input.is_cut_off)) > 0)
		if (buffer.len > 0)
			use_line(&input, buffer.bytes, buffer.len);
		else
			input.line++;
	if (input.refused > NAMED_LINES)
		complain("%s: %d more lines are not used", name, input.refused - NAMED_LINES);
	free(buffer.bytes);
	return r < 0 ? r : input.refused;
}

static void keep_node(void *node)
{
	(void)node; /* it lives in the arena */
}

void records_free(struct records_set *set)
{
	tdestroy(set->index, keep_node);
	arena_free(&set->arena);
	*set = (struct records_set){0};
}
