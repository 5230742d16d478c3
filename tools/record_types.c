/* record_types.c: the types of lines, and how each becomes part of a report.
 *
 * A line is read into a record on the stack, and added once all of it was found to be in order.
 */
#include <string.h>

#include "record_types.h"

static void take_head(struct line *line, struct records *report)
{
	struct records head = *report;

	head.has_head = true;
	head.tmpguard = line_text(line, "tmpguard");
	head.mode = line_text(line, "mode");
	head.directory = line_text(line, "directory");
	head.time = line_text(line, "time");
	head.command = line_texts(line, "command");
	if (!line->bad)
		*report = head;
}

/* RECORD_STATUSES when it is one of a later version. */
static enum record_status find_status(const char *word)
{
	static const char *const words[] = {"leaked", "kept", "lingering", "seen"};
	int status = 0;

	while (status < RECORD_STATUSES && strcmp(word, words[status]) != 0)
		status++;
	return (enum record_status)status;
}

static void *keep(struct line *line, const void *record, size_t size)
{
	void *copy = arena_copy(line->arena, record, size);

	if (!copy)
		line_mark(line, "type", "out of memory");
	return copy;
}

static void take_file(struct line *line, struct records *report)
{
	const char *status = line_needed_text(line, "status");
	struct record_file file = {
		.status = status ? find_status(status) : RECORD_STATUSES,
		.path = line_path(line),
		.kind = line_text(line, "kind"),
		.bytes = line_count(line, "bytes"),
		.inodes = line_count(line, "inodes"),
		.function = line_text(line, "function"),
		.program = line_text(line, "program"),
		.caller = line_text(line, "caller"),
		.created = line_text(line, "created"),
		.pid = line_count(line, "pid"),
		.removed = line_flag(line, "removed"),
		.error = line_text(line, "error"),
		.reason = line_text(line, "reason"),
	};
	struct record_file *kept;

	if (line->bad || file.status == RECORD_STATUSES)
		return;
	kept = keep(line, &file, sizeof(file));
	if (kept)
		report->last_file = &(*report->last_file = kept)->next;
}

static void take_program(struct line *line, struct records *report)
{
	const char *status = line_needed_text(line, "status");
	struct record_program program = {
		.path = line_path(line),
		.reason = line_text(line, "reason"),
		.pid = line_count(line, "pid"),
		.count = line_count(line, "count"),
	};
	struct record_program *kept;

	if (line->bad || strcmp(status, "not-interposed") != 0)
		return;
	kept = keep(line, &program, sizeof(program));
	if (kept)
		report->last_program = &(*report->last_program = kept)->next;
}

static void take_process(struct line *line, struct records *report)
{
	const char *status = line_needed_text(line, "status");
	struct record_process process = {
		.pid = line_count(line, "pid"),
		.program = line_text(line, "program"),
	};
	struct record_process *kept;

	if (line->bad || strcmp(status, "lingering") != 0)
		return;
	kept = keep(line, &process, sizeof(process));
	if (kept)
		report->last_process = &(*report->last_process = kept)->next;
}

static void take_hazard(struct line *line, struct records *report)
{
	struct record_hazard hazard = {
		.cwe = line_count(line, "cwe"),
		.path = line_path(line),
		.reason = line_needed_text(line, "reason"),
		.function = line_text(line, "function"),
		.program = line_text(line, "program"),
		.caller = line_text(line, "caller"),
		.pid = line_count(line, "pid"),
		.is_private = line_flag(line, "private"),
	};
	struct record_hazard *kept;

	if (line->bad)
		return;
	kept = keep(line, &hazard, sizeof(hazard));
	if (kept)
		report->last_hazard = &(*report->last_hazard = kept)->next;
}

static struct record_totals get_totals(struct line *line, const char *name)
{
	const struct json_value *value = line_member(line, name);
	struct line inner = {.object = value, .arena = line->arena};
	struct record_totals totals = {0};

	if (!value)
		return totals;
	totals.count = line_count(&inner, "count");
	totals.bytes = line_count(&inner, "bytes");
	totals.inodes = line_count(&inner, "inodes");
	if (value->type != JSON_OBJECT)
		line_mark(line, name, "not an object");
	else if (inner.bad)
		line_mark(line, name, "holds what is not a whole number from 0 up");
	return totals;
}

static void take_summary(struct line *line, struct records *report)
{
	struct record_summary summary = {
		.is_there = true,
		.dry_run = line_flag(line, "dry_run"),
		.complete = line_flag(line, "complete"),
		.created = line_count(line, "created"),
		.gone = line_count(line, "gone"),
		.totals = {get_totals(line, "leaked"), get_totals(line, "kept"),
			get_totals(line, "lingering"), get_totals(line, "seen")},
		.not_removed = line_count(line, "not_removed"),
		.not_interposed = line_count(line, "not_interposed"),
		.lingering_processes = line_count(line, "lingering_processes"),
		.hazards = line_count(line, "hazards"),
		.has_exit = line_member(line, "exit") != NULL,
		.exit = line_count(line, "exit"),
		.signal = line_count(line, "signal"),
	};

	if (!line->bad)
		report->summary = summary;
}

static const struct record_type types[] = {
	{"session", true, take_head},
	{"file", false, take_file},
	{"program", false, take_program},
	{"process", false, take_process},
	{"hazard", false, take_hazard},
	{"summary", false, take_summary},
};

const struct record_type *record_type_find(const char *name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(name, types[i].name) == 0)
			return &types[i];
	return NULL;
}
