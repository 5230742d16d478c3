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
