/* subcommand.h: what the subcommands with options of their own share. */
#ifndef TOOLS_SUBCOMMAND_H
#define TOOLS_SUBCOMMAND_H

#include <stdbool.h>

/* In the `val` of a long option that has a short one, too: tells --verbose from -v in optopt. */
enum { LONG_OPTION = 0x100 };

/* Complains of an option after getopt_long said ':' or '?'; word is what it saw last, which for
 * short options is behind. */
void complain_of_option(const char *command, int option, const char *word);

/* Was all that was printed really written? If not, complains. */
bool finish_output(const char *command);

#endif
