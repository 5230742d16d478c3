#!/usr/bin/env bats
# friends.bats: gcc's sanitizers, valgrind and gdb work as they do without tmpguard: they start, they
# find what there is to find, and the program's files go. Others are in tests/programs/. DESIGN 12.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # scripts; variables of the helpers, and bats' own
load helper
load friends/friends

setup() {
	begin_with_friends
}

@test "AddressSanitizer of gcc: the ends, and what it finds" {
	ENDS=(return _exit abort kill)
	build_friend address gcc -O1 -fsanitize=address
	ends_alike "$FRIEND"
	finds heap "heap-buffer-overflow" "$FRIEND"
	finds freed "heap-use-after-free" "$FRIEND"
	finds leak "detected memory leaks" "$FRIEND"
}

@test "ThreadSanitizer of gcc: the ends, and what it finds" {
	ENDS=(exit kill)
	build_friend thread gcc -O1 -fsanitize=thread
	ends_alike "$FRIEND"
	finds race "data race" "$FRIEND"
}

@test "UndefinedBehaviorSanitizer of gcc: the ends, and what it finds" {
	ENDS=(return kill)
	build_friend undefined gcc -O1 -fsanitize=undefined
	ends_alike "$FRIEND"
	finds shift "shift exponent" "$FRIEND"
}

@test "AddressSanitizer under run needs no variable, and keeps those that are set" {
	local options

	build_friend address gcc -O1 -fsanitize=address
	unset ASAN_OPTIONS
	hear_friend guarded "$FRIEND" "$TMPDIR" exit
	assert_equal "output and status" "$(printf '100 made, 5 children did\nstatus 3')" "$SAID"
	assert_only_bystanders
	# The second is what meson sets for its tests; the last is what run cannot do with.
	for options in exitcode=42 halt_on_error=1:abort_on_error=1:print_summary=1 \
		exitcode=42: verify_asan_link_order=1; do
		export ASAN_OPTIONS=$options
		finds_guarded
	done
}

# What is heard of a mistake under run is what is heard without, whose preload is none.
finds_guarded() {
	local plainly

	hear_friend plain "$FRIEND" "$TMPDIR" heap
	[[ $SAID == *heap-buffer-overflow* ]] || fail "$SAID" || return
	plainly=$(verdict)
	remove_left
	hear_friend guarded "$FRIEND" "$TMPDIR" heap
	assert_equal "with ASAN_OPTIONS=$ASAN_OPTIONS" "$plainly" "$(verdict)" || return
	assert_only_bystanders
}

@test "valgrind's memcheck says of a program what it says without" {
	need valgrind
	local -r memcheck=(valgrind -q --error-exitcode=9)

	build_friend native gcc -O0
	ENDS=(exit)
	ends_alike "${memcheck[@]}" "$FRIEND"
	finds unset "depends on uninitialised value" "${memcheck[@]}" "$FRIEND"
	finds leak "definitely lost" "${memcheck[@]}" --leak-check=full "$FRIEND"
}

@test "valgrind's helgrind finds a race, and of tmpguard none that the manual does not suppress" {
	need valgrind
	local -r helgrind=(valgrind -q --tool=helgrind --error-exitcode=9
		--suppressions="$REPO/tests/friends/helgrind.supp")

	build_friend native gcc -O0
	finds race "Possible data race" "${helgrind[@]}" "$FRIEND"
}

# debugged WAY END COMMAND...: what gdb says of the program, which stops before that end.
debugged() {
	local way=$1 last=$2 command commands=()

	shift 2
	for command in 'set confirm off' 'set debuginfod enabled off' 'break friend.c:finish' "$@"; do
		commands+=(-ex "$command")
	done
	hear_friend "$way" gdb -nx -q -batch "${commands[@]}" --args "$FRIEND" "$TMPDIR" "$last"
	SAID=$(grep -E 'Breakpoint 1, |received signal|^(#0|100 made|\[Inferior|status)' <<<"$SAID")
}

# In gdb, before it (which then is the session's root), and as gdb's manual has it.
debugged_alike() { # END COMMAND...
	local plainly way

	debugged plain "$1" run "${@:2}"
	plainly=$SAID
	[[ $plainly == *"100 made"*"Breakpoint 1, finish (how="* ]] || fail "$SAID" || return
	remove_left
	for way in shimmed guarded; do
		debugged "$way" "$1" run "${@:2}"
		assert_equal "$way gdb" "$plainly" "$SAID" || return
		wait_until_only_bystanders || return
	done
	debugged plain "$1" "set exec-wrapper env 'LD_PRELOAD=$SHIM'" run "${@:2}"
	assert_equal "in gdb's exec-wrapper" "$plainly" "$SAID" || return
	wait_until_only_bystanders
}

@test "gdb stops, looks and goes on where it does without, and what it kills leaves nothing" {
	need gdb
	build_friend native gcc -O0
	debugged_alike exit 'print dir' continue
	debugged_alike abort continue 'backtrace 1' kill
}

@test "tmpguard run inside gdb, which follows into the program" {
	need gdb
	build_friend native gcc -O0
	hear_friend plain gdb -nx -q -batch -ex 'set debuginfod enabled off' \
		-ex 'set breakpoint pending on' -ex 'set follow-fork-mode child' -ex 'catch exec' -ex run \
		-ex 'set follow-fork-mode parent' -ex 'break friend.c:finish' -ex continue -ex 'backtrace 1' -ex kill --args "$TMPGUARD" run -q -- "$FRIEND" "$TMPDIR" return
	[[ $SAID == *"Breakpoint 2, finish (how="*"#0  finish (how="* ]] || fail "$SAID"
	wait_until_only_bystanders
}
