/* latency.c: how soon a killed program's files are gone.
 *
 *	latency SHIM DIR COUNT FILES PROGRAM...
 *
 * COUNT times: starts PROGRAM with SHIM preloaded ("-": nothing) and DIR as its TMPDIR, which makes
 * FILES files there and waits; kills it and all of its process group, and looks for the files until
 * none is left. Prints the median, the 99th percentile and the worst, in microseconds from before
 * the kill.
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

enum { MAX = 1000, MANY = 100, LONG = 2000000 };

static char paths[MANY][4096];

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* How many files are there; their paths. tmpguard's own directories have a dot. */
static int find_files(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	int found = 0;

	while (d && found < MANY && (entry = readdir(d)))
		if (entry->d_name[0] != '.')
			snprintf(paths[found++], sizeof(paths[0]), "%s/%s", dir, entry->d_name);
	if (d)
		closedir(d);
	return found;
}

static int is_any_there(int n)
{
	for (int i = 0; i < n; i++)
		if (access(paths[i], F_OK) == 0)
			return 1;
	return 0;
}

static pid_t start(const char *shim, char **argv)
{
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		if (strcmp(shim, "-") != 0)
			setenv("LD_PRELOAD", shim, 1);
		execv(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static long measure(const char *shim, const char *dir, int files, char **argv)
{
	pid_t pid = start(shim, argv);
	long begin;

	while (find_files(dir) < files)
		usleep(1000);
	usleep(20000); /* whatever is still under way */
	begin = now();
	kill(-pid, SIGKILL);
	while (is_any_there(files) && now() - begin < LONG)
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
	int count = argc > 5 ? atoi(argv[3]) : 0;
	int files = count > 0 ? atoi(argv[4]) : 0;

	if (count < 1 || count > MAX || files < 1 || files > MANY)
		return 2;
	setenv("TMPDIR", argv[2], 1);
	for (int i = 0; i < count; i++)
		times[i] = measure(argv[1], argv[2], files, argv + 5);
	qsort(times, (size_t)count, sizeof(times[0]), compare);
	printf("%ld %ld %ld\n", times[count / 2], times[(count * 99 - 1) / 100], times[count - 1]);
	return 0;
}
