#!/usr/bin/env bats
# manage.bats: `tmpguard ls`, `reap` and `persist`. DESIGN 4, 5, 8 and 11.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2089,SC2090,SC2153,SC2154 # scripts; bats' variables
load helper

setup() {
	begin_test
	make_bystanders
	declare_left "$BASE"
	export TMPGUARD PROBES
}

tool() {
	timeout -k 1 "$BOUND" "$TMPGUARD" "$@"
}

# expect_ls STATE PATTERN: one session is listed below TMPDIR, in this state
expect_ls() {
	run -0 --separate-stderr tool ls "$TMPDIR"
	assert_equal "standard error" "" "$stderr"
	assert_equal "the number of lines" 2 "${#lines[@]}"
	# shellcheck disable=SC2053 # a pattern
	[[ ${lines[1]} == $1\ *$2 ]] || fail "not: $1 $2" "$output"
}

# The directory of the only session in TMPDIR.
only_session() {
	local sessions=("$TMPDIR/$BASE"/??????)

	[ "${#sessions[@]}" = 1 ] && [ -d "${sessions[0]}" ] || fail "not one session: ${sessions[*]}" || return
	echo "${sessions[0]}"
}

MAKE='f=$(mktemp) && echo data >"$f" && d=$(mktemp -d) && echo more >"$d/below" && echo "$f" >"$WORK/file" &&
	f=$("$PROBE" quiet mkstemp "$T" print) && echo "$f" >"$WORK/outside"'

# A run, with RUN_OPTIONS, that has made files and waits for $WORK/go: PID is run's.
start_run() {
	rm -f "$WORK/pid"
	start "$TMPGUARD" run -q "${RUN_OPTIONS[@]}" -- bash -c "$MAKE"'; exec "$PROBE" pid-to "$WORK/pid" wait-for "$WORK/go"'
	wait_until_there "$WORK/pid"
	SESSION=$(only_session)
}

# Janitors first: nobody must be left to clean.
kill_all() { # PID...
	local pids

	mapfile -t pids < <(janitor_pids)
	[ "${#pids[@]}" -gt 0 ] || fail "no janitor" || return
	kill -KILL "${pids[@]}"
	wait_until "$SOON" no_janitor
	kill -KILL "$@"
	wait "$PID" || true
	wait_until "$SOON" all_dead "$@"
}

parent_of() {
	awk '/^PPid/ { print $2 }' "/proc/$1/status"
}

all_dead() {
	local pid

	for pid; do
		# a zombie, until somebody waits for it
		! [ -e "/proc/$pid" ] || grep -q '^State:.Z' "/proc/$pid/status" 2>/dev/null || return 1
	done
}

# A session that everybody was killed of at once.
make_dead() {
	start_run
	kill_all "$PID" "$(cat "$WORK/pid")"
	FILE=$(cat "$WORK/file")
	OUTSIDE=$(cat "$WORK/outside")
	declare_left "${OUTSIDE##*/}" # in tests that leave it
	assert_exists "$FILE" "$OUTSIDE" "$SESSION"
}

make_kept() {
	RUN_OPTIONS=(-q --persist=1)
	guarded bash -c "$MAKE"
	SESSION=$(only_session)
	FILE=$(cat "$WORK/file")
	OUTSIDE=$(cat "$WORK/outside")
	declare_left "${OUTSIDE##*/}"
}

# A run inside a run, whose command ends and leaves a process behind; PID is the outer one's.
nest() {
	export MAKE
	start "$TMPGUARD" run -q -- bash -c '"$TMPGUARD" run -q -- bash -c "$MAKE"'"'"'
		echo "$PPID $$" >"$WORK/inner"; "$PROBE" pid-to "$WORK/pid" wait-for "$WORK/go"; exit'"'"'; exit'
	wait_until_there "$WORK/pid"
	SESSION=$(only_session)
	# shellcheck disable=SC2207 # two numbers
	INNER=($(cat "$WORK/inner"))
	INNER+=("$(parent_of "${INNER[0]}")")
}

make_dead_beside() {
	local kept=$SESSION

	mv "$kept" "$TMPDIR/$BASE/kept-away"
	RUN_OPTIONS=()
	make_dead
	mv "$TMPDIR/$BASE/kept-away" "$kept"
}

# Nothing of tmpguard's, and nothing missing.
assert_reaped() {
	assert_missing "$TMPDIR/$BASE"
	assert_only_bystanders
}

# A program of tmpguard's for users who may not look into the checkout: sets UNPRIVILEGED.
copy_tool() {
	chmod 1777 "$TMPDIR"
	mkdir -m 755 "$TMPDIR/bin"
	cp "$BUILD"/{tmpguard,tmpguard-janitor,libtmpguard.so} "$PROBE" "$TMPDIR/bin"
	declare_left bin
	UNPRIVILEGED=$TMPDIR/bin/tmpguard
}

only_root() {
	[ "$(id -u)" = 0 ] || skip "only root has other users' files"
}

# ---- ls

@test "ls: a live session with its root, its command, its age, and what it has made" {
	start_run
	expect_ls live "*s *$PID bash * 2 * 1 * 4 * 10 $SESSION"
	touch "$WORK/go"
	wait "$PID"
	run -0 tool ls "$TMPDIR"
	assert_equal "nothing is left to list" "" "$output"
}

@test "a session that began in a directory of another name is found by any" {
	ln -s "$TMPDIR" "$WORK/link"
	TMPDIR=$WORK/link start env LD_PRELOAD="$SHIM" "$PROBE" quiet mkstemp "$T" touch "$WORK/made" wait-for "$WORK/go"
	wait_until_there "$WORK/made"
	expect_ls live "* $PID probe * 1 * 0 * 1 * 0 $(only_session)"
	run -0 tool reap "$WORK/link"
	assert_left 1
	TMPDIR=$WORK/link kill_all "$PID"
	run -0 tool reap "$WORK/link"
	assert_reaped
}

@test "ls: files that are gone do not count" {
	start_run
	rm "$(cat "$WORK/file")" "$(cat "$WORK/outside")"
	expect_ls live "* 0 * 1 * 2 * 5 $SESSION"
}

@test "ls: a session of the library alone, with the program that is its root" {
	start env LD_PRELOAD="$SHIM" "$PROBE" quiet mkstemp "$T" write hello touch "$WORK/made" wait-for "$WORK/go"
	wait_until_there "$WORK/made"
	SESSION=$(only_session)
	expect_ls live "* $PID probe * 1 * 0 * 1 * 5 $SESSION"
}

@test "ls: lingering is a session whose root has ended and others have not" {
	start_run
	kill -KILL "$PID"
	wait "$PID" || true
	expect_ls lingering "* $PID bash * 2 * 1 * $SESSION"
	assert_exists "$(cat "$WORK/file")"
	touch "$WORK/go"
	wait_until_gone "$SESSION"
}

@test "ls: dead is a session that nobody lives of, and nobody has cleaned" {
	make_dead
	expect_ls dead "* bash * 2 * 1 * 4 * 10 $SESSION"
	assert_exists "$FILE" "$OUTSIDE"
}

@test "ls: kept is a session that has ended and of which something is to stay" {
	make_kept
	expect_ls kept "* bash * 2 * 1 * 4 * 10 $SESSION"
}

@test "ls: what nobody can tell is unclear, and says why" {
	make_dead
	rm "$SESSION/lock"
	expect_ls unclear "* $SESSION (its lock is not there)"
	chmod 777 "$SESSION"
	expect_ls unclear "* $SESSION (it is not this user's alone)"
	chmod 700 "$SESSION"
}

@test "ls: an empty directory in the place of a session is none yet, or none any more" {
	mkdir -m 700 "$TMPDIR/$BASE" "$TMPDIR/$BASE/aBcDeF"
	run -0 tool ls "$TMPDIR"
	assert_equal "nothing" "" "$output"
	assert_exists "$TMPDIR/$BASE/aBcDeF"
}

@test "ls --format=jsonl: one object for each session, with numbers as numbers" {
	need python3
	make_dead
	dead=$SESSION
	mv "$dead" "$WORK/aside" # else the next session removes it
	start "$TMPGUARD" run -q -- "$PROBE" quiet mkdtemp "$T" touch "$WORK/other" wait-for "$WORK/go"
	wait_until_there "$WORK/other"
	mv "$WORK/aside" "$dead"
	run -0 --separate-stderr tool ls --format=jsonl "$TMPDIR"
	python3 - "$dead" "$PID" "$(id -u)" <(echo "$output") <<-'END'
		import json, sys, datetime
		dead, root, uid = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
		rows = [json.loads(line) for line in open(sys.argv[4])]
		assert len(rows) == 2, rows
		for row in rows:
		    assert row["type"] == "session" and row["schema"] == 1 and row["uid"] == uid, row
		    assert 0 <= row["age"] < 100 and row["complete"] is True, row
		    began = datetime.datetime.strptime(row["began"][:19], "%Y-%m-%dT%H:%M:%S")
		    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
		    assert abs((now - began).total_seconds()) < 200, row
		one = [row for row in rows if row["path"] == dead][0]
		two = [row for row in rows if row["path"] != dead][0]
		assert one["state"] == "dead" and one["program"] == "bash", one
		assert (one["files"], one["directories"], one["inodes"], one["bytes"]) == (2, 1, 4, 10), one
		assert two["state"] == "live" and two["root"] == root and two["program"] == "probe", two
		assert (two["files"], two["directories"], two["inodes"], two["bytes"]) == (0, 1, 1, 0), two
	END
}

@test "ls: a session of another user's is named, and is no failure" {
	only_root
	copy_tool
	make_kept
	run -0 --separate-stderr unprivileged "$UNPRIVILEGED" ls "$TMPDIR"
	assert_equal "standard error" "" "$stderr"
	assert_output_has "unreadable"
	assert_output_has "$TMPDIR/$BASE (of user 0)"
	run -0 unprivileged "$UNPRIVILEGED" ls --format=jsonl "$TMPDIR"
	assert_equal "in JSON" '{"type":"session","schema":1,"state":"unreadable","path":"'"$TMPDIR/$BASE"'","uid":0}' "$output"
	run -0 unprivileged "$UNPRIVILEGED" reap -v --kept "$TMPDIR"
	assert_exists "$FILE" "$SESSION/kept"
}

@test "ls: root names the sessions of others one by one, and looks into none" {
	only_root
	copy_tool
	unprivileged env TMPDIR="$TMPDIR" "$UNPRIVILEGED" run -q --persist=1 -- mktemp >"$WORK/path"
	declare_left .tmpguard-65534
	run -0 --separate-stderr tool ls "$TMPDIR"
	[[ ${lines[1]} == unreadable*" $TMPDIR/.tmpguard-65534/"??????" (of user 65534)" ]] || fail "$output"
	run -0 tool reap -v --kept "$TMPDIR"
	assert_output_has "cleaned: 0"
	assert_exists "$(cat "$WORK/path")"
}

# ---- reap

@test "reap: what a dead session has left goes, and nothing else" {
	make_dead
	run -0 --separate-stderr tool reap "$TMPDIR"
	assert_equal "output" "" "$output$stderr"
	assert_missing "$FILE" "$OUTSIDE"
	assert_reaped
}

@test "reap: a dead session of the library alone" {
	start env LD_PRELOAD="$SHIM" "$PROBE" quiet mkstemp "$T" mkdtemp "$T" populate print-to "$WORK/path" \
		touch "$WORK/made" wait-for "$WORK/go"
	wait_until_there "$WORK/made"
	kill_all "$PID"
	assert_exists "$(cat "$WORK/path")"
	run -0 tool reap "$TMPDIR"
	assert_reaped
}

@test "reap: without DIR it looks where sessions begin: TMPGUARD_DIR and TMPDIR" {
	local dir=$TMPDIR

	make_dead
	mkdir "$WORK/elsewhere"
	TMPGUARD_DIR=$dir TMPDIR=$WORK/elsewhere run -0 tool reap
	assert_reaped
	make_dead
	run -0 tool reap
	assert_reaped
}

@test "reap: live and lingering sessions are left alone, with all that they have" {
	start_run
	run -0 tool reap -v --kept "$TMPDIR"
	assert_output_has "left session $SESSION: live"
	assert_exists "$(cat "$WORK/file")" "$(cat "$WORK/outside")"
	kill -KILL "$PID"
	wait "$PID" || true
	run -0 tool reap -v --kept "$TMPDIR"
	assert_output_has "left session $SESSION: lingering"
	assert_exists "$(cat "$WORK/file")" "$(cat "$WORK/outside")"
	touch "$WORK/go"
	wait_until_only_bystanders
}

@test "reap: a session without janitor or root lives as long as one member does" {
	start_run
	kill_all "$PID"
	run -0 tool reap --kept "$TMPDIR"
	assert_exists "$(cat "$WORK/file")" "$(cat "$WORK/outside")"
	pid=$(cat "$WORK/pid")
	touch "$WORK/go"
	wait_until "$SOON" all_dead "$pid"
	assert_exists "$(cat "$WORK/file")"
	run -0 tool reap "$TMPDIR"
	assert_reaped
}

@test "reap: a static program is a member, too" {
	start "$TMPGUARD" run -q -- env -u PROBE_EXPECT "$PROBES/probe-static" create "$TMPDIR/$BASE/by-static" \
		pid-to "$WORK/pid" wait-for "$WORK/go"
	wait_until_there "$WORK/pid"
	SESSION=$(only_session)
	touch "$SESSION/tmp/left"
	kill_all "$PID"
	run -0 tool reap "$TMPDIR"
	assert_exists "$SESSION/tmp/left"
	pid=$(cat "$WORK/pid")
	touch "$WORK/go"
	wait_until "$SOON" all_dead "$pid"
	run -0 tool reap "$TMPDIR"
	assert_missing "$SESSION"
	rm "$TMPDIR/$BASE/by-static"
}

@test "reap: kept sessions stay, with --kept they go" {
	make_kept
	run -0 tool reap "$TMPDIR"
	assert_exists "$FILE" "$OUTSIDE"
	run -0 tool reap --kept "$TMPDIR"
	assert_missing "$FILE" "$OUTSIDE"
	assert_reaped
}

@test "reap: what a dead session was to keep is kept, until --kept" {
	RUN_OPTIONS=(--persist="$TMPDIR/a*")
	make_dead
	run -0 tool reap -v "$TMPDIR"
	assert_output_has "kept $OUTSIDE: 0 bytes"
	assert_output_has "removed $FILE: 5 bytes"
	assert_missing "$FILE"
	assert_exists "$OUTSIDE"
	expect_ls kept "* $SESSION"
	run -0 tool reap "$TMPDIR"
	assert_exists "$OUTSIDE"
	run -0 tool reap --kept "$TMPDIR"
	assert_reaped
}

@test "reap: on-failure, and nobody saw how it ended: everything is kept" {
	RUN_OPTIONS=(--persist=on-failure)
	make_dead
	run -0 tool reap "$TMPDIR"
	assert_exists "$FILE" "$OUTSIDE"
	expect_ls kept "* $SESSION"
	run -0 tool reap --kept "$TMPDIR"
	assert_reaped
}

@test "reap: run --dry-run was to remove nothing, so nothing goes" {
	RUN_OPTIONS=(--dry-run)
	make_dead
	run -0 tool reap --dry-run "$TMPDIR"
	assert_output_has "would keep $FILE: 5 bytes"
	run -0 tool reap -v "$TMPDIR"
	assert_output_has "kept $FILE: 5 bytes"
	assert_exists "$FILE" "$OUTSIDE"
	run -0 tool reap --kept "$TMPDIR"
	assert_reaped
}

@test "reap --dry-run: nothing at all changes, and what would go is printed" {
	local kept

	make_kept
	kept=$SESSION
	make_dead_beside
	before=$(snapshot "$TMPDIR")
	run -0 tool reap --dry-run "$TMPDIR"
	assert_output_has "would remove $FILE: 5 bytes"
	assert_output_has "would remove $OUTSIDE: 0 bytes"
	assert_output_has "would clean session $SESSION"
	assert_output_has "left session $kept: kept"
	assert_output_has "SUMMARY: files and directories that would be removed: 3 (10 bytes, 4 inodes); sessions that would be cleaned: 1, left alone: 1"
	assert_equal "what is in TMPDIR" "$before" "$(snapshot "$TMPDIR")"
	run -0 tool reap --dry-run --kept "$TMPDIR"
	assert_output_has "would clean session $kept"
	assert_equal "what is in TMPDIR" "$before" "$(snapshot "$TMPDIR")"
	run -0 tool reap --kept "$TMPDIR"
	assert_reaped
}

@test "reap -v: each file, each session, and the sum" {
	make_dead
	run -0 --separate-stderr tool reap -v "$TMPDIR"
	assert_equal "standard error" "" "$stderr"
	assert_output_has "removed $OUTSIDE: 0 bytes"
	assert_output_has "removed $FILE: 5 bytes"
	assert_output_has "/: 5 bytes in 2 inodes"
	assert_output_has "cleaned session $SESSION"
	assert_equal "the last line" \
		"SUMMARY: files and directories removed: 3 (10 bytes, 4 inodes); sessions cleaned: 1, left alone: 0" "${lines[-1]}"
}

@test "reap writes the report that was asked for, as a janitor would" {
	RUN_OPTIONS=(--report="$WORK/report.jsonl")
	make_dead
	run -0 tool reap "$TMPDIR"
	assert_reaped
	run -0 tool report -v "$WORK/report.jsonl"
	assert_output_has "==$PID== tmpguard: temporary files left behind by bash:"
	assert_output_has "$FILE: file, 5 bytes; open by mktemp"
	assert_output_has "$OUTSIDE: file, 0 bytes; mkstemp by probe"
	assert_output_has "SUMMARY: 3 left behind (10 bytes, 4 inodes), 3 removed now"
}

@test "reap --kept writes the report, too, once" {
	RUN_OPTIONS=(--report="$WORK/report.jsonl" --persist=1)
	make_dead
	run -0 tool reap --kept "$TMPDIR"
	assert_reaped
	assert_equal "reports" 1 "$(grep -c '"type":"summary"' "$WORK/report.jsonl")"
	make_dead # run empties the report first
	run -0 tool reap "$TMPDIR"
	run -0 tool reap --kept "$TMPDIR"
	assert_reaped
	assert_equal "reports" 1 "$(grep -c '"type":"summary"' "$WORK/report.jsonl")"
}

@test "reap: a file that cannot be removed is named, the rest goes, and the status is 1" {
	only_root
	copy_tool
	mkdir "$TMPDIR/shut"
	chown 65534 "$TMPDIR/shut"
	declare_left shut .tmpguard-65534
	start unprivileged env TMPDIR="$TMPDIR" "$UNPRIVILEGED" run -q --no-private -- "$TMPDIR/bin/probe" quiet \
		mkstemp "$T" mkstemp "$TMPDIR/shut/aXXXXXX" pid-to "$TMPDIR/shut/pid" wait-for "$WORK/go"
	wait_until_there "$TMPDIR/shut/pid"
	pid=$(cat "$TMPDIR/shut/pid")
	kill_all "$(parent_of "$pid")" "$pid"
	chmod 555 "$TMPDIR/shut"
	run -1 --separate-stderr unprivileged "$UNPRIVILEGED" reap "$TMPDIR"
	[[ $stderr == "tmpguard: reap: $TMPDIR/shut/a"*": Permission denied" ]] || fail "$stderr"
	assert_count "$TMPDIR/shut" 2
	assert_missing "$TMPDIR/.tmpguard-65534"
	assert_left 0
}

@test "reap: sessions inside a dead one go first" {
	nest
	kill_all "$PID" "${INNER[@]}" "$(cat "$WORK/pid")"
	run -0 tool reap "$TMPDIR"
	assert_missing "$(cat "$WORK/outside")"
	assert_reaped
}

@test "reap: a dead session stays while one inside it lives" {
	nest
	kill_all "$PID" "${INNER[@]}"
	run -0 tool reap -v --kept "$TMPDIR"
	assert_output_has ": a session inside it stays"
	assert_exists "$(cat "$WORK/file")" "$(cat "$WORK/outside")"
	pid=$(cat "$WORK/pid")
	touch "$WORK/go"
	wait_until "$SOON" all_dead "$pid"
	run -0 tool reap "$TMPDIR"
	assert_reaped
}

# ---- sessions that somebody else has put there

@test "forged: a symbolic link in the place of the directory of sessions, or of one, is not followed" {
	make_dead
	mkdir "$WORK/base"
	mv "$TMPDIR/$BASE" "$WORK/base/real"
	ln -s "$WORK/base/real" "$TMPDIR/$BASE"
	expect_nothing_done
	rm "$TMPDIR/$BASE"
	mkdir -m 700 "$TMPDIR/$BASE"
	ln -s "$WORK/base/real/${SESSION##*/}" "$TMPDIR/$BASE/aBcDeF"
	expect_nothing_done
	assert_exists "$WORK/base/real/${SESSION##*/}/journal" "$OUTSIDE"
}

# Neither listed nor reaped, and not complained of.
expect_nothing_done() {
	run -0 tool ls "$TMPDIR"
	assert_equal "what is listed" "" "$output"
	run -0 tool reap --kept "$TMPDIR"
	assert_equal "what is said" "" "$output"
	assert_exists "$OUTSIDE" "$WORK/base/real/${SESSION##*/}/tmp/${FILE##*/}"
}

@test "forged: sessions that others own are not touched, even by root" {
	only_root
	make_dead
	chown 65534 "$SESSION"
	expect_ls unreadable "$SESSION (of user 65534)"
	run -0 tool reap --kept "$TMPDIR"
	assert_exists "$FILE" "$OUTSIDE"
	chown 0 "$SESSION"
	chown 65534 "$TMPDIR/$BASE"
	expect_ls unreadable "$SESSION (of user 65534)"
	run -0 tool reap --kept "$TMPDIR"
	assert_exists "$FILE" "$OUTSIDE"
	# root's own, by the name of somebody else's
	chown 0 "$TMPDIR/$BASE"
	mv "$TMPDIR/$BASE" "$TMPDIR/.tmpguard-65534"
	declare_left .tmpguard-65534
	run -0 tool reap --kept "$TMPDIR"
	assert_exists "$TMPDIR/.tmpguard-65534/${SESSION##*/}/journal" "$OUTSIDE"
}

@test "forged: others' files in a session are not taken for its own" {
	only_root
	local name

	for name in journal lock settings persist members; do
		make_dead
		touch "$SESSION/$name"
		chown 65534 "$SESSION/$name"
		run -1 --separate-stderr tool reap "$TMPDIR"
		[[ $stderr == "tmpguard: reap: $SESSION: "* ]] || fail "$name: $stderr" || return
		assert_exists "$FILE" "$OUTSIDE"
		chown 0 "$SESSION/$name"
		rm -r "${TMPDIR:?}/$BASE" "$OUTSIDE"
	done
}

@test "forged: a FIFO in the place of any of its files holds nobody up" {
	local name

	for name in journal lock settings persist members; do
		make_dead
		rm -f "$SESSION/$name"
		mkfifo "$SESSION/$name"
		run -0 timeout 5 "$TMPGUARD" ls "$TMPDIR"
		assert_output_has "$SESSION"
		run -1 --separate-stderr timeout 5 "$TMPGUARD" reap "$TMPDIR"
		[[ $stderr == "tmpguard: reap: $SESSION: "* ]] || fail "$name: $stderr" || return
		assert_exists "$FILE" "$OUTSIDE"
		rm -r "${TMPDIR:?}/$BASE" "$OUTSIDE"
	done
}

@test "forged: what others can write to is believed in nothing" {
	make_dead
	chmod 777 "$SESSION"
	run -1 --separate-stderr tool reap "$TMPDIR"
	[[ $stderr == "tmpguard: reap: $SESSION: it is not this user's alone" ]] || fail "$stderr"
	chmod 700 "$SESSION"
	chmod 777 "$TMPDIR/$BASE"
	run -1 --separate-stderr tool reap "$TMPDIR"
	[[ $stderr == "tmpguard: reap: $TMPDIR/$BASE: "* ]] || fail "$stderr"
	run -1 --separate-stderr tool ls "$TMPDIR"
	assert_exists "$FILE" "$OUTSIDE"
	chmod 700 "$TMPDIR/$BASE"
	run -0 tool reap "$TMPDIR"
	assert_reaped
}

@test "forged: files and directories of other names beside sessions are passed over" {
	make_dead
	touch "$TMPDIR/$BASE/aBcDeF"
	mkdir -p "$TMPDIR/$BASE/abc" "$TMPDIR/$BASE/abcdefg/tmp" "$TMPDIR/$BASE/ab-def/tmp"
	run -0 tool reap --kept "$TMPDIR"
	assert_only "$TMPDIR/$BASE" aBcDeF abc abcdefg ab-def
}

@test "forged: a session without its lock, or whose journal is none, is left alone and named" {
	make_dead
	mv "$SESSION/lock" "$WORK/lock"
	run -1 --separate-stderr tool reap "$TMPDIR"
	[[ $stderr == "tmpguard: reap: $SESSION: its lock is not there" ]] || fail "$stderr"
	mv "$WORK/lock" "$SESSION/lock"
	mv "$SESSION/journal" "$WORK/journal"
	echo "no journal" >"$SESSION/journal"
	run -1 --separate-stderr tool reap "$TMPDIR"
	[[ $stderr == "tmpguard: reap: $SESSION: "* ]] || fail "$stderr"
	assert_exists "$FILE" "$OUTSIDE"
	mv "$WORK/journal" "$SESSION/journal"
	run -0 tool reap "$TMPDIR"
	assert_reaped
}

@test "forged: a session that holds itself, by a link in the place of its tmp, comes to an end" {
	make_dead
	rm -r "$SESSION/tmp"
	ln -s "$TMPDIR" "$SESSION/tmp"
	run -1 --separate-stderr tool reap "$TMPDIR"
	# the words are libc's
	[[ $stderr =~ ^"tmpguard: reap: $FILE: "("Too many levels of symbolic links"|"Symbolic link loop") ]] || fail "$stderr"
	assert_missing "$OUTSIDE"
	assert_reaped
}

@test "where somebody else has the directory's name, sessions beside it are found all the same" {
	only_root
	mkdir -m 755 "$TMPDIR/$BASE"
	chown 65534 "$TMPDIR/$BASE"
	RUN_OPTIONS=(-q --persist=1)
	guarded bash -c 'mktemp >"$WORK/file"'
	expect_ls kept "* $TMPDIR/$BASE.??????/??????"
	run -0 tool reap --kept "$TMPDIR"
	assert_missing "$(cat "$WORK/file")"
	rmdir "$TMPDIR/$BASE"
	assert_only_bystanders
}

# ---- persist

@test "persist: the paths stay, a directory with all that is in it, and the rest goes" {
	quietly_run '"$TMPGUARD" persist "$f" "$d" && mktemp >"$WORK/goes"'
	assert_content "$FILE" data
	assert_content "$(cat "$WORK/dir")/below" more
	assert_missing "$(cat "$WORK/goes")" "$OUTSIDE"
	expect_ls kept "* $(only_session)"
	run -0 tool reap "$TMPDIR"
	assert_exists "$FILE"
	run -0 tool reap --kept "$TMPDIR"
	assert_reaped
}

# quietly_run SCRIPT: under run, with a file in f and a directory in d
quietly_run() {
	guarded_quietly bash -c 'f=$(mktemp) && echo data >"$f" && echo "$f" >"$WORK/file" && d=$(mktemp -d) &&
		echo more >"$d/below" && echo "$d" >"$WORK/dir"
		o=$("$PROBE" quiet mkstemp "$T" print) && echo "$o" >"$WORK/outside"; '"$1"
	FILE=$(cat "$WORK/file")
	OUTSIDE=$(cat "$WORK/outside")
	declare_left "${OUTSIDE##*/}"
}

guarded_quietly() {
	RUN_OPTIONS+=(-q)
	guarded "$@"
}

@test "persist: by a relative path, by one with dots, and outside the private TMPDIR" {
	quietly_run 'cd "$d" && "$TMPGUARD" persist "../${f##*/}" below && cd / && "$TMPGUARD" persist ".$o"'
	assert_exists "$FILE" "$(cat "$WORK/dir")/below" "$OUTSIDE"
	run -0 tool reap --kept "$TMPDIR"
	assert_reaped
}

@test "persist: one file of a directory" {
	quietly_run 'touch "$d/goes" && "$TMPGUARD" persist "$d/below/"; "$TMPGUARD" persist "$d/below"'
	assert_only "$(cat "$WORK/dir")" below
	run -0 tool reap --kept "$TMPDIR"
	assert_reaped
}

@test "persist: a symbolic link stays, with what it leads to" {
	quietly_run 'ln -s "$f" "$TMPDIR/link"; ln -s nowhere "$TMPDIR/dangling"
		echo "$TMPDIR" >"$WORK/tmp"; "$TMPGUARD" persist "$TMPDIR/link" "$TMPDIR/dangling"'
	assert_only "$(cat "$WORK/tmp")" link dangling "${FILE##*/}"
	run -0 tool reap --kept "$TMPDIR"
	assert_reaped
}

@test "persist: a path that does not exist is named, the others are kept, and the status is 1" {
	quietly_run '"$TMPGUARD" persist /no/such/file "$f" "$d/nothing" 2>"$WORK/said"; echo $? >"$WORK/status"'
	assert_content "$WORK/status" 1
	assert_content "$WORK/said" "tmpguard: persist: /no/such/file: No such file or directory
tmpguard: persist: $(cat "$WORK/dir")/nothing: No such file or directory"
	assert_exists "$FILE"
	assert_missing "$(cat "$WORK/dir")"
	run -0 tool reap --kept "$TMPDIR"
	assert_reaped
}

@test "persist: a path of any bytes, and one that begins with -" {
	quietly_run 'cd "$d" && echo 1 >-x && echo 2 >$'"'a\nb\377'"' && "$TMPGUARD" persist -- -x $'"'a\nb\377'"
	assert_content "$(cat "$WORK/dir")/-x" 1
	assert_content "$(cat "$WORK/dir")/"$'a\nb\377' 2
	assert_missing "$(cat "$WORK/dir")/below"
	run -0 tool reap --kept "$TMPDIR"
	assert_reaped
}

@test "persist: with the library alone" {
	shimmed bash -c 'o=$("$PROBE" quiet mkstemp "$T" print); echo "$o" >"$WORK/outside"; "$PROBE" quiet mkstemp "$T"
		"$TMPGUARD" persist "$o"'
	OUTSIDE=$(cat "$WORK/outside")
	assert_only "$TMPDIR" "${OUTSIDE##*/}" "$BASE" aBcDeFg a1Y2z3Q aQwErTy aLiNkTo
	run -0 tool reap --kept "$TMPDIR"
	assert_reaped
}

@test "persist: with a lifetime of processes it is the shell's session that keeps" {
	RUN_OPTIONS=(--lifetime=process)
	quietly_run '"$TMPGUARD" persist "$f"; mktemp >"$WORK/goes"'
	assert_exists "$FILE"
	assert_missing "$(cat "$WORK/goes")"
	run -0 tool reap --kept "$TMPDIR"
	assert_reaped
}

@test "persist: what is kept twice is written down once" {
	quietly_run 'for i in 1 2 3; do "$TMPGUARD" persist "$f"; "$TMPGUARD" persist "$d" "$d/below"; done'
	assert_equal "what is written down" 2 "$(tr '\0' '\n' <"$(only_session)/persist" | grep -c .)"
	run -0 tool reap --kept "$TMPDIR"
	assert_reaped
}

@test "persist: a list that is full takes no more, and what is in it stays" {
	quietly_run '"$TMPGUARD" persist "$f"; list=${TMPGUARD_SESSION#*:}/persist
		head -c 1048500 /dev/zero | tr "\0" x >>"$list"
		"$TMPGUARD" persist "$f" "$d" 2>"$WORK/said"; echo $? >"$WORK/status"'
	assert_content "$WORK/status" 1
	assert_content "$WORK/said" "tmpguard: persist: $(cat "$WORK/dir"): too many paths are kept already"
	assert_exists "$FILE"
	assert_missing "$(cat "$WORK/dir")"
	run -0 tool reap --kept "$TMPDIR"
	assert_reaped
}

@test "persist: sessions that name each other as the outer one come to an end" {
	quietly_run 'printf "\0OUTER=%s\0" "$TMPGUARD_SESSION" >>"${TMPGUARD_SESSION#*:}/settings"
		timeout 5 "$TMPGUARD" persist "$f"; echo $? >"$WORK/status"'
	assert_content "$WORK/status" 0
	assert_exists "$FILE"
	run -0 tool reap --kept "$TMPDIR"
	assert_reaped
}

@test "persist: outside a session, or in one that has ended or is another's, that is said" {
	run -1 --separate-stderr tool persist /
	assert_equal "what is said" "tmpguard: persist: not inside a session: TMPGUARD_SESSION is not set; only what tmpguard runs can keep files" "$stderr"
	TMPGUARD_SESSION=1:$TMPDIR/$BASE/aBcDeF run -1 --separate-stderr tool persist /
	[[ $stderr == "tmpguard: persist: TMPGUARD_SESSION=1:$TMPDIR/$BASE/aBcDeF: this session has ended" ]] || fail "$stderr"
	TMPGUARD_SESSION=nonsense run -1 --separate-stderr tool persist /
	[[ $stderr == "tmpguard: persist: TMPGUARD_SESSION=nonsense: not a session of this user's"* ]] || fail "$stderr"
}

@test "persist in a run inside a run: the outer one does not remove it" {
	guarded_quietly bash -c '"$TMPGUARD" run -q -- bash -c "f=\$(mktemp); echo data >\$f; echo \$f >$WORK/file; mktemp >$WORK/goes
		"$TMPGUARD" persist \$f"; mktemp >"$WORK/outer"'
	assert_content "$(cat "$WORK/file")" data
	assert_missing "$(cat "$WORK/goes")" "$(cat "$WORK/outer")"
	expect_ls kept "*"
	run -0 tool reap "$TMPDIR"
	assert_exists "$(cat "$WORK/file")"
	run -0 tool reap --kept "$TMPDIR"
	assert_reaped
}

@test "what a run inside a run inside a run keeps by its options, nobody around it removes" {
	guarded_quietly "$TMPGUARD" run -q -- "$TMPGUARD" run -q --persist=1 -- \
		bash -c 'mktemp >"$WORK/file"; "$PROBE" quiet mkstemp "$T" print-to "$WORK/outside"'
	assert_exists "$(cat "$WORK/file")" "$(cat "$WORK/outside")"
	run -0 tool reap "$TMPDIR"
	assert_exists "$(cat "$WORK/file")"
	run -0 tool reap --kept "$TMPDIR"
	assert_reaped
}

@test "what an inner run keeps in the outer one's TMPDIR, without one of its own, stays as well" {
	guarded_quietly "$TMPGUARD" run -q --no-private --persist='keep*' -- \
		bash -c 'cd "$TMPDIR" && mktemp --tmpdir keepXXXXXX >"$WORK/file"; mktemp >"$WORK/goes"'
	assert_exists "$(cat "$WORK/file")"
	assert_missing "$(cat "$WORK/goes")"
	run -0 tool reap --kept "$TMPDIR"
	assert_reaped
}

@test "an inner run that keeps nothing leaves nothing to the outer one" {
	guarded_quietly "$TMPGUARD" run -q -- bash -c 'mktemp' >"$WORK/file"
	assert_missing "$(cat "$WORK/file")"
	assert_reaped
}

# ---- usage

@test "usage errors end with 2, say what was wrong, and nothing is done" {
	local words why

	make_dead
	while IFS=$'\t' read -r words why; do
		# shellcheck disable=SC2086 # words are several
		run -2 --separate-stderr tool $words
		[[ $stderr == "tmpguard: $why"* ]] || fail "$words:" "$stderr" || return
		assert_equal "standard output" "" "$output" || return
	done <<-'END'
		ls --format=html	ls: --format=html: no such format; use text or jsonl
		ls --format=	ls: --format=: no such format; use text or jsonl
		ls --format	ls: --format: needs a value; try tmpguard ls --help
		ls --nope	ls: --nope: no such option; try tmpguard ls --help
		ls -x	ls: -x: no such option
		ls --help=1	ls: --help=1: takes no value
		reap --nope	reap: --nope: no such option; try tmpguard reap --help
		reap -vx	reap: -x: no such option
		reap -k	reap: -k: no such option
		reap --kept=1	reap: --kept=1: takes no value
		reap --dry-run=1	reap: --dry-run=1: takes no value
		persist	persist: no PATH given; try tmpguard persist --help
		persist --	persist: no PATH given
		persist --nope	persist: --nope: no such option; try tmpguard persist --help
	END
	assert_exists "$FILE" "$OUTSIDE"
}

@test "each is in the help, and has its own" {
	local name

	for name in ls reap persist doctor; do
		run -0 "$TMPGUARD" --help
		assert_output_has "tmpguard $name"
		run -0 tool "$name" --help
		assert_output_has "usage: tmpguard $name"
		assert_output_has "Exit status: 0; 1 when"
		run -0 tool "$name" --version
		assert_equal "the version" "$("$TMPGUARD" --version)" "$output"
	done
}

@test "the manual pages name every option of the help, and format without a warning" {
	local name option

	for name in run ls reap persist doctor; do
		tool "$name" --help | grep -oE -- '--[a-z-]+' | sort -u >"$WORK/options"
		while read -r option; do
			sed 's/\\-/-/g' "$REPO/tools/doc/tmpguard-$name.1" | grep -qF -- "$option" || fail "$name: $option" || return
		done <"$WORK/options"
	done
	need groff
	run -0 groff -man -Tutf8 -ww -z "$REPO"/tools/doc/*.[15]
	assert_equal "warnings" "" "$output"
}

@test "a DIR that is not there is named, and the rest is done" {
	local name

	for name in ls reap; do
		run -1 --separate-stderr tool "$name" "$WORK/nowhere" "$TMPDIR/aBcDeFg"
		assert_equal "what is said" "tmpguard: $name: $WORK/nowhere: No such file or directory
tmpguard: $name: $TMPDIR/aBcDeFg: Not a directory" "$stderr"
	done
	make_dead
	run -1 --separate-stderr tool ls "$WORK/nowhere" "$TMPDIR"
	assert_output_has "$SESSION"
	run -1 --separate-stderr tool reap "$WORK/nowhere" "$TMPDIR"
	assert_reaped
}

@test "a DIR that cannot be read is named, and the rest is done" {
	only_root
	copy_tool
	mkdir -m 700 "$TMPDIR/closed"
	declare_left closed
	run -1 --separate-stderr unprivileged "$UNPRIVILEGED" ls "$TMPDIR/closed" "$TMPDIR"
	assert_equal "what is said" "tmpguard: ls: $TMPDIR/closed: Permission denied" "$stderr"
	run -1 --separate-stderr unprivileged "$UNPRIVILEGED" reap "$TMPDIR/closed"
	assert_equal "what is said" "tmpguard: reap: $TMPDIR/closed: Permission denied" "$stderr"
}

@test "a DIR is looked into once, whatever it is called" {
	make_dead
	ln -s "$TMPDIR" "$WORK/link"
	run -0 tool ls "$TMPDIR" "$TMPDIR/." "$WORK/link" "$TMPDIR"
	assert_equal "the number of lines" 2 "${#lines[@]}"
	assert_output_has "$SESSION"
}

@test "a DIR of any bytes: printed so that no terminal acts on it, and in JSON whole" {
	local dir=$TMPDIR/$'new\nline\377\e[1m'

	mkdir "$dir"
	declare_left "${dir##*/}"
	TMPDIR=$dir guarded_quietly bash -c 'mktemp >"$WORK/file"; "$TMPGUARD" persist "$(cat "$WORK/file")"'
	run -0 tool ls "$dir"
	assert_equal "the number of lines" 2 "${#lines[@]}"
	[[ $output == *" $TMPDIR/"'new\nline\377\e[1m/'* || $output == *" $TMPDIR/"'new\012line\377\033[1m/'* ]] || fail "$output"
	run -0 tool ls --format=jsonl "$dir"
	assert_output_has '"path":"'"$TMPDIR"'/new\u000aline\ufffd\u001b[1m/'
	assert_output_has '"path_hex":"'"$(printf %s "$dir/$BASE/" | od -An -v -tx1 | tr -d ' \n')"
	run -0 tool reap -v --kept "$dir"
	[[ $output != *$'\e'* ]] || fail "$output"
	assert_missing "$dir/$BASE"
	rmdir "$dir"
}

@test "a full disk under standard output is an error" {
	make_dead
	run -1 bash -c '"$TMPGUARD" ls "$TMPDIR" >/dev/full'
	[[ $output == "tmpguard: ls: standard output: "* ]] || fail "$output"
	run -1 bash -c '"$TMPGUARD" reap -v "$TMPDIR" >/dev/full'
	[[ $output == "tmpguard: reap: standard output: "* ]] || fail "$output"
	assert_reaped
}
