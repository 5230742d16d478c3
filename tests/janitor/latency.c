/* latency.c: how soon a killed program's file is gone.
 *
 *	latency SHIM DIR COUNT PROGRAM...
 *
 * COUNT times: starts PROGRAM with SHIM preloaded and DIR as its TMPDIR, which makes a file there
 *and waits; kills it, and looks for the file until it is gone. Prints the median and the worst, in
 * microseconds from before the kill.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX = 1000, LONG = 2000000 };

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* The file that is there, or false. tmpguard's own directories have a dot. */
static int find_file(const char *dir, char *ret_path, size_t size)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	int found = 0;

	while (d && !found && (entry = readdir(d)))
		if (entry->d_name[0] != '.') {
			snprintf(ret_path, size, "%s/%s", dir, entry->d_name);
			found = 1;
		}
	if (d)
		closedir(d);
	return found;
}

static pid_t start(const char *shim, char **argv)
{
	pid_t pid = fork();

	if (pid == 0) {
		setenv("LD_PRELOAD", shim, 1);
		execv(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static long measure(const char *shim, const char *dir, char **argv)
{
	pid_t pid = start(shim, argv);
	char path[4096];
	long begin;

	while (!find_file(dir, path, sizeof(path)))
		usleep(1000);
	usleep(20000); /* whatever is still under way */
	begin = now();
	kill(pid, SIGKILL);
	while (access(path, F_OK) == 0 && now() - begin < LONG)
		usleep(20);
	begin = now() - begin;
	waitpid(pid, NULL, 0);
	return begin;
}

static int compare(const void *a, const void *b)
{
	return *(const long *)a < *(const long *)b ? -1 : *(const long *)a > *(const long *)b;
}

int main(int argc, char **argv)
{
	static long times[MAX];
	int count = argc > 4 ? atoi(argv[3]) : 0;

	if (count < 1 || count > MAX)
		return 2;
	setenv("TMPDIR", argv[2], 1);
	for (int i = 0; i < count; i++)
		times[i] = measure(argv[1], argv[2], argv + 4);
	qsort(times, (size_t)count, sizeof(times[0]), compare);
	printf("%ld %ld\n", times[count / 2], times[count - 1]);
	return 0;
}
