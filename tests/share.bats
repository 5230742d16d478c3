#!/usr/bin/env bats
# share.bats: `run --share=GLOB`: links in the private TMPDIR to what is in the old one. DESIGN 8.

# shellcheck disable=SC2016,SC2030,SC2031,SC2154 # scripts; bats' variables
load helper

setup() {
	begin_test
	mkdir "$TMPDIR/ssh-one" "$TMPDIR/ssh-two" "$TMPDIR/.X11-unix" "$TMPDIR/other"
	echo content >"$TMPDIR/ssh-one/agent"
	echo file >"$TMPDIR/plain"
	declare_left ssh-one ssh-two .X11-unix other plain
	SNAPSHOT=$(snapshot "$TMPDIR")
}

# A base directory that comes and goes changes nothing here; nobody may touch what is shared.
untouched() {
	assert_equal "what is in TMPDIR" "$SNAPSHOT" "$(snapshot "$TMPDIR")"
}

@test "what matches is there by its name, and nothing else; the links go, what they lead to stays" {
	RUN_OPTIONS=(--share='ssh-*' --share=.X11-unix)
	run -0 --separate-stderr guarded sh -c 'ls -A "$TMPDIR"; cat "$TMPDIR/ssh-one/agent"'
	assert_equal "what the command saw" "$(printf '%s\n' .X11-unix ssh-one ssh-two content)" "$output"
	assert_equal "the report" "" "$stderr"
	untouched
}

@test "a star is for all names, but tmpguard's own directories are not shared" {
	mkdir "$TMPDIR/.tmpguard-x"
	declare_left .tmpguard-x
	SNAPSHOT=$(snapshot "$TMPDIR")
	RUN_OPTIONS=(--share='*')
	run -0 --separate-stderr guarded sh -c 'ls -A "$TMPDIR"'
	assert_equal "what the command saw" "$(printf '%s\n' .X11-unix other plain ssh-one ssh-two)" \
		"$output"
	assert_equal "the report" "" "$stderr"
	untouched
}

@test "they are no leaks in any report, nor for --error-exitcode, whoever cleans" {
	RUN_OPTIONS=(--share='*' --error-exitcode=9 --report="$WORK/report.jsonl")
	guarded true
	! grep -F '"type":"file"' "$WORK/report.jsonl" || fail "told as files"
	rm "$WORK/report.jsonl"
	start "$TMPGUARD" run "${RUN_OPTIONS[@]}" -- sh -c 'touch "$WORK/ready" "$TMPDIR/mine"
		while [ ! -e "$WORK/go" ]; do sleep 0.02; done'
	wait_until_there "$WORK/ready"
	kill -KILL "$PID"
	touch "$WORK/go"
	wait_until "$BOUND" grep -q '"type":"summary"' "$WORK/report.jsonl" || fail "no report"
	# Twice where it was lingering first.
	assert_equal "files told" mine "$(sed -n 's|.*"type":"file".*/\([^/"]*\)","kind".*|\1|p' "$WORK/report.jsonl" | sort -u)"
	wait_until_gone "$TMPDIR/$BASE"
	untouched
}

@test "they count in no session that is listed, nor for processes that linger" {
	RUN_OPTIONS=(--share='*')
	run -0 --separate-stderr guarded sh -c '"$1" ls --format=jsonl "$2"
		sleep 30 >/dev/null 2>&1 & echo $! >"$WORK/pid"' sh "$TMPGUARD" "$TMPDIR"
	[[ $output == *'"state":"live"'*'"files":0'* ]] || fail "$output"
	[[ $stderr != *left\ behind\ by* && $stderr != *ssh-one* ]] || fail "$stderr"
	kill "$(cat "$WORK/pid")"
	wait_until_gone "$TMPDIR/$BASE"
	untouched
}

@test "what the command puts in a link's place is its own, and is told" {
	RUN_OPTIONS=(--share='ssh-*' --share=plain)
	run -0 --separate-stderr guarded sh -c 'rm "$TMPDIR/ssh-one" "$TMPDIR/plain"
		ln -s /elsewhere "$TMPDIR/ssh-one"; echo mine >"$TMPDIR/plain"'
	[[ $stderr == *"/ssh-one: "* && $stderr == *"/plain: "* ]] || fail "$stderr"
	[[ $stderr != *ssh-two* && $stderr == *"2 left behind"* ]] || fail "$stderr"
	untouched
}

@test "without run's end they go as well: SIGKILL, --dry-run and reap --kept" {
	RUN_OPTIONS=(--share='*' --dry-run -q)
	guarded sh -c 'kill -KILL $$' 2>/dev/null || [ $? = 137 ]
	guarded sh -c 'echo mine >"$TMPDIR/mine"'
	assert_exists "$TMPDIR/$BASE"
	"$TMPGUARD" reap --kept >/dev/null
	assert_missing "$TMPDIR/$BASE"
	untouched
}

@test "a run inside a run passes on what was shared with it" {
	RUN_OPTIONS=(--share='ssh-*')
	run -0 --separate-stderr guarded "$TMPGUARD" run --share='ssh-o*' -- \
		sh -c 'ls -A "$TMPDIR"; cat "$TMPDIR/ssh-one/agent"'
	assert_equal "what the command saw" "$(printf '%s\n' ssh-one content)" "$output"
	assert_equal "the report" "" "$stderr"
	untouched
}

@test "names that the shell would not like, and nothing that matches" {
	touch "$TMPDIR/with space" "$TMPDIR/-rf"
	declare_left "with space" -rf
	SNAPSHOT=$(snapshot "$TMPDIR")
	RUN_OPTIONS=(--share='with *' --share='[-]rf' --share=missing)
	run -0 --separate-stderr guarded sh -c 'ls -A "$TMPDIR"'
	assert_equal "what the command saw" "$(printf '%s\n' -rf "with space")" "$output"
	assert_equal "the report" "" "$stderr"
	untouched
}

@test "root's children of other users can follow them" {
	[ "$(id -u)" = 0 ] || skip "only root has children of other users"
	chmod 1777 "$TMPDIR"
	SNAPSHOT=$(snapshot "$TMPDIR")
	RUN_OPTIONS=(--share='ssh-*')
	run -0 --separate-stderr guarded setpriv --reuid=65534 --regid=65534 --clear-groups -- \
		sh -c 'cat "$TMPDIR/ssh-one/agent"'
	assert_equal "output" content "$output"
	untouched
}

@test "a pattern with a slash, an empty one, too many, --no-private: one line, 125, nothing is run" {
	local word

	for word in --share=a/b --share= --share=/tmp/x; do
		run -125 --separate-stderr "$TMPGUARD" run "$word" -- touch "$WORK/ran"
		[[ $stderr == "tmpguard: $word: "* && $stderr != *$'\n'* ]] || fail "$stderr"
	done
	run -125 --separate-stderr "$TMPGUARD" run --share=a --no-private -- touch "$WORK/ran"
	[[ $stderr == "tmpguard: --share=a: "*--no-private* && $stderr != *$'\n'* ]] || fail "$stderr"
	run -125 --separate-stderr "$TMPGUARD" run --no-private --share=a -- touch "$WORK/ran"
	# shellcheck disable=SC2046 # words
	run -125 --separate-stderr "$TMPGUARD" run $(printf -- '--share=%s ' {1..17}) -- touch "$WORK/ran"
	[[ $stderr == "tmpguard: --share=17: "*16* ]] || fail "$stderr"
	assert_missing "$WORK/ran"
	untouched
}
