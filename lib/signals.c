/* signals.c: what is owed is also removed when a signal ends the process.
 *
 * I1  The action that was there before is kept whole before ours takes its place, and what it asked
 *     for (mask, restart, its stack) ours asks for, too.
 * I2  A signal that was ignored stays ignored.
 * I3  Who dies of a signal is seen to die of it.
 */
#include <signal.h>

#include "failure.h"
#include "host.h"
#include "registry.h"
#include "tempfile.h"

enum { SIGNALS = 65 };

static struct sigaction before[SIGNALS];

static void die_of(int signal)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	int me = sys_pid();

	(void)tf__sigaction(signal, &action, NULL); /* it is one that can be caught */
	/* to this thread, where it is blocked until the handler returns */
	(void)tf__sys3(SYS_tgkill, me, tf__sys3(SYS_gettid, 0, 0, 0), signal);
}

static void handle(int signal, siginfo_t *info, void *context)
{
	struct sigaction *old = &before[signal];

	tf__registry_clean(); /* by system calls of ours, which leave errno alone */
	if (old->sa_flags & SA_SIGINFO)
		old->sa_sigaction(signal, info, context);
	else if (old->sa_handler == SIG_DFL)
		die_of(signal);
	else if (old->sa_handler != SIG_IGN)
		old->sa_handler(signal);
	if (old->sa_flags & (int)SA_RESETHAND)
		*old = (struct sigaction){.sa_handler = SIG_DFL};
}

static bool is_ours(const struct sigaction *action)
{
	return action->sa_flags & SA_SIGINFO && action->sa_sigaction == handle;
}

static bool is_ignored(const struct sigaction *action)
{
	return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == SIG_IGN;
}

static int catch_signal(int signal)
{
	struct sigaction action, old;
	int r = signal > 0 && signal < SIGNALS ? tf__sigaction(signal, NULL, &old) : -EINVAL;

	if (r < 0 || is_ours(&old) || is_ignored(&old))
		return r;
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
