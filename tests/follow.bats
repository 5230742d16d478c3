#!/usr/bin/env bats
# follow.bats: the session follows into whatever a program runs, by whichever call and with whatever
# environment, and the program's own environment is never touched. DESIGN 4 and 11.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034,SC2154 # braces; scripts; bats' variables
load helper

setup() {
	begin_test
	make_bystanders
	RUN_OPTIONS=(-q)
	FOREIGN=$PROBES/libotherpreload.so
	export FOREIGN
}

CALLS=(execve execv execvp execvpe execl execlp execle fexecve execveat posix_spawn posix_spawnp vfork
	system popen)
CASES=(keep clear null own foreign many unset disabled stays)

# follows CALL CASE [HOW]: is the shim to be in the program that is run?
follows() {
	case $2 in
	keep) true ;;
	disabled | stays) false ;;
	*) [[ $1 != popen && ${3:-1} == 1 ]] ;; # popen: a documented miss
	esac
}

# run_relative WAY CALL CASE [HOW]: HOW is TMPGUARD_FOLLOW. The program's file is there after it if
# the shim was not in it, and nothing else.
run_relative() {
	local want=loaded

	rm -f "$WORK"/{own,path}
	follows "$2" "$3" "${4:-}" || want="not loaded"
	[ -z "${4:-}" ] || local -x TMPGUARD_FOLLOW=$4
	hear "$1" "$RELATIVES" "$2" "$3" "$T" "$WORK/own" \
		"$PROBE" loaded quiet mkstemp "$T" print-to "$WORK/path"
	if [[ $2 == fexecve && $3 == null && $RELATIVES != *musl ]]; then # glibc refuses
		assert_equal "$*" "status 92" "$SAID" || return
		wait_until_only_bystanders
		return
	fi
	assert_equal "$*" "shim: $want"$'\n'"status 0" "$SAID" || return
	wait_until_gone "$(cat "$WORK/own")" || fail "$*" || return
	if [ "$want" = loaded ]; then
		wait_until_only_bystanders || fail "$*"
	else
		assert_exists "$(cat "$WORK/path")" || fail "$*" || return
		rm "$(cat "$WORK/path")"
		wait_until_only_bystanders || fail "$*"
	fi
}

assert_all_follow() { # WAY [HOW]
	local call case

	for call in "${CALLS[@]}"; do
		[[ $RELATIVES != *musl || $call != execveat ]] || continue # musl has none
		for case in "${CASES[@]}"; do
			run_relative "$1" "$call" "$case" "${@:2}" || return
		done
	done
}

@test "by whichever call, with whatever environment: the session follows, and environ stays as it is" {
	RELATIVES=$PROBES/relatives assert_all_follow shimmed
}

@test "under run, likewise" {
	RELATIVES=$PROBES/relatives assert_all_follow guarded
}

@test "in a musl program, likewise" {
	[ -e "$PROBES/relatives-musl" ] || skip "no musl-gcc here"
	RELATIVES=$PROBES/relatives-musl assert_all_follow shimmed
}

@test "TMPGUARD_FOLLOW=0 stops it" {
	RELATIVES=$PROBES/relatives assert_all_follow shimmed 0
}

# What a program that is run finds in its environment, in its order (a shell's is its own). Seven
# words, which execle needs there.
found() { # WAY CALL CASE
	"$1" "$PROBES/relatives" "$2" "$3" "$T" "$WORK/own" "$(command -v env)" -u not -u a -u name \
		>"$WORK/out" || return
	if [ "$2" = system ]; then sort "$WORK/out"; else cat "$WORK/out"; fi
}

# Without what is ours, and the PROBE_EXPECT that differs.
not_ours() {
	grep -vE '^(LD_PRELOAD|TMPGUARD_SESSION|PROBE_EXPECT|_)='
}

@test "what was given is found there, in its order; ours are added, or put before a foreign preload" {
	local call case want

	for call in "${CALLS[@]}"; do
		for case in own foreign many unset; do
			[ "$call" != popen ] || continue
			want=$(found plain "$call" "$case" | not_ours) || fail "$call $case"
			remove_left
			run -0 found shimmed "$call" "$case"
			assert_equal "$call $case" "$want" "$(not_ours <<<"$output")"
			assert_equal "$call $case: ours" 2 \
				"$(grep -cE '^(LD_PRELOAD|TMPGUARD_SESSION)=' <<<"$output")"
			want=$SHIM
			[ "$case" != foreign ] || want+=:$FOREIGN
			assert_output_has "LD_PRELOAD=$want"
			wait_until_only_bystanders
		done
	done
}

@test "system does what libc's does, to its caller and to its child, whatever the environment" {
	local program want case

	for program in shells shells-musl; do
		[ -e "$PROBES/$program" ] || continue
		hear plain "$PROBES/$program" keep
		want=$SAID
		[[ $want == *"exit 3: status 300"*"status 0" ]] || fail "$want"
		for case in keep clear unset; do
			hear plain "$PROBES/$program" "$case"
			assert_equal "$program $case plain" "$want" "$SAID"
			hear shimmed "$PROBES/$program" "$case"
			assert_equal "$program $case" "$want" "$SAID"
		done
	done
}

@test "what a program runs after it has put a filter on itself does nothing on our account" {
	local call

	for call in execv posix_spawn vfork system; do
		shimmed "$PROBE" quiet mkstemp "$T" print-to "$WORK/own" filter-nothing "$call" { \
			mkstemp "$T" print-to "$WORK/path" }
		wait_until_gone "$(cat "$WORK/own")" || fail "$call"
		assert_stays exists "$(cat "$WORK/path")" || fail "$call"
		rm "$(cat "$WORK/path")"
		wait_until_only_bystanders || fail "$call"
	done
}

@test "popen without the session: the child is a member while it lives, and its own files stay" {
	local word

	for word in clearenv "unsetenv LD_PRELOAD"; do
		rm -f "$WORK"/{go,ready,own,path}
		# shellcheck disable=SC2086 # words
		start shimmed "$PROBE" quiet mkstemp "$T" print-to "$WORK/own" pid-to "$WORK/pid" \
			unsetenv PROBE_EXPECT $word popen { closefrom 3 mkstemp "$T" print-to "$WORK/path" \
			touch "$WORK/ready" wait-for "$WORK/go" }
		wait_until_there "$WORK/ready"
		kill -KILL "$(cat "$WORK/pid")"
		assert_stays exists "$(cat "$WORK/own")" || fail "$word"
		touch "$WORK/go"
		wait_until_gone "$(cat "$WORK/own")" || fail "$word"
		wait_until "$SOON" no_janitor
		assert_exists "$(cat "$WORK/path")"
		rm "$(cat "$WORK/path")"
		wait_until_only_bystanders || fail "$word"
	done
}

# ---- the gap between exec and the new program's constructor

# Another session of the same user begins and ends all the time, and cleans what it takes for dead.
reclaim_all_the_time() {
	until [ -e "$WORK/stop" ]; do
		env LD_PRELOAD="$SHIM" "$PROBE" quiet mkstemp "$T" exit 0
	done
}

# assert_chain MODE PROGRAM...: the root is killed somewhere in the middle of it.
assert_chain() {
	local mode=$1 reclaimer own

	shift
	rm -f "$WORK"/{stop,lost,own}
	start reclaim_all_the_time
	reclaimer=$PID
	start env LD_PRELOAD="$SHIM" "$PROBE" quiet mkstemp "$T" print-to "$WORK/own" fork { \
		closefrom 3 program "$1" execv { "$mode" "$WORK/stop" "$WORK/lost" "$T" 0 % -- "$@" } } pause
	wait_until_there "$WORK/own"
	own=$(cat "$WORK/own")
	sleep "0.0$((RANDOM % 10))$((RANDOM % 10))"
	kill -KILL "$PID"
	sleep "0.$((RANDOM % 3 + 1))$((RANDOM % 10))"
	[ ! -e "$WORK/lost" ] || fail "$mode: lost: $(cat "$WORK/lost")" || return
	assert_exists "$own" || fail "$mode" || return
	touch "$WORK/stop"
	wait "$reclaimer"
	wait_until_gone "$own" || fail "$mode" || return
	wait_until_only_bystanders || fail "$mode" || return
	[ ! -e "$WORK/lost" ] || fail "$mode: lost: $(cat "$WORK/lost")" || return
}

# FOLLOW_ROUNDS=N: more of them.
assert_chains() {
	local mode round

	for ((round = 0; round < ${FOLLOW_ROUNDS:-2}; round++)); do
		for mode in exec vfork fork spawn system popen all; do
			assert_chain "$mode" "$@" || return
		done
	done
}

@test "a tight chain of programs loses no file, though its root dies and others clean: dynamic" {
	assert_chains "$PROBES/chain"
}

@test "likewise dynamic and static in turn" {
	assert_chains "$PROBES/chain" "$PROBES/chain-static"
}

@test "likewise static but for the first" {
	assert_chains "$PROBES/chain" "$PROBES/chain-static" "$PROBES/chain-static" "$PROBES/chain-static"
}

# ---- programs that load no preload

# assert_member CALL PROGRAM: the program counts as a member while it lives.
assert_member() {
	rm -f "$WORK"/{go,ready,own,pid}
	start "${AS[@]}" env LD_PRELOAD="$COPIES/libtmpguard.so" TMPDIR="$TMPDIR/own" "$COPIES/probe" quiet \
		mkstemp "$TMPDIR/own/aXXXXXX" print-to "$WORK/own" pid-to "$WORK/pid" fork { closefrom 3 \
		program "$2" "$1" { touch "$WORK/ready" wait-for "$WORK/go" } } pause
	wait_until_there "$WORK/ready"
	kill -KILL "$(cat "$WORK/pid")"
	assert_stays exists "$(cat "$WORK/own")" || fail "$*" || return
	touch "$WORK/go"
	wait_until_gone "$(cat "$WORK/own")" || fail "$*" || return
	wait_until "$SOON" assert_empty "$TMPDIR/own" 2>/dev/null || assert_empty "$TMPDIR/own" || fail "$*"
}

@test "static and setuid programs are members while they live, whatever runs them" {
	local call program

	COPIES=$TMPDIR/copies
	chmod 755 "$TMPDIR"
	mkdir "$COPIES"
	mkdir -m 1777 "$TMPDIR/own" "$TMPDIR/work"
	declare_left copies own work
	cp "$SHIM" "$BUILD/tmpguard-janitor" "$PROBE" "$PROBES/probe-static" "$COPIES"
	cp "$PROBE" "$COPIES/probe-setuid"
	chmod 755 "$COPIES"/*
	AS=()
	if [ "$(id -u)" = 0 ]; then # as somebody for whom another one's process cannot be looked at
		AS=(setpriv --reuid=65534 --regid=65534 --clear-groups --)
		chown 1 "$COPIES/probe-setuid"
		chmod 4755 "$COPIES/probe-setuid"
	fi
	WORK=$TMPDIR/work
	for program in "$COPIES/probe-static" "$COPIES/probe-setuid"; do
		for call in execv vfork posix_spawn system popen; do
			assert_member "$call" "$program"
		done
	done
}

@test "a static program's daemon, whom nobody could write down, keeps the files of a script that ends" {
	local way end

	for way in shimmed guarded; do
		for end in : 'kill -KILL $$'; do
			rm -f "$WORK"/{go,ready,own}
			"$way" bash -c '"$PROBE" quiet mkstemp "$T" print-to "$WORK/own"
				env -u PROBE_EXPECT "$0" fork { setsid closefrom 0 touch "$WORK/ready" \
					wait-for "$WORK/go" } wait-for "$WORK/ready"
				'"$end" "$PROBES/probe-static" || true
			assert_stays exists "$(cat "$WORK/own")" || fail "$way $end"
			touch "$WORK/go"
			wait_until_only_bystanders || fail "$way $end"
		done
	done
}

@test "a static child is a member though nothing can be written any more: no room, no descriptor, a limit" {
	local limit

	for limit in "limit fsize 0" "limit nofile 3"; do
		rm -f "$WORK"/{go,path}
		# shellcheck disable=SC2086 # words
		shimmed "$PROBE" quiet mkstemp "$T" print-to "$WORK/path" fork { unsetenv PROBE_EXPECT $limit \
			program "$PROBES/probe-static" execv { wait-for "$WORK/go" } } sleep 200 _exit 0
		assert_stays assert_exists "$(cat "$WORK/path")" || fail "$limit"
		touch "$WORK/go"
		wait_until_only_bystanders || fail "$limit"
	done
}

@test "who has mounts of its own, where its session cannot be seen, and execs is a member all the same" {
	local script='import ctypes, os, sys, time
libc = ctypes.CDLL(None)
name = ctypes.create_string_buffer(os.environb[b"T"])
assert libc.mkstemp(name) >= 0
open(os.environ["WORK"] + "/path", "wb").write(name.value)
if os.fork() == 0:
    if sys.argv[2] == "unshare":
        assert libc.unshare(0x20000) == 0
    else:
        assert libc.syscall(272, 0x20000) == 0
    assert libc.mount(b"none", b"/", None, 0x44000, None) == 0
    assert libc.mount(b"none", os.environb[b"TMPDIR"], b"tmpfs", 0, None) == 0
    os.execv(sys.argv[1], [sys.argv[1], "touch", os.environ["WORK"] + "/there", "wait-for", os.environ["WORK"] + "/go"])
while not os.path.exists(os.environ["WORK"] + "/there"):
    time.sleep(0.01)
os._exit(0)'
	local program how

	[ "$(id -u)" = 0 ] || skip "only root can mount"
	need python3
	for how in unshare syscall; do
		[[ $how == unshare || $(uname -m) == x86_64 ]] || continue # the number is that machine's
		for program in "$PROBE" "$PROBES/probe-static"; do
			rm -f "$WORK"/{go,there,path}
			env -u PROBE_EXPECT LD_PRELOAD="$SHIM" timeout "$BOUND" python3 -c "$script" "$program" "$how"
			assert_stays assert_exists "$(cat "$WORK/path")" || fail "$how $program"
			touch "$WORK/go"
			wait_until_only_bystanders || fail "$how $program"
		done
	done
}
