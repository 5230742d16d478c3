/* subcommand.c: what the subcommands with options of their own share. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "subcommand.h"
#include "tmpguard.h"

void complain_of_option(const char *command, int option, const char *word)
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
