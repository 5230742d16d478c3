/* filtered.c: a program whose vfork child puts a seccomp filter on itself, which allows an exec and
 * an end and nothing else, and that makes temporary files before and after.
 *
 *     filtered TEMPLATE prctl|syscall exec|fail|end [PROGRAM]
 *
 *     filtered TEMPLATE prctl|syscall twice
 *
 * The same by itself: it puts a filter on itself that forbids getpid, and then another one.
 *
 * The child execs PROGRAM, or fails to and ends with 3, or just ends with 3. Says what became of
 * it.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void make_file(const char *template)
{
	char path[4096];

	strncpy(path, template, sizeof(path) - 1);
	if (mkstemp(path) < 0)
		exit(90);
}

/* What a filter forbids kills. A program that is run may do anything: it needs calls of its own. */
static void put_filter(int by_syscall, int lets_others)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execve, 1, 0),
		BPF_STMT(BPF_RET | BPF_K,
			lets_others ? SECCOMP_RET_ALLOW : SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(91);
	if (by_syscall)
		syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
	else
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
}

static void put_two(int by_syscall)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		exit(91);
	for (int i = 0; i < 2; i++)
		if (by_syscall)
			syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
		else
			prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
}

int main(int argc, char **argv)
{
	const char *end = argc > 3 ? argv[3] : "";
	int execs = strcmp(end, "exec") == 0;
	char *const arguments[] = {argv[argc - 1], NULL}, *const environment[] = {NULL};
	int status;
	pid_t pid;

	if (argc < 4)
		return 92;
	make_file(argv[1]);
	if (strcmp(end, "twice") == 0) {
		put_two(strcmp(argv[2], "syscall") == 0);
		puts("two filters");
		return 0;
	}
	pid = vfork();
	if (pid == 0) {
		put_filter(strcmp(argv[2], "syscall") == 0, execs);
		if (execs)
			execve(argv[4], arguments, environment);
		if (strcmp(end, "fail") == 0)
			execve("/nonexistent/program", arguments, environment);
		_exit(3);
	}
	if (waitpid(pid, &status, 0) != pid)
		return 93;
	printf("child: %s %d\n", WIFEXITED(status) ? "status" : "signal",
		WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	make_file(argv[1]);
	return 0;
}
