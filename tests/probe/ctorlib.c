/* ctorlib.c: a library that makes a temporary file before main and wants it after main.
 *
 * CTORLIB_TEMPLATE says where. At exit and again in the destructor, whichever comes first, it opens
 * the file by its name and says what it found; the second unlinks it, unless CTORLIB_FORGETS is
 * set.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[PATH_MAX];

static void say(const char *when, const char *what)
{
	char line[256];
	int len = snprintf(line, sizeof(line), "ctorlib %s: %s\n", when, what);

	if (write(STDOUT_FILENO, line, len) != len)
		_exit(90);
}

static void look(const char *when)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		say(when, "the file is gone");
	else
		say(when, text);
	if (fd >= 0)
		close(fd);
}

static void end(const char *when)
{
	static int times;

	if (!path[0])
		return;
	look(when);
	if (++times == 2 && !getenv("CTORLIB_FORGETS"))
		say(when, unlink(path) == 0 ? "unlinked it" : "could not unlink it");
}

static void at_exit(void)
{
	end("at exit");
}

__attribute__((constructor)) static void begin(void)
{
	const char *template = getenv("CTORLIB_TEMPLATE");

	if (!template)
		return;
	snprintf(path, sizeof(path), "%s", template);
	int fd = mkstemp(path);
	if (fd < 0 || write(fd, "made before main", 16) != 16) {
		say("constructor", "mkstemp failed");
		path[0] = '\0';
		return;
	}
	close(fd);
	say("constructor", "made it");
	atexit(at_exit);
}

__attribute__((destructor)) static void destroy(void)
{
	end("destructor");
}
