#!/usr/bin/env bats
# killsweep.bats: a small scenario is killed with SIGKILL at its system calls in turn. Afterwards
# nothing of it is left, and nothing else is missing. DESIGN 14.
#
# KILLSWEEP_STEP is the distance between two calls that are tried (5); `make torture` tries each.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034,SC2154 # braces; scripts; bats' variables
load helper

setup() {
	begin_test
	make_bystanders
	# A file, a full directory, a child with a file of its own, an exec, another file.
	SCENARIO=("$PROBE" quiet mkstemp "$T" write secret mkdtemp "$T" populate
		fork { mkstemp "$T" } wait execv { quiet mkstemp "$T" return 0 })
	GUARDED=("$TMPGUARD" run -q -- "${SCENARIO[@]}")
}

# sweep LEAST CMD...: kills CMD at each of its calls. There have to be at least LEAST of them.
# KILLAT_OPTIONS are killat's.
sweep() {
	local least=$1 n=1 status=0 in_a_row=0

	shift
	# The number of calls differs a little from run to run: the end is where three in a row end
	# before they are killed.
	while [ "$in_a_row" -lt 3 ]; do
		status=0
		timeout -k 1 "$BOUND" "$KILLAT" "$n" "${KILLAT_OPTIONS[@]}" -- "$@" \
			>/dev/null 2>"$WORK/killat" </dev/null 3>&- || status=$?
		case $status in
		0) in_a_row=0 ;;
		3) ((in_a_row += 1)) ;;
		*) fail "killat $n ended with $status: $(cat "$WORK/killat")" || return ;;
		esac
		wait_until 1 only_bystanders || {
			echo "killed at call $n: $(cat "$WORK/killat")" >&2
			assert_only_bystanders
			return 1
		}
		((n += ${KILLSWEEP_STEP:-5}))
	done
	echo "# $n calls" >&2
	[ "$n" -gt "$least" ] || fail "only $n calls: the scenario did not run"
}

@test "killat counts calls, kills at the one that was asked for, and says when there are fewer" {
	local count

	count=$("$KILLAT" 0 -- "$PROBE" create "$WORK/file")
	[ "$count" -gt 20 ]
	run -0 "$KILLAT" "$count" -- "$PROBE" create "$WORK/file"
	run -3 "$KILLAT" $((count + 1)) -- "$PROBE" create "$WORK/file"
	rm "$WORK/file"
	# At the first rename the file is there under its draft's name only.
	run -0 "$KILLAT" 1 --kill-on rename renameat renameat2 -- "$PROBE" create "$WORK/file"
	assert_exists "$WORK/file.new"
	assert_missing "$WORK/file"
	run -3 "$KILLAT" 2 --kill-on rename renameat renameat2 -- "$PROBE" create "$WORK/file"
}

@test "killat --main kills the command only, --all everything" {
	run -0 "$KILLAT" 1 --main --kill-on mkdir mkdirat -- "$PROBE" pid-to "$WORK/pid" \
		fork { output "$WORK/out" closefrom 3 pid-to "$WORK/child" wait-for "$WORK/go" touch "$WORK/lived" } wait-for "$WORK/child" mkdtemp "$T"
	is_dead "$(cat "$WORK/pid")"
	touch "$WORK/go"
	wait_until_there "$WORK/lived" 5
	rm "$WORK"/{go,lived,child}
	run -0 "$KILLAT" 1 --all --kill-on mkdir mkdirat -- "$PROBE" \
		fork { output "$WORK/out" closefrom 3 pid-to "$WORK/child" wait-for "$WORK/go" touch "$WORK/lived" } wait-for "$WORK/child" mkdtemp "$T"
	wait_until "$SOON" is_dead "$(cat "$WORK/child")"
	assert_missing "$WORK/lived"
	assert_only_bystanders
}

is_dead() {
	! kill -0 "$1" 2>/dev/null
}

@test "the scenario leaves its files when it is killed without tmpguard" {
	run -0 "$KILLAT" 1 --main --kill-on exit_group -- "${SCENARIO[@]}"
	assert_left 4
	remove_left
}

@test "killed at its calls, bare: whichever of its processes makes the call" {
	KILLAT_OPTIONS=(--preload "$SHIM")
	sweep 300 "${SCENARIO[@]}"
}

@test "killed at its calls, bare: the whole tree at once" {
	KILLAT_OPTIONS=(--all --preload "$SHIM")
	sweep 300 "${SCENARIO[@]}"
}

@test "killed at its calls, under run: whichever process makes the call, run itself included" {
	KILLAT_OPTIONS=()
	sweep 400 "${GUARDED[@]}"
}

@test "killed at its calls of run itself" {
	KILLAT_OPTIONS=(--main)
	sweep 20 "${GUARDED[@]}"
}

@test "killed at its calls, under run: the whole tree at once" {
	KILLAT_OPTIONS=(--all)
	sweep 400 "${GUARDED[@]}"
}

@test "killed at its calls: a shell whose file was made by a child, and that execs" {
	KILLAT_OPTIONS=(--main --preload "$SHIM")
	sweep 150 bash --norc -c 'f=$("$PROBE" quiet mkstemp "$T" print)
		"$PROBE" quiet mkdtemp "$T" & wait; exec "$PROBE" quiet mkstemp "$T"'
}
