/* processes.c: forks, threads and other programs. */
#include "probe.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The number of words between the braces, which start at words[0]. */
int block_len(char **words, int count)
{
	int depth = 0;

	if (count < 1 || strcmp(words[0], "{") != 0)
		die(WRONG_WORD, "{ expected", count ? words[0] : "at the end");
	for (int i = 0; i < count; i++) {
		if (strcmp(words[i], "{") == 0)
			depth++;
		else if (strcmp(words[i], "}") == 0 && --depth == 0)
			return i - 1;
	}
	die(WRONG_WORD, "} missing", "");
	return 0;
}

/* argv for another probe, `%` filled in, but not that of the blocks inside. */
static char **program_of(char **words, int count)
{
	static char *argv[512];
	int depth = 0;

	if (count > 500)
		die(WRONG_WORD, "too many words", "");
	argv[0] = self;
	for (int i = 0; i < count; i++) {
		if (strcmp(words[i], "{") == 0)
			depth++;
		else if (strcmp(words[i], "}") == 0)
			depth--;
		bool ours = depth == 0 && strcmp(words[i], "%") == 0;
		argv[i + 1] = ours ? current()->path : words[i];
	}
	argv[count + 1] = NULL;
	return argv;
}

static const char *command_line_of(char **argv)
{
	static char line[16384];
	size_t len = 0;

	for (int i = 0; argv[i]; i++)
		len += snprintf(line + len, sizeof(line) - len, "%s'%s'", i ? " " : "", argv[i]);
	if (len >= sizeof(line))
		die(WRONG_WORD, "too many words", "");
	return line;
}

static void say_status(const char *who, int status)
{
	if (WIFEXITED(status))
		say("%s: exit %d", who, WEXITSTATUS(status));
	else
		say("%s: signal %d", who, WTERMSIG(status));
}

static void run_popen(char **argv)
{
	char line[4096];
	FILE *pipe = popen(command_line_of(argv), "r");

	if (!pipe)
		die(CANNOT, "popen", argv[1]);
	while (fgets(line, sizeof(line), pipe)) {
		line[strcspn(line, "\n")] = '\0';
		say("popen| %s", line);
	}
	say_status("popen", pclose(pipe));
}

static void wait_and_say(const char *who, pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die(CANNOT, "waitpid", who);
	say_status(who, status);
}

static void run_spawn(const char *name, char **argv)
{
	pid_t pid;
	int error = strcmp(name, "posix_spawn") == 0
			    ? posix_spawn(&pid, self, NULL, NULL, argv, environ)
			    : posix_spawnp(&pid, self, NULL, NULL, argv, environ);

	errno = error;
	if (error)
		die(CANNOT, name, self);
	wait_and_say(name, pid);
}

static void run_vfork(char **argv)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execv(self, argv);
		_exit(CANNOT);
	}
	if (pid < 0)
		die(CANNOT, "vfork", self);
	wait_and_say("vfork", pid);
}

static bool run_exec(const char *name, char **argv)
{
	static char *empty[] = {NULL};
	char *a[8] = {NULL};

	for (int i = 0; i < 8 && argv[i]; i++)
		a[i] = argv[i];
	bool has_eight = true;
	for (int i = 0; i <= 8 && has_eight; i++)
		if (!argv[i])
			has_eight = false;
	if (strncmp(name, "execl", 5) == 0 && has_eight)
		die(WRONG_WORD, "more than 7 words after", name);
	if (strcmp(name, "execv") == 0)
		execv(self, argv);
	else if (strcmp(name, "execve") == 0)
		execve(self, argv, environ);
	else if (strcmp(name, "execve-bare") == 0)
		execve(self, argv, empty);
	else if (strcmp(name, "execvp") == 0)
		execvp(self, argv);
	else if (strcmp(name, "execvpe") == 0)
		execvpe(self, argv, environ);
	else if (strcmp(name, "execl") == 0)
		execl(self, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], (char *)NULL);
	else if (strcmp(name, "execlp") == 0)
		execlp(self, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], (char *)NULL);
	else if (strcmp(name, "execle") == 0)
		execle(self, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], (char *)NULL, environ);
	else if (strcmp(name, "fexecve") == 0)
		fexecve(open(self, O_RDONLY | O_CLOEXEC), argv, environ);
	else
		return false;
	die(CANNOT, name, self);
	return true;
}

void wait_for_children(void)
{
	int status;
	int order = 0;

	for (;;) {
		pid_t pid = waitpid(-1, &status, 0);
		if (pid < 0 && errno == ECHILD)
			return;
		if (pid < 0)
			continue;
		char who[32];
		snprintf(who, sizeof(who), "child %d", ++order);
		say_status(who, status);
	}
}

static pid_t raw_fork(void)
{
#if defined(__x86_64__)
	return (pid_t)syscall(SYS_fork);
#else
	return (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
#endif
}

struct block {
	char **words;
	int count;
};

static void *run_thread(void *argument)
{
	struct block *block = argument;

	run_words(block->words, block->count);
	return NULL;
}

/* Runs a word that takes a block. Gives the status to return from main with, or -1 to go on. */
int run_block(const char *name, char **words, int count)
{
	pid_t pid;

	if (strcmp(name, "fork") == 0 || strcmp(name, "rawfork") == 0) {
		pid = name[0] == 'f' ? fork() : raw_fork();
		if (pid < 0)
			die(CANNOT, name, "");
		if (pid > 0)
			return -1;
		int status = run_words(words, count);
		return status < 0 ? 0 : status;
	}
	if (strcmp(name, "thread") == 0) {
		struct block block = {words, count};
		pthread_t id;
		if (pthread_create(&id, NULL, run_thread, &block) != 0)
			die(CANNOT, "pthread_create", "");
		pthread_join(id, NULL);
		return -1;
	}
	char **argv = program_of(words, count);
	if (strcmp(name, "popen") == 0)
		run_popen(argv);
	else if (strcmp(name, "system") == 0)
		say_status("system", system(command_line_of(argv)));
	else if (strcmp(name, "vfork") == 0)
		run_vfork(argv);
	else if (strncmp(name, "posix_spawn", 11) == 0)
		run_spawn(name, argv);
	else if (!run_exec(name, argv))
		die(WRONG_WORD, "no such word:", name);
	return -1;
}
