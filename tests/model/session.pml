/* session.pml: the session protocol of lib/session.h, to be searched by spin. check.sh runs it.
 *
 * Every step of the text is an atomic action here, or a few of them, named by a comment above it;
 * README.md says which. Between any two actions anybody else may run, and whoever is to make one
 * may be killed instead.
 *
 * One of these is defined, to choose who takes part; janitor and outside reclaimer always do, and
 * the root can always be killed as well as end in order:
 *
 *   EXEC      the root forks or vforks a child, which execs, joins or does not, and forks another
 *   SPAWN     the root spawns a child, of which it is told the number or not (popen); the child
 *             joins or does not
 *   CHAIN     the same, but the child forks a child, and that one another, and the root does not
 *             end in order
 *   STRANGER  a process that nobody knows of, but that has the session's name, joins at any time
 *   THREADS   a thread of the root registers or forks while the root ends; NS is 2, since it may
 *             make a session again
 *   RUN       the root is `tmpguard run`; there is a child that execs, and a stranger
 *   REAP      nobody but the root, and another outside reclaimer besides
 *
 * UNWRITTEN, with EXEC: the table may refuse the child's entry (no room, no descriptor, a limit);
 * then the lock is marked, and the child's image is one that does not join.
 *
 * FREEZE, besides, lets cleaners stop for good at any step, with whatever they hold (SIGSTOP): then
 * only P3 is looked at. BREAK_ and a name leaves out or spoils one thing, and spin must find out:
 *
 *   M1 M3 M4       the janitor comes after the directory; the lock is linked before it is held; it
 *                  is not mapped when its descriptor is closed
 *   J2 J3          a lock without a name will do; who finds it busy is its own root at once
 *   ENTRY          who finds it busy is a member even if it is not in the table
 *   OWN            a member without the lock is its own root when it forks
 *   X1 S1 S3       nothing is written: before an exec; before a spawn; after it
 *   C2 REUSE       the table is not read; whoever has a number in it counts
 *   ONCE           the table is read once
 *   MARK SCAN      a mark means nothing; what cannot be read yet is no member
 *   SCAN_LAST      environments are looked at after the last reading, not before it
 *   UNASKED        a lock that is marked means nothing
 *   UNKNOWN        the root's own mark is past although it was not told all numbers
 *   C4 C4_ORDER    the directory goes before the lock; the lock goes before the files
 *   G1 G3          who registers does not enter the gate; the orderly end asks for nobody inside
 *   NAME ANEW      a session made again has the old name; has no janitor
 *   RUN            run cleans without looking at lock and table
 *   P3             who joins waits for the lock
 *
 *   P1  member[] is kept for the specification only: who needs the session's files, whatever lock
 *       and table say. Forked children do if their parents do, with the lock or without it.
 *       removing() asserts at every removal that there is no such process. A root stops being one
 *       when it lets go of its mapping, at the beginning of its orderly end. Who is its own root
 *       because it is not in the table (J3) stays one if it was; its children are not.
 *   P2  a janitor that ends finds nothing left, and so does a root that has cleaned. When all have
 *       ended, Last does what a later session does (only if the janitor was killed: else there must
 *       be nothing to do), and asserts that files, lock and directories are gone. The graph has no
 *       cycle (check.sh searches for one), so each maximal execution ends there.
 *   P3  nobody but janitors waits for a lock: each other use of a lock has an alternative, and an
 *       execution that ends with anybody waiting is an error (spin's invalid end state).
 *
 * Left out: what the children of images without the shim do, children made without entering the
 * gate (a vfork, a bare clone), an exec by the root itself, several threads that make a session at
 * once, files that are kept, and a file system that fails.
 */

#ifndef NS
#define NS	1		/* sessions */
#endif

#ifndef TRIES
#define TRIES	1		/* how often the outside reclaimer comes */
#endif

/* Processes. The numbers below FILES may register a file, which has their number. */
#define ROOT	0		/* the root, or `tmpguard run` */
#define KID	1		/* its forked child; execs */
#define SPAWNED	2		/* its spawned child */
#define STRANGE	3		/* knows the session's name, and is in no table */
#define FORKED	3		/* forked by SPAWNED */
#define FILES	4
#define GRAND	4		/* forked by KID, or by the root's thread */
#define MEMBERS	5		/* so many of them may be members */

/* Who is ever in the table, whose environment is looked at, and who registers. */
#if defined EXEC
#define TABLED	(bit(KID) | bit(GRAND))
#define SEEN	(bit(KID) | bit(GRAND))
#define MAKERS	(bit(ROOT) | bit(KID))
#elif defined CHAIN
#define SPAWN
#define TABLED	(bit(ROOT) | bit(SPAWNED) | bit(FORKED) | bit(GRAND))
#define SEEN	(bit(SPAWNED) | bit(FORKED) | bit(GRAND))
#define MAKERS	0
#elif defined SPAWN
#define TABLED	(bit(ROOT) | bit(SPAWNED))
#define SEEN	bit(SPAWNED)
#define MAKERS	bit(SPAWNED)
#elif defined REAP
#define TABLED	0
#define SEEN	0
#define MAKERS	bit(ROOT)
#elif defined STRANGER
#define TABLED	0
#define SEEN	bit(STRANGE)
#define MAKERS	(bit(ROOT) | bit(STRANGE))
#elif defined THREADS
#define TABLED	bit(GRAND)
#define SEEN	bit(GRAND)
#define MAKERS	bit(KID)	/* the thread's file has KID's number */
#elif defined RUN
#define TABLED	bit(KID)
#define SEEN	(bit(KID) | bit(STRANGE))
#define MAKERS	bit(KID)
#endif
#define RECLAIM	5		/* another session's janitor, or `tmpguard reap` */
#define JANITOR	6
#define LAST	7		/* the later session; it is not killed */
#define JANITOR_ANEW	8	/* of the session made again */
#define RECLAIM_TOO 9		/* likewise */
#define NOBODY	15

#define CLEANERS(p)	((p) >= RECLAIM && (p) != LAST)
#define STEPS(x) x(M1) x(M2) x(M3) x(M4) x(M5) x(J1) x(J2) x(J3) x(X1) x(X2) x(S1) x(S2) x(S3) \
	x(C1) x(C2) x(C3) x(C4) x(G1) x(G2) x(G3) x(R1) x(R2)

#include "steps.pml"

short member[NS];		/* for P1: those who need the files; see above */
bool peace;			/* from now on nobody is killed */
bool widowed[NS];		/* its janitor has been killed */

/* On disk. */
bool base;			/* .tmpguard-UID */
bool dir[NS];			/* the session's directory */
bool linked[NS];		/* the lock has its name */
bool journal[NS];
bool table;			/* the member table (session 0 only) */
bool tmp, stuff;		/* the private TMPDIR, and something in it */
bool file[FILES];		/* the registered files themselves */

/* The lock: one file per session. Its holders are memories and descriptors of processes. */
short sh[NS];			/* LOCK_SH */
byte ex[NS] = NOBODY;		/* LOCK_EX */
#define lock_free(s)	(sh[s] == 0 && ex[s] == NOBODY)

/* In the journal. */
#define FREE	0
#define INTENT	1
#define LIVE	2
byte record[NS * FILES];
#define rec(s, f)	record[(s) * FILES + (f)]

/* In the member table. Nobody is written twice with the same mark, so this is all that a reading
 * of it can tell. */
byte entry;			/* processes that wrote themselves, or were written */
byte mark;			/* processes that spawn, or have */

/* Somebody unrelated has KID's number, and is younger than the entry: it is not meant. */
bool taken_over;

/* In the root's memory: the gate of its threads. */
bool gate_shut;
byte inside;

bool vforked;			/* KID, GRAND or SPAWNED runs in its parent's memory */
bool unwritten;			/* the lock's mark: somebody is in no table */
byte named;			/* processes whose initial environment names session 0 */
bool unknown;			/* in the root's memory: it was not told all numbers */

/* How each process ends. Killed or not, the kernel lets go of what it held. */
#define ENDING \
killed:	atomic { \
		if \
		:: me == JANITOR -> widowed[0] = true \
		:: me == JANITOR_ANEW -> widowed[NS - 1] = true \
		:: else \
		fi; \
ended:		gone(me) \
	}; \
frozen: \
end_frozen: \
	false

inline gone(p)
{
	d_step {
		alive = alive & ~bit(p);
		member[0] = member[0] & ~bit(p);
		sh[0] = sh[0] & ~bit(p);
		if
		:: ex[0] == p -> ex[0] = NOBODY
		:: else
		fi;
		if
		:: (p) != ROOT && (p) < MEMBERS -> vforked = false
		:: else
		fi;
#if NS > 1
		member[1] = member[1] & ~bit(p);
		sh[1] = sh[1] & ~bit(p);
		if
		:: ex[1] == p -> ex[1] = NOBODY
		:: else
		fi;
#endif
	}
}

/* P1 */
inline removing(s)
{
	assert(member[s] == 0)
}

inline rmdirs(s)
{
	if
	:: dir[s] && !linked[s] && !journal[s] && !((s) == 0 && (table || tmp)) -> dir[s] = false
	:: else
	fi
}

inline rmdir_base()
{
#if NS > 1
	if
	:: !dir[0] && !dir[1] -> base = false
	:: else
	fi
#else
	if
	:: !dir[0] -> base = false
	:: else
	fi
#endif
}

/* Make. */
inline make(s)
{
#ifndef BREAK_M1
	/* M1: the janitor first, so that no kill from here on leaves anything. */
	STEP(alive = alive | bit(JANITOR); made(M1));
#endif
	do
	::	/* M2: others may rmdir either of them before the lock is there. Then again. */
		STEP(base = true);
		STEP(
			if
			:: base -> dir[s] = true; made(M2)
			:: else
			fi);
#ifdef BREAK_M1
		STEP(alive = alive | bit(JANITOR));
#endif
#ifdef BREAK_M3
		STEP(
			if
			:: dir[s] -> linked[s] = true
			:: else
			fi);
		STEP(
			if
			:: dir[s] || linked[s] ->
				sh[s] = sh[s] | bit(me);
				member[s] = member[s] | bit(me);
				break
			:: else
			fi)
#else
		/* M3: what happens before the link is seen by nobody. */
		STEP(
			if
			:: dir[s] ->
				linked[s] = true;
				sh[s] = sh[s] | bit(me);
				member[s] = member[s] | bit(me);
				made(M3);
				break
			:: else
			fi)
#endif
	od;
	/* M4: until here the descriptor held the lock, from here on the mapping does. */
#ifdef BREAK_M4
	STEP(sh[s] = sh[s] & ~bit(me))
#else
	STEP(made(M4))
#endif
}

/* A step of the root's thread, which goes with the root. */
#define THREAD(...) \
	atomic { \
		if \
		:: up(ROOT) -> __VA_ARGS__ \
		:: else -> goto idle \
		fi \
	}

/* M1 to M4 for a session made again, under a new name and with a new janitor. Nobody else knows the
 * name yet, and the other variants look at what can happen in between. */
#ifdef BREAK_NAME
#define ANEW	0
#else
#define ANEW	1
#endif
inline make_again()
{
#if !defined BREAK_NAME && !defined BREAK_ANEW
	THREAD(alive = alive | bit(JANITOR_ANEW));
#endif
	THREAD(
		base = true;
		dir[ANEW] = true;
		linked[ANEW] = true;
		sh[ANEW] = sh[ANEW] | bit(ROOT);
		member[ANEW] = member[ANEW] | bit(ROOT))
}

/* M5: if there is no journal yet, whoever registers makes it. */
inline make_journal(s)
{
	d_step {
		assert(dir[s]);
		if
		:: !journal[s] ->
			journal[s] = true;
			rec(s, ROOT) = FREE;
			rec(s, KID) = FREE;
			rec(s, SPAWNED) = FREE;
			rec(s, STRANGE) = FREE
		:: else
		fi
	};
	made(M5)
}

/* Register, as members with one thread do. */
inline register(s, f)
{
	STEP(make_journal(s));
	STEP(rec(s, f) = INTENT);
	STEP(file[f] = true; made(R1));
	STEP(rec(s, f) = LIVE; made(R2))
}

/* The member table, made by whoever writes first. */
inline table_write(p)
{
	d_step {
		entry = entry | bit(p);
		table = true
	}
}

inline table_mark(p)
{
	d_step {
		mark = mark | bit(p);
		table = true
	}
}

/* Join. Goes to `alone` where the session has ended, to `apart` where a cleaner has the lock and
 * nothing tells that it must let this process live; then it is the root of a session of its own. */
inline join()
{
	/* J1: open. */
	STEP(
		if
		:: linked[0]
		:: else -> goto alone
		fi);
#ifdef BREAK_P3
	WHEN(ex[0] == NOBODY, sh[0] = sh[0] | bit(me));
#else
	/* J1: LOCK_SH without waiting; once stands for a few times. */
	STEP(
		if
		:: ex[0] == NOBODY -> sh[0] = sh[0] | bit(me); made(J1)
		:: else
		fi);
#endif
	if
	:: sh[0] & bit(me) ->
#ifdef BREAK_J2
		STEP(member[0] = member[0] | bit(me))
#else
		/* J2: a session that has ended is no place to be. */
		STEP(
			if
			:: linked[0] -> member[0] = member[0] | bit(me); made(J2)
			:: else -> sh[0] = sh[0] & ~bit(me); goto alone
			fi)
#endif
	:: else ->
#if defined BREAK_J3
		goto out_of_it
#elif defined BREAK_ENTRY
		STEP(member[0] = member[0] | bit(me))
#else
		/* J3: a cleaner has the lock, perhaps only to look: a member by the table. */
		STEP(
			if
			:: (entry | mark) & bit(me) -> made(J3)
			:: else -> goto apart
			fi)
#endif
	fi
}

/* A fork, then the end. J3: who does not hold the lock cannot pass it on. It tries J1 again, and if
 * that fails it goes about a fork as about a spawn. */
inline fork_and_end(p)
{
	do
	::	STEP(
			if
			:: sh[0] & bit(me) ->
				fork(0, p, false);
				goto ended_well
			:: !(sh[0] & bit(me)) && ex[0] == NOBODY ->
				assert(linked[0]);
				sh[0] = sh[0] | bit(me)
			:: else ->
#ifdef BREAK_OWN
				goto out_of_it
#else
				table_mark(me);
				break
#endif
			fi)
	od;
	STEP(fork(0, p, false));
	STEP(table_write(p); goto ended_well);
out_of_it:
	STEP(fork(0, p, false));
	goto ended_well
}

/* Clean. `got` says how it went; `waits` is true for janitors. */
#define NOTHING	0	/* all is gone: this time, or before */
#define BUSY	1	/* the lock is held */
#define ALIVE	2	/* a process in the table is alive: `who` */

/* Is `p` alive by the table? */
#ifdef BREAK_REUSE
#define behind(p)	(up(p) || ((p) == KID && taken_over))
#else
#define behind(p)	up(p)
#endif
#define by_table(p)	((p) != me && ((entry | mark) & bit(p)) && behind(p))

/* Is `p` alive by its environment? In the middle of an exec that cannot be told, so it counts. */
#define is_named(p)	(named & bit(p))
#ifdef BREAK_SCAN
#define in_exec(p)	false
#else
#define in_exec(p)	((p) == SPAWNED && !vforked)
#endif
#define by_environment(p)	((p) != me && up(p) && (is_named(p) || in_exec(p)))

/* C2: has somebody else a mark in this reading? A root's own is past, for G3 has seen to it that
 * nobody is inside; unless there are children whose numbers it was never told. */
#ifdef BREAK_MARK
#define spawns(reading)	false
#elif defined BREAK_UNKNOWN
#define spawns(reading)	((reading) >> MEMBERS & ~bit(me))
#else
#define spawns(reading)	((reading) >> MEMBERS & ~(me == ROOT && unknown -> 0 : bit(me)))
#endif

#ifdef BREAK_UNASKED
#define marked		false
#else
#define marked		unwritten
#endif

/* What a reading keeps of `p`. */
#define slot(p)		((entry & bit(p)) | (mark & bit(p)) << MEMBERS)
#define UNREAD		(1 << 2 * MEMBERS)

/* To the next process of `set` below `who`; and is there one? */
#define more(set)	((set) & (bit(who) - 1))
inline previous(set)
{
	who--;
	do
	:: !((set) & bit(who)) -> who--
	:: else -> break
	od
}

inline clean(s, waits)
{
	got = NOTHING;
	who = 0;
	/* C1: open. */
	STEP(
		if
		:: linked[s] -> made(C1)
		:: else -> goto unlocked
		fi);
	/* C1: LOCK_EX, which only janitors wait for. */
	if
	:: waits ->
#ifdef FREEZE
end_waiting:
#endif
		WHEN(lock_free(s), ex[s] = me)
	:: else ->
		STEP(
			if
			:: lock_free(s) -> ex[s] = me
			:: else -> got = BUSY; goto over
			fi)
	fi;
	/* C1: if it is not linked any more, somebody else has cleaned. */
	STEP(
		if
		:: linked[s]
		:: else -> ex[s] = NOBODY; goto unlocked
		fi);

#ifndef BREAK_C2
	if
	:: s != 0 -> goto dead
	:: else -> last = UNREAD
	fi;
reading:
	/* C2: the table, process by process; not at one glance, and the worst way round. */
	this = 0;
	who = MEMBERS;
	do
	:: more(TABLED) ->
		STEP(
			previous(TABLED);
			if
			:: by_table(who) -> got = ALIVE; goto busy
			:: else -> this = this | slot(who)
			fi)
	:: else -> break
	od;
	/* C2: two readings that are the same; and before the second, environments. */
#ifdef BREAK_ONCE
	last = this;
#endif
#if defined BREAK_ONCE
#define SCAN_NOW	true
#elif defined BREAK_SCAN_LAST
#define SCAN_NOW	(this == last)
#else
#define SCAN_NOW	(this != last)
#endif
	who = MEMBERS;
	if
	:: (waits || spawns(this) || marked) && SCAN_NOW ->
		do
		:: more(SEEN) ->
			STEP(
				previous(SEEN);
				if
				:: by_environment(who) -> got = ALIVE; goto busy
				:: else
				fi)
		:: else -> break
		od
	:: else
	fi;
	if
	:: this != last -> last = this; goto reading
	:: else -> goto dead
	fi;
busy:	/* C2: somebody is alive. */
	this = 0;
	last = 0;
	STEP(ex[s] = NOBODY; goto over);
dead:
	this = 0;
	last = 0;
	STEP(made(C2));
#endif

#ifdef BREAK_C4_ORDER
	STEP(removing(s); linked[s] = false);
#endif
	/* C3: what the journal names. An intent may have come to a file. */
	if
	:: journal[s] ->
		who = FILES;
		do
		:: more(MAKERS) ->
			STEP(
				previous(MAKERS);
				if
				:: file[who] && rec(s, who) != FREE ->
					removing(s);
					file[who] = false
				:: else
				fi;
				made(C3))
		:: else -> break
		od
	:: else
	fi;
	who = 0;

	/* C4: what is in the directory; the lock; the directory; and the one above. */
	STEP(
		if
		:: journal[s] -> removing(s); journal[s] = false
		:: else
		fi);
	if
	:: s == 0 ->
		STEP(
			if
			:: table -> removing(s); table = false; entry = 0; mark = 0
			:: else
			fi);
		STEP(
			if
			:: tmp -> removing(s); tmp = false; stuff = false
			:: else
			fi)
	:: else
	fi;
#ifdef BREAK_C4
	STEP(rmdirs(s));
#endif
#ifndef BREAK_C4_ORDER
	STEP(removing(s); linked[s] = false);
#endif
unlocked:
	/* C4, and all that others may do to a directory without a lock. */
#ifndef BREAK_C4
	STEP(rmdirs(s));
#endif
	STEP(
		rmdir_base();
		if
		:: ex[s] == me -> ex[s] = NOBODY
		:: else
		fi;
		made(C4));
over:	skip
}

/* A child comes to be, by fork or (`shared`) in its parent's memory. It holds what the parent
 * holds. */
inline fork(s, p, shared)
{
	d_step {
		alive = alive | bit(p);
		member[s] = member[s] | bit(p);
		if
		:: sh[s] & bit(me) -> sh[s] = sh[s] | bit(p)
		:: else
		fi;
		if
		:: named & bit(me) -> named = named | bit(p)
		:: else
		fi;
		vforked = shared
	}
}

/* The image goes, and the lock with it; a parent that lent its memory goes on. The environment is
 * there a little later, which matters where no entry was written before. */
inline exec(s, p)
{
	d_step {
		sh[s] = sh[s] & ~bit(p);
		if
		:: (p) != SPAWNED -> named = named | bit(p)
		:: else
		fi;
		vforked = false
	}
}

/* The root, or `run`. */
proctype Root()
{
	byte me = ROOT, got, who;
	short this, last;

#if defined SPAWN && !defined CHAIN || defined STRANGER || defined REAP
	make(0);
#else
	/* M1 to M4; what can happen in between, others look at. */
	STEP(
		alive = alive | bit(JANITOR);
		base = true;
		dir[0] = true;
		linked[0] = true;
		sh[0] = bit(ROOT);
		member[0] = bit(ROOT));
#ifdef RUN
	STEP(tmp = true);
#endif
#endif
#if defined EXEC || defined STRANGER || defined REAP
	register(0, ROOT);
#endif

#ifdef EXEC
	/* Fork, or vfork. */
	STEP(
		if
		:: fork(0, KID, true)
		:: fork(0, KID, false)
		fi);
	WHEN(!vforked, skip);
#endif
#ifdef RUN
	STEP(fork(0, KID, false));
#endif
#ifdef SPAWN
#ifndef BREAK_S1
	/* S1: somebody spawns. */
	STEP(table_mark(ROOT); made(S1));
#endif
	/* S2: the child is made, and is the kernel's to start. */
	STEP(
		if
#if !defined BREAK_S3 && !defined CHAIN
		:: unknown = true	/* popen */
#endif
		:: skip
		fi;
		fork(0, SPAWNED, true);
		made(S2));
	WHEN(!vforked, skip);
	/* S3: the child is known, if its parent is told. */
	if
	:: skip
#ifndef BREAK_S3
		; STEP(table_write(SPAWNED); made(S3))
	:: unknown
#endif
	fi;
#endif

#ifdef RUN
	/* `run` waits for its descendants, or leaves those who linger to the janitor. */
	if
	:: WHEN(!up(KID), skip)
	:: STEP(goto ended)
	fi;
#ifdef BREAK_RUN
	STEP(member[0] = member[0] & ~bit(ROOT));
	STEP(removing(0); file[ROOT] = false; file[KID] = false);
	STEP(removing(0); journal[0] = false; table = false; tmp = false; stuff = false);
	STEP(removing(0); linked[0] = false; dir[0] = false; goto ended);
#endif
#endif

#ifdef THREADS
	/* G3: shut the gate. A child of those inside must find the lock held. */
	STEP(
		gate_shut = true;
		made(G3);
#ifndef BREAK_G3
		if
		:: inside > 0 -> goto ended
		:: else
		fi
#else
		skip
#endif
		);
#endif
#ifdef CHAIN
	STEP(goto ended);
#else
	/* C1: a root lets go of its own mapping first; who shares its memory loses it as well. */
	STEP(
		sh[0] = sh[0] & ~bit(ROOT);
		member[0] = member[0] & ~bit(ROOT);
		if
		:: vforked -> sh[0] = sh[0] & ~bit(GRAND)
		:: else
		fi);
	clean(0, false);
	assert(got != NOTHING || (!dir[0] && !linked[0]));
	goto ended;
#endif
	ENDING
}

#ifdef THREADS
/* A thread of the root. */
proctype Thread()
{
	byte me = ROOT;

end_unborn:
	sh[0] & bit(ROOT);
	/* G1: a gate that is shut means that the session has ended. */
	THREAD(
		if
		:: gate_shut -> goto anew
		:: else -> inside++; made(G1)
		fi);
	if
	:: skip
	:: goto forks
	fi;

#ifdef BREAK_G1
	THREAD(inside--);
#endif
	THREAD(make_journal(0));
	THREAD(rec(0, KID) = INTENT);
	THREAD(file[KID] = true);
	THREAD(rec(0, KID) = LIVE);
#ifndef BREAK_G1
	/* G2 */
	THREAD(inside--; made(G2));
#endif
	goto idle;

forks:	THREAD(
		if
		:: fork(0, GRAND, false)
		:: fork(0, GRAND, true)
		fi);
	!vforked || !up(ROOT);
	THREAD(inside--; goto idle);

anew:	/* Another session, for what this thread does from now on. */
	make_again();
	THREAD(
		make_journal(ANEW);
		rec(ANEW, KID) = INTENT);
	THREAD(
		file[KID] = true;
		rec(ANEW, KID) = LIVE;
		fork(ANEW, GRAND, false));
idle:
end_idle:
	false
}
#endif

#if defined EXEC || defined RUN
/* A forked child. After its exec it is static, or it joins. */
proctype Kid()
{
	byte me = KID;

end_unborn:
	up(KID);
#ifndef BREAK_X1
	/* X1: known before the lock is let go. */
	STEP(
		if
		:: table_write(KID)
#ifdef UNWRITTEN
		:: unwritten = true
#endif
		fi;
		made(X1));
#endif
	/* X2: exec; or it fails, and everything is as before. */
	STEP(
		if
		:: !unwritten -> exec(0, KID); made(X2)
		:: exec(0, KID); goto static_image
		:: !vforked && !unwritten
		fi);
	if
	:: sh[0] & bit(KID)
	:: else ->
		join();
		register(0, KID)
	fi;
#ifdef EXEC
	fork_and_end(GRAND);
#else
out_of_it:
	goto ended_well;
#endif
alone:
apart:	/* Nobody with an entry is ever sent away. */
	assert(false);
static_image:
#ifdef RUN
	STEP(
		if
		:: tmp -> stuff = true
		:: else -> assert(false)
		fi);
#endif
ended_well:
	STEP(goto ended);
	ENDING
}
#endif

#ifdef CHAIN
proctype Forked()
{
	byte me = FORKED;

end_unborn:
	up(FORKED);
	fork_and_end(GRAND);
ended_well:
	STEP(goto ended);
	ENDING
}
#endif

#if defined EXEC || defined CHAIN || defined THREADS
/* A child of KID, of FORKED or of the root's thread; all it does is to need its files. */
proctype Grand()
{
	byte me = GRAND;

end_unborn:
	up(GRAND);
#ifdef THREADS
	if
	:: vforked ->
		STEP(table_write(GRAND));
		STEP(exec(0, GRAND))
	:: else
	fi;
#endif
	STEP(goto ended);
	ENDING
}
#endif

#ifdef SPAWN
/* A spawned child: nothing of ours runs in it before its exec. */
proctype Spawned()
{
	byte me = SPAWNED;

end_unborn:
	up(SPAWNED);
	STEP(exec(0, SPAWNED));
	STEP(named = named | bit(SPAWNED));
	if
	:: STEP(goto ended)
	:: skip
	fi;
	join();
#ifdef CHAIN
	if
	:: sh[0] & bit(SPAWNED) -> goto ended_well	/* EXEC has that */
	:: else -> fork_and_end(FORKED)
	fi;
#else
	register(0, SPAWNED);
	goto ended_well;
#endif
alone:	/* Nobody of the tree finds the session ended. */
	assert(false);
apart:	/* S3 comes too late, or never. */
ended_well:
	STEP(goto ended);
	ENDING
}
#endif

#if defined STRANGER || defined RUN
/* Started with the session's name by somebody that we do not see. */
proctype Stranger()
{
	byte me = STRANGE;

	if
	:: STEP(goto ended)
	:: skip
	fi;
	join();
#ifdef STRANGER
	register(0, STRANGE);
#endif
	STEP(goto ended);
out_of_it:
alone:
apart:	/* The root of its own session. */
	STEP(goto ended);
	ENDING
}
#endif

#ifdef BREAK_REUSE
/* Somebody unrelated gets KID's number, and lives for ever. */
proctype Other()
{
end_unborn:
	atomic {
		(entry & bit(KID)) && !up(KID) -> taken_over = true
	};
end_lives:
	false
}
#endif

/* A session's janitor. */
proctype Janitor(byte me; byte s)
{
	byte got, who;
	short this, last;

end_unborn:
	up(me);
	WHEN(!up(ROOT), skip);
	do
	::	clean(s, true);
		if
		:: got == ALIVE -> WHEN(!behind(who), skip)
		:: else -> break
		fi
	od;
	assert(got == NOTHING && !dir[s] && !linked[s]);
	STEP(goto ended);
	ENDING
}

/* Cleans up after others, without waiting. */
proctype Reclaimer(byte me)
{
	byte got, who, tries = TRIES;
	short this, last;

	do
	::	STEP(goto ended)
	::	tries > 0 -> tries--;
		clean(0, false)
	od;
	ENDING
}

/* The next session of this user, after everybody has gone. */
proctype Last()
{
	byte me = LAST, got, who, s;
	short this, last;

#ifdef FREEZE
end_never:
#endif
	alive == bit(LAST);
	do
	:: s < NS && widowed[s] -> clean(s, false); assert(got == NOTHING); s++
	:: s < NS && !widowed[s] -> s++
	:: else -> break
	od;
	assert(lock_free(0) && lock_free(NS - 1));
	assert(!dir[NS - 1] && !linked[NS - 1] && !journal[NS - 1]);
	assert(!base && !dir[0] && !linked[0] && !journal[0] && !table && !tmp && !stuff);
	assert(!file[ROOT] && !file[KID] && !file[SPAWNED] && !file[STRANGE]);
	ENDING
}

init
{
	atomic {
		alive = bit(ROOT) | bit(RECLAIM) | bit(LAST);
#if defined STRANGER || defined RUN
		alive = alive | bit(STRANGE);
		named = bit(STRANGE);
		run Stranger();
#endif
		run Root();
#ifdef THREADS
		run Thread();
#endif
#if defined EXEC || defined RUN
		run Kid();
#endif
#ifdef CHAIN
		run Forked();
#endif
#if defined EXEC || defined CHAIN || defined THREADS
		run Grand();
#endif
#ifdef SPAWN
		run Spawned();
#endif
#ifdef BREAK_REUSE
		run Other();
#endif
		run Janitor(JANITOR, 0);
#if NS > 1
		run Janitor(JANITOR_ANEW, 1);
#endif
		run Reclaimer(RECLAIM);
#ifdef REAP
		alive = alive | bit(RECLAIM_TOO);
		run Reclaimer(RECLAIM_TOO);
#endif
		run Last()
	};
	/* Whoever is to be killed has been. What cannot go on now would hang for ever. */
	peace = true
}
