#!/usr/bin/env bats
# allocators.bats: other libraries that are preloaded, before tmpguard's and after it: allocators,
# which must not be asked for memory while they start, and those that change what programs see of
# time, disk and rights. DESIGN 12.
# needs: gcc libjemalloc2 libgoogle-perftools4 libmimalloc2.0 faketime eatmydata fakeroot

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # scripts; variables of the helpers, and bats' own
load ../helper
load ../friends/friends

setup() {
	begin_with_friends
}

library() { # PATTERN
	LIBRARY=$(find /usr/lib -maxdepth 3 -name "$1" -print -quit)
	[ -n "$LIBRARY" ] || skip "no $1 here"
	LIBRARY=$(realpath "$LIBRARY")
}

# What it is without tmpguard it is with it, whichever of the two comes first.
both_orders() { # LIBRARY [CMD]
	local last plainly preload

	for last in "${ENDS[@]}"; do
		hear_friend plain env LD_PRELOAD="$LIBRARY" "$FRIEND" "$TMPDIR" "$last"
		plainly=$SAID
		[[ $SAID == *"100 made, 5 children did"* ]] || fail "$last: $SAID" || return
		assert_left 78 || return
		remove_left
		for preload in "$SHIM $LIBRARY" "$LIBRARY:$SHIM"; do
			hear_friend plain env LD_PRELOAD="$preload" "$FRIEND" "$TMPDIR" "$last"
			assert_equal "$preload, $last" "$plainly" "$SAID" || return
			wait_until_only_bystanders || return
		done
		# Outside, kept by run; and inside.
		hear_friend plain env LD_PRELOAD="$LIBRARY" "$TMPGUARD" run -q -- "$FRIEND" "$TMPDIR" "$last"
		assert_equal "run, $last" "$plainly" "$SAID" || return
		assert_only_bystanders || return
		hear_friend guarded env LD_PRELOAD="$LIBRARY:$SHIM" "$FRIEND" "$TMPDIR" "$last"
		assert_equal "in run, $last" "$plainly" "$SAID" || return
		assert_only_bystanders || return
	done
}

allocator() { # PATTERN
	library "$1"
	build_friend native gcc -O1
	both_orders
	# It is in use, or the rest would show nothing.
	env LD_PRELOAD="$LIBRARY:$SHIM" cat /proc/self/maps >"$WORK/maps"
	grep -qF "$LIBRARY" "$WORK/maps"
	grep -qF "$SHIM" "$WORK/maps"
}

@test "jemalloc before tmpguard and after it" {
	allocator 'libjemalloc.so.2'
}

@test "tcmalloc before tmpguard and after it" {
	allocator 'libtcmalloc.so.4'
}

@test "mimalloc before tmpguard and after it" {
	allocator 'libmimalloc.so.2*'
}

@test "libfaketime before tmpguard and after it: the program's time is false, and the files go" {
	local preload

	library 'libfaketime.so.1'
	build_friend native gcc -O1
	export FAKETIME='2001-02-03 04:05:06'
	for preload in "$SHIM:$LIBRARY" "$LIBRARY:$SHIM"; do
		run -0 env LD_PRELOAD="$preload" sh -c 'date +%Y-%m; mktemp -d >/dev/null'
		assert_equal "the date, with $preload" 2001-02 "$output"
		wait_until_only_bystanders
	done
	both_orders
	run -0 "$TMPGUARD" run -q -- faketime '2001-02-03' "$FRIEND" "$TMPDIR" return
	assert_only_bystanders
	run -0 faketime '2001-02-03' "$TMPGUARD" run -q -- "$FRIEND" "$TMPDIR" return
	assert_only_bystanders
}

@test "libfaketime that fakes the dates of files: what was made is known all the same" {
	library 'libfaketime.so.1'
	build_friend native gcc -O1
	ENDS=(return kill)
	export FAKETIME='-20d' FAKE_STAT=1
	both_orders
}

@test "eatmydata before tmpguard and after it" {
	library 'libeatmydata.so'
	build_friend native gcc -O1
	both_orders
	run -0 "$TMPGUARD" run -q -- eatmydata "$FRIEND" "$TMPDIR" return
	assert_only_bystanders
	run -0 eatmydata "$TMPGUARD" run -q -- "$FRIEND" "$TMPDIR" return
	assert_only_bystanders
}

# As somebody who is not root: else there is nothing to fake. Who that is may not look in here.
@test "fakeroot inside tmpguard and around it: the program is root, and its files go" {
	local plainly
	local -r copies=$TMPDIR/copies script='id -u; d=$(mktemp -d); touch "$d/a"; chown 12:34 "$d/a"
		stat -c %u:%g "$d/a"; "$0" "$TMPDIR" return; "$0" "$TMPDIR" kill; echo "status $?"'

	need fakeroot
	build_friend native gcc -O1
	mkdir "$copies"
	cp "$SHIM" "$TMPGUARD" "$BUILD/tmpguard-janitor" "$FRIEND" "$copies"
	chmod 755 "$copies"
	chmod 1777 "$TMPDIR"
	declare_left copies
	SNAPSHOT=$(snapshot "$TMPDIR")
	SHIM=$copies/libtmpguard.so

	hear unprivileged fakeroot sh -c "$script" "$copies/native"
	plainly=$SAID
	[[ $SAID == *$'0\n12:34\n100 made, 5 children did'* ]] || fail "$SAID"
	remove_left
	hear unprivileged "$copies/tmpguard" run -q -- fakeroot sh -c "$script" "$copies/native"
	assert_equal "fakeroot inside run" "$plainly" "$SAID"
	wait_until_only_bystanders
	hear unprivileged fakeroot "$copies/tmpguard" run -q -- sh -c "$script" "$copies/native"
	assert_equal "run inside fakeroot" "$plainly" "$SAID"
	wait_until_only_bystanders
	# With the shim alone, before fakeroot's library and after it.
	hear unprivileged fakeroot sh -c 'LD_PRELOAD=$SHIM:$LD_PRELOAD exec sh -c "$1" "$0"' \
		"$copies/native" "$script"
	assert_equal "tmpguard first" "$plainly" "$SAID"
	wait_until_only_bystanders
	hear unprivileged fakeroot sh -c 'LD_PRELOAD=$LD_PRELOAD:$SHIM exec sh -c "$1" "$0"' \
		"$copies/native" "$script"
	assert_equal "fakeroot first" "$plainly" "$SAID"
	wait_until_only_bystanders
	hear unprivileged env LD_PRELOAD="$SHIM" fakeroot sh -c "$script" "$copies/native"
	assert_equal "tmpguard around" "$plainly" "$SAID"
	wait_until_only_bystanders "$BOUND"
}

# Such a library finds libc before any preload; what is in TMPDIR run removes.
@test "a library that is loaded with RTLD_DEEPBIND is not seen: its files stay, but for TMPDIR's" {
	local name

	gcc -shared -fPIC -Wall -Wextra -Werror -o "$WORK/deep.so" -x c - <<-'END'
		#include <stdlib.h>
		int make(char *template) { return mkstemp(template); }
	END
	gcc -Wall -Wextra -Werror -o "$WORK/loads" -x c - -ldl <<-'END'
		#define _GNU_SOURCE
		#include <dlfcn.h>
		#include <stdio.h>
		#include <stdlib.h>
		int main(int argc, char **argv)
		{
			void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_DEEPBIND) : NULL;
			int (*make)(char *) = library ? (int (*)(char *))dlsym(library, "make") : NULL;
			char text[2][4096];

			for (int i = 0; i < 2; i++)
				snprintf(text[i], sizeof(text[i]), "%s/aXXXXXX", getenv(i == 0 ? "TMPDIR" : "OUTER"));
			return !make || make(text[0]) < 0 || make(text[1]) < 0 || mkstemp(text[0]) >= 0;
		}
	END
	export OUTER=$TMPDIR
	hear shimmed "$WORK/loads" "$WORK/deep.so"
	assert_equal "status" "status 0" "$SAID"
	assert_left 2
	remove_left
	hear guarded "$WORK/loads" "$WORK/deep.so"
	assert_equal "status" "status 0" "$SAID"
	assert_left 1
	remove_left
}
