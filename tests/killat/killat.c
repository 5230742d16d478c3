/* killat.c: runs a command and sends SIGKILL at its Nth system call.
 *
 *	killat N [--main] [--all] [--wait] [--janitors] [--only PROGRAM] [--preload LIBRARY]
 *		[--kill-on NAME...] -- COMMAND [ARGUMENT...]
 *
 * Every entry into a system call by the command and by all that it starts counts, beginning with
 * its first instruction. At the Nth the process that is about to make that call is killed before
 * it makes it, and everything else goes on without being traced. killat then waits for the command
 * itself, not for what that left behind.
 *
 *	N = 0        kills nothing and prints the number of calls
 *	--main       counts only the command's own calls, hence kills only the command itself
 *	--all        kills everything that is traced, not only the one that makes the call
 *	--wait       waits for all that was started, and says when the last of it ended; should
 *	             killat be killed meanwhile, so is all that it traces
 *	--janitors   traces tmpguard-janitor, too: its calls count, and --all kills it as well
 *	--only       counts only the calls of processes that run a program of this name
 *	--preload    runs the command, and not killat, with that as LD_PRELOAD
 *	--kill-on    counts only the calls of these names
 *
 * Without --janitors a process that executes tmpguard-janitor is let go there: who cleans has to
 * outlive the rest.
 *
 * Exit status: 0 killed at N (or N = 0), 3 the command ended before its Nth call, 2 usage,
 * 4 something went wrong here.
 *
 * What it says: a line about the kill, and with --wait one with the time, on the clock that
 * CLOCK_MONOTONIC is, in nanoseconds. Both begin with `killat: `.
 *
 * States of the tracer: COUNTING until the kill, then RELEASING until no tracee is left, or with
 * --wait FOLLOWING, in which tracees stop for what they start and no longer at their calls. It
 * never waits for one particular tracee while another is stopped: a parent in vfork() cannot stop
 * before its child has gone on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>

#include "../tracer/tracer.h"
#include "calls.h"

enum {
	TRACEES_MAX = 4096,
	NAMES_MAX = 32,
	EXIT_KILLED = 0,
	EXIT_USAGE = 2,
	EXIT_TOO_FEW = 3,
	EXIT_BROKEN = TRACER_BROKEN,
};

static struct {
	unsigned long at;
	bool only_main;
	bool kill_all;
	bool wait;
	bool janitors;
	const char *only;
	const char *preload;
	const char *names[NAMES_MAX];
	int name_count;
} options;

static struct {
	pid_t command;
	int command_status;
	bool command_ended;
	pid_t tracees[TRACEES_MAX]; /* thread ids */
	int tracee_count;
	unsigned long calls;
	bool killed;
	uint64_t last_end; /* nanoseconds */
} trace;

static void usage(const char *what)
{
	fprintf(stderr,
		"killat: %s\nusage: killat N [--main] [--all] [--wait] [--janitors] "
		"[--only PROGRAM] [--preload LIBRARY] [--kill-on NAME...] -- COMMAND...\n",
		what);
	exit(EXIT_USAGE);
}

/* What is traced */

static int find_tracee(pid_t tid)
{
	for (int i = 0; i < trace.tracee_count; i++)
		if (trace.tracees[i] == tid)
			return i;
	return -1;
}

static void add_tracee(pid_t tid)
{
	if (find_tracee(tid) >= 0)
		return;
	if (trace.tracee_count == TRACEES_MAX) {
		fprintf(stderr, "killat: more than %d processes\n", TRACEES_MAX);
		exit(EXIT_BROKEN);
	}
	trace.tracees[trace.tracee_count++] = tid;
}

static void drop_tracee(pid_t tid)
{
	int i = find_tracee(tid);

	if (i >= 0)
		trace.tracees[i] = trace.tracees[--trace.tracee_count];
}

static pid_t process_of(pid_t tid)
{
	char path[64];
	char line[256];
	int process = tid;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "Tgid: %d", &process) == 1)
			break;
	if (file)
		fclose(file);
	return process;
}

/* Counting */

static const char *name_of(uint64_t number)
{
	static char text[32];

	for (size_t i = 0; i < sizeof(call_names) / sizeof(*call_names); i++)
		if ((uint64_t)call_names[i].number == number)
			return call_names[i].name;
	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	return text;
}

static bool counts(pid_t tid, uint64_t number)
{
	if (options.only_main && process_of(tid) != trace.command)
		return false;
	if (options.only && strcmp(tracer_program(tid), options.only) != 0)
		return false;
	if (options.name_count == 0)
		return true;
	for (int i = 0; i < options.name_count; i++)
		if (strcmp(options.names[i], name_of(number)) == 0)
			return true;
	return false;
}

/* Killing and letting go. SIGKILL needs no resuming: it ends a stopped process too. */

static void release_all(void)
{
	for (int i = 0; i < trace.tracee_count; i++)
		(void)ptrace(PTRACE_INTERRUPT, trace.tracees[i], NULL, 0); /* ESRCH: it is dying */
}

static bool is_spared(pid_t tid)
{
	return !options.janitors && strcmp(tracer_program(tid), "tmpguard-janitor") == 0;
}

static void kill_unless_spared(pid_t tid)
{
	if (!is_spared(tid))
		kill(process_of(tid), SIGKILL);
}

static void kill_here(pid_t tid, uint64_t number)
{
	pid_t process = process_of(tid);

	fprintf(stderr, "killat: call %lu of %s[%d]: %s\n", trace.calls, tracer_program(tid),
		(int)process, name_of(number));
	/* Release first, so that nobody sees the death before being let go of. */
	trace.killed = true;
	if (!options.wait)
		release_all();
	kill(process, SIGKILL);
	if (!options.kill_all)
		return;
	for (int i = 0; i < trace.tracee_count; i++)
		kill_unless_spared(trace.tracees[i]);
}

static void let_go(pid_t tid, int deliver)
{
	tracer_let_go(tid, deliver);
	drop_tracee(tid);
}

static void resume(pid_t tid, int deliver)
{
	if (trace.killed && options.kill_all) /* born after the kill, or not yet hit by it */
		kill_unless_spared(tid);
	if (trace.killed && !options.wait)
		let_go(tid, deliver);
	else if (trace.killed && !options.janitors)
		tracer_run(tid, deliver);
	else
		tracer_resume(tid, deliver);
}

/* The stops */

static void on_call(pid_t tid)
{
	struct tracer_call call;

	if (tracer_look(tid, &call) == PTRACE_SYSCALL_INFO_ENTRY) {
		if (options.janitors)
			tracer_trace_clone(tid, &call); /* a janitor's clones ask not to be */
		if (!trace.killed && counts(tid, call.number) && ++trace.calls == options.at)
			kill_here(tid, call.number);
	}
	resume(tid, 0);
}

static void on_event(pid_t tid, int event, int signal)
{
	if (event == PTRACE_EVENT_EXEC && is_spared(tid)) {
		let_go(tid, 0);
		return;
	}
	if (!trace.killed && tracer_keep_stopped(tid, event, signal))
		return;
	resume(tid, 0);
}

static uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void on_change(pid_t tid, int status)
{
	if (WIFEXITED(status) || WIFSIGNALED(status)) {
		drop_tracee(tid);
		trace.last_end = nanoseconds();
		if (tid == trace.command) {
			trace.command_ended = true;
			trace.command_status = status;
		}
		return;
	}
	if (!WIFSTOPPED(status))
		return;
	int signal = WSTOPSIG(status);
	int event = status >> 16;
	add_tracee(tid);
	if (event)
		on_event(tid, event, signal);
	else if (signal == (SIGTRAP | 0x80))
		on_call(tid);
	else
		resume(tid, signal);
}

static void begin(char **command)
{
	int status;

	trace.command = tracer_begin(
		command, options.preload, options.wait ? PTRACE_O_EXITKILL : 0, &status);
	add_tracee(trace.command);
	resume(trace.command, 0);
}

static void follow(void)
{
	while (trace.tracee_count > 0 || !trace.command_ended)
		if (!tracer_wait(on_change) && errno != EINTR)
			break;
}

static char **parse(int argc, char **argv)
{
	char *end;
	int i = 2;

	if (argc < 2)
		usage("no number");
	options.at = strtoul(argv[1], &end, 10);
	if (*end || end == argv[1])
		usage("not a number");
	while (i < argc && strcmp(argv[i], "--") != 0) {
		if (strcmp(argv[i], "--main") == 0)
			options.only_main = true;
		else if (strcmp(argv[i], "--all") == 0)
			options.kill_all = true;
		else if (strcmp(argv[i], "--wait") == 0)
			options.wait = true;
		else if (strcmp(argv[i], "--janitors") == 0)
			options.janitors = true;
		else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
			options.only = argv[++i];
		else if (strcmp(argv[i], "--preload") == 0 && i + 1 < argc)
			options.preload = argv[++i];
		else if (strcmp(argv[i], "--kill-on") == 0)
			for (; i + 1 < argc && strncmp(argv[i + 1], "--", 2) != 0; i++) {
				if (options.name_count == NAMES_MAX)
					usage("too many names");
				options.names[options.name_count++] = argv[i + 1];
			}
		else
			usage(argv[i]);
		i++;
	}
	if (i + 1 >= argc)
		usage("no command");
	return argv + i + 1;
}

int main(int argc, char **argv)
{
	char **command = parse(argc, argv);

	begin(command);
	follow();
	if (options.wait)
		fprintf(stderr, "killat: the last ended at %llu\n",
			(unsigned long long)trace.last_end);
	if (options.at == 0) {
		printf("%lu\n", trace.calls);
		return 0;
	}
	return trace.killed ? EXIT_KILLED : EXIT_TOO_FEW;
}
