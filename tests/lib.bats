#!/usr/bin/env bats
# lib.bats: whole programs that use libtempfile (tests/lib/): how they end, and what they leave.
#
# LIB_STEP is the distance between two system calls at which a program is killed (7), LIB_FILES how
# many files each of eight threads makes (2000); `make lib-soak` takes 1 and 100000.

# shellcheck disable=SC1083,SC2030,SC2031,SC2154 # braces; bats' variables
load helper

setup() {
	begin_test
	make_bystanders
	SUBJECT=$PROBES/lib/subject
	JANITOR=$BUILD/tmpguard-janitor
	export JANITOR
	EVERYTHING=(file dir spool atomic "$WORK/place/target")
}

# subject WORD...: as `run`, which would wait for daemons, too.
subject() {
	status=0
	timeout -k 1 "$BOUND" "$SUBJECT" "$@" >"$WORK/said" 2>&1 </dev/null 3>&- || status=$?
	output=$(<"$WORK/said")
}

ends_with() { # STATUS
	[ "$status" = "$1" ] || fail "status $status, not $1: ${output:0:6000}"
}

# Nothing of what is made in a test is there, in TMPDIR or where targets are.
nothing_there() {
	only_bystanders && [ -z "$(ls -A "$WORK/place" 2>/dev/null)" ]
}

assert_nothing_there() {
	wait_until "${1:-$SOON}" nothing_there || {
		ls -AR "$WORK/place" >&2
		assert_only_bystanders
		fail "something stays"
	}
}

# ---- in order

@test "whatever a program has made goes when it returns, exits, or exits in a thread" {
	subject "${EVERYTHING[@]}"
	ends_with 0
	nothing_there
	subject "${EVERYTHING[@]}" exit 3
	ends_with 3
	nothing_there
	subject "${EVERYTHING[@]}" thread-exit 4
	ends_with 4
	nothing_there
}

@test "a signal removes it when that was asked for, and the status is the signal's" {
	local signal

	for signal in 1 2 3 13 15; do
		subject signals "${EVERYTHING[@]}" raise "$signal"
		ends_with $((128 + signal))
		nothing_there
	done
	subject file raise 15
	ends_with 143
	assert_left 1
	remove_left
}

@test "a library that was loaded and unloaded again keeps its word" {
	local signal

	for signal in 0 15; do
		run -$((signal ? 128 + signal : 0)) env TMPDIR="$TMPDIR" \
			"$PROBES/lib/unloaded" "$BUILD/libtempfile.so" "$signal"
		nothing_there
	done
}

@test "a forked child's end removes nothing of its parent's" {
	subject file dir fork { file exit 0 } wait fork { _exit 0 } wait fork { free } wait \
		fork { signals file raise 15 } wait touch "$WORK/ended" wait-for "$WORK/ended" _exit 0
	ends_with 0
	assert_left 2
	remove_left
}

@test "what was handed over lives as long as the daemon that takes it over" {
	local way

	for way in '' after-kill; do
		# shellcheck disable=SC2086 # none, or a word
		subject $way file dir hand-over \
			fork { fork { take-over pid-to "$WORK/pid" wait-for "$WORK/go" exit 0 } _exit 0 } wait exit 0
		ends_with 0
		wait_until_there "$WORK/pid"
		assert_stays missing "$WORK/no" # janitor and handlers have had their time
		[ "$(count_left)" = 2 ] || fail "$way: not there any more"
		touch "$WORK/go"
		assert_nothing_there
		rm "$WORK/go" "$WORK/pid"
	done
}

@test "what was handed over to a daemon that is killed goes, too, when that was asked for" {
	subject after-kill file hand-over \
		fork { fork { take-over dir pid-to "$WORK/pid" wait-for "$WORK/go" } _exit 0 } wait exit 0
	ends_with 0
	wait_until_there "$WORK/pid"
	assert_stays missing "$WORK/no"
	assert_left 2
	kill -KILL "$(cat "$WORK/pid")"
	assert_nothing_there
}

@test "a set-user-ID program makes nothing where its caller says" {
	[ "$(id -u)" = 0 ] || skip "only root can give its rights away"
	mkdir "$TMPDIR/open"
	declare_left open setuid
	cp "$SUBJECT" "$TMPDIR/setuid"
	chmod 711 "$TMPDIR"
	chmod 777 "$TMPDIR/open"
	chmod 755 "$TMPDIR/setuid"
	run -0 env -u TMPDIR TEMP="$TMPDIR/open" setpriv --reuid=65534 --clear-groups \
		"$TMPDIR/setuid" file say-path
	[[ $output == "$TMPDIR/open/"* ]] || fail "$output"
	chmod 4755 "$TMPDIR/setuid"
	run -0 env -u TMPDIR TEMP="$TMPDIR/open" setpriv --reuid=65534 --clear-groups \
		"$TMPDIR/setuid" file say-path
	[[ $output == /tmp/tmp* ]] || fail "$output"
	assert_missing "$output"
}

# ---- after a kill

@test "after SIGKILL, _exit and a stack overflow nothing is left when that was asked for" {
	subject after-kill "${EVERYTHING[@]}" kill
	ends_with 137
	assert_nothing_there
	subject after-kill "${EVERYTHING[@]}" overflow
	ends_with 139
	assert_nothing_there
	subject after-kill "${EVERYTHING[@]}" _exit 5
	ends_with 5
	assert_nothing_there
	subject after-kill "${EVERYTHING[@]}" exit 6
	ends_with 6
	nothing_there # by itself, before it ends
	subject "${EVERYTHING[@]}" kill
	assert_left 3
	remove_left
	rm -rf "$WORK/place"
}

@test "after SIGKILL what was kept, persisted or freed is as it was left" {
	subject after-kill file keep file persist "$WORK/persisted" file free file kill
	ends_with 137
	assert_stays test -e "$WORK/persisted"
	wait_until "$SOON" no_janitor
	assert_left 1
	assert_content "$WORK/persisted" x
	remove_left
}

@test "after SIGKILL what was persisted to where it was stays" {
	subject after-kill file persist-in-place file kill
	ends_with 137
	wait_until "$SOON" no_janitor
	assert_left 1
	remove_left
	subject after-kill file persist-in-place exit 0
	ends_with 0
	assert_left 1
	remove_left
}

@test "after SIGKILL nothing is left in any of very many directories" {
	subject after-kill in "$WORK/place" many 300 kill
	ends_with 137
	wait_until 5 no_janitor
	assert_equal "directories" 300 "$(ls "$WORK/place" | wc -l)"
	assert_equal "files" "" "$(find "$WORK/place" -type f)"
	rm -rf "$WORK/place"
}

@test "after SIGKILL nothing is left of what forked children have made" {
	subject after-kill file fork { file atomic "$WORK/place/one" _exit 0 } wait \
		fork { dir file touch "$WORK/made" wait-for "$WORK/go" } wait-for "$WORK/made" kill
	ends_with 137
	assert_stays missing "$WORK/no"
	[ "$(count_left)" -ge 2 ] || fail "what a living child has made is gone"
	touch "$WORK/go"
	assert_nothing_there
}

@test "a program that executes another one keeps its files until that has ended" {
	start "$SUBJECT" after-kill file dir exec touch "$WORK/executed" wait-for "$WORK/go" exit 0
	wait_until_there "$WORK/executed"
	assert_stays missing "$WORK/no"
	assert_left 2
	touch "$WORK/go"
	wait "$PID"
	assert_nothing_there
}

@test "it is asked for once, and again without harm" {
	subject after-kill after-kill file after-kill file kill
	ends_with 137
	assert_nothing_there
	subject file after-kill file _exit 0
	wait_until "$SOON" no_janitor
	assert_left 1 # what was there before
	remove_left
}

@test "no janitor, no promise: -ENOENT, and -ECHILD where orphans come to us" {
	JANITOR=$WORK/none subject after-kill
	ends_with 1
	assert_equal "what was said" \
		"subject: cannot start $WORK/none: No such file or directory (2)" "$output"
	subject subreaper after-kill
	ends_with 1
	assert_equal "what was said" "subject: cannot start $JANITOR: No child processes (10)" "$output"
	wait_until "$SOON" no_janitor
	assert_only_bystanders
}

# ---- killed while a file gets its final name

# on FILESYSTEM MKFS...: the sweep, on an image that the command makes.
on() {
	local filesystem=$1

	shift
	if (($# > 0)); then
		need "$1"
		truncate -s 320M "$WORK/image"
		"$@" "$WORK/image" >/dev/null
	fi
	unshare -m true || skip "no mounting here"
	run unshare -m "$REPO/tests/lib/sweep.sh" "$BUILD" "$WORK" "${LIB_STEP:-7}" "$filesystem" 3>&-
	rm -f "$WORK/image"
	[ "$status" = 0 ] || fail "$output" || return
	[[ $output =~ ([0-9]+)\ kills ]] || fail "$output" || return
	echo "# $filesystem: $output" >&2
	[ "${BASH_REMATCH[1]}" -gt $((200 / ${LIB_STEP:-7})) ]
}

@test "killed at any call, the target is the old or the new, whole: tmpfs" {
	on tmpfs
}

@test "killed at any call, the target is the old or the new, whole: ext4" {
	on ext4 mkfs.ext4 -q
}

@test "killed at any call, the target is the old or the new, whole: btrfs" {
	on btrfs mkfs.btrfs -q -M
}

@test "killed at any call, the target is the old or the new, whole: xfs" {
	on xfs mkfs.xfs -q
}

# ---- threads

@test "threads make and free at once, and fork meanwhile: no race, no name twice, nothing left" {
	cd "$WORK"
	run timeout -k 1 "$((BATS_TEST_TIMEOUT - 10))" "$PROBES/lib/threads" 8 "${LIB_FILES:-2000}" 3>&-
	ends_with 0
	assert_only_bystanders
	run timeout -k 1 "$((BATS_TEST_TIMEOUT - 10))" "$PROBES/lib/threads" 8 "${LIB_FILES:-2000}" "$JANITOR" 3>&-
	ends_with 0
	assert_nothing_there
}
