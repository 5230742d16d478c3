#!/usr/bin/env bats
# hardened.bats: a program that is exploitable in the classic ways plain, and is not under tmpguard:
# CWE-377, CWE-379, CWE-59 and CWE-367. The attacker is another user, who has been told the name:
# no guessing, and the program waits for the attack. Each test shows first that it succeeds plain.
#
# The place is a directory that both may write to by their group, and sticky, as in a team. In /tmp
# the kernel may stop some of these attacks already (fs.protected_symlinks, fs.protected_regular).

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # scripts; bats' variables
load helper

ATTACKER=65534
VICTIM=$PROBES/victim

setup() {
	begin_test
	[ "$(id -u)" = 0 ] || skip "only root can act as another user"
	chgrp "$ATTACKER" "$TMPDIR"
	chmod 1775 "$TMPDIR"
	mkdir -m 755 "$TMPDIR/stage" # WORK is for nobody else to enter
	declare_left "$BASE" stage
	ROUND=0
}

# What the attacker owns, and where nobody hinders them.
begin_round() {
	ROUND=$((ROUND + 1))
	STAGE=$TMPDIR/stage/$ROUND
	mkdir "$STAGE" "$STAGE/attacker"
	chown "$ATTACKER" "$STAGE/attacker"
	echo precious >"$STAGE/precious"
	chmod 600 "$STAGE/precious"
	: >"$STAGE/attacker/loot"
	chmod 666 "$STAGE/attacker/loot"
}

attacker() {
	unprivileged sh -c "$@" 2>/dev/null || true # how it fares is seen on the disk
}

by_run_in_place() {
	local RUN_OPTIONS=(--no-private "${RUN_OPTIONS[@]}")

	guarded "$@"
}

# attack WAY NAME USE BEFORE AFTER: runs the victim in that way. Before it uses the name, and after,
# the attacker runs these scripts, whose $1 is the name and $2 the stage.
attack() {
	local name

	begin_round
	start "$1" "$VICTIM" "$2" "$3" "$STAGE" 2>"$STAGE/errors"
	wait_until_there "$STAGE/name" || return
	name=$(cat "$STAGE/name")
	attacker "$4" sh "$name" "$STAGE"
	touch "$STAGE/go"
	wait_until 10 has_used || fail "the victim does not go on: $(cat "$STAGE/errors")" || return
	attacker "${5:-:}" sh "$name" "$STAGE"
	touch "$STAGE/end"
	wait "$PID" || true
	[[ $1 != plain* ]] || rm -rf "$name"
}

has_used() {
	exists "$STAGE/done" || ! kill -0 "$PID" 2>/dev/null
}

# What came of it.
precious() {
	cat "$STAGE/precious"
}

loot() {
	cat "$STAGE/attacker/loot"
}

succeeded() {
	exists "$STAGE/done"
}

PLANT_LINK='ln -s "$2/precious" "$1"'
PLANT_LINK_TO_LOOT='ln -s "$2/attacker/loot" "$1"'
TAKE_NAME='mkdir "$1"'
READ_IT='cat "$1" >"$2/attacker/loot"'
PUT_OTHER='rm "$1/config" && echo evil >"$1/config"'
WAYS=(shimmed guarded by_run_in_place)

@test "CWE-59: a link planted at the name leads to a file of the victim's, which is overwritten" {
	local name way

	for name in mktemp tempnam; do
		attack plain "$name" fopen "$PLANT_LINK"
		assert_equal "plain, $name" secret "$(precious)"
		for way in "${WAYS[@]}"; do
			attack "$way" "$name" fopen "$PLANT_LINK"
			assert_equal "$way, $name" precious "$(precious)" || return
			succeeded || fail "$way, $name: $(cat "$STAGE/errors")" || return
			assert_left 0
		done
	done
}

@test "CWE-59: a link planted at the name leads to the attacker's file, who reads the secret" {
	local name way

	for name in mktemp tempnam; do
		attack plain "$name" fopen "$PLANT_LINK_TO_LOOT"
		assert_equal "plain, $name" secret "$(loot)"
		for way in "${WAYS[@]}"; do
			attack "$way" "$name" fopen "$PLANT_LINK_TO_LOOT"
			assert_equal "$way, $name" "" "$(loot)" || return
			succeeded || fail "$way, $name: $(cat "$STAGE/errors")" || return
			assert_left 0
		done
	done
}

@test "CWE-377: who takes the name first keeps the victim from its work" {
	local name way

	for name in mktemp tempnam tmpnam; do
		attack plain "$name" fopen "$TAKE_NAME"
		! succeeded || fail "plain, $name: no harm"
		for way in "${WAYS[@]}"; do
			attack "$way" "$name" fopen "$TAKE_NAME"
			succeeded || fail "$way, $name: $(cat "$STAGE/errors")" || return
			assert_left 0
		done
	done
}

@test "CWE-377: a secret that the umask leaves open to all is read by all" {
	local name way

	for name in mktemp tempnam tmpnam; do
		attack plain "$name" fopen : "$READ_IT"
		assert_equal "plain, $name" secret "$(loot)"
		for way in "${WAYS[@]}"; do
			attack "$way" "$name" fopen : "$READ_IT"
			assert_equal "$way, $name" "" "$(loot)" || return
			succeeded || fail "$way, $name: $(cat "$STAGE/errors")" || return
			assert_missing "$(cat "$STAGE/name")" || return
		done
	done
}

@test "CWE-379: what is in a directory that all may write to is replaced" {
	local name way

	for name in mktemp tempnam tmpnam; do
		attack plain "$name" dir "$PUT_OTHER"
		assert_equal "plain, $name" evil "$(cat "$STAGE/read")"
		for way in "${WAYS[@]}"; do
			attack "$way" "$name" dir "$PUT_OTHER"
			assert_equal "$way, $name" secret "$(cat "$STAGE/read")" || return
			assert_missing "$(cat "$STAGE/name")" || return
		done
	done
}

@test "CWE-367: between the look whether something is there and the use, something is" {
	local name way

	for name in mktemp tempnam; do
		attack plain "$name" check "$PLANT_LINK"
		assert_equal "plain, $name" secret "$(precious)"
		for way in "${WAYS[@]}"; do
			attack "$way" "$name" check "$PLANT_LINK"
			assert_equal "$way, $name" precious "$(precious)" || return
			succeeded || fail "$way, $name: $(cat "$STAGE/errors")" || return
		done
	done
}

# As an ordinary user of the same group: root's private TMPDIR is open to root's children that
# change user, and so to others that are told its name.
as_user() {
	setpriv --reuid=65533 --regid="$ATTACKER" --clear-groups -- "$@"
}

plain_as_user() {
	as_user timeout -k 1 "$BOUND" "$@"
}

guarded_as_user() {
	as_user timeout -k 1 "$BOUND" "$TMPDIR/bin/tmpguard" run -q -- "$@"
}

@test "CWE-377, CWE-59: a name that never changes is out of reach under run, in its own TMPDIR" {
	local way

	mkdir -m 755 "$TMPDIR/bin"
	cp "$TMPGUARD" "$SHIM" "$BUILD/tmpguard-janitor" "$VICTIM" "$TMPDIR/bin" # all can read them
	declare_left bin .tmpguard-65533
	VICTIM=$TMPDIR/bin/victim
	for way in plain_as_user guarded_as_user; do
		begin_round() {
			ROUND=$((ROUND + 1))
			STAGE=$TMPDIR/stage/$ROUND
			mkdir "$STAGE"
			chown 65533 "$STAGE"
			as_user sh -c 'umask 077; echo precious >"$1"' sh "$STAGE/precious"
		}
		attack "$way" fixed fopen "$PLANT_LINK"
		if [ "$way" = plain_as_user ]; then
			assert_equal "$way" secret "$(precious)"
		else
			assert_equal "$way" precious "$(precious)"
			succeeded || fail "$way: $(cat "$STAGE/errors")"
		fi
	done
}
