/* friend.c: makes temporary files in many ways, for tools that interpose or instrument, too: built
 * with sanitizers, run under valgrind, a debugger or another preload.
 *
 *	friend DIR END
 *
 * Below DIR files are made in threads and by children of several kinds, and stay. A message says
 * how many the program itself made, if all went well. Then comes the END: return, exit, _exit,
 * quick_exit, abort, kill; or a mistake for such a tool to find, then return: heap (beyond the end
 * of a block), freed (use of one), leak, race, shift (undefined), unset (what was never written).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 5, PER_ROUND = 5 };

extern char **environ;
static char *dir, *self;
static int shared; /* what the threads of `race` write */
static char *volatile block;
static volatile int number;

static char *in_dir(char *text, const char *name)
{
	sprintf(text, "%s/%s", dir, name);
	return text;
}

/* Makes one file or directory of each kind. */
static int make_each(void)
{
	char path[4096];
	FILE *unnamed = tmpfile();
	int made = unnamed && fputs("unnamed", unnamed) >= 0;
	int fd;

	if (unnamed)
		fclose(unnamed);
	fd = mkstemp(in_dir(path, "stemp.XXXXXX"));
	made += fd >= 0 && write(fd, path, strlen(path)) > 0 && close(fd) == 0;
	fd = mkostemps(in_dir(path, "ostemps.XXXXXX.txt"), 4, O_CLOEXEC);
	made += fd >= 0 && close(fd) == 0;
	made += mkdtemp(in_dir(path, "dtemp.XXXXXX")) != NULL;
	strcat(path, "/inside");
	fd = open(path, O_WRONLY | O_CREAT, 0644);
	made += fd >= 0 && close(fd) == 0;
	return made;
}

static void *make_some(void *ret_made)
{
	for (int i = 0; i < ROUNDS; i++)
		*(int *)ret_made += make_each();
	return NULL;
}

static int make_in_threads(void)
{
	pthread_t threads[THREADS];
	int made[THREADS] = {0}, sum = 0;

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, make_some, &made[i]) != 0)
			abort();
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		sum += made[i];
	}
	return sum;
}

/* Children that end in different ways; each says nothing and leaves files. */
static int run_children(void)
{
	char command[8192], *argv[] = {self, dir, (char *)"child", NULL};
	int status, good = 0;
	pid_t pid = fork();
	FILE *child;

	if (pid == 0)
		_exit(make_each() == PER_ROUND ? 0 : 1);
	good += waitpid(pid, &status, 0) == pid && status == 0;
	pid = fork();
	if (pid == 0) {
		(void)make_each();
		execv(self, argv);
		_exit(1);
	}
	good += waitpid(pid, &status, 0) == pid && status == 0;
	good += posix_spawn(&pid, self, NULL, NULL, argv, environ) == 0 &&
		waitpid(pid, &status, 0) == pid && status == 0;
	snprintf(command, sizeof(command), "'%s' '%s' child", self, dir);
	good += system(command) == 0;
	child = popen(command, "r");
	good += child && pclose(child) == 0;
	return good;
}

static void *count_up(void *unused)
{
	for (int i = 0; i < 1000; i++)
		shared++;
	return unused;
}

static void race(void)
{
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, count_up, NULL) != 0)
			abort();
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

static void err(const char *how)
{
	if (strcmp(how, "race") == 0) {
		race();
		return;
	}
	block = malloc(10);
	number = 40;
	if (strcmp(how, "heap") == 0)
		block[number - 30] = 1;
	else if (strcmp(how, "shift") == 0)
		number = 1 << number;
	else if (strcmp(how, "unset") == 0 && block[3] == 'a')
		number = 1;
	if (strcmp(how, "leak") == 0) {
		block = NULL;
		return;
	}
	free(block);
	if (strcmp(how, "freed") == 0)
		number = block[2];
}

static int finish(const char *how)
{
	if (strcmp(how, "exit") == 0)
		exit(3);
	else if (strcmp(how, "_exit") == 0)
		_exit(4);
	else if (strcmp(how, "quick_exit") == 0)
		quick_exit(5);
	else if (strcmp(how, "abort") == 0)
		abort();
	else if (strcmp(how, "kill") == 0)
		raise(SIGKILL);
	else if (strcmp(how, "return") != 0)
		err(how);
	return 0;
}

int main(int argc, char **argv)
{
	int made, children;

	if (argc != 3)
		return 2;
	self = argv[0];
	dir = argv[1];
	if (strcmp(argv[2], "child") == 0)
		return make_each() == PER_ROUND ? 0 : 1;
	made = make_in_threads();
	children = run_children();
	printf("%d made, %d children did\n", made, children);
	fflush(stdout);
	return finish(argv[2]);
}
