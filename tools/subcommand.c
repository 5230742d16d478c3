/* subcommand.c: what the subcommands share: their options, and whether their output arrived. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "subcommand.h"
#include "tmpguard.h"

/* After getopt_long said ':' or '?'; word is what it saw last, which for letters is behind. */
static void complain_of_option(const char *command, int option, const char *word)
{
	char letter[] = {'-', (char)optopt, '\0'};

	if (optopt != 0 && !(optopt & LONG_OPTION))
		word = letter;
	complain("%s: %s: %s; try tmpguard %s --help", command, word,
		option == ':'            ? "needs a value"
		: (optopt & LONG_OPTION) ? "takes no value"
					 : "no such option",
		command);
}

int subcommand_parse(const struct subcommand *subcommand, int argc, char **argv, void *arg)
{
	int option;
	int status = -1;

	opterr = 0;
	while (status < 0 && (option = getopt_long(argc, argv, subcommand->letters,
				      subcommand->options, NULL)) >= 0) {
		bool is_wrong = option == ':' || option == '?';

		if (is_wrong)
			complain_of_option(subcommand->name, option, argv[optind - 1]);
		option &= ~LONG_OPTION;
		if (is_wrong)
			return subcommand->usage;
		if (option != 'h' && option != 'V') {
			status = subcommand->take(arg, option);
			continue;
		}
		fputs(option == 'h' ? subcommand->help : "tmpguard " TMPGUARD_VERSION "\n", stdout);
		return finish_output(subcommand->name) ? 0 : subcommand->failed;
	}
	return status;
}

/* What was printed may have met a full disk, now or earlier; of earlier the reason is lost. */
bool finish_output(const char *command)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	complain("%s: standard output: %s", command,
		errno ? strerror(errno) : "not all of it could be written");
	return false;
}
