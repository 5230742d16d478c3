/* report.c: what became of a session's files, as JSON Lines.
 *
 * Lines are gathered in memory and written many at a time, whole: a file that several sessions
 * append to has no line in pieces, unless the disk is full.
 */
#include <sys/mman.h>
#include <sys/resource.h>

#include "jsonline.h"
#include "errortext.h"
#include "hazard.h"
#include "program.h"
#include "report.h"
#include "text.h"

enum {
	SIGPIPE_NR = 13,
	SCHEMA = 1,
	LINE = 64 << 10, /* six bytes for each byte of a path, twice, and the rest */
	SIZE = 4 * LINE,
};

/* Beyond the file-size limit a write would kill us: look first. */
static int check_room(const struct tf_report *report)
{
	struct tf_stat stat;

	if (sys_stat_fd(report->fd, &stat) < 0 || !tf__is_file(&stat))
		return 0;
	return stat.size + report->len <= sys_limit(RLIMIT_FSIZE) ? 0 : -EFBIG;
}

/* A pipe that nobody reads any more would send SIGPIPE to a program that knows of no report. */
static long write_unheard(int fd, const char *bytes, size_t len)
{
	const uint64_t pipe_only = 1ULL << (SIGPIPE_NR - 1);
	const struct tf_time at_once = {0};
	uint64_t mask, pending = 0;
	long r;

	sys_block_signals(&mask);
	(void)tf__sys3(SYS_rt_sigpending, (long)&pending, 8, 0); /* then the program's own stays */
	r = sys_write(fd, bytes, len);
	if (r == -EPIPE && !(pending & pipe_only))
		(void)tf__sys(SYS_rt_sigtimedwait, (long)&pipe_only, 0, (long)&at_once, 8, 0, 0);
	sys_restore_signals(&mask);
	return r;
}

static void flush(struct tf_report *report)
{
	size_t at = 0;
	long r = 0;

	if (report->error == 0)
		report->error = check_room(report);
	while (at < report->len && report->error == 0) {
		r = write_unheard(report->fd, report->buf + at, report->len - at);
		if (r > 0)
			at += (size_t)r;
		else if (r != -EINTR)
			report->error = r < 0 ? (int)r : -EIO;
	}
	report->len = 0;
}

/* A line of type `type`, as far as all lines are alike. */
static struct tf_json begin_line(struct tf_report *report, const char *type)
{
	struct tf_json json;

	if (SIZE - report->len < LINE)
		flush(report);
	json = tf__json(report->buf + report->len, LINE - 1);
	tf__json_open(&json, NULL, '{');
	(void)tf__json_text(&json, "type", type);
	if (tf__equal(type, "session"))
		tf__json_number(&json, "schema", SCHEMA);
	(void)tf__json_text(&json, "session", report->session);
	tf__json_number(&json, "root", (uint64_t)report->root);
	return json;
}

static void end_line(struct tf_report *report, struct tf_json *json)
{
	tf__json_close(json, '}');
	if (json->is_full)
		return; /* cannot be: LINE has room for the longest path */
	json->at[json->len] = '\n';
	report->len += json->len + 1;
}

/* The words that fit, whatever is in them, and leave room for the rest of the line. */
static void put_command(struct tf_json *json, const struct tf_notes *notes)
{
	const char *word = NULL;

	tf__json_open(json, "command", '[');
	while (notes && (word = tf__notes_value(notes, "ARG", word)) &&
		tf__length(word) * 6 + json->len < LINE / 2)
		(void)tf__json_text(json, NULL, word);
	tf__json_close(json, ']');
}

int tf__report_begin(struct tf_report *report, int fd, const struct tf_report_head *head,
	const char *(*function_name)(unsigned function))
{
	const char *slash = tf__last_slash(head->directory);
	struct tf_json json;
	struct tf_time now;
	char *buf = sys_map(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (tf__is_error(buf))
		return -ENOMEM;
	*report = (struct tf_report){
		.fd = fd,
		.function_name = function_name,
		.session = slash ? slash + 1 : head->directory,
		.root = head->root,
		.buf = buf,
	};
	sys_clock(0, &now);
	json = begin_line(report, "session");
	(void)tf__json_text(&json, "tmpguard", TMPGUARD_VERSION);
	(void)tf__json_text(&json, "mode", head->mode);
	tf__json_number(&json, "uid", sys_euid());
	(void)tf__json_text(&json, "directory", head->directory);
	put_command(&json, head->notes);
	tf__json_time(&json, "time", now.sec, (uint32_t)now.nsec);
	end_line(report, &json);
	return 0;
}

/* --- one file --- */

static const char *status_text(enum tf_status status)
{
	switch (status) {
	case TF_LEAKED:
		return "leaked";
	case TF_KEPT:
		return "kept";
	case TF_LINGERING:
		return "lingering";
	default:
		return "seen";
	}
}

static const char *kind_text(const struct tf_found *found)
{
	if (found->mode == 0)
		return found->record && found->record->kind == TF_KIND_DIR ? "directory" : "file";
	switch (found->mode & 0170000) {
	case 0040000:
		return "directory";
	case 0120000:
		return "symlink";
	case 0010000:
		return "fifo";
	case 0140000:
		return "socket";
	case 0100000:
		return "file";
	default:
		return "device";
	}
}

static const char *reason_text(unsigned reason)
{
	switch (reason) {
	case TF_REASON_OUTSIDE:
		return "outside";
	case TF_REASON_NAME:
		return "name";
	case TF_REASON_MODE:
		return "mode";
	case TF_REASON_NEVER:
		return "never";
	case TF_REASON_EXCLUDED:
		return "excluded";
	default:
		return "off";
	}
}

static struct tf_sum *sum_of(struct tf_sums *sums, enum tf_status status)
{
	switch (status) {
	case TF_LEAKED:
		return &sums->leaked;
	case TF_KEPT:
		return &sums->kept;
	case TF_LINGERING:
		return &sums->lingering;
	default:
		return &sums->left_alone;
	}
}

static void put_path(struct tf_json *json, const char *path)
{
	if (!tf__json_text(json, "path", path))
		tf__json_hex(json, "path_hex", path);
}

static void put_maker(
	struct tf_report *report, struct tf_json *json, const struct tf_record *record)
{
	const char *name = report->function_name ? report->function_name(record->function) : NULL;

	if (name)
		(void)tf__json_text(json, "function", name);
	(void)tf__json_text(json, "program", record->program);
	tf__json_number(json, "pid", (uint64_t)record->pid);
	tf__json_address(json, "caller", record->caller);
	tf__json_time(json, "created", (int64_t)(record->when / 1000000000),
		(uint32_t)(record->when % 1000000000));
}

static void write_file(struct tf_report *report, const struct tf_found *found)
{
	struct tf_json json = begin_line(report, "file");

	(void)tf__json_text(&json, "status", status_text(found->status));
	put_path(&json, found->path);
	(void)tf__json_text(&json, "kind", kind_text(found));
	tf__json_number(&json, "bytes", found->bytes);
	tf__json_number(&json, "inodes", found->inodes);
	if (found->record)
		put_maker(report, &json, found->record);
	tf__json_bool(&json, "removed", found->is_removed);
	if (found->error != 0)
		(void)tf__json_text(&json, "error", tf__error_text(found->error));
	if (found->status == TF_LEFT_ALONE)
		(void)tf__json_text(
			&json, "reason", reason_text(found->record->flags >> TF_REASON_SHIFT));
	end_line(report, &json);
}

static void write_program(struct tf_report *report, const struct tf_found *found)
{
	struct tf_json json = begin_line(report, "program");
	unsigned reason = found->record->flags >> TF_REASON_SHIFT;

	(void)tf__json_text(&json, "status", "not-interposed");
	put_path(&json, found->path);
	(void)tf__json_text(&json, "reason", tf__interposing_text((enum tf_interposing)reason));
	tf__json_number(&json, "pid", (uint64_t)found->record->pid);
	tf__json_number(&json, "count", found->record->caller);
	end_line(report, &json);
}

static void write_hazard(struct tf_report *report, const struct tf_found *found)
{
	struct tf_json json = begin_line(report, "hazard");
	enum tf_hazard hazard = tf__hazard_of(found->record);

	tf__json_number(&json, "cwe", tf__hazard_cwe(hazard));
	(void)tf__json_text(&json, "reason", tf__hazard_word(hazard));
	put_path(&json, found->path);
	if (hazard == TF_HAZARD_NAME || hazard == TF_HAZARD_NAME_PRIVATE)
		tf__json_bool(&json, "private", hazard == TF_HAZARD_NAME_PRIVATE);
	put_maker(report, &json, found->record);
	end_line(report, &json);
}

void tf__report_found(void *arg, const struct tf_found *found)
{
	struct tf_report *report = arg;
	struct tf_sum *sum = sum_of(&report->sums, found->status);

	if (found->status == TF_GONE)
		return;
	if (found->status == TF_NOT_INTERPOSED) {
		report->sums.not_interposed++;
		write_program(report, found);
		return;
	}
	if (found->status == TF_HAZARD) {
		report->sums.hazards++;
		write_hazard(report, found);
		return;
	}
	sum->count++;
	sum->bytes += found->bytes;
	sum->inodes += found->inodes;
	report->sums.not_removed += found->error != 0;
	write_file(report, found);
}

void tf__report_process(struct tf_report *report, int pid, const char *program)
{
	struct tf_json json = begin_line(report, "process");

	report->sums.lingering_processes++;
	(void)tf__json_text(&json, "status", "lingering");
	tf__json_number(&json, "pid", (uint64_t)pid);
	(void)tf__json_text(&json, "program", program);
	end_line(report, &json);
}

/* --- the end --- */

static void put_sum(struct tf_json *json, const char *key, const struct tf_sum *sum)
{
	tf__json_open(json, key, '{');
	tf__json_number(json, "count", sum->count);
	tf__json_number(json, "bytes", sum->bytes);
	tf__json_number(json, "inodes", sum->inodes);
	tf__json_close(json, '}');
}

static void put_end(struct tf_json *json, const struct tf_notes *end)
{
	const char *status = end ? tf__notes_value(end, "STATUS", NULL) : NULL;
	const char *signal = end ? tf__notes_value(end, "SIGNAL", NULL) : NULL;
	uint64_t n;

	if (status && tf__number(&status, &n) == 0)
		tf__json_number(json, "exit", n);
	else if (signal && tf__number(&signal, &n) == 0)
		tf__json_number(json, "signal", n);
}

int tf__report_end(struct tf_report *report, const struct tf_report_end *end)
{
	const struct tf_sums *sums = &report->sums;
	struct tf_json json = begin_line(report, "summary");

	tf__json_number(&json, "created", sums->created);
	tf__json_number(&json, "gone", sums->created - sums->there);
	put_sum(&json, "leaked", &sums->leaked);
	put_sum(&json, "kept", &sums->kept);
	put_sum(&json, "lingering", &sums->lingering);
	put_sum(&json, "seen", &sums->left_alone);
	tf__json_number(&json, "not_removed", sums->not_removed);
	tf__json_number(&json, "not_interposed", sums->not_interposed);
	tf__json_number(&json, "lingering_processes", sums->lingering_processes);
	tf__json_number(&json, "hazards", sums->hazards);
	put_end(&json, end->end);
	tf__json_bool(&json, "dry_run", end->is_dry);
	tf__json_bool(&json, "complete", end->is_complete);
	end_line(report, &json);
	flush(report);
	sys_unmap(report->buf, SIZE);
	report->buf = NULL;
	return report->error;
}

bool tf__report_path(const char *value, const char *cwd, int root, char *ret_path, size_t size)
{
	struct tf_text text = tf__text(ret_path, size);

	if (value[0] != '/') {
		if (!cwd || cwd[0] != '/')
			return false;
		tf__text_add(&text, cwd);
		tf__text_add(&text, "/");
	}
	for (; *value != '\0'; value++) {
		if (value[0] == '%' && value[1] == 'p') {
			tf__text_add_number(&text, (uint64_t)root);
			value++;
		} else {
			tf__text_add_bytes(&text, value, 1);
		}
	}
	return !text.full;
}

int tf__report_open(const char *path)
{
	return sys_open_at(AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0666);
}
