/* probe.c: a program that does with temporary files whatever its arguments say, word by word.
 *
 *	probe mkstemp /tmp/aXXXXXX write hello fork { mkdtemp /tmp/bXXXXXX } wait raise KILL
 *
 * What it prints holds nothing that differs from run to run (random letters are masked), so that
 * the output of a run with the shim can be compared with the output of a run without it, as text.
 * `@` stands for the path of the last file or directory made, put in when its word is reached; `%`
 * is the same, put in when the block around it is handed to another program.
 *
 * Making           mkstemp T, mkostemp T FLAGS, mkstemps T LEN, mkostemps T LEN FLAGS, the same
 *                  with 64 at the end, mkdtemp T, tmpfile, tmpfile64, threads N COUNT T
 * Using            write TEXT, bytes N, readback, close, unlink, rename TO, overwrite, populate,
 *                  create PATH, remove PATH
 * Telling          print, print-to FILE, pid, pid-to FILE, say TEXT, exists PATH (or <FILE: the
 *                  path that is in FILE), is-mine, loaded, others, quiet, group, output FILE
 * Waiting          sleep MS, touch PATH, wait-for PATH, wait-gone PATH, pause
 * Surroundings     umask N, limit NAME N, chdir D, closefrom N, nobody, setenv K V, unsetenv K,
 *                  clearenv, closefd N, catch SIG, ignore SIG, default SIG, setsid, daemon
 * Other processes  fork { }, rawfork { }, vfork { }, posix_spawn { }, posix_spawnp { }, system { },
 *                  popen { }, thread { }, wait, no-children
 * Other programs   program PATH (run by the words below instead of the probe), execv { }, execve {
 *}, execvp { }, execvpe { }, execl { }, execlp { }, execle { }, fexecve { }, execve-bare { } (an
 *empty environment) Ends             return N, exit N, _exit N, _Exit N, quick_exit N, exit_group
 *N, abort, raise SIG, segv, overflow, pthread_exit
 *
 * A forked child's block that comes to its end returns from main with 0. An exit status of 90 and
 * above says that the probe itself could not do what it was told.
 */
#define _GNU_SOURCE
#define _LARGEFILE64_SOURCE
#ifdef PROBE_DLSYM
#	include <dlfcn.h>
#endif
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	MADE_MAX = 64,
	SLOT = 6,            /* the letters that mkstemp replaces, in every libc */
	UNTOUCHED = 4242,    /* errno before each call: no error has this number */
	PATIENCE_MS = 20000, /* how long wait-for and wait-gone wait */
	CANNOT = 90,         /* could not do what a word says */
	WRONG_WORD = 91,
	TIMED_OUT = 92,
	WRONG_COMPANY = 93, /* PROBE_EXPECT does not hold */
};

struct made {
	char path[PATH_MAX + 64];
	int fd; /* -1: none, or closed */
	bool is_dir;
};

static struct made made[MADE_MAX];
static int made_count;
static bool quiet;
static char self[PATH_MAX];

extern char **environ;

static int run_words(char **words, int count);

/* One write per line, no stdio: nothing to be flushed twice after a fork. */
static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
	char line[2 * PATH_MAX];
	va_list args;

	va_start(args, format);
	int len = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (len > (int)sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[len++] = '\n';
	if (write(STDOUT_FILENO, line, len) != len)
		return; /* nobody listens; the probe has more to do */
}

static void die(int status, const char *what, const char *on)
{
	char line[2 * PATH_MAX];
	int len = snprintf(line, sizeof(line), "probe: %s %s: %s\n", what, on, strerror(errno));

	if (len > (int)sizeof(line))
		len = sizeof(line);
	if (write(STDERR_FILENO, line, len) != len)
		_exit(status);
	_exit(status);
}

static const char *error_name(int error)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {{0, "0"}, {UNTOUCHED, "untouched"}, {EINVAL, "EINVAL"}, {EEXIST, "EEXIST"},
		{ENOENT, "ENOENT"}, {EACCES, "EACCES"}, {ENOTDIR, "ENOTDIR"}, {EPERM, "EPERM"},
		{ENAMETOOLONG, "ENAMETOOLONG"}, {ELOOP, "ELOOP"}, {EMFILE, "EMFILE"},
		{ENFILE, "ENFILE"}, {ENOSPC, "ENOSPC"}, {EROFS, "EROFS"}, {EINTR, "EINTR"},
		{ENOMEM, "ENOMEM"}, {EISDIR, "EISDIR"}, {EFBIG, "EFBIG"}, {ECHILD, "ECHILD"},
		{EOPNOTSUPP, "EOPNOTSUPP"}, {ENOSYS, "ENOSYS"}, {EBADF, "EBADF"}};
	static char other[32];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].number == error)
			return names[i].name;
	snprintf(other, sizeof(other), "errno-%d", error);
	return other;
}

static int signal_number(const char *name)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {{SIGHUP, "HUP"}, {SIGINT, "INT"}, {SIGQUIT, "QUIT"}, {SIGABRT, "ABRT"},
		{SIGKILL, "KILL"}, {SIGUSR1, "USR1"}, {SIGUSR2, "USR2"}, {SIGTERM, "TERM"},
		{SIGCHLD, "CHLD"}, {SIGCONT, "CONT"}, {SIGSTOP, "STOP"}, {SIGTSTP, "TSTP"},
		{SIGPIPE, "PIPE"}, {SIGALRM, "ALRM"}, {SIGSEGV, "SEGV"}, {SIGXFSZ, "XFSZ"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].number;
	int number = atoi(name);
	if (number <= 0)
		die(WRONG_WORD, "no such signal:", name);
	return number;
}

/* "append,cloexec", or a number in any base. */
static int flags_of(const char *text)
{
	static const struct {
		const char *name;
		int bit;
	} names[] = {{"append", O_APPEND}, {"cloexec", O_CLOEXEC}, {"sync", O_SYNC},
		{"dsync", O_DSYNC}, {"nonblock", O_NONBLOCK}, {"noatime", O_NOATIME},
		{"excl", O_EXCL}, {"creat", O_CREAT}, {"trunc", O_TRUNC}, {"wronly", O_WRONLY},
		{"rdwr", O_RDWR}, {"directory", O_DIRECTORY}, {"nofollow", O_NOFOLLOW}};
	char copy[256];
	char *rest = copy;
	int flags = 0;

	if (text[0] >= '0' && text[0] <= '9')
		return (int)strtol(text, NULL, 0);
	snprintf(copy, sizeof(copy), "%s", text);
	for (char *name = strsep(&rest, ","); name; name = strsep(&rest, ",")) {
		size_t i = 0;
		while (i < sizeof(names) / sizeof(*names) && strcmp(names[i].name, name) != 0)
			i++;
		if (i == sizeof(names) / sizeof(*names))
			die(WRONG_WORD, "no such flag:", name);
		flags |= names[i].bit;
	}
	return flags;
}

static void sleep_ms(long ms)
{
	struct timespec left = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* Made whole under another name first: who waits for it finds it complete. */
static void write_file(const char *path, const char *text)
{
	char draft[PATH_MAX + 8];

	snprintf(draft, sizeof(draft), "%s.new", path);
	int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, text, strlen(text)) < 0 || close(fd) < 0 || rename(draft, path) < 0)
		die(CANNOT, "write", path);
}

static const char *read_path(const char *file)
{
	static char path[PATH_MAX];
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, path, sizeof(path) - 1);

	if (len < 0)
		die(CANNOT, "read", file);
	close(fd);
	path[len] = '\0';
	return path;
}

/* Standard output and error go there: nothing of the caller's is held open any more. */
static void send_output(const char *file)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0 || close(fd) < 0)
		die(CANNOT, "output", file);
}

/* What is made */

static struct made *current(void)
{
	if (made_count == 0)
		die(WRONG_WORD, "nothing made yet", "");
	return &made[made_count - 1];
}

static struct made *remember(const char *path, int fd, bool is_dir)
{
	if (made_count == MADE_MAX)
		die(CANNOT, "too many files", path);
	struct made *m = &made[made_count++];
	snprintf(m->path, sizeof(m->path), "%s", path);
	m->fd = fd;
	m->is_dir = is_dir;
	return m;
}

/* The letters drawn differ in every run: question marks instead, if they are letters and digits. */
static void mask(char *text, const char *template, int suffix)
{
	ptrdiff_t slot = (ptrdiff_t)strlen(template) - suffix - SLOT;

	if (suffix < 0 || slot < 0 || strlen(text) != strlen(template))
		return;
	if (strncmp(text + slot, template + slot, SLOT) == 0)
		return;
	for (int i = 0; i < SLOT; i++)
		if (!strchr("0123456789abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
			    text[slot + i]))
			return;
	memset(text + slot, '?', SLOT);
}

static void describe(char *ret_text, size_t size, int fd, const char *path)
{
	struct stat by_fd, by_path;
	bool by_name = path && lstat(path, &by_path) == 0;

	if (fd < 0 && !by_name) {
		snprintf(ret_text, size, " not there");
		return;
	}
	if (fd < 0)
		by_fd = by_path;
	else if (fstat(fd, &by_fd) < 0)
		die(CANNOT, "fstat", path ? path : "tmpfile");
	int len = snprintf(ret_text, size, " mode=%04o type=%06o links=%lu size=%ld owner=%u:%u",
		(unsigned)by_fd.st_mode & 07777, (unsigned)by_fd.st_mode & S_IFMT,
		(unsigned long)by_fd.st_nlink, (long)(S_ISDIR(by_fd.st_mode) ? 0 : by_fd.st_size),
		(unsigned)by_fd.st_uid, (unsigned)by_fd.st_gid);
	if (fd >= 0)
		len += snprintf(ret_text + len, size - len, " fd=%d flags=%#x fdflags=%#x", fd,
			(unsigned)fcntl(fd, F_GETFL), (unsigned)fcntl(fd, F_GETFD));
	if (path)
		snprintf(ret_text + len, size - len, " path=%s",
			!by_name                         ? "gone"
			: by_path.st_dev != by_fd.st_dev ? "another"
			: by_path.st_ino != by_fd.st_ino ? "another"
							 : "same");
}

static void report(const char *function, const char *template, char *text, int suffix, bool ok,
	int error, int fd)
{
	char masked[PATH_MAX + 64];
	char about[256] = "";

	if (quiet)
		return;
	snprintf(masked, sizeof(masked), "%s", text);
	mask(masked, template, suffix);
	if (ok)
		describe(about, sizeof(about), fd, text);
	say("%s: %s errno=%s template=%s%s", function, ok ? "ok" : "failed", error_name(error),
		masked, about);
}

/* Runs the function of that name if it is one of the mkstemp family; the number of words used. */
static int make_file(char **words, int count)
{
	static const struct {
		const char *name;
		int arguments;
		int suffix; /* where the suffix length and the flags are among them; 0: not there */
		int flags;
	} functions[] = {{"mkstemp", 1, 0, 0}, {"mkostemp", 2, 0, 2}, {"mkstemps", 2, 2, 0},
		{"mkostemps", 3, 2, 3}};
	const char *name = words[0];
	size_t len = strlen(name);
	bool is64 = len > 2 && strcmp(name + len - 2, "64") == 0;
	char text[PATH_MAX + 64];
	int fd = -1;
	size_t i = 0;

	while (i < 4 && (strncmp(functions[i].name, name, len - (is64 ? 2 : 0)) != 0 ||
				functions[i].name[len - (is64 ? 2 : 0)] != '\0'))
		i++;
	if (i == 4)
		return 0;
	if (count <= functions[i].arguments)
		die(WRONG_WORD, "too few words after", name);
	int suffix = functions[i].suffix ? atoi(words[functions[i].suffix]) : 0;
	int flags = functions[i].flags ? flags_of(words[functions[i].flags]) : 0;
	snprintf(text, sizeof(text), "%s", words[1]);
	errno = UNTOUCHED;
	switch (i * 2 + is64) {
	case 0:
		fd = mkstemp(text);
		break;
	case 1:
		fd = mkstemp64(text);
		break;
	case 2:
		fd = mkostemp(text, flags);
		break;
	case 3:
		fd = mkostemp64(text, flags);
		break;
	case 4:
		fd = mkstemps(text, suffix);
		break;
	case 5:
		fd = mkstemps64(text, suffix);
		break;
	case 6:
		fd = mkostemps(text, suffix, flags);
		break;
	case 7:
		fd = mkostemps64(text, suffix, flags);
		break;
	}
	int error = errno;
	report(name, words[1], text, suffix, fd >= 0, error, fd);
	if (fd >= 0)
		remember(text, fd, false);
	return 1 + functions[i].arguments;
}

static void make_dir(const char *template)
{
	char text[PATH_MAX + 64];

	snprintf(text, sizeof(text), "%s", template);
	errno = UNTOUCHED;
	char *answer = mkdtemp(text);
	int error = errno;
	if (answer && answer != text)
		say("mkdtemp: the answer is not the caller's buffer");
	report("mkdtemp", template, text, 0, answer, error, -1);
	if (answer)
		remember(text, -1, true);
}

static void make_tmpfile(const char *name)
{
	char about[256];
	char back[8] = "";

	errno = UNTOUCHED;
	FILE *file = strcmp(name, "tmpfile") == 0 ? tmpfile() : tmpfile64();
	int error = errno;
	if (!file) {
		say("%s: failed errno=%s", name, error_name(error));
		return;
	}
	if (fputs("back", file) < 0 || fflush(file) < 0 || fseek(file, 0, SEEK_SET) < 0 ||
		!fgets(back, sizeof(back), file))
		die(CANNOT, "use", name);
	describe(about, sizeof(about), fileno(file), NULL);
	say("%s: ok errno=%s%s content=%s", name, error_name(error), about, back);
	remember("(tmpfile)", fileno(file), false);
}

struct batch {
	int count;
	const char *template;
	int made;
};

static void *make_batch(void *argument)
{
	struct batch *batch = argument;

	for (int i = 0; i < batch->count; i++) {
		char text[PATH_MAX];
		snprintf(text, sizeof(text), "%s", batch->template);
		int fd = mkstemp(text);
		if (fd < 0)
			break;
		close(fd);
		batch->made++;
	}
	return NULL;
}

static void make_in_threads(int threads, int count, const char *template)
{
	pthread_t ids[64];
	struct batch batches[64];
	int total = 0;

	if (threads > 64)
		die(WRONG_WORD, "too many threads", "");
	for (int i = 0; i < threads; i++) {
		batches[i] = (struct batch){count, template, 0};
		if (pthread_create(&ids[i], NULL, make_batch, &batches[i]) != 0)
			die(CANNOT, "pthread_create", "");
	}
	for (int i = 0; i < threads; i++) {
		pthread_join(ids[i], NULL);
		total += batches[i].made;
	}
	say("threads: %d made", total);
}

/* A tree with what a careless remover trips over. */
static void populate(const char *dir)
{
	char path[PATH_MAX + 128];
	static const char *const dirs[] = {"sub", "sub/deeper", "locked"};

	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, dirs[i]);
		if (mkdir(path, 0700) < 0)
			die(CANNOT, "mkdir", path);
		snprintf(path, sizeof(path), "%s/%s/file", dir, dirs[i]);
		write_file(path, "content");
	}
	snprintf(path, sizeof(path), "%s/dangling", dir);
	if (symlink("/nonexistent/target", path) < 0)
		die(CANNOT, "symlink", path);
	snprintf(path, sizeof(path), "%s/pipe", dir);
	if (mkfifo(path, 0600) < 0)
		die(CANNOT, "mkfifo", path);
	snprintf(path, sizeof(path), "%s/locked", dir);
	if (chmod(path, 0500) < 0)
		die(CANNOT, "chmod", path);
}

/* A program that writes a new file and renames it into place, as `sed -i` does. */
static void overwrite(const char *path)
{
	write_file(path, "another file under the same name");
}

/* Other processes */

/* The number of words between the braces, which start at words[0]. */
static int block_len(char **words, int count)
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

static void wait_for_children(void)
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
static int run_block(const char *name, char **words, int count)
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

/* Surroundings */

static void set_limit(const char *name, const char *value)
{
	int which = strcmp(name, "fsize") == 0    ? RLIMIT_FSIZE
		    : strcmp(name, "nofile") == 0 ? RLIMIT_NOFILE
		    : strcmp(name, "core") == 0   ? RLIMIT_CORE
		    : strcmp(name, "nproc") == 0  ? RLIMIT_NPROC
						  : -1;
	struct rlimit limit = {strtoul(value, NULL, 0), strtoul(value, NULL, 0)};

	if (which < 0 || setrlimit(which, &limit) < 0)
		die(CANNOT, "limit", name);
}

static void become_nobody(void)
{
	if (setgroups(0, NULL) < 0 || setresgid(65534, 65534, 65534) < 0 ||
		setresuid(65534, 65534, 65534) < 0)
		die(CANNOT, "become", "nobody");
}

static void on_signal(int number)
{
	char line[] = "caught   \n";

	line[7] = (char)('0' + number / 10);
	line[8] = (char)('0' + number % 10);
	if (write(STDOUT_FILENO, line, sizeof(line) - 1) < 0)
		return;
}

static void set_action(const char *word, const char *name)
{
	struct sigaction action = {.sa_handler = strcmp(word, "catch") == 0    ? on_signal
						 : strcmp(word, "ignore") == 0 ? SIG_IGN
									       : SIG_DFL};
	if (sigaction(signal_number(name), &action, NULL) < 0)
		die(CANNOT, word, name);
}

static void close_from(int first)
{
	for (int fd = first; fd < 1024; fd++)
		close(fd);
}

/* Read with plain system calls, so that nothing is asked of what is looked for. */
static bool shim_is_loaded(void)
{
	static char text[1 << 18];
	size_t len = 0;
	long got = 1;
	long fd = syscall(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(CANNOT, "open", "/proc/self/maps");
	while (got > 0 && len < sizeof(text) - 1) {
		got = syscall(SYS_read, fd, text + len, sizeof(text) - 1 - len);
		if (got > 0)
			len += (size_t)got;
	}
	syscall(SYS_close, fd);
	text[len] = '\0';
	return strstr(text, "/libtmpguard.so") != NULL;
}

static void check_company(void)
{
	const char *expected = getenv("PROBE_EXPECT");

	if (!expected)
		return;
	if (shim_is_loaded() == (strcmp(expected, "shim") == 0))
		return;
	errno = 0;
	die(WRONG_COMPANY, "PROBE_EXPECT does not hold:", expected);
}

static void say_others(void)
{
	int (*count)(void) = NULL;

#ifdef PROBE_DLSYM
	*(void **)&count = dlsym(RTLD_DEFAULT, "otherpreload_count");
#endif
	if (!count)
		say("others: not loaded");
	else
		say("others: %s", count() > 0 ? "saw it" : "saw nothing");
}

static void wait_for(const char *path, bool there)
{
	for (int left = PATIENCE_MS / 5; exists(path) != there; left--) {
		if (left == 0) {
			errno = ETIME;
			die(TIMED_OUT, there ? "wait-for" : "wait-gone", path);
		}
		sleep_ms(5);
	}
}

/* Ends */

static volatile long depth_left = LONG_MAX; /* the stack is shorter than that */

static __attribute__((noinline)) long deeper(volatile char *above)
{
	volatile char here[4096];

	here[0] = above[0];
	if (--depth_left == 0)
		return here[0];
	return deeper(here) + here[1];
}

static void crash(void)
{
	static volatile int *volatile nowhere;

	*nowhere = 1;
}

/* Does not come back if the word is an end. */
static void run_end(const char *word, int status)
{
	if (strcmp(word, "exit") == 0)
		exit(status);
	if (strcmp(word, "_exit") == 0)
		_exit(status);
	if (strcmp(word, "_Exit") == 0)
		_Exit(status);
	if (strcmp(word, "quick_exit") == 0)
		quick_exit(status);
	if (strcmp(word, "exit_group") == 0)
		syscall(SYS_exit_group, status);
}

/* The words */

static bool run_word0(const char *word)
{
	if (strcmp(word, "tmpfile") == 0 || strcmp(word, "tmpfile64") == 0)
		make_tmpfile(word);
	else if (strcmp(word, "print") == 0)
		say("%s", current()->path);
	else if (strcmp(word, "pid") == 0)
		say("%d", (int)getpid());
	else if (strcmp(word, "quiet") == 0)
		quiet = true;
	else if (strcmp(word, "loaded") == 0)
		say("shim: %s", shim_is_loaded() ? "loaded" : "not loaded");
	else if (strcmp(word, "others") == 0)
		say_others();
	else if (strcmp(word, "is-mine") == 0) {
		char about[256];
		describe(about, sizeof(about), current()->fd, current()->path);
		say("it is:%s", about);
	} else if (strcmp(word, "readback") == 0) {
		char text[256] = "";
		if (pread(current()->fd, text, sizeof(text) - 1, 0) < 0)
			die(CANNOT, "read", current()->path);
		say("content: %s", text);
	} else if (strcmp(word, "close") == 0) {
		close(current()->fd);
		current()->fd = -1;
	} else if (strcmp(word, "unlink") == 0) {
		errno = UNTOUCHED;
		int r = current()->is_dir ? rmdir(current()->path) : unlink(current()->path);
		say("unlink: %d errno=%s", r, error_name(errno));
	} else if (strcmp(word, "overwrite") == 0)
		overwrite(current()->path);
	else if (strcmp(word, "populate") == 0)
		populate(current()->path);
	else if (strcmp(word, "pause") == 0)
		pause();
	else if (strcmp(word, "nobody") == 0)
		become_nobody();
	else if (strcmp(word, "clearenv") == 0)
		clearenv();
	else if (strcmp(word, "setsid") == 0) {
		if (setsid() < 0)
			die(CANNOT, "setsid", "");
	} else if (strcmp(word, "daemon") == 0) {
		if (daemon(1, 1) < 0)
			die(CANNOT, "daemon", "");
	} else if (strcmp(word, "wait") == 0)
		wait_for_children();
	else if (strcmp(word, "no-children") == 0) {
		int status;
		pid_t pid = waitpid(-1, &status, 0x40000000 /* __WALL */ | WNOHANG);
		say("children: %s", pid < 0 ? error_name(errno) : pid == 0 ? "alive" : "dead");
	} else if (strcmp(word, "group") == 0)
		say("leader=%d foreground=%d", getpgrp() == getpid(),
			tcgetpgrp(STDIN_FILENO) == getpgrp());
	else if (strcmp(word, "abort") == 0)
		abort();
	else if (strcmp(word, "segv") == 0)
		crash();
	else if (strcmp(word, "overflow") == 0)
		say("%ld", deeper((volatile char *)self));
	else if (strcmp(word, "pthread_exit") == 0)
		pthread_exit(NULL);
	else
		return false;
	return true;
}

static bool run_word1(const char *word, char *argument)
{
	char text[64];

	if (strcmp(word, "mkdtemp") == 0)
		make_dir(argument);
	else if (strcmp(word, "write") == 0) {
		if (write(current()->fd, argument, strlen(argument)) < 0)
			say("write: errno=%s", error_name(errno));
	} else if (strcmp(word, "bytes") == 0) {
		for (long left = atol(argument); left > 0; left--)
			if (write(current()->fd, "b", 1) != 1)
				die(CANNOT, "write", current()->path);
	} else if (strcmp(word, "rename") == 0) {
		if (rename(current()->path, argument) < 0)
			die(CANNOT, "rename", argument);
	} else if (strcmp(word, "create") == 0)
		write_file(argument, "created");
	else if (strcmp(word, "remove") == 0) {
		if (remove(argument) < 0)
			die(CANNOT, "remove", argument);
	} else if (strcmp(word, "program") == 0)
		snprintf(self, sizeof(self), "%s", argument);
	else if (strcmp(word, "say") == 0)
		say("%s", argument);
	else if (strcmp(word, "print-to") == 0)
		write_file(argument, current()->path);
	else if (strcmp(word, "pid-to") == 0) {
		snprintf(text, sizeof(text), "%d", (int)getpid());
		write_file(argument, text);
	} else if (strcmp(word, "exists") == 0) {
		const char *path = argument[0] == '<' ? read_path(argument + 1) : argument;
		say("exists: %s", exists(path) ? "yes" : "no");
	} else if (strcmp(word, "output") == 0)
		send_output(argument);
	else if (strcmp(word, "sleep") == 0)
		sleep_ms(atol(argument));
	else if (strcmp(word, "touch") == 0)
		write_file(argument, "");
	else if (strcmp(word, "wait-for") == 0)
		wait_for(argument, true);
	else if (strcmp(word, "wait-gone") == 0)
		wait_for(argument, false);
	else if (strcmp(word, "umask") == 0)
		umask((mode_t)strtol(argument, NULL, 8));
	else if (strcmp(word, "chdir") == 0) {
		if (chdir(argument) < 0)
			die(CANNOT, "chdir", argument);
	} else if (strcmp(word, "closefrom") == 0)
		close_from(atoi(argument));
	else if (strcmp(word, "closefd") == 0)
		close(atoi(argument));
	else if (strcmp(word, "unsetenv") == 0)
		unsetenv(argument);
	else if (strcmp(word, "catch") == 0 || strcmp(word, "ignore") == 0 ||
		 strcmp(word, "default") == 0)
		set_action(word, argument);
	else if (strcmp(word, "raise") == 0)
		kill(getpid(), signal_number(argument));
	else
		return false;
	return true;
}

static bool run_word2(const char *word, char *first, char *second)
{
	if (strcmp(word, "setenv") == 0)
		setenv(first, second, 1);
	else if (strcmp(word, "limit") == 0)
		set_limit(first, second);
	else
		return false;
	return true;
}

static bool takes_block(char **words, int count)
{
	return count > 1 && strcmp(words[1], "{") == 0;
}

/* Gives the status to return from main with, or -1 if the words came to their end. */
static int run_words(char **words, int count)
{
	int i = 0;

	while (i < count) {
		char **w = words + i;
		int left = count - i;
		char *argument[4] = {NULL};
		for (int k = 1; k < 4 && k < left; k++)
			argument[k] = strcmp(w[k], "@") == 0 ? current()->path : w[k];

		if (takes_block(w, left)) {
			int len = block_len(w + 1, left - 1);
			int status = run_block(w[0], w + 2, len);
			if (status >= 0)
				return status;
			i += len + 3;
			continue;
		}
		int used = make_file(w, left);
		if (used > 0) {
			i += used;
			continue;
		}
		if (left > 1 && strcmp(w[0], "return") == 0)
			return atoi(w[1]);
		if (left > 1)
			run_end(w[0], atoi(w[1]));
		if (left > 3 && strcmp(w[0], "threads") == 0) {
			make_in_threads(atoi(w[1]), atoi(w[2]), w[3]);
			i += 4;
		} else if (run_word0(w[0]))
			i += 1;
		else if (left > 1 && run_word1(w[0], argument[1]))
			i += 2;
		else if (left > 2 && run_word2(w[0], argument[1], argument[2]))
			i += 3;
		else {
			errno = EINVAL;
			die(WRONG_WORD, "no such word, or too few after it:", w[0]);
		}
	}
	return -1;
}

int main(int argc, char **argv)
{
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (len < 0)
		die(CANNOT, "readlink", "/proc/self/exe");
	check_company();
	int status = run_words(argv + 1, argc - 1);
	return status < 0 ? 0 : status;
}
