#!/usr/bin/env bash
# collect.sh OUT [SCENARIO...]: collects the corpus anew, or some scenarios' part of it: runs the
# programs of scenarios/ under strace and writes what they create directly in a temp root to OUT, for
# label.py. As root, in a mount namespace with temp roots, a home and a user of its own: nothing of
# this machine's is touched. packages.txt names the Debian packages; a program that is not there is left
# out. Takes half an hour.
#
# A scenario is a function: uses of real programs that write into temporary directories, their own
# scratch files and what somebody has asked for there. It runs as an ordinary user in that user's
# home, TMPDIR is not set, and what fails is passed over. It has two helpers: small [N] prints that
# many lines, stop_after SECONDS CMD... ends a command that would go on.
set -uo pipefail

HERE=$(realpath "$(dirname "$0")")
USER_NAME=joanna USER_ID=60123
SECONDS_EACH=${SECONDS_EACH:-280}
HELPERS='small() { seq "${1:-100}"; }; have() { command -v "$1" >/dev/null; }; stop_after() { timeout -k 1 "$@"; }'

# What is mounted here nobody else sees.
prepare() {
	local dir

	mount --make-rprivate /
	cp /etc/passwd "$SCRATCH/passwd"
	cp /etc/group "$SCRATCH/group"
	echo "$USER_NAME:x:$USER_ID:$USER_ID::/home/$USER_NAME:/bin/bash" >>"$SCRATCH/passwd"
	echo "$USER_NAME:x:$USER_ID:" >>"$SCRATCH/group"
	mount --bind "$SCRATCH/passwd" /etc/passwd
	mount --bind "$SCRATCH/group" /etc/group
	for dir in /tmp /var/tmp /dev/shm /home /srv; do
		mount -t tmpfs -o mode=1777 none "$dir"
	done
	chmod 755 /home /srv
	mkdir "/home/$USER_NAME" /srv/tools
	chown "$USER_ID:$USER_ID" "/home/$USER_NAME"
	cp -r "$SCRATCH/marker.so" "$HERE/scenarios" /srv/tools
	if [[ -d ~/.rustup ]]; then # as it often is there for one user alone
		mkdir /srv/tools/rustup /srv/tools/cargo
		mount --bind ~/.rustup /srv/tools/rustup
		mount --bind ~/.cargo /srv/tools/cargo
	fi
}

# one NAME: runs it, and writes what it made.
one() {
	local traces="$SCRATCH/$1"

	mkdir "$traces"
	prepare
	cd "/home/$USER_NAME" || return
	timeout -k 5 "$SECONDS_EACH" strace -u "$USER_NAME" -ff -qq -s 600 -y -o "$traces/t" -e signal=none \
		-e trace=open,openat,openat2,creat,mkdir,mkdirat,faccessat,clone,clone3,fork,vfork,execve,chdir,fchdir \
		--seccomp-bpf env -i HOME="/home/$USER_NAME" USER="$USER_NAME" LOGNAME="$USER_NAME" \
		PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/usr/games:/srv/tools/cargo/bin \
		RUSTUP_HOME=/srv/tools/rustup LC_ALL=C.UTF-8 TERM=xterm \
		LD_PRELOAD=/srv/tools/marker.so \
		bash -c "$HELPERS"'; for file in /srv/tools/scenarios/*; do . "$file"; done; "$1"' bash "$1" </dev/null >"$traces/said" 2>&1
	find /proc -maxdepth 1 -uid "$USER_ID" -printf '%f\n' | xargs -r kill -KILL # daemons
	python3 "$HERE/parse.py" "$1" "$USER_NAME" "$USER_ID" "$traces"/t.* >"$traces/made"
}

if [[ ${1:-} == --one ]]; then
	SCRATCH=$3
	one "$2"
	exit
fi

OUT=${1:?usage: collect.sh OUT [SCENARIO...]}
shift
SCRATCH=$(mktemp -d "${COLLECT_DIR:-/var/cache}/idiom.XXXXXX")
chmod 755 "$SCRATCH"
[[ ${KEEP:-} ]] || trap 'rm -rf "$SCRATCH"' EXIT
"${CC:-cc}" -shared -fPIC -o "$SCRATCH/marker.so" "$HERE/marker.c" -ldl || exit
(($# > 0)) || mapfile -t names < <(sed -n 's/^\([a-z_]*\)() {$/\1/p' "$HERE"/scenarios/*)
(($# == 0)) || names=("$@")
for name in "${names[@]}"; do
	unshare -m "$0" --one "$name" "$SCRATCH" 2>>"$SCRATCH/errors"
	printf '%s: %s\n' "$name" "$(wc -l <"$SCRATCH/$name/made")" >&2
	[[ ${KEEP:-} ]] || rm -rf "$SCRATCH/$name"/t.*
done
for name in "${names[@]}"; do cat "$SCRATCH/$name/made"; done >"$OUT"
