#!/bin/bash
# check.sh: searches session.pml, in every variant and with everything in it broken in turn.
#
# usage: check.sh [DIRECTORY]
#
# What spin and the compiler write goes to DIRECTORY, or to a temporary one that is removed at the
# end. Needs spin and a C compiler. One line per search: what is looked at, in which variant, how
# many states, the result. Ends with 1 if a search found an error or was not complete, if a step of
# the protocol was made in no variant, or if the model did not notice that it was broken.
set -eu

model=$(cd "$(dirname "$0")" && pwd)/session.pml
cc=${CC:-cc}
at_once=2
memory=1900		# MB for each search

# P1, P2 and P3 hold, whoever is killed when; in every variant.
variants="THREADS EXEC SPAWN RUN CHAIN STRANGER"

# P3 holds beside cleaners that are stopped with whatever they hold.
frozen="CHAIN STRANGER"

# No variant goes in circles, so that what P2 asserts at the end is asserted of every execution.
endless="STRANGER"

# What is broken, and the variant that shows it. What each one means is in the model.
broken="
M1:SPAWN M3:SPAWN M4:SPAWN J2:STRANGER J3:EXEC ENTRY:STRANGER OWN:EXEC X1:EXEC S1:SPAWN
S3:SPAWN C2:EXEC REUSE:EXEC ONCE:CHAIN MARK:SPAWN SCAN:SPAWN SCAN_LAST:CHAIN UNKNOWN:SPAWN
C4:SPAWN C4_ORDER:SPAWN G1:THREADS G3:THREADS NAME:THREADS ANEW:THREADS RUN:RUN P3:STRANGER
"

if [ $# -gt 0 ]; then
	mkdir -p "$1"
	cd "$1"
else
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
	cd "$scratch"
fi

# search NAME OPTIMISATION PAN-OPTIONS DEFINITIONS...: leaves the answer in NAME/out.
search() {
	local name=$1 level=$2 kind=$3 flag=-DSAFETY walk=
	shift 3
	if [ "$kind" = endless ]; then
		flag=-DNP
		walk=-l
	fi
	rm -rf "$name"
	mkdir "$name"
	(
		cd "$name"
		spin "$@" -a "$model" >spin.out 2>&1 &&
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

sessions() {
	if [ "$1" = THREADS ]; then echo 2; else echo 1; fi
}

# It takes longer to optimise the small ones than to search them.
level() {
	case $1 in
	STRANGER) echo -O0 ;;
	*) echo -O2 ;;
	esac
}

for v in $variants; do
	start "$v" "$(level "$v")" safe -D"$v" -DNS="$(sessions "$v")"
done
for v in $endless; do
	start "endless-$v" "$(level "$v")" endless -D"$v"
done
for v in $frozen; do
	start "frozen-$v" "$(level "$v")" safe -D"$v" -DFREEZE
done
for b in $broken; do
	v=${b#*:}
	freeze=-DFREEZE
	[ "$b" = P3:STRANGER ] || freeze=-DNO_FREEZE
	start "broken-${b%:*}" -O0 safe -D"$v" -DNS="$(sessions "$v")" -DBREAK_"${b%:*}" "$freeze"
done
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

# expect_none WHAT VARIANT SEARCH
expect_none() {
	local error
	error=$(found "$3")
	printf '%-15s %-9s %8s states  %s\n' "$1" "$2" "$(states "$3")" "${error:-ok}"
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
		result="noticed: $error"
		;;
	esac
	printf '%-15s %-9s %8s states  %s\n' "$1" "$2" "$(states "$3")" "$result"
}

for v in $variants; do
	expect_none "P1 P2 P3" "$v" "$v"
done
for v in $frozen; do
	expect_none "P3, frozen" "$v" "frozen-$v"
done
for v in $endless; do
	expect_none "P2, no cycle" "$v" "endless-$v"
done
for b in $broken; do
	expect_error "broken ${b%:*}" "${b#*:}" "broken-${b%:*}"
done

# A step that nobody makes in any variant is not checked at all.
outputs=()
for v in $variants; do
	outputs+=("$v/out")
done
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
