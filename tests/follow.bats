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
