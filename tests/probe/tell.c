/* tell.c: what the probe says, what it has made, and the names of things. */
#include "probe.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	MADE_MAX = 512,
	SLOT = 6, /* the letters that mkstemp replaces, in every libc */
};

bool quiet;
char self[PATH_MAX];

static struct made made[MADE_MAX];
static int made_count;

/* One write per line, no stdio: nothing to be flushed twice after a fork. */
void say(const char *format, ...)
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

void die(int status, const char *what, const char *on)
{
	char line[2 * PATH_MAX];
	int len = snprintf(line, sizeof(line), "probe: %s %s: %s\n", what, on, strerror(errno));

	if (len > (int)sizeof(line))
		len = sizeof(line);
	if (write(STDERR_FILENO, line, len) != len)
		_exit(status);
	_exit(status);
}

const char *error_name(int error)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {{0, "0"}, {UNTOUCHED, "untouched"}, {EINVAL, "EINVAL"}, {EEXIST, "EEXIST"},
		{ENOENT, "ENOENT"}, {EACCES, "EACCES"}, {ENOTDIR, "ENOTDIR"}, {EPERM, "EPERM"},
		{ENAMETOOLONG, "ENAMETOOLONG"}, {ELOOP, "ELOOP"}, {EMFILE, "EMFILE"},
		{ENFILE, "ENFILE"}, {ENOSPC, "ENOSPC"}, {EROFS, "EROFS"}, {EINTR, "EINTR"},
		{ENOMEM, "ENOMEM"}, {EISDIR, "EISDIR"}, {EFBIG, "EFBIG"}, {ECHILD, "ECHILD"},
		{EOPNOTSUPP, "EOPNOTSUPP"}, {ENOSYS, "ENOSYS"}, {EBADF, "EBADF"},
		{EFAULT, "EFAULT"}, {ENXIO, "ENXIO"}, {EXDEV, "EXDEV"}, {E2BIG, "E2BIG"}};
	static char other[32];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].number == error)
			return names[i].name;
	snprintf(other, sizeof(other), "errno-%d", error);
	return other;
}

int signal_number(const char *name)
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
int flags_of(const char *text)
{
	static const struct {
		const char *name;
		int bit;
	} names[] = {{"append", O_APPEND}, {"cloexec", O_CLOEXEC}, {"sync", O_SYNC},
		{"dsync", O_DSYNC}, {"nonblock", O_NONBLOCK}, {"noatime", O_NOATIME},
		{"excl", O_EXCL}, {"creat", O_CREAT}, {"trunc", O_TRUNC}, {"wronly", O_WRONLY},
		{"rdwr", O_RDWR}, {"directory", O_DIRECTORY}, {"nofollow", O_NOFOLLOW},
		{"tmpfile", O_TMPFILE}, {"path", O_PATH}, {"noctty", O_NOCTTY},
		{"accmode", O_ACCMODE}, {"tmpfile-bit", O_TMPFILE & ~O_DIRECTORY},
		{"largefile", 0100000 /* of the kernel */}, {"unknown", 0x40000000}};
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

void sleep_ms(long ms)
{
	struct timespec left = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* Made whole under another name first: who waits for it finds it complete. */
void write_file(const char *path, const char *text)
{
	char draft[PATH_MAX + 8];

	snprintf(draft, sizeof(draft), "%s.new", path);
	int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0 || write(fd, text, strlen(text)) < 0 || close(fd) < 0 || rename(draft, path) < 0)
		die(CANNOT, "write", path);
}

const char *read_path(const char *file)
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
void send_output(const char *file)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0 || close(fd) < 0)
		die(CANNOT, "output", file);
}

/* What is made */

struct made *current(void)
{
	if (made_count == 0)
		die(WRONG_WORD, "nothing made yet", "");
	return &made[made_count - 1];
}

bool has_made(void)
{
	return made_count > 0;
}

struct made *remember(const char *path, int fd, bool is_dir)
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

/* A directory's size and number of links tell of what else is in it: 0 for both. */
void describe(char *ret_text, size_t size, int fd, const char *path)
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
		(unsigned long)(S_ISDIR(by_fd.st_mode) ? 0 : by_fd.st_nlink),
		(long)(S_ISDIR(by_fd.st_mode) ? 0 : by_fd.st_size), (unsigned)by_fd.st_uid,
		(unsigned)by_fd.st_gid);
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

void report(const char *function, const char *template, char *text, int suffix, bool ok, int error,
	int fd)
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
