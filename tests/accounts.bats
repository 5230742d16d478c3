#!/usr/bin/env bats
# accounts.bats: what reports say about real sessions, held against what was done. Three ways lead
# to one: `run --report`, TMPGUARD_REPORT under run, and TMPGUARD_REPORT with the library alone,
# there by the root's own end and by its janitor. How reports are read and rendered is in
# report.bats. DESIGN 7.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034,SC2154 # scripts; bats' variables
load helper

setup() {
	begin_test
	REPORT=$WORK/report.jsonl
	declare_left "$BASE"
}

# by_run, by_variable, by_library, by_janitor: CMD with a report in REPORT, waited for. What cleans
# differs, and what a report says of the files must not.
by_run() {
	local RUN_OPTIONS=("${RUN_OPTIONS[@]}" --report="$REPORT")

	guarded "$@"
}

by_variable() {
	TMPGUARD_REPORT=$REPORT guarded "$@"
}

by_library() {
	TMPGUARD_REPORT=$REPORT shimmed "$@"
}

by_janitor() {
	local status=0

	# It kills itself where the others end.
	TMPGUARD_REPORT=$REPORT shimmed sh -c '"$@"; kill -KILL $$' sh "$@" 2>/dev/null || status=$?
	[ "$status" = 137 ] || fail "status $status"
	wait_until "$BOUND" has_summary || fail "no report: $(cat "$REPORT")"
}

has_summary() {
	grep -q '"type":"summary"' "$REPORT"
}

# told TYPE KEY...: of each line of that type the values, one line each. What is in TMPDIR, wherever
# below it, is @/NAME; what was drawn is a ?.
told() {
	python3 - "$REPORT" "$TMPDIR" "$@" <<-'END'
		import json, os, re, sys
		report, tmpdir, kind, *keys = sys.argv[1:]
		def value(line, key):
		    for part in key.split("."):
		        line = line.get(part) if isinstance(line, dict) else None
		    if isinstance(line, str) and line.startswith(tmpdir):
		        line = "@/" + re.sub(r"^a[A-Za-z0-9]{6}$", "a?", os.path.basename(line))
		    return "-" if line is None else json.dumps(line).strip('"')
		for text in open(report, encoding="utf-8"):
		    line = json.loads(text)
		    if line["type"] == kind:
		        print(*[value(line, key) for key in keys])
	END
}

SUMS=(created gone leaked.count leaked.bytes leaked.inodes kept.count lingering.count seen.count)

@test "each way tells the same: path, kind, bytes, inodes, function, program, what became of it" {
	local way

	for way in by_run by_variable by_library by_janitor; do
		rm -f "$REPORT"
		"$way" "$PROBE" quiet mkstemp "$T" bytes 12345 mkdtemp "$T" populate mkstemp "$T" unlink \
			mkstemp "$T" rename "$WORK/published" >/dev/null 2>&1
		assert_equal "$way: files" \
			"$(printf '%s\n' 'leaked @/a? file 12345 1 mkstemp probe true' \
				'leaked @/a? directory 21 9 mkdtemp probe true')" \
			"$(told file status path kind bytes inodes function program removed)" || return
		assert_equal "$way: sums" "4 2 2 12366 10 0 0 0" "$(told summary "${SUMS[@]}")" || return
		assert_left 0
	done
}

@test "the session's line: who it was; the summary's: how it ended" {
	by_run sh -c 'exit 7' 'an "argument"' || [ $? = 7 ]
	assert_equal command '["sh", "-c", "exit 7", "an \"argument\""]' "$(told session command)"
	assert_equal mode "1 run $(id -u)" "$(told session schema mode uid)"
	assert_equal end "7 - true false" "$(told summary exit signal complete dry_run)"
	rm "$REPORT"
	by_run sh -c 'kill -TERM $$' || [ $? = 143 ]
	assert_equal end "- 15 true" "$(told summary exit signal complete)"
	rm "$REPORT"
	by_library sh -c 'exit 7' || [ $? = 7 ]
	assert_equal mode "1 preload" "$(told session schema mode)"
	assert_equal end "7 - true" "$(told summary exit signal complete)"
}

@test "one report for each session, root after root; %p is the root's pid" {
	local pid

	export TMPGUARD_REPORT=$WORK/%p.jsonl
	pid=$(shimmed "$PROBE" quiet pid)
	REPORT=$WORK/$pid.jsonl
	assert_equal root "$pid" "$(told session root)"
	guarded "$PROBE" quiet pid >/dev/null
	assert_count "$WORK" 2
	TMPGUARD_REPORT=$WORK/all.jsonl
	REPORT=$TMPGUARD_REPORT
	shimmed true
	guarded true
	shimmed true
	assert_equal modes "$(printf '%s\n' preload run preload)" "$(told session mode)"
}

@test "a leak in a child of a killed run is told by its janitor, as run would have" {
	start env PROBE_EXPECT=shim "$TMPGUARD" run --report="$REPORT" -- \
		"$PROBE" quiet mkstemp "$T" bytes 99 create "$WORK/ready" wait-for "$WORK/go"
	wait_until_there "$WORK/ready"
	kill -KILL "$PID"
	touch "$WORK/go"
	wait_until "$BOUND" has_summary || fail "no report"
	assert_equal files "leaked @/a? file 99 1 mkstemp probe true" \
		"$(told file status path kind bytes inodes function program removed)"
	assert_equal session "run" "$(told session mode)"
	assert_equal root "$PID" "$(told session root)"
}

@test "kept, by pattern and by asking, is apart from leaked, and stays" {
	local way

	export TMPGUARD_PERSIST='*keep*'
	for way in by_run by_library by_janitor; do
		rm -f "$REPORT"
		"$way" "$PROBE" quiet mkstemp "$TMPDIR/keepXXXXXX" print bytes 5 mkstemp "$T" \
			>"$WORK/said" 2>/dev/null
		assert_equal "$way: files" "$(printf '%s\n' 'kept 5 false' 'leaked 0 true')" \
			"$(told file status bytes removed | sort)" || return
		assert_equal "$way: sums" "2 0 1 0 1 1 0 0" "$(told summary "${SUMS[@]}")" || return
		assert_exists "$(cat "$WORK/said")"
		rm -rf "${TMPDIR:?}"/*keep* "${TMPDIR:?}/$BASE"
	done
}

@test "lingering: what processes may still need is told as theirs, with the processes" {
	by_run "$PROBE" quiet mkstemp "$T" bytes 7 fork { wait-for "$WORK/go" } exit 0 2>/dev/null
	assert_equal files "lingering @/a? 7 false" "$(told file status path bytes removed)"
	assert_equal processes "lingering probe" "$(told process status program)"
	assert_equal sums "1 0 0 0 0 0 1 0" "$(told summary "${SUMS[@]}")"
	touch "$WORK/go"
	wait_until "$SOON" no_janitor
	assert_left 0
}

@test "seen and left alone: each with its reason, and still there" {
	local way outside

	outside=$(make_outside)
	for way in by_run by_library by_janitor; do
		rm -rf "$REPORT" "${outside:?}"/*
		"$way" "$PROBE" quiet mkstemp "$outside/outXXXXXX" \
			open "$TMPDIR/plain" rdwr,creat,excl 0600 \
			open "$TMPDIR/draw.kQ3ZbWq9" rdwr,creat,excl 0640 \
			open "$TMPDIR/ssh-kQ3ZbWq9" rdwr,creat,excl 0600 \
			open "$TMPDIR/counts.kQ3ZbWq9" rdwr,creat,excl 0600 >/dev/null 2>&1
		assert_equal "$way" "$(printf '%s\n' 'leaked - @/counts.kQ3ZbWq9 open' \
			'seen mode @/draw.kQ3ZbWq9 open' 'seen name @/plain open' \
			'seen never @/ssh-kQ3ZbWq9 open' 'seen outside OUT mkstemp')" \
			"$(told file status reason path function | sed "s|$outside/[^ ]*|OUT|" | sort)" || return
		assert_count "$outside" 1
		assert_left 3
		remove_left
	done
	rm -r "$outside"
}

@test "excluded programs, and tracking turned off: what they make is seen, and stays" {
	local variable

	for variable in TMPGUARD_EXCLUDE=probe:other TMPGUARD_TRACK=off; do
		rm -f "$REPORT"
		export "${variable?}"
		by_library "$PROBE" quiet mkstemp "$T" bytes 3
		assert_equal "$variable" "seen @/a? 3 $([[ $variable == *off ]] && echo off || echo excluded)" \
			"$(told file status path bytes reason)"
		unset "${variable%%=*}"
		assert_left 1
		remove_left
	done
}

@test "not interposed: static programs by whatever way they are run, once each, with how often" {
	local static=$PROBES/probe-static

	cp "$static" "$WORK/other"
	printf '#!%s\n' "$static" >"$WORK/script"
	chmod +x "$WORK/script"
	by_run sh -c 'cd "$(dirname "$1")" || exit
		"$1"; ./probe-static; PATH=$PWD:$PATH probe-static; ../tests/probe-static
		python3 -c "import os, subprocess, sys
os.environ[\"PATH\"] = os.getcwd()
subprocess.run([sys.argv[1]]); os.posix_spawn(sys.argv[1], [\"x\"], os.environ); os.wait()
os.posix_spawnp(\"probe-static\", [\"x\"], dict(os.environ)); os.wait()
fd = os.open(sys.argv[1], os.O_RDONLY)
if os.fork() == 0: os.execve(fd, [\"x\"], os.environ)
os.wait()" "$1" 2>/dev/null
		"$2"; "$3"; exec true' sh "$static" "$WORK/other" "$WORK/script" >/dev/null 2>&1
	told program path reason count
	assert_equal programs "$(printf '%s\n' "$static static 9" "$WORK/other static 1" | sort)" \
		"$(told program path reason count | sort)"
	assert_equal sum 2 "$(told summary not_interposed)"
}

@test "not interposed: the command itself, and set-user-ID programs" {
	local su

	by_run env -u PROBE_EXPECT "$PROBES/probe-static" quiet create "$WORK/x" 2>/dev/null
	assert_equal program "$PROBES/probe-static static" "$(told program path reason)"
	rm "$REPORT"
	by_run "$PROBES/probe-static" quiet create "$WORK/x" 2>/dev/null || true
	assert_equal program "$PROBES/probe-static static" "$(told program path reason)"
	su=$(command -v su)
	[ -u "$su" ] || skip "su is not set-user-ID here"
	rm "$REPORT"
	chmod 777 "$WORK" "$TMPDIR"
	REPORT=$TMPDIR/report.jsonl
	declare_left report.jsonl
	mkdir -m 755 "$TMPDIR/bin"
	cp "$TMPGUARD" "$SHIM" "$BUILD/tmpguard-janitor" "$TMPDIR/bin" # where others can read them
	declare_left bin
	unprivileged "$TMPDIR/bin/tmpguard" run --report="$REPORT" -- sh -c '"$1" --version; true' sh "$su" >/dev/null
	assert_equal program "$(realpath "$su") set-user-id" "$(told program path reason)"
}

@test "not interposed, unknown paths and rubbish: the call fails as without" {
	hear plain "$PROBE" execv /missing
	PLAIN=$SAID
	hear by_run "$PROBE" execv /missing
	assert_equal "said" "$PLAIN" "$SAID"
	assert_equal programs "" "$(told program path)"
	python3 -c 'import ctypes; l = ctypes.CDLL(None, use_errno=True)
print(l.execve(ctypes.c_void_p(16), None, None), ctypes.get_errno())' >"$WORK/plain"
	by_run python3 -c 'import ctypes; l = ctypes.CDLL(None, use_errno=True)
print(l.execve(ctypes.c_void_p(16), None, None), ctypes.get_errno())' >"$WORK/shim"
	assert_equal execve "$(cat "$WORK/plain")" "$(cat "$WORK/shim")"
}

@test "--dry-run: what would go is told, and nothing goes" {
	local left

	RUN_OPTIONS=(--dry-run)
	by_run "$PROBE" quiet mkstemp "$T" bytes 4 print >"$WORK/said" 2>/dev/null
	assert_equal files "leaked @/a? 4 false" "$(told file status path bytes removed)"
	assert_equal summary "true" "$(told summary dry_run)"
	assert_exists "$(cat "$WORK/said")"
	left=$("$TMPGUARD" reap --kept 2>&1) || fail "reap: $left"
	assert_missing "$(cat "$WORK/said")"
}

@test "a run inside a run: each tells its own, and the outer one nothing twice" {
	by_run sh -c '"$0" quiet mkstemp "$T" bytes 1
		"$1" run -q --report="$2" -- "$0" quiet mkstemp "$T" bytes 2 mkstemp "$T" bytes 3
		"$0" quiet mkstemp "$T" bytes 4' "$PROBE" "$TMPGUARD" "$WORK/inner.jsonl" 2>/dev/null
	assert_equal outer "$(printf 'leaked %d\n' 1 4)" "$(told file status bytes | sort)"
	REPORT=$WORK/inner.jsonl
	assert_equal inner "$(printf 'leaked %d\n' 2 3)" "$(told file status bytes | sort)"
	assert_left 0
}

@test "several reports at once: text to standard output, lines to files, by name and by format" {
	RUN_OPTIONS=(-q --report=text:- --report="$WORK/a.txt" --report="jsonl:$WORK/odd" \
		--report="$WORK/a.jsonl")
	run -0 --separate-stderr guarded "$PROBE" quiet mkstemp "$T"
	assert_equal "standard error" "" "$stderr"
	assert_equal text "$output" "$(cat "$WORK/a.txt")"
	[[ $output == *SUMMARY* ]] || fail "$output"
	cmp "$WORK/odd" "$WORK/a.jsonl"
	REPORT=$WORK/odd
	assert_equal files "leaked" "$(told file status)"
	assert_equal "the text made from it" "$(cat "$WORK/a.txt")" "$("$TMPGUARD" report -v "$WORK/odd")"
}

@test "a run inside a run with lingering processes: the outer one tells of them, not of the inner's files" {
	by_run sh -c '"$0" run -q -- sh -c "sleep 30 & exec \"\$PROBE\" quiet mkstemp \$T"; exit 3' \
		"$TMPGUARD" 2>"$WORK/said" || [ $? = 3 ]
	assert_equal processes "lingering sleep" "$(told process status program)"
	assert_equal files "" "$(told file status path)"
	kill "$(told process pid)"
	wait_until "$SOON" no_janitor
	assert_left 0
}

@test "what lies in a directory that is kept is kept with it, whoever has registered it" {
	local way

	export TMPGUARD_PERSIST='keepme.*'
	for way in by_run by_library by_janitor; do
		rm -f "$REPORT"
		"$way" "$PROBE" quiet mkdtemp "$TMPDIR/keepme.XXXXXX" print \
			chdir @ mkstemp aXXXXXX mkdtemp subXXXXXX >"$WORK/said" 2>/dev/null || true
		assert_count "$(head -n 1 "$WORK/said")" 2 || return
		assert_equal "$way" "kept directory 3" "$(told file status kind inodes)" || return
		rm -rf "${TMPDIR:?}"/keepme.* "${TMPDIR:?}/$BASE"
	done
}

@test "a report into a pipe that nobody reads any more ends no program" {
	local way

	mkfifo "$WORK/pipe"
	exec 7<>"$WORK/pipe"
	for way in shimmed guarded; do
		# The reader goes while the program runs.
		TMPGUARD_REPORT=$WORK/pipe start "$way" "$PROBE" quiet mkstemp "$T" \
			touch "$WORK/ready" wait-for "$WORK/go" exit 3 7>&-
		wait_until_there "$WORK/ready"
		exec 7>&-
		touch "$WORK/go"
		wait "$PID" && fail "status 0" || assert_equal "$way: status" 3 $? || return
		assert_left 0
		rm "$WORK/ready" "$WORK/go"
		exec 7<>"$WORK/pipe"
	done
	exec 7>&-
}

@test "a command that is not there: its end is 127 in the report, too" {
	by_run "$WORK/missing" 2>/dev/null || [ $? = 127 ]
	assert_equal end "127" "$(told summary exit)"
	rm "$REPORT"
	by_run "$WORK" 2>/dev/null || [ $? = 126 ]
	assert_equal end "126" "$(told summary exit)"
}

@test "--report=- is the text on standard output" {
	run -0 --separate-stderr "$TMPGUARD" run -q --report=- -- "$PROBE" quiet mkstemp "$T"
	[[ $output == *"SUMMARY: 1 left behind"* ]] || fail "$output"
	assert_equal "standard error" "" "$stderr"
}

@test "what is of no interest, and lies in the private TMPDIR, is told once: as left behind" {
	RUN_OPTIONS=(-q)
	by_run sh -c 'mkdir -m 700 "$TMPDIR/plain"; TMPGUARD_EXCLUDE=probe "$PROBE" quiet mkstemp "$TMPDIR/aXXXXXX"'
	assert_equal files "$(printf 'leaked %s\n' directory file)" "$(told file status kind | sort)"
}

@test "--keep-to moves from any filesystem, whole directories too, and leaves no copy behind" {
	[ -d /dev/shm ] || skip "no /dev/shm"
	mkdir "$WORK/kept"
	run -0 --separate-stderr env TMPDIR=/dev/shm "$TMPGUARD" run -q --persist=1 --keep-to="$WORK/kept" -- \
		sh -c 'd=$(mktemp -d); echo content >"$d/file"; mkdir "$d/below"; f=$(mktemp); echo "$d $f"'
	assert_equal "standard error" "" "$stderr"
	assert_count "$WORK/kept" 2
	assert_content "$(echo "$WORK"/kept/*/file)" content
	# shellcheck disable=SC2086 # two words
	assert_missing $output
}

@test "what cannot be removed is told once, in one report, and said even with -q" {
	need chattr
	[ "$(id -u)" = 0 ] || skip "only root can make a file immutable"
	RUN_OPTIONS=(-q)
	by_run sh -c 'f=$(mktemp); chattr +i "$f" || exit 9; mktemp -d >/dev/null' \
		2>"$WORK/said" || skip "no such attribute here"
	grep -qE "^tmpguard: $TMPDIR/.*: not removed: Operation not permitted\$" "$WORK/said"
	assert_equal files "$(printf '%s\n' 'leaked directory true' 'leaked file false')" \
		"$(told file status kind removed | sort)"
	wait_until "$SOON" no_janitor
	assert_equal summaries 1 "$(told summary created | wc -l)"
	chattr -R -i "$TMPDIR/$BASE"
	rm -rf "${TMPDIR:?}/$BASE"
}

@test "an environment that cannot be read is the kernel's to refuse" {
	need python3
	local way script='import ctypes; l = ctypes.CDLL(None, use_errno=True)
argv = (ctypes.c_char_p * 2)(b"true", None)
for envp in 16, (ctypes.c_void_p * 2)(8, None), (ctypes.c_void_p * 3)(0x7fff00000000, 16, None):
    envp = ctypes.c_void_p(envp) if isinstance(envp, int) else envp
    print(l.execve(b"/bin/true", argv, envp), ctypes.get_errno())
    print(l.posix_spawn(ctypes.byref(ctypes.c_int()), b"/bin/true", None, None, argv, envp))'

	hear plain python3 -c "$script"
	PLAIN=$SAID
	[[ $PLAIN == "-1 14"* ]] || fail "$PLAIN"
	for way in shimmed guarded; do
		hear "$way" python3 -c "$script"
		assert_equal "$way" "$PLAIN" "$SAID"
	done
}
