#!/usr/bin/env bash
# soak.sh BUILD [NUMBER [PATTERN...]]: `make soak`. Programs that make and remove NUMBER temporary
# files (ten million), in several patterns (soak.c), on a tmpfs; prints how large the journal was at
# most and is at the end, how long it took with and without the library, and fails if the journal
# ends above one megabyte or anything is left.
set -euo pipefail

cd "$(dirname "$0")/../.."
BUILD=$(realpath "$1")
NUMBER=${2:-10000000}
shift; shift || true
(($# > 0)) || set -- one alive threads children long renamed burst open
MEGABYTE=1048576

WORK=$(mktemp -d /dev/shm/tgsoak.XXXXXX)
trap 'rm -rf "$WORK"' EXIT

# soak NAME... : runs the program with these settings; its line, and the seconds it took.
soak() {
	local start=${EPOCHREALTIME/[.,]/}

	env TMPDIR="$WORK" "$@" "$BUILD/tests/soak" "$pattern" "$NUMBER"
	seconds=$(((${EPOCHREALTIME/[.,]/} - start) / 10000))
	seconds=$((seconds / 100)).$(printf %02d $((seconds % 100)))
}

failed=0
for pattern; do
	soak >/dev/null
	without=$seconds
	soak LD_PRELOAD="$BUILD/libtmpguard.so" >"$WORK/line"
	line=$(<"$WORK/line")
	rm "$WORK/line"
	echo "$line seconds=$seconds without=$without"
	if [[ ! $line =~ now=([0-9]+)$ ]] || ((BASH_REMATCH[1] == 0 || BASH_REMATCH[1] >= MEGABYTE)); then
		echo "soak: the journal is too large, or not there"
		failed=1
	fi
	for _ in {1..50}; do
		[[ -n $(ls -A "$WORK") ]] || break
		sleep 0.1
	done
	if [[ -n $(ls -A "$WORK") ]]; then
		echo "soak: left: $(ls -A "$WORK" | head)"
		exit 1
	fi
done
exit "$failed"
