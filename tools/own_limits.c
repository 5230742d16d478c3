/* own_limits.c: limits and signals that are meant for the command, not for run around it. */
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

#include "own_limits.h"

enum { LIMITS = 2, SIGNALS = 2 };

static const int resources[LIMITS] = {RLIMIT_NOFILE, RLIMIT_FSIZE};
static const int signals[SIGNALS] = {SIGXFSZ, SIGPIPE};

static struct {
	struct rlimit limits[LIMITS];
	bool is_known[LIMITS];
	struct sigaction actions[SIGNALS];
} before;

void limits_lift(void)
{
	struct sigaction ignored = {.sa_handler = SIG_IGN};

	for (int i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &ignored, &before.actions[i]);
	for (int i = 0; i < LIMITS; i++) {
		struct rlimit limit;

		before.is_known[i] = getrlimit(resources[i], &before.limits[i]) == 0;
		limit = before.limits[i];
		limit.rlim_cur = limit.rlim_max;
		if (before.is_known[i])
			(void)setrlimit(resources[i], &limit); /* then it stays as it was */
	}
}

void limits_restore(void)
{
	for (int i = 0; i < LIMITS; i++)
		if (before.is_known[i])
			(void)setrlimit(resources[i], &before.limits[i]); /* lower is allowed */
	for (int i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &before.actions[i], NULL);
}
