#!/usr/bin/env bash
# bench.sh [BUILD]: what tmpguard costs against plain libc, as one table and as BUILD/bench.json.
# How it is measured is told at the top of bench.c; a row more is a line in its table `rows`.
#
# BENCH_ROUNDS=N          pairs of rounds for each row (300)
# BENCH_INSTRUCTIONS=1    also count instructions of the program, where valgrind is there: they do
#                         not know of the kernel's share, but are the same from run to run
set -euo pipefail

cd "$(dirname "$0")/../.."
build=$(realpath -m "${1:-build}")
programs=$build/bench
shim=$build/libtmpguard.so

[[ -x $programs/bench && -e $shim ]] || {
	echo "bench: $build has no benchmark; make bench builds and runs it" >&2
	exit 1
}

# What the caller has set must not make the sides differ.
unset LD_PRELOAD
while read -r variable; do
	unset "$variable"
done < <(compgen -e TMPGUARD_)

TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/bench.XXXXXX")
export TMPDIR
memory=$(mktemp -d /dev/shm/bench-dir.XXXXXX 2>/dev/null || true)
trap 'rm -rf "$TMPDIR" ${memory:+"$memory"}' EXIT

# A preload that did not load, or registered nothing, would cost nothing.
left=$(LD_PRELOAD=$shim "$programs/bench" leave "$TMPDIR")
[[ ! -e $left ]] || {
	echo 'bench: the shim did not remove the file of a program that ended; nothing to measure' >&2
	exit 1
}

# instructions PRELOAD COMMAND...: those of COMMAND, as callgrind counts them
instructions() {
	env ${1:+LD_PRELOAD="$1"} valgrind --tool=callgrind --callgrind-out-file=/dev/null \
		"${@:2}" 2>&1 >/dev/null | sed -n 's/.*Collected : //p' | head -1
}

# One operation costs what 200 more of them cost, divided by 200: what starts and ends is left out.
per_operation() {
	local some more
	some=$(instructions "$1" "$programs/bench" work "$2" 100 "$TMPDIR" "$programs/tiny")
	more=$(instructions "$1" "$programs/bench" work "$2" 300 "$TMPDIR" "$programs/tiny")
	echo $(((more - some) / 200))
}

instruction_row() { # NAME OURS REFERENCE
	awk -v work="$1" -v ours="$2" -v reference="$3" 'BEGIN {
		printf "%-38s %12d %12d %7.3f\n", work, ours, reference, ours / reference }'
}

"$programs/bench" run "$programs/tiny" "$programs/empty.so" "$shim" "$TMPDIR" \
	"$memory" "$build/bench.json"

mkdir "$TMPDIR/files"
read -r median p99 worst < <("$build/tests/latency" "$shim" "$TMPDIR/files" 50 1 "$build/tests/guest" \
	make "$TMPDIR/files/fileXXXXXX" "$TMPDIR/name" pause)
printf "\nA killed program's file is gone after %d us (median of 50), %d us (99th percentile), %d us at worst.\n" \
	"$median" "$p99" "$worst"

if [[ ${BENCH_INSTRUCTIONS:-} == 1 ]] && command -v valgrind >/dev/null; then
	printf '\n%-38s %12s %12s %7s\n' 'instructions' ours reference ratio
	instruction_row 'start-up, root of a session' \
		"$(instructions "$shim" "$programs/tiny")" "$(instructions '' "$programs/tiny")"
	instruction_row 'mkstemp+close+unlink' \
		"$(per_operation "$shim" make_and_remove)" "$(per_operation '' make_and_remove)"
	instruction_row 'open+close of /dev/null' \
		"$(per_operation "$shim" open_ordinary)" "$(per_operation '' open_ordinary)"
	instruction_row 'open(O_EXCL) of a lock file+unlink' \
		"$(per_operation "$shim" open_exclusive)" "$(per_operation '' open_exclusive)"
	instruction_row 'open(O_EXCL) of a drawn name+unlink' \
		"$(per_operation "$shim" open_drawn)" "$(per_operation '' open_drawn)"
fi
