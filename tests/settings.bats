#!/usr/bin/env bats
# settings.bats: every variable of DESIGN 9 and every option of `run`, in each way that they can be
# set: by variable with the shim alone, by variable under run, by option of run. What is malformed is
# in badinput.bats, and so is what breaks while a program runs.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034,SC2054,SC2154 # the probe's braces and words; scripts; variables
load helper

setup() {
	begin_test
	make_bystanders
	WAYS=("bare" "variable" "option")
	SHORT=$(mktemp -d /tmp/XXXX) # the longest that /tmp/fooXXXXXX has room for, with four letters
	export SHORT TMPGUARD
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
		# shellcheck disable=SC2001 # no pattern of bash says it
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

@test "DIR: too long for the template: it is made in a short directory in its own temp root" {
	local way dir=$TMPDIR/a-rather-long-directory-name

	mkdir "$dir"
	declare_left a-rather-long-directory-name
	for way in "${WAYS[@]}"; do
		said with "$way" DIR "$dir" "$PROBE" quiet mkstemp /tmp/aXXXXXX print
		assert_was "$way" "/tmp/[A-Za-z0-9]{2}/[A-Za-z0-9]{4}"
		assert_missing "${SAID%/*}"
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

@test "DIR: a relative template stays relative, in a short directory" {
	cd "$TMPDIR"
	said with bare DIR "$SHORT" "$PROBE" quiet mkstemp aXXXXXX print
	[[ $SAID =~ ^[A-Za-z0-9]{2}/[A-Za-z0-9]{4}$ ]] || fail "$SAID"
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
			said with "$way" DIR "$SHORT" "$PROBE" quiet closefrom 3 $place program /usr/bin/readlink execv { /proc/self/fd/3 }
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

# ---- TMPGUARD_PERSIST

# The session directories in TMPDIR, and those of them that are marked as kept.
sessions() {
	find "$TMPDIR/$BASE" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l
}

kept_sessions() {
	find "$TMPDIR/$BASE" -mindepth 2 -maxdepth 2 -name kept 2>/dev/null | wc -l
}

no_living_session() {
	[ "$(sessions)" = "$(kept_sessions)" ] && no_janitor
}

# after WAY VALUE CMD...: runs it with that PERSIST, and waits for whoever cleans.
after() {
	with "$1" PERSIST "$2" "${@:3}" >"$WORK/said" 2>"$WORK/complaints" || true
	wait_until 5 no_living_session || fail "a session lives on: $(ls -A "$TMPDIR/$BASE")"
}

# Names kept, as a list in order, without what is drawn; then all of it is removed.
assert_kept() { # WHAT NAME...
	local what=$1 names

	shift
	names=$(undeclared | grep -vxF "$BASE" | sort | tr '\n' ' ') || true
	assert_equal "kept: $what" "${*:+$* }" "$names" || return
	if [ $# -gt 0 ]; then
		assert_equal "marked: $what" 1 "$(kept_sessions)" || return
	else
		assert_equal "sessions: $what" 0 "$(sessions)" || return
	fi
	rm -rf "${TMPDIR:?}/$BASE"
	remove_left
}

@test "PERSIST: unset, empty and 0 remove, 1 keeps, however it ends" {
	local way end value name

	for end in "exit 0" "exit 1" "_exit 0" "raise KILL" "fork { sleep 50 } exit 0"; do
		for way in "${WAYS[@]}"; do
			for value in '' 0; do
				# shellcheck disable=SC2086 # words
				after "$way" "$value" "$PROBE" mkstemp "$T" mkdtemp "$T" populate $end
				assert_kept "$way '$value' $end"
			done
			# shellcheck disable=SC2086 # words
			after "$way" 1 "$PROBE" quiet mkstemp "$T" print $end
			name=$(head -n 1 "$WORK/said")
			assert_kept "$way 1 $end" "${name##*/}"
		done
	done
}

@test "PERSIST: on-failure keeps unless the end was 0" {
	local way end name

	for way in "${WAYS[@]}"; do
		for end in "exit 0" "_exit 0" "return 0" "quick_exit 0" "fork { sleep 50 exit 9 } exit 0" \
			"fork { exit 3 } wait exit 0" "execv { exit 0 }" "fork { raise KILL } wait exit 0"; do
			# shellcheck disable=SC2086 # words
			after "$way" on-failure "$PROBE" mkstemp "$T" $end
			assert_kept "$way $end"
		done
		for end in "exit 1" "_exit 1" "return 7" "quick_exit 255" "raise KILL" "raise TERM" abort \
			"fork { sleep 50 } exit 9" "fork { sleep 50 } raise KILL" "execv { exit 2 }"; do
			# shellcheck disable=SC2086 # words
			after "$way" on-failure "$PROBE" quiet mkstemp "$T" print $end
			name=$(head -n 1 "$WORK/said")
			assert_kept "$way $end" "${name##*/}"
		done
	done
}

@test "PERSIST: on-failure, where the end was never seen, keeps" {
	local way name end

	for end in "exit_group 0" "exit_group 1"; do
		# shellcheck disable=SC2086 # words
		after bare on-failure "$PROBE" quiet mkstemp "$T" print $end
		name=$(head -n 1 "$WORK/said")
		assert_kept "bare $end" "${name##*/}"
	done
	for way in variable option; do
		after "$way" on-failure "$PROBE" mkstemp "$T" exit_group 0
		assert_kept "$way"
	done
}

# By the globs, the file with .keep at its end stays and the other goes; or none stays.
assert_keeps() { # WAY GLOB END
	local name

	# shellcheck disable=SC2086 # words
	after "$1" "$2" "$PROBE" quiet mkstemp "$T" mkstemps "$TMPDIR/bXXXXXX.keep" 5 write text print $3
	name=$(head -n 1 "$WORK/said")
	assert_kept "$1 $2 $3" "${name##*/}"
}

@test "PERSIST: globs match base name, path asked for and real path, and keep only that" {
	local way glob end name

	ln -s "$TMPDIR" "$WORK/link"
	for way in "${WAYS[@]}"; do
		for end in "exit 0" "exit 1" "raise KILL" "fork { sleep 50 } exit 0"; do
			assert_keeps "$way" '*.keep' "$end"
		done
		for glob in '*.kee' 'b?????.???p' 'keep.*' './*' "$TMPDIR"'/b'; do
			after "$way" "$glob" "$PROBE" quiet mkstemps "$TMPDIR/bXXXXXX.keep" 5
			assert_kept "$way $glob"
		done
		for glob in "$WORK/link/*" "$TMPDIR/*"; do
			after "$way" "$glob" "$PROBE" quiet mkstemp "$WORK/link/bXXXXXX" print
			name=$(head -n 1 "$WORK/said")
			assert_kept "$way through a link, $glob" "${name##*/}"
		done
	done
	for glob in "$TMPDIR/*.keep" '/tmp/*.keep' '*/b*.keep' 'b??????.???p' '*.none:*.keep' '*.keep:*.none' \
		':*.keep:' '*[.]keep' '[b]*'; do
		assert_keeps bare "$glob" "exit 0"
	done
}

@test "PERSIST: a glob for something in a directory keeps that, and the directories above it" {
	local way end dir

	for way in "${WAYS[@]}"; do
		for end in "exit 0" "kill -9 \$\$"; do
			after "$way" '*.keep:*/deep/*' bash -c 'd=$(mktemp -d "$TMPDIR/zXXXXXX") && cd "$d" &&
				mkdir -p a/deep b/other && echo 1 >top.keep && echo 2 >a/deep/two && echo 3 >b/other/three &&
				echo 4 >a/four && echo "$d" && '"$end"
			dir=$(cat "$WORK/said")
			assert_equal "kept, $way $end" "$(printf '%s\n' . ./a ./a/deep ./a/deep/two ./top.keep)" \
				"$(cd "$dir" && find . | sort)"
			assert_equal "marked, $way $end" 1 "$(kept_sessions)"
			rm -rf "$dir" "${TMPDIR:?}/$BASE"
		done
	done
}

@test "PERSIST: a directory that matches stays whole" {
	local way dir

	for way in "${WAYS[@]}"; do
		after "$way" '*/keep-*' bash -c 'd=$(mktemp -d "$TMPDIR/keep-XXXXXX") && mkdir "$d/sub" &&
			touch "$d/sub/file" && mktemp -d >/dev/null && echo "$d"'
		dir=$(cat "$WORK/said")
		assert_exists "$dir/sub/file"
		[ "$way" != bare ] || assert_kept "$way" "${dir##*/}"
		rm -rf "$dir" "${TMPDIR:?}/$BASE"
	done
}

@test "PERSIST: under run, what was kept is listed, with what was not" {
	run -0 env TMPGUARD_PERSIST='*.keep' "$TMPGUARD" run -- "$PROBE" quiet mkstemps \
		"$TMPDIR/bXXXXXX.keep" 5 write text print mkstemp "$T"
	assert_output_has "temporary files kept:"
	assert_output_has "${lines[0]}: file, 4 bytes; mkstemps by probe"
	assert_output_has "SUMMARY: 1 left behind (0 bytes, 1 inode), 1 removed now; 1 kept (4 bytes, 1 inode)"
	assert_kept listed "$(basename "${lines[0]}")"
}

@test "PERSIST: what is kept counts for no --error-exitcode" {
	run -0 "$TMPGUARD" run -q --error-exitcode=9 --persist=1 -- "$PROBE" quiet mkstemp "$T"
	run -9 "$TMPGUARD" run -q --error-exitcode=9 --persist='*.x' -- "$PROBE" quiet mkstemp "$T"
	rm -rf "${TMPDIR:?}/$BASE"
	remove_left
}

@test "PERSIST: a kept session is passed over by those that come later" {
	local file

	after bare 1 "$PROBE" quiet mkstemp "$T" print
	file=$(cat "$WORK/said")
	"$TMPGUARD" run -q -- "$PROBE" quiet mkstemp "$T"
	shimmed "$PROBE" quiet mkstemp "$T" raise KILL || true
	assert_stays exists "$file"
	assert_kept "later" "${file##*/}"
}

@test "PERSIST: nothing was made, nothing is kept, nothing is marked" {
	local way

	for way in "${WAYS[@]}"; do
		for value in 1 on-failure '*.keep'; do
			after "$way" "$value" sh -c 'exit 3'
			assert_kept "$way $value"
			after "$way" "$value" "$PROBE" mkstemp "$T" unlink exit 3
			assert_kept "$way $value, removed"
		done
	done
}

@test "PERSIST: a file that was renamed out is published, and nothing is kept of it" {
	local way

	for way in "${WAYS[@]}"; do
		after "$way" 1 "$PROBE" quiet mkstemp "$T" write precious rename "$WORK/published"
		assert_kept "$way"
		assert_content "$WORK/published" precious
	done
}

# ---- --keep-to

@test "--keep-to moves what is kept, and the session goes" {
	local dir

	for dir in "$(mktemp -d "$HOME/.tgt-XXXX")" "$(mktemp -d /dev/shm/tgt-XXXX)"; do
		mkdir "$dir/to"
		echo old >"$dir/to/tree"
		run -0 "$TMPGUARD" run -q --persist='*.keep:*/tree:*/pipe' --keep-to="$dir/to" -- bash -c '
			echo new >"$TMPDIR/tree"; mkdir -m 700 "$TMPDIR/d.keep"; echo deep >"$TMPDIR/d.keep/file"
			touch -d @1000000000 "$TMPDIR/d.keep/file"; chmod 400 "$TMPDIR/d.keep/file"
			ln -s nowhere "$TMPDIR/d.keep/link"; mkfifo "$TMPDIR/pipe"; touch "$TMPDIR/gone"'
		assert_only "$dir/to" tree tree.1 d.keep pipe
		assert_content "$dir/to/tree" old
		assert_content "$dir/to/tree.1" new
		assert_content "$dir/to/d.keep/file" deep
		assert_equal mode "400 1000000000" "$(stat -c '%a %Y' "$dir/to/d.keep/file")"
		assert_equal link nowhere "$(readlink "$dir/to/d.keep/link")"
		[ -p "$dir/to/pipe" ]
		assert_only_bystanders
		(
			cd "$dir"
			run -0 "$TMPGUARD" run -q --persist=1 --keep-to=to -- bash -c 'cd /; echo newer >"$TMPDIR/tree"'
		)
		assert_content "$dir/to/tree.2" newer
		assert_only_bystanders
		rm -rf "$dir"
	done
}

@test "--keep-to: what lies in a directory that goes, and what is outside TMPDIR" {
	mkdir "$WORK/to"
	run -0 "$TMPGUARD" run -q --persist='*.keep' --keep-to="$WORK/to" -- bash -c '
		d=$(mktemp -d); mkdir "$d/sub"; echo 1 >"$d/sub/x.keep"; echo 2 >"$d/y"
		exec "$PROBE" quiet mkstemps "$1" 5 write 3' - "$TMPDIR/bXXXXXX.keep"
	assert_equal "number of files" 2 "$(find "$WORK/to" -name '*.keep' -type f | wc -l)"
	assert_equal "what was not to be kept" "" "$(find "$WORK/to" -name y)"
	assert_only_bystanders
}

@test "--keep-to: nothing kept, nothing moved" {
	mkdir "$WORK/to"
	run -1 "$TMPGUARD" run -q --keep-to="$WORK/to" -- "$PROBE" quiet mkstemp "$T" exit 1
	assert_empty "$WORK/to"
	run -0 "$TMPGUARD" run -q --keep-to="$WORK/to" --persist=on-failure -- "$PROBE" quiet mkstemp "$T"
	assert_empty "$WORK/to"
	assert_only_bystanders
}

# ---- TMPGUARD_TRACK and TMPGUARD_EXCLUDE under run; with the shim alone: idiom.bats

# The two kinds of file that TRACK tells apart: G is made by a program's own mkstemp.
G_WORDS() {
	G=$TMPDIR/foo.Ab3dE9xQ
	set -- "$PROBE" quiet mkstemp "$T" print open "$G" creat,excl,rdwr 0600
	WORDS=("$@")
}

# Exactly these are left in TMPDIR: `made`, by mkstemp, or `own`, by open.
assert_made_left() { # WHAT [made] [own]
	local what=$1 expected=

	shift
	[[ " $* " != *" made "* ]] || expected+=$(head -n 1 "$WORK/said")$'\n'
	[[ " $* " != *" own "* ]] || expected+=$G$'\n'
	assert_equal "left: $what" "$(sort <<<"${expected%$'\n'}")" \
		"$(undeclared | grep -vxF "$BASE" | sed "s|^|$TMPDIR/|" | sort)" || return
	remove_left
}

@test "TRACK: each value registers what it says, whoever says it" {
	local way value

	G_WORDS
	for way in "${WAYS[@]}"; do
		for value in idiom '' idiom,shm; do
			with "$way" TRACK "$value" "${WORDS[@]}" >"$WORK/said"
			assert_made_left "$way '$value'"
		done
		for value in api api,shm; do
			with "$way" TRACK "$value" "${WORDS[@]}" >"$WORK/said"
			assert_made_left "$way $value" own
		done
		with "$way" TRACK off "${WORDS[@]}" >"$WORK/said"
		assert_made_left "$way off" made own
	done
}

@test "TRACK: what lies in the private TMPDIR goes, whatever it says" {
	local value

	for value in off api idiom; do
		run -0 "$TMPGUARD" run -q --track=$value -- bash -c 'mktemp; mktemp -d; touch "$TMPDIR/plain"'
		assert_equal "lines" 2 "${#lines[@]}"
		assert_only_bystanders
	done
}

@test "TRACK: the option counts more than the variable" {
	G_WORDS
	export TMPGUARD_TRACK=off
	with option TRACK idiom "${WORDS[@]}" >"$WORK/said"
	assert_made_left "option idiom over off"
	with option TRACK '' "${WORDS[@]}" >"$WORK/said"
	assert_made_left "an empty option"
}

@test "TRACK: a child's own value counts for that child alone" {
	local way

	for way in "${WAYS[@]}"; do
		with "$way" TRACK idiom bash -c '
			TMPGUARD_TRACK=off "$PROBE" quiet mkstemp "$T" print; "$PROBE" quiet mkstemp "$T"' >"$WORK/said"
		assert_made_left "$way" made
	done
}

@test "TRACK=off: tmpnam, tempnam and mktemp are libc's own" {
	local way

	for way in "${WAYS[@]}"; do
		said with "$way" TRACK off "$PROBE" quiet tmpnam print
		[[ $SAID == /tmp/file?????? ]] || fail "$way: $SAID"
		said with "$way" TRACK off "$PROBE" quiet mktemp "$T" print
		[[ $SAID == "$TMPDIR"/a?????? ]] || fail "$way: $SAID"
	done
}

@test "EXCLUDE: a program by its name, its path, or the name of its script" {
	local way value

	need perl
	cp "$PROBE" "$WORK/excluded"
	printf '#!%s\nuse Fcntl; sysopen(my $f, $ENV{G}, O_CREAT | O_EXCL | O_RDWR, 0600) or die "$!"' \
		"$(readlink -f "$(command -v perl)")" >"$WORK/script.pl"
	chmod +x "$WORK/script.pl"
	export G=$TMPDIR/foo.Ab3dE9xQ
	for way in "${WAYS[@]}"; do
		for value in excluded '*/excluded' "$WORK/excluded" 'x:*cluded:y'; do
			with "$way" EXCLUDE "$value" "$WORK/excluded" quiet mkstemp "$T" print >"$WORK/said"
			assert_made_left "$way $value" made
		done
		for value in /excluded exclude "$WORK" ''; do
			with "$way" EXCLUDE "$value" "$WORK/excluded" quiet mkstemp "$T" print >"$WORK/said"
			assert_made_left "$way '$value'"
		done
		with "$way" EXCLUDE '*.pl' "$WORK/script.pl" >"$WORK/said"
		assert_made_left "$way script" own
		with "$way" EXCLUDE '*.py' "$WORK/script.pl" >"$WORK/said"
		assert_made_left "$way another script"
	done
}

@test "EXCLUDE: exempts that program, not its children, and keeps it in the session" {
	local way

	cp "$PROBE" "$WORK/excluded"
	for way in "${WAYS[@]}"; do
		with "$way" EXCLUDE excluded "$WORK/excluded" quiet mkstemp "$T" print program "$PROBE" \
			posix_spawn { quiet mkstemp "$T" print-to "$WORK/path" is-mine } >"$WORK/said"
		grep -q "it is:" "$WORK/said"
		assert_missing "$(cat "$WORK/path")"
		assert_made_left "$way" made
	done
}

# ---- TMPGUARD_LIFETIME

# What becomes of a file whose maker has ended, seen by the maker's parent.
FATE='f=$("$PROBE" quiet mkstemp "$T" print); [ -n "$f" ] && if [ -e "$f" ]; then echo there; else echo gone; fi'

@test "LIFETIME: session keeps a file for the maker's parent, process does not" {
	local way

	for way in "${WAYS[@]}"; do
		said with "$way" LIFETIME session bash -c "$FATE; :"
		assert_equal "$way session" there "$SAID"
		said with "$way" LIFETIME '' bash -c "$FATE; :"
		assert_equal "$way empty" there "$SAID"
		said with "$way" LIFETIME process bash -c "$FATE; :"
		assert_equal "$way process" gone "$SAID"
		assert_only_bystanders
	done
}

@test "LIFETIME=process: killed, the maker's file goes while its parent lives" {
	local way

	for way in "${WAYS[@]}"; do
		said with "$way" LIFETIME process bash -c '
			"$PROBE" quiet mkstemp "$T" print-to "$WORK/path" raise KILL
			for i in {1..200}; do [ -e "$(cat "$WORK/path")" ] || break; sleep 0.01; done
			[ -e "$(cat "$WORK/path")" ] && echo there || echo gone'
		assert_equal "$way" gone "${SAID##*$'\n'}"
		wait_until_only_bystanders
	done
}

@test "LIFETIME=process: forks of the maker still have the file" {
	local way

	for way in "${WAYS[@]}"; do
		said with "$way" LIFETIME process bash -c '
			"$PROBE" quiet mkstemp "$T" print-to "$WORK/path" fork { output "$WORK/out" closefrom 3 \
				touch "$WORK/forked" wait-for "$WORK/go" exists "<$WORK/path" touch "$WORK/done" } \
				wait-for "$WORK/forked"
			sleep 0.1; [ -e "$(cat "$WORK/path")" ] && echo "there after its maker"
			touch "$WORK/go"; "$PROBE" wait-for "$WORK/done"'
		assert_equal "$way" "there after its maker" "$SAID"
		assert_content "$WORK/out" "exists: yes"
		wait_until_only_bystanders
		rm "$WORK"/{go,out,forked,done}
	done
}

@test "LIFETIME=process: exec in the same process still has the file" {
	local way

	for way in "${WAYS[@]}"; do
		said with "$way" LIFETIME process bash -c 'cd /; exec 3>&1
			"$PROBE" quiet mkstemp "$T" print-to "$WORK/path" program /bin/sh \
			execv { -c "test -e \$(cat \$WORK/path) && echo there" }; test -e "$(cat "$WORK/path")" || echo gone'
		assert_equal "$way" $'there\ngone' "$SAID"
		wait_until_only_bystanders
	done
}

@test "LIFETIME=process: f=\$(mktemp) is for who called it" {
	local way

	for way in "${WAYS[@]}"; do
		said with "$way" LIFETIME process bash -c 'f=$(mktemp); [ -e "$f" ] && echo "$f"; :'
		assert_was "$way" "$TMPDIR/.*tmp\..{10}"
		wait_until_only_bystanders
	done
}

# ---- TMPGUARD_FOLLOW

@test "FOLLOW: a scrubbed environment gets the shim and the settings back, with 0 it does not" {
	local way value

	for way in "${WAYS[@]}"; do
		for value in 1 ''; do
			said with "$way" FOLLOW "$value" env -i "$PROBE" loaded
			assert_equal "$way '$value'" "shim: loaded" "$SAID"
		done
		said with "$way" FOLLOW 0 env -i "$PROBE" loaded
		assert_equal "$way 0" "shim: not loaded" "$SAID"
		with "$way" FOLLOW 0 env -i "$PROBE" quiet mkstemp "$T" print >"$WORK/said"
		assert_made_left "$way 0" made
		with "$way" FOLLOW 1 env -i "$PROBE" quiet mkstemp "$T" print >"$WORK/said"
		assert_made_left "$way 1"
	done
}

@test "FOLLOW=0: who keeps its environment is in the session as ever" {
	local way

	for way in "${WAYS[@]}"; do
		said with "$way" FOLLOW 0 bash -c '"$PROBE" loaded; f=$("$PROBE" quiet mkstemp "$T" print); [ -e "$f" ] && echo there'
		assert_equal "$way" $'shim: loaded\nthere' "$SAID"
		assert_only_bystanders
	done
}

@test "FOLLOW: settings of the session reach a scrubbed child" {
	local way

	for way in "${WAYS[@]}"; do
		G_WORDS
		with "$way" TRACK off env -i "${WORDS[@]}" >"$WORK/said"
		assert_made_left "$way" made own
	done
}

# ---- TMPGUARD_DISABLE under run; with the shim alone: contract.bats

@test "DISABLE=1 under run: the shim does nothing, the private TMPDIR is emptied all the same" {
	local way

	for way in variable option; do
		with "$way" DISABLE 1 bash -c '"$PROBE" quiet mkstemp "$T" print; mktemp >"$WORK/private"; exit 0' >"$WORK/said"
		assert_missing "$(cat "$WORK/private")"
		assert_made_left "$way" made
		for value in 0 ''; do
			with "$way" DISABLE "$value" "$PROBE" quiet mkstemp "$T" print >"$WORK/said"
			assert_made_left "$way '$value'"
		done
	done
	TMPGUARD_DISABLE=1 with option DISABLE 0 "$PROBE" quiet mkstemp "$T" print >"$WORK/said"
	assert_made_left "the option 0 over the variable 1"
}

# ---- TMPGUARD_REPORT and --report

lines_of() { # TYPE FILE: how many
	grep -c "^{\"type\":\"$1\"" "$2" || true
}

# Is FILE a report, whole, of so many sessions, with so many leaked files?
assert_report() { # FILE SESSIONS LEAKED
	[ -f "$1" ] || fail "$1: no report" || return
	assert_equal "sessions in $1" "$2" "$(lines_of session "$1")" || return
	assert_equal "summaries in $1" "$2" "$(lines_of summary "$1")" || return
	assert_equal "leaks in $1" "$3" "$(grep -c '"status":"leaked"' "$1" || true)"
}

@test "REPORT: bare and under run, JSON Lines are added to it" {
	local way

	for way in bare variable; do
		rm -f "$WORK/out"
		with "$way" REPORT "$WORK/out" "$PROBE" quiet mkstemp "$T"
		assert_report "$WORK/out" 1 1
		with "$way" REPORT "$WORK/out" true
		assert_report "$WORK/out" 2 1
		with "$way" REPORT "$WORK/out" "$PROBE" quiet mkstemp "$T" raise KILL || true
		wait_until_only_bystanders
		assert_report "$WORK/out" 3 2
		assert_only_bystanders
	done
}

@test "REPORT: %p is the root's pid, wherever it stands and however often" {
	local way pid

	mkdir "$WORK/out"
	for way in bare variable; do
		said with "$way" REPORT "$WORK/out/%p-%p.jsonl" sh -c '"$PROBE" quiet mkstemp "$T"; echo "${TMPGUARD_SESSION%%:*}"'
		pid=$SAID
		assert_only "$WORK/out" "$pid-$pid.jsonl"
		assert_report "$WORK/out/$pid-$pid.jsonl" 1 1
		rm "$WORK"/out/*
		with "$way" REPORT "$WORK/out/%%%d%" "$PROBE" quiet mkstemp "$T"
		assert_only "$WORK/out" "%%%d%"
		rm "$WORK"/out/*
	done
}

@test "REPORT: a relative path is meant from where the program starts, and stays there" {
	local way

	mkdir "$WORK/here"
	cd "$WORK/here"
	for way in bare variable; do
		with "$way" REPORT out "$PROBE" quiet chdir / mkstemp "$T"
		assert_report "$WORK/here/out" 1 1
		with "$way" REPORT ./out "$PROBE" quiet chdir / mkstemp "$T" raise KILL || true
		wait_until "$SOON" only_bystanders
		assert_report "$WORK/here/out" 2 2
		assert_only "$WORK/here" out
		rm out
	done
}

@test "REPORT: children write none of their own, and see the same session" {
	local way

	for way in bare variable; do
		with "$way" REPORT "$WORK/out" bash -c '"$PROBE" quiet mkstemp "$T"; ("$PROBE" quiet mkstemp "$T"); env -i "$PROBE" quiet mkstemp "$T"'
		assert_report "$WORK/out" 1 3
		rm "$WORK/out"
	done
}

@test "REPORT: empty is none" {
	local way

	mkdir "$WORK/here"
	cd "$WORK/here"
	for way in bare variable; do
		with "$way" REPORT '' "$PROBE" quiet mkstemp "$T"
		assert_empty "$WORK/here"
		assert_only_bystanders
	done
}

@test "--report: each gets its own, in its format, anew, with and without -q" {
	local option

	cd "$WORK"
	echo old >old.txt
	for option in -q -v ""; do
		run -0 --separate-stderr "$TMPGUARD" run ${option:+$option} --report=a.jsonl --report=b.txt \
			--report=text:c.jsonl --report=jsonl:d --report=old.txt --report=text:- \
			-- "$PROBE" quiet mkstemp "$T"
		assert_report a.jsonl 1 1
		cmp a.jsonl d
		grep -q "SUMMARY: 1 left behind" b.txt
		cmp b.txt c.jsonl
		cmp b.txt old.txt
		assert_equal "standard output" "$(cat b.txt)" "$output"
		[ "$option" != -q ] || assert_equal "standard error" "" "$stderr"
		[ "$option" = -q ] || [[ $stderr == *"SUMMARY: 1 left behind"* ]] || fail "$stderr"
	done
}

@test "--report beside TMPGUARD_REPORT: both are written" {
	TMPGUARD_REPORT=$WORK/env.jsonl run -0 "$TMPGUARD" run -q --report="$WORK/opt.jsonl" -- "$PROBE" quiet mkstemp "$T"
	assert_report "$WORK/env.jsonl" 1 1
	cmp "$WORK/env.jsonl" "$WORK/opt.jsonl"
}

@test "--report: sixteen are written, a seventeenth is refused" {
	local i options=()

	for i in {1..16}; do options+=("--report=$WORK/r$i.jsonl"); done
	run -0 "$TMPGUARD" run -q "${options[@]}" -- true
	for i in {1..16}; do assert_report "$WORK/r$i.jsonl" 1 0; done
	run -125 "$TMPGUARD" run -q "${options[@]}" --report="$WORK/r17.txt" -- touch "$WORK/was-run"
	assert_equal output "tmpguard: --report=$WORK/r17.txt: at most 16 reports" "$output"
	assert_missing "$WORK/was-run" "$WORK/r17.txt"
}

@test "--report: nothing was left, a report is written all the same" {
	run -0 --separate-stderr "$TMPGUARD" run --report="$WORK/a.jsonl" --report="$WORK/a.txt" -- true
	assert_report "$WORK/a.jsonl" 1 0
	grep -q SUMMARY "$WORK/a.txt"
	assert_equal "standard error" "" "$stderr"
}

@test "-q and -v together: -q counts" {
	run -0 "$TMPGUARD" run -q -v -- "$PROBE" quiet mkstemp "$T"
	assert_equal output "" "$output"
	run -0 "$TMPGUARD" run -v -q -- "$PROBE" quiet mkstemp "$T"
	assert_equal output "" "$output"
}

@test "-v lists what was seen and left alone, with the reason; without it there is a mention at most" {
	local words=(open "$TMPDIR/foo.Ab3dE9xQ" creat,excl,rdwr 0644 mkstemp "$TMPDIR/ssh-XXXXXX" print)

	run -0 --separate-stderr "$TMPGUARD" run -v -- "$PROBE" quiet "${words[@]}"
	[[ $stderr == *"$output"*"others must find it by this name"* ]] || fail "$stderr"
	[[ $stderr == *"foo.Ab3dE9xQ"*"its mode is neither 0600 nor 0700"* ]] || fail "$stderr"
	remove_left
	run -0 --separate-stderr "$TMPGUARD" run -- "$PROBE" quiet "${words[@]}"
	assert_equal "standard error" "" "$stderr"
	remove_left
}

# ---- --dry-run

@test "--dry-run reports what would be removed, removes nothing, and the session counts as kept" {
	local path private

	run -0 --separate-stderr "$TMPGUARD" run --dry-run -- bash -c '"$PROBE" quiet mkstemp "$T" print
		mktemp; touch "$TMPDIR/plain"'
	path=${lines[0]} private=${lines[1]}
	assert_stays exists "$path"
	assert_exists "$private" "${private%/*}/plain"
	[[ $stderr == *"SUMMARY: 3 left behind (0 bytes, 3 inodes), 3 would be removed"* ]] || fail "$stderr"
	for word in "$path" "$private" plain; do [[ $stderr == *"$word"* ]] || fail "no $word: $stderr"; done
	assert_equal "kept sessions" 1 "$(kept_sessions)"
	# Later sessions leave it alone.
	"$TMPGUARD" run -q -- "$PROBE" quiet mkstemp "$T"
	shimmed "$PROBE" quiet mkstemp "$T"
	assert_stays exists "$private"
	assert_exists "$path"
	rm -rf "${TMPDIR:?}/$BASE"
	remove_left
}

@test "--dry-run: what would be removed counts for --error-exitcode, and the status is the command's" {
	run -9 "$TMPGUARD" run -q --dry-run --error-exitcode=9 -- "$PROBE" quiet mkstemp "$T"
	run -3 "$TMPGUARD" run -q --dry-run --error-exitcode=9 -- "$PROBE" quiet mkstemp "$T" exit 3
	run -0 "$TMPGUARD" run -q --dry-run --error-exitcode=9 --persist=1 -- "$PROBE" quiet mkstemp "$T"
	rm -rf "${TMPDIR:?}/$BASE"
	remove_left
	run -0 "$TMPGUARD" run -q --dry-run --error-exitcode=9 -- true
	assert_only_bystanders
}

@test "--dry-run: run killed, nothing is removed either" {
	start "$TMPGUARD" run -q --dry-run -- "$PROBE" quiet mkstemp "$T" print-to "$WORK/path" touch "$WORK/ready" \
		wait-for "$WORK/go"
	wait_until_there "$WORK/ready"
	kill -KILL "$PID"
	touch "$WORK/go"
	wait_until 5 no_living_session
	assert_exists "$(cat "$WORK/path")"
	rm -rf "${TMPDIR:?}/$BASE"
	remove_left
}

# ---- --no-private

@test "--no-private leaves TMPDIR, TMP and TEMP alone, and only what is registered goes" {
	export TMP=/var/tmp TEMP=/tmp
	run -0 "$TMPGUARD" run -q --no-private -- bash -c 'echo "$TMPDIR $TMP $TEMP"; mktemp; echo x >"$TMPDIR/plain"'
	assert_equal "variables" "$TMPDIR /var/tmp /tmp" "${lines[0]}"
	[[ ${lines[1]} == "$TMPDIR"/tmp.* ]] || fail "$output"
	assert_missing "${lines[1]}"
	assert_content "$TMPDIR/plain" x
	rm "$TMPDIR/plain"
	assert_only_bystanders
	unset TMPDIR
	run -0 "$TMPGUARD" run -q --no-private -- sh -c 'echo "${TMPDIR-none}"'
	TMPDIR=$(dirname "$T")
	assert_equal "TMPDIR not set" none "$output"
}

@test "the private TMPDIR takes the place of TMP and TEMP where those are set" {
	export TMP=/var/tmp
	run -0 "$TMPGUARD" run -q -- sh -c 'echo "$TMPDIR $TMP ${TEMP-none}"'
	set -- "${output%% *}"
	[[ $1 == "$TMPDIR/"* ]] || fail "$output"
	assert_equal "variables" "$1 $1 none" "$output"
}

# ---- a run inside a run

@test "a run inside a run: what the inner one keeps stays, inside and outside, and the rest goes" {
	run -0 "$TMPGUARD" run -q -- sh -c 'mktemp; "$TMPGUARD" run -q --persist=1 -- sh -c "mktemp
		\"\$PROBE\" quiet mkstemp \"\$T\" print"'
	assert_missing "${lines[0]}"
	assert_exists "${lines[1]}" "${lines[2]}"
	rm -rf "${TMPDIR:?}/$BASE"
	remove_left
}

@test "a run inside a run: options of the outer count for the inner, which may say otherwise" {
	local words=("$PROBE" quiet mkstemp "$T" print)

	"$TMPGUARD" run -q --track=off -- "$TMPGUARD" run -q -- "${words[@]}" >"$WORK/said"
	assert_made_left "inherited" made
	"$TMPGUARD" run -q --track=off -- "$TMPGUARD" run -q --track=api -- "${words[@]}" >"$WORK/said"
	assert_made_left "the inner's option"
	"$TMPGUARD" run -q --track=off -- env TMPGUARD_TRACK=idiom "$TMPGUARD" run -q -- "${words[@]}" >"$WORK/said"
	assert_made_left "the inner's variable"
}

@test "a run inside a run: kept by both, --keep-to moves it out" {
	mkdir "$WORK/to"
	"$TMPGUARD" run -q --persist='*.keep' -- "$TMPGUARD" run -q --keep-to="$WORK/to" -- \
		sh -c 'echo 1 >"$TMPDIR/x.keep"; echo 2 >"$TMPDIR/y"'
	assert_only "$WORK/to" x.keep
	assert_only_bystanders
}

@test "a run inside a run: each has its own --report, and its own status" {
	run -8 "$TMPGUARD" run -q --error-exitcode=7 --report="$WORK/outer.jsonl" -- sh -c '
		"$TMPGUARD" run -q --error-exitcode=6 --report="$WORK/inner.jsonl" -- "$PROBE" quiet mkstemp "$T"
		test $? = 6 && exit 8'
	assert_report "$WORK/inner.jsonl" 1 1
	assert_report "$WORK/outer.jsonl" 1 0
}

@test "a run behind the shim alone is a session of its own, and the outer one goes on" {
	run -0 shimmed bash -c 'f=$(mktemp "$T"); "$TMPGUARD" run -q -- sh -c "mktemp; exit 4"; echo "$?"
		[ -e "$f" ] && echo "$f"'
	assert_missing "${lines[0]}"
	assert_equal status 4 "${lines[1]}"
	assert_missing "${lines[2]}"
	[[ ${lines[2]} == "$TMPDIR"/a?????? ]] || fail "$output"
	assert_only_bystanders
}

@test "run killed: a janitor writes the first report in JSON Lines, or TMPGUARD_REPORT's" {
	local way

	cd "$WORK"
	for way in option variable; do
		if [ $way = option ]; then
			start "$TMPGUARD" run -q --report=a.txt --report=jsonl:out --report=c.jsonl -- "$PROBE" quiet mkstemp "$T" \
				touch "$WORK/ready" wait-for "$WORK/go"
		else
			start env TMPGUARD_REPORT=out "$TMPGUARD" run -q -- "$PROBE" quiet mkstemp "$T" touch "$WORK/ready" \
				wait-for "$WORK/go"
		fi
		wait_until_there "$WORK/ready"
		kill -KILL "$PID"
		touch "$WORK/go"
		wait_until_only_bystanders 5
		assert_report "$WORK/out" 1 1
		rm "$WORK"/{ready,go,out}
	done
}
