/* replay.c: makes again what a program of the corpus made, by the same calls of libc.
 *
 * Run under that program's name, with lines CALL FLAGS MODE NAME TEMPLATE on standard input,
 * separated by tabs, and the directory for all of it as argument. Prints the path of each, one line
 * each, empty where it could not be made. %p, %u and %s in names are as parse.py says. With a
 * process id that would look like something else (R6 of shape.c) it does nothing and exits with 77.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { TRY_AGAIN = 77 };

static const struct {
	const char *word;
	int flag;
} flags[] = {
	{"creat", O_CREAT},
	{"excl", O_EXCL},
	{"trunc", O_TRUNC},
	{"wronly", O_WRONLY},
	{"rdwr", O_RDWR},
	{"append", O_APPEND},
};

static int parse_flags(char *words)
{
	int all = 0;

	for (char *word = strtok(words, ","); word; word = strtok(NULL, ","))
		for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
			if (strcmp(word, flags[i].word) == 0)
				all |= flags[i].flag;
	return all;
}

static void expand(const char *name, char *ret_name)
{
	for (; *name != '\0'; name++) {
		if (*name != '%') {
			*ret_name++ = *name;
			continue;
		}
		name++;
		ret_name += *name == 'p'   ? sprintf(ret_name, "%d", getpid())
			    : *name == 'u' ? sprintf(ret_name, "%d", getuid())
			    : *name == 's' ? sprintf(ret_name, "%ld", (long)time(NULL))
					   : sprintf(ret_name, "%c", *name);
	}
	*ret_name = '\0';
}

/* The template is filled; X's may be followed by a suffix. */
static int make_drawn(const char *call, char *path)
{
	int suffix = (int)strlen(strrchr(path, 'X') ? strrchr(path, 'X') + 1 : "");

	if (strcmp(call, "mkdtemp") == 0)
		return mkdtemp(path) ? 0 : -1;
	return suffix > 0 ? mkstemps(path, suffix) : mkstemp(path);
}

static int make_below(const char *dir, const char *name, int how, mode_t mode)
{
	int fd = open(dir, O_PATH | O_DIRECTORY);

	return how < 0 ? mkdirat(fd, name, mode) : openat(fd, name, how, mode);
}

/* A directory where `how` is below 0. */
static int make(const char *call, const char *path, int how, mode_t mode)
{
	bool is_dir = how < 0;

	if (strcmp(call, "mkdirat") == 0)
		return mkdirat(AT_FDCWD, path, mode);
	if (strcmp(call, "mkdir") == 0)
		return mkdir(path, mode);
	if (strcmp(call, "openat") == 0)
		return openat(AT_FDCWD, path, how, mode);
	if (strncmp(call, "creat", 5) == 0)
		return creat(path, mode);
	if (strcmp(call, "open") == 0)
		return open(path, how, mode);
	return (int)(is_dir ? syscall(SYS_mkdirat, AT_FDCWD, path, mode)
			    : syscall(SYS_openat, AT_FDCWD, path, how, mode));
}

static void replay(const char *dir, char *line)
{
	char *call = strsep(&line, "\t"), *words = strsep(&line, "\t");
	mode_t mode = (mode_t)strtoul(strsep(&line, "\t"), NULL, 8);
	char *name = strsep(&line, "\t"), *template = strsep(&line, "\n");
	int how = strcmp(words, "dir") == 0 ? -1 : parse_flags(words);
	char path[PATH_MAX], plain[NAME_MAX * 3];
	int r;

	expand(strcmp(template, "-") == 0 ? name : template, plain);
	snprintf(path, sizeof(path), "%s/%s", dir, plain);
	if (strstr(call, "temp"))
		r = make_drawn(call, path);
	else if (strstr(call, "-below"))
		r = make_below(dir, plain, how, mode);
	else
		r = make(call, path, how, mode);
	puts(r < 0 ? "" : path);
}

int main(int argc, char **argv)
{
	char line[2 * PATH_MAX];
	int pid = getpid();

	if (pid < 1000 || (pid >= 1900 && pid < 2100))
		return TRY_AGAIN;
	while (argc > 1 && fgets(line, sizeof(line), stdin))
		replay(argv[1], line);
	return 0;
}
