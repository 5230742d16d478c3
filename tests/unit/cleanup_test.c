/* cleanup_test.c: lib/registry.c, signals.c, cleanup.c: who removes what, and when. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"
#include "objects.h"

static struct tf_file *new_file(void)
{
	struct tf_options options = {.dir = "."};
	struct tf_file *file;

	OK(tf_file_new(&options, &file));
	return file;
}

/* A file, a full directory and what is written beside its target. */
static void make_all(void)
{
	struct tf_options options = {.dir = "."};
	struct tf_atomic *atomic;
	struct tf_dir *dir;

	(void)new_file();
	OK(tf_dir_new(&options, &dir));
	OK(tf_dir_file(dir, "a/b", "x", 1));
	OK(tf_atomic_open("target", NULL, &atomic));
	CHECK_IS(3, entries("."));
}

void __lsan_disable(void) __attribute__((weak));

/* Runs fn in a child that ends as it says; its wait status. */
static int status_of(void (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (__lsan_disable)
			__lsan_disable(); /* who dies frees nothing */
		fn();
		_exit(99);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	return status;
}

/* --- the end in order --- */

static void make_and_exit(void)
{
	make_all();
	exit(3);
}

static void *exit_here(void *arg)
{
	(void)arg;
	exit(4);
}

static void make_and_exit_in_a_thread(void)
{
	pthread_t thread;

	make_all();
	CHECK(pthread_create(&thread, NULL, exit_here, NULL) == 0);
	for (;;)
		pause();
}

static void make_late(void)
{
	(void)new_file();
}

static void make_at_exit(void)
{
	(void)new_file();
	CHECK(atexit(make_late) == 0); /* runs before ours */
	CHECK(atexit(make_late) == 0);
	exit(5);
}

static void at_exit(void)
{
	CHECK_IS(3 << 8, status_of(make_and_exit));
	CHECK_IS(0, entries("."));
	CHECK_IS(4 << 8, status_of(make_and_exit_in_a_thread));
	CHECK_IS(0, entries("."));
	CHECK_IS(5 << 8, status_of(make_at_exit));
	CHECK_IS(0, entries("."));
}

/* --- forked children --- */

static struct tf_file *parents;

static void child_frees(void)
{
	tf_file_free(parents);
	tf_cleanup();
	exit(0);
}

static void child_makes_its_own(void)
{
	(void)new_file();
	exit(0);
}

static void child_discards(void)
{
	OK(tf_file_discard(parents));
	exit(0);
}

static void in_forked_children(void)
{
	parents = new_file();
	CHECK_IS(0, status_of(child_frees));
	CHECK(there(tf_file_path(parents)));
	CHECK_IS(0, status_of(child_makes_its_own));
	CHECK_IS(1, entries("."));
	CHECK_IS(0, status_of(child_discards));
	CHECK(there(tf_file_path(parents)));
	tf_file_free(parents);
	CHECK_IS(0, entries("."));
}

static void take_and_exit(void)
{
	OK(tf_take_over());
	exit(0);
}

/* The first child's is not the second one's. */
static void hand_to_two_children(void)
{
	struct tf_file *second;

	parents = new_file();
	tf_hand_over();
	second = new_file();
	tf_hand_over();
	CHECK_IS(2, entries("."));
	CHECK_IS(0, status_of(take_and_exit));
	CHECK_IS(1, entries("."));
	CHECK(there(tf_file_path(parents)));
	CHECK(unlink(tf_file_path(parents)) == 0);
	tf_file_free(parents);
	tf_file_free(second);
}

static void hand_to_nobody(void)
{
	parents = new_file();
	tf_hand_over(); /* the fork fails */
	OK(tf_take_over());
	tf_cleanup();
	CHECK_IS(0, entries("."));
	tf_file_free(parents);
}

static void hand_to_children(void)
{
	FAILS(EBUSY, tf_take_over(),
		"cannot take over what nobody has handed over: Device or resource busy");
	parents = new_file();
	tf_hand_over();
	tf_cleanup(); /* nobody's here */
	CHECK_IS(1, entries("."));
	CHECK_IS(0, status_of(child_frees)); /* who does not take over removes nothing */
	CHECK_IS(1, entries("."));
	CHECK_IS(0, status_of(take_and_exit));
	CHECK_IS(0, entries("."));
	tf_file_free(parents);
	hand_to_two_children();
	hand_to_nobody();
}

/* --- signals --- */

static int signal_to_send;
static const int *signals_asked;
static int signals_count;

static void make_and_die(void)
{
	make_all();
	OK(tf_cleanup_on_signals(signals_asked, signals_count));
	(void)raise(signal_to_send);
	_exit(98);
}

static void by_signals(void)
{
	static const int usual[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM};
	static const int list[] = {SIGUSR1, SIGXCPU, SIGALRM, SIGABRT};

	limit(RLIMIT_CORE, 0);
	for (size_t i = 0; i < 5; i++) {
		CHECK(signal(usual[i], SIG_DFL) != SIG_ERR); /* shells ignore them for jobs */
		signal_to_send = usual[i];
		CHECK_IS(usual[i], status_of(make_and_die));
		CHECK_IS(0, entries("."));
	}
	signals_asked = list;
	signals_count = 4;
	for (size_t i = 0; i < 4; i++) {
		signal_to_send = list[i];
		CHECK_IS(list[i], status_of(make_and_die));
		CHECK_IS(0, entries("."));
	}
}

static void refused_signals(void)
{
	static const int wrong[] = {SIGKILL, SIGSTOP, 0, -1, 65, SIGCHLD, SIGTSTP, SIGWINCH, 32};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		FAILS(EINVAL, tf_cleanup_on_signals(&wrong[i], 1),
			"cannot catch a signal: Invalid argument");
	OK(tf_cleanup_on_signals(wrong, 0));
}

static int handled[8]; /* how often; what siginfo said; files that were there */

static void on_signal(int signal)
{
	(void)signal;
	handled[0]++;
	handled[2] = entries(".");
}

static void on_signal_info(int signal, siginfo_t *info, void *context)
{
	(void)context;
	on_signal(signal);
	handled[1] = info->si_value.sival_int;
}

static void have_earlier_handlers(void)
{
	const union sigval value = {.sival_int = 4711};
	struct sigaction action = {.sa_sigaction = on_signal_info, .sa_flags = SA_SIGINFO};
	static const int usr1 = SIGUSR1;

	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	CHECK(signal(SIGTERM, SIG_IGN) != SIG_ERR);
	CHECK(signal(SIGHUP, on_signal) != SIG_ERR);
	make_all();
	OK(tf_cleanup_on_signals(NULL, 0));
	OK(tf_cleanup_on_signals(&usr1, 1));
	OK(tf_cleanup_on_signals(&usr1, 1)); /* again: nothing more */
	CHECK(raise(SIGTERM) == 0);
	CHECK_IS(3, entries("."));
	CHECK(sigqueue(getpid(), SIGUSR1, value) == 0);
	CHECK_IS(1, handled[0]);
	CHECK_IS(4711, handled[1]);
	CHECK_IS(0, handled[2]); /* it ran afterwards */
	CHECK(raise(SIGHUP) == 0);
	CHECK_IS(2, handled[0]);
	exit(0);
}

static void earlier_handlers(void)
{
	CHECK_IS(0, status_of(have_earlier_handlers));
}

static void raise_once_more(int signal)
{
	handled[0]++;
	CHECK(handled[0] < 5);
	(void)raise(signal);
}

static void handler_of_one_use(void)
{
	struct sigaction action = {
		.sa_handler = raise_once_more,
		.sa_flags = (int)(SA_RESETHAND | SA_NODEFER),
	};

	CHECK(sigaction(SIGTERM, &action, NULL) == 0);
	make_and_die();
}

static struct sigaction chained;

static void chain(int signal, siginfo_t *info, void *context)
{
	CHECK(++handled[0] < 5);
	chained.sa_sigaction(signal, info, context);
}

/* A handler of somebody's on top of ours, and then ours again on top of that. */
static void handlers_in_a_ring(void)
{
	struct sigaction action = {.sa_sigaction = chain, .sa_flags = SA_SIGINFO};

	OK(tf_cleanup_on_signals(NULL, 0));
	CHECK(sigaction(SIGTERM, &action, &chained) == 0);
	make_and_die();
}

static void handlers_that_go_on(void)
{
	signal_to_send = SIGTERM;
	CHECK_IS(SIGTERM, status_of(handler_of_one_use));
	CHECK_IS(0, entries("."));
	CHECK_IS(SIGTERM, status_of(handlers_in_a_ring));
	CHECK_IS(0, entries("."));
}

/* A forked child that dies of a signal removes nothing of its parent's. */
static void child_dies(void)
{
	(void)new_file();
	(void)raise(SIGTERM);
}

static void signals_in_forked_children(void)
{
	OK(tf_cleanup_on_signals(NULL, 0));
	parents = new_file();
	CHECK_IS(SIGTERM, status_of(child_dies));
	CHECK_IS(1, entries("."));
	tf_file_free(parents);
}

/* --- between any two instructions --- */

static int signal_at, calls_made;

/* The signal comes at the Nth system call, before it or after it. */
static long interrupted(long nr, long a, long b, long c, long d, long e, long f)
{
	bool is_now = ++calls_made == signal_at / 2;
	long r;

	if (is_now && signal_at % 2 == 0)
		(void)raise(SIGTERM);
	r = tf__sys_raw(nr, a, b, c, d, e, f);
	if (is_now && signal_at % 2 == 1)
		(void)raise(SIGTERM);
	return r;
}

static void make_and_free_interrupted(void)
{
	struct tf_options options = {.dir = "."};
	struct tf_file *file;
	struct tf_dir *dir;

	OK(tf_cleanup_on_signals(NULL, 0));
	tf__sys = interrupted;
	if (tf_file_new(&options, &file) == 0 && tf_dir_new(&options, &dir) == 0) {
		(void)tf_dir_file(dir, "a", "x", 1);
		tf_dir_free(dir);
		tf_file_free(file);
		(void)tf_atomic_write("target", "whole", 5, NULL);
	}
	tf__sys = tf__sys_raw;
	exit(0);
}

static void signals_at_every_call(void)
{
	int status = SIGTERM;

	go_to_memory();
	for (signal_at = 2; status == SIGTERM; signal_at++) {
		calls_made = 0;
		snprintf(check_note, sizeof(check_note), "at call %d/2", signal_at);
		status = status_of(make_and_free_interrupted);
		CHECK(status == SIGTERM || status == 0);
		CHECK(!there("target") || reads("target", "whole"));
		(void)unlink("target");
		CHECK_IS(0, entries("."));
	}
	CHECK(signal_at > 40);
}

/* --- threads --- */

static bool shall_stop;

static void *make_and_free(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&shall_stop, __ATOMIC_RELAXED))
		tf_file_free(new_file());
	return NULL;
}

/* One that cleans while others make and free loses nothing of theirs. */
static void cleaned_by_another_thread(void)
{
	pthread_t threads[3];

	go_to_memory();
	for (int i = 0; i < 3; i++)
		CHECK(pthread_create(&threads[i], NULL, make_and_free, NULL) == 0);
	for (int i = 0; i < 300; i++)
		tf_cleanup();
	__atomic_store_n(&shall_stop, true, __ATOMIC_RELAXED);
	for (int i = 0; i < 3; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	CHECK_IS(0, entries("."));
}

const struct test cleanup_tests[] = {
	{"cleanup-at-exit", at_exit},
	{"cleanup-in-forked-children", in_forked_children},
	{"cleanup-hand-to-children", hand_to_children},
	{"cleanup-by-signals", by_signals},
	{"cleanup-refused-signals", refused_signals},
	{"cleanup-earlier-handlers", earlier_handlers},
	{"cleanup-handlers-that-go-on", handlers_that_go_on},
	{"cleanup-signals-in-forked-children", signals_in_forked_children},
	{"cleanup-signals-at-every-call", signals_at_every_call},
	{"cleanup-by-another-thread", cleaned_by_another_thread},
	{NULL, NULL},
};
