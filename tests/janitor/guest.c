/* guest.c: a program that a janitor works for, and that needs neither procfs nor another process.
 *
 *	guest WORD...
 *
 * make TEMPLATE OUT   a file, whose name goes to OUT
 * many TEMPLATE N     N files
 * deny CALL           from now on clone (all of its kind), execve or pidfd_open fail with EPERM; by
 *a bare system call, which nobody sees waits               what each way to wait for children says
 * catch, nocldwait    what becomes of SIGCHLD; told says how many came
 * touch FILE, pause, exit N, die
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t children;

static void on_child(int number)
{
	(void)number;
	children++;
}

static long bare(long nr, long a, long b, long c)
{
#if defined(__x86_64__)
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return r;
#else
	register long x8 __asm__("x8") = nr, x0 __asm__("x0") = a, x1 __asm__("x1") = b,
			 x2 __asm__("x2") = c;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	return x0;
#endif
}

static void deny(const char *name)
{
	int numbers[4] = {SYS_clone, SYS_clone3, SYS_clone, SYS_clone};
	struct sock_filter code[7] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
	struct sock_fprog program = {.len = 7, .filter = code};

	if (strcmp(name, "clone") != 0)
		numbers[0] = numbers[1] = numbers[2] = numbers[3] =
			strcmp(name, "execve") == 0 ? SYS_execve : SYS_pidfd_open;
	for (int i = 0; i < 4; i++)
		code[1 + i] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (unsigned)numbers[i], (unsigned char)(4 - i), 0);
	code[5] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[6] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		bare(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, (long)&program) != 0)
		exit(90);
}

static void say_wait(const char *name, int flags)
{
	int status;
	pid_t pid = waitpid(-1, &status, flags);

	printf("%s: %s\n", name, pid < 0 ? strerror(errno) : "somebody");
}

static void say_waits(void)
{
	siginfo_t info;
	int status;

	printf("wait: %s\n", wait(&status) < 0 ? strerror(errno) : "somebody");
	say_wait("waitpid", 0);
	say_wait("__WALL", __WALL);
	say_wait("__WCLONE", __WCLONE);
	say_wait("__WNOTHREAD", __WNOTHREAD);
	say_wait("__WALL | WNOHANG | WUNTRACED", __WALL | WNOHANG | WUNTRACED);
	printf("waitid: %s\n", waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WCONTINUED | __WALL) < 0
				       ? strerror(errno)
				       : "somebody");
}

static void make(char *template, const char *out)
{
	FILE *file;

	if (mkstemp(template) < 0)
		exit(91);
	file = fopen(out, "w");
	if (!file || fputs(template, file) < 0 || fclose(file) != 0)
		exit(92);
}

static void make_many(const char *template, int n)
{
	for (int i = 0; i < n; i++) {
		char *name = strdup(template);
		int fd = name ? mkstemp(name) : -1;

		if (fd < 0)
			exit(94);
		close(fd);
		free(name);
	}
}

static void set_child_action(void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	sigaction(SIGCHLD, &action, NULL);
}

static int run_word(char **word)
{
	if (strcmp(word[0], "make") == 0)
		return make(word[1], word[2]), 3;
	if (strcmp(word[0], "many") == 0)
		return make_many(word[1], atoi(word[2])), 3;
	if (strcmp(word[0], "deny") == 0)
		return deny(word[1]), 2;
	if (strcmp(word[0], "touch") == 0)
		return close(open(word[1], O_WRONLY | O_CREAT, 0600)), 2;
	if (strcmp(word[0], "exit") == 0)
		exit(atoi(word[1]));
	if (strcmp(word[0], "waits") == 0)
		say_waits();
	else if (strcmp(word[0], "catch") == 0)
		set_child_action(on_child, 0);
	else if (strcmp(word[0], "nocldwait") == 0)
		set_child_action(on_child, SA_NOCLDWAIT);
	else if (strcmp(word[0], "told") == 0)
		printf("children: %d\n", (int)children);
	else if (strcmp(word[0], "pause") == 0)
		pause();
	else if (strcmp(word[0], "die") == 0)
		kill(getpid(), SIGKILL);
	else
		exit(93);
	return 1;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc;)
		i += run_word(argv + i);
	return 0;
}
