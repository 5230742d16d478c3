#!/usr/bin/env bats
# badinput.bats: whatever is wrong with what tmpguard is given, or with the machine, the program runs
# as without it, and one line says what tmpguard could not do. tmpguard itself refuses, by a line that
# names the value. DESIGN 9; what is wrong with a report's file is in report.bats.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034,SC2154 # the probe's braces; scripts; variables
load helper

setup() {
	begin_test
	make_bystanders
	export TMPGUARD
	PLACE=$WORK/place # where the program of the test makes files that are not temporary
	export PLACE
	SHIMMED=(env LD_PRELOAD="$SHIM")
	GUARDED=("$TMPGUARD" run -q --)
}

# ---- comparing

# Runs a command in a fresh PLACE, with a pipe as its standard error: into a file the shim says
# nothing. Sets ANSWER, to what it printed, its status and what it made in PLACE, and COMPLAINTS, to
# what tmpguard said. Names that are drawn, and the private TMPDIR, are the same in all ANSWERs.
ask() {
	local status

	rm -rf "$PLACE"
	mkdir "$PLACE"
	{
		timeout -k 1 "$BOUND" "$@" 2>&1 >"$WORK/answer" && echo "status 0" >"$WORK/status" ||
			echo "status $?" >"$WORK/status"
	} | cat >"$WORK/complaints"
	ANSWER=$(
		cat "$WORK/answer" "$WORK/status"
		grep -v '^tmpguard: ' "$WORK/complaints" | sed -E "s|/\.tmpguard-[0-9]+/\w{6}/tmp||g
			s|/a\w{6}\b|/aXXXXXX|g; s|/tmp\.\w{10}\b|/tmp.XXXXXXXXXX|g"
		cd "$PLACE" && find . -type f -printf '%P %m: ' -exec cat {} \;
	)
	COMPLAINTS=$(grep '^tmpguard: ' "$WORK/complaints") || true
}

# The program of most tests: files and directories by functions, by mktemp and in a child, all of
# which end with it, and one that is to stay.
PROGRAM='f=$(mktemp) && echo one >"$f" && cat "$f" && d=$(mktemp -d) && echo two >"$d/x" && cat "$d/x"
	"$PROBE" quiet mkstemp "$T" write three readback mkdtemp "$T" populate tmpfile write four readback
	g=$("$PROBE" quiet mkstemp "$T" print) && [ -e "$g" ] && echo there
	(exit 3); echo "child $?"; echo precious >"$PLACE/made"; exit 7'

# What it does without tmpguard: sets PLAINLY.
ask_plainly() {
	PATIENCE=1 ask "$@"
	PLAINLY=$ANSWER
	assert_equal "complaints without tmpguard" "" "$COMPLAINTS" || return
	remove_left
}

assert_as_plainly() { # WHAT
	assert_equal "$1" "$PLAINLY" "$ANSWER"
}

# Exactly one line was said, which begins with the first text and has the second in it.
assert_one_line() { # BEGINNING [TEXT]
	[[ $COMPLAINTS != *$'\n'* && $COMPLAINTS == "$1"* && $COMPLAINTS == *"${2-}"* ]] ||
		fail "expected one line: $1 ... ${2-}" "got: $COMPLAINTS"
}

# `run` with these options or variables refuses, by one line, and does not run the command.
assert_refused() { # BEGINNING TEXT WORD...
	local beginning=$1 text=$2

	shift 2
	ask "$@" touch "$WORK/was-run"
	assert_equal "answer of $*" "status 125" "$ANSWER" || return
	assert_one_line "$beginning" "$text" || return
	assert_missing "$WORK/was-run" || return
	assert_only_bystanders
}

# ---- malformed variables

long() { # a value of so many characters
	printf "%0$1d" 0 | tr 0 "${2:-x}"
}

# NAME VALUE TEXT for each kind of mistake; TEXT is in the line.
each_malformed() {
	local value

	for value in relative ./here '~' ' /tmp' "$(long 5000)"; do "$@" DIR "$value" "use an absolute path"; done
	for value in a/b / "$(long 65)" "$(long 5000)"; do "$@" PREFIX "$value" "use at most 64 bytes without a slash"; done
	for value in on Idiom 'api,' 'api,shm,idiom' shm 'idiom ' 1 "$(long 5000)"; do
		"$@" TRACK "$value" "use off, api, idiom, api,shm or idiom,shm"
	done
	for value in forever Session 0; do "$@" LIFETIME "$value" "use session or process"; done
	for value in yes 2 01 -1 on; do "$@" FOLLOW "$value" "use 0 or 1"; done
	for value in yes 2 true; do "$@" REDIRECT "$value" "use 0 or 1"; done
	for value in yes 2 true; do "$@" DISABLE "$value" "use 0 or 1"; done
}

is_survived() { # NAME VALUE TEXT
	local shown=$2

	[ "${#shown}" -lt 150 ] || shown=${2:0:150}
	ask "${SHIMMED[@]}" "TMPGUARD_$1=$2" sh -c "$PROGRAM"
	assert_as_plainly "with $1=$shown"
	assert_one_line "tmpguard: TMPGUARD_$1=$shown: not allowed; " "$3"
	assert_only_bystanders
}

@test "a malformed variable: one line, and the default, for the program and all its children" {
	ask_plainly sh -c "$PROGRAM"
	each_malformed is_survived
}

is_refused() { # NAME VALUE TEXT
	assert_refused "tmpguard: TMPGUARD_$1=$2: not allowed; " "$3" env "TMPGUARD_$1=$2" "${GUARDED[@]}"
	assert_refused "tmpguard: --${1,,}=$2: not allowed; " "$3" "$TMPGUARD" run "--${1,,}=$2" --
}

@test "a malformed variable or option: run refuses" {
	each_malformed is_refused
}

@test "a malformed PERSIST: one line, everything is kept, and run refuses" {
	local value

	ask_plainly sh -c "$PROGRAM"
	for value in yes on_failure ON-FAILURE 2 -1 'on failure' '*.x:yes' "$(long 5000)"; do
		ask "${SHIMMED[@]}" TMPGUARD_PERSIST="$value" sh -c "$PROGRAM"
		assert_as_plainly "with PERSIST=$value"
		assert_one_line "tmpguard: TMPGUARD_PERSIST=${value:0:150}: keeps everything while it is malformed; " \
			"use 0, 1, on-failure, or globs such as *.log separated by colons"
		assert_equal "temporary files, $value" 5 "$(undeclared | grep -cvxF "$BASE")"
		remove_left
		assert_refused "tmpguard: TMPGUARD_PERSIST=$value: not allowed; " "use 0, 1, on-failure" \
			env TMPGUARD_PERSIST="$value" "${GUARDED[@]}"
		assert_refused "tmpguard: --persist=$value: not allowed; " "use 0, 1, on-failure" \
			"$TMPGUARD" run "--persist=$value" --
	done
}

@test "several malformed variables: one line for each" {
	ask_plainly sh -c "$PROGRAM"
	ask "${SHIMMED[@]}" TMPGUARD_TRACK=x TMPGUARD_FOLLOW=x TMPGUARD_LIFETIME=x sh -c "$PROGRAM"
	assert_as_plainly "three"
	assert_equal "lines" 3 "$(wc -l <"$WORK/complaints")"
	for name in TRACK FOLLOW LIFETIME; do
		assert_equal "lines about $name" 1 "$(grep -c "^tmpguard: TMPGUARD_$name=x: " "$WORK/complaints")"
	done
	assert_only_bystanders
}

@test "a value's line ends and control characters make no second line" {
	local value=$'a\nb\e]2Jc\rd\x7f/'

	ask_plainly sh -c "$PROGRAM"
	for name in PREFIX TRACK DIR PERSIST; do
		ask "${SHIMMED[@]}" "TMPGUARD_$name=${value%/*}x/" true
		[ "$name" != PERSIST ] || ask "${SHIMMED[@]}" "TMPGUARD_$name=${value%/}" true
		assert_one_line "tmpguard: TMPGUARD_$name=a?b?]2Jc?d?"
		ask env "TMPGUARD_$name=${value%/}" "${GUARDED[@]}" true
		[ "$name" = PREFIX ] || assert_one_line "tmpguard: TMPGUARD_$name=a\\012b\\033]2Jc\\015d\\177: "
	done
	assert_refused "tmpguard: --prefix=a\\012b\\033]2Jc\\015d\\177/: " "" "$TMPGUARD" run --prefix="$value" --
	rm -rf "${TMPDIR:?}/$BASE"
}

@test "the line is not said into a program's own descriptor: closed, standard error stays closed" {
	ask sh -c 'TMPGUARD_TRACK=x exec env LD_PRELOAD="$SHIM" "$PROBE" quiet mkstemp "$T" write text readback 2>&-'
	assert_equal answer $'content: text\nstatus 0' "$ANSWER"
	assert_only_bystanders
}

# ---- words

@test "run: what is wrong with its words is named, in one line" {
	assert_refused "tmpguard: run: --no-such-option: no such option; " "try tmpguard run --help" "$TMPGUARD" run --no-such-option
	assert_refused "tmpguard: run: --dry-ru=x" "" "$TMPGUARD" run --dry-ru=x
	assert_refused "tmpguard: run: -x: no such option; " "" "$TMPGUARD" run -x
	assert_refused "tmpguard: run: -x: no such option; " "" "$TMPGUARD" run -qx
	assert_refused "tmpguard: --error-exitcode=256: not an exit status; use 0 to 255" "" "$TMPGUARD" run --error-exitcode=256
	assert_refused "tmpguard: --error-exitcode=: not an exit status; use 0 to 255" "" "$TMPGUARD" run --error-exitcode=
	assert_refused "tmpguard: --error-exitcode=7x: not an exit status; use 0 to 255" "" "$TMPGUARD" run --error-exitcode 7x
	assert_refused "tmpguard: --linger=ever: use leave, wait or kill" "" "$TMPGUARD" run --linger=ever
	assert_refused "tmpguard: --report=out.xml: no such format; " "use text:FILE, jsonl:FILE" "$TMPGUARD" run --report=out.xml
	assert_refused "tmpguard: --report=plain: no such format; " "" "$TMPGUARD" run --report=plain
	assert_refused "tmpguard: --report=: no such format; " "" "$TMPGUARD" run --report=
	assert_refused "tmpguard: --report=text:: no such format; " "" "$TMPGUARD" run --report=text:
	assert_refused "tmpguard: --report=$WORK/no/out.txt: cannot be written: No such file or directory" "" \
		"$TMPGUARD" run --report="$WORK/no/out.txt"
	assert_refused "tmpguard: --report=$WORK: cannot be written: Is a directory" "" "$TMPGUARD" run --report=text:"$WORK"
	assert_refused "tmpguard: TMPGUARD_REPORT=$WORK/no/out: cannot be written: No such file or directory" "" \
		env TMPGUARD_REPORT="$WORK/no/out" "${GUARDED[@]}"
	assert_refused "tmpguard: --keep-to=$WORK/no: cannot be used: No such file or directory" "" "$TMPGUARD" run --keep-to="$WORK/no"
	touch "$WORK/file"
	assert_refused "tmpguard: --keep-to=$WORK/file: cannot be used: Not a directory" "" "$TMPGUARD" run --keep-to="$WORK/file"
	assert_refused "tmpguard: --keep-to=: cannot be used: No such file or directory" "" "$TMPGUARD" run --keep-to=
}

@test "run: options that need a value, at the end" {
	local option

	for option in --error-exitcode --linger --report --keep-to --dir --prefix --persist --track --exclude --lifetime \
		--follow --disable; do
		ask "$TMPGUARD" run "$option"
		assert_equal "answer to $option" "status 125" "$ANSWER"
		assert_one_line "tmpguard: run: $option: needs a value; try tmpguard run --help"
	done
}

@test "run: no command, in each way to say none" {
	local words

	for words in "" "--" "-q" "-q --" "--dry-run --track=off"; do
		# shellcheck disable=SC2086 # words
		ask "$TMPGUARD" run $words
		assert_equal "answer to '$words'" "status 125" "$ANSWER"
		assert_one_line "tmpguard: run: no command; usage: tmpguard run [OPTION...] [--] COMMAND [ARG...]"
	done
	assert_only_bystanders
}

@test "run: a command that is not there or cannot be run is named, in one line, and nothing is left" {
	ask "${GUARDED[@]}" no-such-command
	assert_equal answer "status 127" "$ANSWER"
	assert_one_line "tmpguard: run: no-such-command: No such file or directory"
	ask "${GUARDED[@]}" ""
	assert_equal answer "status 127" "$ANSWER"
	assert_one_line "tmpguard: run: : No such file or directory"
	ask "${GUARDED[@]}" "$WORK"
	assert_equal answer "status 126" "$ANSWER"
	assert_one_line "tmpguard: run: $WORK: Permission denied"
	printf '#!/no/such/interpreter\n' >"$WORK/script"
	chmod +x "$WORK/script"
	ask "${GUARDED[@]}" "$WORK/script"
	assert_equal answer "status 127" "$ANSWER"
	assert_one_line "tmpguard: run: $WORK/script: No such file or directory"
	ask "${GUARDED[@]}" "$(long 5000)"
	assert_equal answer "status 126" "$ANSWER"
	assert_one_line "tmpguard: run: xxxx" "File name too long"
	assert_only_bystanders
}

@test "tmpguard: no subcommand, one that is not there, and wrong words of the others: 2, and a line that names them" {
	local subcommand

	ask "$TMPGUARD"
	assert_equal answer "status 2" "$ANSWER"
	assert_one_line "tmpguard: no subcommand; try tmpguard --help"
	for subcommand in no-such --no-such -x "" Run; do
		ask "$TMPGUARD" "$subcommand"
		assert_equal answer "status 2" "$ANSWER"
		assert_one_line "tmpguard: $subcommand: no such"
	done
	for subcommand in $("$TMPGUARD" --help | sed -n 's/^.* tmpguard \([a-z]\+\) .*/\1/p' | sort -u); do
		[ "$subcommand" != run ] || continue
		ask "$TMPGUARD" "$subcommand" --no-such-option
		assert_equal "answer of $subcommand" "status 2" "$ANSWER"
		assert_one_line "tmpguard: $subcommand: --no-such-option: no such option"
	done
}

# ---- TMPGUARD_DIR

# The shim, the tool and the probe where users without rights can reach them.
make_copies() {
	COPIES=$TMPDIR/copies
	mkdir "$COPIES" "$TMPDIR/own"
	cp "$SHIM" "$TMPGUARD" "$BUILD/tmpguard-janitor" "$PROBE" "$COPIES"
	chmod 755 "$TMPDIR" "$COPIES"
	chmod 1777 "$TMPDIR/own"
	declare_left copies own
	SNAPSHOT=$(snapshot "$TMPDIR")
}

# Bare: the same answer, one line that says why, and nothing is left. run: refused.
assert_dir_useless() { # DIR REASON
	ask "${SHIMMED[@]}" TMPGUARD_DIR="$1" sh -c "$PROGRAM"
	assert_as_plainly "with DIR=$1"
	assert_one_line "tmpguard: TMPGUARD_DIR=${1:0:150}: cannot be used: $2"
	assert_only_bystanders
	ask env TMPGUARD_DIR="$1" "${GUARDED[@]}" touch "$WORK/was-run"
	assert_equal "answer of run" "status 125" "$ANSWER"
	assert_one_line "tmpguard: TMPGUARD_DIR=$1: cannot be used: $2"
	ask "$TMPGUARD" run --dir="$1" -- touch "$WORK/was-run"
	assert_equal "answer of run" "status 125" "$ANSWER"
	assert_one_line "tmpguard: --dir=$1: cannot be used: $2"
	assert_missing "$WORK/was-run"
	assert_only_bystanders
}

@test "DIR: not there, a file, a link that leads nowhere or round in circles, too long" {
	touch "$WORK/file"
	ln -s no "$WORK/nowhere"
	ln -s loop "$WORK/loop"
	ask_plainly sh -c "$PROGRAM"
	assert_dir_useless "$WORK/no" "No such file or directory"
	assert_dir_useless "$WORK/file" "Not a directory"
	assert_dir_useless "$WORK/file/below" "Not a directory"
	assert_dir_useless "$WORK/nowhere" "No such file or directory"
	assert_dir_useless "$WORK/loop" "Too many levels of symbolic links"
	assert_dir_useless "$WORK/$(long 256)" "File name too long"
	assert_dir_useless "/$(long 600)" "File name too long"
	assert_dir_useless "/$(long 5000)" "File name too long"
}

@test "DIR: a directory that may not be written to" {
	[ "$(id -u)" = 0 ] || skip "only root can become another user"
	make_copies
	NOBODY=(setpriv --reuid=65534 --regid=65534 --clear-groups -- env TMPDIR="$TMPDIR/own")
	ask_plainly "${NOBODY[@]}" "$COPIES/probe" quiet mkstemp "$TMPDIR/own/aXXXXXX" write text readback
	rm "$TMPDIR/own"/a*
	ask "${NOBODY[@]}" TMPGUARD_DIR=/usr LD_PRELOAD="$COPIES/libtmpguard.so" \
		"$COPIES/probe" quiet mkstemp "$TMPDIR/own/aXXXXXX" write text readback
	assert_as_plainly "unwritable"
	assert_one_line "tmpguard: TMPGUARD_DIR=/usr: cannot be used: Permission denied"
	assert_empty "$TMPDIR/own"
	ask "${NOBODY[@]}" TMPGUARD_DIR=/usr "$COPIES/tmpguard" run -- "$COPIES/probe" touch "$TMPDIR/own/was-run"
	assert_equal "answer of run" "status 125" "$ANSWER"
	assert_one_line "tmpguard: TMPGUARD_DIR=/usr: cannot be used: Permission denied"
	assert_empty "$TMPDIR/own"
}

@test "DIR: vanishes between two programs: the next says so, and makes its files where it was asked to" {
	mkdir "$WORK/d"
	ask "${SHIMMED[@]}" TMPGUARD_DIR="$WORK/d" bash -c '"$PROBE" quiet mkstemp /tmp/tgt-foobar-foobar-foobar-foobarXXXXXX write one readback
		rm -r "$WORK/d"; exec "$PROBE" quiet mkstemp "$T" write two readback mkdtemp "$T" exit 7'
	assert_equal answer $'content: one\ncontent: two\nstatus 7' "$ANSWER"
	assert_one_line "tmpguard: TMPGUARD_DIR=$WORK/d: cannot be used: No such file or directory"
	wait_until_only_bystanders
}

@test "DIR: vanishes under a program: one line, and its files are made where it was asked to" {
	local way name=/tmp/tgt-$$-foobar-foobar-foobar-foobar-foobar-foobar-foobarXXXXXX

	printf '#!/bin/sh\nexec rm -rf "$WORK/d"\n' >"$WORK/rm.sh"
	chmod +x "$WORK/rm.sh"
	for way in shimmed guarded; do
		mkdir "$WORK/d"
		case $way in
		shimmed) set -- "${SHIMMED[@]}" TMPGUARD_DIR="$WORK/d" ;;
		guarded) set -- env TMPGUARD_DIR="$WORK/d" "${GUARDED[@]}" ;;
		esac
		ask "$@" "$PROBE" quiet mkstemp "$name" write one readback program "$WORK/rm.sh" posix_spawn { x } \
			mkstemp "$name" write two readback print-to "$WORK/path" exit 7
		assert_equal "answer $way" $'content: one\nposix_spawn: exit 0\ncontent: two\nstatus 7' "$ANSWER"
		assert_one_line "tmpguard: TMPGUARD_DIR=$WORK/d: nothing can be made there: No such file or directory"
		assert_exists "$(cat "$WORK/path")"
		[[ $(cat "$WORK/path") == "${name%XXXXXX}"?????? ]] || fail "$(cat "$WORK/path")"
		rm "$(cat "$WORK/path")" # which whoever should have cleaned has gone
		assert_only_bystanders
	done
}

# ---- TMPDIR and HOME

@test "TMPDIR and HOME: not there, a file, relative, empty, much too long: nobody says anything" {
	local value variable

	touch "$WORK/file"
	cd "$WORK"
	for value in "$WORK/no" "$WORK/file" here '' "$(long 5000)" "/$(long 5000)" $'/tmp/\n'; do
		for variable in TMPDIR HOME; do
			ask_plainly env "$variable=$value" "$PROBE" quiet mkstemp "$T" write text readback tmpfile write text readback
			ask env "$variable=$value" "${SHIMMED[@]}" "$PROBE" quiet mkstemp "$T" write text readback tmpfile \
				write text readback
			assert_as_plainly "with $variable=${value:0:50}"
			assert_equal "complaints with $variable=${value:0:50}" "" "$COMPLAINTS"
			remove_left
			ask env "$variable=$value" "${GUARDED[@]}" "$PROBE" quiet mkstemp "$T" write text readback tmpfile \
				write text readback
			assert_as_plainly "run with $variable=${value:0:50}"
			assert_equal "complaints of run with $variable=${value:0:50}" "" "$COMPLAINTS"
			remove_left
		done
	done
}

@test "TMPDIR is a directory with a very long path: the session is in /tmp, its files stay, and one line says so" {
	local deep outside name

	outside=$(make_outside)
	deep=$outside name=$(long 100)
	while [ "${#deep}" -lt 1030 ]; do
		deep+=/$name
	done
	mkdir -p "$deep"
	ask env TMPDIR="$deep" "${SHIMMED[@]}" "$PROBE" quiet mkstemp "$deep/aXXXXXX" mkstemp "$T" fork { mkstemp "$T" } wait
	assert_one_line "tmpguard: TMPDIR is too long" "may stay"
	assert_left 0
	assert_count "$deep" 1
	# Below 240 bytes it has the session, too, and below 512 it is known.
	for deep in "${deep:0:400}" "${deep:0:239}"; do
		mkdir -p "$deep"
		ask env TMPDIR="$deep" "${SHIMMED[@]}" "$PROBE" quiet mkstemp "$deep/aXXXXXX" fork { mkstemp "$deep/aXXXXXX" } wait
		assert_equal "complaints" "" "$COMPLAINTS"
		assert_equal "files" "" "$(find "$deep" -maxdepth 1 -name 'a??????')"
	done
	rm -rf "$outside"
}

# ---- a machine that has run out of something

# Sets NAMESPACE to what gives a command mounts of its own.
need_namespace() {
	need unshare
	NAMESPACE=(unshare -m)
	"${NAMESPACE[@]}" true 2>/dev/null || NAMESPACE=(unshare -rm)
	"${NAMESPACE[@]}" mount -t tmpfs none "$WORK" 2>/dev/null || skip "nothing can be mounted here"
	SMALL=$WORK/small
	mkdir -p "$SMALL"
	export SMALL PATIENCE=100
	ON_SMALL=("${NAMESPACE[@]}" bash -c "$ON_SMALL_SCRIPT")
}

# "${ON_SMALL[@]}" OPTIONS FILL CMD...: runs it with TMPDIR on a tmpfs of its own, mounted with
# OPTIONS and filled by the script FILL. What is there a moment after the end, and was not before, is
# in WORK/left. CMD finds its template in T.
ON_SMALL_SCRIPT='mount -t tmpfs -o "mode=1777,$0" none "$SMALL" && cd "$SMALL" && eval "$1" || exit 99
	export TMPDIR=$SMALL T=$SMALL/aXXXXXX
	find . -mindepth 1 | sort >"$WORK/before"
	cd /
	"${@:2}"
	status=$?
	for ((i = 0; i < PATIENCE; i++)); do
		(cd "$SMALL" && find . -mindepth 1 | sort) | comm -13 "$WORK/before" - >"$WORK/left"
		[ -s "$WORK/left" ] || break
		sleep 0.01
	done
	exit $status'

FULL='dd if=/dev/zero of=filler bs=4k status=none 2>/dev/null; ! echo x 2>/dev/null >y || exit 99; rm -f y'
NO_INODES='i=0; while touch "i$((i += 1))" 2>/dev/null; do :; done'

assert_left_nothing() { # WHAT
	assert_equal "left on the small disk, $1" "" "$(cat "$WORK/left")"
}

# Does the command do as plainly, and say no more than the line, if any; and nothing is left.
assert_copes() { # WAY LINE CMD...
	local way=$1 line=$2

	shift 2
	case $way in
	bare) ask "${ON_SMALL[@]}" "$OPTIONS" "$FILL" "${SHIMMED[@]}" "$@" ;;
	run) ask "${ON_SMALL[@]}" "$OPTIONS" "$FILL" "${GUARDED[@]}" "$@" ;;
	esac
	assert_as_plainly "$way: $*" || return
	if [ -n "$line" ]; then
		assert_one_line "$line"
	else
		assert_equal "complaints, $way: $*" "" "$COMPLAINTS"
	fi || return
	assert_left_nothing "$way: $*"
}

# run refuses, in one line, and makes nothing.
assert_refused_there() { # LINE TEXT
	ask "${ON_SMALL[@]}" "$OPTIONS" "$FILL" "${GUARDED[@]}" touch "$WORK/was-run"
	assert_equal "answer of run" "status 125" "$ANSWER"
	assert_one_line "$1" "$2"
	assert_missing "$WORK/was-run"
	assert_left_nothing run
}

# The only places are the small disk and what cannot be written to.
READ_ONLY='mount --rbind "$WORK" "$WORK" && for dir in /tmp /var/tmp; do
	mount --rbind $dir $dir && mount -o remount,bind,ro $dir || exit 98; done'

NO_JOURNAL="tmpguard: the session's journal cannot be written: "
NO_SESSION="tmpguard: no session can be made in any temporary directory; temporary files go only if this process ends in order"

@test "a full disk: the session goes elsewhere, the program sees that error where it would, and what it made goes" {
	need_namespace
	for OPTIONS in size=64k size=64k,nr_inodes=40; do
		FILL=$FULL
		set -- "$PROBE" mkstemp "$SMALL/aXXXXXX" write text readback mkdtemp "$SMALL/aXXXXXX" fork { mkstemp "$SMALL/aXXXXXX" } wait exit 7
		ask_plainly "${ON_SMALL[@]}" "$OPTIONS" "$FILL" "$@"
		[[ $ANSWER == *"write: errno=ENOSPC"* && $ANSWER == *"mkdtemp: ok"* ]] || fail "$ANSWER"
		assert_copes bare "" "$@"
		assert_copes run "" "$@"
		ask_plainly "${ON_SMALL[@]}" "$OPTIONS" "$FILL" sh -c "$PROGRAM"
		assert_copes bare "" sh -c "$PROGRAM"
	done
}

@test "no inodes: likewise" {
	need_namespace
	OPTIONS=size=64k,nr_inodes=30
	for FILL in "$NO_INODES" "$NO_INODES; rm i7" "$NO_INODES; rm i7 i8 i9"; do
		set -- "$PROBE" mkstemp "$SMALL/aXXXXXX" write text readback mkdtemp "$SMALL/aXXXXXX" exit 7
		ask_plainly "${ON_SMALL[@]}" "$OPTIONS" "$FILL" "$@"
		[[ $FILL == *rm* || $ANSWER == *"errno=ENOSPC"* ]] || fail "$ANSWER"
		assert_copes bare "" "$@"
		assert_copes run "" "$@"
		ask_plainly "${ON_SMALL[@]}" "$OPTIONS" "$FILL" sh -c "$PROGRAM"
		assert_copes bare "" sh -c "$PROGRAM"
	done
}

@test "no room anywhere: the program runs as without tmpguard, one line says so, run refuses" {
	need_namespace
	OPTIONS=size=64k FILL="$FULL; $READ_ONLY"
	set -- "$PROBE" mkstemp "$SMALL/aXXXXXX" write text readback mkdtemp "$SMALL/aXXXXXX" exit 7
	ask_plainly "${ON_SMALL[@]}" "$OPTIONS" "$FILL" "$@"
	assert_copes bare "$NO_JOURNAL" "$@"
	# Several processes: still one line. Nobody knows who needs what, so it stays.
	ask_plainly "${ON_SMALL[@]}" "$OPTIONS" "$FILL" sh -c "$PROGRAM"
	ask "${ON_SMALL[@]}" "$OPTIONS" "$FILL" "${SHIMMED[@]}" sh -c "$PROGRAM"
	assert_as_plainly "several processes"
	assert_one_line "$NO_JOURNAL"
	# A program that makes nothing hears nothing.
	ask "${ON_SMALL[@]}" "$OPTIONS" "$FILL" "${SHIMMED[@]}" sh -c 'echo hello; (exit 3); exit 7'
	assert_equal answer $'hello\nstatus 7' "$ANSWER"
	assert_equal complaints "" "$COMPLAINTS"
	assert_refused_there "tmpguard: run: cannot begin a session in " "Read-only file system"
}

@test "read-only temporary directories: the program sees that error where it would, one line says so, run refuses" {
	need_namespace
	OPTIONS=size=64k FILL="$READ_ONLY; mount -o remount,bind,ro \"\$SMALL\""
	set -- "$PROBE" mkstemp "$SMALL/aXXXXXX" mkdtemp "$SMALL/aXXXXXX" tmpfile exit 7
	ask_plainly "${ON_SMALL[@]}" "$OPTIONS" "$FILL" "$@"
	[[ $ANSWER == *"mkstemp: failed errno=EROFS"* ]] || fail "$ANSWER"
	assert_copes bare "$NO_SESSION" "$@"
	assert_copes bare "" sh -c 'echo hello; (exit 3); exit 7' || [[ $ANSWER == $'hello\nstatus 7' ]]
	assert_refused_there "tmpguard: run: cannot begin a session in " "Read-only file system"
}

@test "the disk fills while the program runs: what was made before and after goes" {
	need_namespace
	OPTIONS=size=256k FILL=:
	for script in '"$0" quiet mkstemp "$SMALL/aXXXXXX"; dd if=/dev/zero of="$SMALL/filler" bs=4k status=none 2>/dev/null
		"$0" mkstemp "$SMALL/aXXXXXX" write text readback mkdtemp "$SMALL/aXXXXXX"; rm "$SMALL/filler"; exit 7' \
		'dd if=/dev/zero of="$SMALL/filler" bs=4k status=none 2>/dev/null; "$0" mkstemp "$SMALL/aXXXXXX" write text
		rm "$SMALL/filler"; exit 7'; do
		ask_plainly "${ON_SMALL[@]}" "$OPTIONS" "$FILL" bash -c "$script" "$PROBE"
		[[ $ANSWER == *"write: errno=ENOSPC"* ]] || fail "$ANSWER"
		assert_copes run "" bash -c "$script" "$PROBE"
	done
}

@test "a disk that is full when the journal has to grow: one line, and nothing else differs" {
	need_namespace
	OPTIONS=size=200k FILL='dd if=/dev/zero of=filler bs=4k count=32 status=none'
	ask_plainly "${ON_SMALL[@]}" "$OPTIONS" "$FILL" "$PROBE" threads 2 300 "$SMALL/aXXXXXX"
	ask "${ON_SMALL[@]}" "$OPTIONS" "$FILL" "${SHIMMED[@]}" "$PROBE" threads 2 300 "$SMALL/aXXXXXX"
	assert_as_plainly bare
	assert_one_line "tmpguard: temporary files cannot be registered any more, and stay: No space left on device"
	[ "$(wc -l <"$WORK/left")" -lt 590 ] || fail "none of them has gone"
}

# ---- limits

# "${LIMITED[@]}" LIMIT CMD...: with these words for ulimit, and no descriptors but the first three.
LIMITED=(bash -c 'exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; ulimit $0 || exit 99; exec "$@"')

# One line at most; or under run one of the command's and one of run's own.
assert_few_lines() { # WAY
	[ -z "$COMPLAINTS" ] || [ "$1" = run ] || assert_one_line "tmpguard: " || return
	[[ -z $(uniq -d "$WORK/complaints") && $(wc -l <<<"$COMPLAINTS") -le 2 ]] || fail "$1 said: $COMPLAINTS"
}

# Under that limit the command does as plainly, by bare shim and by run, and what says nothing leaves
# nothing. run may refuse where the limit is a hard one.
copes_with_limit() { # LIMIT CMD...
	local limit=$1

	shift
	ask_plainly "${LIMITED[@]}" "$limit" "$@"
	ask "${LIMITED[@]}" "$limit" "${SHIMMED[@]}" "$@"
	assert_as_plainly "bare, $limit" || return
	assert_few_lines bare || return
	[ -n "$COMPLAINTS" ] || wait_until_only_bystanders || return
	remove_left
	ask "${LIMITED[@]}" "$limit" "${GUARDED[@]}" "$@"
	assert_few_lines run || return
	[ -n "$COMPLAINTS" ] || wait_until_only_bystanders || return
	[[ $limit == -S* || $ANSWER != "status 125" || -z $COMPLAINTS ]] || return 0
	assert_as_plainly "run, $limit" || return
	remove_left
}

@test "RLIMIT_NOFILE: at each number of descriptors the program does as without tmpguard, or run refuses" {
	local n kind

	for kind in -S -; do
		for n in 4 5 6 8 10; do
			copes_with_limit "${kind}n $n" "$PROBE" mkstemp "$T" mkdtemp "$T" tmpfile fork { mkstemp "$T" } wait exit 7
		done
	done
}

@test "RLIMIT_NOFILE: what the limit keeps the shim from, run removes all the same" {
	local n

	for n in 4 6 8 10; do
		ask "${LIMITED[@]}" "-Sn $n" "$TMPGUARD" run --report="$WORK/out.jsonl" -q -- bash -c 'ulimit -Sn
			mkdir -p "$TMPDIR/a/b/c/d/e/f/g"; touch "$TMPDIR"/a/b/c/d/e/f/g/{1,2,3}; exit 7'
		assert_equal "answer, $n" "$n"$'\n'"status 7" "$ANSWER"
		assert_equal "complaints, $n" "" "$COMPLAINTS"
		assert_only_bystanders
		grep -q '"inodes":10,' "$WORK/out.jsonl"
	done
}

@test "RLIMIT_FSIZE: at each size nobody is killed on our account" {
	local n kind

	for kind in -S -; do
		for n in 1 8 16 64; do
			copes_with_limit "${kind}f $n" "$PROBE" mkstemp "$T" mkdtemp "$T" fork { mkstemp "$T" } wait \
				threads 2 50 "$T" exit 7
		done
	done
}

@test "RLIMIT_FSIZE: a report that would be too large is no reason to be killed, or to leave files" {
	local n

	for n in 1 16 64; do
		ask "${LIMITED[@]}" "-f $n" "${SHIMMED[@]}" TMPGUARD_REPORT="$WORK/bare.jsonl" "$PROBE" threads 2 200 "$T" exit 7
		assert_equal "answer, bare, $n" $'threads: 400 made\nstatus 7' "$ANSWER"
		assert_few_lines bare
		[ -n "$COMPLAINTS" ] || wait_until_only_bystanders
		remove_left
		ask "${LIMITED[@]}" "-f $n" "$TMPGUARD" run -q --report="$WORK/run.jsonl" -- "$PROBE" threads 2 200 "$T" exit 7
		[ "$ANSWER" = "status 125" ] || assert_equal "answer, run, $n" $'threads: 400 made\nstatus 7' "$ANSWER"
		assert_few_lines run
		[ -n "$COMPLAINTS" ] || assert_only_bystanders
		remove_left
		ask "${LIMITED[@]}" "-Sf $n" "$TMPGUARD" run -q --report="$WORK/run.jsonl" -- "$PROBE" mkstemp "$T" exit 7
		assert_equal "complaints of run, $n, soft" "" "$COMPLAINTS"
		assert_only_bystanders
		rm -f "$WORK"/*.jsonl
	done
}

# ---- TMPGUARD_SESSION

# Directories that look like sessions, with things in them that nobody may touch. FORGED is what one
# would be called.
make_forged() {
	FORGED=$WORK/forged/$BASE/AAAAAA
	mkdir -p "$FORGED/tmp/important"
	chmod 700 "$WORK/forged/$BASE" "$FORGED"
	echo precious >"$FORGED/tmp/important/file"
	echo text >"$FORGED/journal"
	echo text >"$FORGED/settings"
}

# With this value the program does as plainly, says nothing, and leaves nothing; nor is anything of
# what was forged touched.
assert_ignored() { # VALUE
	local forged=$WORK/forged before=

	[ ! -e "$forged" ] || before=$(snapshot "$forged")
	ask "${SHIMMED[@]}" TMPGUARD_SESSION="$1" sh -c "$PROGRAM"
	assert_as_plainly "bare, ${1:0:50}" || return
	assert_equal "complaints, bare, ${1:0:50}" "" "$COMPLAINTS" || return
	wait_until_only_bystanders || return
	ask "${SHIMMED[@]}" TMPGUARD_SESSION="$1" "$PROBE" quiet mkstemp "$T" raise KILL
	wait_until_only_bystanders || return
	ask env TMPGUARD_SESSION="$1" "${GUARDED[@]}" sh -c "$PROGRAM"
	assert_as_plainly "run, ${1:0:50}" || return
	assert_equal "complaints, run, ${1:0:50}" "" "$COMPLAINTS" || return
	assert_only_bystanders || return
	[ -z "$before" ] || assert_equal "what was forged" "$before" "$(snapshot "$forged")"
}

@test "SESSION: what is no session's name is ignored" {
	local value

	ask_plainly sh -c "$PROGRAM"
	for value in '' : x 1 1: ':/tmp' 1:/ 1:relative "-1:$TMPDIR/$BASE/AAAAAA" 1:// "x:$TMPDIR/$BASE/AAAAAA" \
		"99999999999999999999:$TMPDIR/$BASE/AAAAAA" "1:$TMPDIR/$BASE/AAAAAAA" "1:$TMPDIR/$BASE/AAAAAA/" \
		"1:$TMPDIR/.tmpguard-4294967295/AAAAAA" "1:$TMPDIR" $'1:/tmp/\n/AAAAAA' $'1\n:/tmp/'"$BASE/AAAAAA" \
		"$(long 5000)" "1:/$(long 5000)" "1:/$(long 5000 /)" "1:$TMPDIR/$(long 5000)/$BASE/AAAAAA" $'\e\xff\x01'; do
		assert_ignored "$value"
	done
}

@test "SESSION: stale, a session that was never there or has ended" {
	local value

	ask_plainly sh -c "$PROGRAM"
	assert_ignored "1:$TMPDIR/$BASE/AAAAAA"
	assert_ignored "1:/nonexistent/$BASE/AAAAAA"
	value=$(shimmed sh -c ': & wait; echo "$TMPGUARD_SESSION"')
	[[ $value == *:"$TMPDIR/$BASE"/?????? ]] || fail "no session: $value"
	assert_ignored "$value"
}

@test "SESSION: forged, a directory without a lock, one that others can write to, a file, a symbolic link" {
	ask_plainly sh -c "$PROGRAM"
	make_forged
	assert_ignored "1:$FORGED"
	: >"$FORGED/lock"
	chmod 777 "$FORGED"
	assert_ignored "1:$FORGED"
	chmod 700 "$FORGED"
	mv "$FORGED" "$WORK/forged/real"
	ln -s "$WORK/forged/real" "$FORGED"
	assert_ignored "1:$FORGED"
	rm "$FORGED"
	echo text >"$FORGED"
	assert_ignored "1:$FORGED"
	rm "$FORGED"
	mkdir -m 700 "$FORGED"
	mkfifo "$FORGED/lock"
	assert_ignored "1:$FORGED"
	rm "$FORGED/lock"
	ln -s "$WORK/forged/real/lock" "$FORGED/lock"
	assert_ignored "1:$FORGED"
	rm "$FORGED/lock"
	mkdir "$FORGED/lock"
	assert_ignored "1:$FORGED"
}

@test "SESSION: forged, a directory of another user" {
	[ "$(id -u)" = 0 ] || skip "only root can give files away"
	ask_plainly sh -c "$PROGRAM"
	make_forged
	: >"$FORGED/lock"
	chown -R 65534:65534 "$FORGED"
	assert_ignored "1:$FORGED"
	chown 65534:65534 "$WORK/forged/$BASE"
	assert_ignored "1:$FORGED"
	chown -R 0:0 "$WORK/forged"
	chown 65534 "$FORGED/lock"
	assert_ignored "1:$FORGED"
}

@test "SESSION: forged, a directory like a session with a lock: nothing in it is touched" {
	local before

	ask_plainly sh -c "$PROGRAM"
	make_forged
	: >"$FORGED/lock"
	before=$(snapshot "$FORGED/tmp")
	for value in "1:$FORGED" "$$:$FORGED"; do
		ask "${SHIMMED[@]}" TMPGUARD_SESSION="$value" sh -c "$PROGRAM"
		assert_as_plainly "bare, $value"
		assert_one_line "${NO_JOURNAL}it is none"
		rm "$FORGED/warned"
		ask env TMPGUARD_SESSION="$value" "${GUARDED[@]}" sh -c "$PROGRAM"
		assert_as_plainly "run, $value"
		assert_equal "what is in it" "$before" "$(snapshot "$FORGED/tmp")"
		assert_content "$FORGED/tmp/important/file" precious
		remove_left
	done
}

@test "SESSION: the live session of a run, and of a program with the shim alone: files live as long as it does" {
	local way

	ask_plainly sh -c "$PROGRAM"
	for way in shimmed guarded; do
		RUN_OPTIONS=(-q)
		rm -f "$WORK"/{session,go}
		start "$way" sh -c 'echo "$TMPGUARD_SESSION" >"$WORK/session.new"; mv "$WORK/session.new" "$WORK/session"
			: & "$PROBE" wait-for "$WORK/go"'
		wait_until_there "$WORK/session"
		for value in "$(cat "$WORK/session")" "4194303:$(cut -d: -f2- "$WORK/session")"; do
			ask "${SHIMMED[@]}" TMPGUARD_SESSION="$value" sh -c "$PROGRAM"
			assert_as_plainly "beside $way"
			assert_equal "complaints beside $way" "" "$COMPLAINTS"
			ask "${SHIMMED[@]}" TMPGUARD_SESSION="$value" "$PROBE" quiet mkstemp "$T" print-to "$WORK/path"
			assert_stays exists "$(cat "$WORK/path")"
			ask env TMPGUARD_SESSION="$value" "${GUARDED[@]}" sh -c "$PROGRAM"
			assert_as_plainly "run beside $way"
			assert_equal "complaints of run beside $way" "" "$COMPLAINTS"
			assert_exists "$(cat "$WORK/path")"
		done
		touch "$WORK/go"
		wait "$PID"
		wait_until_only_bystanders 5
	done
}
