#!/usr/bin/env bats
# nested.bats: a run inside a run, when those who would clean in order are killed. DESIGN 5, 8.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034,SC2154 # scripts; bats' variables
load helper
export TMPGUARD

setup() {
	begin_test
	declare_left "$BASE"
}

# Starts a run in a run: the inner command makes a file, has a child that lives until GO is there,
# and says who is who in WORK/pids: outer run, inner run, command, child.
start_nested() { # OPTION... for the inner run
	start guarded sh -c '"$TMPGUARD" run "$@" -- sh -c "
			f=\$(mktemp); echo content >\"\$f\"
			sh -c '\''until [ -e \"\$0/go\" ]; do sleep 0.02; done'\'' \"$WORK\" & child=\$!
			echo \"\$f\" >\"$WORK/file\"
			echo \"\$PPID \$\$ \$child\" >\"$WORK/draft\"; mv \"$WORK/draft\" \"$WORK/pids\"; wait"; true' sh "$@"
	wait_until_there "$WORK/pids"
	read -r INNER COMMAND CHILD <"$WORK/pids"
	OUTER=$(ps -o ppid= -p "$(ps -o ppid= -p "$INNER" | tr -d ' ')" | tr -d ' ')
	FILE=$(cat "$WORK/file")
	[[ $(cat /proc/"$OUTER"/comm) == tmpguard && $(cat /proc/"$INNER"/comm) == tmpguard ]] ||
		fail "not what was meant: $(ps -ef --forest)"
}

@test "all but a grandchild are killed: its file stays as long as it lives, then all goes" {
	start_nested -q
	kill -KILL "$OUTER" "$INNER" "$COMMAND"
	assert_stays assert_content "$FILE" content
	touch "$WORK/go"
	wait_until "$SOON" no_janitor || fail "a janitor waits on"
	assert_left 0
	assert_missing "$FILE" "$TMPDIR/$BASE"
}

@test "the inner run is killed: what it was to keep stays when the outer one has ended" {
	start_nested -q --persist=1
	kill -KILL "$INNER"
	touch "$WORK/go"
	wait_until "$SOON" no_janitor || fail "a janitor waits on"
	assert_content "$FILE" content
	assert_equal "ls" kept "$("$TMPGUARD" ls --format=jsonl "$TMPDIR" |
		python3 -c 'import json, sys; print(*{json.loads(l)["state"] for l in sys.stdin})')"
	"$TMPGUARD" reap --kept "$TMPDIR"
	assert_missing "$FILE" "$TMPDIR/$BASE"
}

@test "both are killed with all of theirs: nothing is left" {
	start_nested -q
	kill -KILL "$OUTER" "$INNER" "$COMMAND" "$CHILD"
	wait_until "$SOON" no_janitor || fail "a janitor waits on"
	assert_missing "$FILE" "$TMPDIR/$BASE"
}

@test "the outer run's janitor sleeps while an inner session lives on" {
	local pid before

	start_nested -q
	kill -KILL "$OUTER" "$INNER" "$COMMAND"
	sleep 0.3
	before=$(for pid in $(janitor_pids); do grep ^voluntary "/proc/$pid/status"; done)
	sleep 0.5
	assert_equal "wakings of janitors" "$before" \
		"$(for pid in $(janitor_pids); do grep ^voluntary "/proc/$pid/status"; done)"
	touch "$WORK/go"
	wait_until "$SOON" no_janitor
}

@test "an inner run that was killed with its janitor: the outer one tells its files, and who made them" {
	run -0 --separate-stderr guarded sh -c '
		"$TMPGUARD" run -- sh -c "mktemp; kill -KILL \$(pgrep -f \"^tmpguard-janitor .*\$(basename \"\${TMPDIR%/tmp}\")\") \$PPID"; true'
	[[ $stderr == *"${lines[0]}: file, 0 bytes; open by mktemp"* ]] || fail "$stderr"
	[[ $stderr != *.tmpguard-*/:* ]] || fail "tmpguard's own are told: $stderr"
	[[ $stderr == *"SUMMARY: 1 left behind"* ]] || fail "$stderr"
	assert_left 0
}

@test "what an inner run keeps is told by it alone, and stays" {
	run -0 --separate-stderr guarded sh -c '"$TMPGUARD" run --persist=1 -- mktemp; true'
	[ "$(grep -c SUMMARY <<<"$stderr")" = 1 ] || fail "$stderr"
	assert_exists "${lines[0]}"
	"$TMPGUARD" reap --kept "$TMPDIR"
	assert_missing "${lines[0]}"
}

@test "a run in a directory of a session with the library alone: its files are not that one's to remove" {
	shimmed sh -c 'd=$(mktemp -d "$TMPDIR/outer.XXXXXXXX"); TMPDIR=$d "$TMPGUARD" run -q -- sh -c "
		f=\$(mktemp); (until [ -e \"$WORK/go\" ]; do sleep 0.02; done; ls \"\$f\" >\"$WORK/result\" 2>&1) >/dev/null 2>&1 &
		echo \"\$f\" >\"$WORK/file\""'
	assert_stays assert_exists "$(cat "$WORK/file")"
	touch "$WORK/go"
	wait_until "$SOON" no_janitor
	assert_equal "what the lingering process found" "$(cat "$WORK/file")" "$(cat "$WORK/result")"
	assert_left 0
}
