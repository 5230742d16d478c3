/* report_text.c: a report as text, in valgrind's manner. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "escape.h"
#include "report_text.h"

struct text {
	FILE *out;
	const struct records *report;
	struct record_summary summary; /* of the report; counted where that has none */
};

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* What every line begins with, and the words after it. */
static void __attribute__((format(printf, 2, 3)))
begin(const struct text *text, const char *format, ...)
{
	va_list args;

	fprintf(text->out, "==%" PRIu64 "== ", text->report->root);
	va_start(args, format);
	vfprintf(text->out, format, args);
	va_end(args);
}

void report_text_size(FILE *out, uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double n = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 10000) {
		fprintf(out, "%" PRIu64 " byte%s", bytes, plural(bytes));
		return;
	}
	for (; n >= 1000 && unit < 5; unit++)
		n /= 1024;
	fprintf(out, "%.1f %s", n, units[unit]);
}

/* --- what there is to tell --- */

static void add(uint64_t *sum, uint64_t n)
{
	if (__builtin_add_overflow(*sum, n, sum))
		*sum = UINT64_MAX;
}

/* The summary of a report that has none, from what it lists. */
static struct record_summary count_up(const struct records *report)
{
	struct record_summary summary = {.dry_run = true};

	for (const struct record_file *file = report->files; file; file = file->next) {
		struct record_totals *totals = &summary.totals[file->status];

		totals->count++;
		add(&totals->bytes, file->bytes);
		add(&totals->inodes, file->inodes);
		summary.not_removed += file->status == RECORD_LEAKED && file->error;
		if (file->status == RECORD_LEAKED && (file->removed || file->error))
			summary.dry_run = false;
	}
	for (const struct record_program *program = report->programs; program;
		program = program->next)
		summary.not_interposed++;
	for (const struct record_process *process = report->processes; process;
		process = process->next)
		summary.lingering_processes++;
	for (const struct record_hazard *hazard = report->hazards; hazard; hazard = hazard->next)
		summary.hazards++;
	return summary;
}

/* Whether the report lists files of a status, or counts any. */
static bool has(const struct text *text, enum record_status status)
{
	for (const struct record_file *file = text->report->files; file; file = file->next)
		if (file->status == status)
			return true;
	return text->summary.totals[status].count > 0;
}

static bool has_lingering(const struct text *text)
{
	return has(text, RECORD_LINGERING) || text->report->processes ||
	       text->summary.lingering_processes > 0;
}

static bool is_worth_telling(const struct text *text)
{
	return has(text, RECORD_LEAKED) || has(text, RECORD_KEPT) || has_lingering(text) ||
	       !text->summary.complete;
}

/* --- items --- */

struct word {
	const char *word, *meaning;
};

/* What a word of the schema means; what a later version says, as it is. */
static const char *meaning(const struct word *words, const char *word)
{
	for (; words->word; words++)
		if (strcmp(words->word, word) == 0)
			return words->meaning;
	return word;
}

static void print_maker(
	const struct text *text, const char *function, const char *program, uint64_t pid)
{
	fputs("; ", text->out);
	escape_print(text->out, function ? function : "?");
	if (program) {
		fputs(" by ", text->out);
		escape_print(text->out, program);
	}
	if (pid > 0)
		fprintf(text->out, " (pid %" PRIu64 ")", pid);
}

static void print_reason(const struct text *text, const char *reason)
{
	static const struct word reasons[] = {
		{"outside", "outside the temporary directories"},
		{"name", "its name does not look generated"},
		{"mode", "its mode is neither 0600 nor 0700"},
		{"never", "others must find it by this name"},
		{"excluded", "TMPGUARD_EXCLUDE names its program"},
		{"off", "tracking is off"},
		{0},
	};

	fputs("; ", text->out);
	escape_print(text->out, meaning(reasons, reason));
}

static void print_file(const struct text *text, const struct record_file *file)
{
	static const struct word kinds[] = {{"symlink", "symbolic link"}, {"fifo", "FIFO"}, {0}};
	bool is_directory = file->kind && strcmp(file->kind, "directory") == 0;

	begin(text, "  ");
	escape_print(text->out, file->path);
	fputs(is_directory ? "/: " : ": ", text->out);
	escape_print(text->out, file->kind ? meaning(kinds, file->kind) : "file");
	fprintf(text->out, ", %" PRIu64 " byte%s", file->bytes, plural(file->bytes));
	if (is_directory && file->inodes > 1)
		fprintf(text->out, " in %" PRIu64 " inodes", file->inodes);
	if (file->function)
		print_maker(text, file->function, file->program, file->pid);
	else
		fputs("; found in TMPDIR, made by other means", text->out);
	if (file->reason && file->status == RECORD_SEEN)
		print_reason(text, file->reason);
	if (file->error) {
		fputs("; NOT REMOVED: ", text->out);
		escape_print(text->out, file->error);
	}
	fputc('\n', text->out);
}

static void print_files(const struct text *text, enum record_status status)
{
	for (const struct record_file *file = text->report->files; file; file = file->next)
		if (file->status == status)
			print_file(text, file);
}

/* --- blocks --- */

static void print_leaked(const struct text *text)
{
	const char *const *command = text->report->command;

	begin(text, "tmpguard: temporary files left behind");
	if (command && command[0]) {
		fputs(" by ", text->out);
		escape_print(text->out, command[0]);
	}
	fputs(":\n", text->out);
	print_files(text, RECORD_LEAKED);
}

static void print_process(const struct text *text, const struct record_process *process)
{
	begin(text, "  ");
	escape_print(text->out, process->program ? process->program : "?");
	if (process->pid > 0)
		fprintf(text->out, " (pid %" PRIu64 ")", process->pid);
	fputc('\n', text->out);
}

static void print_lingering(const struct text *text)
{
	uint64_t n = text->summary.lingering_processes;

	if (n > 0)
		begin(text,
			"tmpguard: %" PRIu64 " process%s linger%s; the temporary files go when the "
			"last of them ends:\n",
			n, n == 1 ? "" : "es", n == 1 ? "s" : "");
	else
		begin(text, "tmpguard: temporary files that lingering processes may need:\n");
	for (const struct record_process *process = text->report->processes; process;
		process = process->next)
		print_process(text, process);
	print_files(text, RECORD_LINGERING);
}

static void print_program(const struct text *text, const struct record_program *program)
{
	static const struct word reasons[] = {
		{"static", "statically linked"},
		{"set-user-id", "set-user-ID"},
		{"foreign", "of another word size or machine"},
		{0},
	};

	begin(text, "  ");
	escape_print(text->out, program->path);
	if (program->reason) {
		fputs(": ", text->out);
		escape_print(text->out, meaning(reasons, program->reason));
	}
	if (program->pid > 0)
		fprintf(text->out, " (pid %" PRIu64 ")", program->pid);
	if (program->count > 1)
		fprintf(text->out, ", %" PRIu64 " times", program->count);
	fputc('\n', text->out);
}

static void print_not_interposed(const struct text *text)
{
	begin(text, "tmpguard: programs not interposed:\n");
	for (const struct record_program *program = text->report->programs; program;
		program = program->next)
		print_program(text, program);
}

static void print_hazard(const struct text *text, const struct record_hazard *hazard)
{
	static const struct word reasons[] = {
		{"name", "the function gives a name and makes no file"},
		{"predictable", "a predictable name, and no O_EXCL"},
		{"taken", "somebody else's file was there, and no O_EXCL"},
		{"symlink", "followed somebody else's symbolic link"},
		{"own-symlink", "followed a symbolic link of the user's own"},
		{"mode", "others may read or write it"},
		{"directory-mode", "others may write to the directory"},
		{0},
	};

	begin(text, "  ");
	escape_print(text->out, hazard->path);
	fputs(": ", text->out);
	if (hazard->cwe > 0)
		fprintf(text->out, "CWE-%" PRIu64 ": ", hazard->cwe);
	escape_print(text->out, meaning(reasons, hazard->reason));
	if (hazard->is_private)
		fputs(", here in a private directory", text->out);
	print_maker(text, hazard->function, hazard->program, hazard->pid);
	if (hazard->caller) {
		fputs(", called from ", text->out);
		escape_print(text->out, hazard->caller);
	}
	fputc('\n', text->out);
}

static void print_hazards(const struct text *text)
{
	begin(text, "tmpguard: insecure uses of temporary files:\n");
	for (const struct record_hazard *hazard = text->report->hazards; hazard;
		hazard = hazard->next)
		print_hazard(text, hazard);
}

/* What is listed with verbose only, in one line. */
static void mention(const struct text *text)
{
	const struct {
		uint64_t n;
		const char *one, *many;
	} all[] = {
		{text->summary.totals[RECORD_SEEN].count, "more seen and left alone",
			"more seen and left alone"},
		{text->summary.not_interposed, "program not interposed", "programs not interposed"},
		{text->summary.hazards, "insecure use of temporary files",
			"insecure uses of temporary files"},
	};
	uint64_t sum = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i].n == 0)
			continue;
		if (sum == 0)
			begin(text, "tmpguard: ");
		fprintf(text->out, "%s%" PRIu64 " %s", sum == 0 ? "" : ", ", all[i].n,
			all[i].n == 1 ? all[i].one : all[i].many);
		add(&sum, all[i].n);
	}
	if (sum > 0)
		fprintf(text->out, "; -v lists %s\n", sum == 1 ? "it" : "them");
}

/* --- the summary --- */

static void print_totals(const struct text *text, enum record_status status, const char *what)
{
	const struct record_totals *totals = &text->summary.totals[status];

	fprintf(text->out, "%" PRIu64 " %s (", totals->count, what);
	report_text_size(text->out, totals->bytes);
	fprintf(text->out, ", %" PRIu64 " inode%s)", totals->inodes, plural(totals->inodes));
}

static void print_removed(const struct text *text)
{
	const struct record_summary *summary = &text->summary;
	uint64_t leaked = summary->totals[RECORD_LEAKED].count;
	uint64_t stuck = summary->not_removed < leaked ? summary->not_removed : leaked;

	if (leaked == 0)
		return;
	if (summary->dry_run)
		fprintf(text->out, ", %" PRIu64 " would be removed", leaked);
	else
		fprintf(text->out, ", %" PRIu64 " removed now", leaked - stuck);
	if (stuck > 0 && !summary->dry_run)
		fprintf(text->out, ", %" PRIu64 " could not be removed", stuck);
}

static void print_summary(const struct text *text)
{
	static const char *const words[] = {"left behind", "kept", "lingering"};
	const char *between = "";

	begin(text, "SUMMARY: ");
	for (int status = RECORD_LEAKED; status < RECORD_SEEN; status++) {
		bool is_only = status == RECORD_LEAKED && !has(text, RECORD_KEPT) &&
			       !has(text, RECORD_LINGERING);

		if (!is_only && !has(text, (enum record_status)status))
			continue;
		fputs(between, text->out);
		print_totals(text, (enum record_status)status, words[status]);
		if (status == RECORD_LEAKED)
			print_removed(text);
		between = "; ";
	}
	if (text->summary.is_there)
		fprintf(text->out, "; %" PRIu64 " registered and already gone", text->summary.gone);
	if (!text->summary.complete)
		fputs("; incomplete, some may be missing", text->out);
	fputc('\n', text->out);
}

void report_text(FILE *out, const struct records *report, bool verbose)
{
	struct text text = {.out = out, .report = report};

	text.summary = report->summary.is_there ? report->summary : count_up(report);
	if (!verbose && !is_worth_telling(&text))
		return;
	if (has(&text, RECORD_LEAKED))
		print_leaked(&text);
	if (has(&text, RECORD_KEPT)) {
		begin(&text, "tmpguard: temporary files kept:\n");
		print_files(&text, RECORD_KEPT);
	}
	if (has_lingering(&text))
		print_lingering(&text);
	if (verbose && has(&text, RECORD_SEEN)) {
		begin(&text, "tmpguard: seen and left alone:\n");
		print_files(&text, RECORD_SEEN);
	}
	if (verbose && report->programs)
		print_not_interposed(&text);
	if (verbose && report->hazards)
		print_hazards(&text);
	if (!verbose)
		mention(&text);
	print_summary(&text);
}

void report_text_failures(FILE *out, const struct records *report)
{
	enum { LINES_MAX = 8 };
	unsigned long n = 0;

	for (const struct record_file *file = report->files; file; file = file->next) {
		if (!file->error || ++n > LINES_MAX)
			continue;
		fputs("tmpguard: ", out);
		escape_print(out, file->path);
		fputs(": not removed: ", out);
		escape_print(out, file->error);
		fputc('\n', out);
	}
	if (n > LINES_MAX)
		fprintf(out, "tmpguard: %lu more not removed\n", n - LINES_MAX);
}
