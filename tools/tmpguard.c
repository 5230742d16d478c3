/* tmpguard.c: the tool's front: which subcommand, help, version. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "tmpguard.h"

static const char help[] =
	"usage: tmpguard run [OPTION...] [--] COMMAND [ARG...]\n"
	"       tmpguard report [OPTION...] FILE...\n"
	"       tmpguard ls [OPTION...] [DIR...]\n"
	"       tmpguard reap [OPTION...] [DIR...]\n"
	"       tmpguard persist PATH...\n"
	"       tmpguard doctor [OPTION...] PROGRAM...\n"
	"       tmpguard --help | --version\n"
	"\n"
	"  run      run COMMAND; when it has ended, remove the temporary files that it and its\n"
	"           children left behind, and say which they were (tmpguard run --help)\n"
	"  report   print reports that were written as JSON Lines, or merge them\n"
	"           (tmpguard report --help)\n"
	"  ls       list sessions, with their state, files and sizes (tmpguard ls --help)\n"
	"  reap     remove what dead sessions have left (tmpguard reap --help)\n"
	"  persist  called inside a session: keep these files (tmpguard persist --help)\n"
	"  doctor   tell whether a program is interposed, and what is seen of it\n"
	"           (tmpguard doctor --help)\n";

static const struct subcommand {
	const char *name;
	int (*command)(int argc, char **argv);
} subcommands[] = {
	{"run", command_run},
	{"report", command_report},
	{"ls", command_ls},
	{"reap", command_reap},
	{"persist", command_persist},
	{"doctor", command_doctor},
};

/* One write, so that lines of several processes do not mix; and one line, whatever is in a value.
 */
static void print_line(const char *text)
{
	char *shown = NULL;
	size_t len = 0;
	FILE *line = open_memstream(&shown, &len);

	if (line) {
		fputs("tmpguard: ", line);
		escape_print_line(line, text);
		fputc('\n', line);
		if (fclose(line) == 0)
			fwrite(shown, 1, len, stderr);
	}
	free(shown);
}

void complain(const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0) { /* no memory: the format says most of it */
		fprintf(stderr, "tmpguard: %s\n", format);
		return;
	}
	print_line(text);
	free(text);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		complain("no subcommand; try tmpguard --help");
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++)
		if (strcmp(argv[1], subcommands[i].name) == 0)
			return subcommands[i].command(argc - 1, argv + 1);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		fputs(help, stdout);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("tmpguard " TMPGUARD_VERSION);
		return 0;
	}
	complain("%s: no such subcommand; try tmpguard --help", argv[1]);
	return EXIT_USAGE;
}
