/* session.h: a process tree's shared place, and the protocol by which it lives and ends.
 *
 * A session is the directory BASE/.tmpguard-UID/NAME, mode 0700, with these inside:
 *
 *   lock      who holds flock(LOCK_SH) on it is alive. Members hold it by a mapping (lock.h), so
 *             that forked children hold it without doing anything and a death or an exec lets go
 *             of it. It says where the session began (origin.h).
 *   members   pids that have to be taken for alive without the lock (members.h)
 *   family    who is whose child (family.h)
 *   journal   what was made, and what it was when it was made (journal.h)
 *   tmp/      the private TMPDIR, under `tmpguard run` only
 *   settings, end, persist   what the cleaner has to know (notes.h)
 *   warned    there once somebody has said that files cannot be registered
 *   kept      there once the session has ended and some of its files are kept
 *   libtmpguard.so   a link to the shim, where its own path cannot stand in LD_PRELOAD
 *
 * THE PROTOCOL. tests/model/session.pml is this text as a model; keep them in step.
 *
 * Make (by the root, before its first registered file, fork, exec or spawn):
 *   M1  the janitor is started and given the root's pidfd and the session's path
 *   M2  .tmpguard-UID and the session directory are made
 *   M3  the lock is made without a name, locked shared, linked into place; if the directory has
 *       gone meanwhile (anybody may rmdir an empty one), again from M2
 *   M4  the lock is mapped and its descriptor closed
 *   M5  the journal is made, also without a name first, by whoever registers first
 *
 * Join (by the constructor of each further image that finds TMPGUARD_SESSION):
 *   J1  open the lock, take LOCK_SH without waiting, a few tries
 *       Where the root is dead, nobody holds the lock, no member lives and no janitor holds the
 *       directory (or is about to: the session has only just begun), the session is over. While
 *       there is one, whoever has the session's name may have inherited it from an image without
 *       the shim, and is waited for.
 *   J2  check that the file is still linked (else the session has ended), map it, close it.
 *       If the session has ended or never was, the process is the root of one of its own.
 *   J3  If a cleaner holds the lock for all of J1's tries, a process that has an entry in the
 *       table (X1, S3) is a member all the same; one without tries on for a while if there is a
 *       janitor, which will have asked it by then (C2), and else is the root of a session of its
 *       own.
 *       Before each fork or spawn it tries J1 again, and if it still has no lock, its children
 *       are written down (S1 to S3) however they are made.
 *
 * Gate (in the memory of a process; wiped in forked children):
 *   G1  who registers, makes the journal, forks or spawns enters first, and
 *   G2  leaves when that is done. Who finds the gate shut waits for the process to end; if it does
 *       not, its session has ended all the same, and it makes another, with a new name and a new
 *       janitor.
 *   G3  The orderly end shuts the gate. If others are still inside after a moment, it opens it
 *       again and leaves the cleaning to the janitor.
 *
 * Register (inside the gate):
 *   R1  the intent is written into the journal, with its maker (F1), then the file is made
 *   R2  its identity is written, and the record is live; or the intent is dropped
 *
 * Fork:   the child holds the lock with its parent's mapping. Nothing to do but the gate.
 * Exec:   X1  the process writes itself into the member table, with the time, as a stranger: the
 *             new image takes that mark away when it joins. Where the table cannot be written (no
 *             descriptor, no room, a limit) the lock itself is marked, by a permission; so it is in
 *             S1 and S3
 *         X2  exec: the lock is let go with the old image, the new one joins (J1) if it can
 * Spawn:  S1  the parent marks itself in the table as one that spawns, for good
 *         S2  the child is made; it holds the lock until its exec, since it shares our memory
 *         S3  the parent writes the child into the table, as a stranger likewise
 *         Should the parent die between S2 and S3, the mark makes the cleaner look for processes
 *         whose initial environment names the session.
 *
 * Family (what lingering processes may need is told by it; nothing else depends on it):
 *   F1  Before it registers, forks, spawns or execs for the first time a process writes itself
 *       down, once, with its parent: by the memory that it inherited if it was forked, and by
 *       getppid if it is a new image that was not written down before. Its entry outlives it.
 *   F2  A forked child does so in the fork, before it returns; a spawned one's parent after the
 *       spawn, and a vfork child before its exec. Its time is that of its writing, never earlier
 *       than its start. Its birth is when its parent was about to make it, so that the order of a
 *       parent's children is theirs, whoever of them is the first to run; or, where that was not
 *       seen, the time from its start to its writing.
 *   F3  A process without an entry, or whose number has been given to another one since, is not
 *       known, nor is who descends from it; what is not known is needed by everybody.
 *       The same goes for who finds, when it writes itself down later than in the fork, that its
 *       parent is not the one its memory tells of: one between the two has no entry (raw clone), or
 *       gets it later, and then with no place above its children.
 *
 * Linger (by `run` when it has descendants left, or by the janitor when the root is dead and C1 or
 * C2 keeps finding somebody for a moment; once, and without the lock):
 *   L1  The time is taken. What is made later is needed.
 *   L2  All living processes are looked for: `run` by parentage; the janitor by the lock's inode in
 *       their mappings, then by their environment, by both tables, and among those that started no
 *       earlier than the root. What they have open, mapped, as directory or among their arguments
 *       is noted at the same time. One of ours that may not be read, that is in the middle of an
 *       exec, in another pid namespace or in a session inside this one ends it all: everything
 *       stays. It is done again until a look finds nobody but those of the looks before and
 *       children of theirs: who is born later descends from one of them, and cannot need what they
 *       do not.
 *   L3  A process may need what it made, what those above and below it in the family made; and,
 *       where its way up and the maker's meet, what was made in the maker's branch unless that
 *       began later than its own: `f=$(mktemp); use "$f" &` inherits the name of a file whose
 *       maker is no relative but a dead brother. What begins later it cannot have inherited.
 *   L4  Before anything goes, all records are marked that are needed by L3 or in use, with the
 *       directories above them, and directories with anything in use below. A directory that is
 *       marked is needed with all that is in it. Not so the directories that redirected files
 *       share: of those each file is judged for itself, and they go by L6.
 *   L5  What a record tells and L1, L3 and L4 do not need is removed, by its own identity only.
 *       What no record tells of (tmp/ and intents) stays.
 *   L6  Everything else goes by C1 to C4, when the last of them has ended.
 *
 * Clean (by the root's orderly end after G3, by `run` once it has no descendant left, by the
 * janitor once the root is dead, or by whoever reclaims a dead session: a janitor when it begins, a
 * root or `run` that could start none when it ends, or `tmpguard reap`):
 *   C1  Take LOCK_EX (the janitor waits for it; everyone else does not wait). A root lets go of
 *       its own mapping first. If the lock is not linked any more, somebody else has cleaned, and
 *       only the rmdir of C4 may be left to do.
 *   C2  No process in the member table may be alive: same number, started no later than its entry.
 *       The table is read until two readings in a row are the same and find nobody: whoever could
 *       have written between the two was in the first, and dead. Between the readings processes
 *       are asked for the session in their environment, if anybody in the table spawns (others, or
 *       ourselves if we have children whose numbers we were never told) or has stayed a stranger,
 *       whose children nobody writes down, or if the lock is marked; the janitor asks always.
 *       A process in the middle of its exec cannot answer yet, and is asked again later.
 *       Sessions inside tmp/ are asked in the same way.
 *       If somebody is alive, let go of LOCK_EX; the janitor waits for that process to die and
 *       begins at C1.
 *   C3  Remove what the journal names, the directories that redirected files share after the
 *       files in them, and what lies in tmp/. If anything of it is to be kept,
 *       mark the session before letting go of the lock; then there is no C4.
 *   C4  Remove journal, members, tmp/; then the lock; then the directory, by rmdir.
 *
 * A session directory without a lock is either being made or being removed, and others may only
 * rmdir it. On an overlay the lock is two files (lock.h), and nobody finds the stand-in but by the
 * lock: M3 makes that first, and holds it until the stand-in is there; C4 removes the stand-in
 * first. Others remove a lock without its stand-in if they can lock it and it is all that the
 * directory has. Who takes such a session for one of the past locks it likewise, and looks again.
 *
 * What must hold, whoever dies at whatever step:
 *   P1  no file of a session is removed while a member of it is alive, except by the orderly end
 *       of a root that is itself the only member left; and except by L5, once the root has ended,
 *       what none of the living has made, has in use, or can have inherited the name of
 *   P2  when all members and the root are dead and some cleaner runs to its end, every file of the
 *       session is gone, and its directory too
 *       (whoever dies in L1 to L5: the rest of it is removed by L6, with all that was marked)
 *   P3  no process is ever stopped by tmpguard: nobody but janitors waits for a lock
 */
#ifndef TF_SESSION_H
#define TF_SESSION_H

#include "lock.h"
#include "sys.h"

enum { TF_SESSION_PATH = 256 };

struct tf_session {
	char path[TF_SESSION_PATH]; /* absolute; "" while none has been drawn */
	int32_t root;               /* pid of the root, in its own pid namespace */
	struct tf_lock lock;
};

/* What a session's directories are for, beyond the root's own processes. */
enum tf_session_kind {
	TF_SESSION_OWN,    /* 0700 all the way */
	TF_SESSION_SHARED, /* children that change user must reach tmp/: 0711 */
};

/* Draws the path of a new session below `base` (absolute) without touching the disk.
 * -ENAMETOOLONG or -EINVAL. */
int tf__session_draw(struct tf_session *session, const char *base);

/* Could tf__session_draw have called a session so? */
bool tf__is_session_name(const char *name);

/* Can a session, or anything, be made in this directory? 0, or -errno. */
int tf__session_check_base(const char *base);

/* Can the session be made where it was drawn? 0, or -errno: base is no directory that we may write
 * to, or has no room for a session (-ENOSPC). Where somebody else has our .tmpguard-UID, the path
 * changes to one with a random name. */
int tf__session_check(struct tf_session *session);

/* After -ENOSPC: are there inodes enough for a session without a journal? */
bool tf__session_has_inodes(const struct tf_session *session);

/* M2 to M4: makes the directory and holds the lock. On failure nothing is left. */
int tf__session_make(struct tf_session *session, enum tf_session_kind kind);

/* TMPGUARD_SESSION: "ROOT:PATH". */
int tf__session_parse(struct tf_session *session, const char *value);

/* J1 to J3. -EAGAIN: a member without the lock, for the time being. Else -errno: no member, and
 * shall have a session of its own. */
int tf__session_join(struct tf_session *session);

/* Opens the directory, which must be ours and closed to others' writing. -EPERM if not. */
int tf__session_open(const char *path);
int tf__session_open_at(int dir, const char *path);

/* Marks the session: it has ended, and what is still there is kept. */
int tf__session_mark_kept(int session);
/* 1, 0 or -errno. */
int tf__session_is_kept(int session);

/* C4: removes what is left of tmpguard's own in the directory, the directory, and the one above if
 * it was the last. The caller holds the lock alone, or is `run`. */
int tf__session_remove(int session, const char *path);

/* The same where there is no lock to take: being made, or at the end of C4, somebody has died. */
void tf__session_remove_rest(int session, const char *path);

/* Removes the directories as far as they are empty. Anybody may, at any time. */
void tf__session_rmdir(const char *path);

#endif
