/* report_test.c: lib/report.c: every line is JSON as tmpguard-report.5 has it, whatever is told. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "json.h"
#include "program.h"
#include "report.h"

static const char *name_of(unsigned function)
{
	return function == 7 ? "mkstemp" : NULL;
}

/* Of a file with a maker. Its path is what a program says, here. */
static const struct tf_record maker = {
	.kind = TF_KIND_FILE,
	.pid = 4711,
	.function = 7,
	.when = 1700000000123456789,
	.caller = 0xabc,
	.program = "a \"program",
};

/* ---- a report, and its lines */

static struct tf_report begin_as(const char *mode, const struct tf_notes *notes)
{
	struct tf_report_head head = {
		.directory = "/tmp/.tmpguard-0/abcdef",
		.mode = mode,
		.root = 99,
		.notes = notes,
	};
	struct tf_report report;
	int fd = tf__report_open("report");

	CHECK(fd >= 0);
	CHECK_IS(0, tf__report_begin(&report, fd, &head, name_of));
	return report;
}

static struct tf_report begin(void)
{
	return begin_as("run", NULL);
}

static void end(struct tf_report *report)
{
	struct tf_report_end last = {.is_complete = true};

	CHECK_IS(0, tf__report_end(report, &last));
	CHECK(!report->buf);
	close(report->fd);
}

/* The lines of the file "report", read strictly. */
struct lines {
	struct arena arena;
	char *text, *at;
};

static struct lines open_lines(void)
{
	struct lines lines = {0};
	struct stat st;
	int fd = open("report", O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0 && fstat(fd, &st) == 0);
	lines.at = lines.text = malloc((size_t)st.st_size + 1);
	CHECK_IS(st.st_size, read(fd, lines.text, (size_t)st.st_size));
	lines.text[st.st_size] = '\0';
	CHECK_IS(st.st_size, strlen(lines.text));
	close(fd);
	return lines;
}

/* NULL at the end. */
static const struct json_value *next_line(struct lines *lines)
{
	const struct json_value *value;
	struct json_error error;
	char *line = lines->at, *newline = strchr(line, '\n');

	if (*line == '\0')
		return NULL;
	CHECK(newline);
	lines->at = newline + 1;
	if (json_read(&lines->arena, line, (size_t)(newline - line), &error, &value) != 0)
		printf("%s: %.*s\n", error.text, (int)(newline - line), line);
	CHECK(value && value->type == JSON_OBJECT);
	return value;
}

static void close_lines(struct lines *lines)
{
	arena_free(&lines->arena);
	free(lines->text);
	CHECK(unlink("report") == 0);
}

static const struct json_value *member(const struct json_value *line, const char *name)
{
	const struct json_value *value = json_member(line, name);

	if (!value)
		printf("no member %s\n", name);
	CHECK(value);
	return value;
}

static void text_is(const struct json_value *line, const char *name, const char *expected)
{
	const struct json_value *value = member(line, name);

	CHECK_IS(JSON_STRING, value->type);
	CHECK_TEXT(expected, value->string.bytes);
}

static void number_is(const struct json_value *line, const char *name, int64_t expected)
{
	const struct json_value *value = member(line, name);

	CHECK_IS(JSON_INTEGER, value->type);
	CHECK_IS(expected, value->integer);
}

static void truth_is(const struct json_value *line, const char *name, bool expected)
{
	const struct json_value *value = member(line, name);

	CHECK_IS(JSON_BOOLEAN, value->type);
	CHECK_IS(expected, value->boolean);
}

static void lacks(const struct json_value *line, const char *name)
{
	if (json_member(line, name))
		printf("there is a member %s\n", name);
	CHECK(!json_member(line, name));
}

/* What all lines have. */
static const struct json_value *line_is(struct lines *lines, const char *type)
{
	const struct json_value *line = next_line(lines);

	CHECK(line);
	text_is(line, "type", type);
	text_is(line, "session", "abcdef");
	number_is(line, "root", 99);
	return line;
}

/* ---- each line by itself */

static void session_line(void)
{
	struct tf_notes notes;
	struct lines lines;
	const struct json_value *line, *word;
	struct tf_report report;

	CHECK_IS(0, tf__notes_add(AT_FDCWD, "settings", "ARG", "sh"));
	CHECK_IS(0, tf__notes_add(AT_FDCWD, "settings", "PERSIST", "1"));
	CHECK_IS(0, tf__notes_add(AT_FDCWD, "settings", "ARG", "-c\n"));
	CHECK_IS(0, tf__notes_add(AT_FDCWD, "settings", "ARG", ""));
	CHECK_IS(0, tf__notes_read(&notes, AT_FDCWD, "settings"));
	report = begin_as("preload", &notes);
	tf__notes_free(&notes); /* borrowed no longer */
	end(&report);
	lines = open_lines();
	line = line_is(&lines, "session");
	number_is(line, "schema", 1);
	text_is(line, "tmpguard", TMPGUARD_VERSION);
	text_is(line, "mode", "preload");
	number_is(line, "uid", geteuid());
	text_is(line, "directory", "/tmp/.tmpguard-0/abcdef");
	CHECK_IS(strlen("2026-11-21T14:20:05.123456789Z"),
		strlen(member(line, "time")->string.bytes));
	word = member(line, "command")->first;
	CHECK_TEXT("sh", word->string.bytes);
	CHECK_TEXT("-c\n", word->next->string.bytes);
	CHECK_TEXT("", word->next->next->string.bytes);
	CHECK(!word->next->next->next);
	(void)line_is(&lines, "summary");
	CHECK(!next_line(&lines));
	close_lines(&lines);
}

static void file_statuses(void)
{
	static const struct {
		enum tf_status status;
		const char *text;
	} all[] = {
		{TF_LEAKED, "leaked"},
		{TF_KEPT, "kept"},
		{TF_LINGERING, "lingering"},
		{TF_LEFT_ALONE, "seen"},
	};
	struct tf_report report = begin();
	struct lines lines;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct tf_found found = {
			.status = all[i].status,
			.path = "/tmp/a",
			.record = &maker,
			.bytes = 5,
			.inodes = 2,
		};

		tf__report_found(&report, &found);
	}
	tf__report_found(&report, &(struct tf_found){.status = TF_GONE, .path = "/tmp/gone"});
	end(&report);
	lines = open_lines();
	(void)line_is(&lines, "session");
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const struct json_value *line = line_is(&lines, "file");

		text_is(line, "status", all[i].text);
		text_is(line, "path", "/tmp/a");
		lacks(line, "path_hex");
		number_is(line, "bytes", 5);
		number_is(line, "inodes", 2);
		text_is(line, "function", "mkstemp");
		text_is(line, "program", "a \"program");
		number_is(line, "pid", 4711);
		text_is(line, "caller", "0xabc");
		text_is(line, "created", "2023-11-14T22:13:20.123456789Z");
		truth_is(line, "removed", false);
		lacks(line, "error");
		if (all[i].status != TF_LEFT_ALONE)
			lacks(line, "reason");
	}
	(void)line_is(&lines, "summary");
	close_lines(&lines);
}

/* Found in tmp/, with nobody known to have made it; and one that could not be removed. */
static void file_ends(void)
{
	struct tf_found found = {.status = TF_LEAKED, .path = "/tmp/a", .is_removed = true};
	struct tf_report report = begin();
	struct tf_record unknown = maker;
	struct lines lines;
	const struct json_value *line;

	tf__report_found(&report, &found);
	found.is_removed = false;
	found.error = -EBUSY;
	unknown.function = 8;
	found.record = &unknown;
	tf__report_found(&report, &found);
	CHECK_IS(1, report.sums.not_removed);
	end(&report);
	lines = open_lines();
	(void)line_is(&lines, "session");
	line = line_is(&lines, "file");
	truth_is(line, "removed", true);
	lacks(line, "program");
	lacks(line, "pid");
	lacks(line, "function");
	lacks(line, "created");
	lacks(line, "error");
	line = line_is(&lines, "file");
	truth_is(line, "removed", false);
	text_is(line, "error", strerror(EBUSY));
	text_is(line, "program", "a \"program");
	lacks(line, "function"); /* nobody knows that number */
	number_is(line_is(&lines, "summary"), "not_removed", 1);
	close_lines(&lines);
}

static void kinds(void)
{
	static const struct {
		unsigned mode;
		const char *text;
	} all[] = {
		{S_IFREG | 0600, "file"}, {S_IFDIR | 0700, "directory"},
		{S_IFLNK | 0777, "symlink"}, {S_IFIFO, "fifo"}, {S_IFSOCK, "socket"},
		{S_IFCHR, "device"}, {S_IFBLK, "device"},
		{0, "file"}, /* unknown: as the record says */
	};
	struct tf_record dir = {.kind = TF_KIND_DIR};
	struct tf_found found = {.status = TF_LEAKED, .path = "/tmp/a"};
	struct tf_report report = begin();
	struct lines lines;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		found.mode = (uint16_t)all[i].mode;
		tf__report_found(&report, &found);
	}
	found.mode = 0;
	found.record = &dir;
	tf__report_found(&report, &found);
	end(&report);
	lines = open_lines();
	(void)line_is(&lines, "session");
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		text_is(line_is(&lines, "file"), "kind", all[i].text);
	text_is(line_is(&lines, "file"), "kind", "directory");
	close_lines(&lines);
}

static void reasons(void)
{
	static const char *const all[] = {
		[TF_REASON_OUTSIDE] = "outside",
		[TF_REASON_NAME] = "name",
		[TF_REASON_MODE] = "mode",
		[TF_REASON_NEVER] = "never",
		[TF_REASON_EXCLUDED] = "excluded",
		[TF_REASON_OFF] = "off",
	};
	struct tf_record record = maker;
	struct tf_found found = {.status = TF_LEFT_ALONE, .path = "/tmp/a", .record = &record};
	struct tf_report report = begin();
	struct lines lines;

	for (unsigned i = 1; i < sizeof(all) / sizeof(all[0]); i++) {
		record.flags = (uint16_t)(TF_FLAG_LEFT_ALONE | i << TF_REASON_SHIFT);
		tf__report_found(&report, &found);
	}
	end(&report);
	lines = open_lines();
	(void)line_is(&lines, "session");
	for (unsigned i = 1; i < sizeof(all) / sizeof(all[0]); i++)
		text_is(line_is(&lines, "file"), "reason", all[i]);
	close_lines(&lines);
}

static void programs_and_processes(void)
{
	struct tf_record record = {
		.kind = TF_KIND_PROGRAM,
		.pid = 12,
		.caller = 3,
		.flags = TF_SET_ID << TF_REASON_SHIFT,
	};
	struct tf_found found = {.status = TF_NOT_INTERPOSED, .path = "/bin/su", .record = &record};
	struct tf_report report = begin();
	struct lines lines;
	const struct json_value *line;

	tf__report_found(&report, &found);
	tf__report_process(&report, 13, "a\xff");
	end(&report);
	lines = open_lines();
	(void)line_is(&lines, "session");
	line = line_is(&lines, "program");
	text_is(line, "status", "not-interposed");
	text_is(line, "path", "/bin/su");
	text_is(line, "reason", "set-user-id");
	number_is(line, "pid", 12);
	number_is(line, "count", 3);
	line = line_is(&lines, "process");
	text_is(line, "status", "lingering");
	number_is(line, "pid", 13);
	text_is(line, "program", "a\xef\xbf\xbd");
	line = line_is(&lines, "summary");
	number_is(line, "not_interposed", 1);
	number_is(line, "lingering_processes", 1);
	number_is(member(line, "leaked"), "count", 0);
	close_lines(&lines);
}

static void hazards(void)
{
	static const struct {
		int cwe;
		const char *reason;
	} all[] = {
		[TF_HAZARD_NAME] = {377, "name"},
		[TF_HAZARD_NAME_PRIVATE] = {377, "name"},
		[TF_HAZARD_PREDICTABLE] = {377, "predictable"},
		[TF_HAZARD_TAKEN] = {377, "taken"},
		[TF_HAZARD_LINK] = {59, "symlink"},
		[TF_HAZARD_OWN_LINK] = {59, "own-symlink"},
		[TF_HAZARD_OPEN_FILE] = {377, "mode"},
		[TF_HAZARD_OPEN_DIR] = {379, "directory-mode"},
	};
	struct tf_record record = maker;
	struct tf_found found = {.status = TF_HAZARD, .path = "/tmp/a", .record = &record};
	struct tf_report report = begin();
	struct lines lines;
	const struct json_value *line;

	record.kind = TF_KIND_HAZARD;
	for (unsigned i = 1; i < sizeof(all) / sizeof(all[0]); i++) {
		record.flags = (uint16_t)(i << TF_REASON_SHIFT);
		tf__report_found(&report, &found);
	}
	end(&report);
	lines = open_lines();
	(void)line_is(&lines, "session");
	for (unsigned i = 1; i < sizeof(all) / sizeof(all[0]); i++) {
		line = line_is(&lines, "hazard");
		number_is(line, "cwe", all[i].cwe);
		text_is(line, "reason", all[i].reason);
		text_is(line, "path", "/tmp/a");
		text_is(line, "function", "mkstemp");
		text_is(line, "program", "a \"program");
		text_is(line, "caller", "0xabc");
		number_is(line, "pid", 4711);
		if (i == TF_HAZARD_NAME || i == TF_HAZARD_NAME_PRIVATE)
			truth_is(line, "private", i == TF_HAZARD_NAME_PRIVATE);
		else
			lacks(line, "private");
	}
	line = line_is(&lines, "summary");
	number_is(line, "hazards", sizeof(all) / sizeof(all[0]) - 1);
	number_is(member(line, "leaked"), "count", 0);
	close_lines(&lines);
}

static void sum_is(const struct json_value *line, const char *name, int64_t count, int64_t bytes,
	int64_t inodes)
{
	number_is(member(line, name), "count", count);
	number_is(member(line, name), "bytes", bytes);
	number_is(member(line, name), "inodes", inodes);
}

static void summary(void)
{
	static const enum tf_status all[] = {TF_LEAKED, TF_KEPT, TF_LINGERING, TF_LEFT_ALONE};
	struct tf_report report = begin();
	struct lines lines;
	const struct json_value *line;

	for (unsigned i = 0; i < 4; i++)
		for (unsigned k = 0; k <= i; k++) {
			struct tf_found found = {
				.status = all[i],
				.path = "/tmp/a",
				.record = &maker,
				.bytes = 10,
				.inodes = 1,
			};

			tf__report_found(&report, &found);
		}
	report.sums.created = 20;
	report.sums.there = 4;
	end(&report);
	lines = open_lines();
	while ((line = next_line(&lines)) && !json_member(line, "complete"))
		;
	CHECK(line && !next_line(&lines));
	number_is(line, "created", 20);
	number_is(line, "gone", 16);
	sum_is(line, "leaked", 1, 10, 1);
	sum_is(line, "kept", 2, 20, 2);
	sum_is(line, "lingering", 3, 30, 3);
	sum_is(line, "seen", 4, 40, 4);
	close_lines(&lines);
}

static void ends_with(const char *note, const char *value, bool is_dry, bool is_complete)
{
	struct tf_report report = begin();
	struct tf_notes notes = {0};
	struct tf_report_end last = {
		.end = note ? &notes : NULL, .is_dry = is_dry, .is_complete = is_complete};
	struct lines lines;
	const struct json_value *line;

	if (note) {
		CHECK_IS(0, tf__notes_add(AT_FDCWD, "end", note, value));
		CHECK_IS(0, tf__notes_read(&notes, AT_FDCWD, "end"));
		CHECK(unlink("end") == 0);
	}
	CHECK_IS(0, tf__report_end(&report, &last));
	close(report.fd);
	tf__notes_free(&notes);
	lines = open_lines();
	(void)line_is(&lines, "session");
	line = line_is(&lines, "summary");
	truth_is(line, "dry_run", is_dry);
	truth_is(line, "complete", is_complete);
	if (note && strcmp(note, "STATUS") == 0 && value[0] != '?')
		number_is(line, "exit", atoi(value));
	else
		lacks(line, "exit");
	if (note && strcmp(note, "SIGNAL") == 0)
		number_is(line, "signal", atoi(value));
	else
		lacks(line, "signal");
	close_lines(&lines);
}

static void ends(void)
{
	ends_with("STATUS", "0", false, true);
	ends_with("STATUS", "255", true, true);
	ends_with("STATUS", "?", false, true);
	ends_with("SIGNAL", "9", false, false);
	ends_with(NULL, NULL, true, false);
}

/* ---- what is long or much */

static void path_is_told(char byte)
{
	static char path[TF_PATH_MAX];
	struct tf_found found = {.status = TF_LEAKED, .path = path, .record = &maker};
	struct tf_report report = begin();
	struct lines lines;
	const struct json_value *line;

	memset(path, byte, sizeof(path) - 1);
	path[0] = '/';
	tf__report_found(&report, &found);
	end(&report);
	lines = open_lines();
	(void)line_is(&lines, "session");
	line = line_is(&lines, "file");
	if (byte >= 0) {
		text_is(line, "path", path);
		lacks(line, "path_hex");
	} else {
		const char *hex = member(line, "path_hex")->string.bytes;

		CHECK_IS(1 + 3 * (sizeof(path) - 2), member(line, "path")->string.len);
		CHECK_IS(2 * (sizeof(path) - 1), strlen(hex));
		CHECK(strncmp(hex, "2fffff", 6) == 0);
	}
	(void)line_is(&lines, "summary");
	close_lines(&lines);
}

static void longest_paths(void)
{
	path_is_told('a');
	path_is_told('\x01');
	path_is_told('"');
	path_is_told('\xff');
}

/* Words without end cost neither the line nor the words before them. */
static void long_commands(void)
{
	static const char bytes[] = {'a', '\x01', '\xff'};
	enum { LONGEST = 200 << 10 };
	char *word = malloc(LONGEST + 1);

	for (size_t len = 1000; len <= LONGEST; len += 9000)
		for (size_t i = 0; i < sizeof(bytes); i++) {
			struct tf_notes notes;
			struct tf_report report;
			struct lines lines;

			memset(word, bytes[i], len);
			word[len] = '\0';
			CHECK_IS(0, tf__notes_add(AT_FDCWD, "settings", "ARG", "first"));
			CHECK_IS(0, tf__notes_add(AT_FDCWD, "settings", "ARG", word));
			CHECK_IS(0, tf__notes_add(AT_FDCWD, "settings", "ARG", word));
			CHECK_IS(0, tf__notes_read(&notes, AT_FDCWD, "settings"));
			CHECK(unlink("settings") == 0);
			report = begin_as("run", &notes);
			tf__notes_free(&notes);
			end(&report);
			lines = open_lines();
			CHECK_TEXT("first",
				member(line_is(&lines, "session"), "command")->first->string.bytes);
			(void)line_is(&lines, "summary");
			close_lines(&lines);
		}
	free(word);
}

enum { MANY = 5000 };

static void tell_many(struct tf_report *report)
{
	char path[64];
	struct tf_found found = {.status = TF_LEAKED, .path = path, .record = &maker};

	for (int i = 0; i < MANY; i++) {
		snprintf(path, sizeof(path), "/tmp/%d", i);
		tf__report_found(report, &found);
	}
}

static void many_lines(void)
{
	struct tf_report report = begin();
	struct lines lines;
	char path[64];

	tell_many(&report);
	end(&report);
	lines = open_lines();
	(void)line_is(&lines, "session");
	for (int i = 0; i < MANY; i++) {
		snprintf(path, sizeof(path), "/tmp/%d", i);
		text_is(line_is(&lines, "file"), "path", path);
	}
	sum_is(line_is(&lines, "summary"), "leaked", MANY, 0, 0);
	CHECK(!next_line(&lines));
	close_lines(&lines);
}

static void write_one(void *arg)
{
	struct tf_report report = begin();

	(void)arg;
	tell_many(&report);
	end(&report);
}

/* Several sessions add to one file at once: no line is in pieces. */
static void many_writers(void)
{
	const struct json_value *line;
	struct lines lines;
	pid_t pids[4];
	int n = 0;

	for (int i = 0; i < 4; i++)
		pids[i] = start(write_one, NULL);
	for (int i = 0; i < 4; i++)
		finish(pids[i]);
	lines = open_lines();
	while ((line = next_line(&lines)))
		n += strcmp(member(line, "type")->string.bytes, "file") == 0;
	CHECK_IS(4 * MANY, n);
	close_lines(&lines);
}

/* ---- what fails */

static int writes;

/* Interrupted, then short, and so on. */
static long haltingly(long nr, long a, long b, long c, long d, long e, long f)
{
	if (nr != SYS_write)
		return tf__sys_raw(nr, a, b, c, d, e, f);
	return writes++ % 2 ? tf__sys_raw(nr, a, b, c > 1000 ? 1000 : c, d, e, f) : -EINTR;
}

static void short_writes(void)
{
	tf__sys = haltingly;
	many_lines();
	tf__sys = tf__sys_raw;
	CHECK(writes > 1000);
}

static long second_write_fails(long nr, long a, long b, long c, long d, long e, long f)
{
	if (nr == SYS_write && ++writes == 2)
		return -EIO;
	return tf__sys_raw(nr, a, b, c, d, e, f);
}

/* It is told in the end; nothing is written behind the gap. */
static void failing_write(void)
{
	struct tf_report_end last = {.is_complete = true};
	struct tf_report report;

	tf__sys = second_write_fails;
	report = begin();
	tell_many(&report);
	CHECK_IS(-EIO, tf__report_end(&report, &last));
	tf__sys = tf__sys_raw;
	close(report.fd);
	CHECK_IS(2, writes);
}

/* An error, where the kernel would send SIGXFSZ. */
static void file_size_limit(void)
{
	struct tf_report_end last = {.is_complete = true};
	struct tf_report report;
	struct lines lines;

	limit(RLIMIT_FSIZE, 400 << 10);
	report = begin();
	tell_many(&report);
	CHECK_IS(-EFBIG, tf__report_end(&report, &last));
	close(report.fd);
	lines = open_lines();
	(void)line_is(&lines, "session");
	while (next_line(&lines))
		;
	close_lines(&lines);
}

static long no_memory(long nr, long a, long b, long c, long d, long e, long f)
{
	return nr == SYS_mmap ? -ENOMEM : tf__sys_raw(nr, a, b, c, d, e, f);
}

static void without_memory(void)
{
	struct tf_report_head head = {.directory = "/tmp/x", .mode = "run"};
	struct tf_report report;

	tf__sys = no_memory;
	CHECK_IS(-ENOMEM, tf__report_begin(&report, 1, &head, NULL));
	tf__sys = tf__sys_raw;
}

/* Neither a reader that is not there nor a directory is waited for. */
static void opened(void)
{
	int fd;

	put("report", "before\n");
	fd = tf__report_open("report");
	CHECK(fd >= 0 && write(fd, "after\n", 6) == 6);
	close(fd);
	CHECK(reads("report", "before\nafter\n"));
	CHECK(mkfifo("fifo", 0600) == 0);
	CHECK_IS(-ENXIO, tf__report_open("fifo"));
	put_dir("dir", 0700);
	CHECK_IS(-EISDIR, tf__report_open("dir"));
	CHECK_IS(-ENOENT, tf__report_open("none/report"));
}

const struct test report_tests[] = {
	{"report-session-line", session_line},
	{"report-file-statuses", file_statuses},
	{"report-file-ends", file_ends},
	{"report-kinds", kinds},
	{"report-reasons", reasons},
	{"report-programs-and-processes", programs_and_processes},
	{"report-hazards", hazards},
	{"report-summary", summary},
	{"report-ends", ends},
	{"report-longest-paths", longest_paths},
	{"report-long-commands", long_commands},
	{"report-many-lines", many_lines},
	{"report-many-writers", many_writers},
	{"report-short-writes", short_writes},
	{"report-failing-write", failing_write},
	{"report-file-size-limit", file_size_limit},
	{"report-without-memory", without_memory},
	{"report-opened", opened},
	{0},
};
