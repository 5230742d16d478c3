/* view.c: prints what a program can see of itself, before and after it made temporary files.
 *
 *	view TEMPLATE-DIRECTORY
 *
 * Nothing printed differs from one plain run to the next, so that a run with the shim can be
 * compared with one without it: descriptors, children, threads, signals, limits, umask, process
 * groups, the names of the environment's variables.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __WALL
#	define __WALL 0x40000000
#endif

extern char **environ;

static volatile sig_atomic_t children_reported;

static void on_child(int number)
{
	(void)number;
	children_reported++;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The kind only, and the mode: the name of a temporary file or a pipe differs from run to run. */
static void view_descriptors(void)
{
	for (int fd = 0; fd < 4096; fd++) {
		struct stat st;
		if (fstat(fd, &st) < 0)
			continue;
		printf("descriptor %d: type=%o flags=%#x fdflags=%#x links=%lu\n", fd,
			(unsigned)st.st_mode & S_IFMT, (unsigned)fcntl(fd, F_GETFL),
			(unsigned)fcntl(fd, F_GETFD), (unsigned long)st.st_nlink);
	}
	/* Above what can be tried one by one. */
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;
	for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
		if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(dir))
			count++;
	closedir(dir);
	printf("descriptors: %d\n", count);
}

static void view_children(void)
{
	static const struct {
		const char *name;
		int options;
	} ways[] = {{"wait4", 0}, {"__WALL", __WALL}, {"__WCLONE", (int)0x80000000}};

	for (int i = 0; i < 3; i++) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG | ways[i].options);
		printf("children by %s: %s\n", ways[i].name,
			pid < 0    ? strerror(errno)
			: pid == 0 ? "alive"
				   : "dead");
	}
	siginfo_t info;
	int r = waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT);
	printf("children by waitid: %s\n", r < 0 ? strerror(errno) : "some");

	/* What ps shows: every task's list of children. */
	DIR *dir = opendir("/proc/self/task");
	int tasks = 0;
	for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
		char path[PATH_MAX];
		char line[256] = "";
		if (entry->d_name[0] == '.')
			continue;
		tasks++;
		snprintf(path, sizeof(path), "/proc/self/task/%s/children", entry->d_name);
		FILE *file = fopen(path, "re");
		if (!file) {
			printf("children in /proc: cannot tell\n");
			continue;
		}
		if (!fgets(line, sizeof(line), file))
			line[0] = '\0';
		fclose(file);
		printf("children in /proc: %s\n", line[0] ? line : "none");
	}
	closedir(dir);
	printf("threads: %d\n", tasks);
}

static void view_signals(void)
{
	static const char *const keys[] = {"SigPnd:", "ShdPnd:", "SigBlk:", "SigIgn:", "SigCgt:",
		"Seccomp:", "NoNewPrivs:", "Threads:", "Umask:", "TracerPid:"};
	char line[512];
	FILE *file = fopen("/proc/self/status", "re");

	while (file && fgets(line, sizeof(line), file))
		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
			if (strncmp(line, keys[i], strlen(keys[i])) == 0)
				fputs(line, stdout);
	if (file)
		fclose(file);
	for (int number = 1; number < NSIG; number++) {
		struct sigaction action;
		if (sigaction(number, NULL, &action) < 0)
			continue;
		printf("signal %d: %s flags=%#x\n", number,
			action.sa_handler == SIG_DFL   ? "default"
			: action.sa_handler == SIG_IGN ? "ignored"
						       : "caught",
			(unsigned)action.sa_flags & ~0x04000000u /* SA_RESTORER */);
	}
	stack_t stack;
	sigaltstack(NULL, &stack);
	printf("alternate stack: flags=%#x size=%zu\n", (unsigned)stack.ss_flags, stack.ss_size);
}

static void view_limits(void)
{
	for (int which = 0; which < RLIM_NLIMITS; which++) {
		struct rlimit limit;
		if (getrlimit(which, &limit) == 0)
			printf("limit %d: %llu %llu\n", which, (unsigned long long)limit.rlim_cur,
				(unsigned long long)limit.rlim_max);
	}
	int subreaper = -1;
	int death_signal = -1;
	prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
	prctl(PR_GET_PDEATHSIG, &death_signal);
	printf("subreaper=%d death-signal=%d dumpable=%d priority=%d\n", subreaper, death_signal,
		prctl(PR_GET_DUMPABLE), getpriority(PRIO_PROCESS, 0));
	char name[17] = "";
	char cwd[PATH_MAX];
	prctl(PR_GET_NAME, name);
	printf("name=%s cwd=%s\n", name, getcwd(cwd, sizeof(cwd)) ? cwd : "none");
}

static void view_environment(void)
{
	char *names[1024];
	int count = 0;

	for (char **variable = environ; variable && *variable && count < 1024; variable++)
		names[count++] = strndup(*variable, strcspn(*variable, "="));
	qsort(names, count, sizeof(*names), by_text);
	for (int i = 0; i < count; i++)
		printf("variable %s\n", names[i]);
}

static void view(const char *when)
{
	printf("-- %s\n", when);
	view_descriptors();
	view_children();
	view_signals();
	view_limits();
	view_environment();
	printf("child signals: %d\n", (int)children_reported);
	printf("errno: %d\n", errno);
}

static void make(const char *dir)
{
	char file[PATH_MAX];
	char directory[PATH_MAX];

	snprintf(file, sizeof(file), "%s/vXXXXXX", dir);
	snprintf(directory, sizeof(directory), "%s/wXXXXXX", dir);
	if (mkstemp(file) < 0 || !mkdtemp(directory) || !tmpfile()) {
		perror("view: make");
		exit(90);
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART};

	if (argc != 2) {
		fprintf(stderr, "usage: view DIRECTORY\n");
		return 90;
	}
	sigaction(SIGCHLD, &action, NULL);
	errno = 0;
	view("at the start");
	make(argv[1]);
	errno = 0;
	view("with temporary files");
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		make(argv[1]);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		return 91;
	errno = 0;
	view("after a child");
	fflush(stdout);
	return 0;
}
