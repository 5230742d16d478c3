/* linger.pml: what lingering processes do not need goes (F1 to F3 and L1 to L6 of lib/session.h).
 *
 * A root and its descendants do what they like: fork, be forked by ways that we do not see, spawn,
 * exec, register a file, open one, make one in a directory of another's, and die at any point. When
 * the root is dead, the cleaner goes through L1 to L6; it may be killed at each step, and then Last
 * cleans, when all have gone. The steps are atomic actions, named by a comment above them.
 *
 * One of these is defined:
 *
 *   KIN        processes are only forked; every file is for itself
 *   LOST       the same, and entries of the family get lost, of the dead and of the living: the
 *              number is another's now, the disk was full. It may be defined besides the others.
 *   IMAGES     processes are spawned and exec, too, with our shim in the new image or without
 *   DIRECTORY  processes are forked by the root, and make files in the directory that is the file
 *              of process DIR, and use it, or what is in it
 *
 * N is how many processes there are, the root included. LARGE: with more ways in which numbers go
 * around. BREAK_ and a name leaves out or spoils one thing, and spin must find out:
 *
 *   F1         who was forked unseen is taken for the child of whom its memory tells of
 *   F3         who is not known is taken for nobody's relative
 *   L1         the time is not taken
 *   L2         there is one look
 *   L2_USE     what they use is not noted
 *   L3         branches are as good as unrelated
 *   L3_TIME    what was made in a branch is only for what began earlier
 *   L3_BELOW   what its descendants made is not needed
 *   L4         things are marked when their turn comes to be removed
 *   L4_INTENT  what has not got its identity yet is not marked
 *   L6         everything goes although somebody lingers
 *
 *   P1  needed_by() is the specification: what it made, what those above and below it made, what it
 *       uses, and what it can have the name of because that was there, made by somebody below its
 *       parent or known to its parent, when it was forked. Who made whom is line[], whatever is
 *       written down. remove() asserts that nobody who lives needs what goes.
 *   P2  when all have gone, whoever cleans finds all that is left.
 *
 * Numbers are given out in rising order, and begin again once: processes from `wrap` on have lower
 * ones than those before, and are looked at first.
 *
 * Left out: who is adopted by a member of the session (README.md); who is given a name or a file by
 * those that are no relatives, after L1; environments without the session's name; other pid
 * namespaces, and sessions inside; what cannot be read, which ends it all.
 */
#define STEPS(x) x(F1) x(F2) x(F3) x(L1) x(L2) x(L3) x(L4) x(L5) x(L6)

#ifndef N
#ifdef KIN
#define N	4
#else
#define N	3
#endif
#endif
#define ROOT	0
#define CLEANER	N		/* the janitor */
#define LAST	(N + 1)		/* the next session; not killed */
#define NEW	14		/* in a memory: a new image, which knows of nobody */
#define UNKNOWN	15		/* in an entry: its parent is not known */
#define DIR	2		/* whose file is a directory */
#define EVERYBODY (bit(N) - 1)
#define peace	false

#include "steps.pml"

#include "kin.pml"

/* The cleaner's. */
byte found, chain[N], used, marked;

/* P1 */
#define needed_by(p, f) \
	(line[p] & bit(f) || line[f] & bit(p) || (knows[p] | uses[p]) & bit(f))

inline remove(f)
{
	d_step {
		i = 0;
		do
		:: i < N -> assert(!up(i) || !needed_by(i, f)); i++
		:: else -> break
		od;
		i = 0;
		file = file & ~bit(f)
	}
}

/* L3. How `p` and the maker `f` of a file meet: from the maker up until somebody who is in the
 * chain of `p`; then which branch began first. What is not known is needed. */
#ifdef BREAK_F3
#define IN_DOUBT	false
#else
#define IN_DOUBT	true
#endif
#if defined BREAK_L3
#define RELATED		false
#elif defined BREAK_L3_TIME
#define RELATED		(when[last] >= when[j])
#else
#define RELATED		(when[last] <= when[j])
#endif
#ifdef BREAK_L3_BELOW
#define BELOW		false
#else
#define BELOW		true
#endif
inline judge(p, f)
{
	i = f;
	last = UNKNOWN;
	do
	:: i == UNKNOWN -> answer = IN_DOUBT; break
	:: i != UNKNOWN && chain[p] & bit(i) ->
		/* who of the chain is that one's child? */
		j = 0;
		do
		:: j < N && !(chain[p] & bit(j) && above[j] == i && j != i) -> j++
		:: else -> break
		od;
		if
		:: last == UNKNOWN -> answer = true
		:: last != UNKNOWN && j == N -> answer = BELOW
		:: else -> answer = RELATED
		fi;
		break
	:: else ->
		last = i;
		if
		:: lost & bit(i) || above[i] == i -> i = UNKNOWN
		:: else -> i = above[i]
		fi
	od;
	j = 0;
	last = 0
}

/* L3: is it made by relatives of anybody who lingers? */
inline ask_kin(f)
{
	answer = !is_written(f) && IN_DOUBT;
	who = 0;
	do
	:: who < N && !answer ->
		if
		:: found & bit(who) -> judge(who, f)
		:: else
		fi;
		who++
	:: else -> break
	od;
	who = 0;
	i = 0
}

/* The way up of `p`, as far as it is known. */
inline read_chain(p)
{
	i = (is_written(p) -> p : UNKNOWN);
	if
	:: i == UNKNOWN -> made(F3)
	:: else
	fi;
	do
	:: i != UNKNOWN ->
		chain[p] = chain[p] | bit(i);
		if
		:: lost & bit(i) || above[i] == i -> i = UNKNOWN
		:: else -> i = above[i]
		fi
	:: else -> break
	od;
	i = 0
}

#ifdef BREAK_L1
#define is_fresh(f)	false
#else
#define is_fresh(f)	(fresh & bit(f))
#endif
#ifdef BREAK_L2_USE
#define is_used(f)	false
#else
#define is_used(f)	(used & bit(f))
#endif

inline mark(f)
{
	d_step {
		ask_kin(f);
#ifdef BREAK_L4_INTENT
		if
		:: live & bit(f) && (answer || is_used(f)) -> marked = marked | bit(f)
#else
		if
		:: !(live & bit(f)) || answer || is_used(f) -> marked = marked | bit(f)
#endif
		:: else
		fi;
		answer = false
	}
}

/* L4: a directory is needed for what is in it. */
inline mark_above()
{
	d_step {
		if
		:: file & inside & (marked | used | fresh) -> marked = marked | bit(DIR)
		:: else
		fi
	}
}

/* L5 */
inline sweep(f)
{
	d_step {
		ask_kin(f);
		if
		:: answer || !(live & bit(f)) || is_fresh(f) || is_used(f) || marked & bit(f) ||
				(inside & bit(f) && marked & bit(DIR)) ->
			answer = false
		:: else ->
			answer = false;
#ifdef DIRECTORY
			if
			:: f == DIR ->
				/* with all that is in it, but for what is in use or new */
				j = 0;
				do
				:: j < N && file & inside & bit(j) && !is_fresh(j) && !is_used(j) ->
					remove(j);
					j++
				:: j < N && !(file & inside & bit(j) && !is_fresh(j) &&
						!is_used(j)) ->
					j++
				:: else -> break
				od;
				j = 0;
				if
				:: !(file & inside) -> remove(f)
				:: else
				fi
			:: else -> remove(f)
			fi
#else
			remove(f)
#endif
		fi
	}
}

/* L6, which is C1 to C4. */
inline remove_all()
{
	d_step {
		who = 0;
		do
		:: who < N ->
			if
			:: file & bit(who) -> remove(who)
			:: else
			fi;
			who++
		:: else -> break
		od;
		who = 0;
		live = 0;
		inside = 0
	}
}

/* All members die. Then it makes no difference who has been what. */
inline all_end()
{
	d_step {
		alive = alive & ~EVERYBODY;
		found = 0;
		used = 0;
		marked = 0;
		i = 0;
		do
		:: i < N ->
			chain[i] = 0;
			above[i] = 0;
			when[i] = 0;
			line[i] = 0;
			knows[i] = 0;
			uses[i] = 0;
			parent[i] = 0;
			memory[i] = 0;
			i++
		:: else -> break
		od;
		i = 0;
		locked = 0; named = 0; execing = 0; members = 0; written = 0; lost = 0;
		forked = 0; spawned = 0; shimless = 0; fresh = 0; now = 0; wrap = 0; born = N
	}
}

proctype Cleaner()
{
	byte me = CLEANER;
	byte at, p, who, i, j, last;
	bool answer, is_new;

	/* L1 */
	WHEN(!up(ROOT),
		late = true;
#ifdef LARGE
		if
		:: wrap = 0
		:: wrap = 1
		:: wrap = 2
		:: wrap = N - 1
		fi;
#else
		wrap = N - 1;
#endif
		made(L1));
	/* L2 */
look:	STEP(
		do
		:: at < N && !up((at + wrap) % N) -> at++
		:: else -> break
		od;
		if
		:: at == N -> at = 0; goto looked
		:: else -> p = (at + wrap) % N; at++
		fi;
		if
		:: (members | (written & ~lost)) & bit(p) -> goto ours
		:: else
		fi);
#ifdef BREAK_L2_ORDER
	STEP(
		if
		:: named & bit(p) -> goto ours
		:: else
		fi);
	STEP(
		if
		:: locked & bit(p) -> goto ours
		:: else -> goto look
		fi);
#else
	STEP(
		if
		:: locked & bit(p) -> goto ours
		:: else
		fi);
	STEP(
		if
		:: named & bit(p) -> goto ours
#ifndef BREAK_L2_EXEC
		:: execing & bit(p)
#endif
		:: else -> goto look
		fi);
	WHEN(!(execing & bit(p)), is_new = true; goto look);
#endif
	/* It; with what it uses, and its way up. Of a child of somebody who was found before there
	 * is nothing new to know, and if it is not written down its parent's way will do. */
ours:	STEP(
		d_step {
			if
			:: !up(p) -> is_new = true
			:: up(p) && found & bit(p)
			:: up(p) && !(found & bit(p)) && found & bit(parent[p]) ->
				if
				:: is_written(p) -> read_chain(p)
				:: else -> chain[p] = chain[parent[p]]
				fi
			:: up(p) && !(found & bit(p)) && !(found & bit(parent[p])) ->
				read_chain(p);
#ifdef BREAK_L2_KIN
				is_new = is_new || found == 0
#else
				is_new = true
#endif
			fi;
			if
			:: up(p) -> found = found | bit(p); used = used | uses[p]
			:: else
			fi
		};
		goto look);
looked:
	STEP(
		p = 0;
		made(L2);
		if
#ifndef BREAK_L2
		:: is_new -> is_new = false; goto look
#endif
		:: found == 0 -> goto stays
		:: else -> is_new = false
		fi);
	/* L4, with L3 */
#if defined DIRECTORY && !defined BREAK_L4
marking: STEP(
		do
		:: at < N && !(file & bit(at)) -> at++
		:: else -> break
		od;
		if
		:: at < N -> mark(at); at++; made(L3); goto marking
		:: else -> mark_above(); at = 0; made(L4)
		fi);
#endif
	/* L5 */
#ifdef DIRECTORY
sweeping: STEP(
		do
		:: at < N && !(file & bit(at)) -> at++
		:: else -> break
		od;
		if
		:: at < N ->
			sweep(at);
			at++;
			made(L5);
			goto sweeping
		:: else -> at = 0
		fi);
#else
	/* One after the other, but for the one that somebody is to miss it is all the same. */
	STEP(
		made(L3);
		made(L5);
		do
		:: at < N ->
			if
			:: file & bit(at) -> sweep(at)
			:: else
			fi;
			at++
		:: else -> break
		od;
		at = 0);
#endif
	/* L6. What they do until they have gone, session.pml looks at. */
stays:
#ifndef BREAK_L6
	STEP(all_end(); remove_all(); made(L6); goto ended);
#else
	STEP(remove_all(); goto ended);
#endif
killed:	atomic {
		all_end();
ended:		alive = alive & ~bit(CLEANER)
	};
end_cleaner:
	false
}

proctype Last()
{
	byte who, i;

	alive == bit(LAST);
	remove_all();
	assert(file == 0);
end_last:
	false
}

init
{
	byte i;

	atomic {
		alive = bit(ROOT) | bit(CLEANER) | bit(LAST);
		line[ROOT] = bit(ROOT);
		locked = bit(ROOT);
		written = bit(ROOT);
		memory[ROOT] = ROOT;
		now = 1;
		when[ROOT] = 1;
		for (i : 0 .. N - 1) {
			run Member(i)
		}
#ifdef LOST
		run Loss();
#endif
		run Cleaner();
		run Last()
	}
}
