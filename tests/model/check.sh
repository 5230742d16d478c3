#!/bin/bash
# check.sh: searches the models, in every variant and with everything in them broken in turn.
#
# usage: check.sh [--large] [DIRECTORY]
#
# What spin and the compiler write goes to DIRECTORY, or to a temporary one that is removed at the
# end. Needs spin and a C compiler. One line per search: what is looked at, in which variant, how
# many states, the result. Ends with 1 if a search found an error or was not complete, if a step of
# the protocol was made in no variant, or if the model did not notice that it was broken.
#
# --large looks at the variants with more in them, each of which takes minutes and some gigabytes,
# instead.
#
# shellcheck disable=SC2317 # what `each` calls, it does not see
set -eu

models=$(cd "$(dirname "$0")" && pwd)
cc=${CC:-cc}
at_once=2
memory=1900 # MB for each search

# Each line: a name, its model, its definitions.

# P1, P2 and P3 hold, whoever is killed when; in every variant.
variants="
THREADS session -DTHREADS -DNS=2 -DTRIES=0
EXEC session -DEXEC -DTRIES=0
UNWRITTEN session -DEXEC -DUNWRITTEN -DTRIES=0
SPAWN session -DSPAWN -DTRIES=0
RUN session -DRUN -DTRIES=0
CHAIN session -DCHAIN -DTRIES=0
STRANGER session -DSTRANGER
REAP session -DREAP
KIN linger -DKIN
LOST linger -DLOST
IMAGES linger -DIMAGES
DIRECTORY linger -DDIRECTORY
OVERLAY overlay -DOVERLAY
FOREIGN overlay -DFOREIGN
"

# P3 holds beside cleaners that are stopped with whatever they hold.
frozen="
CHAIN session -DCHAIN -DTRIES=0
STRANGER session -DSTRANGER
"

# No variant goes in circles, so that what P2 asserts at the end is asserted of every execution.
endless="
STRANGER session -DSTRANGER
"

# What is broken in the variant that shows it. What each one means is in the model.
broken="
THREADS G1 G3 NAME ANEW
EXEC J3 OWN X1 C2 REUSE
UNWRITTEN UNASKED
SPAWN M4 S1 S3 MARK SCAN UNKNOWN
RUN RUN
CHAIN ONCE SCAN_LAST
STRANGER J2 ENTRY P3
REAP M1 M3 C4 C4_ORDER
KIN F1 L2 L3 L3_TIME L3_BELOW L6
LOST F3
DIRECTORY L1 L2_USE L4 L4_INTENT
OVERLAY ORDER HELD AGAIN FREE REST C4_LOCK PAST
FOREIGN ORIGIN
"

if [ "${1:-}" = --large ]; then
	shift
	memory=9000
	at_once=1
	variants="
THREADS session -DTHREADS -DNS=2
EXEC session -DEXEC
UNWRITTEN session -DEXEC -DUNWRITTEN
SPAWN session -DSPAWN
RUN session -DRUN
CHAIN session -DCHAIN
STRANGER session -DSTRANGER -DTRIES=2
REAP session -DREAP -DTRIES=2
KIN linger -DKIN -DLARGE
LOST linger -DLOST -DN=4
IMAGES linger -DIMAGES -DLOST
DIRECTORY linger -DDIRECTORY -DN=4
OVERLAY overlay -DOVERLAY
FOREIGN overlay -DFOREIGN
"
	frozen="
CHAIN session -DCHAIN
"
	endless=
	broken=
fi

if [ $# -gt 0 ]; then
	mkdir -p "$1"
	cd "$1"
else
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
	cd "$scratch"
fi

# search NAME KIND MODEL DEFINITIONS...: leaves the answer in NAME/out. The compiler would take
# longer to optimise than most searches take.
search() {
	local name=$1 kind=$2 model=$3 flag=-DSAFETY walk='' level=-O0
	shift 3
	if [ "$kind" = endless ]; then
		flag=-DNP
		walk=-l
	fi
	[ "$memory" -lt 2000 ] || level=-O2
	rm -rf "$name"
	mkdir "$name"
	(
		cd "$name"
		spin "$@" -a "$models/$model.pml" >spin.out 2>&1 &&
			"$cc" "$level" -w "$flag" -DMEMLIM="$memory" -o pan pan.c >cc.out 2>&1 &&
			./pan ${walk:+"$walk"} -m20000 -w23 >out 2>&1
	) || true
}

# One after the other is started, `at_once` of them run.
running=0
start() {
	if [ "$running" -ge "$at_once" ]; then
		wait -n
		running=$((running - 1))
	fi
	search "$@" &
	running=$((running + 1))
}

# each COMMAND LINES: calls it with the words of each line.
each() {
	local line words
	while read -r line; do
		read -ra words <<<"$line"
		[ -z "$line" ] || "$1" "${words[@]}"
	done <<<"$2"
}

# The line of a variant, without its name.
variant() {
	sed -n "s/^$1 //p" <<<"$variants"
}

search_variant() { start "$1" safe "${@:2}"; }
search_frozen() { start "frozen-$1" safe "${@:2}" -DFREEZE; }
search_endless() { start "endless-$1" endless "${@:2}"; }
search_broken() {
	local words name freeze
	read -ra words <<<"$(variant "$1")"
	for name in "${@:2}"; do
		freeze=-DNO_FREEZE
		[ "$name" != P3 ] || freeze=-DFREEZE
		start "broken-$name" safe "${words[@]}" "-DBREAK_$name" "$freeze"
	done
}

each search_variant "$variants"
each search_frozen "$frozen"
each search_endless "$endless"
each search_broken "$broken"
wait

failed=0

states() {
	sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' "$1/out" 2>/dev/null | head -n 1
}

# What the first error was, or nothing; a search that did not come to its end says so.
found() {
	if ! grep -q '^State-vector' "$1/out" 2>/dev/null; then
		echo "no search"
	elif grep -q '^pan:1: ' "$1/out"; then
		sed -n 's/^pan:1: \(.*\) (at depth.*/\1/p' "$1/out" | head -n 1
	elif grep -qE 'not completed|depth too small|MEMLIM|out of memory' "$1/out"; then
		echo "not complete"
	elif ! grep -q 'errors: 0$' "$1/out"; then
		echo "not complete"
	fi
}

# tell WHAT VARIANT SEARCH RESULT
tell() {
	printf '%-16s %-9s %8s states  %s\n' "$1" "$2" "$(states "$3")" "$4"
}

# expect_none WHAT VARIANT SEARCH
expect_none() {
	local error
	error=$(found "$3")
	tell "$1" "$2" "$3" "${error:-ok}"
	[ -z "$error" ] || failed=1
}

# expect_error WHAT VARIANT SEARCH
expect_error() {
	local error result
	error=$(found "$3")
	case $error in
	"")
		result="NOT NOTICED"
		failed=1
		;;
	"no search" | "not complete")
		result=$error
		failed=1
		;;
	*)
		result="noticed: ${error:0:60}"
		;;
	esac
	tell "$1" "$2" "$3" "$result"
}

check_variant() { expect_none "P1 P2 P3" "$1" "$1"; }
check_frozen() { expect_none "P3, frozen" "$1" "frozen-$1"; }
check_endless() { expect_none "P2, no cycle" "$1" "endless-$1"; }
check_broken() {
	local name
	for name in "${@:2}"; do
		expect_error "broken $name" "$1" "broken-$name"
	done
}

each check_variant "$variants"
each check_frozen "$frozen"
each check_endless "$endless"
each check_broken "$broken"

# A step that nobody makes in any variant is not checked at all.
outputs=()
add_output() { outputs+=("$1/out"); }
each add_output "$variants"
missed=$(comm -23 \
	<(sed -n 's/^step \([A-Z0-9]*\): .*/\1/p' "${outputs[@]}" | sort -u) \
	<(sed -n 's/^step \([A-Z0-9]*\): made/\1/p' "${outputs[@]}" | sort -u) | tr '\n' ' ')
if [ -n "$missed" ]; then
	printf 'never made: %s\n' "$missed"
	failed=1
else
	printf 'every step is made in some variant\n'
fi

exit "$failed"
