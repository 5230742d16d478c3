#!/usr/bin/env bats
# invisible.bats: a program sees no descriptor, child, thread, signal disposition, limit or variable
# that is not there without tmpguard, and nothing of tmpguard is left on the disk. DESIGN 4 and 11.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034,SC2154 # braces; scripts; bats' variables
load helper

setup() {
	begin_test
	make_bystanders
	RUN_OPTIONS=(-q)
	VIEW=$PROBES/view
}

# What a program sees of itself, but for the variables that tmpguard says it sets.
see() {
	"$@" | grep -vxE 'variable (LD_PRELOAD|TMPGUARD_SESSION|ASAN_OPTIONS)'
}

@test "with the shim a program sees of itself what it sees without" {
	local plainly

	plainly=$(see plain "$VIEW" "$TMPDIR")
	assert_left 4
	remove_left
	# Without this the comparison would be between two failures.
	[[ $plainly == *"-- after a child"*"child signals: 1"* ]] || fail "$plainly"
	[[ $plainly == *"children by __WALL: No child processes"* ]] || fail "$plainly"
	[[ $plainly == *"children in /proc: none"* ]] || fail "$plainly"
	assert_equal "what a shimmed program sees" "$plainly" "$(see shimmed "$VIEW" "$TMPDIR")"
	wait_until_only_bystanders
	assert_equal "what a guarded program sees" "$plainly" "$(see guarded "$VIEW" "$TMPDIR")"
	assert_only_bystanders
}

@test "nor under a tight limit of descriptors, closed input, ignored signals, an odd umask" {
	local plainly way
	local -r script='ulimit -n 20; umask 077; trap "" CHLD TERM; exec "$0" "$1" <&-'

	plainly=$(see plain bash -c "$script" "$VIEW" "$TMPDIR" || true)
	[[ $plainly == *"-- with temporary files"* ]] || fail "$plainly"
	remove_left
	for way in shimmed guarded; do
		assert_equal "$way" "$plainly" "$(see "$way" bash -c "$script" "$VIEW" "$TMPDIR" || true)"
		wait_until_only_bystanders
	done
}

@test "a disabled shim is not to be seen in the environment either" {
	local plainly

	plainly=$(plain "$VIEW" "$TMPDIR" | grep ^variable | sort -u)
	remove_left
	assert_equal "variables" "$(printf '%s\n' "$plainly" "variable LD_PRELOAD" \
		"variable TMPGUARD_DISABLE" | sort)" \
		"$(TMPGUARD_DISABLE=1 shimmed "$VIEW" "$TMPDIR" | grep ^variable | sort -u)"
	remove_left
}

@test "no SIGCHLD comes from us, and no wait finds anybody" {
	run -0 shimmed "$PROBE" catch CHLD quiet mkstemp "$T" mkdtemp "$T" tmpfile no-children sleep 50 no-children
	assert_output_lacks caught
	assert_equal "children" 2 "$(grep -c 'children: ECHILD' <<<"$output")"
	wait_until_only_bystanders
}

@test "a program that reads our output sees its end when we close it, not when a janitor ends" {
	mkfifo "$WORK/pipe"
	# It opens the pipe itself, which waits for the reader.
	start bash -c 'exec env LD_PRELOAD="$SHIM" bash -c "$0" >"$WORK/pipe" 2>/dev/null' \
		'f=$("$PROBE" quiet mkstemp "$T" print); echo started; exec >&- 2>&-
		"$PROBE" wait-for "$WORK/go"'
	run -0 timeout 5 cat "$WORK/pipe"
	assert_equal "what came through" started "$output"
	kill -0 "$PID"
	touch "$WORK/go"
	wait "$PID"
	wait_until_only_bystanders
}

@test "x=\$(app) does not wait for a janitor" {
	local way

	for way in shimmed guarded; do
		run -0 timeout 5 bash -c 'x=$("$@"); echo "got $x"' - env "PROBE_EXPECT=shim" \
			"LD_PRELOAD=$SHIM" "$PROBE" quiet mkstemp "$T" say hello raise KILL
		assert_equal "output" "got hello" "$output"
		wait_until_only_bystanders
	done
}

@test "the janitor holds nothing of the program's: no descriptor, no directory, no group" {
	local janitor

	start shimmed "$PROBE" quiet chdir "$TMPDIR/aQwErTy" mkstemp "$T" pid-to "$WORK/pid" wait-for "$WORK/go"
	wait_until_there "$WORK/pid"
	wait_until "$SOON" has_janitor || fail "no janitor found"
	janitor=$(janitor_pids)
	assert_equal "number of janitors" 1 "$(wc -w <<<"$janitor")"
	assert_equal "its directory" / "$(readlink "/proc/$janitor/cwd")"
	run -0 find "/proc/$janitor/fd" -type l -printf '%l\n'
	[[ $output != *pipe:* && $output != *"$WORK"* && $output != *"/dev/"* ]] || fail "it holds: $output"
	assert_equal "its session" "$janitor" "$(sed 's/^.*) . [0-9]* [0-9]* \([0-9]*\).*/\1/' "/proc/$janitor/stat")"
	touch "$WORK/go"
	wait "$PID"
	wait_until_only_bystanders
	wait_until "$SOON" no_janitor || fail "the janitor is still there"
}

@test "no janitor survives its session, however that ends" {
	local end

	for end in "return 0" "raise KILL" "execv { mkstemp $T }" "fork { sleep 30 raise KILL } raise KILL"; do
		# shellcheck disable=SC2086 # words
		shimmed "$PROBE" quiet mkstemp "$T" $end >/dev/null || true
		wait_until "$SOON" no_janitor || fail "a janitor is still there after: $end"
		wait_until_only_bystanders
	done
	guarded "$PROBE" quiet mkstemp "$T"
	wait_until "$SOON" no_janitor || fail "a janitor is still there after run"
}

@test "a program that makes no temporary file, forks or execs leaves no trace while it runs" {
	start shimmed "$PROBE" touch "$WORK/ready" wait-for "$WORK/go"
	wait_until_there "$WORK/ready"
	assert_missing "$TMPDIR/$BASE"
	no_janitor
	touch "$WORK/go"
	wait "$PID"
	assert_only_bystanders
}

@test "while it runs there is a session, and only its user can look into it" {
	start shimmed "$PROBE" quiet mkstemp "$T" touch "$WORK/ready" wait-for "$WORK/go"
	wait_until_there "$WORK/ready"
	assert_equal "mode and owner of $BASE" "700 $(id -u)" "$(stat -c '%a %u' "$TMPDIR/$BASE")"
	assert_equal "mode and owner of the session" "700 $(id -u)" "$(stat -c '%a %u' "$TMPDIR/$BASE"/*)"
	touch "$WORK/go"
	wait "$PID"
	assert_only_bystanders
}

@test "the directory that sessions share goes with the last of them" {
	local i

	start shimmed "$PROBE" quiet mkstemp "$T" touch "$WORK/ready" wait-for "$WORK/go"
	wait_until_there "$WORK/ready"
	for i in {1..10}; do
		shimmed "$PROBE" quiet mkstemp "$T" exit 0
		assert_exists "$TMPDIR/$BASE"
	done
	assert_count "$TMPDIR/$BASE" 1
	touch "$WORK/go"
	wait "$PID"
	assert_missing "$TMPDIR/$BASE"
}

@test "sessions that begin and end at the same time do not trip over each other" {
	run -0 bash -c 'for i in {1..8}; do
		(for j in {1..25}; do LD_PRELOAD=$SHIM "$PROBE" quiet mkstemp "$T" mkdtemp "$T" exit 0 || echo "failed $?"; done) &
		done; wait'
	assert_equal "output" "" "$output"
	wait_until_only_bystanders
}

@test "without TMPDIR the session is in /tmp, and gone afterwards" {
	local before

	before=$(find "/tmp/$BASE" -mindepth 1 -maxdepth 1 2>/dev/null | sort)
	shimmed env -u TMPDIR "$PROBE" quiet mkstemp "$T" exit 0
	wait_until "$SOON" no_session_but "$before" || fail "a session is left in /tmp/$BASE"
	assert_only_bystanders
}

# Others may come and go: none that is there now was not there before.
no_session_but() {
	[ -z "$(comm -13 <(echo "$1") <(find "/tmp/$BASE" -mindepth 1 -maxdepth 1 2>/dev/null | sort))" ]
}

@test "somebody else's file in the place of tmpguard's directory is left alone" {
	echo "theirs" >"$TMPDIR/$BASE"
	declare_left "$BASE"
	SNAPSHOT=$(snapshot "$TMPDIR")
	run -0 shimmed "$PROBE" quiet mkstemp "$T" exit 0
	wait_until_only_bystanders
	run -137 shimmed "$PROBE" quiet mkstemp "$T" raise KILL
	wait_until_only_bystanders
	run -0 guarded "$PROBE" quiet mkstemp "$T" exit 0
	assert_only_bystanders
}

@test "a symbolic link in the place of tmpguard's directory is not followed" {
	mkdir "$WORK/elsewhere"
	ln -s "$WORK/elsewhere" "$TMPDIR/$BASE"
	declare_left "$BASE"
	SNAPSHOT=$(snapshot "$TMPDIR")
	start shimmed "$PROBE" quiet mkstemp "$T" touch "$WORK/ready" wait-for "$WORK/go"
	wait_until_there "$WORK/ready"
	assert_empty "$WORK/elsewhere"
	touch "$WORK/go"
	wait "$PID"
	wait_until_only_bystanders
	assert_empty "$WORK/elsewhere"
}
