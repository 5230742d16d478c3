#!/usr/bin/env bats
# append.bats: where no mapping of the journal can be trusted (btrfs, NFS, FUSE), each record is
# written by calls of its own (lib/journal_append.h). Tried with a build that takes every filesystem
# for one of those, and on a real btrfs.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034 # the probe's braces; scripts for others
load helper

setup_file() {
	make -s -C "$BATS_TEST_DIRNAME/.." BREAK=MAPPING BUILD="$BATS_FILE_TMPDIR/appended" all
}

setup() {
	begin_test
	make_bystanders
	RUN_OPTIONS=(-q)
	SHIM=$BATS_FILE_TMPDIR/appended/libtmpguard.so
	TMPGUARD=$BATS_FILE_TMPDIR/appended/tmpguard
	SOAK=$BUILD/tests/soak
	MAKE=(quiet mkstemp "$T" write secret mkdtemp "$T" populate mkostemps "$TMPDIR/aXXXXXX.c" 2 cloexec)
}

@test "a journal that is appended to ends with its last record" {
	local journal

	start shimmed "$PROBE" quiet mkstemp "$T" mkstemp "$T" mkdtemp "$T" touch "$WORK/made" wait-for "$WORK/go"
	wait_until_there "$WORK/made"
	journal=$(find "$TMPDIR/$BASE" -name journal)
	assert_equal "its size" $((4096 + 3 * 192)) "$(stat -c %s "$journal")"
	assert_equal "who has it open" "" "$(find /proc/[0-9]*/fd -lname "$journal" 2>/dev/null || true)"
	touch "$WORK/go"
	wait "$PID"
	assert_only_bystanders
}

@test "killed, by any signal: nothing is left, there neither" {
	local way signal

	for signal in KILL SEGV TERM ABRT; do
		for way in shimmed guarded; do
			run "$way" "$PROBE" "${MAKE[@]}" raise "$signal"
			assert_equal "$way: status after $signal" $((128 + $(kill -l "$signal"))) "$status"
			wait_until_only_bystanders
		done
	done
}

@test "killed with children, forked and executed, that go on: what each made goes with the last" {
	local got=0

	# not by run, which waits for whoever has its output
	shimmed "$PROBE" "${MAKE[@]}" fork { "${MAKE[@]}" execv { "${MAKE[@]}" touch "$WORK/made" wait-for "$WORK/go" return 0 } } \
		fork { "${MAKE[@]}" raise KILL } wait-for "$WORK/made" raise KILL >"$WORK/out" 2>&1 3>&- || got=$?
	assert_equal status 137 "$got"
	assert_stays eval '[ "$(count_left)" -ge 9 ]'
	touch "$WORK/go"
	wait_until_only_bystanders 5
}

@test "threads that make files at once: nothing is left" {
	run -0 shimmed "$PROBE" quiet threads 8 50 "$T"
	wait_until_only_bystanders
	run -137 shimmed "$PROBE" quiet threads 8 50 "$T" raise KILL
	wait_until_only_bystanders
}

@test "what the program removed or renamed is none of ours, and a failed call leaves no record" {
	run -0 shimmed "$PROBE" quiet mkstemp "$T" rename "$TMPDIR/published" mkstemp "$T" unlink \
		mkdtemp "$TMPDIR/none/aXXXXXX"
	assert_exists "$TMPDIR/published"
	rm "$TMPDIR/published"
	assert_only_bystanders
}

@test "a program that makes and removes very many files leaves the journal small" {
	run -0 shimmed "$SOAK" one 5000
	[[ $output =~ now=([0-9]+)$ ]]
	[ "${BASH_REMATCH[1]}" -le 16384 ]
	run -0 shimmed "$SOAK" children 2000
	[[ $output =~ now=([0-9]+)$ ]]
	[ "${BASH_REMATCH[1]}" -le 32768 ]
	run -0 shimmed "$SOAK" long 2000
	[[ $output =~ now=([0-9]+)$ ]]
	[ "${BASH_REMATCH[1]}" -le 65536 ]
	wait_until_only_bystanders
}

@test "a report tells what was registered, by whom" {
	run -0 env TMPGUARD_REPORT="$WORK/report.jsonl" LD_PRELOAD="$SHIM" "$PROBE" "${MAKE[@]}" _exit 0
	wait_until_only_bystanders
	grep -q '"function":"mkdtemp"' "$WORK/report.jsonl"
	assert_equal "leaks told" 3 "$(grep -c '"status":"leaked"' "$WORK/report.jsonl")"
}

# The product itself, on such a filesystem.
@test "on btrfs nothing is left either, by SIGKILL or in order, and no line is said" {
	need mkfs.btrfs unshare
	SHIM=$BUILD/libtmpguard.so TMPGUARD=$BUILD/tmpguard
	export TMPGUARD PROBE
	truncate -s 120M "$WORK/image"
	mkfs.btrfs -q -M "$WORK/image"
	mkdir "$WORK/disk"
	unshare -m sh -c 'mount -o loop "$1/image" "$1/disk"' sh "$WORK" || skip "no btrfs can be mounted here"
	run -0 --separate-stderr unshare -m bash -c '
		mount -o loop "$1/image" "$1/disk" && chmod 1777 "$1/disk" || exit 1
		export TMPDIR=$1/disk
		make="quiet mkstemp $1/disk/aXXXXXX write secret mkdtemp $1/disk/aXXXXXX populate"
		for end in "raise KILL" "raise SEGV" "return 3" "fork { $make raise KILL } raise KILL"; do
			timeout 20 env LD_PRELOAD="$SHIM" "$PROBE" $make $end
			echo "status $?"
			for i in {1..200}; do
				[ -n "$(ls -A "$1/disk")" ] || break
				sleep 0.02
			done
			ls -A "$1/disk"
			timeout 20 "$TMPGUARD" run -q -- "$PROBE" $make $end
			echo "run: status $?"
			ls -A "$1/disk"
		done
		cd / && umount "$1/disk"' bash "$WORK"
	# shellcheck disable=SC2154 # bats sets it
	assert_equal "what was said" "" "$(grep -v -e Killed -e 'Segmentation fault' <<<"$stderr")"
	assert_equal "what came of it" "$(printf 'status %s\nrun: status %s\n' 137 137 139 139 3 3 137 137)" "$output"
}
