/* shells.c: what system(3) does to its caller and what its child finds, as text.
 *
 *	shells keep|clear|unset
 *
 * With the environment as it is, cleared, or without LD_PRELOAD. What is printed is the same with
 * tmpguard as without, and the same whichever of the three. Nothing in it differs from run to run.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { UNTOUCHED = 4242 };

extern char **environ;

static volatile sig_atomic_t interrupts, children, alarms;
static int forks;

static void on_signal(int number)
{
	if (number == SIGINT)
		interrupts++;
	else if (number == SIGCHLD)
		children++;
	else
		alarms++;
}

static void act(int number, void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler};

	sigaddset(&action.sa_mask, SIGUSR2); /* to be found again */
	sigaction(number, &action, NULL);
}

static void count_fork(void)
{
	forks++;
}

static const char *name_of(int number)
{
	struct sigaction action;

	sigaction(number, NULL, &action);
	if (action.sa_handler == SIG_DFL)
		return "default";
	if (action.sa_handler == SIG_IGN)
		return "ignored";
	return sigismember(&action.sa_mask, SIGUSR2) ? "caught" : "caught otherwise";
}

static void say_state(void)
{
	sigset_t mask;

	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	printf("  INT %s, QUIT %s, CHLD %s; blocked:", name_of(SIGINT), name_of(SIGQUIT),
		name_of(SIGCHLD));
	for (int i = 1; i < 32; i++)
		if (sigismember(&mask, i))
			printf(" %d", i);
	printf("; forks %d, interrupts %d, children %d, alarms %d\n", forks, (int)interrupts,
		(int)children, (int)alarms);
	fflush(stdout);
}

/* The environment's entries are as they were, where they were. */
static char **before;
static char *entries[512];

static void note_environment(void)
{
	before = environ;
	for (int i = 0; i < 512; i++) {
		entries[i] = environ ? environ[i] : NULL;
		if (!entries[i])
			break;
	}
}

static void check_environment(void)
{
	if (environ != before)
		printf("  environ is another\n");
	for (int i = 0; environ && i < 512; i++) {
		if (environ[i] != entries[i])
			printf("  entry %d is another\n", i);
		if (!environ[i])
			break;
	}
}

static void try(const char *command)
{
	int status;

	fflush(stdout);
	errno = UNTOUCHED;
	status = system(command);
	printf("%.60s: status %x, errno %s\n", command ? command : "NULL", (unsigned)status,
		errno == UNTOUCHED ? "untouched" : strerror(errno));
	check_environment();
	say_state();
}

static void try_statuses(void)
{
	char *long_command = malloc(200000);

	memset(long_command, 'a', 199999);
	long_command[199999] = '\0';
	try(NULL);
	try("");
	try("exit 0");
	try("exit 3");
	try("kill -KILL $$");
	try("kill -TERM $$");
	try("no-such-command 2>/dev/null");
	try("echo \"$0 $# $-\"; echo two words; exec sh -c 'exit 5'");
	try("-x 2>/dev/null");
	try(long_command);
	free(long_command);
}

/* What parent and child ignore and block while the child runs, once the parent waits for it. */
static const char look[] = "sleep 0.1; for p in $PPID $$; do while read -r name mask; do "
			   "case $name in SigBlk:|SigIgn:) echo $name $mask;; esac; "
			   "done </proc/$p/status; done";

static void try_signals(void)
{
	sigset_t some, old;

	try(look);
	act(SIGINT, on_signal);
	act(SIGQUIT, SIG_IGN);
	act(SIGCHLD, on_signal);
	try(look);
	try("kill -INT $PPID; kill -QUIT $PPID");
	raise(SIGINT);
	say_state();
	sigemptyset(&some);
	sigaddset(&some, SIGCHLD);
	sigaddset(&some, SIGTERM);
	sigaddset(&some, SIGUSR1);
	sigprocmask(SIG_BLOCK, &some, &old);
	try(look);
	sigprocmask(SIG_SETMASK, &old, NULL);
	say_state();
	act(SIGCHLD, SIG_IGN);
	try("exit 3");
	act(SIGCHLD, SIG_DFL);
	act(SIGQUIT, SIG_DFL);
}

static void try_interrupted(void)
{
	struct itimerval once = {.it_value.tv_usec = 50000};

	act(SIGALRM, on_signal);
	setitimer(ITIMER_REAL, &once, NULL);
	try("sleep 0.3; exit 7");
}

static void *run_one(void *command)
{
	return (void *)(long)system(command);
}

__attribute__((unused)) static void try_threads(void)
{
	static char *commands[] = {
		"sleep 0.3; exit 1", "sleep 0.1; exit 2", "exit 3", "sleep 0.2; exit 4"};
	pthread_t ids[4];
	void *status;

	printf("threads\n");
	fflush(stdout);
	for (int i = 0; i < 4; i++)
		pthread_create(&ids[i], NULL, run_one, commands[i]);
	pthread_join(ids[2], NULL);
	say_state();
	for (int i = 0; i < 4; i++) {
		if (i == 2)
			continue;
		pthread_join(ids[i], &status);
		printf("  status %lx\n", (long)status);
	}
	say_state();
}

static void say_cleaned(void *unused)
{
	(void)unused;
	printf("  the thread's own handler\n");
}

static void *run_cancelled(void *command)
{
	pthread_cleanup_push(say_cleaned, NULL);
	printf("  not cancelled: %d\n", system(command));
	pthread_cleanup_pop(0);
	return NULL;
}

static void try_cancelled(void)
{
	pthread_t id;
	void *result;
	int ready[2];
	char pid[16] = "";
	static const char command[] = "echo $$ >&9; exec sleep 30"; /* one digit, for dash */

	printf("cancelled\n");
	fflush(stdout);
	if (pipe(ready) < 0 || dup2(ready[1], 9) < 0)
		abort();
	pthread_create(&id, NULL, run_cancelled, (void *)command);
	if (read(ready[0], pid, sizeof(pid) - 1) < 2)
		abort();
	pthread_cancel(id);
	pthread_join(id, &result);
	printf("  %s\n", result == PTHREAD_CANCELED ? "cancelled" : "ended");
#ifdef __GLIBC__
	printf("  children: %s\n", waitpid(-1, NULL, 0) < 0 ? strerror(errno) : "left");
	say_state();
#else /* musl leaves the child alone, and the signals ignored */
	if (kill(atoi(pid), SIGKILL) == 0)
		waitpid(-1, NULL, 0);
#endif
}

int main(int argc, char **argv)
{
	pthread_atfork(count_fork, count_fork, count_fork);
	if (argc > 1 && strcmp(argv[1], "clear") == 0)
		clearenv();
	else if (argc > 1 && strcmp(argv[1], "unset") == 0)
		unsetenv("LD_PRELOAD");
	note_environment();
	try_statuses();
	try_signals();
	try_interrupted();
#ifdef __GLIBC__ /* musl counts no threads */
	try_threads();
#endif
	try_cancelled();
	return 0;
}
