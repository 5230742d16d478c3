/* cleanup.c: when the program says so, and whose it is. */

#include "afterkill.h"
#include "failure.h"
#include "registry.h"
#include "tempfile.h"

void tf_cleanup(void)
{
	tf__registry_clean();
}

void tf_hand_over(void)
{
	tf__registry_hand_over();
}

int tf_take_over(void)
{
	int r = tf__registry_take_over();

	return r < 0 ? tf__fail(r, "take over", "what nobody has handed over") : 0;
}

int tf_cleanup_after_kill(const char *janitor)
{
	int r = tf__after_kill_begin(janitor);

	return r < 0 ? tf__fail(r, "start", janitor ? janitor : "the janitor") : 0;
}
