#!/usr/bin/env bats
# torture.bats: `make torture` in its short form, which kills at some calls of each sweep; and builds
# that are broken on purpose, with which it has to fail. DESIGN 14.

# shellcheck disable=SC2154 # bats' variables
load helper

TORTURE=$BATS_TEST_DIRNAME/torture/torture.sh

setup() {
	begin_test
	unset LD_PRELOAD
	export TORTURE_TESTS=$PROBES
}

@test "killed at some of all calls, on ext4, tmpfs and overlayfs: nothing left, nothing lost, nobody late" {
	need mkfs.ext4
	run -0 "$TORTURE" "$BUILD" 211
	echo "$output"
	[[ $output == *" 0 leftovers, 0 losses, worst latency "* ]]
	[ "$(grep -cE '^[a-z]+ .* kills, 0 leftovers, 0 losses,' <<<"$output")" -ge 10 ]
	[[ $output != *SKIPPED* ]] || skip "no root: only on the disk"
	[[ $output == *$'\n'"ext4: "* && $output == *$'\n'"tmpfs: "* && $output == *$'\n'"overlayfs: "* ]]
}

@test "everything is killed where a session's parts come and go: what comes next removes the rest" {
	export TORTURE_CALLS="mkdirat linkat unlinkat"
	TORTURE_ONLY="bare, with the janitor" run -0 "$TORTURE" "$BUILD"
	echo "$output"
	[[ $output == *" 0 leftovers, 0 losses"* ]]
	[[ $output != *SKIPPED* ]] || skip "no root: only on the disk"
}

# torture_broken WHAT: the sweep over a bare program with a build that is broken in this way.
torture_broken() {
	make -s -C "$REPO" BREAK="$1" BUILD="$WORK/broken" all
	TORTURE_ON=disk TORTURE_ONLY=bare run -1 "$TORTURE" "$WORK/broken" 50 150
	echo "$output"
}

@test "a build that drops one record of the journal leaves a file, and that is seen" {
	torture_broken JOURNAL
	[[ $output =~ [1-9][0-9]*" leftovers, 0 losses, worst latency" ]]
	assert_output_has "  left: "
}

@test "a build that takes every file for its own loses one, and that is seen" {
	torture_broken IDENTITY
	[[ $output =~ " 0 leftovers, "[1-9][0-9]*" losses, worst latency" ]]
	assert_output_has "  lost: wanted "
}

@test "what breaks a build is in none that was not asked to be broken" {
	run -0 make -C "$REPO" -n -B BUILD="$WORK/other" all
	assert_output_lacks TMPGUARD_BREAK
}
