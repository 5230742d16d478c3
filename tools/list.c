/* list.c: `tmpguard ls`: the sessions there are, and what they have. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "clean.h"
#include "escape.h"
#include "jsonline.h"
#include "session_look.h"
#include "sessions.h"
#include "subcommand.h"
#include "tmpguard.h"

static const char help[] =
	"usage: tmpguard ls [OPTION...] [DIR...]\n"
	"\n"
	"Lists the sessions of this user in the temporary directories DIR; without any, in\n"
	"TMPGUARD_DIR, TMPDIR, /tmp and /var/tmp. Nothing is changed.\n"
	"\n"
	"  --format=text    columns, under a line that names them (the default)\n"
	"  --format=jsonl   JSON Lines, one object for each session: tmpguard-ls(1)\n"
	"  -h, --help       this text\n"
	"  --version        the version\n"
	"\n"
	"STATE is live; lingering (the root has ended, others live on); kept (all have ended, "
	"what\n"
	"is there is to stay); dead (all have ended and nobody has cleaned: tmpguard reap does);\n"
	"unclear (that cannot be told); or unreadable (another user's).\n"
	"AGE is in seconds (s), minutes (m), hours (h) or days (d). ROOT is the pid "
	"of\n"
	"the first process, PROGRAM its program. FILES and DIRS count what was made and is still\n"
	"there, INODES and BYTES are of all that, with what is in the directories. - is not "
	"known.\n"
	"\n"
	"Exit status: 0; 1 when a directory could not be read, which is then named, and the rest\n"
	"done; 2 for wrong usage.\n";

enum format { FORMAT_TEXT, FORMAT_JSONL };

struct listing {
	enum format format;
	bool has_head; /* the line that names the columns was printed */
};

struct row {
	const char *path, *state, *reason;
	pid_t root;
	const char *program;
	int64_t began, age; /* in seconds; 0 and -1 unknown */
	bool is_counted, is_whole;
	uint64_t files, directories, bytes, inodes;
	uid_t owner;
};

/* --- text --- */

static void print_age(int64_t age)
{
	char text[32];

	if (age < 0)
		snprintf(text, sizeof(text), "-");
	else if (age < 120)
		snprintf(text, sizeof(text), "%" PRId64 "s", age);
	else if (age < 120 * 60)
		snprintf(text, sizeof(text), "%" PRId64 "m", age / 60);
	else if (age < 48 * 3600)
		snprintf(text, sizeof(text), "%" PRId64 "h", age / 3600);
	else
		snprintf(text, sizeof(text), "%" PRId64 "d", age / 86400);
	printf(" %5s", text);
}

static void print_number(int width, bool is_known, uint64_t n)
{
	if (is_known)
		printf(" %*" PRIu64, width, n);
	else
		printf(" %*s", width, "-");
}

static void print_row(struct listing *listing, const struct row *row)
{
	char *program = escape_copy(row->program[0] != '\0' ? row->program : "-");

	if (!listing->has_head)
		puts("STATE        AGE    ROOT PROGRAM          FILES  DIRS  INODES        BYTES "
		     "PATH");
	listing->has_head = true;
	printf("%-10s", row->state);
	print_age(row->age);
	print_number(7, row->root > 0, (uint64_t)row->root);
	printf(" %-15s", program ? program : "?");
	print_number(6, row->is_counted, row->files);
	print_number(5, row->is_counted, row->directories);
	print_number(7, row->is_counted, row->inodes);
	print_number(12, row->is_counted, row->bytes);
	putchar(' ');
	escape_print(stdout, row->path);
	if (row->owner != geteuid())
		printf(" (of user %u)", row->owner);
	if (row->reason)
		printf(" (%s)", row->reason);
	else if (row->is_counted && !row->is_whole)
		fputs(" (there is more, which cannot be read)", stdout);
	putchar('\n');
	free(program);
}

/* --- JSON Lines --- */

static void put_counts(struct tf_json *json, const struct row *row)
{
	if (!row->is_counted)
		return;
	tf__json_number(json, "files", row->files);
	tf__json_number(json, "directories", row->directories);
	tf__json_number(json, "inodes", row->inodes);
	tf__json_number(json, "bytes", row->bytes);
	tf__json_bool(json, "complete", row->is_whole);
}

static void print_json(const struct row *row)
{
	char buf[16 << 10]; /* six times the longest path, its hexadecimal digits, and the rest */
	struct tf_json json = tf__json(buf, sizeof(buf));

	tf__json_open(&json, NULL, '{');
	(void)tf__json_text(&json, "type", "session");
	tf__json_number(&json, "schema", 1);
	(void)tf__json_text(&json, "state", row->state);
	if (!tf__json_text(&json, "path", row->path))
		tf__json_hex(&json, "path_hex", row->path);
	tf__json_number(&json, "uid", row->owner);
	if (row->root > 0)
		tf__json_number(&json, "root", (uint64_t)row->root);
	if (row->program[0] != '\0')
		(void)tf__json_text(&json, "program", row->program);
	if (row->began > 0)
		tf__json_time(&json, "began", row->began, 0);
	if (row->age >= 0)
		tf__json_number(&json, "age", (uint64_t)row->age);
	put_counts(&json, row);
	if (row->reason)
		(void)tf__json_text(&json, "reason", row->reason);
	tf__json_close(&json, '}');
	printf("%.*s\n", (int)json.len, buf);
}

static void print(struct listing *listing, const struct row *row)
{
	if (listing->format == FORMAT_JSONL)
		print_json(row);
	else
		print_row(listing, row);
}

/* --- sessions --- */

static void count(void *arg, const struct tf_found *found)
{
	struct row *row = arg;

	if (found->status == TF_LEFT_ALONE || found->status == TF_NOT_INTERPOSED ||
		found->status == TF_HAZARD)
		return;
	if (S_ISDIR(found->mode))
		row->directories++;
	else
		row->files++;
	row->bytes += found->bytes;
	row->inodes += found->inodes;
	if (found->error != 0)
		row->is_whole = false;
}

static void count_files(struct row *row)
{
	struct tf_cleaning how = {.found = count, .arg = row};
	int r;

	row->is_whole = true;
	r = tf__look_at_session(row->path, &how);
	row->is_counted = r != -EPERM && r != -EPROTO;
	row->is_whole = row->is_whole && r == 0;
}

static void list_own(void *arg, const char *path)
{
	struct session_look look = session_look(path);
	struct row row = {
		.path = path,
		.state = session_state_text(look.state),
		.reason = look.reason,
		.root = look.root,
		.program = look.program,
		.began = session_began(path),
		.age = -1,
		.owner = geteuid(),
	};

	if (look.state == SESSION_GONE)
		return;
	if (row.began > 0)
		row.age = time(NULL) > row.began ? time(NULL) - row.began : 0;
	count_files(&row);
	print(arg, &row);
}

static void list_other(void *arg, const char *path, uid_t owner)
{
	struct row row = {
		.path = path, .state = "unreadable", .program = "", .age = -1, .owner = owner};

	print(arg, &row);
}

/* --- options --- */

/* -1: go on; else an exit status. */
static int take_option(void *arg, int option)
{
	struct listing *listing = arg;

	(void)option; /* there is one */
	listing->format = strcmp(optarg, "jsonl") == 0 ? FORMAT_JSONL : FORMAT_TEXT;
	if (listing->format == FORMAT_JSONL || strcmp(optarg, "text") == 0)
		return -1;
	complain("ls: --format=%s: no such format; use text or jsonl", optarg);
	return EXIT_USAGE;
}

static const struct option options[] = {
	{"format", required_argument, NULL, LONG_OPTION | 'f'},
	SUBCOMMAND_OPTIONS,
};

static const struct subcommand subcommand = {
	.name = "ls",
	.help = help,
	.letters = ":h",
	.options = options,
	.usage = EXIT_USAGE,
	.failed = 1,
	.take = take_option,
};

int command_ls(int argc, char **argv)
{
	struct listing listing = {0};
	const struct sessions_visitor visitor = {
		.own = list_own, .other = list_other, .arg = &listing};
	int status = subcommand_parse(&subcommand, argc, argv, &listing);
	bool ok;

	if (status >= 0)
		return status;
	ok = sessions_visit("ls", argv + optind, argc - optind, &visitor);
	ok &= finish_output("ls");
	return ok ? 0 : 1;
}
