/* bench.c: what tmpguard costs, as a ratio against plain libc in the same run.
 *
 * How it is measured, and why so:
 *
 * Each row does the same work twice over, once as it is without tmpguard and once with it. For each
 * side a worker process is started, which differs in nothing but LD_PRELOAD; it makes its first
 * temporary file, so that its session is there, and then waits to be told to go. A round lets one
 * side do a few dozen operations, then the other; who goes first alternates. So whatever slows the
 * machine down for longer than a millisecond slows both sides of a pair: the frequency of the
 * processor, a neighbour, and above all the file system. (On ext4 without a journal, creating a
 * file costs 50 times as much for a minute after very many were removed. One side after the other
 * would have measured that.)
 *
 * The first tenth of the rounds is not counted. Everything is pinned to one processor, so that no
 * migration counts, and a spawned program does not run beside its parent. The time is the wall
 * clock's, since a shim may not only compute but also wait.
 *
 * Per row: the median of each side; the ratio, which is the median of the pairs' ratios and not the
 * ratio of the medians; and its spread, the quartiles of the pairs' ratios. A difference smaller
 * than the spread is none. The row that compares plain with plain shows what the method itself
 * makes of no difference at all.
 *
 * usage: bench run TINY EMPTY.SO SHIM DIR MEMORY JSON
 *              all rows; files are made in DIR, in /dev/shm, and in MEMORY, a directory there (or
 *              "", then these two are left out)
 *        bench work NAME COUNT DIR TINY [PRELOAD]
 *              just the work, for an instruction counter
 *        bench leave DIR
 *              makes a file in DIR, prints its name, and ends
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SHM "/dev/shm"
#define ROUNDS_MAX 10000

extern char **environ;

struct place {
	const char *dir;     /* where files are made */
	const char *tiny;    /* the program that is spawned */
	const char *preload; /* what LD_PRELOAD is in spawned programs; NULL: as in ours */
};

static void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- The work: one operation each. ---- */

static void make_and_remove(const struct place *place)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof path, "%s/benchXXXXXX", place->dir);
	fd = mkstemp(path);
	if (fd < 0 || close(fd) != 0 || unlink(path) != 0)
		die(path);
}

/* What nearly every open is: nothing to be registered. */
static void open_ordinary(const struct place *place)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)place;
	if (fd < 0 || close(fd) != 0)
		die("/dev/null");
}

/* A lock file: exclusive, and by its mode nobody's temporary file. */
static void open_exclusive(const struct place *place)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof path, "%s/bench.lock", place->dir);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0644);
	if (fd < 0 || close(fd) != 0 || unlink(path) != 0)
		die(path);
}

/* A program with a mkstemp of its own. */
static void open_drawn(const struct place *place)
{
	static unsigned n;
	char path[4096];
	int fd;

	snprintf(path, sizeof path, "%s/bench.q7Z%03xkW", place->dir, n++ & 0xfff);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || close(fd) != 0 || unlink(path) != 0)
		die(path);
}

/* environ, with LD_PRELOAD set to what the place says. Never freed: there is one place. */
static char **child_environ(const struct place *place)
{
	static char **envp;
	size_t n = 0, kept = 0;

	if (!place->preload)
		return environ;
	if (envp)
		return envp;
	while (environ[n])
		n++;
	envp = calloc(n + 2, sizeof *envp);
	if (!envp)
		die("environment");
	for (size_t i = 0; i < n; i++)
		if (strncmp(environ[i], "LD_PRELOAD=", 11) != 0)
			envp[kept++] = environ[i];
	if (asprintf(&envp[kept], "LD_PRELOAD=%s", place->preload) < 0)
		die("environment");
	return envp;
}

static void spawn_tiny(const struct place *place)
{
	char *argv[] = {(char *)place->tiny, NULL};
	int status;
	pid_t pid;

	errno = posix_spawn(&pid, place->tiny, NULL, NULL, argv, child_environ(place));
	if (errno != 0 || waitpid(pid, &status, 0) != pid || status != 0)
		die(place->tiny);
}

static void fork_and_wait(const struct place *place)
{
	pid_t pid = fork();

	(void)place;
	if (pid == 0)
		_exit(0);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		die("fork");
}

/* ---- The rows. ---- */

enum side { PLAIN, EMPTY, SHIM };         /* what is preloaded */
enum where { TMP, MEMORY, BELOW_MEMORY }; /* $TMPDIR, /dev/shm itself, a directory in it */

static const struct row {
	const char *work;
	void (*operation)(const struct place *);
	enum where where;
	int per_round;   /* operations of one side before it is the other's turn */
	bool child_only; /* preload the programs that are spawned, not the one that spawns */
	enum side reference, ours;
} rows[] = {
	{"start-up, plain against plain", spawn_tiny, TMP, 10, true, PLAIN, PLAIN},
	{"start-up, an empty .so preloaded", spawn_tiny, TMP, 10, true, PLAIN, EMPTY},
	{"start-up, root of a session", spawn_tiny, TMP, 10, true, PLAIN, SHIM},
	{"spawn and start-up within a session", spawn_tiny, TMP, 10, false, PLAIN, SHIM},
	{"fork+wait within a session", fork_and_wait, TMP, 20, false, PLAIN, SHIM},
	{"mkstemp+close+unlink in $TMPDIR", make_and_remove, TMP, 50, false, PLAIN, SHIM},
	{"mkstemp+close+unlink in " SHM, make_and_remove, MEMORY, 50, false, PLAIN, SHIM},
	{"open+close of /dev/null", open_ordinary, TMP, 500, false, PLAIN, SHIM},
	{"open(O_EXCL) of a lock file+unlink", open_exclusive, TMP, 50, false, PLAIN, SHIM},
	{"open(O_EXCL) of a drawn name+unlink", open_drawn, TMP, 50, false, PLAIN, SHIM},
	{"mkstemp+close+unlink below " SHM, make_and_remove, BELOW_MEMORY, 50, false, PLAIN, SHIM},
};
#define ROWS (sizeof rows / sizeof *rows)

static const struct work {
	const char *name;
	void (*operation)(const struct place *);
} works[] = {
	{"make_and_remove", make_and_remove},
	{"spawn_tiny", spawn_tiny},
	{"open_ordinary", open_ordinary},
	{"open_exclusive", open_exclusive},
	{"open_drawn", open_drawn},
};

/* ---- A worker: told to go by one byte, answers with the nanoseconds it took. ---- */

struct worker {
	pid_t pid;
	int go, answer;
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

/* Runs in a process of its own that was exec'ed with its side's LD_PRELOAD; serves on 0 and 1. */
static int serve(const struct row *row, const struct place *place)
{
	struct place here = {place->dir, NULL, NULL};
	char byte;

	make_and_remove(&here); /* the session is there from now on */
	while (read(0, &byte, 1) == 1) {
		uint64_t start = now(), took;

		for (int i = 0; i < row->per_round; i++)
			row->operation(place);
		took = now() - start;
		if (write(1, &took, sizeof took) != sizeof took)
			return 1;
	}
	return 0;
}

static struct worker start_worker(const struct row *row, enum side side,
	const char *const preloads[], const struct place *place)
{
	struct worker w = {.pid = -1};
	char index[16];
	int to[2], from[2];

	if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0)
		die("pipe");
	snprintf(index, sizeof index, "%zu", (size_t)(row - rows));
	w.pid = fork();
	if (w.pid < 0)
		die("fork");
	if (w.pid == 0) {
		if (dup2(to[0], 0) < 0 || dup2(from[1], 1) < 0)
			die("dup2");
		if (!row->child_only && preloads[side])
			setenv("LD_PRELOAD", preloads[side], 1);
		execl("/proc/self/exe", "bench", "serve", index, place->dir, place->tiny,
			row->child_only ? preloads[side] : NULL, (char *)NULL);
		die("exec");
	}
	close(to[0]);
	close(from[1]);
	w.go = to[1];
	w.answer = from[0];
	return w;
}

static double one_round(const struct worker *w, const struct row *row)
{
	uint64_t took;

	if (write(w->go, "g", 1) != 1 || read(w->answer, &took, sizeof took) != sizeof took) {
		fprintf(stderr, "bench: %s: the worker has ended\n", row->work);
		exit(1);
	}
	return (double)took / row->per_round;
}

static void stop_worker(const struct worker *w)
{
	int status;

	close(w->go);
	close(w->answer);
	if (waitpid(w->pid, &status, 0) != w->pid || status != 0)
		fprintf(stderr, "bench: a worker ended with wait status %#x\n", (unsigned)status);
}

/* ---- Measuring and telling. ---- */

struct result {
	double reference, ours;  /* nanoseconds per operation, medians */
	double ratio, low, high; /* of ours to reference: median and quartiles */
};

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile(double *values, int n, double q)
{
	qsort(values, (size_t)n, sizeof *values, by_size);
	return values[(int)(q * (n - 1) + 0.5)];
}

static struct result measure(
	const struct row *row, int rounds, const char *const preloads[], const struct place *place)
{
	static double reference[ROUNDS_MAX], ours[ROUNDS_MAX], ratio[ROUNDS_MAX];
	struct worker w_reference = start_worker(row, row->reference, preloads, place);
	struct worker w_ours = start_worker(row, row->ours, preloads, place);
	int warm_up = rounds / 10 + 1;

	for (int i = -warm_up; i < rounds; i++) {
		double r = 0, o;

		if (i % 2 == 0)
			r = one_round(&w_reference, row);
		o = one_round(&w_ours, row);
		if (i % 2 != 0)
			r = one_round(&w_reference, row);
		if (i < 0)
			continue;
		reference[i] = r;
		ours[i] = o;
		ratio[i] = o / r;
	}
	stop_worker(&w_reference);
	stop_worker(&w_ours);
	return (struct result){
		quantile(reference, rounds, 0.5),
		quantile(ours, rounds, 0.5),
		quantile(ratio, rounds, 0.5),
		quantile(ratio, rounds, 0.25),
		quantile(ratio, rounds, 0.75),
	};
}

static void print_json_row(FILE *json, const struct row *row, const struct result *r, int rounds)
{
	fprintf(json,
		"%s\n    {\"work\": \"%s\", \"ours_ns\": %.1f, \"reference_ns\": %.1f, \"ratio\": "
		"%.4f,"
		" \"ratio_q1\": %.4f, \"ratio_q3\": %.4f, \"rounds\": %d, \"per_round\": %d}",
		row == rows ? "" : ",", row->work, r->ours, r->reference, r->ratio, r->low, r->high,
		rounds, row->per_round);
}

static void pin(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	if (sched_setaffinity(0, sizeof set, &set) != 0)
		perror("bench: not pinned to one processor");
}

static int run(char **argv)
{
	const char *preloads[] = {[PLAIN] = NULL, [EMPTY] = argv[1], [SHIM] = argv[2]};
	const char *text = getenv("BENCH_ROUNDS");
	int rounds = text ? atoi(text) : 300;
	bool has_memory = argv[4][0] != '\0';
	FILE *json = fopen(argv[5], "w");
	struct utsname system;

	if (rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "bench: BENCH_ROUNDS=%s: not from 1 to %d\n", text, ROUNDS_MAX);
		return 1;
	}
	if (!json)
		die(argv[5]);
	pin();
	uname(&system);
	fprintf(json, "{\n  \"system\": \"%s %s %s\",\n  \"rows\": [", system.sysname,
		system.release, system.machine);
	printf("%-38s %12s %12s %7s  %s\n", "work", "ours", "reference", "ratio", "spread");
	for (size_t i = 0; i < ROWS; i++) {
		struct place place = {argv[3], argv[0], NULL};
		struct result r;

		if (rows[i].where != TMP && !has_memory)
			continue;
		if (rows[i].where != TMP)
			place.dir = rows[i].where == MEMORY ? SHM : argv[4];
		r = measure(&rows[i], rounds, preloads, &place);
		printf("%-38s %9.2f us %9.2f us %7.3f  %.3f to %.3f\n", rows[i].work, r.ours / 1000,
			r.reference / 1000, r.ratio, r.low, r.high);
		fflush(stdout);
		print_json_row(json, &rows[i], &r, rounds);
	}
	fputs("\n  ]\n}\n", json);
	return fclose(json) == 0 ? 0 : 1;
}

static int work(const char *name, int count, const struct place *place)
{
	for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
		if (strcmp(works[i].name, name) != 0)
			continue;
		while (count-- > 0)
			works[i].operation(place);
		return 0;
	}
	fprintf(stderr, "bench: %s: no such work\n", name);
	return 2;
}

static int leave(const char *dir)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/benchXXXXXX", dir);
	if (mkstemp(path) < 0)
		die(path);
	puts(path);
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (strcmp(verb, "run") == 0 && argc == 8)
		return run(argv + 2);
	if (strcmp(verb, "serve") == 0 && argc >= 5)
		return serve(&rows[atoi(argv[2])],
			&(struct place){argv[3], argv[4], argc > 5 ? argv[5] : NULL});
	if (strcmp(verb, "work") == 0 && argc >= 6)
		return work(argv[2], atoi(argv[3]),
			&(struct place){argv[4], argv[5], argc > 6 ? argv[6] : NULL});
	if (strcmp(verb, "leave") == 0 && argc == 3)
		return leave(argv[2]);
	fprintf(stderr, "usage: bench run TINY EMPTY.SO SHIM DIR MEMORY JSON\n");
	return 2;
}
