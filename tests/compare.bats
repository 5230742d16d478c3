#!/usr/bin/env bats
# compare.bats: what compares real programs with and without tmpguard (tests/programs/harness.bash)
# sees each kind of difference, and each kind of leftover.

# shellcheck disable=SC2016,SC2034 # scripts; the harness's variables
load programs/harness

setup() {
	begin_scenario
	LATER=1 SAYS=said
	USES=(bash)
	ROWS=$WORK
}

teardown() {
	end_scenario
}

refused() { # WORDS
	run compare
	[ "$status" -ne 0 ] || fail "not refused" || return
	[[ $output == *"$1"* ]] || fail "expected: $1" "got: $output"
}

@test "what is the same in all three ways and leaves nothing passes, and has its line in the table" {
	MAKES=1
	compare <<-'END'
		f=$(mktemp) && echo said >"$f" && cat "$f" && mkdir -m 700 made && ln -s x made/link; seq 3 >made/file
	END
	assert_equal "left" "1 0 0" "${LEFT[plain]} ${LEFT[alone]} ${LEFT[run]}"
	grep -q '^| what is the same .* | bash [^|]* | 1 | 1 | 0 | 0 |  |$' "$WORK/compare-001.row"
}

@test "another standard output, standard error or status is a difference" {
	refused 'alone: said differs' <<<'echo said; echo "${LD_PRELOAD-none}"'
	refused 'alone: said differs' <<<'echo said; echo "${LD_PRELOAD-none}" >&2'
	refused 'alone: said differs' <<<'echo said; [ -z "$LD_PRELOAD" ] || exit 3'
	refused 'run: said differs' <<<'echo said; case $TMPDIR in */.tmpguard-*) echo >&2 ;; esac'
	STATUS=4
	refused 'without tmpguard' <<<'echo said'
}

@test "other names, kinds, modes, contents and targets of files are differences" {
	refused 'alone: tree differs' <<<'echo said; [ -z "$LD_PRELOAD" ] || touch file'
	refused 'alone: tree differs' <<<'echo said; if [ -z "$LD_PRELOAD" ]; then touch a; else mkfifo a; fi'
	refused 'alone: tree differs' <<<'echo said; touch file; [ -z "$LD_PRELOAD" ] || chmod 600 file'
	refused 'alone: tree differs' <<<'echo said; echo "${LD_PRELOAD:+x}" >"$HOME/file"'
	refused 'alone: tree differs' <<<'echo said; ln -s "${LD_PRELOAD:-x}" link'
	VARIES='file$'
	compare <<<'echo said; echo "${LD_PRELOAD:+x}" >file'
	refused 'alone: tree differs' <<<'echo said; touch file; [ -z "$LD_PRELOAD" ] || chmod 600 file'
}

@test "what is left that has to go is seen, in TMPDIR and in the other temp roots" {
	refused 'alone: left in the temp roots' <<<'echo said >"$TMPDIR/left"; echo said'
	STAYS=left
	compare <<<'echo said >"$TMPDIR/left"; echo said'
	assert_equal "left" "1 1 0" "${LEFT[plain]} ${LEFT[alone]} ${LEFT[run]}"
	if [ -n "$ROOM" ]; then
		refused 'alone: left in the temp roots' <<<'echo said >/var/tmp/another; echo said'
		STAYS=another
		compare <<<'echo said >/var/tmp/another; echo said'
		assert_equal "left" "1 1 1" "${LEFT[plain]} ${LEFT[alone]} ${LEFT[run]}"
	fi
	refused 'plain: the bystander differs' <<<'rm "$TMPDIR/aBcDeFg"; echo said'
}

@test "a process that goes on, a script that says nothing, and one that makes nothing are refused" {
	refused 'without tmpguard' <<<'echo nothing'
	MAKES=1
	refused 'no temporary file was registered' <<<'echo said'
	[ -n "$ROOM" ] || return 0 # without a way to know a scenario's processes
	refused 'plain: still running' <<<'echo said; sleep 100 >/dev/null 2>&1 &'
	end_processes
	wait_until "$SOON" no_processes
}
