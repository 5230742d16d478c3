/* soak.c: makes and removes very many temporary files, in several patterns, and says how large the
 * journal of the session that it runs in has become. It knows nothing of tmpguard but where that
 * journal lies.
 *
 *	soak PATTERN NUMBER
 *
 * prints "PATTERN NUMBER largest=BYTES now=BYTES", or fails and says why.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ALIVE = 100, THREADS = 8, LONG = 120, BURST = 100000, CHILD_MAKES = 50 };

static const char *dir;
static long largest;

static void die(const char *what)
{
	fprintf(stderr, "soak: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Of the only session that there is, by TMPGUARD_SESSION; 0 while there is none. */
static long journal_size(void)
{
	const char *session = getenv("TMPGUARD_SESSION");
	char path[PATH_MAX];
	struct stat stat_buf;

	session = session ? strchr(session, ':') : NULL;
	if (!session)
		return 0;
	snprintf(path, sizeof(path), "%s/journal", session + 1);
	return stat(path, &stat_buf) == 0 ? stat_buf.st_size : 0;
}

static void note_size(void)
{
	long size = journal_size();

	if (size > largest)
		largest = size;
}

static void make(char *path, const char *below)
{
	int fd;

	snprintf(path, PATH_MAX, "%s/%ssoak.XXXXXX", dir, below);
	fd = mkstemp(path);
	if (fd < 0)
		die(path);
	close(fd);
}

static void make_and_remove(const char *below)
{
	char path[PATH_MAX];

	make(path, below);
	if (unlink(path) < 0)
		die(path);
}

static void one(long number)
{
	for (long i = 0; i < number; i++) {
		make_and_remove("");
		if (i % 1000 == 0)
			note_size();
	}
}

/* At any time this many are alive, the oldest of which goes next. */
static void alive(long number)
{
	static char paths[ALIVE][PATH_MAX];

	for (long i = 0; i < number + ALIVE; i++) {
		char *path = paths[i % ALIVE];

		if (path[0] != '\0' && unlink(path) < 0)
			die(path);
		path[0] = '\0';
		if (i < number)
			make(path, "");
		if (i % 1000 == 0)
			note_size();
	}
}

static void *thread(void *arg)
{
	for (long i = 0; i < *(long *)arg; i++)
		make_and_remove("");
	return NULL;
}

static void threads(long number)
{
	pthread_t ids[THREADS];
	long each = number / THREADS;

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&ids[i], NULL, thread, &each) != 0)
			die("pthread_create");
	for (int i = 0; i < THREADS; i++)
		pthread_join(ids[i], NULL);
}

/* Children that are killed, each after some files. */
static void children(long number)
{
	for (long i = 0; i < number / CHILD_MAKES; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			for (int j = 0; j < CHILD_MAKES; j++)
				make_and_remove("");
			raise(SIGKILL);
		}
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			die("fork");
		note_size();
	}
}

static void long_paths(long number)
{
	char below[3 * LONG + 1], path[PATH_MAX];

	for (int i = 0; i < 3; i++) {
		memset(below + i * LONG, 'd', LONG - 1);
		below[(i + 1) * LONG - 1] = '/';
		below[(i + 1) * LONG] = '\0';
		snprintf(path, sizeof(path), "%s/%s", dir, below);
		if (mkdir(path, 0700) < 0)
			die(path);
	}
	for (long i = 0; i < number; i++) {
		make_and_remove(below);
		if (i % 1000 == 0)
			note_size();
	}
	for (int i = 3; i > 0; i--) {
		below[i * LONG] = '\0';
		snprintf(path, sizeof(path), "%s/%s", dir, below);
		if (rmdir(path) < 0)
			die(path);
	}
}

static void renamed(long number)
{
	char path[PATH_MAX], to[PATH_MAX];

	snprintf(to, sizeof(to), "%s/target", dir);
	for (long i = 0; i < number; i++) {
		make(path, "");
		if (rename(path, to) < 0)
			die(to);
		if (i % 1000 == 0)
			note_size();
	}
	if (unlink(to) < 0)
		die(to);
}

/* Very many at once, all of them removed; then few. */
static void burst(long number)
{
	long n = number / 10 < BURST ? number / 10 : BURST;
	char(*paths)[64] = calloc((size_t)n, sizeof(*paths));

	for (long i = 0; i < n; i++) {
		char path[PATH_MAX];

		make(path, "");
		if (!paths || strlen(path) >= sizeof(*paths))
			die("paths are too long");
		strcpy(paths[i], path);
	}
	note_size();
	for (long i = 0; i < n; i++)
		if (unlink(paths[i]) < 0)
			die(paths[i]);
	free(paths);
	one(number);
}

/* Created by an open of the program's own. */
static void by_open(long number)
{
	char path[PATH_MAX];

	for (long i = 0; i < number; i++) {
		int fd;

		snprintf(path, sizeof(path), "%s/tmp%08lxq", dir, (unsigned long)i);
		fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
		if (fd < 0 || unlink(path) < 0)
			die(path);
		close(fd);
		if (i % 1000 == 0)
			note_size();
	}
}

static const struct {
	const char *name;
	void (*run)(long number);
} patterns[] = {
	{"one", one},
	{"alive", alive},
	{"threads", threads},
	{"children", children},
	{"long", long_paths},
	{"renamed", renamed},
	{"burst", burst},
	{"open", by_open},
};

int main(int argc, char **argv)
{
	long number = argc == 3 ? strtol(argv[2], NULL, 10) : 0;

	dir = getenv("TMPDIR");
	for (size_t i = 0; dir && number > 0 && i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		if (strcmp(argv[1], patterns[i].name) != 0)
			continue;
		patterns[i].run(number);
		note_size();
		printf("%s %ld largest=%ld now=%ld\n", argv[1], number, largest, journal_size());
		return 0;
	}
	fprintf(stderr, "usage: TMPDIR=DIR soak PATTERN NUMBER\n");
	return 2;
}
