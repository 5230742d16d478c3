/* tmpguard.h: what the parts of the tool share. */
#ifndef TOOLS_TMPGUARD_H
#define TOOLS_TMPGUARD_H

#include <stdarg.h>
#include <stdbool.h>

/* Exit statuses of `tmpguard run` that are its own; the command's otherwise. As with env(1),
 * timeout(1) and nohup(1). */
enum {
	EXIT_TOOL = 125, /* tmpguard itself could not do it, usage errors included */
	EXIT_CANNOT_RUN = 126,
	EXIT_NOT_FOUND = 127,
	EXIT_USAGE = 2, /* of every subcommand but `run` */
};

/* Prints one line "tmpguard: ..." to standard error. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

int command_run(int argc, char **argv);
int command_report(int argc, char **argv);
int command_ls(int argc, char **argv);
int command_reap(int argc, char **argv);
int command_persist(int argc, char **argv);
int command_doctor(int argc, char **argv);

#endif
