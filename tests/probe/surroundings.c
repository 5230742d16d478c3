/* surroundings.c: limits, signals, rights, company, and the ends. */
#include "probe.h"
#if __has_include(<linux/filter.h>)
#	include <linux/filter.h>
#	include <linux/seccomp.h>
#	include <sys/prctl.h>
#endif
#ifdef PROBE_DLSYM
#	include <dlfcn.h>
#endif
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

void set_limit(const char *name, const char *value)
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

#ifdef BPF_STMT
/* From now on anything but what a program needs to end kills it, unless the filter allows all. */
void put_filter(bool by_syscall, bool allows_all)
{
	static const int allowed[] = {SYS_read, SYS_write, SYS_exit, SYS_exit_group,
		SYS_rt_sigreturn, SYS_execve, SYS_futex};
	enum { N = sizeof(allowed) / sizeof(allowed[0]) };
	struct sock_filter code[N + 3] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
	struct sock_fprog program = {.len = N + 3, .filter = code};
	int r;

	for (unsigned char i = 0; i < N; i++)
		code[1 + i] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (unsigned)allowed[i], (unsigned char)(N - i), 0);
	code[N + 1] = (struct sock_filter)BPF_STMT(
		BPF_RET | BPF_K, allows_all ? SECCOMP_RET_ALLOW : SECCOMP_RET_KILL);
	code[N + 2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	fflush(NULL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		die(CANNOT, "no_new_privs", "");
	if (by_syscall)
		r = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
	else
		r = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
	if (r != 0)
		die(CANNOT, "filter", "");
}
#else
void put_filter(bool by_syscall, bool allows_all)
{
	(void)by_syscall, (void)allows_all;
	die(CANNOT, "filter", "this libc has no such headers");
}
#endif

void become_nobody(void)
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

void set_action(const char *word, const char *name)
{
	struct sigaction action = {.sa_handler = strcmp(word, "catch") == 0    ? on_signal
						 : strcmp(word, "ignore") == 0 ? SIG_IGN
									       : SIG_DFL};
	if (sigaction(signal_number(name), &action, NULL) < 0)
		die(CANNOT, word, name);
}

void close_from(int first)
{
	for (int fd = first; fd < 1024; fd++)
		close(fd);
}

/* Read with plain system calls, so that nothing is asked of what is looked for. */
bool shim_is_loaded(void)
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

void check_company(void)
{
	const char *expected = getenv("PROBE_EXPECT");

	if (!expected)
		return;
	if (shim_is_loaded() == (strcmp(expected, "shim") == 0))
		return;
	errno = 0;
	die(WRONG_COMPANY, "PROBE_EXPECT does not hold:", expected);
}

void say_others(void)
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

void wait_for(const char *path, bool there)
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

__attribute__((noinline)) long deeper(volatile char *above)
{
	volatile char here[4096];

	here[0] = above[0];
	if (--depth_left == 0)
		return here[0];
	return deeper(here) + here[1];
}

void crash(void)
{
	static volatile int *volatile nowhere;

	*nowhere = 1;
}

/* Does not come back if the word is an end. */
void run_end(const char *word, int status)
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
