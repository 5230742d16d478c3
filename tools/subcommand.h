/* subcommand.h: what the subcommands share: their options, and whether their output arrived. */
#ifndef TOOLS_SUBCOMMAND_H
#define TOOLS_SUBCOMMAND_H

#include <getopt.h>
#include <stdbool.h>

/* In the `val` of each long option: tells --verbose from -v in optopt. */
enum { LONG_OPTION = 0x100 };

/* The end of each table of long options. */
#define SUBCOMMAND_OPTIONS                                                                         \
	{"help", no_argument, NULL, LONG_OPTION | 'h'},                                            \
		{"version", no_argument, NULL, LONG_OPTION | 'V'},                                 \
	{                                                                                          \
		0                                                                                  \
	}

struct subcommand {
	const char *name, *help;
	const char *letters; /* for getopt_long; with "+:" options end at the first other word */
	const struct option *options;
	int usage;  /* exit status for wrong usage */
	int failed; /* exit status when help or version could not be printed */
	/* Takes an option of its own, without LONG_OPTION: -1 to go on, or an exit status. */
	int (*take)(void *arg, int option);
};

/* -1: go on with what is left from optind; else an exit status, and everything has been said. */
int subcommand_parse(const struct subcommand *subcommand, int argc, char **argv, void *arg);

/* Was all that was printed really written? If not, complains. */
bool finish_output(const char *command);

#endif
