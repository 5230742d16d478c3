#!/usr/bin/env bats
# users.bats: processes that change their user, and modes that are taken from them. DESIGN 4, 11.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034,SC2154 # braces; scripts; bats' variables
load helper

setup() {
	begin_test
	declare_left "$BASE" .tmpguard-65534
	[ "$(id -u)" = 0 ] || skip "only root can change its user"
	chmod 1777 "$TMPDIR"
}

nothing_of_tmpguards() {
	! compgen -G "$TMPDIR/.tmpguard-*" >/dev/null
}

# By libc's mkstemp, as each of these users in turn.
AS_USERS='import ctypes, os, sys
libc = ctypes.CDLL(None)
for user in sys.argv[2:]:
    os.seteuid(0)
    os.seteuid(int(user))
    template = ctypes.create_string_buffer(sys.argv[1].encode())
    assert libc.mkstemp(template) >= 0
os.seteuid(0)'

@test "a process that changes its user and changes back: the files of each go" {
	local way

	need python3
	for way in shimmed guarded; do
		"$way" python3 -c "$AS_USERS" "$T" 65534 0 65534 2>/dev/null
		wait_until "$SOON" nothing_of_tmpguards || fail "$way: a session stays"
		assert_left 0
		"$way" python3 -c "$AS_USERS; os.kill(os.getpid(), 9)" "$T" 0 65534 0 2>/dev/null ||
			[ $? = 137 ]
		wait_until "$SOON" nothing_of_tmpguards || fail "$way: a session stays"
		assert_left 0
	done
}

@test "one that changes its user all the time gets no session for each time, and runs on" {
	need python3
	mapfile -t users < <(for i in {1..40}; do printf '%s\n' 65534 0; done)
	shimmed python3 -c "$AS_USERS" "$T" "${users[@]}"
	wait_until "$SOON" nothing_of_tmpguards || fail "a session stays"
	[ "$(count_left)" -lt 80 ] || fail "nothing was removed"
	remove_left
}

@test "a vfork child that gives up its rights before its exec leaves its parent's session alone" {
	local way

	cp "$PROBES/probe-static" "$TMPDIR/static"
	declare_left static
	chmod 755 "$TMPDIR/static"
	for way in shimmed guarded; do
		"$way" "$PROBE" quiet vfork { nobody program "$TMPDIR/static" execv { exit 0 } } wait \
			mkstemp "$T" mkdtemp "$T" fork { exit 0 } wait exit 0 2>/dev/null
		wait_until "$SOON" nothing_of_tmpguards || fail "$way: $(ls -A "$TMPDIR")"
		assert_left 0
	done
}

@test "a umask that takes the owner's own rights is no hindrance, for the library nor for run" {
	local mask way

	mkdir -m 755 "$TMPDIR/bin"
	declare_left bin
	cp "$TMPGUARD" "$SHIM" "$BUILD/tmpguard-janitor" "$PROBE" "$TMPDIR/bin"
	for mask in 0177 0377 0777; do
		for way in "$TMPDIR/bin/tmpguard run -q --" "env LD_PRELOAD=$TMPDIR/bin/libtmpguard.so"; do
			run -0 --separate-stderr unprivileged env PROBE_EXPECT=shim sh -c \
				"umask $mask; $way \"\$1\" quiet mkstemp \"\$T\" fork { mkstemp \"\$T\" } wait exit 0" \
				sh "$TMPDIR/bin/probe"
			assert_equal "$mask: standard error" "" "$stderr" || return
			wait_until "$SOON" nothing_of_tmpguards || fail "$mask: $way"
			assert_left 0
		done
	done
}
