/* torture.c: kills programs at each of their system calls, and looks at what is left and lost.
 *
 *	torture BUILD [--first N] [--step N] [--jobs N] [--only SWEEP] [--calls NAMES]
 *		NAME=DIR...
 *
 * The calls killed at are the first (1) and every stepth (1) after it; with --calls ("linkat
 *unlink") only those of these names count. BUILD holds what `make` built; killat and the scenario
 *lie beside this program. Everything happens below the directories DIR, in as many at a time as
 *there are jobs (1). NAME is what they are called in the output. On an overlay the stand-ins for
 *locks lie in /dev/shm: there must be only one DIR on one, and no other user of tmpguard at work.
 *
 * Exit status: 0 nothing left and nothing lost, 1 something was, 2 it could not be tried.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "torture.h"

static void usage(void)
{
	fprintf(stderr, "usage: torture BUILD [--first N] [--step N] [--jobs N] [--only SWEEP] "
			"[--calls NAMES] NAME=DIR...\n");
	exit(2);
}

/* Nothing of the caller's makes a difference. */
static void begin(void)
{
	extern char **environ;

	for (char **variable = environ; *variable;)
		if (strncmp(*variable, "TMPGUARD_", 9) == 0)
			*strchr(*variable, '=') = '\0', unsetenv(*variable);
		else
			variable++;
	unsetenv("LD_PRELOAD");
	unsetenv("TMP");
	unsetenv("TEMP");
	setenv("HOME", "/", 1);
	umask(022);
	if (chdir("/") < 0)
		exit(2);
}

/* The result of a process of its own for each place. */
struct result {
	struct tally tally;
	bool is_good;
};

static void tell(const char *what, const struct tally *tally)
{
	printf("%s: ", what);
	tally_print(tally);
	putchar('\n');
	fflush(stdout);
}

static void torture(const struct setup *setup, const char *where, struct result *result)
{
	struct place place;
	char name[sizeof(place.name)], other[64];
	const char *dir = strchr(where, '=');

	if (!dir || dir[1] != '/' || (size_t)(dir - where) >= sizeof(name))
		usage();
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		exit(2);
	snprintf(name, sizeof(name), "%.*s", (int)(dir - where), where);
	snprintf(other, sizeof(other), "/dev/shm/tgt-torture.%d", (int)getpid());
	place_make(&place, name, dir + 1, other);
	result->is_good = sweep_all(setup, &place, &result->tally);
	place_remove(&place);
	tell(name, &result->tally);
}

static void find_tests(struct setup *setup)
{
	ssize_t len = readlink("/proc/self/exe", setup->tests, sizeof(setup->tests) - 1);

	if (len < 0)
		exit(2);
	setup->tests[len] = '\0';
	*strrchr(setup->tests, '/') = '\0';
}

static int parse(struct setup *setup, int argc, char **argv)
{
	int i = 2;

	if (argc < 3)
		usage();
	*setup = (struct setup){.build = argv[1], .first = 1, .step = 1, .jobs = 1};
	find_tests(setup);
	for (; i + 1 < argc && strncmp(argv[i], "--", 2) == 0; i += 2)
		if (strcmp(argv[i], "--step") == 0)
			setup->step = strtoul(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--first") == 0)
			setup->first = strtoul(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--jobs") == 0)
			setup->jobs = atoi(argv[i + 1]);
		else if (strcmp(argv[i], "--only") == 0)
			setup->only = argv[i + 1];
		else if (strcmp(argv[i], "--calls") == 0)
			setup->calls = argv[i + 1];
		else
			usage();
	if (i >= argc || setup->step == 0 || setup->jobs <= 0)
		usage();
	return i;
}

static void start_place(const struct setup *setup, const char *where, struct result *result)
{
	pid_t pid = fork();

	if (pid < 0)
		exit(2);
	if (pid > 0)
		return;
	torture(setup, where, result);
	exit(0);
}

static void torture_all(const struct setup *setup, char **where, int n, struct result *results)
{
	int started = 0, running = 0;

	while (started < n || running > 0) {
		if (started < n && running < setup->jobs) {
			start_place(setup, where[started], &results[started]);
			started++;
			running++;
		} else if (wait(NULL) > 0) {
			running--;
		}
	}
}

int main(int argc, char **argv)
{
	struct setup setup;
	struct tally total = {0};
	bool good = true;
	int first = parse(&setup, argc, argv);
	int n = argc - first;
	struct result *results = mmap(NULL, (size_t)n * sizeof(*results), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (results == MAP_FAILED)
		return 2;
	begin();
	torture_all(&setup, argv + first, n, results);
	for (int i = 0; i < n; i++) {
		tally_add(&total, &results[i].tally);
		good = good && results[i].is_good;
	}
	tell("torture", &total);
	if (!good || total.kills == 0)
		return 2;
	return total.leftovers > 0 || total.losses > 0 || total.late > 0;
}
