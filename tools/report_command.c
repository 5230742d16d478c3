/* report_command.c: `tmpguard report`: JSON Lines in, one report or one file of reports out. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "records.h"
#include "report_text.h"
#include "subcommand.h"
#include "tmpguard.h"

static const char help[] =
	"usage: tmpguard report [OPTION...] FILE...\n"
	"\n"
	"Reads reports, JSON Lines as tmpguard-report(5) describes, and prints them to standard\n"
	"output. FILE may be `-`: standard input.\n"
	"\n"
	"  --format=text    as `tmpguard run` prints them, and nothing of reports in which "
	"nothing\n"
	"                   was left behind, kept or lingering; the default\n"
	"  --format=jsonl   all lines of all files, in one stream\n"
	"  -v, --verbose    list all that was seen or insecure, and totals even when nothing was "
	"left\n"
	"  --help, --version\n"
	"\n"
	"Exit status: 0; 1 when a file or a line could not be read, which is then named, and the\n"
	"rest done; 2 for wrong usage.\n";

enum format { FORMAT_TEXT, FORMAT_JSONL };

struct options {
	enum format format;
	bool verbose;
};

static bool parse_format(const char *text, enum format *ret_format)
{
	static const char *const names[] = {"text", "jsonl"};

	for (int i = 0; i < 2; i++) {
		if (strcmp(text, names[i]) == 0) {
			*ret_format = (enum format)i;
			return true;
		}
	}
	return false;
}

/* -1: go on; else an exit status. */
static int take_option(void *arg, int option)
{
	struct options *options = arg;

	if (option == 'v') {
		options->verbose = true;
		return -1;
	}
	if (parse_format(optarg, &options->format))
		return -1;
	complain("report: --format=%s: no such format; use text or jsonl", optarg);
	return EXIT_USAGE;
}

static const struct option long_options[] = {
	{"format", required_argument, NULL, LONG_OPTION | 'f'},
	{"verbose", no_argument, NULL, LONG_OPTION | 'v'},
	SUBCOMMAND_OPTIONS,
};

static const struct subcommand subcommand = {
	.name = "report",
	.help = help,
	.letters = ":vh",
	.options = long_options,
	.usage = EXIT_USAGE,
	.failed = 1,
	.take = take_option,
};

static int parse_options(struct options *options, int argc, char **argv)
{
	int status = subcommand_parse(&subcommand, argc, argv, options);

	if (status >= 0 || optind < argc)
		return status;
	complain("report: no FILE; usage: tmpguard report [OPTION...] FILE...");
	return EXIT_USAGE;
}

/* False: all of it, or a part, could not be used, and was complained of. */
static bool read_file(struct records_set *set, const char *path, FILE *copy)
{
	bool is_input = strcmp(path, "-") == 0;
	char *name = escape_copy(is_input ? "standard input" : path);
	FILE *file = is_input ? stdin : fopen(path, "re");
	int r = file ? records_read(set, file, name ? name : "?", copy) : -errno;

	if (r < 0)
		complain("report: %s: %s", name ? name : "?", strerror(-r));
	if (file && !is_input)
		fclose(file);
	free(name);
	return r == 0;
}

int command_report(int argc, char **argv)
{
	struct options options = {0};
	struct records_set set = {0};
	bool ok = true;
	int status = parse_options(&options, argc, argv);

	if (status >= 0)
		return status;
	for (int i = optind; i < argc; i++)
		ok &= read_file(&set, argv[i], options.format == FORMAT_JSONL ? stdout : NULL);
	if (options.format == FORMAT_TEXT)
		for (const struct records *report = set.reports; report; report = report->next)
			if (!report->is_foreign)
				report_text(stdout, report, options.verbose);
	records_free(&set);
	ok &= finish_output("report");
	return ok ? 0 : 1;
}
