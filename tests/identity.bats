#!/usr/bin/env bats
# identity.bats: never the wrong file. What lies where a file of ours was, what others have put into
# a session's place, and who may say what is removed. DESIGN 4, 11.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034,SC2154 # braces; scripts; bats' variables
load helper

setup() {
	begin_test
	declare_left "$BASE"
	VICTIMS=$WORK/victims # of others: outside every place where the session has files
	mkdir -m 755 "$VICTIMS"
}

only_roots() {
	[ "$(id -u)" = 0 ] || skip "only root can be deceived by other users"
	chmod 1777 "$TMPDIR"
	chmod 755 "$BATS_TEST_TMPDIR"
}

no_session() {
	missing "$TMPDIR/$BASE"
}

wait_until_no_session() {
	wait_until "$SOON" no_session || fail "a session stays: $(find "$TMPDIR/$BASE")"
}

# A process that lives until $WORK/go is there, with one file; its path is in FILE.
start_living() { # WORD...
	start shimmed "$PROBE" quiet mkstemp "$T" write precious print-to "$WORK/path" "$@" wait-for "$WORK/go"
	wait_until_there "$WORK/path"
	FILE=$(cat "$WORK/path")
}

end_living() {
	touch "$WORK/go"
	wait "$PID" || true
}

# ---- session directories that are none

@test "a link in the private TMPDIR that has the name of our sessions' directory is not followed" {
	local drops=()

	chmod 755 "$TMPDIR"
	mkdir -m 755 "$VICTIMS"/{AbCdEf,empty}
	RUN_OPTIONS=(-q)
	for i in 1 2; do
		guarded "${drops[@]}" sh -c 'ln -s "$0" "$TMPDIR/$1"' "$VICTIMS" "$BASE"
		assert_only "$VICTIMS" AbCdEf empty || return
		# A child of root's that has dropped its rights can put one there, too.
		[ "$(id -u)" != 0 ] || drops=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	done
	# Nor is what it leads to cleaned, should it hold sessions that are kept.
	TMPDIR=$VICTIMS TMPGUARD_PERSIST=1 shimmed "$PROBE" quiet mkstemp "$VICTIMS/aXXXXXX" \
		print-to "$WORK/path"
	RUN_OPTIONS=(-q --persist='*keep*')
	guarded sh -c 'ln -s "$0/$1" "$TMPDIR/$1"; mktemp "$TMPDIR/keep.XXXXXX"' \
		"$VICTIMS" "$BASE"
	"$TMPGUARD" reap --kept "$TMPDIR"
	assert_exists "$(cat "$WORK/path")"
	wait_until_no_session
}

@test "a directory of that name with others' directories in it goes, and only what is in it" {
	mkdir -m 755 "$VICTIMS/AbCdEf"
	RUN_OPTIONS=(-q)
	guarded sh -c 'mkdir "$TMPDIR/$1" && chmod 700 "$TMPDIR/$1" && ln -s "$0/AbCdEf" "$TMPDIR/$1/" &&
		mkdir "$TMPDIR/$1/empty" "$TMPDIR/$1/GhIjKl"' "$VICTIMS" "$BASE"
	assert_only "$VICTIMS" AbCdEf
	assert_missing "$TMPDIR/$BASE"
}

@test "a copy of a living session's directory does not take its files away" {
	local place=$WORK/copy way

	start_living
	mkdir "$place"
	for way in "cp -a" "cp -al"; do
		$way "$TMPDIR/$BASE" "$place/"
		for i in 1 2; do # the next session there, and by hand
			TMPDIR=$place shimmed "$PROBE" quiet mkstemp "$place/aXXXXXX" fork { exit 0 } wait
			"$TMPGUARD" reap "$place" 2>/dev/null || true
		done
		assert_stays assert_content "$FILE" precious || return
		rm -rf "${place:?}/$BASE"
	done
	end_living
	assert_missing "$FILE"
}
