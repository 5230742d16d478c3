/* siblings.c: siblings DIR OUT: of two children the first to be made is the last to run. It makes a
 * file in DIR and tells its brother, who outlives all others and says in OUT whether the file is
 * there: as in `make_some | use_them &`.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 4096 };

/* On one processor a child does not run before its parent lets it. */
static void stay_on_one(void)
{
	cpu_set_t all, one;
	int cpu = 0;

	if (sched_getaffinity(0, sizeof(all), &all) < 0)
		exit(2);
	while (!CPU_ISSET(cpu, &all))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one) < 0)
		exit(2);
}

static void make(const char *dir, int to)
{
	char path[SIZE] = "";

	snprintf(path, sizeof(path), "%s/tmp.XXXXXX", dir);
	_exit(mkstemp(path) >= 0 && write(to, path, sizeof(path)) == SIZE ? 0 : 2);
}

/* Again if it was faster after all. */
static pid_t start_stopped(const char *dir, int to)
{
	for (int left = 100; left > 0; left--) {
		pid_t pid = fork();
		int status;

		if (pid == 0)
			make(dir, to);
		if (pid < 0 || kill(pid, SIGSTOP) < 0 || waitpid(pid, &status, WUNTRACED) != pid)
			return -1;
		if (WIFSTOPPED(status))
			return pid;
	}
	return -1;
}

static void use(const char *out, int ready, int from)
{
	char path[SIZE];
	FILE *file;

	if (write(ready, "", 1) != 1 || read(from, path, sizeof(path)) != SIZE)
		_exit(2);
	sleep(1);
	file = fopen(out, "w");
	if (!file)
		_exit(2);
	fprintf(file, "%s\n", access(path, F_OK) == 0 ? "there" : "gone");
	fclose(file);
	_exit(0);
}

int main(int argc, char **argv)
{
	int name[2], ready[2], status;
	pid_t maker;
	char byte;

	if (argc != 3 || pipe(name) < 0 || pipe(ready) < 0)
		return 2;
	stay_on_one();
	maker = start_stopped(argv[1], name[1]);
	if (maker < 0)
		return 2;
	if (fork() == 0)
		use(argv[2], ready[1], name[0]);
	if (read(ready[0], &byte, 1) != 1 || kill(maker, SIGCONT) < 0)
		return 2;
	return waitpid(maker, &status, 0) == maker && status == 0 ? 0 : 2;
}
