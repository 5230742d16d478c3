# friends.bash: a program that makes temporary files, in company: instrumented, or run by or behind
# another tool. `load friends/friends` after `load helper`.
#
#	build_friend NAME CC...   compiles tests/friends/friend.c by that command line, once a suite
#	ends_alike CMD...         CMD is followed by a directory and an end. Without tmpguard, with the
#	                          shim alone and under run it says and returns the same, and leaves 78
#	                          files in the first, none in the others.
#	finds MISTAKE TEXT CMD... the same for a mistake: in all ways the tool reports it with TEXT
#
# ENDS are the ends that are tried.

# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables for the suites, and the helper's

begin_with_friends() {
	begin_test
	make_bystanders
	RUN_OPTIONS=(-q)
	BOUND=60
	ENDS=(return exit _exit quick_exit abort kill)
	# With the shim alone it takes telling; run tells it, which has a test.
	export ASAN_OPTIONS=verify_asan_link_order=0
}

build_friend() { # NAME CC...
	local out=$BATS_FILE_TMPDIR/$1

	shift
	[ -e "$out" ] || "$@" -std=gnu11 -g -Wall -Wextra -Werror -o "$out" \
		"$REPO/tests/friends/friend.c" -pthread
	FRIEND=$out
}

# Without what differs from run to run. In lines with -- valgrind says which system calls it does not
# know, which is not what it says of the program.
hear_friend() { # WAY CMD...
	hear "$@"
	SAID=$(sed -E -e "s|$TMPDIR|TMPDIR|g" -e '/^--[0-9]+-- /d' \
		-e 's/(==|pid=|process )[0-9]+/\1PID/g; s/0x[0-9A-Fa-f]+/ADDRESS/g' <<<"$SAID")
}

ends_alike() { # CMD...
	local last way plainly

	for last in "${ENDS[@]}"; do
		for way in plain shimmed guarded; do
			hear_friend "$way" "$@" "$TMPDIR" "$last"
			if [ "$way" = plain ]; then
				plainly=$SAID
				[[ $SAID == *"100 made, 5 children did"* ]] || fail "$last: $SAID" || return
				assert_left 78 || return
				remove_left
			else
				assert_equal "$way, $last: output and status" "$plainly" "$SAID" || return
				wait_until_only_bystanders || return
			fi
		done
	done
}

# What a tool says of a mistake, without what differs from run to run.
verdict() {
	grep -E 'ERROR: |WARNING: |SUMMARY: |runtime error: |^==.*friend\.c:|^status ' <<<"$SAID" | sort
}

finds() { # MISTAKE TEXT CMD...
	local mistake=$1 text=$2 way plainly

	shift 2
	for way in plain shimmed guarded; do
		hear_friend "$way" "$@" "$TMPDIR" "$mistake"
		[[ $SAID == *"$text"* ]] || fail "$way, $mistake: $SAID" || return
		if [ "$way" = plain ]; then
			plainly=$(verdict)
			remove_left
		else
			assert_equal "$way, $mistake: what is said of it" "$plainly" "$(verdict)" || return
			wait_until_only_bystanders || return
		fi
	done
}
