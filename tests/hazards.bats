#!/usr/bin/env bats
# hazards.bats: what is insecure about a program's temporary files is told in the report, and changes
# nothing. DESIGN 7. That such programs cannot be exploited any more is shown in hardened.bats.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034,SC2154 # braces; scripts; bats' variables
load helper

setup() {
	begin_test
	chmod 1777 "$TMPDIR"
	REPORT=$WORK/report.jsonl
	declare_left "$BASE"
}

# Each with a report in REPORT. TMPDIR is a place where others may write, for both.
by_library() {
	TMPGUARD_REPORT=$REPORT shimmed "$@"
}

by_run() {
	local RUN_OPTIONS=(--no-private --report="$REPORT" "${RUN_OPTIONS[@]}")

	guarded "$@"
}

# hazards KEY...: of each one told the values, one line each. What is in TMPDIR is @/NAME.
hazards() {
	python3 - "$REPORT" "$TMPDIR" "$@" <<-'END'
		import json, sys
		report, tmpdir, *keys = sys.argv[1:]
		for text in open(report, encoding="utf-8"):
		    line = json.loads(text)
		    if line["type"] == "hazard":
		        print(*[str(line.get(key, "-")).replace(tmpdir, "@") for key in keys])
	END
}

total() {
	python3 -c 'import json, sys
for text in open(sys.argv[1]):
    line = json.loads(text)
    if line["type"] == "summary": print(line["hazards"])' "$REPORT"
}

# tells LINES CMD...: each way tells these (cwe, reason, path), in this order, and no others.
tells() {
	local expected=$1 way

	shift
	for way in by_library by_run; do
		rm -f "$REPORT"
		"$way" "$@" >/dev/null 2>&1
		assert_equal "$way: $*" "$expected" "$(hazards cwe reason path)" || return
		assert_equal "$way: how many" "$(grep -c . <<<"$expected")" "$(total)" || return
		remove_left
	done
}

# ---- the functions that only give a name

@test "each function that only gives a name is told once for each place that calls it" {
	local way words expected

	words="distinct 5 mktemp $T distinct 5 tmpnam $T distinct 5 tempnam abc tmpnam_r tmpnam_r"
	expected=$(printf '377 name True %s probe\n' mktemp tempnam tmpnam tmpnam_r)
	for way in by_library by_run; do
		rm -f "$REPORT"
		# shellcheck disable=SC2086 # words
		"$way" "$PROBE" quiet $words >/dev/null 2>&1
		assert_equal "$way" "$expected" "$(hazards cwe reason private function program | sort)"
		[ "$(hazards caller | grep -Ecx '0x[0-9a-f]+')" = 4 ] || fail "callers: $(hazards caller)"
		assert_equal "$way: directories" 1 "$(hazards function path | grep -c '^mktemp @/.*/')"
	done
}

@test "processes of one program tell it once, a second place and a second program again" {
	cp "$PROBE" "$WORK/other"
	by_run sh -c 'for i in 1 2 3; do "$PROBE" quiet tmpnam tmpnam; done; "$PROBE" quiet tmpnam-null
		"$1" quiet tmpnam' sh "$WORK/other"
	assert_equal programs $'other\nprobe\nprobe\nprobe' "$(hazards program | sort)"
}

@test "the name that is told leads to the file that the program then makes" {
	by_library "$PROBE" quiet mktemp "$T" print-to "$WORK/path" use
	assert_equal path "$(cat "$WORK/path")" "$(hazards path | sed "s|^@|$TMPDIR|")"
}

@test "libc's own answers are told as such: outside the temp roots, and with tracking off" {
	local outside

	outside=$(make_outside)
	by_library "$PROBE" quiet mktemp "$outside/aXXXXXX"
	rm -r "$outside"
	assert_equal outside "377 name False $outside/a" "$(hazards cwe reason private path | sed 's/a......$/a/')"
	rm "$REPORT"
	TMPGUARD_TRACK=off by_library "$PROBE" quiet tmpnam tempnam NULL a
	assert_equal off $'name False\nname False' "$(hazards reason private)"
}

@test "they are no leaks, and change no status and no silence" {
	RUN_OPTIONS=(--error-exitcode=99)
	run -0 --separate-stderr by_run "$PROBE" quiet tmpnam mktemp "$T" open "$WORK/x" wronly,creat 0644
	assert_equal "standard error" "" "$stderr"
	assert_equal "how many" 2 "$(total)"
}

# ---- names that can be guessed

@test "a predictable name without O_EXCL that makes the file is told, once for each path" {
	tells $'377 predictable @/log\n377 predictable @/lock' \
		sh -c 'for i in 1 2 3; do : >"$TMPDIR/log"; rm "$TMPDIR/log"; done; : >>"$TMPDIR/lock"'
	tells "377 predictable @/created" "$PROBE" creat "$TMPDIR/created" 0600
	tells "377 predictable @/at" "$PROBE" openat cwd "$TMPDIR/at" wronly,creat 0600
}

@test "a process id is no secret" {
	by_library sh -c ': >"$TMPDIR/job.$$"'
	[[ $(hazards cwe reason path) =~ ^377\ predictable\ @/job\.[0-9]+$ ]] || fail "$(cat "$REPORT")"
	remove_left
}

@test "in /tmp itself, under run with its private TMPDIR" {
	local name=/tmp/tgt-hazard.$$

	RUN_OPTIONS=(--report="$REPORT")
	guarded sh -c ': >"$1"; : >"$TMPDIR/private"; rm "$1"' sh "$name" 2>/dev/null
	assert_equal told "377 predictable $name" "$(hazards cwe reason path)"
}

@test "what is no hazard is not told" {
	mkdir -m 755 "$TMPDIR/closed"
	declare_left closed mine
	echo mine >"$TMPDIR/mine"
	tells "" "$PROBE" quiet \
		open "$TMPDIR/excl" wronly,creat,excl 0644 \
		open "$TMPDIR/draw.kQ3ZbWq9" wronly,creat 0600 \
		open "$TMPDIR/mine" wronly,creat 0644 \
		open "$TMPDIR/closed/log" wronly,creat 0644 \
		open "$TMPDIR/closed/log" 0 - \
		open "$TMPDIR/ssh-agent" wronly,creat 0600 \
		open "$TMPDIR/none/log" wronly,creat 0600 \
		open "$TMPDIR/draw2.Zq3kbQW8" rdwr,creat,excl 0600 \
		mkstemp "$T" mkdtemp "$T" mkdir "$TMPDIR/dir" 0755 mkdir "$TMPDIR/all" 01777
}

@test "an excluded program is not told of" {
	TMPGUARD_EXCLUDE=probe tells "" "$PROBE" quiet tmpnam open "$TMPDIR/log" wronly,creat 0644
}

@test "where TMPDIR is closed to others nothing is told" {
	chmod 700 "$TMPDIR"
	tells "" "$PROBE" quiet open "$TMPDIR/log" wronly,creat 0644 mkdir "$TMPDIR/dir" 0777
}

# ---- others were there first

@test "a symbolic link that was followed is told: one's own, and somebody else's" {
	: >"$WORK/target"
	ln -s "$WORK/target" "$TMPDIR/own"
	declare_left own others
	tells "59 own-symlink @/own" sh -c 'echo x >"$TMPDIR/own"'
	[ "$(id -u)" = 0 ] || skip "only root can act as another user"
	chmod 777 "$TMPDIR" # else the kernel may follow no link that is somebody else's
	ln -s "$WORK/target" "$TMPDIR/others"
	chown -h 65534 "$TMPDIR/others"
	tells "59 symlink @/others" sh -c 'echo x >"$TMPDIR/others"'
}

@test "somebody else's file that was there is told" {
	[ "$(id -u)" = 0 ] || skip "only root can act as another user"
	chmod 777 "$TMPDIR"
	declare_left taken
	: >"$TMPDIR/taken"
	chown 65534 "$TMPDIR/taken"
	tells "377 taken @/taken" sh -c 'echo x >"$TMPDIR/taken"'
}

# ---- open to others

@test "what others may read or write is told: under a drawn name to read, under any to write" {
	tells "377 mode @/draw.kQ3ZbWq9" "$PROBE" quiet umask 077 \
		open "$TMPDIR/masked.kQ3ZbWq9" rdwr,creat,excl 0644 umask 022 \
		open "$TMPDIR/written" rdwr,creat,excl 0666 \
		open "$TMPDIR/draw.kQ3ZbWq9" rdwr,creat,excl 0666
	tells "377 mode @/all" "$PROBE" quiet umask 0 open "$TMPDIR/all" rdwr,creat,excl 0666
	tells "377 mode @/drawn.kQ3ZbWq9" "$PROBE" quiet open "$TMPDIR/drawn.kQ3ZbWq9" rdwr,creat 0644
}

@test "a directory that others may write to is told" {
	tells $'379 directory-mode @/all\n379 directory-mode @/at' "$PROBE" quiet umask 0 \
		mkdir "$TMPDIR/all" 0777 mkdirat cwd "$TMPDIR/at" 0702 mkdir "$TMPDIR/sticky" 01777
	tells "" "$PROBE" quiet mkdir "$TMPDIR/masked" 0777
}

# ---- nothing else changes

@test "no session is made for it" {
	local said

	said=$(shimmed "$PROBE" quiet umask 0 open "$TMPDIR/log" wronly,creat 0666 \
		mkdir "$TMPDIR/dir" 0777 mktemp "$WORK/aXXXXXX" exists "$TMPDIR/$BASE")
	assert_equal "$BASE" "exists: no" "$said"
	assert_only "$TMPDIR" dir log
	remove_left
}

@test "no journal is made for it, in a session that tells no report" {
	local said name=/tmp/tgt-hazard.$$

	# The usual temp roots: others would be written into a journal at once.
	said=$(unset TMPDIR && HOME=/ shimmed sh -c 'sh -c ": >\"\$1\"; ls \"\${TMPGUARD_SESSION#*:}\"" sh "$1"; :' sh "$name")
	rm "$name"
	[[ $said == *lock* && $said != *journal* ]] || fail "$said"
}

@test "results, errno and modes are libc's, from wherever it is called" {
	local place function expected

	for place in main handler vfork cancelled small-stack; do
		for function in "open $TMPDIR/log wronly,creat 0666" "creat $TMPDIR/log 0666" \
			"mkdir $TMPDIR/dir 0777" "open $TMPDIR/draw.kQ3ZbWq9 rdwr,creat,excl 0644"; do
			# shellcheck disable=SC2086 # words
			expected=$(plain "$PROBE" umask 0 in "$place" $function)
			remove_left
			# shellcheck disable=SC2086 # words
			assert_equal "$place $function" "$expected" \
				"$(by_library "$PROBE" umask 0 in "$place" $function)" || return
			remove_left
		done
	done
	[[ $(hazards reason) == *mode* && $(hazards reason) == *predictable* ]]
}

@test "a process under a seccomp filter of its own tells nothing any more" {
	by_library "$PROBE" quiet filter-nothing open "$TMPDIR/log" wronly,creat 0666 tmpnam
	assert_equal told "" "$(hazards reason)"
	remove_left
}

@test "who has changed the user tells nothing, and gets no session for it" {
	[ "$(id -u)" = 0 ] || skip "only root can act as another user"
	need python3
	by_library python3 -c 'import os
os.close(os.open(os.environ["TMPDIR"] + "/before", os.O_WRONLY | os.O_CREAT, 0o644))
os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
os.close(os.open(os.environ["TMPDIR"] + "/log", os.O_WRONLY | os.O_CREAT, 0o644))
print(*sorted(os.listdir(os.environ["TMPDIR"])))' >"$WORK/said"
	assert_equal "in TMPDIR" "$BASE before log" "$(cat "$WORK/said")"
	assert_equal told "@/before" "$(hazards path)"
	remove_left
}

@test "a process that makes a thousand tells of some" {
	need python3
	by_library python3 -c 'import os
for i in range(1000): os.close(os.open(os.environ["TMPDIR"] + "/log%d." % i, os.O_WRONLY | os.O_CREAT, 0o644))'
	[ "$(total)" -ge 32 ] && [ "$(total)" -le 256 ] || fail "$(total)"
	assert_left 1000
	remove_left
}

@test "names are told by their bytes, and shown as no terminal acts on" {
	by_library sh -c ': >"$1"' sh "$TMPDIR/"$'a\e\n\377'
	[[ $(cat "$REPORT") == *'/a\u001b\u000a\ufffd"'*path_hex* ]] || fail "$(cat "$REPORT")"
	run -0 "$TMPGUARD" report -v "$REPORT"
	assert_output_has '/a\033\012\377: CWE-377: a predictable name, and no O_EXCL; open'
	rm "$TMPDIR"/a*
}
