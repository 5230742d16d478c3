#!/usr/bin/env bats
# insecure.bats: mktemp, tmpnam, tmpnam_r and tempnam answer with names in a directory that nobody
# else can write to, which goes with the session. DESIGN 3. What else they keep to is in
# contract-open.bats.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034 # the probe's braces; scripts; helper.bash's variables
load helper

setup() {
	begin_test
	make_bystanders
	VARIANTS=("$PROBE" "$PROBES/probe-lfs" "$PROBES/probe-fortify")
	[ ! -e "$PROBES/probe-musl" ] || VARIANTS+=("$PROBES/probe-musl")
	PRIVATE="place: mode=0700 type=040000 mine=yes direct=no"
	NAMES=("mktemp $T" tmpnam "tempnam NULL abc") # words for each function; tmpnam_r is glibc's
}

# answers_privately OUTER WORD...: the answer is in a private directory that is not OUTER, a file
# that is made of it works, and all of it is gone afterwards.
answers_privately() {
	local outer=$1 said

	shift
	rm -f "$WORK/path"
	said=$(shimmed "$PROBE" quiet "$@" print-to "$WORK/path" place "$outer" use is-mine) || return
	assert_equal "said after $*" "$PRIVATE" "$(head -n 1 <<<"$said")" || return
	[[ $said == *"it is: mode=0644 type=100000 links=1 size=4"* ]] || fail "$*: $said" || return
	assert_missing "$(cat "$WORK/path")" "$(dirname "$(cat "$WORK/path")")" || return
	assert_only_bystanders
}

@test "mktemp answers in a private directory, with as many characters" {
	local probe

	for probe in "${VARIANTS[@]}"; do
		PROBE=$probe answers_privately "$TMPDIR" mktemp "$T"
		PROBE=$probe answers_privately "$TMPDIR" mktemp "$TMPDIR/a-rather-long-prefix.XXXXXX"
		assert_equal "length" "$((${#TMPDIR} + 28))" "$(wc -c <"$WORK/path")"
	done
	answers_privately /tmp mktemp /tmp/a-long-enough-XXXXXX
}

@test "tmpnam and tmpnam_r answer in a private directory, and fit L_tmpnam" {
	local probe

	for probe in "${VARIANTS[@]}"; do
		PROBE=$probe answers_privately /tmp tmpnam
		PROBE=$probe answers_privately /tmp tmpnam-null
		[ "$(wc -c <"$WORK/path")" -lt 20 ] # L_tmpnam, in either libc
	done
	answers_privately /tmp tmpnam_r
}

@test "tempnam answers in a private directory, in the place it was asked for" {
	local probe

	for probe in "${VARIANTS[@]}"; do
		PROBE=$probe answers_privately "$TMPDIR" tempnam NULL abcdefgh
		PROBE=$probe answers_privately "$TMPDIR" tempnam "$TMPDIR" NULL
	done
	answers_privately "$TMPDIR" unsetenv TMPDIR tempnam "$TMPDIR" abc
}

@test "the directory is there for no others, whatever the umask" {
	local mask words

	for mask in 000 022 0777; do
		for words in "${NAMES[@]}"; do
			# shellcheck disable=SC2086 # words
			run -0 shimmed "$PROBE" quiet umask "$mask" $words place "$TMPDIR"
			assert_equal "umask $mask $words" "$PRIVATE" "$output"
			assert_only_bystanders
		done
	done
}

@test "each answer is another, and the names of a parent and its child are, too" {
	local words

	for words in "${NAMES[@]}"; do
		# shellcheck disable=SC2086 # words
		run -0 shimmed "$PROBE" quiet $words print $words print fork { $words print } wait \
			fork { $words print } wait
		assert_equal "$words" 4 "$(grep '^/' <<<"$output" | sort -u | wc -l)"
		assert_only_bystanders
	done
}

@test "nothing is left of them, killed or not" {
	local words end

	for words in "${NAMES[@]}" tmpnam-null tmpnam_r; do
		for end in "return 0" "exit 3" "_exit 3" "raise KILL" abort; do
			rm -f "$WORK/path"
			# shellcheck disable=SC2086 # words
			shimmed "$PROBE" quiet $words use print-to "$WORK/path" $end || true
			wait_until_only_bystanders
			wait_until_gone "$(cat "$WORK/path")"
			wait_until_gone "$(dirname "$(cat "$WORK/path")")"
		done
	done
}

@test "a name that was asked for and never used leaves nothing either" {
	local words

	for words in "${NAMES[@]}"; do
		rm -f "$WORK/path"
		# shellcheck disable=SC2086 # words
		shimmed "$PROBE" quiet $words print-to "$WORK/path"
		assert_missing "$(dirname "$(cat "$WORK/path")")"
		assert_only_bystanders
	done
}

@test "a directory, a pipe and a tree by such a name go as well" {
	shimmed "$PROBE" quiet mktemp "$T" print-to "$WORK/path" mkdir @ 0755 populate
	assert_missing "$(cat "$WORK/path")"
	assert_only_bystanders
	run -137 shimmed "$PROBE" quiet tempnam NULL x mkdir @ 0777 populate raise KILL
	wait_until_only_bystanders
}

@test "what was made of the name and renamed out of there is published" {
	local words

	for words in "${NAMES[@]}"; do
		# shellcheck disable=SC2086 # words
		shimmed "$PROBE" quiet $words use rename "$TMPDIR/published"
		assert_content "$TMPDIR/published" used
		remove_left
		assert_only_bystanders
	done
}

@test "the name of a program that has ended goes on to be good for its parent" {
	run -0 shimmed bash -c 'f=$("$PROBE" quiet mktemp "$T" print)
		echo data >"$f" && cat "$f" && stat -c %a "$(dirname "$f")"'
	assert_equal "said" $'data\n700' "$output"
	wait_until_only_bystanders
}

@test "another user can neither see nor take the name" {
	[ "$(id -u)" = 0 ] || skip "only root can act as another user"
	chmod 1777 "$TMPDIR"
	start shimmed "$PROBE" quiet mktemp "$T" print-to "$WORK/path" touch "$WORK/ready" \
		wait-for "$WORK/go" use is-mine
	wait_until_there "$WORK/ready"
	run ! unprivileged sh -c ': >"$1"' - "$(cat "$WORK/path")" 2>/dev/null
	run ! unprivileged ls "$(dirname "$(cat "$WORK/path")")" 2>/dev/null
	touch "$WORK/go"
	wait "$PID"
	wait_until_only_bystanders
}

@test "TMPGUARD_TRACK=api does not change that" {
	TMPGUARD_TRACK=api answers_privately "$TMPDIR" mktemp "$T"
	TMPGUARD_TRACK=api answers_privately /tmp tmpnam
}

@test "outside the temp roots, and where there is no room, mktemp is libc's own" {
	local outside=$PROBES/tgt-names-$$

	case $(realpath "$PROBES")/ in
	/tmp/* | /var/tmp/* | /dev/shm/*) outside=/var/lib/tgt-names-$$ ;;
	esac
	mkdir "$outside"
	run -0 shimmed "$PROBE" quiet mktemp "$outside/aXXXXXX" place "$outside" use
	[[ $output == *"direct=yes"* ]] || fail "$output"
	wait_until_gone "$TMPDIR/$BASE"
	assert_count "$outside" 1
	rm -r "$outside"
	run -0 shimmed "$PROBE" mktemp /tmp/XXXXXX
	assert_output_has "mktemp: ok"
	assert_output_has "same-length=yes there=no changed=yes"
}

@test "with no descriptor left there is an answer all the same" {
	local path

	run -0 shimmed "$PROBE" closefrom 3 limit nofile 3 mktemp "$T" print tmpnam print tempnam NULL \
		abc print
	assert_output_has "mktemp: ok errno=untouched"
	assert_output_has "tmpnam: ok errno=untouched"
	assert_output_has "tempnam: ok errno=untouched"
	# It may be unable to clean then.
	wait_until_gone "$TMPDIR/$BASE"
	remove_left
	path=$(grep '^/tmp/' <<<"$output" | grep -v "^$TMPDIR/")
	[ "$(dirname "$path")" = /tmp ] || rm -rf "$(dirname "$path")"
}

@test "a name whose file was removed is no leak, whatever the directory was" {
	local function

	RUN_OPTIONS=(--error-exitcode=99)
	for function in "mktemp $T" tmpnam "tempnam $TMPDIR a"; do
		# shellcheck disable=SC2086 # words
		run -0 --separate-stderr guarded "$PROBE" quiet $function
		assert_equal "standard error" "" "$stderr"
	done
	run -0 --separate-stderr guarded sh -c 'rm "$(mktemp)"'
	assert_equal "standard error" "" "$stderr"
}

@test "a short template has few letters, and no two answers are the same all the same" {
	local n

	for n in {1..8}; do
		run -0 shimmed "$PROBE" distinct 60 mktemp "$TMPDIR/XXXXXX"
		assert_output_has "distinct: 60"
	done
	assert_left 0
}
