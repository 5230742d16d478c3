/* session_look.c: what state a session is in.
 *
 * Whether a session has processes is told by its lock and its table of members, as for whoever
 * cleans (C1, C2 in session.h). The lock has to be taken alone for that, for less than a
 * millisecond, in which the session's own end could miss it; so a root that the janitor says is
 * alive is believed without.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "claim.h"
#include "lock.h"
#include "members.h"
#include "notes.h"
#include "process.h"
#include "processes.h"
#include "reach.h"
#include "session.h"
#include "session_look.h"
#include "text.h"

const char *session_state_text(enum session_state state)
{
	static const char *const texts[] = {"live", "lingering", "kept", "dead", "unclear", "gone"};

	return texts[state];
}

static bool is_alive(pid_t pid)
{
	return pid > 0 && tf__alive_since(pid, UINT64_MAX);
}

/* --- who its root is --- */

static void copy_program(struct session_look *look, const char *name)
{
	const char *slash = tf__last_slash(name);

	snprintf(look->program, sizeof(look->program), "%s", slash ? slash + 1 : name);
}

static void read_comm(struct session_look *look)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/comm", look->root);
	if (tf__read_file(AT_FDCWD, path, look->program, sizeof(look->program)) < 0)
		look->program[0] = '\0';
	look->program[strcspn(look->program, "\n")] = '\0';
}

static uint64_t read_number(const struct tf_notes *settings, const char *name)
{
	const char *value = tf__notes_value(settings, name, NULL);
	uint64_t n;

	return value && tf__number(&value, &n) == 0 && *value == '\0' && n <= UINT32_MAX ? n : 0;
}

/* What was written down. In another pid namespace the root's number is somebody else's. */
static void read_settings(struct session_look *look, int session)
{
	struct tf_notes settings = {0};
	const char *command;
	uint64_t root;

	if (tf__notes_read(&settings, session, "settings") < 0)
		return; /* whoever cleans will say why */
	root = read_number(&settings, "ROOT");
	look->is_dry = tf__notes_value(&settings, "DRY", NULL);
	if (tf__lock_origin(session) == TF_ORIGIN_HERE && root <= INT32_MAX)
		look->root = (pid_t)root;
	command = tf__notes_value(&settings, "ARG", NULL);
	if (command)
		copy_program(look, command);
	tf__notes_free(&settings);
}

static void read_root(struct session_look *look, int session, const struct processes *found)
{
	read_settings(look, session);
	if (look->root == 0)
		look->root = found->root;
	if (look->program[0] == '\0' && is_alive(look->root))
		read_comm(look);
}

/* --- whether it is alive --- */

/* A lock without its stand-in does not count. ENOENT is said of a directory that has gone. */
static bool is_empty(int session)
{
	char buf[1024] __attribute__((aligned(8)));
	int dir = sys_open_at(session, ".", O_RDONLY | O_DIRECTORY, 0);
	long len = dir < 0 ? dir : sys_list_dir(dir, buf, sizeof(buf));
	int n = 0;

	for (long at = 0; at < len;) {
		const struct tf_entry *entry = (const void *)(buf + at);

		at += entry->len;
		n += strcmp(entry->name, "lock") != 0;
	}
	if (dir >= 0)
		close(dir);
	return len == -ENOENT || (len > 0 && n == 2); /* "." and ".." */
}

/* An empty directory is just being made or removed. */
static enum session_state without_lock(struct session_look *look, int session)
{
	if (is_empty(session))
		return SESSION_GONE;
	look->reason = "its lock is not there";
	return SESSION_UNCLEAR;
}

static enum session_state unclear(struct session_look *look, int error)
{
	look->reason =
		error == -EPERM ? "it is not this user's alone"
		: error == -EXDEV
			? "it is of another machine, a copy, or has had processes in another pid "
			  "namespace"
		: error == -ENOLINK
			? "it was made where it, or a temporary directory of its, has another path "
			  "than here"
			: strerror(-error);
	return SESSION_UNCLEAR;
}

/* LIVE: it has processes. */
static enum session_state ask(struct session_look *look, int session, const char *path)
{
	struct tf_claim claim = {0};
	int lock = tf__lock_take(session, false);
	int claimed = lock == -EAGAIN ? lock : tf__claim(session, &claim);
	int alive, kept;

	if (lock == -EAGAIN)
		return SESSION_LIVE;
	if (lock == -ENOENT && claim.is_past)
		lock = tf__lock_take_dead(session);
	if (lock < 0)
		return lock == -ENOENT ? without_lock(look, session) : unclear(look, lock);
	if (claimed < 0) {
		close(lock);
		return unclear(look, claimed);
	}
	alive = claim.is_past ? 0 : tf__members_alive(session, path, claim.asking);
	if (alive == 0 && tf__reach(session, claim.is_past) == -ENOLINK)
		alive = -ENOLINK; /* anything else whoever cleans will say */
	kept = tf__session_is_kept(session);
	close(lock);
	if (alive < 0 || kept < 0)
		return unclear(look, alive < 0 ? alive : kept);
	/* one that was made right before its parent's death is in no table */
	if (alive > 0 || (!claim.is_past && processes_find(path).member > 0))
		return SESSION_LIVE;
	return kept ? SESSION_KEPT : SESSION_DEAD;
}

struct session_look session_look(const char *path)
{
	struct session_look look = {.state = SESSION_GONE};
	struct processes found;
	int session = tf__session_open(path);

	if (session < 0) {
		if (session != -ENOENT)
			look.state = unclear(&look, session);
		return look;
	}
	found = processes_find(path);
	read_root(&look, session, &found);
	if (found.is_root_told && is_alive(found.root))
		look.state = SESSION_LIVE;
	else
		look.state = ask(&look, session, path);
	if (look.state == SESSION_LIVE && look.root > 0 && !is_alive(look.root))
		look.state = SESSION_LINGERING;
	close(session);
	return look;
}

/* The directory's birth; where the filesystem knows none, the lock has not been written since. */
int64_t session_began(const char *path)
{
	char lock[TF_SESSION_PATH + 8];
	struct tf_stat stat;

	if (sys_stat_at(AT_FDCWD, path, TF_AT_SYMLINK_NOFOLLOW, &stat) == 0 &&
		stat.mask & TF_STAT_BTIME)
		return stat.btime.sec;
	snprintf(lock, sizeof(lock), "%s/lock", path);
	if (sys_stat_at(AT_FDCWD, lock, TF_AT_SYMLINK_NOFOLLOW, &stat) == 0)
		return stat.mtime.sec;
	return 0;
}
