/* failat.c: runs a command and has one of tmpguard's own system calls fail.
 *
 *	failat N ERROR once|lasting PART FILE [--preload LIBRARY] -- COMMAND [ARGUMENT...]
 *
 * The calls that count are those that PART of tmpguard makes, in the command and in all that it
 * starts, and that can fail (calls.h). Whose a call is, its instruction tells: the shim's are made
 * from the mapping of libtmpguard.so, so that what a program asks of libc is never touched, the
 * janitor's from its own; the tool's are its own and its libc's, in a process that runs tmpguard,
 * but not the loader's. The Nth fails with the ERRORth error of its kind (they begin again after
 * the last). `lasting`: so do all later calls of that part that can fail with that error (no signal
 * comes for ever: EINTR three times).
 *
 *	PART         shim, tool or janitor
 *	N = 0        nothing fails
 *	--preload    runs the command, and not failat, with that as LD_PRELOAD
 *
 * FILE gets a line for each thing that happened:
 *
 *	fault N PROGRAM KIND ERROR: the Nth call, and how it failed
 *	errors COUNT                how many errors that kind of call has
 *	hits COUNT                  how many calls failed
 *	calls COUNT                 how many there were, of PART
 *	exit PROGRAM FDS KILOBYTES  descriptors and memory of a process at its end
 *	crash PROGRAM SIGNAL        a process was killed by a signal that nobody sends
 *	hang                        it took too long, and was killed
 *
 * Everything is traced to its end, the janitor too (it is started so that a debugger does not see
 * it; that flag is taken away): when failat ends, nobody is left to remove anything.
 *
 * Exit status: the command's own, as a shell tells it; 4 something went wrong here.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../tracer/tracer.h"
#include "calls.h"

enum {
	TRACEES_MAX = 256,
	MAPPINGS_MAX = 16,
	SECONDS = 15,
	INTERRUPTIONS = 3,
};

enum part { NO_PART, SHIM, TOOL, JANITOR };

static const char *const part_names[] = {"", "shim", "tool", "janitor"};

struct mapping {
	uint64_t start, end;
	enum part part;
};

struct tracee {
	pid_t tid;
	int error; /* what the call that it is in has to return, or 0 */
	int mapping_count;
	struct mapping mappings[MAPPINGS_MAX]; /* those that calls have come from */
};

static struct {
	unsigned long at;
	int error_number; /* which of its kind's errors */
	bool lasting;
	enum part part;
	FILE *report;
	const char *preload;
} options;

static struct {
	pid_t command;
	int command_status;
	bool command_ended;
	struct tracee tracees[TRACEES_MAX];
	int tracee_count;
	unsigned long calls, hits;
	int error; /* once it is known */
} trace;

static volatile sig_atomic_t is_late;

static void usage(const char *what)
{
	fprintf(stderr,
		"failat: %s\nusage: failat N ERROR once|lasting shim|tool|janitor FILE "
		"[--preload LIBRARY] -- COMMAND...\n",
		what);
	exit(TRACER_BROKEN);
}

/* What is traced */

static struct tracee *find_tracee(pid_t tid)
{
	for (int i = 0; i < trace.tracee_count; i++)
		if (trace.tracees[i].tid == tid)
			return &trace.tracees[i];
	return NULL;
}

static struct tracee *tracee_of(pid_t tid)
{
	struct tracee *tracee = find_tracee(tid);

	if (tracee)
		return tracee;
	if (trace.tracee_count == TRACEES_MAX) {
		fprintf(stderr, "failat: more than %d processes\n", TRACEES_MAX);
		exit(TRACER_BROKEN);
	}
	tracee = &trace.tracees[trace.tracee_count++];
	memset(tracee, 0, sizeof(*tracee));
	tracee->tid = tid;
	return tracee;
}

static void drop_tracee(pid_t tid)
{
	struct tracee *tracee = find_tracee(tid);

	if (tracee)
		*tracee = trace.tracees[--trace.tracee_count];
}

/* Whose call it is */

static enum part part_of_object(pid_t tid, const char *object)
{
	if (strcmp(object, "libtmpguard.so") == 0)
		return SHIM;
	if (strcmp(object, "tmpguard-janitor") == 0)
		return JANITOR;
	if (strcmp(object, "tmpguard") == 0)
		return TOOL;
	if (strncmp(object, "libc.", 5) == 0 && strcmp(tracer_program(tid), "tmpguard") == 0)
		return TOOL;
	return NO_PART;
}

static enum part find_mapping(struct tracee *tracee, uint64_t at)
{
	char path[64], line[PATH_MAX + 128];
	struct mapping found = {0};

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)tracee->tid);
	FILE *maps = fopen(path, "re");
	while (maps && fgets(line, sizeof(line), maps)) {
		unsigned long start, end;
		int name_at = 0;

		line[strcspn(line, "\n")] = '\0';
		if (sscanf(line, "%lx-%lx %*s %*s %*s %*s %n", &start, &end, &name_at) < 2)
			continue;
		if (at < start || at >= end)
			continue;
		found = (struct mapping){
			start, end, part_of_object(tracee->tid, tracer_base(line + name_at))};
		break;
	}
	if (maps)
		fclose(maps);
	if (found.end != 0 && tracee->mapping_count < MAPPINGS_MAX)
		tracee->mappings[tracee->mapping_count++] = found;
	return found.part;
}

static enum part part_at(struct tracee *tracee, uint64_t instruction)
{
	for (int i = 0; i < tracee->mapping_count; i++)
		if (instruction >= tracee->mappings[i].start &&
			instruction < tracee->mappings[i].end)
			return tracee->mappings[i].part;
	return find_mapping(tracee, instruction);
}

/* Failing */

/* The error that this call gets, or 0. */
static int error_for(const struct call_kind *kind)
{
	if (options.at == 0 || trace.calls < options.at)
		return 0;
	if (trace.calls == options.at) {
		options.error_number %= error_count(kind);
		trace.error = kind->errors[options.error_number].number;
		return trace.error;
	}
	if (!options.lasting || trace.error == 0 || !has_error(kind, trace.error))
		return 0;
	return trace.error == EINTR && trace.hits >= INTERRUPTIONS ? 0 : trace.error;
}

static void report_fault(pid_t tid, const struct call_kind *kind)
{
	fprintf(options.report, "errors %d\nfault %lu %s %s %s\n", error_count(kind), trace.calls,
		tracer_program(tid), kind->name, kind->errors[options.error_number].name);
}

static void on_entry(struct tracee *tracee, const struct tracer_call *call)
{
	const struct call_kind *kind;

	tracee->error = 0;
	tracer_trace_clone(tracee->tid, call);
	if (part_at(tracee, call->instruction_pointer) != options.part)
		return;
	kind = kind_of_call(tracee->tid, call->number, call->arguments);
	if (!kind)
		return;
	trace.calls++;
	tracee->error = error_for(kind);
	if (trace.calls == options.at)
		report_fault(tracee->tid, kind);
	if (tracee->error == 0)
		return;
	trace.hits++;
	if (!kind->is_done)
		tracer_skip(tracee->tid);
}

static void on_call(pid_t tid)
{
	struct tracee *tracee = tracee_of(tid);
	struct tracer_call call;
	int kind = tracer_look(tid, &call);

	if (kind == PTRACE_SYSCALL_INFO_ENTRY) {
		on_entry(tracee, &call);
	} else if (kind == PTRACE_SYSCALL_INFO_EXIT && tracee->error != 0) {
		tracer_return(tid, -tracee->error);
		tracee->error = 0;
	}
}

/* Ends */

static int count_fds(pid_t tid)
{
	char path[64];
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)tid);
	DIR *dir = opendir(path);
	for (struct dirent *entry; dir && (entry = readdir(dir));)
		n += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

static long count_kilobytes(pid_t tid)
{
	char path[64];
	long pages = 0;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)tid);
	FILE *file = fopen(path, "re");
	if (file && fscanf(file, "%ld", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void report_exit(pid_t tid)
{
	unsigned long message = 0;
	int status;

	(void)ptrace(PTRACE_GETEVENTMSG, tid, NULL, &message);
	status = (int)message;
	if (WIFEXITED(status))
		fprintf(options.report, "exit %s %d %ld\n", tracer_program(tid), count_fds(tid),
			count_kilobytes(tid));
	else if (WTERMSIG(status) != SIGKILL && WTERMSIG(status) != SIGTERM)
		fprintf(options.report, "crash %s %d\n", tracer_program(tid), WTERMSIG(status));
}

static void end_all(int signal)
{
	(void)signal;
	is_late = true;
}

static void kill_all(void)
{
	fprintf(options.report, "hang\n");
	for (int i = 0; i < trace.tracee_count; i++) {
		fprintf(options.report, "hanging %s\n", tracer_program(trace.tracees[i].tid));
		kill(trace.tracees[i].tid, SIGKILL);
	}
	is_late = false;
	alarm(1); /* for who was being born */
}

/* The stops */

static void on_event(pid_t tid, int event, int signal)
{
	if (event == PTRACE_EVENT_EXEC)
		tracee_of(tid)->mapping_count = 0;
	if (event == PTRACE_EVENT_EXIT)
		report_exit(tid);
	if (!tracer_keep_stopped(tid, event, signal))
		tracer_resume(tid, 0);
}

static void on_change(pid_t tid, int status)
{
	if (WIFEXITED(status) || WIFSIGNALED(status)) {
		drop_tracee(tid);
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
	(void)tracee_of(tid);
	if (event) {
		on_event(tid, event, signal);
	} else if (signal == (SIGTRAP | 0x80)) {
		on_call(tid);
		tracer_resume(tid, 0);
	} else {
		tracer_resume(tid, signal);
	}
}

static void begin(char **command)
{
	struct sigaction late = {.sa_handler = end_all}; /* interrupts waitpid */
	int status;

	trace.command = tracer_begin(
		command, options.preload, PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL, &status);
	sigaction(SIGALRM, &late, NULL);
	alarm(SECONDS);
	on_change(trace.command, status);
}

static void follow(void)
{
	while (trace.tracee_count > 0 || !trace.command_ended) {
		bool has_changed = tracer_wait(on_change);

		if (is_late)
			kill_all();
		else if (!has_changed && errno != EINTR)
			break;
	}
}

static enum part parse_part(const char *name)
{
	for (int i = SHIM; i <= JANITOR; i++)
		if (strcmp(part_names[i], name) == 0)
			return (enum part)i;
	usage("no such part");
	return NO_PART;
}

static char **parse(int argc, char **argv)
{
	int i = 6;

	if (argc < 8)
		usage("too few arguments");
	options.at = strtoul(argv[1], NULL, 10);
	options.error_number = atoi(argv[2]);
	options.lasting = strcmp(argv[3], "lasting") == 0;
	options.part = parse_part(argv[4]);
	options.report = fopen(argv[5], "we");
	if (!options.report)
		tracer_fail(argv[5]);
	if (strcmp(argv[i], "--preload") == 0) {
		options.preload = argv[i + 1];
		i += 2;
	}
	if (i + 1 >= argc || strcmp(argv[i], "--") != 0)
		usage("no command");
	return argv + i + 1;
}

int main(int argc, char **argv)
{
	char **command = parse(argc, argv);
	int status;

	begin(command);
	follow();
	fprintf(options.report, "hits %lu\ncalls %lu\n", trace.hits, trace.calls);
	if (fclose(options.report) != 0)
		tracer_fail("report");
	status = trace.command_status;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
