/* emulate.c: stands where a program of another machine's would, and runs that under an emulator.
 *
 * Beside a copy of it named NAME lies the program, NAME.emulated. It is linked statically: what is
 * preloaded is of that machine, and is for the program alone, so no loader of this one may see it.
 * What the program starts is such a copy again; the kernel need not know the emulator.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char program[PATH_MAX + 16], preload[PATH_MAX];
	const char *of_program = getenv("LD_PRELOAD");
	char **args = calloc((size_t)argc + 8, sizeof(*args));
	ssize_t len = readlink("/proc/self/exe", program, PATH_MAX);
	size_t n = 0;

	if (len < 0 || !args)
		return 125;
	strcpy(program + len, ".emulated");
	args[n++] = (char *)EMULATOR;
	args[n++] = (char *)"-L";
	args[n++] = (char *)SYSROOT;
	args[n++] = (char *)"-0";
	args[n++] = argv[0];
	if (of_program) {
		snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", of_program);
		args[n++] = (char *)"-E";
		args[n++] = preload;
	}
	args[n++] = program;
	for (int i = 1; i < argc; i++)
		args[n++] = argv[i];
	unsetenv("LD_PRELOAD");
	execvp(EMULATOR, args);
	perror(EMULATOR);
	return 125;
}
