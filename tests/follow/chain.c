/* chain.c: programs that become each other, or start each other and end at once, as fast as they
 * can, and look whether their files are still there.
 *
 *	chain MODE STOP LOST TEMPLATE STEP FILE... -- PROGRAM...
 *
 * Each step checks the FILEs; one that is missing is told in the file LOST, and ends the chain, as
 * does the file STOP. MODE is how the next of the PROGRAMs is run, in turn: exec, vfork, fork,
 * spawn, system, popen, or all: each in turn. A step that carries tmpguard makes a file of TEMPLATE
 * instead of the second FILE, for the next ones to look for.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

enum { WORDS = 32 };

static char *template, *lost;

static int is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

static void tell_lost(const char *what, int step)
{
	FILE *file = fopen(lost, "a");

	if (file) {
		fprintf(file, "step %d: %s: %s\n", step, what, strerror(errno));
		fclose(file);
	}
	exit(1);
}

/* The one before goes when this one is there. */
static char *make_another(char *before, int step)
{
	char *path = strdup(template);
	int fd = mkstemp(path);

	if (fd < 0)
		tell_lost(path, step);
	close(fd);
	if (before)
		unlink(before);
	return path;
}

static const char *line_of(char **argv, const char *end)
{
	static char line[8192];
	size_t len = 0;

	for (int i = 0; argv[i]; i++)
		len += (size_t)snprintf(line + len, sizeof(line) - len, "'%s' ", argv[i]);
	snprintf(line + len, sizeof(line) - len, "%s", end);
	return line;
}

/* Comes back in who is to end now. */
static void go_on(const char *mode, char **argv)
{
	static const char in_background[] = "</dev/null >/dev/null 2>&1 &";
	pid_t pid = 0;

	if (strcmp(mode, "vfork") == 0)
		pid = vfork();
	else if (strcmp(mode, "fork") == 0)
		pid = fork();
	else if (strcmp(mode, "spawn") == 0)
		pid = posix_spawn(&pid, argv[0], NULL, NULL, argv, environ) == 0 ? pid : -1;
	else if (strcmp(mode, "system") == 0)
		pid = system(line_of(argv, in_background)) == 0 ? 1 : -1;
	else if (strcmp(mode, "popen") == 0)
		pid = popen(line_of(argv, in_background), "r") ? 1 : -1;
	if (pid == 0) {
		execv(argv[0], argv);
		_exit(1);
	}
	if (pid < 0)
		perror(mode);
}

static const char *mode_of(const char *mode, int step)
{
	static const char *const all[] = {
		"exec", "vfork", "fork", "spawn", "system", "exec", "popen"};

	return strcmp(mode, "all") == 0 ? all[step % 7] : mode;
}

int main(int argc, char **argv)
{
	char *next[WORDS] = {NULL}, text[16];
	int step, n, first = 6, programs;

	if (argc < 9 || argc >= WORDS)
		return 2;
	lost = argv[3];
	template = argv[4];
	step = atoi(argv[5]);
	for (n = first; strcmp(argv[n], "--") != 0; n++)
		if (!is_there(argv[n]))
			tell_lost(argv[n], step);
	if (is_there(argv[2]))
		return 0;
	programs = argc - n - 1;
	memcpy(next, argv, (size_t)argc * sizeof(*argv));
	snprintf(text, sizeof(text), "%d", step + 1);
	next[5] = text;
	next[0] = argv[n + 1 + (step + 1) % programs];
	if (getenv("TMPGUARD_SESSION") && strstr(argv[0], "static") == NULL) {
		if (n == first + 1) { /* there was but one file: room for the second */
			memmove(next + first + 2, next + first + 1,
				(size_t)(argc - first - 1) * sizeof(*next));
			next[first + 1] = make_another(NULL, step);
		} else {
			next[first + 1] = make_another(argv[first + 1], step);
		}
	}
	go_on(mode_of(argv[1], step), next);
	return 0;
}
