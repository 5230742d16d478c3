/* supervise.c: a command and its descendants, as if nobody stood in between.
 *
 * All signals are blocked and taken one by one with sigwaitinfo: no handler, no race. What is sent
 * to us goes on to the command. What the terminal sends it sends to the whole foreground group, so
 * the command has it already; the kernel marks these (SI_KERNEL). A group's leader that is
 * signalled with kill(2) by its group passes its own copy on, so such a command gets it twice:
 * nothing in a signal tells the two apart.
 *
 * When the command stops, we stop by the same signal, so that a shell sees its job stopped; when we
 * are continued, so is the command. Process groups and the terminal are left alone.
 *
 * Being a subreaper, we are the parent of every descendant whose own parent has died: as long as
 * one lives, there is a child to wait for.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "supervise.h"
#include "tmpguard.h"

static void run_child(
	struct supervised *s, char **argv, int report_fd, void (*prepare)(void *), void *arg)
{
	int error;

	prepare(arg);
	sigaction(SIGCHLD, &s->chld, NULL);
	sigprocmask(SIG_SETMASK, &s->mask, NULL);
	setitimer(ITIMER_REAL, &s->timer, NULL);
	execvp(argv[0], argv);
	error = errno;
	if (write(report_fd, &error, sizeof(error)) < 0)
		error = 0; /* the status tells as well */
	_exit(EXIT_CANNOT_RUN);
}

int supervise_start(struct supervised *s, char **argv, void (*prepare)(void *), void *arg)
{
	struct sigaction normal = {.sa_handler = SIG_DFL};
	struct itimerval none = {0};
	sigset_t mask;
	int report[2];

	*s = (struct supervised){.pid = -1};
	if (pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	sigfillset(&mask);
	sigprocmask(SIG_BLOCK, &mask, &s->mask);
	sigaction(SIGCHLD, &normal, &s->chld); /* ignored, it would leave nothing to wait for */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	setitimer(ITIMER_REAL, &none, &s->timer);
	s->pid = fork();
	if (s->pid < 0) {
		int error = errno;

		close(report[0]);
		close(report[1]);
		return -error;
	}
	if (s->pid == 0)
		run_child(s, argv, report[1], prepare, arg);
	close(report[1]);
	while (read(report[0], &s->exec_error, sizeof(s->exec_error)) < 0 && errno == EINTR)
		;
	close(report[0]);
	return 0;
}

/* Stops this process by `signal`, as its default action would. Returns when continued. */
static void stop_by(int signal)
{
	struct sigaction normal = {.sa_handler = SIG_DFL}, old;
	sigset_t only, before;

	if (signal == SIGSTOP) {
		kill(getpid(), SIGSTOP);
		return;
	}
	sigaction(signal, &normal, &old);
	raise(signal);
	sigemptyset(&only);
	sigaddset(&only, signal);
	sigprocmask(SIG_UNBLOCK, &only, &before); /* here */
	sigprocmask(SIG_SETMASK, &before, NULL);
	sigaction(signal, &old, NULL);
}

static void command_stopped(struct supervised *s, int signal)
{
	int status;

	stop_by(signal);
	/* A shell continues the whole group, so the command may be running already. */
	if (waitpid(s->pid, &status, WCONTINUED | WNOHANG) == 0)
		kill(s->pid, SIGCONT);
	else if (WIFEXITED(status) || WIFSIGNALED(status)) {
		s->status = status;
		s->has_ended = true;
	}
}

static void reap(struct supervised *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED | __WALL)) > 0) {
		if (pid != s->pid)
			continue;
		if (WIFSTOPPED(status)) {
			command_stopped(s, WSTOPSIG(status));
		} else {
			s->status = status;
			s->has_ended = true;
		}
	}
}

/* A session's leader gets the terminal's hang-up alone. */
static bool is_for_us_alone(const siginfo_t *info)
{
	return info->si_code != SI_KERNEL || (info->si_signo == SIGHUP && getsid(0) == getpid());
}

static void pass_on(const struct supervised *s, const siginfo_t *info)
{
	if (info->si_code == SI_QUEUE)
		sigqueue(s->pid, info->si_signo, info->si_value);
	else if (is_for_us_alone(info))
		kill(s->pid, info->si_signo);
}

void supervise_wait(struct supervised *s)
{
	sigset_t mask;
	siginfo_t info;

	sigfillset(&mask);
	reap(s);
	while (!s->has_ended) {
		if (sigwaitinfo(&mask, &info) < 0)
			continue; /* interrupted by a stop and continue */
		if (info.si_signo == SIGCHLD)
			reap(s);
		else
			pass_on(s, &info);
	}
}

/* Waits for children to end, at most `msec`, or for as long as it takes below 0; true when none is
 * left. A signal that would end us ends the waiting. */
static bool wait_for_rest(struct supervised *s, int msec)
{
	struct timespec slice = {.tv_nsec = 5000000};
	sigset_t mask;
	siginfo_t info;

	sigfillset(&mask);
	for (int waited = 0;; waited += 5) {
		reap(s);
		if (waitpid(-1, NULL, WNOHANG | __WALL) < 0 && errno == ECHILD)
			return true;
		if (msec >= 0 && waited >= msec)
			return false;
		if (sigtimedwait(&mask, &info, msec < 0 ? NULL : &slice) <= 0)
			continue;
		if (info.si_signo == SIGTSTP)
			raise(SIGSTOP); /* the command, which stops with its group, has ended */
		if (info.si_signo == SIGTERM || info.si_signo == SIGINT ||
			info.si_signo == SIGHUP || info.si_signo == SIGQUIT)
			return false;
	}
}

static pid_t parent_of(pid_t pid)
{
	char path[40], line[512];
	const char *close_paren;
	FILE *stat;
	long parent = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	stat = fopen(path, "re");
	if (!stat)
		return 0;
	if (fgets(line, sizeof(line), stat) && (close_paren = strrchr(line, ')')) &&
		sscanf(close_paren + 1, " %*c %ld", &parent) != 1)
		parent = 0;
	fclose(stat);
	return (pid_t)parent;
}

static bool descends_from_us(pid_t pid)
{
	pid_t me = getpid();

	while (pid > 1 && pid != me)
		pid = parent_of(pid);
	return pid == me;
}

void supervise_each(void (*each)(void *arg, pid_t pid), void *arg)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		pid_t pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;

		if (pid > 0 && pid != getpid() && descends_from_us(pid))
			each(arg, pid);
	}
	if (proc)
		closedir(proc);
}

static void count_one(void *arg, pid_t pid)
{
	(void)pid;
	++*(int *)arg;
}

struct signalled {
	int signal, n;
};

static void signal_one(void *arg, pid_t pid)
{
	struct signalled *to = arg;

	kill(pid, to->signal);
	to->n++;
}

/* Until all have ended; without procfs nobody knows who they are. */
static bool kill_rest(struct supervised *s)
{
	enum { GRACE = 1000 };
	struct signalled to = {.signal = SIGTERM};

	do {
		to.n = 0;
		supervise_each(signal_one, &to);
		to.signal = SIGKILL;
		if (wait_for_rest(s, GRACE))
			return true;
	} while (to.n > 0);
	return false;
}

int supervise_linger(struct supervised *s, enum linger linger)
{
	enum { MOMENT = 50 };
	int n = 0;

	if (wait_for_rest(s, MOMENT))
		return 0;
	if (linger == LINGER_WAIT && wait_for_rest(s, -1))
		return 0;
	if (linger == LINGER_KILL && kill_rest(s))
		return 0;
	supervise_each(count_one, &n);
	return n > 0 ? n : !wait_for_rest(s, 0);
}

void supervise_end(const struct supervised *s)
{
	struct rlimit no_core = {0, 0};
	sigset_t all;

	if (WIFSIGNALED(s->status)) {
		int signal = WTERMSIG(s->status);
		struct sigaction normal = {.sa_handler = SIG_DFL};

		fflush(NULL);
		setrlimit(RLIMIT_CORE, &no_core); /* the command's core is the interesting one */
		sigaction(signal, &normal, NULL);
		raise(signal);
		sigfillset(&all);
		sigprocmask(SIG_UNBLOCK, &all, NULL);
		kill(getpid(), signal);
		exit(128 + signal); /* init is not killed by what it has no handler for */
	}
	exit(WEXITSTATUS(s->status));
}
