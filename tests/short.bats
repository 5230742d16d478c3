#!/usr/bin/env bats
# short.bats: when tmpguard itself is short of something, at its start or later: room, inodes, a
# quota, descriptors, processes, memory, or the right to write a file of that size. The program's own
# calls do what they do without it, nobody is killed on its account, what is left is what one line
# has said, and nothing of tmpguard's own stays.

# shellcheck disable=SC1083,SC2054,SC2016,SC2030,SC2031,SC2034 # the probe's braces; scripts for others
load helper

setup() {
	begin_test
	SMALL=$WORK/small
	mkdir "$SMALL"
	chmod 755 "$WORK" # for nobody
	export SMALL TMPGUARD SHIM PROBE
	MAKING=(mkstemp "$SMALL/aXXXXXX" write text readback mkdtemp "$SMALL/aXXXXXX" tmpfile
		open "$SMALL/tmpAbC4Ef9X" creat,excl,rdwr 600 others
		fork { mkstemp "$SMALL/aXXXXXX" others } wait exit 7)
}

need_mounts() {
	need unshare
	unshare -m mount -t tmpfs none "$SMALL" 2>/dev/null || skip "nothing can be mounted here"
}

# One way to run a command with $SMALL as TMPDIR, after which $SMALL is looked at. Prints what the
# command said, its status and what it left; what tmpguard said, and what is tmpguard's own there,
# go into $WORK/said and $WORK/own. $0 is the way, $1 a script that prepares, $2 words that limit.
ONE='
	cd /
	eval "$1" || { echo "cannot be prepared"; exit 99; }
	export TMPDIR=$SMALL
	case $0 in
	plain) set -- $2 env "${@:3}" ;;
	shimmed) set -- $2 env LD_PRELOAD="$SHIM" "${@:3}" ;;
	guarded) set -- $2 "$TMPGUARD" run -q -- "${@:3}" ;;
	esac
	before=$(ls -A "$SMALL")
	{ timeout -k 1 20 "$@" 2>&1 >&8 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; echo "status $?" >&8; } 8>&1 | cat >"$WORK/errors"
	added() {
		comm -13 <(sort <<<"$before") <(ls -A "$SMALL" | sort)
	}
	for ((i = 0; i < 80; i++)); do
		[ "$0" != plain ] && [ -n "$(added)" ] || break
		sleep 0.01
	done
	grep "^tmpguard: " "$WORK/errors" >"$WORK/said"
	grep -v "^tmpguard: " "$WORK/errors"
	added | grep "^\.tmpguard" >"$WORK/own"
	added | grep -vc "^\.tmpguard" >"$WORK/left"
	rm -rf "$SMALL"/.tmpguard* "$SMALL"/a?????? "$SMALL/tmpAbC4Ef9X"
	true'

one() { # WAY PREPARE LIMIT CMD...
	WORK=$WORK "${NAMESPACE[@]}" bash -c "$ONE" "$@"
}

# copes PREPARE LIMIT CMD...: the command does as plainly; nothing is left, or one line has said so.
copes() {
	local plainly way got ways=(shimmed)

	plainly=$(one plain "$@")
	[ -z "${WITH_RUN-}" ] || ways+=(guarded)
	for way in "${ways[@]}"; do
		got=$(one "$way" "$@")
		if [ "$way" = guarded ] && [[ $got == "status 125" ]]; then # refused, and that was said
			assert_equal "lines of run, $*" 1 "$(wc -l <"$WORK/said")" || return
		else
			assert_equal "$way: $*" "$plainly" "$got" || return
			[ "$(wc -l <"$WORK/said")" -le 1 ] || fail "$way: $*" "said: $(cat "$WORK/said")" || return
			[ -s "$WORK/said" ] || assert_equal "left, $way: $*" 0 "$(cat "$WORK/left")" || return
		fi
		assert_equal "tmpguard's own, $way: $*" "" "$(cat "$WORK/own")" || return
		[ ! -s "$WORK/said" ] || SAID_ONCE+=$(cat "$WORK/said")$'\n'
	done
}

READ_ONLY='mount --rbind "$WORK" "$WORK"; for dir in /tmp /var/tmp; do
	mount --rbind $dir $dir && mount -o remount,bind,ro $dir || exit 98; done;
	mount -o remount,rw,bind "$SMALL" 2>/dev/null;'

# ---- room

@test "a disk with any number of blocks left, and another that has room" {
	local k

	need_mounts
	NAMESPACE=(unshare -m) WITH_RUN=yes
	for k in 0 1 2 3 4 5 7 9 13 16 17 18 20 24; do
		copes "mount -t tmpfs -o mode=1777,size=200k none \"\$SMALL\"
			head -c \$(((50 - $k) * 4096)) /dev/zero >\"\$SMALL/filler\"" "" "$PROBE" "${MAKING[@]}"
	done
	assert_equal "lines" "" "${SAID_ONCE-}"
}

# The session's own files take a block or two of the last ones; so nothing is written here.
@test "a disk with any number of blocks left, and no other place" {
	local k making=(mkstemp "$SMALL/aXXXXXX" mkdtemp "$SMALL/aXXXXXX" others fork { mkstemp "$SMALL/aXXXXXX" } wait exit 7)

	need_mounts
	NAMESPACE=(unshare -m)
	for k in 0 1 2 3 4 5 6 9 16 17 20; do
		copes "mount -t tmpfs -o mode=1777,size=200k none \"\$SMALL\"; $READ_ONLY
			head -c \$(((50 - $k) * 4096)) /dev/zero >\"\$SMALL/filler\"" "" "$PROBE" "${making[@]}"
	done
}

@test "any number of inodes left, with another place and without" {
	local k other

	need_mounts
	NAMESPACE=(unshare -m)
	for other in "" "$READ_ONLY"; do
		for k in 0 1 2 3 4 5 6 8 10 14 17 20; do
			copes "mount -t tmpfs -o mode=1777,size=1m,nr_inodes=$((k + 4)) none \"\$SMALL\"; $other
				touch \"\$SMALL/one\" \"\$SMALL/two\" \"\$SMALL/three\" 2>/dev/null" "" "$PROBE" "${MAKING[@]}"
		done
	done
}

@test "a disk that becomes full after the session has begun" {
	local k fill

	need_mounts
	NAMESPACE=(unshare -m)
	fill='head -c 4000000 /dev/zero >"$SMALL/filler" 2>/dev/null'
	for k in 0 1 2 3 5 63 64 65; do
		copes "mount -t tmpfs -o mode=1777,size=800k none \"\$SMALL\"" "" bash -c 'for ((i = 0; i < $1; i++)); do
				"$0" quiet mkstemp "$SMALL/aXXXXXX"; done
			'"$fill"'; "$0" mkstemp "$SMALL/aXXXXXX" write text mkdtemp "$SMALL/aXXXXXX" others
			rm "$SMALL/filler"; exit 7' "$PROBE" "$k"
	done
}

# Users' quotas of ext4 are in few kernels; those of btrfs come with it.
@test "a quota that is used up, or nearly" {
	local k

	need_mounts
	need mkfs.btrfs btrfs
	truncate -s 120M "$WORK/image"
	mkfs.btrfs -q -M "$WORK/image"
	unshare -m mount -o loop "$WORK/image" "$SMALL" 2>/dev/null || skip "no btrfs can be mounted here"
	NAMESPACE=(unshare -m)
	for k in 0 16 64 256; do
		copes "mount -o loop \"\$WORK/image\" \"\$SMALL\" && chmod 1777 \"\$SMALL\" &&
			{ btrfs quota enable \"\$SMALL\"; btrfs qgroup limit 2m 0/5 \"\$SMALL\"
			head -c ${k}k /dev/zero >\"\$SMALL/some\"; head -c 4m /dev/zero >\"\$SMALL/filler\"
			sync -f \"\$SMALL\"; rm \"\$SMALL/some\"; sync -f \"\$SMALL\"; } >/dev/null 2>&1" \
			"" "$PROBE" mkstemp "$SMALL/aXXXXXX" bytes 300000 mkdtemp "$SMALL/aXXXXXX" others \
			fork { mkstemp "$SMALL/aXXXXXX" } wait exit 7
	done
}

# ---- limits

@test "RLIMIT_FSIZE of any number of bytes: nobody is killed on our account" {
	local n kind

	need prlimit
	NAMESPACE=()
	for n in 0 1 100 4095 4096 16383 16384 16385 65535 65536 262143; do
		for kind in "$n:" "$n"; do
			copes : "prlimit --fsize=$kind" "$PROBE" mkstemp "$SMALL/aXXXXXX" mkdtemp "$SMALL/aXXXXXX" \
				threads 2 100 "$SMALL/aXXXXXX" fork { mkstemp "$SMALL/aXXXXXX" } wait others exit 7
		done
	done
}

@test "RLIMIT_NOFILE from 3 to 12, soft and hard: as without, and no descriptor is left open" {
	local n kind

	need prlimit
	NAMESPACE=()
	for n in 3 4 5 6 7 8 9 10 11 12; do
		for kind in "$n:" "$n"; do
			copes : "prlimit --nofile=$kind" "$PROBE" "${MAKING[@]}"
		done
	done
	echo "${SAID_ONCE-}" | sort | uniq -c
}

@test "RLIMIT_NPROC: no process for a janitor is no reason for anything" {
	local n

	need prlimit setpriv
	NAMESPACE=()
	cp "$PROBE" "$WORK/probe"
	cp "$SHIM" "$BUILD/tmpguard-janitor" "$WORK"
	chmod 755 "$WORK"/{probe,libtmpguard.so,tmpguard-janitor} "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test"
	chmod 1777 "$SMALL"
	SHIM=$WORK/libtmpguard.so
	for n in 1 2 3 4; do
		copes : "setpriv --reuid=65533 --regid=65533 --clear-groups prlimit --nproc=$n" "$WORK/probe" \
			mkstemp "$SMALL/aXXXXXX" write text readback mkdtemp "$SMALL/aXXXXXX" tmpfile others exit 7
	done
	assert_equal "lines" "" "${SAID_ONCE-}"
}

@test "RLIMIT_AS: with any little memory the program runs as without, or not at all as without" {
	local k least=1000

	need prlimit
	NAMESPACE=()
	until (prlimit --as=$((least * 1024)) "$PROBE" mkstemp "$SMALL/aXXXXXX" unlink exit 7; [ $? = 7 ]) >/dev/null 2>&1; do
		least=$((least + 100))
		[ "$least" -lt 100000 ] || fail "no memory is enough" || return
	done
	for k in 300 400 500 600 700 800 1000 1500 2000; do
		copes : "prlimit --as=$(((least + k) * 1024))" "$PROBE" mkstemp "$SMALL/aXXXXXX" write text readback \
			mkdtemp "$SMALL/aXXXXXX" others exit 7
	done
}
