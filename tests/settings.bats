#!/usr/bin/env bats
# settings.bats: every variable of DESIGN 9 and every option of `run`, in each way that they can be
# set: by variable with the shim alone, by variable under run, by option of run. What is malformed is
# in badinput.bats, and so is what breaks while a program runs.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034 # the probe's braces; scripts; helper.bash's variables
load helper

setup() {
	begin_test
	make_bystanders
	WAYS=("bare" "variable" "option")
	SHORT=$(mktemp -d /tmp/XXXX) # the longest that /tmp/fooXXXXXX has room for, with four letters
	export SHORT
}

teardown() {
	rm -rf "$SHORT"
	end_test
}

# with WAY NAME VALUE CMD...: runs CMD with the variable TMPGUARD_NAME, or the option --name.
with() {
	local way=$1 name=$2 value=$3

	shift 3
	case $way in
	bare) (
		export "TMPGUARD_$name=$value"
		shimmed "$@"
	) ;;
	variable) (
		export "TMPGUARD_$name=$value"
		RUN_OPTIONS+=(-q)
		guarded "$@"
	) ;;
	option) (
		RUN_OPTIONS+=(-q "--${name,,}=$value")
		guarded "$@"
	) ;;
	esac
}

# What a command printed alone, with any status: sets SAID.
said() {
	SAID=$("$@" 2>&1) || true
}

# A path in SAID is one that matches the extended regular expression, and is gone.
assert_was() { # WHAT REGEX
	[[ $SAID =~ ^$2$ ]] || fail "$1: expected a path like $2, got: $SAID" || return
	assert_missing "$SAID"
}

# ---- TMPGUARD_DIR

@test "DIR: a template in a temp root is made there, with as many characters and its suffix" {
	local way

	for way in "${WAYS[@]}"; do
		said with "$way" DIR "$SHORT" "$PROBE" quiet mkstemp /tmp/fooXXXXXX print
		assert_was "$way" "$SHORT/[A-Za-z0-9]{4}"
		said with "$way" DIR "$SHORT" "$PROBE" quiet mkstemp /tmp/foobarbaXXXXXX print
		assert_was "$way" "$SHORT/foo[A-Za-z0-9]{6}"
		said with "$way" DIR "$SHORT" "$PROBE" quiet mkstemps /tmp/fobXXXXXX.txt 4 print
		assert_was "$way" "$SHORT/[A-Za-z0-9]{4}.txt"
		said with "$way" DIR "$SHORT" "$PROBE" quiet mkdtemp /var/tmp/abXXXXXX print
		assert_was "$way" "$SHORT/a[A-Za-z0-9]{6}"
		assert_empty "$SHORT"
	done
}

@test "DIR: the caller sees a file like libc's, and the path is where it is" {
	local function

	for function in mkstemp mkstemp64 mkdtemp "mkostemp /tmp/foobaXXXXXX append"; do
		[[ $function == *" "* ]] || function+=" /tmp/foobaXXXXXX"
		# shellcheck disable=SC2086 # words
		said plain "$PROBE" $function
		# The mask is for the caller's template: the letters are fewer here.
		# shellcheck disable=SC2086 # words
		assert_equal "$function" "$(sed 's/template=[^ ]*//' <<<"$SAID")" \
			"$(TMPGUARD_DIR=$SHORT shimmed "$PROBE" $function | sed 's/template=[^ ]*//')"
	done
	rm -rf /tmp/fooba??????
	assert_empty "$SHORT"
}

@test "DIR: the fewest letters are four, and they differ" {
	run -0 env TMPGUARD_DIR="$SHORT" LD_PRELOAD="$SHIM" "$PROBE" threads 4 25 /tmp/fooXXXXXX
	assert_equal said "threads: 100 made" "$output"
	assert_empty "$SHORT"
}

@test "DIR: too long for the template: it is made in its own temp root" {
	local way dir=$TMPDIR/a-rather-long-directory-name

	mkdir "$dir"
	declare_left a-rather-long-directory-name
	for way in "${WAYS[@]}"; do
		said with "$way" DIR "$dir" "$PROBE" quiet mkstemp /tmp/aXXXXXX print
		[[ $SAID == /tmp/* && ${#SAID} = 12 ]] || fail "$way: $SAID"
		assert_missing "$SAID"
		assert_empty "$dir"
	done
}

@test "DIR: only templates directly in a temp root are made elsewhere" {
	local way

	mkdir "$TMPDIR/sub"
	declare_left sub
	for way in "${WAYS[@]}"; do
		said with "$way" DIR "$SHORT" "$PROBE" quiet mkstemp "$TMPDIR/sub/aXXXXXX" print
		assert_was "$way, below" "$TMPDIR/sub/a[A-Za-z0-9]{6}"
		said with "$way" DIR "$SHORT" "$PROBE" quiet mkstemp "$HOME/.tgt-aXXXXXX" print
		[[ $SAID == "$HOME/.tgt-a"?????? ]] || fail "$way, outside: $SAID"
		rm "$SAID"
	done
	assert_empty "$TMPDIR/sub"
}

@test "DIR: a relative template stays in the current directory" {
	cd "$TMPDIR"
	said with bare DIR "$SHORT" "$PROBE" quiet mkstemp aXXXXXX print
	[[ $SAID == a?????? ]] || fail "$SAID"
	wait_until_only_bystanders
}

@test "DIR: names that others must find stay where they are asked for" {
	local way name

	for way in "${WAYS[@]}"; do
		for name in ssh-XXXXXX tmux-XXXXXX dbus-XXXXXX krb5cc_XXXXXX emacsXXXXXX; do
			said with "$way" DIR "$SHORT" "$PROBE" quiet mkstemp "/tmp/$name" print
			[[ $SAID == "/tmp/${name%XXXXXX}"* ]] || fail "$way $name: $SAID"
			rm -f "$SAID"
			assert_empty "$SHORT"
		done
	done
}

@test "DIR: the same as the template's directory: nothing changes" {
	said with bare DIR "$TMPDIR" "$PROBE" quiet mkstemp "$T" print
	assert_was same "$TMPDIR/a[A-Za-z0-9]{6}"
	said with bare DIR "$TMPDIR/" "$PROBE" quiet mkstemp "$TMPDIR/./aXXXXXX" print
	assert_was "the same, spelled otherwise" "$TMPDIR/\./a[A-Za-z0-9]{6}"
}

@test "DIR: on another filesystem" {
	local way dir

	dir=$(mktemp -d /dev/shm/XXXX)
	for way in "${WAYS[@]}"; do
		said with "$way" DIR "$dir" "$PROBE" quiet mkstemp /tmp/foobarbXXXXXX print
		[[ $SAID == "$dir"/???? ]] || fail "$way: $SAID"
		assert_missing "$SAID"
		said with "$way" DIR "$dir" "$PROBE" quiet mkstemp /tmp/foobarbXXXXXX raise KILL
		wait_until "$SOON" [ -z "$(ls -A "$dir")" ] || fail "$way: left $(ls -A "$dir")"
	done
	rmdir "$dir"
}

@test "DIR: unnamed files and tempnam's go there" {
	local way place

	for way in "${WAYS[@]}"; do
		for place in tmpfile tmpfile64 "open /tmp tmpfile,rdwr 0600"; do
			# shellcheck disable=SC2086 # words
			said with "$way" DIR "$SHORT" sh -c 'exec 9<&-; "$0" quiet "$@" system { pid } pause &
				sleep 0.4; readlink /proc/$!/fd/* | grep deleted; kill -9 $!' "$PROBE" $place
			[[ $SAID == *"$SHORT/#"* ]] || fail "$way $place: $SAID"
		done
		said with "$way" DIR "$SHORT" "$PROBE" quiet tempnam NULL abc print use
		assert_was "$way tempnam" "$SHORT/[A-Za-z0-9]{6}/abc[A-Za-z0-9]{6}"
	done
}

@test "DIR: children find it as TMPDIR, and as TMP and TEMP where those are set" {
	local script='"$0" -c '\''import os
for name in "TMPDIR", "TMP", "TEMP": print(name, os.environ.get(name))'\'

	need python3
	said with bare DIR "$SHORT" sh -c "$script" python3
	assert_equal "TMPDIR alone" "$(printf '%s\n' "TMPDIR $SHORT" "TMP None" "TEMP None")" "$SAID"
	said with bare DIR "$SHORT" env TMP=/tmp TEMP=/var/tmp sh -c "$script" python3
	assert_equal "after the first" "$(printf '%s\n' "TMPDIR $SHORT" "TMP None" "TEMP None")" \
		"$(TMPGUARD_DIR=$SHORT shimmed bash -c "$script" python3)"
	export TMP=/tmp TEMP=/var/tmp
	said with bare DIR "$SHORT" bash -c "$script" python3
	assert_equal "all of them" "$(printf '%s\n' "TMPDIR $SHORT" "TMP $SHORT" "TEMP $SHORT")" "$SAID"
	unset TMPDIR
	said with bare DIR "$SHORT" bash -c "$script" python3
	assert_equal "not set" "$(printf '%s\n' "TMPDIR $SHORT" "TMP $SHORT" "TEMP $SHORT")" "$SAID"
	TMPDIR=$(dirname "$T")
}

@test "DIR: children's files go there by TMPDIR, and go with the session" {
	said with bare DIR "$SHORT" bash -c 'f=$(mktemp) && [ -e "$f" ] && echo "$f"'
	assert_was bare "$SHORT/tmp\.[A-Za-z0-9]{10}"
	for way in variable option; do
		said with "$way" DIR "$SHORT" bash -c 'f=$(mktemp) && [ -e "$f" ] && echo "$f"'
		assert_was "$way" "$SHORT/$BASE/[A-Za-z0-9]+/tmp/tmp\.[A-Za-z0-9]{10}"
	done
	assert_empty "$SHORT"
}

@test "DIR: killed, nothing is left there" {
	local way

	for way in "${WAYS[@]}"; do
		said with "$way" DIR "$SHORT" "$PROBE" mkstemp /tmp/fooXXXXXX mkdtemp /tmp/foobarXXXXXX populate raise KILL
		wait_until "$SOON" rmdir "$SHORT" || fail "$way: left $(find "$SHORT")"
		mkdir "$SHORT"
	done
}

@test "DIR: the option counts more than the variable, and an empty one is none" {
	mkdir "$TMPDIR/d"
	declare_left d
	export TMPGUARD_DIR=$TMPDIR/d
	said with option DIR "$SHORT" "$PROBE" quiet mkstemp /tmp/fooXXXXXX print
	assert_was option "$SHORT/[A-Za-z0-9]{4}"
	said with option DIR '' "$PROBE" quiet mkstemp /tmp/foobarbazXXXXXX print
	assert_was empty "/tmp/foobarbaz[A-Za-z0-9]{6}"
}

@test "DIR: with TRACK=off files are made there all the same, and stay" {
	export TMPGUARD_TRACK=off
	said with bare DIR "$SHORT" "$PROBE" quiet mkstemp /tmp/fooXXXXXX print
	[[ $SAID == "$SHORT"/???? ]] || fail "$SAID"
	assert_stays exists "$SAID"
}

# ---- TMPGUARD_PREFIX

@test "PREFIX: comes first where there is room, whole or not at all" {
	local way

	for way in "${WAYS[@]}"; do
		said with "$way" PREFIX pre- "$PROBE" quiet mkstemp /tmp/longer-than-XXXXXX print
		assert_was "$way, longer" "/tmp/pre-longer-t[A-Za-z0-9]{6}"
		said with "$way" PREFIX pre- "$PROBE" quiet mkstemp /tmp/foobXXXXXX print
		assert_was "$way, as long" "/tmp/pre-[A-Za-z0-9]{6}"
		said with "$way" PREFIX pre- "$PROBE" quiet mkstemp /tmp/fooXXXXXX print
		assert_was "$way, shorter" "/tmp/foo[A-Za-z0-9]{6}"
		said with "$way" PREFIX pre- "$PROBE" quiet mkstemps /tmp/foobarXXXXXX.txt 4 print
		assert_was "$way, with a suffix" "/tmp/pre-fo[A-Za-z0-9]{6}\.txt"
		said with "$way" PREFIX pre- "$PROBE" quiet mkdtemp /tmp/foobarXXXXXX print
		assert_was "$way, directory" "/tmp/pre-fo[A-Za-z0-9]{6}"
	done
}

@test "PREFIX: with DIR" {
	local way

	export TMPGUARD_DIR=$SHORT
	for way in "${WAYS[@]}"; do
		said with "$way" PREFIX pre- "$PROBE" quiet mkstemp /tmp/foobarbazquxXXXXXX print
		assert_was "$way, room" "$SHORT/pre-foo[A-Za-z0-9]{6}"
		said with "$way" PREFIX pre- "$PROBE" quiet mkstemp /tmp/fooXXXXXX print
		assert_was "$way, no room" "$SHORT/[A-Za-z0-9]{4}"
	done
}

@test "PREFIX: 64 bytes are the most, X's and spaces in it are no template" {
	local long

	long=$(printf 'p%.0s' {1..64})
	said with bare PREFIX "$long" "$PROBE" quiet mkstemp "/tmp/${long}XXXXXX" print
	assert_was "64" "/tmp/${long}[A-Za-z0-9]{6}"
	said with bare PREFIX 'XXXXXX y' "$PROBE" quiet mkstemp "/tmp/eightletterXXXXXX" print
	assert_was "X's" "/tmp/XXXXXX yeig[A-Za-z0-9]{6}"
}

@test "PREFIX: only directly in a temp root, and names that others must find stay" {
	mkdir "$TMPDIR/sub"
	declare_left sub
	said with bare PREFIX pre "$PROBE" quiet mkstemp "$TMPDIR/sub/abcdefXXXXXX" print
	assert_was below "$TMPDIR/sub/abcdef[A-Za-z0-9]{6}"
	said with bare PREFIX pre "$PROBE" quiet mkstemp /tmp/ssh-abcXXXXXX print
	[[ $SAID == /tmp/ssh-abc?????? ]] || fail "$SAID"
	rm -f "$SAID"
}
