#!/usr/bin/env bats
# faults.bats: a sample of what `make faults` sweeps over, and that its tool and its judgement can
# be trusted: what is broken on purpose is found. DESIGN 14.

# shellcheck disable=SC1083,SC2030,SC2031,SC2034,SC2154 # braces are words; bats' variables
load helper

FAILAT=$BUILD/tests/failat
FAULTS=$REPO/tests/faults/faults.sh

# fails_at N ERROR HOW CMD...: a call of the shim's fails. What happened is in WORK/said.
fails_at() {
	timeout -k 1 "$BOUND" "$FAILAT" "$1" "$2" "$3" shim "$WORK/said" --preload "$SHIM" -- \
		"${@:4}" 3>&-
}

@test "failat counts the shim's calls, not the program's, and fails the one that was asked for" {
	local calls

	fails_at 0 0 once "$PROBE" quiet create "$WORK/file"
	calls=$(sed -n 's/^calls //p' "$WORK/said")
	fails_at 0 0 once "$PROBE" quiet create "$WORK/a" create "$WORK/b" create "$WORK/c"
	[ "$(sed -n 's/^calls //p' "$WORK/said")" -ge "$calls" ]
	rm "$WORK"/{file,a,b,c}
	fails_at 1 0 once "$PROBE" quiet mkstemp "$T" unlink
	grep -q '^fault 1 probe ' "$WORK/said"
	grep -qx 'hits 1' "$WORK/said"
	fails_at 100000 0 once "$PROBE" quiet mkstemp "$T" unlink
	grep -qx 'hits 0' "$WORK/said"
	run ! grep -q '^fault' "$WORK/said"
}

@test "failat follows the janitor to its end, and tells what a process dies of" {
	run -139 fails_at 0 0 once "$PROBE" quiet mkstemp "$T" raise SEGV
	grep -qx 'crash probe 11' "$WORK/said"
	grep -q '^exit tmpguard-janitor ' "$WORK/said"
	assert_empty "$TMPDIR"
}

@test "what fails for the shim does not fail for the program" {
	run fails_at 1 0 lasting "$PROBE" mkstemp "$T" create "$WORK/file" unlink
	assert_output_has "mkstemp: ok"
	assert_exists "$WORK/file"
}

@test "a sample of all calls with all errors: no crash, no leak, no wrong result, nothing left without a word" {
	run timeout 110 "$FAULTS" "$BUILD" --short
	echo "$output"
	[ "$status" = 0 ]
	assert_output_has "crashes: 0; wrong results: 0; leaks: 0; left without a word: 0"
}

@test "a crash, a lost descriptor, another result and a silent leftover are each found" {
	SAMPLE=110 run -1 timeout 100 "$FAULTS" "$BUILD" --short --only "shim, bare" \
		--shim "$PROBES/broken/libtmpguard.so"
	echo "$output"
	[[ $output =~ crashes:\ [1-9] && $output =~ results:\ [1-9] ]]
	[[ $output =~ leaks:\ [1-9] && $output =~ word:\ [1-9] ]]
}

# Those that cannot fail for us, or are the program's own, passed on by a wrapper.
NEVER_FAIL="clock_gettime exit exit_group getegid geteuid getgid getpid getppid getresuid getuid lseek \
munmap rt_sigaction rt_sigpending rt_sigprocmask sched_yield uname"
# libtempfile's alone, of which tests/unit has sweeps.
LIBRARY="fchown gettid tgkill utimensat"
PASSED_ON="pivot_root seccomp setns setreuid setresuid setuid unshare"

@test "each system call of lib/, shim/ and the janitor is among those that fail, but for a few" {
	local name missing=()

	for name in $(grep -rhoE '\bSYS_[a-z0-9_]+' "$REPO"/{lib,shim}/*.[ch] "$REPO/tools/janitor.c" | sort -u); do
		name=${name#SYS_}
		[[ " $NEVER_FAIL $PASSED_ON $LIBRARY " != *" $name "* ]] || continue
		grep -qE "SYS_$name\b|OLD\($name\)" "$REPO/tests/faults/calls.c" || missing+=("$name")
	done
	assert_equal "calls that never fail" "" "${missing[*]}"
}
