#!/usr/bin/env bats
# reclaim.bats: everything of a session is killed at once, and the next session in that place
# removes what it left, if the session is proven dead. DESIGN 4, 11.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034,SC2154 # scripts; bats' variables
load helper

setup() {
	begin_test
	declare_left "$BASE"
}

# Leaves a dead session behind: a file, a tree and a fork's file, with nobody alive. In FILES what it
# made. WAY is shimmed or guarded.
leave_dead() { # WAY
	local pids

	rm -f "$WORK/ready"
	start "$1" "$PROBE" quiet mkstemp "$T" print mkdtemp "$T" print populate \
		fork { mkstemp "$T" print touch "$WORK/ready" pause } pause >"$WORK/made"
	wait_until_there "$WORK/ready"
	mapfile -t FILES <"$WORK/made"
	mapfile -t pids < <(janitor_pids; session_pids)
	kill -KILL "${pids[@]}"
	wait_until "$SOON" no_janitor
	[ "${#FILES[@]}" = 3 ] || fail "not what was meant: ${FILES[*]}"
	assert_exists "${FILES[@]}"
}

# The processes with this test's TMPDIR in their environment, but for the test itself.
session_pids() {
	local pid

	for pid in $(pgrep -f "$PROBE|$TMPGUARD" || true); do
		! grep -qzF "$TMPDIR" "/proc/$pid/environ" 2>/dev/null || [ "$pid" = $$ ] || echo "$pid"
	done
}

sessions() {
	find "$TMPDIR/$BASE" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l
}

no_sessions() {
	[ "$(sessions)" = 0 ]
}

@test "all are killed at once: the next session in that place removes what was left" {
	local way next

	for way in shimmed guarded; do
		for next in shimmed guarded; do
			make_bystanders
			leave_dead "$way"
			"$next" "$PROBE" quiet mkstemp "$T" fork { exit 0 } wait
			wait_until "$SOON" no_sessions || fail "$way, $next: a session stays"
			assert_missing "${FILES[@]}" "$TMPDIR/$BASE"
			assert_only_bystanders
			rm -rf "${TMPDIR:?}"/*
		done
	done
}

@test "several at once, and several who come: each goes once, and the living stay" {
	local i

	for i in 1 2 3 4 5; do
		leave_dead shimmed
	done
	start shimmed "$PROBE" quiet mkstemp "$T" print-to "$WORK/alive" touch "$WORK/up" \
		wait-for "$WORK/go" exit 0
	wait_until_there "$WORK/up"
	for i in 1 2 3 4 5 6; do
		start shimmed "$PROBE" quiet mkstemp "$T" fork { exit 0 } wait
	done
	wait_until "$SOON" eval '[ "$(sessions)" = 1 ]' || fail "$(ls "$TMPDIR/$BASE")"
	assert_stays assert_exists "$(cat "$WORK/alive")"
	touch "$WORK/go"
	wait_until "$SOON" no_sessions
	assert_left 0
}

@test "what is to be kept is kept by the next session, too, and what was kept is not touched" {
	export TMPGUARD_PERSIST='*keep*'
	T=$TMPDIR/keepXXXXXX leave_dead shimmed
	unset TMPGUARD_PERSIST
	shimmed "$PROBE" quiet mkstemp "$T" fork { exit 0 } wait
	wait_until "$SOON" eval '[ -e "$(echo "$TMPDIR/$BASE"/*/kept)" ]'
	shimmed "$PROBE" quiet mkstemp "$T" fork { exit 0 } wait
	assert_stays assert_exists "${FILES[@]}"
	"$TMPGUARD" reap --kept "$TMPDIR"
	assert_missing "${FILES[@]}"
}

@test "the dead session's report is written by who reclaims it" {
	export TMPGUARD_REPORT=$WORK/%p.jsonl
	leave_dead shimmed
	unset TMPGUARD_REPORT
	shimmed "$PROBE" quiet mkstemp "$T"
	wait_until "$SOON" grep -q '"type":"summary"' "$WORK"/*.jsonl
	[ "$(grep -c '"status":"leaked"' "$WORK"/*.jsonl)" = 3 ]
}

# with_origin SED: changes what the dead session says of where it began.
with_origin() {
	sed -i "2$1" "$TMPDIR/$BASE"/*/lock
}

@test "another boot of this machine: dead, without asking its lock or its processes" {
	local pid

	leave_dead shimmed
	with_origin 's/^[0-9a-f]*/00000000/'
	# Numbers of its table that are alive now are somebody else's.
	exec 7<"$(echo "$TMPDIR/$BASE"/*/lock)"
	shimmed "$PROBE" quiet mkstemp "$T"
	wait_until "$SOON" no_sessions || fail "it stays"
	assert_missing "${FILES[@]}"
	exec 7<&-
}

@test "another machine, and an origin that nobody understands: never touched" {
	local change

	for change in 's/^[0-9a-f]*-/00000000-/; 2s/ [0-9]* / 1 /' 's/.*//' 's/$/ more/' 's/ .*//' 's/^./x/' d; do
		leave_dead shimmed
		with_origin "$change"
		shimmed "$PROBE" quiet mkstemp "$T" fork { exit 0 } wait
		assert_stays assert_exists "${FILES[@]}" || return
		"$TMPGUARD" reap "$TMPDIR" 2>"$WORK/said" && fail "$change: reap said nothing"
		assert_exists "${FILES[@]}"
		rm -rf "${TMPDIR:?}"/a* "${TMPDIR:?}/$BASE"
	done
}

# on_host WORD... CMD: where hostname, machine and boot are others, as far as the words say so.
on_host() {
	unshare --mount --uts --propagation private bash -c '
		for ((; $# > 0; )); do
			case $1 in
			name) hostname other.example ;;
			machine) [ ! -e /etc/machine-id ] || mount --bind "$WORK/machine" /etc/machine-id ;;
			boot) mount --bind "$WORK/boot" /proc/sys/kernel/random/boot_id ;;
			*) break ;;
			esac || exit 77
			shift
		done
		exec "$@"' bash "$@"
}

@test "seen from another host, a session stays and is named; another name under one kernel is no other host" {
	need unshare
	[ "$(id -u)" = 0 ] || skip "namespaces take root here"
	echo 0123456789abcdef0123456789abcdef >"$WORK/machine"
	echo 01234567-89ab-cdef-0123-456789abcdef >"$WORK/boot"
	leave_dead shimmed
	for other in "name boot" "machine boot" "name machine boot"; do
		[[ $other != "machine boot" || -e /etc/machine-id ]] || continue
		# shellcheck disable=SC2086 # words
		run -1 --separate-stderr on_host $other "$TMPGUARD" reap "$TMPDIR"
		[[ $stderr == *"another machine"* ]] || fail "$other: $stderr" || return
		# shellcheck disable=SC2086 # words
		on_host $other env LD_PRELOAD="$SHIM" PROBE_EXPECT=shim "$PROBE" quiet mkstemp "$T" fork { exit 0 } wait
		assert_stays assert_exists "${FILES[@]}" || return
	done
	on_host name machine env LD_PRELOAD="$SHIM" PROBE_EXPECT=shim "$PROBE" quiet mkstemp "$T"
	wait_until "$SOON" no_sessions || fail "it stays under its own kernel"
	assert_left 0
	# The same machine after its next boot.
	leave_dead shimmed
	on_host boot env LD_PRELOAD="$SHIM" PROBE_EXPECT=shim "$PROBE" quiet mkstemp "$T"
	wait_until "$SOON" no_sessions || fail "it stays after a boot"
	assert_left 0
}

@test "under one kernel, another pid namespace: its lock counts, and its members while they may live" {
	need unshare
	[ "$(id -u)" = 0 ] || skip "namespaces take root here"
	# Begun first: a namespace gets the number of one that has ended, whose processes are then dead.
	start timeout -k 1 "$BOUND" unshare --fork --pid --kill-child --mount-proc sh -c '
		until [ -e "$WORK/look" ]; do sleep 0.01; done; "$1" reap "$TMPDIR" 2>"$WORK/said"' sh "$TMPGUARD"
	# All of it ends with its init, the janitor too. In the table of members there is somebody.
	timeout -k 1 "$BOUND" unshare --fork --pid --kill-child --mount-proc sh -c '
		PROBE_EXPECT=shim LD_PRELOAD=$SHIM "$PROBE" quiet mkstemp "$T" fork { mkstemp "$T" execv { return 0 } } wait \
			touch "$WORK/ready" pause >"$WORK/out" 2>&1 &
		until [ -e "$WORK/ready" ]; do sleep 0.01; done; exit 0'
	[[ $(sessions) = 1 && $(count_left) = 2 && -s $(echo "$TMPDIR/$BASE"/*/members) ]] ||
		fail "not what was meant: $(find "$TMPDIR"; cat "$WORK/out")" || return
	# In a namespace that does not see the processes of that one, they may live.
	touch "$WORK/look"
	! wait "$PID" || fail "reaped by who cannot see them" || return
	grep -q "another pid namespace" "$WORK/said"
	assert_left 2
	# Whoever sees all processes knows that they are dead.
	if [ "$(readlink /proc/self/ns/pid)" = "pid:[4026531836]" ]; then
		shimmed "$PROBE" quiet mkstemp "$T"
		wait_until "$SOON" no_sessions || fail "it stays: $("$TMPGUARD" ls "$TMPDIR")"
		assert_left 0
	else
		rm -rf "${TMPDIR:?}"/a??????
	fi
}

@test "a session's name that outlived all of it: who inherits it begins a session of its own" {
	local name

	leave_dead shimmed
	name=$(echo "$TMPDIR/$BASE"/*)
	sleep 1.1 # a janitor might be about to come to a younger one
	TMPGUARD_SESSION=1999999:$name shimmed "$PROBE" quiet mkstemp "$T" print fork { exit 0 } wait \
		>"$WORK/said"
	wait_until "$SOON" no_sessions || fail "a session stays"
	assert_missing "$(head -n 1 "$WORK/said")" "${FILES[@]}"
}

# A container like docker's: pids, mounts, /proc and /dev/shm of its own, and a disk that is an
# overlay, DISK, kept when it is started again. Everything in it dies with the script, its init.
container() { # SCRIPT
	timeout -k 1 "$BOUND" unshare --mount --pid --fork --mount-proc --propagation private \
		env PROBE_EXPECT=shim DISK="$WORK/disk" GO="$WORK/go" sh -c '
		mount -t tmpfs none /dev/shm || exit 77
		[ -z "$DEVICES" ] || mount -t tmpfs none /mnt || exit 77 # takes a device number
		mount -t overlay overlay "$DISK/merged" \
			-o "lowerdir=$DISK/lower,upperdir=$DISK/upper,workdir=$DISK/work" || exit 77
		export TMPDIR=$DISK/merged/tmp
		'"$1" "${@:2}"
}

@test "a container is killed and started again: what it left on its overlay goes, whatever its device is now" {
	local status=0

	need unshare
	[ "$(id -u)" = 0 ] || skip "containers take root here"
	mkdir -p "$WORK"/disk/{lower/tmp,upper,work,merged}
	container 'LD_PRELOAD=$SHIM "$PROBE" quiet mkstemp "$TMPDIR/aXXXXXX" fork { mkstemp "$TMPDIR/aXXXXXX" \
		touch "$DISK/ready" pause } pause & until [ -e "$DISK/ready" ]; do sleep 0.01; done; exit 0' || status=$?
	[ "$status" != 77 ] || skip "no overlay can be mounted here"
	[ "$(find "$WORK/disk/upper/tmp" -name 'a??????' | wc -l)" = 2 ] || fail "$(find "$WORK/disk/upper")"
	DEVICES="more" container 'LD_PRELOAD=$SHIM "$PROBE" quiet mkstemp "$TMPDIR/aXXXXXX"
		for i in $(seq 200); do [ -e "$TMPDIR/.tmpguard-0" ] || exit 0; sleep 0.02; done; exit 1' ||
		fail "it stays: $(find "$WORK/disk/upper")"
	assert_equal "what is left" "" "$(find "$WORK/disk/upper/tmp" -mindepth 1)"
}

@test "a sandbox in a container, with a /dev/shm of its own: what lives around it on the overlay stays" {
	local status=0

	need unshare
	[ "$(id -u)" = 0 ] || skip "containers take root here"
	mkdir -p "$WORK"/disk/{lower/tmp,upper,work,merged}
	container 'export TMPGUARD=$0; LD_PRELOAD=$SHIM "$PROBE" quiet mkstemp "$TMPDIR/aXXXXXX" print-to "$DISK/path" \
		fork { touch "$DISK/ready" wait-for "$DISK/go" exists @ } wait-for "$DISK/go" wait exists @ >"$DISK/said" &
		until [ -e "$DISK/ready" ]; do sleep 0.01; done
		unshare --mount --pid --fork --mount-proc sh -c "
			mount -t tmpfs none /dev/shm; LD_PRELOAD=\$SHIM \"\$PROBE\" quiet mkstemp \"\$TMPDIR/aXXXXXX\" fork { exit 0 } wait
			\"\$TMPGUARD\" reap \"\$TMPDIR\"; sleep 0.3"
		ls "$(cat "$DISK/path")"; touch "$DISK/go"; wait' "$TMPGUARD" || status=$?
	[ "$status" != 77 ] || skip "no overlay can be mounted here"
	assert_equal "what was seen" 2 "$(grep -c "exists: yes" "$WORK/disk/said")"
}

@test "two containers with one directory between them: neither touches what the other uses" {
	need unshare
	[ "$(id -u)" = 0 ] || skip "containers take root here"
	start timeout -k 1 "$BOUND" unshare --mount --pid --fork --mount-proc env PROBE_EXPECT=shim LD_PRELOAD="$SHIM" \
		"$PROBE" quiet mkstemp "$T" print-to "$WORK/theirs" fork { pause } touch "$WORK/ready" wait-for "$WORK/go"
	wait_until_there "$WORK/ready"
	timeout -k 1 "$BOUND" unshare --mount --pid --fork --mount-proc sh -c '
		PROBE_EXPECT=shim LD_PRELOAD="$SHIM" "$PROBE" quiet mkstemp "$T"; "$1" reap "$TMPDIR"; sleep 0.2' \
		sh "$TMPGUARD"
	assert_exists "$(cat "$WORK/theirs")"
	touch "$WORK/go" # as init it has no janitor, and takes its child along
	wait "$PID" || true
	shimmed "$PROBE" quiet mkstemp "$T"
	wait_until "$SOON" no_sessions || fail "$("$TMPGUARD" ls "$TMPDIR")"
	assert_left 0
}

# How many system calls a program makes with the shim, and `run` itself with a command.
calls_of() { # bare | run
	case $1 in
	bare) strace -o "$WORK/calls" -E LD_PRELOAD="$SHIM" -E PROBE_EXPECT=shim "$PROBE" quiet mkstemp "$T" ;;
	run) strace -o "$WORK/calls" "$TMPGUARD" run -q -- "$PROBE" quiet mkstemp "$T" ;;
	esac >/dev/null
	# How often `run` looks while its command ends is chance, and how many processes there are.
	grep -cvE '^(rt_sigtimedwait|wait4|waitid|clock_nanosleep|ppoll|getpid)\(|^---|/proc/' "$WORK/calls"
}

# Dead sessions, without the detour over killing a janitor: N of them with FILES files each.
leave_many() { # N FILES
	local i

	mkdir -p "$WORK/alone"
	cp "$SHIM" "$WORK/alone"
	for ((i = 0; i < $1; i++)); do
		env LD_PRELOAD="$WORK/alone/libtmpguard.so" "$PROBES/guest" many "$T" "$2" die || true
	done 2>/dev/null
	[[ $(sessions) = "$1" && $(count_left) = $(($1 * $2)) ]] ||
		fail "not what was meant: $(sessions) sessions, $(count_left) files"
}

assert_no_work() { # WHAT LEAVER...: for who starts, bare and as `run`
	local way before after
	local -A more=([bare]=4 [run]=20) # for tmpguard's directory is there, and of chance

	for way in bare run; do
		before=$(calls_of "$way")
		"${@:2}" || return
		after=$(calls_of "$way")
		echo "# $1, $way: $after system calls instead of $before" >&3
		[ "$after" -le $((before + more[$way])) ] || fail "$1, $way: $after system calls instead of $before" || return
		wait_until "$BOUND" no_sessions || fail "they stay" || return
		assert_left 0 || return
	done
}

leave_one_with_many() {
	leave_dead shimmed
	mkdir "${FILES[1]}/many"
	(cd "${FILES[1]}/many" && seq 10000 | xargs touch)
}

@test "ten thousand dead files in one directory are no work for who starts" {
	need strace
	assert_no_work "10,000 files in a directory" leave_one_with_many
}

@test "ten thousand dead files with a record each are no work for who starts" {
	need strace
	assert_no_work "10,000 files with a record each" leave_many 1 10000
}

@test "two hundred dead sessions are no work for who starts" {
	need strace
	assert_no_work "200 sessions of 10 files" leave_many 200 10
}

@test "killed before it had a lock: the next session removes the empty directory, and so does reap" {
	local next

	for next in "shimmed $PROBE quiet mkstemp $T" "$TMPGUARD reap $TMPDIR"; do
		run -0 "$KILLAT" 1 --wait --all --janitors --kill-on linkat --preload "$SHIM" -- \
			"$PROBE" quiet mkstemp "$T"
		[ "$(sessions)" = 1 ]
		[ -z "$(find "$TMPDIR/$BASE" -mindepth 2)" ] || fail "killed too late"
		$next
		wait_until "$SOON" missing "$TMPDIR/$BASE" || fail "it stays: $next"
	done
}

@test "a session that is being made is held by its directory: reclaimers leave it alone as long" {
	mkdir -m 700 "$TMPDIR/$BASE" "$TMPDIR/$BASE/AbCdEf"
	exec 7<"$TMPDIR/$BASE/AbCdEf"
	flock -s 7
	"$TMPGUARD" reap "$TMPDIR"
	shimmed "$PROBE" quiet mkstemp "$T"
	assert_stays assert_exists "$TMPDIR/$BASE/AbCdEf"
	exec 7<&-
	"$TMPGUARD" reap "$TMPDIR"
	assert_missing "$TMPDIR/$BASE"
}

# ---- through another path than the one it was made under: what cannot be found is not gone

PIDS_OF_ITS_OWN=(--pid --fork --mount-proc)

# volume SCRIPT [ARG...]: in a container whose volume, /mnt/t, is this test's TMPDIR outside, and
# where that path leads to nothing.
volume() {
	need unshare
	[ "$(id -u)" = 0 ] || skip "containers take root here"
	timeout -k 1 "$BOUND" unshare --mount "${PIDS_OF_ITS_OWN[@]}" --propagation private \
		env PROBE_EXPECT=shim OUTSIDE="$TMPDIR" sh -c '
		exec 9<"$OUTSIDE"
		mount -t tmpfs none /mnt && mkdir "/mnt/$0" && mount --bind /proc/self/fd/9 "/mnt/$0" || exit 77
		exec 9<&-
		mount -t tmpfs none /tmp
		export TMPDIR=/mnt/$0
		'"$1" "${@:2}"
}

# A session of a container's that is killed with all of it: a file and a directory.
leave_in_volume() { # NAME-OF-VOLUME
	volume 'LD_PRELOAD=$SHIM "$PROBE" quiet mkstemp "$TMPDIR/aXXXXXX" fork { mkdtemp "$TMPDIR/aXXXXXX" touch "$TMPDIR/ready" pause } pause &
		until [ -e "$TMPDIR/ready" ]; do sleep 0.01; done; rm "$TMPDIR/ready"; exit 0' "$@"
	mapfile -t FILES < <(find "$TMPDIR" -maxdepth 1 -name 'a??????')
	[ "${#FILES[@]}" = 2 ] || fail "not what was meant: ${FILES[*]}"
}

# Neither by hand nor by the next session; and it is named.
assert_left_alone() {
	run -1 --separate-stderr "$TMPGUARD" reap "$TMPDIR"
	[[ $stderr == *"$BASE/"* ]] || fail "reap named none: $stderr" || return
	run -0 "$TMPGUARD" ls "$TMPDIR"
	[[ $output == *$'\n'unclear* ]] || fail "ls: $output" || return
	shimmed "$PROBE" quiet mkstemp "$T" fork { exit 0 } wait
	assert_stays assert_exists "${FILES[@]}" || return
	[ "$(sessions)" = 1 ] || fail "its session is gone"
}

@test "a container's session, seen from outside under another path: left and named; the next container reclaims" {
	leave_in_volume t
	assert_left_alone
	volume 'LD_PRELOAD=$SHIM "$PROBE" quiet mkstemp "$TMPDIR/bXXXXXX" fork { exit 0 } wait; sleep 0.3' other
	assert_left_alone
	volume 'LD_PRELOAD=$SHIM "$PROBE" quiet mkstemp "$TMPDIR/bXXXXXX" fork { exit 0 } wait
		for i in $(seq 100); do [ -e "$TMPDIR/.tmpguard-0" ] || exit 0; sleep 0.02; done; exit 1' t ||
		fail "it stays: $(find "$TMPDIR")"
	assert_empty "$TMPDIR"
}

@test "what a container's session keeps by name stays, seen from outside, in its private TMPDIR too" {
	volume '"$1" run -q -- sh -c "echo wanted >\"\$TMPDIR/wanted\"; \"\$0\" persist \"\$TMPDIR/wanted\"
			touch /mnt/t/ready; sleep 60" "$1" &
		until [ -e "$TMPDIR/ready" ]; do sleep 0.01; done; rm "$TMPDIR/ready"; exit 0' t "$TMPGUARD"
	mapfile -t FILES < <(find "$TMPDIR/$BASE" -name wanted)
	[ "${#FILES[@]}" = 1 ]
	assert_left_alone
	PIDS_OF_ITS_OWN=() # `run` has written down its command as a process: it has to be looked for
	volume '"$1" reap "$TMPDIR"' t "$TMPGUARD"
	assert_content "${FILES[0]}" wanted
}

@test "TMPDIR is renamed after everything was killed: the next session and reap leave it, and back there it goes" {
	local was=$TMPDIR

	leave_dead shimmed
	mv "$was" "$was.moved"
	FILES=("${FILES[@]/#"$was"/"$was.moved"}")
	TMPDIR=$was.moved T=$was.moved/aXXXXXX assert_left_alone
	mv "$was.moved" "$was"
	"$TMPGUARD" reap "$was"
	assert_empty "$was"
}

@test "one path for TMPDIR, but a /tmp of the program's own: the session stays while /tmp is another" {
	need unshare nsenter
	[ "$(id -u)" = 0 ] || skip "namespaces take root here"
	PLACE=$(make_outside) # the other /tmp hides TMPDIR
	export PLACE
	start unshare --mount --propagation private sh -c '
		mount -t tmpfs none /tmp; touch "$PLACE/ready"; until [ -e "$PLACE/go" ]; do sleep 0.02; done'
	wait_until_there "$PLACE/ready"
	start nsenter --mount="/proc/$PID/ns/mnt" env TMPDIR="$PLACE" LD_PRELOAD="$SHIM" PROBE_EXPECT=shim \
		"$PROBE" quiet mkstemp /tmp/aXXXXXX touch "$PLACE/made" pause
	wait_until_there "$PLACE/made"
	kill -KILL "$(pgrep -f "tmpguard-janitor $PLACE/")" "$PID"
	rm "$PLACE"/{ready,made}
	run -1 --separate-stderr "$TMPGUARD" reap "$PLACE"
	[[ $stderr == *"$BASE/"* ]]
	run -0 "$TMPGUARD" ls "$PLACE"
	[[ $output == *$'\n'"unclear"* ]] || fail "$output"
	assert_exists "/proc/${STARTED[0]}/root/tmp"/a??????
	nsenter --mount="/proc/${STARTED[0]}/ns/mnt" "$TMPGUARD" reap "$PLACE"
	assert_empty "/proc/${STARTED[0]}/root/tmp"
	assert_empty "$PLACE"
	touch "$PLACE/go"
	wait "${STARTED[0]}"
	rm -r "$PLACE"
}
