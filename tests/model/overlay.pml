/* overlay.pml: the lock as two files, and several at once who clean (M2, M3, C1 and C4 of
 * lib/session.h).
 *
 * On an overlay `lock` names a stand-in elsewhere, which is what is locked. A root makes a session
 * and a file in it; its janitor and two cleaners of other sessions come at any time, the second of
 * them from another pid namespace under the same kernel. Each may be killed at each step. When all
 * have gone there may be a reboot, which takes the stand-in, and then Last does what the next
 * session does.
 *
 * One of these is defined:
 *
 *   OVERLAY  as above
 *   FOREIGN  the second cleaner is on another machine, where the lock is always free
 *
 * BREAK_ and a name leaves out or spoils one thing, and spin must find out:
 *
 *   ORDER      the stand-in is made before `lock`
 *   HELD       `lock` is not held while the stand-in is made
 *   AGAIN      who has locked `lock` for want of a stand-in does not look for that again
 *   FREE       a lock without its stand-in is removed although somebody holds it
 *   REST       a lock without its stand-in is left
 *   C4_LOCK    `lock` is removed before its stand-in
 *   PAST       a session of another boot is judged by its lock
 *   ORIGIN     it does not matter on which machine a session began
 *
 *   P1  removing() asserts that the root has ended, or lets go of its lock to clean; and nobody
 *       removes a stand-in, or a `lock`, that is held, but its maker.
 *   P2  after Last nothing is left.
 *
 * Left out: file systems without unnamed files, where `lock` is seen before it is held; members
 * other than the root, and what session.pml looks at; a stand-in that somebody else removes.
 */
#define STEPS(x) x(M2) x(M3) x(C1) x(C3) x(C4)

#define ROOT	0
#define JANITOR	1
#define RECLAIM	2	/* `reap`, or another session's janitor */
#define OTHER	3	/* the same, in another pid namespace, or on another machine */
#define LAST	4
#define NOBODY	15
#define GENS	3	/* how often the directory may be made */

#include "steps.pml"

bool peace;
bool rebooted;
bool member;			/* for P1: the root needs its files */

/* On disk. The directory may go and come again: that is another one. */
bool base;
bool dir;
byte gen;
bool lock;			/* in the directory */
bool file;			/* there, too */
bool stand_in;

/* Who holds what. Stand-in and `lock` are made once; a directory more often. */
bool sh;			/* the root holds the stand-in */
byte ex = NOBODY;		/* somebody holds the stand-in, alone */
bool making;			/* the root holds `lock` */
byte dead_ex = NOBODY;		/* somebody holds `lock`, alone */
byte dir_sh[GENS];
byte dir_ex[GENS];

inline gone(p)
{
	d_step {
		alive = alive & ~bit(p);
		if
		:: p == ROOT -> sh = false; making = false; member = false
		:: else
		fi;
		if
		:: ex == p -> ex = NOBODY
		:: else
		fi;
		if
		:: dead_ex == p -> dead_ex = NOBODY
		:: else
		fi;
		dir_sh[0] = dir_sh[0] & ~bit(p);
		dir_sh[1] = dir_sh[1] & ~bit(p);
		dir_sh[2] = dir_sh[2] & ~bit(p);
		dir_ex[0] = dir_ex[0] & ~bit(p);
		dir_ex[1] = dir_ex[1] & ~bit(p);
		dir_ex[2] = dir_ex[2] & ~bit(p)
	}
}

#define ENDING \
killed:	atomic { \
		skip; \
ended:		gone(me) \
	}; \
end_ended: \
	false

/* What is seen by way of the directory that was opened. */
#define in_dir	(dir && mine == gen)

/* P1 */
inline removing()
{
	assert(!member)
}

inline rmdirs()
{
	STEP(
		if
		:: dir && !lock && !file -> dir = false
		:: else
		fi);
	STEP(
		if
		:: !dir -> base = false
		:: else
		fi)
}

/* A free lock is what the machine says that it is in. */
#ifdef FOREIGN
#define is_foreign	(me == OTHER)
#else
#define is_foreign	false
#endif
#define is_locked	(!is_foreign && (sh || (ex != NOBODY && ex != me)))

/* A session without a stand-in is of the past if there has been a reboot, or if a cleaner from
 * another pid namespace finds none. */
#ifdef BREAK_PAST
#define is_past		false
#else
#define is_past		(rebooted || (me == OTHER && !stand_in))
#endif

/* C1 to C4. Goes to `over`. The janitor waits, the root and it are no strangers. */
inline clean()
{
	STEP(
		if
		:: dir -> mine = gen
		:: else -> goto over
		fi);
	/* C1: open `lock`, then its stand-in. */
	STEP(
		if
		:: in_dir && lock && is_foreign ->
			/* claim: never */
#ifdef BREAK_ORIGIN
			goto taken
#else
			goto over
#endif
		:: in_dir && lock && !is_foreign && stand_in -> made(C1)
		:: in_dir && lock && !is_foreign && !stand_in && is_past -> goto past
		:: in_dir && lock && !is_foreign && !stand_in && !is_past -> goto rest
		:: else -> goto rest
		fi);
	/* C1: LOCK_EX. */
	if
	:: me == JANITOR -> WHEN(!is_locked, ex = me)
	:: else ->
		STEP(
			if
			:: is_locked -> goto over
			:: else -> ex = me
			fi)
	fi;
	/* C1: if it is not linked any more, somebody else has cleaned. */
	STEP(
		if
		:: !stand_in -> ex = NOBODY; goto rest
		:: else -> goto taken
		fi);
past:	/* There is no stand-in: what is left of the lock does. */
	STEP(
		if
		:: !in_dir || !lock -> goto rest
		:: in_dir && lock && (making || dead_ex != NOBODY) -> goto over
		:: else -> dead_ex = me
		fi);
#ifndef BREAK_AGAIN
	STEP(
		if
		:: !(in_dir && lock) || !is_past || stand_in -> dead_ex = NOBODY; goto over
		:: else
		fi);
#endif
taken:	/* C3 */
	STEP(
		if
		:: in_dir && file -> removing(); file = false; made(C3)
		:: else
		fi);
	/* C4 */
#ifdef BREAK_C4_LOCK
	STEP(removing(); lock = (in_dir -> false : lock));
	STEP(removing(); stand_in = false);
#else
	STEP(removing(); stand_in = false);
	STEP(removing(); lock = (in_dir -> false : lock));
#endif
	rmdirs();
	STEP(
		made(C4);
		if
		:: ex == me -> ex = NOBODY
		:: else
		fi;
		if
		:: dead_ex == me -> dead_ex = NOBODY
		:: else
		fi;
		goto over);
rest:	/* C4, and what others may do to a directory without a lock to take. Who makes one holds
	 * it, if it can; and a janitor does. */
	if
	:: me >= RECLAIM ->
		STEP(
			if
			:: dir_sh[mine] != 0 || dir_ex[mine] != 0 -> goto over
			:: else -> dir_ex[mine] = bit(me)
			fi)
	:: else
	fi;
#ifdef BREAK_ORDER
	/* a stand-in without a lock */
	STEP(
		if
		:: in_dir && lock -> goto without
		:: !stand_in -> goto remove_dir
		:: else
		fi);
	STEP(
		if
		:: stand_in && !is_locked -> ex = me
		:: else -> goto remove_dir
		fi);
	STEP(assert(!sh); stand_in = false; ex = NOBODY; goto remove_dir);
without:
#endif
#ifndef BREAK_REST
	/* A lock without its stand-in, if nobody makes one, and it is all that there is. */
	STEP(
		if
		:: in_dir && lock && !file
		:: else -> goto remove_dir
		fi);
#if !defined BREAK_FREE && !defined BREAK_ORDER
	STEP(
		if
		:: !(in_dir && lock) || making || (dead_ex != NOBODY && dead_ex != me) ->
			goto remove_dir
		:: else -> dead_ex = me
		fi);
#endif
	STEP(
		if
		:: stand_in -> goto remove_dir
		:: else
		fi);
	STEP(
		if
		:: in_dir && lock -> assert(!making); removing(); lock = false
		:: else
		fi);
#endif
remove_dir:
	rmdirs();
	STEP(
		if
		:: dead_ex == me -> dead_ex = NOBODY
		:: else
		fi;
		dir_ex[mine] = dir_ex[mine] & ~bit(me));
over:	skip
}

proctype Root()
{
	byte me = ROOT, mine, tries = GENS;

	STEP(alive = alive | bit(JANITOR));
	do
	::	/* M2 */
		STEP(base = true);
		STEP(
			if
			:: !base || tries == 0 -> goto failed
			:: else ->
				tries--;
				dir = true;
				mine = GENS - 1 - tries;
				gen = mine;
				made(M2)
			fi);
		STEP(dir_sh[mine] = (dir_ex[mine] == 0 -> bit(ROOT) : 0));
		/* M3 */
#ifdef BREAK_ORDER
		STEP(stand_in = true; sh = true);
		STEP(
			if
			:: in_dir -> lock = true; member = true; break
			:: else
			fi);
		STEP(stand_in = false);
		STEP(sh = false)
#else
		STEP(
			if
			:: in_dir ->
				lock = true;
#ifndef BREAK_HELD
				making = true;
#endif
				break
			:: else -> dir_sh[mine] = 0
			fi)
#endif
	od;
#ifndef BREAK_ORDER
	STEP(stand_in = true; sh = true; member = true);
	STEP(making = false; made(M3));
#endif
	STEP(dir_sh[mine] = 0);
	STEP(assert(lock && stand_in); file = true);
	/* C1: lets go of its own. */
	STEP(member = false; sh = false);
	clean();
failed:	STEP(goto ended);
	ENDING
}

proctype Janitor()
{
	byte me = JANITOR, mine;

end_unborn:
	up(me);
	if
	:: STEP(
		if
		:: dir -> dir_sh[gen] = dir_sh[gen] | bit(me)
		:: else
		fi)
	:: true
	fi;
	WHEN(!up(ROOT), skip);
	clean();
	rmdirs();
	STEP(goto ended);
	ENDING
}

proctype Reclaimer(byte me)
{
	byte mine;

	if
	:: STEP(goto ended)
	:: true
	fi;
	clean();
	STEP(goto ended);
	ENDING
}

proctype Last()
{
	byte me = LAST, mine;

	atomic {
		alive == bit(LAST);
		if
		:: rebooted = true; stand_in = false
		:: true
		fi
	};
	clean();
	rmdirs();
	assert(!stand_in && !lock && !file && !dir && !base);
	ENDING
}

init
{
	atomic {
		alive = bit(ROOT) | bit(RECLAIM) | bit(OTHER) | bit(LAST);
		run Root();
		run Janitor();
		run Reclaimer(RECLAIM);
		run Reclaimer(OTHER);
		run Last()
	};
	/* Whoever is to be killed has been. */
	peace = true
}
