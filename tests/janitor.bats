#!/usr/bin/env bats
# janitor.bats: who cleans up after a killed program: not to be seen by the program, not to be killed
# with it, small, soon; and what happens without it. DESIGN 4 and 11.
#
# That a program sees no descriptor, child, signal or variable of it is also in invisible.bats; that
# all is gone after each way to die, in ends.bats; after run was killed with and without its
# command, in nested.bats and below.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034,SC2154 # braces; scripts; bats' variables
load helper

setup() {
	begin_test
	make_bystanders
	RUN_OPTIONS=(-q)
	GUEST=$PROBES/guest
}

# Starts a guest, in a group and POSIX session of its own: its pid is in PID, its janitor's in JANITOR.
start_guest() {
	rm -f "$WORK/path"
	start setsid env LD_PRELOAD="$SHIM" "$GUEST" make "$T" "$WORK/path" pause
	wait_until_there "$WORK/path"
	wait_until "$SOON" has_janitor || fail "no janitor"
	JANITOR=$(janitor_pids)
}

stat_of() { # PID FIELD: as proc(5) counts; of what comes after the name
	cut -d' ' -f$(($2 - 2)) <<<"$(sed 's/^.*) //' "/proc/$1/stat")"
}

@test "no way to wait for children finds it, and no SIGCHLD comes, whatever is made of that" {
	local word plainly

	for word in catch nocldwait; do
		plainly=$("$GUEST" $word waits told)
		[[ $plainly == *"__WALL: No child processes"*"children: 0" ]] || fail "$plainly"
		run -0 env LD_PRELOAD="$SHIM" "$GUEST" $word make "$T" "$WORK/path" waits told
		assert_equal "$word" "$plainly" "$output"
		run -0 guarded "$GUEST" $word make "$T" "$WORK/path" waits told
		assert_equal "$word under run" "$plainly" "$output"
	done
	wait_until_only_bystanders
}

@test "it has no environment, no descriptor but its own two, no controlling terminal, nobody's group" {
	start_guest
	assert_equal "environment" "" "$(tr '\0' '\n' <"/proc/$JANITOR/environ")"
	run grep -F libtmpguard "/proc/$JANITOR/maps"
	assert_equal "preloads" "" "$output"
	assert_equal "descriptors" "$(printf '%s\n' 'anon_inode:[pidfd]' "$TMPDIR/$BASE"/* | sort)" \
		"$(find "/proc/$JANITOR/fd" -type l -printf '%l\n' | sort)"
	assert_equal "group, session, terminal" "$JANITOR $JANITOR 0" \
		"$(stat_of "$JANITOR" 5) $(stat_of "$JANITOR" 6) $(stat_of "$JANITOR" 7)"
	[ "$(stat_of "$JANITOR" 4)" != "$PID" ]
	kill -KILL "$PID"
	wait_until_only_bystanders
}

# start_with N WAY: N files, bare or under run; all its processes are the group of PID.
start_with() {
	local way=(env "LD_PRELOAD=$SHIM")

	[ "$2" = bare ] || way=("$TMPGUARD" run -q --)
	rm -f "$WORK/path"
	start setsid "${way[@]}" "$GUEST" many "$T" "$1" make "$T" "$WORK/path" pause
	wait_until_there "$WORK/path"
	wait_until "$SOON" has_janitor || fail "no janitor"
	JANITOR=$(janitor_pids)
}

# In KB. VmRSS in status is counted roughly.
resident() { # PID
	sed -n 's/^Rss: *\([0-9]*\) kB/\1/p' "/proc/$1/smaps_rollup" 2>/dev/null || true
}

# 52 to 60 most of the time; the kernel maps what of its code it has at hand, and that is 45 KB.
@test "while it waits it has at most 40 KB resident, bare and under run, with one file and with 3,000" {
	local way n size

	for way in bare run; do
		for n in 0 2999; do
			start_with "$n" "$way"
			sleep 0.2 # it is at rest
			size=$(resident "$JANITOR")
			echo "# janitor, $way, $((n + 1)) files: $size KB resident" >&3
			[[ $size -gt 0 && $size -le 40 ]] || fail "$size KB" || return
			kill -KILL -- "-$PID"
			wait_until_only_bystanders "$BOUND"
		done
	done
}

# Its code alone is 45 KB; a window on the journal is 64 KB.
@test "while it cleans it has at most 160 KB resident, however many files there are" {
	local way size peak

	need strace
	for way in bare run; do
		start_with 2999 "$way"
		# Slowly enough to be looked at.
		start strace -qq -o /dev/null -p "$JANITOR" -e trace=unlinkat -e inject=unlinkat:delay_exit=2000:when=1+20
		wait_until "$SOON" grep -q '^TracerPid:[^0-9]*[1-9]' "/proc/$JANITOR/status"
		kill -KILL -- "-$(pgrep -f "$GUEST many $T" | head -n 1 | xargs ps -o pgid= -p | tr -d ' ')"
		peak=0
		while [ -e "/proc/$JANITOR" ]; do
			size=$(resident "$JANITOR")
			[ "${size:-0}" -le "$peak" ] || peak=$size
		done
		echo "# janitor, $way, 3,000 files: $peak KB at most" >&3
		[[ $peak -gt 60 && $peak -le 160 ]] || fail "$peak KB" || return
		wait_until_only_bystanders
	done
}

@test "it outlives what ends a terminal's programs, and cleans when the program is killed" {
	local signal

	start_guest
	for signal in HUP INT TERM QUIT; do
		kill -"$signal" "$JANITOR"
	done
	assert_stays kill -0 "$JANITOR"
	kill -KILL -- "-$PID" # the group
	wait_until_only_bystanders
	wait_until "$SOON" no_janitor
}

@test "it outlives its program's terminal" {
	need python3
	run -0 python3 -c '
import os, pty, sys, time
pid, master = pty.fork()
if pid == 0:
    os.execvpe(sys.argv[1], sys.argv[1:], dict(os.environ, LD_PRELOAD=os.environ["SHIM"]))
while not os.path.exists(os.environ["WORK"] + "/path"): time.sleep(0.01)
os.close(master)
print(os.WTERMSIG(os.waitpid(pid, 0)[1]))' "$GUEST" make "$T" "$WORK/path" pause
	assert_equal "the signal it died by" 1 "$output"
	wait_until_only_bystanders
}

@test "when run is killed its janitor waits for the command, and cleans then" {
	start "$TMPGUARD" run -q -- bash -c 'echo "$PPID $$" >"$WORK/pids.new"; mktemp >"$WORK/path"
		mv "$WORK/pids.new" "$WORK/pids"; read -r _ <"$WORK/fifo"'
	mkfifo "$WORK/fifo"
	wait_until_there "$WORK/pids"
	read -r RUN COMMAND <"$WORK/pids"
	kill -KILL "$RUN"
	assert_stays exists "$(cat "$WORK/path")"
	kill -KILL "$COMMAND"
	wait_until_only_bystanders
	wait_until "$SOON" no_janitor
}

# On an idle machine the median is well below a millisecond. On a loaded one a single time says
# nothing: the promised 50 ms are asked of the median.
assert_soon_gone() { # WHAT SHIM FILES CMD...
	local median p99 worst

	run -0 "$PROBES/latency" "$2" "$TMPDIR/aEmPtYd" 50 "$3" "${@:4}" many "$TMPDIR/aEmPtYd/bXXXXXX" "$3" pause
	read -r median p99 worst <<<"$output"
	echo "# janitor, $1, $3 files: gone $median us after the kill (median of 50), $p99 us (99th percentile), $worst us at worst" >&3
	[ "$median" -lt 50000 ] || fail "$1: $output" || return
	[ "$worst" -lt $((SOON * 1000000)) ] || fail "$1: $output" || return
	assert_empty_soon
}

assert_empty_soon() {
	wait_until "$SOON" assert_empty "$TMPDIR/aEmPtYd" 2>/dev/null || assert_empty "$TMPDIR/aEmPtYd"
}

@test "the files of a killed program are gone within 50 ms, bare, and when run is killed with it" {
	local n

	mkdir "$TMPDIR/aEmPtYd"
	declare_left aEmPtYd
	for n in 1 10; do
		assert_soon_gone bare "$SHIM" "$n" "$GUEST" || return
		assert_soon_gone "run killed" - "$n" "$TMPGUARD" run -q -- "$GUEST" || return
	done
}

# ---- without it

# Killed, the program leaves its file, for nobody is there to clean.
leave_without() { # CMD... that runs the guest with the words before its own
	run -137 --separate-stderr env LD_PRELOAD="$WITHOUT" "$@" make "$T" "$WORK/path" die
	assert_stays exists "$(cat "$WORK/path")" || fail "killed: $*" || return
	wait_until "$SOON" no_janitor || fail "there is a janitor: $*"
}

# The program works; in order nothing is left; killed, its file is there until the next session
# ends, which has no janitor either, or, one with a janitor, begins.
assert_without() { # CMD...
	run -7 --separate-stderr env LD_PRELOAD="$WITHOUT" "$@" make "$T" "$WORK/path" exit 7
	wait_until_only_bystanders || fail "in order: $*" || return
	leave_without "$@" || return
	run -7 --separate-stderr env LD_PRELOAD="$WITHOUT" "$@" make "$T" "$WORK/path" exit 7
	assert_only_bystanders || fail "reclaimed without a janitor: $*" || return
	leave_without "$@" || return
	shimmed "$PROBE" quiet mkstemp "$T" exit 0
	wait_until_only_bystanders || fail "reclaimed: $*"
}

@test "where it lies nowhere, or may not be run, the next session cleans up after a killed program" {
	local mode

	mkdir "$WORK/alone"
	cp "$SHIM" "$TMPGUARD" "$WORK/alone"
	WITHOUT=$WORK/alone/libtmpguard.so assert_without "$GUEST"
	for mode in 000 644; do
		echo "no program" >"$WORK/alone/tmpguard-janitor"
		chmod "$mode" "$WORK/alone/tmpguard-janitor"
		WITHOUT=$WORK/alone/libtmpguard.so assert_without "$GUEST"
		WITHOUT=$WORK/alone/libtmpguard.so leave_without "$GUEST"
		"$WORK/alone/tmpguard" run -q -- "$GUEST" make "$T" "$WORK/path" exit 0
		assert_only_bystanders || fail "reclaimed by run" || return
	done
}

@test "a session that has a janitor leaves the work to it: its program does not look for others" {
	local way

	need strace
	for way in "-E LD_PRELOAD=$SHIM" "$TMPGUARD run -q --"; do
		mkdir -p "$TMPDIR/$BASE/AbCdEf"
		chmod 700 "$TMPDIR/$BASE" "$TMPDIR/$BASE/AbCdEf"
		exec 7<"$TMPDIR/$BASE/AbCdEf"
		flock -s 7
		# shellcheck disable=SC2086 # words
		strace -f -o "$WORK/calls" $way "$GUEST" make "$T" "$WORK/path" exit 0
		! grep -v "^$(sed -n 's|^\([0-9]*\) execve(.*tmpguard-janitor".*= 0$|\1|p' "$WORK/calls") " \
			"$WORK/calls" | grep -v "clone" | grep AbCdEf || fail "it looked"
		exec 7<&-
		rm -rf "${TMPDIR:?}/$BASE"
	done
}

@test "where no process can be made, or no program run, likewise" {
	WITHOUT=$SHIM assert_without "$GUEST" deny clone
	WITHOUT=$SHIM assert_without "$GUEST" deny execve
}

@test "where the user has no process left, likewise" {
	[ "$(id -u)" = 0 ] || skip "only root can become a user that has no processes"
	need prlimit
	chmod 755 "$TMPDIR"
	mkdir -m 1777 "$TMPDIR/own" "$TMPDIR/told"
	mkdir -m 755 "$TMPDIR/copies"
	declare_left own told copies
	cp "$SHIM" "$BUILD/tmpguard-janitor" "$GUEST" "$TMPDIR/copies"
	chmod 755 "$TMPDIR/copies"/*
	unprivileged prlimit --nproc=1:1 env TMPDIR="$TMPDIR/own" LD_PRELOAD="$TMPDIR/copies/libtmpguard.so" \
		"$TMPDIR/copies/guest" make "$TMPDIR/own/aXXXXXX" "$TMPDIR/told/path" exit 0
	wait_until "$SOON" assert_empty "$TMPDIR/own" 2>/dev/null || assert_empty "$TMPDIR/own"
	run unprivileged prlimit --nproc=1:1 env TMPDIR="$TMPDIR/own" \
		LD_PRELOAD="$TMPDIR/copies/libtmpguard.so" "$TMPDIR/copies/guest" \
		make "$TMPDIR/own/aXXXXXX" "$TMPDIR/told/path" die
	assert_stays exists "$(cat "$TMPDIR/told/path")"
	unprivileged prlimit --nproc=1:1 env TMPDIR="$TMPDIR/own" LD_PRELOAD="$TMPDIR/copies/libtmpguard.so" \
		"$TMPDIR/copies/guest" make "$TMPDIR/own/aXXXXXX" "$TMPDIR/told/path" exit 0
	wait_until "$SOON" assert_empty "$TMPDIR/own" 2>/dev/null || assert_empty "$TMPDIR/own"
}

@test "without pidfds it finds out all the same" {
	local next

	run -137 --separate-stderr env LD_PRELOAD="$SHIM" "$GUEST" deny pidfd_open make "$T" "$WORK/path" die
	wait_until_only_bystanders 10
	mkdir "$WORK/alone"
	cp "$SHIM" "$WORK/alone"
	for next in "env LD_PRELOAD=$SHIM $GUEST deny pidfd_open" "$TMPGUARD run -q -- $GUEST deny pidfd_open"; do
		WITHOUT=$WORK/alone/libtmpguard.so leave_without "$GUEST"
		$next make "$T" "$WORK/path" exit 0
		wait_until_only_bystanders 10 || fail "reclaimed: $next" || return
	done
}

@test "where there is no procfs the program works, and nothing is left in the end" {
	[ "$(id -u)" = 0 ] || skip "only root can mount"
	need unshare
	run -7 --separate-stderr unshare -m bash -c 'mount -t tmpfs none /proc && exec "$@"' bash \
		env LD_PRELOAD="$SHIM" "$GUEST" make "$T" "$WORK/path" exit 7
	wait_until_only_bystanders
	run -137 --separate-stderr unshare -m bash -c 'mount -t tmpfs none /proc && exec "$@"' bash \
		env LD_PRELOAD="$SHIM" "$GUEST" make "$T" "$WORK/path" die
	wait_until "$SOON" no_janitor
	shimmed "$PROBE" quiet mkstemp "$T" exit 0
	wait_until_only_bystanders
}

NO_PROCFS=(unshare -m bash -c 'mount -t tmpfs none /proc && exec "$@"' bash)

@test "without procfs and without a janitor: the next session reclaims, bare and under run" {
	local next

	[ "$(id -u)" = 0 ] || skip "only root can mount"
	need unshare
	mkdir "$WORK/alone"
	cp "$SHIM" "$TMPGUARD" "$WORK/alone"
	# A program that has run others might have left one that nobody could tell without procfs.
	for next in "env LD_PRELOAD=$WORK/alone/libtmpguard.so" "$WORK/alone/tmpguard run -q --" \
		"env LD_PRELOAD=$SHIM" "$TMPGUARD run -q --"; do
		run -137 --separate-stderr "${NO_PROCFS[@]}" env LD_PRELOAD="$WORK/alone/libtmpguard.so" \
			"$GUEST" make "$T" "$WORK/path" die
		assert_stays exists "$(cat "$WORK/path")" || return
		# shellcheck disable=SC2086 # words
		"${NO_PROCFS[@]}" $next "$GUEST" make "$T" "$WORK/path" exit 0
		wait_until_only_bystanders || fail "reclaimed: $next" || return
	done
}

@test "run without procfs: found by its path and in PATH, it cleans, and ends as its command" {
	[ "$(id -u)" = 0 ] || skip "only root can mount"
	need unshare
	cd "$BUILD"
	for name in "$TMPGUARD" ./tmpguard tmpguard; do
		PATH=$BUILD:$PATH run -4 --separate-stderr "${NO_PROCFS[@]}" "$name" run -- sh -c '
			echo >"$(mktemp)"; : >"$TMPDIR/plain"; (mktemp -d) & wait; exit 4'
		[[ $stderr == *"SUMMARY: 3 left behind"* ]] || fail "$stderr"
		assert_only_bystanders
	done
	# Who lingers keeps its file; that it ends is seen by its lock.
	"${NO_PROCFS[@]}" "$TMPGUARD" run -q -- sh -c 'mktemp >"$0/path"
		sh -c ": >\"\$0/up\"; until [ -e \"\$0/go\" ]; do sleep 0.02; done" "$0" &' "$WORK" 3>&-
	assert_stays exists "$(cat "$WORK/path")"
	touch "$WORK/go"
	wait_until_only_bystanders 10
}

@test "run says where it has looked for its library" {
	mkdir "$WORK/alone"
	cp "$TMPGUARD" "$WORK/alone"
	run -125 --separate-stderr "$WORK/alone/tmpguard" run -- true
	[[ $stderr == "tmpguard: libtmpguard.so: not found in $WORK/alone/, "* ]] || fail "$stderr"
}
