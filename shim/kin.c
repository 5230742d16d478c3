/* kin.c: this process's place in the family of its session.
 *
 * Who we are lies in the gate's page, which is wiped in forked children; who was written down last
 * lies in ordinary memory, which they inherit: for them it is the parent, unless there are others
 * between them that have not been written down yet. A vfork child has both, and another pid.
 */
#include "gate.h"
#include "kin.h"
#include "process.h"

static int32_t image;      /* the process that this image was started in, or forked into */
static struct tf_kin last; /* written down in this memory; pid 0: nobody */

void kin_begin(void)
{
	image = sys_pid();
}

uint64_t kin_when(int pid)
{
	const struct mark *mark = gate_mark();

	return mark && mark->kin_pid == pid ? mark->kin_when : 0;
}

/* A new image of a process that is written down keeps its place. Otherwise somebody started it who
 * could not write it down, yet or at all: it is the child of its parent, or of who adopted it,
 * which is above it just as well. */
static void record_image(int dir, bool is_root, struct tf_kin *kin)
{
	struct tf_kin parent = {0};
	int pid = kin->pid == sys_pid() ? sys_parent_pid() : 0;

	if (tf__family_find(dir, kin->pid, kin) == 0)
		return;
	if (!is_root &&
		(pid <= 0 || tf__family_find(dir, pid, &parent) < 0 || sys_parent_pid() != pid))
		parent = (struct tf_kin){0};
	(void)tf__family_add(dir, kin, is_root ? NULL : &parent); /* as below */
}

/* As a child of whom this memory remembers, or as what record_image finds. */
static void record(
	const struct tf_session *session, struct tf_kin *kin, const struct tf_kin *parent)
{
	int dir;

	if (last.pid != 0 && tf__family_add_forked(session->path, kin, parent) == 0)
		return;
	dir = tf__session_open(session->path);
	if (dir < 0)
		return;
	if (last.pid != 0)
		(void)tf__family_add(dir, kin, parent); /* if not, nothing is known */
	else
		record_image(dir, session->root == kin->pid, kin);
	sys_close(dir);
}

/* Whom this memory remembers is the parent, and was so when it was forked if we see it in the fork.
 * Later, one between the two may have been forked unseen (raw clone), and make files yet: then
 * nobody's parent is known. */
static void record_once(const struct tf_session *session, uint64_t begun)
{
	static const struct tf_kin unknown;
	struct mark *mark = gate_mark();
	struct tf_kin kin = {.pid = last.pid != 0 ? sys_pid() : image, .birth = tf__birth(begun)};
	bool is_child = last.pid != 0 && sys_parent_pid() == last.pid;

	if (!session || !mark || mark->kin_pid != 0)
		return;
	if (is_child)
		kin.pid_namespace = last.pid_namespace; /* in one of its own it would see 0 there */
	record(session, &kin, is_child || begun != 0 ? &last : &unknown);
	mark->kin_when = kin.when;
	__atomic_store_n(&mark->kin_pid, kin.pid, __ATOMIC_RELEASE);
	last = kin;
}

void kin_record(const struct tf_session *session)
{
	record_once(session, 0);
}

void kin_record_forked(const struct tf_session *session, uint64_t begun)
{
	image = sys_pid();
	record_once(session, begun);
}

/* Unless it has done so itself. */
static void record_child(const struct tf_session *session, struct tf_kin child)
{
	const struct mark *mark = gate_mark();
	struct tf_kin parent;
	int dir;

	if (!session || !mark || mark->kin_pid == 0)
		return;
	dir = tf__session_open(session->path);
	if (dir < 0)
		return;
	parent = (struct tf_kin){.pid = mark->kin_pid, .when = mark->kin_when};
	(void)tf__family_add_child(dir, &child, &parent); /* as above */
	sys_close(dir);
}

/* Its number is one of our namespace, whichever it has itself. */
void kin_record_spawned(const struct tf_session *session, int pid, uint64_t begun)
{
	record_child(
		session, (struct tf_kin){
				 .pid = pid,
				 .pid_namespace = last.pid == sys_pid() ? last.pid_namespace : 0,
				 .birth = tf__birth(begun),
			 });
}

void kin_record_exec(const struct tf_session *session)
{
	const struct mark *mark = gate_mark();
	int pid = sys_pid();

	kin_record(session);
	if (mark && mark->kin_pid != pid)
		record_child(session, /* its parent stands still meanwhile */
			(struct tf_kin){.pid = pid, .birth = tf__birth(tf__boot_time())});
}

void kin_forget(void)
{
	struct mark *mark = gate_mark();

	if (mark)
		mark->kin_pid = 0;
	last = (struct tf_kin){0};
	image = sys_pid();
}
