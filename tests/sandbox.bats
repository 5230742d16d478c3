#!/usr/bin/env bats
# sandbox.bats: a process that puts a seccomp filter on itself, which kills it for any call that it
# does not need to end. DESIGN 4.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034,SC2154 # braces; scripts; bats' variables
load helper

setup() {
	begin_test
	make_bystanders
}

@test "it ends as without tmpguard, by whatever end, and the janitor removes its files" {
	local way word end

	for word in filter filter-syscall; do
		for end in "exit 5" "return 5" "_exit 5" "quick_exit 5"; do
			for way in plain shimmed guarded; do
				# shellcheck disable=SC2086 # words
				run -5 --separate-stderr "$way" "$PROBE" quiet mkstemp "$T" mkdtemp "$T" populate \
					fork { exit 0 } wait $word $end
				[ "$way" = plain ] && remove_left
				wait_until_only_bystanders || return
			done
		done
	done
}

@test "a member, whose session goes on without it" {
	run -0 --separate-stderr shimmed sh -c '"$PROBE" quiet mkstemp "$T" print filter exit 5; echo "status $?"; ls "$TMPDIR"'
	assert_output_has "status 5"
	assert_output_has "$(basename "${lines[0]}")"
	wait_until_only_bystanders
}

@test "setuid and its kin are passed on as they are" {
	need python3
	local script='import ctypes; l = ctypes.CDLL(None, use_errno=True)
def call(f, *a): ctypes.set_errno(4242); return f(*a), ctypes.get_errno()
for i in (0, 1):
    print(call(l.setuid, 65534), call(l.seteuid, 65534), call(l.setreuid, 65534, -1), call(l.setresuid, -1, 65534, 65534))
    print(call(l.setuid, 0), call(l.seteuid, 0), call(l.setreuid, 0, 0), call(l.setresuid, 0, 0, 0), call(l.setuid, -1))'

	hear plain python3 -c "$script"
	PLAIN=$SAID
	for way in shimmed guarded; do
		hear "$way" python3 -c "$script"
		assert_equal "$way" "$PLAIN" "$SAID"
	done
}

@test "prctl and syscall are passed on as they are" {
	need python3
	local script='import ctypes; l = ctypes.CDLL(None, use_errno=True)
def call(f, *a): ctypes.set_errno(4242); return f(*a), ctypes.get_errno()
print(call(l.prctl, 15, b"a name"), open("/proc/self/comm").read())
print(call(l.prctl, 99999, 1, 2, 3, 4), call(l.prctl, 22, 2, 0), call(l.prctl, 16, ctypes.c_void_p(8)))
print(call(l.syscall, 39)[0] > 1, call(l.syscall, 99999), call(l.syscall, 3, 77), call(l.syscall, 317, 77, 0, 0))
buf = ctypes.create_string_buffer(8)
print(call(l.syscall, 17, 0, buf, 8, ctypes.c_long(-1)), call(l.syscall, 9, 0, 4096, 1, 34, -1, 0)[1])'

	hear plain python3 -c "$script"
	PLAIN=$SAID
	for way in shimmed guarded; do
		hear "$way" python3 -c "$script"
		assert_equal "$way" "$PLAIN" "$SAID"
	done
}

@test "a vfork child that puts a filter on itself ends as without tmpguard, and its parent goes on" {
	local way how end

	for how in prctl syscall; do
		for end in exec fail end; do
			hear plain "$PROBES/filtered" "$T" "$how" "$end" "$(type -P false)"
			PLAIN=$SAID
			remove_left
			for way in shimmed guarded; do
				hear "$way" "$PROBES/filtered" "$T" "$how" "$end" "$(type -P false)"
				assert_equal "$way $how $end" "$PLAIN" "$(grep -v '^==' <<<"$SAID")"
				wait_until_only_bystanders || fail "$way $how $end"
			done
		done
	done
}

@test "who puts a second filter on itself is asked nothing that the first one may forbid" {
	local way how

	for how in prctl syscall; do
		for way in shimmed guarded; do
			hear "$way" "$PROBES/filtered" "$T" "$how" twice
			assert_equal "$way $how" $'two filters\nstatus 0' "$(grep -v '^==' <<<"$SAID")"
			wait_until_only_bystanders || fail "$way $how"
		done
	done
}
