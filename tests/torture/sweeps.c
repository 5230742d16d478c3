/* sweeps.c: what is killed at each of its calls.
 *
 * A kill goes like this: a dead session is left first, where the sweep asks for one; killat kills
 * at the Nth call and waits for all that it traces; then either janitors clean, or, where they have
 * been killed as well, a next session or `tmpguard reap` comes. Then nothing may be left.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "torture.h"

enum { WORDS_MAX = 32, FAILURES_MAX = 3, IN_A_ROW = 3 };

enum way { SHIMMED, GUARDED, REAP };

struct sweep {
	const char *name;
	const char *options; /* killat's */
	enum way way;
	const char *ending; /* of the scenario */
	bool dead_first;
	bool reclaims;
};

#define JANITOR "--janitors --only tmpguard-janitor"
#define EVERYBODY "--all --janitors"

static const struct sweep sweeps[] = {
	{"bare", "", SHIMMED, "return", false, false},
	{"bare, the whole tree at once", "--all", SHIMMED, "return", false, false},
	{"run", "", GUARDED, "return", false, false},
	{"run, the whole tree at once", "--all", GUARDED, "return", false, false},
	{"the janitor", JANITOR, SHIMMED, "die", false, true},
	{"the janitor of run", JANITOR, GUARDED, "die-both", false, true},
	{"bare, with the janitor", EVERYBODY, SHIMMED, "return", false, true},
	{"run, with the janitor", EVERYBODY, GUARDED, "return", false, true},
	{"reap", "", REAP, "", true, true},
	{"the janitor of the next session", JANITOR, SHIMMED, "small", true, true},
};

static const struct setup *setup;
static const struct place *place;
static char said[TEXT_SIZE]; /* the file with killat's messages */

/* --- command lines --- */

struct command {
	char *words[WORDS_MAX];
	int count;
	char text[TEXT_SIZE * 8];
	size_t len;
};

static void add(struct command *c, const char *word)
{
	if (c->count + 1 >= WORDS_MAX || c->len + strlen(word) + 1 > sizeof(c->text))
		abort();
	c->words[c->count++] = strcpy(c->text + c->len, word);
	c->words[c->count] = NULL;
	c->len += strlen(word) + 1;
}

static void add_built(struct command *c, const char *name)
{
	char path[TEXT_SIZE];

	snprintf(path, sizeof(path), "%s/%s", setup->build, name);
	add(c, path);
}

static void add_test(struct command *c, const char *name)
{
	char path[TEXT_SIZE];

	snprintf(path, sizeof(path), "%s/%s", setup->tests, name);
	add(c, path);
}

static void add_each(struct command *c, const char *words)
{
	char copy[TEXT_SIZE], *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", words);
	while ((word = strsep(&rest, " ")))
		if (*word)
			add(c, word);
}

static void add_killat(struct command *c, unsigned long n, const char *options, enum way way)
{
	char number[32];

	snprintf(number, sizeof(number), "%lu", n);
	add_test(c, "killat");
	add(c, number);
	add(c, "--wait");
	add_each(c, options);
	if (setup->calls && !strstr(options, "--kill-on")) {
		add(c, "--kill-on");
		add_each(c, setup->calls);
	}
	if (way == SHIMMED) {
		add(c, "--preload");
		add_built(c, "libtmpguard.so");
	}
	add(c, "--");
}

static void add_scenario(struct command *c, const char *ending)
{
	add_test(c, "scenario");
	add(c, place->dir);
	add(c, place->other);
	add(c, place->log);
	add(c, ending);
}

static void add_command(struct command *c, enum way way, const char *ending)
{
	if (way != SHIMMED)
		add_built(c, "tmpguard");
	if (way == GUARDED)
		add_each(c, "run -q --");
	if (way == REAP) {
		add(c, "reap");
		add(c, place->dir);
		add(c, place->other);
	} else {
		add_scenario(c, ending);
	}
}

static int run(struct command *c)
{
	return wait_for(start(c->words, said));
}

/* --- waiting --- */

/* The time after `since` at which nothing was left; UINT64_MAX: something is left, and nobody is
 * there who would remove it, or it takes too long. */
static uint64_t wait_until_clean(uint64_t since)
{
	while (!place_is_clean(place)) {
		bool is_over = nobody_left() || now_ns() > since + BOUND_MS * 1000000ULL;

		if (is_over && !place_is_clean(place))
			return UINT64_MAX;
		sleep_us(100);
	}
	return now_ns() - since;
}

/* True: all have ended. */
static bool wait_until_nobody(void)
{
	uint64_t begin = now_ns();

	while (!nobody_left()) {
		if (now_ns() > begin + BOUND_MS * 1000000ULL)
			return false;
		sleep_us(200);
	}
	return true;
}

/* What killat said of the kill, and the time of the last death. */
static uint64_t read_said(char *ret_what, size_t size)
{
	char line[TEXT_SIZE];
	unsigned long long last = 0;
	FILE *file = fopen(said, "re");

	snprintf(ret_what, size, "killat said nothing");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "killat: the last ended at %llu", &last) != 1 &&
			strncmp(line, "killat: call", 12) == 0)
			snprintf(ret_what, size, "%.*s", (int)strcspn(line, "\n"), line);
	if (file)
		fclose(file);
	return last;
}

/* --- one kill --- */

/* Leaves what a session leaves that is killed with all that belongs to it. */
static void leave_dead_session(void)
{
	struct command c = {0};

	add_killat(&c, 1, "--all --janitors --only scenario --kill-on kill", SHIMMED);
	add_command(&c, SHIMMED, "die");
	if (run(&c) != 0 || place_is_clean(place)) {
		fprintf(stderr, "torture: no dead session could be made\n");
		exit(2);
	}
	(void)wait_until_nobody(); /* what was killed is dead */
}

/* By turns, the two that may come to a place with a dead session. */
static void come_by(unsigned long n)
{
	struct command c = {0};

	if (n % 2) {
		char preload[TEXT_SIZE];

		snprintf(preload, sizeof(preload), "LD_PRELOAD=%s/libtmpguard.so", setup->build);
		add(&c, "/usr/bin/env");
		add(&c, preload);
		add_scenario(&c, "small");
	} else {
		add_command(&c, REAP, "");
	}
	(void)run(&c);
	(void)wait_until_nobody(); /* a session's janitor reclaims beside it */
}

/* In doubt a session is alive: where some process on this machine could not be asked, in the middle
 * of an exec that a busy machine draws out, the session is for who comes next. */
static void reclaim(unsigned long n, struct tally *tally)
{
	enum { TIMES = 5 };

	for (unsigned long i = 0; i < TIMES && !place_is_clean(place); i++) {
		come_by(n + i);
		tally->again += i > 0;
	}
}

static void print_said(void)
{
	char line[TEXT_SIZE];
	FILE *file = fopen(said, "re");

	while (file && fgets(line, sizeof(line), file))
		fprintf(stderr, "  said: %s", line);
	if (file)
		fclose(file);
}

/* Was it late? Of a reclaim nobody has promised a time. */
static bool note_time(const struct sweep *sweep, uint64_t took, struct tally *tally)
{
	if (sweep->reclaims || took == UINT64_MAX)
		return false;
	if (took > tally->worst_ns)
		tally->worst_ns = took;
	return took > PROMISED_MS * 1000000ULL;
}

/* What is left and lost after a kill. */
static bool judge(uint64_t took, bool has_stray, struct tally *tally)
{
	int left = took == UINT64_MAX ? place_clear(place) : 0;
	int lost = place_restore(place);

	if (has_stray)
		fprintf(stderr, "  left: %d processes\n", end_all());
	tally->kills++;
	tally->leftovers += (unsigned)left + has_stray;
	tally->losses += (unsigned)lost;
	return left == 0 && lost == 0 && !has_stray;
}

enum outcome { GOOD, LATE, BAD, TOO_FEW, BROKEN };

static enum outcome after_kill(const struct sweep *sweep, unsigned long n, struct tally *tally)
{
	char what[TEXT_SIZE];
	uint64_t since = read_said(what, sizeof(what));
	uint64_t took;
	bool has_stray, is_late;

	if (sweep->reclaims) {
		(void)wait_until_nobody(); /* a janitor that was left may do it all */
		since = now_ns();
		reclaim(n, tally);
	}
	took = wait_until_clean(since);
	has_stray = !wait_until_nobody();
	is_late = note_time(sweep, took, tally);
	if (judge(took, has_stray, tally))
		return is_late ? LATE : GOOD;
	print_said();
	fprintf(stderr, "torture: %s, %s: at call %lu (%s)\n", place->name, sweep->name, n, what);
	return BAD;
}

/* Nothing was killed, hence nothing is judged but that the scenario could run. */
static void after_none(const struct sweep *sweep, unsigned long n, struct tally *tally)
{
	struct tally none = {0};

	after_kill(sweep, n, &none);
	tally->leftovers += none.leftovers;
	tally->losses += none.losses;
}

static enum outcome kill_at(const struct sweep *sweep, unsigned long n, struct tally *tally)
{
	struct command c = {0};
	int status;

	if (sweep->dead_first)
		leave_dead_session();
	add_killat(&c, n, sweep->options, sweep->way);
	add_command(&c, sweep->way, sweep->ending);
	status = run(&c);
	if (status == 0)
		return after_kill(sweep, n, tally);
	if (status != 3) {
		fprintf(stderr, "torture: %s, %s: killat %lu ended with %d\n", place->name,
			sweep->name, n, status);
		return BROKEN;
	}
	after_none(sweep, n, tally);
	return TOO_FEW;
}

/* The same kill again while it is late. */
static enum outcome kill_in_time(const struct sweep *sweep, unsigned long n, struct tally *tally)
{
	enum outcome outcome = kill_at(sweep, n, tally);

	tally->slow += outcome == LATE;
	for (int left = LATE_TRIES - 1; left > 0 && outcome == LATE; left--)
		outcome = kill_at(sweep, n, tally);
	if (outcome != LATE)
		return outcome;
	tally->late++;
	fprintf(stderr, "torture: %s, %s: at call %lu: later than %d ms, %d times\n", place->name,
		sweep->name, n, PROMISED_MS, LATE_TRIES);
	return BAD;
}

/* --- sweeps --- */

/* The number of calls differs from run to run: the end is where several in a row end before they
 * are killed. */
static bool sweep_calls(const struct sweep *sweep, struct tally *tally)
{
	int in_a_row = 0, failures = 0;

	for (unsigned long n = setup->first; in_a_row < IN_A_ROW; n += setup->step) {
		enum outcome outcome = kill_in_time(sweep, n, tally);

		in_a_row = outcome == TOO_FEW ? in_a_row + 1 : 0;
		failures += outcome == BAD;
		if (outcome == BROKEN || failures == FAILURES_MAX)
			return outcome != BROKEN;
	}
	return true;
}

void tally_print(const struct tally *tally)
{
	printf("%lu kills, %lu leftovers, %lu losses", tally->kills, tally->leftovers,
		tally->losses);
	if (tally->worst_ns > 0)
		printf(", worst latency %.1f ms", (double)tally->worst_ns / 1e6);
	if (tally->slow > 0)
		printf(" (%lu over %d ms, %lu of them each time)", tally->slow, PROMISED_MS,
			tally->late);
	if (tally->again > 0)
		printf(", reclaimed only by the next but one: %lu", tally->again);
}

static void tell(const char *name, const struct tally *tally, uint64_t since)
{
	printf("%-10s %-33s", place->name, name);
	tally_print(tally);
	printf(", %.0f s\n", (double)(now_ns() - since) / 1e9);
	fflush(stdout);
}

void tally_add(struct tally *total, const struct tally *tally)
{
	total->kills += tally->kills;
	total->leftovers += tally->leftovers;
	total->losses += tally->losses;
	total->late += tally->late;
	total->slow += tally->slow;
	total->again += tally->again;
	if (tally->worst_ns > total->worst_ns)
		total->worst_ns = tally->worst_ns;
}

bool sweep_all(const struct setup *given, const struct place *in, struct tally *total)
{
	bool good = true;

	setup = given;
	place = in;
	snprintf(said, sizeof(said), "%s.said", place->log);
	setenv("TMPDIR", place->dir, 1);
	for (size_t i = 0; i < sizeof(sweeps) / sizeof(sweeps[0]) && good; i++) {
		struct tally tally = {0};
		uint64_t since = now_ns();

		if (setup->only && strcmp(setup->only, sweeps[i].name) != 0)
			continue;
		good = sweep_calls(&sweeps[i], &tally) && tally.kills > 0;
		tell(sweeps[i].name, &tally, since);
		tally_add(total, &tally);
	}
	remove(said);
	return good;
}
