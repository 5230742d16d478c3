#!/usr/bin/env bats
# aarch64.bats: what was built for 64-bit Arm has the shape that it must have, and works under an
# emulator. That refuses the janitor's clone, and knows no MADV_WIPEONFORK: what ends in order goes,
# what is killed goes by reap, and nothing else changes. DESIGN 12 and 14.

# shellcheck disable=SC1083,SC2034 # the probe's braces; variables of helper.bash
load ../helper

setup() {
	begin_test
	make_bystanders
	RUN_OPTIONS=(-q)
	BOUND=60
	HOUSE=$REPO/tests/house
	ARM=$REPO/$ARM_BUILD
}

@test "shim, core, janitor and tool are for 64-bit Arm" {
	local name

	for name in libtmpguard.so libtempfile.so tmpguard tmpguard-janitor; do
		readelf -h "$ARM/$name" | grep -q 'Machine: *AArch64' || fail "$name is for another machine"
	done
}

@test "the shim has no TLS, needs nothing, has no versions, no executable stack, no TEXTREL" {
	"$HOUSE/elf.sh" shim "$ARM/libtmpguard.so"
}

@test "the janitor is static, wants no interpreter, and leaves nothing undefined" {
	"$HOUSE/elf.sh" janitor "$ARM/tmpguard-janitor"
}

@test "no frame of shim or core reaches 2048 bytes" {
	"$HOUSE/elf.sh" frames 2048 "$ARM/shim" "$ARM/free"
}

@test "the janitor's own beginning: it starts without libc, and says who starts it" {
	run -2 qemu-aarch64 "$ARM/tmpguard-janitor"
	assert_output_has "started by tmpguard itself"
}

@test "with the shim each orderly end removes what was made, and keeps its status" {
	local end

	for end in "return 3" "exit 3" "_exit 3" "_Exit 3" "quick_exit 3" \
		"fork { mkstemp $T } wait exit 3" "execv { mkstemp $T exit 3 }"; do
		# shellcheck disable=SC2086 # words
		hear shimmed "$PROBE" mkstemp "$T" mkdtemp "$T" loaded $end
		[[ $SAID == *"shim: loaded"*"status 3" ]] || fail "$end: $SAID"
		wait_until_only_bystanders 5
	done
}

@test "under run everything goes, whatever the end" {
	local end

	for end in "exit 3" "raise KILL" abort "exit_group 3" "fork { mkstemp $T raise TERM } wait raise TERM" \
		"posix_spawn { mkstemp $T } system { mkstemp $T } popen { mkstemp $T } thread { mkstemp $T } exit 3"; do
		# shellcheck disable=SC2086 # words
		hear guarded "$PROBE" mkstemp "$T" mkdtemp "$T" populate loaded $end
		[[ $SAID == *"shim: loaded"* ]] || fail "$end: $SAID"
		assert_only_bystanders
	done
}

@test "what is killed without a janitor stays, and goes by reap" {
	hear shimmed "$PROBE" mkstemp "$T" loaded raise KILL
	[[ $SAID == *"shim: loaded"* ]] || fail "$SAID"
	assert_left 1
	run -0 "$TMPGUARD" reap "$TMPDIR"
	assert_only_bystanders
}

@test "the report says what was left, and by whom" {
	RUN_OPTIONS=()
	hear guarded "$PROBE" quiet mkstemp "$T" write hello
	[[ $SAID == *": file, 5 bytes; mkstemp by probe"*"1 left behind (5 bytes, 1 inode), 1 removed now"* ]] ||
		fail "$SAID"
	assert_only_bystanders
}

@test "names differ between calls and forks" {
	run -0 shimmed "$PROBE" quiet mkstemp "$T" print fork { mkstemp "$T" print } wait mkstemp "$T" print
	assert_equal "different names" 3 "$(grep "^$TMPDIR/" <<<"$output" | sort -u | wc -l)"
}
