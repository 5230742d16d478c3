/* subject.c: makes and ends as its words say, for those who look at what is left.
 *
 *	subject WORD...
 *
 * It makes, in the directory that `in DIR` said last, else in TMPDIR:
 *
 *	file | dir | spool | atomic PATH | many N (in so many directories of their own)
 *
 * does with the file that it made last:
 *
 *	keep | persist PATH | persist-in-place (to the name that it has) | free | say-path
 *
 * asks for:
 *
 *	after-kill | signals | hand-over | take-over | subreaper
 *
 * goes on:
 *
 *	fork { WORD... } | wait | touch PATH | wait-for PATH | pid-to PATH
 *
 * and ends:
 *
 *	exit N | thread-exit N | _exit N | kill | overflow | raise NUMBER | exec WORD...
 *
 * At the end of its words it returns 0 from main. What fails is said, and ends it with 1.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tempfile.h"

static struct tf_options options;
static struct tf_file *last;
static char **words;

static void need(int r)
{
	if (r < 0)
		errx(1, "%s (%d)", tf_error_text(), -r);
}

static char *next(void)
{
	if (!*words)
		errx(2, "a word is missing");
	return *words++;
}

/* --- makes --- */

static void make_file(void)
{
	need(tf_file_new(&options, &last));
	if (write(tf_file_fd(last), "x", 1) != 1)
		err(1, "write");
}

static void make_dir(void)
{
	struct tf_dir *dir;

	need(tf_dir_new(&options, &dir));
	need(tf_dir_file(dir, "a/b/c", "x", 1));
	need(tf_dir_file(dir, "d", "x", 1));
}

static void make_spool(void)
{
	struct tf_spool_options how = {.file = options, .limit = 1};
	struct tf_spool *spool;

	need(tf_spool_new(&how, &spool));
	if (tf_spool_write(spool, "xx", 2) != 2)
		errx(1, "%s", tf_error_text());
}

static void open_atomic(const char *target)
{
	const struct tf_publish how = {.flags = TF_MAKE_PARENTS};
	struct tf_atomic *atomic;

	need(tf_atomic_open(target, &how, &atomic));
	if (write(tf_atomic_fd(atomic), "half", 4) != 4)
		err(1, "write");
}

static void make_many(int n)
{
	char path[PATH_MAX];

	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/directory-of-its-own-%d/target", options.dir, i);
		open_atomic(path);
	}
}

static bool make(const char *word)
{
	if (strcmp(word, "file") == 0)
		make_file();
	else if (strcmp(word, "dir") == 0)
		make_dir();
	else if (strcmp(word, "spool") == 0)
		make_spool();
	else if (strcmp(word, "atomic") == 0)
		open_atomic(next());
	else if (strcmp(word, "many") == 0)
		make_many(atoi(next()));
	else if (strcmp(word, "in") == 0)
		options.dir = next();
	else if (strcmp(word, "keep") == 0)
		need(tf_file_keep(last));
	else if (strcmp(word, "persist") == 0)
		need(tf_file_persist(last, next(), NULL));
	else if (strcmp(word, "persist-in-place") == 0)
		need(tf_file_persist(last, tf_file_path(last), NULL));
	else if (strcmp(word, "say-path") == 0)
		puts(tf_file_path(last));
	else if (strcmp(word, "free") == 0)
		tf_file_free(last);
	else
		return false;
	return true;
}

static bool ask(const char *word)
{
	if (strcmp(word, "after-kill") == 0)
		need(tf_cleanup_after_kill(getenv("JANITOR")));
	else if (strcmp(word, "signals") == 0)
		need(tf_cleanup_on_signals(NULL, 0));
	else if (strcmp(word, "hand-over") == 0)
		tf_hand_over();
	else if (strcmp(word, "take-over") == 0)
		need(tf_take_over());
	else if (strcmp(word, "subreaper") == 0)
		prctl(PR_SET_CHILD_SUBREAPER, 1);
	else
		return false;
	return true;
}

/* --- goes on --- */

static void touch(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		err(1, "%s", path);
	close(fd);
}

static void wait_for(const char *path)
{
	while (access(path, F_OK) < 0)
		usleep(2000);
}

static void write_pid(const char *path)
{
	FILE *file = fopen(path, "we");

	if (!file || fprintf(file, "%d\n", (int)getpid()) < 0 || fclose(file) != 0)
		err(1, "%s", path);
}

/* The child goes on inside of the braces, the parent behind them. */
static void fork_here(void)
{
	char **inside = words + 1;
	int depth = 0;
	pid_t pid;

	do {
		char *word = next();

		depth += strcmp(word, "{") == 0 ? 1 : strcmp(word, "}") == 0 ? -1 : 0;
	} while (depth > 0);
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		words[-1] = NULL;
		words = inside;
	}
}

static bool go_on(const char *word)
{
	if (strcmp(word, "fork") == 0)
		fork_here();
	else if (strcmp(word, "wait") == 0)
		while (wait(NULL) > 0)
			;
	else if (strcmp(word, "touch") == 0)
		touch(next());
	else if (strcmp(word, "wait-for") == 0)
		wait_for(next());
	else if (strcmp(word, "pid-to") == 0)
		write_pid(next());
	else
		return false;
	return true;
}

/* --- ends --- */

static void *exit_with(void *arg)
{
	exit(atoi(arg));
}

static void exit_in_a_thread(char *status)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, exit_with, status) != 0)
		errx(1, "no thread");
	for (;;)
		pause();
}

static volatile int depth;

static int overflow(int n)
{
	volatile char filler[4096];

	filler[n % 4096] = (char)n;
	depth = n;
	return overflow(n + 1) + filler[0];
}

static bool end(char *const *argv, const char *word)
{
	if (strcmp(word, "exit") == 0)
		exit(atoi(next()));
	if (strcmp(word, "_exit") == 0)
		_exit(atoi(next()));
	if (strcmp(word, "thread-exit") == 0)
		exit_in_a_thread(next());
	if (strcmp(word, "kill") == 0)
		raise(SIGKILL);
	if (strcmp(word, "raise") == 0)
		raise(atoi(next()));
	else if (strcmp(word, "overflow") == 0)
		(void)overflow(0);
	else if (strcmp(word, "exec") == 0) {
		*--words = argv[0];
		execv("/proc/self/exe", words);
		err(1, "exec");
	} else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	(void)argc;
	words = argv + 1;
	while (*words) {
		const char *word = next();

		if (!make(word) && !ask(word) && !go_on(word) && !end(argv, word))
			errx(2, "no word: %s", word);
	}
	return 0;
}
