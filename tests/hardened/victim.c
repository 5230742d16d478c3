/* victim.c: an old program that writes a secret to a temporary file, in the ways of which books on
 * secure programming warn. It stops in the moment that an attacker hopes for:
 *
 *	victim NAME USE DIR
 *
 * NAME: where the name comes from: mktemp (in TMPDIR), tempnam, tmpnam, or fixed (TMPDIR/app.tmp).
 * USE:  fopen   opens the name for writing (0666 without the umask), and writes the secret
 *       check   the same by open, once access() has said that nothing is there
 *       dir     makes a directory of it, for all, and later reads back what it wrote there
 *
 * DIR/name holds the name when the moment has come; it goes on when there is DIR/go, says by
 * DIR/done that it has used the name, and ends when there is DIR/end. DIR/read is what it has read
 * back.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *dir;

static void die(const char *what)
{
	fprintf(stderr, "victim: %s: %s\n", what, strerror(errno));
	exit(1);
}

static const char *in_dir(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* What is there is whole. */
static void tell(const char *name, const char *text)
{
	char unfinished[PATH_MAX];
	FILE *file;

	snprintf(unfinished, sizeof(unfinished), "%s/.%s", dir, name);
	file = fopen(unfinished, "w");
	if (!file || fputs(text, file) < 0 || fclose(file) != 0 ||
		rename(unfinished, in_dir(name)) < 0)
		die(name);
}

static void wait_for(const char *name)
{
	const struct timespec moment = {.tv_nsec = 2000000};

	for (int left = 10000; left > 0; left--) {
		if (access(in_dir(name), F_OK) == 0)
			return;
		nanosleep(&moment, NULL);
	}
	die(name);
}

static const char *draw(const char *how)
{
	static char text[PATH_MAX];

	if (strcmp(how, "tempnam") == 0)
		return tempnam(NULL, "app");
	if (strcmp(how, "tmpnam") == 0)
		return tmpnam(NULL);
	snprintf(text, sizeof(text), "%s/app.%s", getenv("TMPDIR"),
		strcmp(how, "mktemp") == 0 ? "XXXXXXXXXXXX" : "tmp");
	return strcmp(how, "mktemp") == 0 ? mktemp(text) : text;
}

static void write_secret(int fd)
{
	if (fd < 0 || write(fd, "secret\n", 7) != 7 || close(fd) < 0)
		die("writing");
}

static void use_file(const char *name, bool checks)
{
	FILE *file;

	if (checks && access(name, F_OK) == 0)
		die("it is there already");
	tell("name", name);
	wait_for("go");
	if (checks) {
		write_secret(open(name, O_WRONLY | O_CREAT | O_TRUNC, 0666));
		return;
	}
	file = fopen(name, "w");
	write_secret(file ? dup(fileno(file)) : -1);
	fclose(file);
}

static void use_dir(const char *name)
{
	char path[PATH_MAX], text[64] = "";
	FILE *file;

	umask(0);
	if (mkdir(name, 0777) < 0)
		die("mkdir");
	umask(022);
	snprintf(path, sizeof(path), "%s/config", name);
	write_secret(open(path, O_WRONLY | O_CREAT | O_EXCL, 0644));
	tell("name", name);
	wait_for("go");
	file = fopen(path, "r");
	if (!file || !fgets(text, sizeof(text), file))
		die("reading back");
	fclose(file);
	tell("read", text);
}

int main(int argc, char **argv)
{
	const char *name;

	if (argc != 4)
		return 2;
	dir = argv[3];
	name = draw(argv[1]);
	if (!name || name[0] == '\0')
		die("a name");
	if (strcmp(argv[2], "dir") == 0)
		use_dir(name);
	else
		use_file(name, strcmp(argv[2], "check") == 0);
	tell("done", "");
	wait_for("end");
	return 0;
}
