/* scenario.c: a program that makes temporary files in every way that matters, to be killed at any
 * point of it.
 *
 *	scenario DIR OTHER LOG [END]
 *
 * It makes files and trees in $TMPDIR, in DIR and in OTHER, which is on another filesystem: by
 * itself, in 8 threads, in forked children, in a program that it executes, and in a daemon that
 * outlives it. It publishes files in DIR: `target`, which is there before and after with the text
 * "old" or "new", and others, which are told in LOG once they are there:
 *
 *	wanted PATH      with the text "wanted"; whoever removes it has removed the wrong file
 *	lost PATH        a process that was alive missed a file of its own or of its ancestors'
 *
 * END: `return` (default), `die` by SIGKILL, `die-both`: so does its parent before it, or `small`:
 * nothing but a file and a child.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 8, MINE_MAX = 64, PATH_SIZE = 256, CANNOT = 90 };

static const char *dir, *other, *log_path, *ending;
static char mine[MINE_MAX][PATH_SIZE]; /* what this process and its ancestors rely on */
static int mine_count;

/* A file on a full or broken place is no loss: then the scenario says that it could not run. */
static void cannot(const char *what)
{
	fprintf(stderr, "scenario: %s: %s\n", what, strerror(errno));
	_exit(CANNOT);
}

/* In one call, so that a kill leaves no half of a line. */
static void tell(const char *what, const char *path)
{
	char line[PATH_SIZE + 16];
	int len = snprintf(line, sizeof(line), "%s %s\n", what, path);
	int fd = open(log_path, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0 || write(fd, line, (size_t)len) != len)
		cannot(log_path);
	close(fd);
}

static void rely_on(const char *path)
{
	if (mine_count < MINE_MAX)
		snprintf(mine[mine_count++], PATH_SIZE, "%s", path);
}

static void check_mine(void)
{
	struct stat st;

	for (int i = 0; i < mine_count; i++)
		if (lstat(mine[i], &st) < 0)
			tell("lost", mine[i]);
}

static void put(int fd, const char *text)
{
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		cannot(text);
}

static char *template_in(const char *place, const char *name, char *ret_path)
{
	snprintf(ret_path, PATH_SIZE, "%s/%sXXXXXX", place, name);
	return ret_path;
}

static void make_file(const char *place)
{
	char path[PATH_SIZE];
	int fd = mkstemp(template_in(place, "a", path));

	put(fd, "temporary");
	close(fd);
	rely_on(path);
}

static const char *private_dir(void)
{
	const char *tmpdir = getenv("TMPDIR");

	return tmpdir ? tmpdir : dir;
}

/* --- what is made --- */

static void make_files(void)
{
	char path[PATH_SIZE];
	FILE *file;

	make_file(private_dir());
	make_file(dir);
	make_file(other);
	/* With a mkstemp of one's own. */
	snprintf(path, sizeof(path), "%s/tmp%dx7Qk2b", dir, (int)getpid());
	put(open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600), "temporary");
	file = tmpfile();
	if (file)
		fclose(file);
	make_file(dir);
	unlink(mine[--mine_count]);
}

/* With a way out, and a directory that its owner cannot write to. */
static void make_tree(const char *place)
{
	char path[PATH_SIZE];
	int tree;

	if (!mkdtemp(template_in(place, "a", path)))
		cannot(path);
	rely_on(path);
	tree = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (symlinkat(dir, tree, "out") < 0 || mkdirat(tree, "closed", 0755) < 0 ||
		mkdirat(tree, "closed/deep", 0755) < 0 || mkdirat(tree, "closed/empty", 0) < 0)
		cannot(path);
	put(openat(tree, "closed/deep/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644), "in a tree");
	if (fchmodat(tree, "closed", 0500, 0) < 0)
		cannot(path);
	close(tree);
}

/* One of them removes its file itself. */
static void *run_thread(void *arg)
{
	char path[PATH_SIZE];
	int fd = mkstemp(template_in(arg ? arg : dir, "a", path));

	close(fd);
	if (!arg)
		unlink(path);
	return NULL;
}

static void make_in_threads(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, run_thread,
			    (void *)(i == 0 ? NULL : private_dir())) != 0)
			cannot("pthread_create");
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

/* --- what is published --- */

static void replace_target(void)
{
	char path[PATH_SIZE], target[PATH_SIZE];
	int fd = mkstemp(template_in(dir, ".target", path));

	put(fd, "new");
	close(fd);
	snprintf(target, sizeof(target), "%s/target", dir);
	if (rename(path, target) < 0)
		cannot(target);
}

static void link_wanted(void)
{
	char path[PATH_SIZE], wanted[PATH_SIZE];
	int fd = mkstemp(template_in(dir, "a", path));

	put(fd, "wanted");
	close(fd);
	snprintf(wanted, sizeof(wanted), "%s/wanted-%d", dir, (int)getpid());
	if (link(path, wanted) < 0)
		cannot(wanted);
	tell("wanted", wanted);
	unlink(path);
}

/* A name that was a temporary file's is somebody else's now. */
static void take_name(void)
{
	char path[PATH_SIZE];
	int fd = mkstemp(template_in(dir, "a", path));

	close(fd);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	put(fd, "wanted");
	close(fd);
	tell("wanted", path);
}

/* --- who makes it --- */

static void end_child(void)
{
	check_mine();
	exit(0);
}

static void make_in_children(void)
{
	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		if (pid < 0)
			cannot("fork");
		if (pid == 0) {
			make_file(i ? dir : private_dir());
			end_child();
		}
	}
	while (wait(NULL) > 0)
		;
}

static void run_daemon(int root)
{
	struct pollfd end = {.fd = root, .events = POLLIN};

	setsid();
	make_file(private_dir());
	(void)poll(&end, 1, 5000);
	make_file(dir);
	end_child();
}

static void start_daemon(void)
{
	int root = (int)syscall(SYS_pidfd_open, getpid(), 0);
	pid_t pid = fork();

	if (pid < 0)
		cannot("fork");
	if (pid == 0) {
		if (fork() == 0)
			run_daemon(root);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	close(root);
}

static void execute(const char *as)
{
	char *const words[] = {
		"scenario", (char *)dir, (char *)other, (char *)log_path, (char *)as, NULL};

	execv("/proc/self/exe", words);
	cannot("execv");
}

static void execute_in_child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		execute("again");
	if (pid < 0 || waitpid(pid, NULL, 0) < 0)
		cannot("fork");
}

/* --- the parts --- */

static void end(void)
{
	check_mine();
	if (strcmp(ending, "die-both") == 0)
		kill(getppid(), SIGKILL);
	if (strncmp(ending, "die", 3) == 0)
		kill(getpid(), SIGKILL);
}

static void run_first(void)
{
	char last[32];

	make_files();
	replace_target();
	make_tree(private_dir());
	make_in_children();
	start_daemon();
	make_in_threads();
	link_wanted();
	take_name();
	execute_in_child();
	check_mine();
	snprintf(last, sizeof(last), "last-%s", ending);
	execute(last);
}

static void run_small(void)
{
	make_file(dir);
	make_in_children();
	check_mine();
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return CANNOT;
	dir = argv[1];
	other = argv[2];
	log_path = argv[3];
	ending = argc > 4 ? argv[4] : "return";
	if (strcmp(ending, "small") == 0) {
		run_small();
	} else if (strcmp(ending, "again") == 0) {
		make_file(private_dir());
		check_mine();
	} else if (strncmp(ending, "last-", 5) == 0) {
		ending += 5;
		make_file(dir);
		make_tree(dir);
		end();
	} else {
		run_first();
	}
	return 0;
}
