/* kin.pml: processes that may linger, what they do, and what is written down of it (F1 to F3). A
 * part of linger.pml.
 */

/* Processes, and what is so, whoever knows it. Files have their makers' numbers. */
byte born = 1;			/* how many there have been */
byte wrap;
byte parent[N];
byte line[N];			/* it and all above it */
byte knows[N];			/* files */
byte uses[N];			/* files */

/* What procfs and the tables tell of them. */
byte locked;			/* who maps the lock */
byte named;			/* whose environment names the session */
byte execing;			/* who is in the middle of an exec */
byte members;			/* the table */
byte memory[N];			/* whom this one takes for itself, or for its parent */

/* The family. */
byte written;
byte lost;			/* entries: nobody finds them any more */
byte above[N];
byte when[N], now;

/* How they came to be, for their first steps; and what images they have. */
byte forked, spawned, shimless;

/* The journal, and the disk. */
byte file;
byte live;			/* records with an identity; the others are intents */
byte fresh;			/* made after L1 */
byte inside;			/* made in the directory */

bool late;			/* L1 is over */

#define is_written(p)	(written & ~lost & bit(p))

/* What nobody asks about any more is forgotten, so that there are fewer states: here the entry of
 * one that has died before L1, without a file and without children that are or will be written
 * down. */
inline forget(p)
{
	i = 0;
	do
	:: i == p -> i++
	:: i < N && i != p && !(written & bit(i) && above[i] == p) && !(up(i) && memory[i] == p) ->
		i++
	:: else -> break
	od;
	if
	:: i == N && !late && written & bit(p) ->
		written = written & ~bit(p);
		above[p] = 0;
		i = 0;
		do
		:: i < N -> when[i] = when[i] - (when[i] > when[p] -> 1 : 0); i++
		:: else -> break
		od;
		when[p] = 0;
		now--
	:: else
	fi;
	i = 0
}

inline gone(p)
{
	d_step {
		alive = alive & ~bit(p);
		locked = locked & ~bit(p);
		named = named & ~bit(p);
		execing = execing & ~bit(p);
		members = members & ~bit(p);
		shimless = shimless & ~bit(p);
		knows[p] = 0;
		uses[p] = 0;
		memory[p] = 0;
		parent[p] = 0;
		i = 0;
		do
		:: i < N ->
			if
			:: i != p && parent[i] == p -> parent[i] = UNKNOWN
			:: else
			fi;
			if
			:: !(file & bit(p)) -> line[i] = line[i] & ~bit(p)
			:: else
			fi;
			i++
		:: else -> break
		od;
		i = 0;
		if
		:: !(file & bit(p)) -> line[p] = 0; forget(p)
		:: else
		fi
	}
}

/* F1, F2: `p` is written down, as of now. */
inline write_down(p, who)
{
	d_step {
		now++;
		when[p] = now;
		above[p] = who;
		written = written | bit(p)
	}
}

/* F1: as a child of whom its memory remembers, if that one is its parent; or, in a new image, of
 * its parent, unless it is there already. */
#ifdef BREAK_F1
#define IS_CHILD	true
#else
#define IS_CHILD	(forked & bit(me) || parent[me] == memory[me])
#endif
inline write_myself()
{
	if
	:: memory[me] < N && IS_CHILD -> write_down(me, memory[me])
	:: memory[me] < N && !IS_CHILD -> write_down(me, UNKNOWN)
	:: memory[me] == NEW && is_written(me)
	:: memory[me] == NEW && !is_written(me) && is_written(parent[me]) ->
		write_down(me, parent[me])
	:: memory[me] == NEW && !is_written(me) && !is_written(parent[me]) ->
		write_down(me, UNKNOWN)
	fi;
	memory[me] = me;
	if
	:: forked & bit(me) -> forked = forked & ~bit(me); made(F2)
	:: else -> made(F1)
	fi
}

/* A process comes to be, and knows what its parent may know. */
inline bear(q, p)
{
	d_step {
		alive = alive | bit(p);
		parent[p] = q;
		line[p] = line[q] | bit(p);
		memory[p] = memory[q];
		uses[p] = uses[q];
		locked = locked | (locked & bit(q) -> bit(p) : 0);
		named = named | (named & bit(q) -> bit(p) : 0);
		shimless = shimless | (shimless & bit(q) -> bit(p) : 0);
		knows[p] = knows[q];
		i = 0;
		do
		:: i < N ->
			if
			:: file & bit(i) && line[i] & bit(q) -> knows[p] = knows[p] | bit(i)
			:: else
			fi;
			i++
		:: else -> break
		od;
		i = 0;
		born++
	}
}

#ifdef IMAGES
/* The exec is over: with our shim, or without. */
inline new_image()
{
	execing = execing & ~bit(me);
	spawned = spawned & ~bit(me);
	named = named | bit(me);
	memory[me] = NEW;
	if
	:: locked = locked | bit(me); shimless = shimless & ~bit(me)
	:: shimless = shimless | bit(me)
	fi
}

/* S3 and F2: unless it has done so itself. */
inline write_child(p)
{
	members = members | bit(p);
	if
	:: is_written(p)
	:: else -> write_down(p, parent[p]); made(F2)
	fi
}
#endif

/* What one that does nothing else at the moment may do: anything; and what needs our shim, when it
 * is written down. */
#define is_at(what)	((what) & bit(me))
#define is_idle \
	(up(me) && !has_spawned && !is_at(forked | execing | spawned | (file & ~live)))
#define has_shim	(!is_at(shimless))
#define is_ready	(is_idle && has_shim && memory[me] == me)

/* What is made after L1 is of no interest where there is no directory in which it could be. */
#ifdef DIRECTORY
#define REGISTERS	true
#else
#define REGISTERS	!late
#endif
#if defined DIRECTORY && !defined LARGE
#define FORKS		me == ROOT
#define OPENS		me == 1
#else
#define FORKS		true
#define OPENS		true
#endif

proctype Member(byte me)
{
	byte i;
#ifdef IMAGES
	byte kid = UNKNOWN;
	bool execs = true;
#define has_spawned	(kid != UNKNOWN)
#else
#define has_spawned	false
#endif

end_acting:
	do
	:: atomic { up(me) -> gone(me); break }
	:: atomic {
		up(me) && has_shim && memory[me] != me && !((execing | spawned) & bit(me)) ->
		write_myself()
	}
	:: atomic {
		is_ready && me != ROOT && !(file & bit(me)) && REGISTERS ->
		file = file | bit(me);
		fresh = fresh | (late -> bit(me) : 0);
#ifdef DIRECTORY
		if
		:: file & bit(DIR) && me != DIR -> inside = inside | bit(me)
		:: true
		fi
#else
		live = live | bit(me)
#endif
	}
#ifdef DIRECTORY
	:: atomic { up(me) && file & ~live & bit(me) -> live = live | bit(me) }
#endif
	:: atomic {
		is_ready && born < N && (FORKS) ->
		forked = forked | bit(born);
		bear(me, born)
	}
#ifndef DIRECTORY
	/* Unseen: a bare clone, or by an image without the shim. */
	:: atomic {
		is_idle && born < N && (memory[me] < N || !has_shim) -> bear(me, born)
	}
#endif
#ifdef DIRECTORY
	/* By whatever way it knows of them. */
	:: atomic {
		is_idle && OPENS && !late && uses[me] == 0 &&
			file & inside & ~line[me] & bit(N - 1) ->
		uses[me] = bit(N - 1)
	}
	:: atomic {
		is_idle && OPENS && !late && uses[me] == 0 && file & ~line[me] & bit(DIR) ->
		uses[me] = bit(DIR)
	}
#endif
#ifdef IMAGES
	/* X1; and the exec. */
	:: atomic {
		is_ready && !(members & bit(me)) -> members = members | bit(me)
	}
	:: atomic {
		is_idle && execs && (members & bit(me) || !has_shim) ->
		execs = false;
		locked = locked & ~bit(me);
		execing = execing | bit(me)
	}
	:: atomic { up(me) && execing & bit(me) -> new_image() }
	/* Spawned: the child runs in our memory until it execs. It is written down before that, by
	 * itself (vfork), or after it, by us, or by nobody (popen). */
	:: atomic {
		is_ready && born < N ->
		kid = born;
		spawned = spawned | bit(kid);
		bear(me, kid)
	}
	:: atomic {
		up(me) && kid != UNKNOWN && !(spawned & bit(kid)) ->
		if
		:: up(kid) -> write_child(kid)
		:: true
		fi;
		kid = UNKNOWN
	}
	:: atomic {
		up(me) && spawned & bit(me) && locked & bit(me) ->
		if
		:: up(parent[me]) -> write_child(me)
		:: true
		fi;
		execs = false;
		locked = locked & ~bit(me);
		execing = execing | bit(me)
	}
#endif
	od;
end_dead:
	false
}

#ifdef LOST
/* Entries go: any of them, at any time. One is enough. */
proctype Loss()
{
	byte p;

end_none:
	if
	:: written & bit(1) -> p = 1
	:: written & bit(2) -> p = 2
	:: written & bit(3) -> p = 3
	fi;
	lost = lost | bit(p);
end_one:
	false
}
#endif
