/* guard_children.c: what a child has to inherit, and what is written down of it: the session's lock
 * by our memory, or an entry in its table of members (session.h: S1 to S3, X1).
 */
#include "gate.h"
#include "guard.h"
#include "kin.h"
#include "members.h"
#include "process.h"
#include "session.h"

static bool has_children;

bool guard_has_children(void)
{
	return has_children;
}

static void add_member(int pid, bool spawns)
{
	const struct tf_session *session = guard_session();
	int dir = session ? tf__session_open(session->path) : -ENOENT;
	int r = dir < 0 ? dir : tf__members_add(dir, pid, spawns);

	if (session && r < 0)
		tf__members_mark_unwritten(session->path);
	if (dir >= 0)
		sys_close(dir);
}

/* S1 */
static void mark_spawner(void)
{
	if (gate_mark()->spawns)
		return;
	gate_mark()->spawns = true;
	add_member(sys_pid(), true);
}

uint64_t guard_before_child(enum child child)
{
	if (!guard_is_on())
		return 0;
	has_children = true;
	if (!guard_enter())
		return 0;
	if (!guard_open_session())
		return tf__boot_time();
	kin_record(guard_session());
	/* without the lock (J3) a forked child has none to inherit: it is written down like others
	 */
	if (child != CHILD_FORKED || !guard_has_lock())
		mark_spawner();
	if (child == CHILD_UNKNOWN || !guard_has_lock())
		gate_mark()->unknown = true;
	return tf__boot_time(); /* never 0 */
}

void guard_after_child(enum child child, int pid, uint64_t begun)
{
	if (pid > 0 && (child == CHILD_SPAWNED || !guard_has_lock()))
		add_member(pid, false);
	if (pid > 0 && child == CHILD_SPAWNED)
		kin_record_spawned(guard_session(), pid, begun);
	if (pid == 0 && gate_mark())
		gate_mark()->self = sys_pid();
	if (pid == 0 && child == CHILD_FORKED && !guard_start()->per_process)
		kin_record_forked(guard_session(), begun);
	guard_leave();
}

/* X1 */
static void write_down(void)
{
	add_member(sys_pid(), false);
	kin_record_exec(guard_session());
}

void guard_before_exec(void)
{
	if (!guard_is_on())
		return;
	has_children = true;
	if (!guard_enter())
		return;
	if (guard_open_session())
		write_down();
	guard_leave();
}

/* Its children could not be written down either. */
void guard_before_leaving(void)
{
	if (!guard_is_on() || !guard_session() || !guard_enter())
		return;
	if (guard_session()) {
		write_down();
		mark_spawner();
		gate_mark()->unknown = true;
	}
	guard_leave();
}
