/* signals.c: what is owed is also removed when a signal ends the process.
 *
 * I1  The action that was there before is kept whole before ours takes its place, and what it asked
 *     for (mask, restart, its stack) ours asks for, too.
 * I2  A signal that was ignored stays ignored.
 * I3  Who dies of a signal is seen to die of it.
 * I4  A handler that was set after ours and calls it may have been caught in its turn, by another
 *     call. It finds us again, inside of itself: then what was there first is next.
 */
#include <signal.h>

#include "failure.h"
#include "host.h"
#include "registry.h"
#include "tempfile.h"

enum { SIGNALS = 65 };

static struct sigaction before[SIGNALS], first[SIGNALS];

static bool is_caught[SIGNALS];

/* The thread that is in a handler of ours for the signal, or 0. */
static int32_t inside[SIGNALS];

static void die_of(int signal)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	int me = sys_pid();

	(void)tf__sigaction(signal, &action, NULL); /* it is one that can be caught */
	/* to this thread, where it is blocked until the handler returns */
	(void)tf__sys3(SYS_tgkill, me, tf__sys3(SYS_gettid, 0, 0, 0), signal);
}

static void pass_on(const struct sigaction *old, int signal, siginfo_t *info, void *context)
{
	if (old->sa_flags & SA_SIGINFO)
		old->sa_sigaction(signal, info, context);
	else if (old->sa_handler == SIG_DFL)
		die_of(signal);
	else if (old->sa_handler != SIG_IGN)
		old->sa_handler(signal);
}

/* What was asked for once is taken back first, as the kernel does: the old handler may raise the
 * signal again, to die of it. */
static void handle(int signal, siginfo_t *info, void *context)
{
	int32_t me = (int32_t)tf__sys3(SYS_gettid, 0, 0, 0);
	bool is_nested = __atomic_load_n(&inside[signal], __ATOMIC_RELAXED) == me;
	struct sigaction *entry = is_nested ? &first[signal] : &before[signal];
	struct sigaction old = *entry;

	tf__registry_clean(); /* by system calls of ours, which leave errno alone */
	if (old.sa_flags & (int)SA_RESETHAND)
		*entry = (struct sigaction){.sa_handler = SIG_DFL};
	if (!is_nested)
		__atomic_store_n(&inside[signal], me, __ATOMIC_RELAXED);
	pass_on(&old, signal, info, context);
	if (!is_nested)
		__atomic_store_n(&inside[signal], 0, __ATOMIC_RELAXED);
}

static bool is_ours(const struct sigaction *action)
{
	return action->sa_flags & SA_SIGINFO && action->sa_sigaction == handle;
}

static bool is_ignored(const struct sigaction *action)
{
	return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == SIG_IGN;
}

/* Those that end no process where nobody handles them. */
static bool ends_nothing(int signal)
{
	static const int harmless[] = {
		SIGCHLD, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH};

	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (signal == harmless[i])
			return true;
	return false;
}

static int catch_signal(int signal)
{
	struct sigaction action, old;
	int r = signal > 0 && signal < SIGNALS && !ends_nothing(signal)
			? tf__sigaction(signal, NULL, &old)
			: -EINVAL;

	if (r < 0 || is_ours(&old) || is_ignored(&old))
		return r;
	if (!is_caught[signal])
		first[signal] = old;
	is_caught[signal] = true;
	before[signal] = old;
	action = old;
	action.sa_sigaction = handle;
	action.sa_flags = (old.sa_flags & ~(int)SA_RESETHAND) | SA_SIGINFO | SA_ONSTACK;
	return tf__sigaction(signal, &action, NULL);
}

int tf_cleanup_on_signals(const int *signals, int n)
{
	static const int usual[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM};
	int r = 0;

	if (!signals) {
		signals = usual;
		n = sizeof(usual) / sizeof(usual[0]);
	}
	for (int i = 0; i < n && r == 0; i++)
		r = catch_signal(signals[i]);
	return r < 0 ? tf__fail(r, "catch", "a signal") : 0;
}
