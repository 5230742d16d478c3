#!/usr/bin/env bash
# torture.sh BUILD [STEP [FIRST]]: `make torture`. Kills programs under tmpguard, janitors, `run` and
# reclaimers at each of their system calls (with STEP: at every STEPth), on ext4, on tmpfs and on
# overlayfs, and looks at what is left and what is lost. torture.c says more, and prints the figures.
#
# All are mounted in a mount namespace of our own, in a pid namespace of our own: with this script
# all of it ends. That takes root; without, only the disk's filesystem is tried, and this says so.
#
# TORTURE_ON      where alone: ext4, tmpfs, overlayfs, or disk, the filesystem that /var/tmp is on
# TORTURE_ONLY    which sweep alone
# TORTURE_CALLS   at which system calls alone ("linkat unlinkat")
# TORTURE_TESTS   where the programs are, if not in tests/ in BUILD
set -euo pipefail

cd "$(dirname "$0")/../.."
BUILD=$(realpath "$1")
STEP=${2:-1}
FIRST=${3:-1}
export TORTURE_TESTS=${TORTURE_TESTS:-$BUILD/tests}

remove_work() {
	chmod -R u+rwX "$WORK" 2>/dev/null || true # the scenario's closed directories
	rm -rf "$WORK"
}

# Everything is in the namespace: nothing of it is seen outside, and it goes with us.
mount_all() {
	mount -t tmpfs -o mode=1777 tmpfs /dev/shm
	mkdir "$WORK"/{tmpfs,overlayfs,lower,over,ext4}
	mount -t tmpfs tmpfs "$WORK/tmpfs"
	truncate -s 300M "$WORK/image" # with a journal, whatever the disk has
	mkfs.ext4 -q -F "$WORK/image"
	mount -o loop "$WORK/image" "$WORK/ext4"
	# Upon an overlay there is no other: then what is written lies on the tmpfs.
	for upper in "$WORK/over" "$WORK/tmpfs/over"; do
		mkdir -p "$upper"/{upper,work}
		! mount -t overlay -o "lowerdir=$WORK/lower,upperdir=$upper/upper,workdir=$upper/work" \
			overlay "$WORK/overlayfs" 2>/dev/null || return 0
	done
	echo 'torture: no overlayfs can be mounted here' >&2
	return 1
}

is_asked_for() {
	[[ ${TORTURE_ON:-$1} == "$1" ]]
}

run_all() {
	local disk places=() jobs
	disk=$(df --output=fstype "$WORK" | tail -n 1)
	jobs=$(nproc)
	[[ $disk != overlay ]] || jobs=1 # the overlays' stand-ins for locks lie in one directory
	local options=(--first "$FIRST" --step "$STEP" --jobs "$jobs")

	[[ -z ${TORTURE_ONLY:-} ]] || options+=(--only "$TORTURE_ONLY")
	[[ -z ${TORTURE_CALLS:-} ]] || options+=(--calls "$TORTURE_CALLS")
	[[ ${TORTURE_ON:-} != disk && -d $WORK/ext4 ]] || places+=("$disk=$WORK/disk")
	for name in ext4 tmpfs overlayfs; do
		! is_asked_for "$name" || [[ ! -d $WORK/$name ]] || places+=("$name=$WORK/$name")
	done
	"$TORTURE_TESTS/torture" "$BUILD" "${options[@]}" "${places[@]}"
}

if [[ ${TORTURE_WORK:-} ]]; then # in the namespaces
	WORK=$TORTURE_WORK
	mount_all
	run_all
	exit
fi

WORK=$(mktemp -d /var/tmp/tgt-torture.XXXXXX)
trap remove_work EXIT
mkdir "$WORK/disk"
if [[ $(id -u) == 0 ]] && unshare -m true 2>/dev/null; then
	TORTURE_WORK=$WORK unshare -m --pid --fork --kill-child --mount-proc "$0" "$BUILD" "$STEP" "$FIRST"
elif [[ $(df --output=fstype "$WORK" | tail -n 1) == overlay ]]; then
	echo 'torture: all is SKIPPED: /dev/shm, where an overlay has its locks, is not ours alone' >&2
else
	echo 'torture: ext4, tmpfs and overlayfs are SKIPPED: mounting them takes root' >&2
	run_all
fi
