#!/usr/bin/env bash
# sweep.sh BUILD WORK STEP FILESYSTEM: publisher is killed at each STEPth of its system calls, while
# it gives a file its final name on that filesystem (ext4, btrfs, xfs: on an image in WORK, mounted
# there; tmpfs). In a mount namespace of its own, as root.
#
# After each kill the target is the old content or the new one, whole, and beside it is at most the
# temporary file; with tf_cleanup_after_kill nothing is, within a second. Says how many kills there
# were, and ends with 1 at the first that shows anything else.
set -euo pipefail

build=$1 work=$2 step=$3 filesystem=$4
publisher=$build/tests/lib/publisher killat=$build/tests/killat janitor=$build/tmpguard-janitor
disk=$work/disk other=$work/other
kills=0

mkdir -p "$disk" "$other"
mount -t tmpfs -o size=64m tmpfs "$other"
if [[ $filesystem == tmpfs ]]; then
	mount -t tmpfs -o size=64m tmpfs "$disk"
else
	mount -o loop "$work/image" "$disk"
fi
trap 'cd /; umount "$disk" "$other"' EXIT
mkdir "$disk/tmp" "$disk/place"
head -c 70000 /dev/urandom >"$work/new"
head -c 50000 /dev/urandom >"$work/old"
target=$disk/place/target

wrong() {
	echo "$filesystem: $*: $(cat "$work/said")" >&2
	ls -lAR "$disk/place" "$TMPDIR" >&2
	exit 1
}

# What is in DIR beside the target, but for what the session has.
beside() {
	find "$1" -mindepth 1 ! -name target -print
}

nothing_beside() {
	[[ -z $(beside "$disk/place") && -z $(beside "$TMPDIR") ]]
}

within_a_second() {
	local polls

	for ((polls = 0; polls < 100; polls++)); do
		! "$@" || return 0
		sleep 0.01
	done
	"$@"
}

# check NAME KIND...: what is there is the old (no-replace: nothing) or the new.
check() {
	if [[ -e $target ]]; then
		cmp -s "$target" "$work/new" || { [[ $* != *new* ]] && cmp -s "$target" "$work/old"; } ||
			wrong "killed at $*: the target is neither the old nor the new"
	else
		[[ $* == *new* ]] || wrong "killed at $*: there is no target"
	fi
	if [[ $* == *after-kill* ]]; then
		within_a_second nothing_beside || wrong "killed at $*: something stays"
	else
		(($(beside "$disk/place" | wc -l) <= 1 && $(beside "$TMPDIR" | wc -l) <= 1)) ||
			wrong "killed at $*: too much stays"
	fi
}

# sweep KIND...: publisher's words, without target and content.
sweep() {
	local n status

	for ((n = 1; ; n += step)); do
		rm -rf "$disk/place"/.t* "$target" "$TMPDIR"/{tmp,.tmp}*
		[[ $* == *new* ]] || cp "$work/old" "$target"
		status=0
		"$killat" "$n" --main -- "$publisher" "$1" "$target" "$work/new" "${@:2}" \
			>"$work/said" 2>&1 || status=$?
		case $status in
		0) ((kills += 1)) ;;
		3) break ;;
		*) wrong "killat $n ended with $status" ;;
		esac
		check "$n" "$@"
	done
	cmp -s "$target" "$work/new" || wrong "$*: not killed, and not there"
	nothing_beside || within_a_second nothing_beside || wrong "$*: not killed, and something stays"
}

for TMPDIR in "$disk/tmp" "$other"; do
	export TMPDIR
	for how in '' new; do
		# shellcheck disable=SC2086 # none, or a word
		sweep persist $how
	done
done
sweep atomic
sweep atomic new
sweep atomic after-kill "$janitor"
sweep persist after-kill "$janitor"
echo "$kills kills"
