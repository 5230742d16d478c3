/* core_test.c: runs tests of lib/ by name; without a name it lists them.
 *
 *     core_test [NAME...]
 *
 * Says "ok NAME", "skip NAME: why" or "not ok NAME: why". Status 0, 1 when a test failed, 77 when
 * one was skipped and none failed. Works below TMPDIR and leaves nothing there.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { SECONDS = 100 }; /* for one test: valgrind is slow, a loop without end is slower */

static const struct test *const suites[] = {
	glob_tests,
	shape_tests,
	name_tests,
	place_tests,
	remove_tests,
	stay_tests,
	lock_tests,
	member_tests,
	linger_tests,
	program_tests,
	journal_tests,
	tell_tests,
	hazard_tests,
	settings_tests,
	notes_tests,
	json_tests,
	report_tests,
	session_tests,
	clean_tests,
	shared_tests,
	terms_tests,
	fault_tests,
	fault_terms_tests,
	object_fault_tests,
	cleanup_tests,
	atomic_tests,
	directory_tests,
	spool_random_tests,
	spool_tests,
	publish_tests,
	file_tests,
};

static const struct test *find(const char *name)
{
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		for (const struct test *test = suites[i]; test->name; test++)
			if (!name)
				puts(test->name);
			else if (strcmp(test->name, name) == 0)
				return test;
	return NULL;
}

static void run(const struct test *test)
{
	int before = open_fds();

	alarm(SECONDS);
	test->run();
	CHECK_IS(before, open_fds());
	fflush(stdout);
	exit(0); /* not _exit: what checks for leaks at the end has its turn */
}

/* By another program: what a test leaves may be what the library cannot remove. */
static int remove_here(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		execlp("rm", "rm", "-rf", "--", here, (char *)NULL);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	return status;
}

static int report(const char *name, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		printf("ok %s\n", name);
	else if (WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED)
		printf("skip %s\n", name);
	else if (WIFSIGNALED(status))
		printf("not ok %s: signal %d\n", name, WTERMSIG(status));
	else
		printf("not ok %s\n", name);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* 0, 77, or anything else for a failure. */
static int run_apart(const struct test *test)
{
	const char *base = getenv("TMPDIR");
	char dir[PATH_MAX];
	int status;
	pid_t pid;

	snprintf(dir, sizeof(dir), "%s/core-XXXXXX", base && base[0] ? base : "/tmp");
	if (!mkdtemp(dir) || chdir(dir) < 0 || !getcwd(here, sizeof(here))) {
		perror(dir);
		exit(1);
	}
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		run(test);
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("core_test");
		exit(1);
	}
	if (chdir("/") < 0 || remove_here() != 0) {
		printf("not ok %s: its directory stays\n", test->name);
		return 1;
	}
	return report(test->name, status);
}

int main(int argc, char **argv)
{
	int worst = 0;

	if (argc == 1)
		(void)find(NULL);
	for (int i = 1; i < argc; i++) {
		const struct test *test = find(argv[i]);
		int r;

		if (!test) {
			fprintf(stderr, "core_test: %s: no such test\n", argv[i]);
			return 2;
		}
		r = run_apart(test);
		if (r != 0 && worst != 1)
			worst = r == SKIPPED ? SKIPPED : 1;
	}
	return worst;
}
