#!/usr/bin/env bats
# races.bats: processes of a session that end, join, fork and clean at the same moment. After each
# round the disk is looked at: no file of a living process lost, nothing left after the last end.
# DESIGN 4, 11.
#
# ROUNDS makes all of it longer: ROUNDS=20 tests/run-tests.sh build tests/races.bats

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034,SC2154 # braces; scripts; bats' variables
load helper

ROUNDS=${ROUNDS:-1}

# On a tmpfs: a round takes milliseconds there.
setup() {
	begin_test
	move_to_memory
	make_bystanders
	RUN_OPTIONS=(-q)
	export ROUNDS
}

BOUND=60

# ---- last ends

@test "of two last processes that end at once one cleans, whoever is faster" {
	local script='for i in $(seq $((60 * ROUNDS))); do rm -f go
		LD_PRELOAD=$SHIM "$PROBE" quiet mkstemp "$T" fork { mkstemp "$T" wait-for go "$@" } wait-for go "$@" & wait_for=$!
		: >go; wait $wait_for; done 2>/dev/null; :' end

	cd "$WORK"
	for end in "exit 0" "_exit 0" "raise KILL" "exit_group 0"; do
		# shellcheck disable=SC2086 # words
		timeout "$BOUND" bash -c "$script" bash $end
		wait_until_only_bystanders || return
	done
	cd /
}

@test "a fork whose parent is gone and its sibling, killed at once with their root" {
	local i

	for i in $(seq $((15 * ROUNDS))); do
		start env LD_PRELOAD="$SHIM" "$PROBE" quiet mkstemp "$T" pid-to "$WORK/1" fork { mkstemp "$T" pid-to "$WORK/2" \
			fork { mkstemp "$T" pid-to "$WORK/3" pause } pause } pause
		wait_until_there "$WORK/3"
		kill -KILL "$(cat "$WORK/1")" "$(cat "$WORK/2")" "$(cat "$WORK/3")"
		wait "$PID" || true
		wait_until_only_bystanders || return
		rm "$WORK"/{1,2,3}
	done 2>/dev/null
}

# ---- joiners

# The last member execs, is raced by a cleaner, and looks for its file from the new image.
@test "who joins while the last one ends and cleans keeps its files, or has a session of its own" {
	local way

	cat >"$WORK/joiner" <<-'END'
		f=$("$PROBE" quiet mkstemp "$T" print)
		[ -e "$f" ] || echo "lost: $f"
	END
	for way in shimmed guarded; do
		run -0 "$way" bash -c 'for i in $(seq $((25 * ROUNDS))); do
			(sh "$WORK/joiner" & sh "$WORK/joiner" & exec sh "$WORK/joiner") &
			[ $((i % 5)) != 0 ] || wait; done; wait'
		assert_equal "$way" "" "$output"
		wait_until_only_bystanders || return
	done
	# With each root gone before its children have even begun.
	run -0 timeout "$BOUND" bash -c 'for i in $(seq $((40 * ROUNDS))); do
		LD_PRELOAD=$SHIM bash -c "sh \"\$WORK/joiner\" & exit" & [ $((i % 8)) != 0 ] || wait; done; wait'
	assert_equal "orphans" "" "$output"
	wait_until_only_bystanders
}

@test "sessions that come and go in one place do not take each other's directory away" {
	run -0 timeout "$BOUND" bash -c 'for i in 1 2 3 4; do (for j in $(seq $((25 * ROUNDS))); do
		LD_PRELOAD=$SHIM "$PROBE" quiet mkstemp "$T" exists @; done) & done; wait'
	assert_equal "files seen" $((100 * ROUNDS)) "$(grep -c 'exists: yes' <<<"$output")"
	[[ $output != *tmpguard* ]] || fail "$output"
	wait_until_only_bystanders
}

@test "reap and ls, over and over, take nothing from sessions that begin, fork and end, nor complain" {
	start bash -c 'until [ -e "$WORK/go" ]; do "$0" reap "$TMPDIR"; "$0" ls "$TMPDIR" >/dev/null; done 2>"$WORK/said"' \
		"$TMPGUARD"
	run -0 timeout "$BOUND" bash -c 'for j in $(seq $((40 * ROUNDS))); do
		LD_PRELOAD=$SHIM "$PROBE" quiet mkstemp "$T" fork { mkstemp "$T" exists @ } system { mkstemp "$T" exists @ } \
			wait exists @; done'
	touch "$WORK/go"
	wait "$PID" || true
	assert_equal "files lost" 0 "$(grep -c 'exists: no' <<<"$output")"
	assert_equal "files seen" $((120 * ROUNDS)) "$(grep -c 'exists: yes' <<<"$output")"
	assert_equal "said" "" "$(cat "$WORK/said")"
	wait_until_only_bystanders
}

# ---- many

@test "64 processes with a thousand files each, all there until the end, and gone after it" {
	local script='import ctypes, os, sys
libc = ctypes.CDLL(None)
template = os.environ["TMPDIR"].encode() + b"/aXXXXXX"
def count(): return sum(name.startswith("a") for name in os.listdir(os.environ["TMPDIR"]))
before = count()
gate = os.pipe()
for process in range(64):
    if os.fork() == 0:
        names = [ctypes.create_string_buffer(template) for i in range(1000)]
        for name in names: os.close(libc.mkstemp(name))
        lost = sum(not os.path.exists(name.value) for name in names)
        os.write(gate[1], b"." if lost == 0 else b"!")
        libc._exit(0)
os.close(gate[1])
said = b""
while len(said) < 64:
    some = os.read(gate[0], 64)
    if not some: break
    said += some
print(said.count(b"."), count() - before)
while True:
    try: os.wait()
    except ChildProcessError: break
if sys.argv[1] == "kill": os.kill(os.getpid(), 9)' way end

	need python3
	for way in shimmed guarded; do
		end="return"
		[ "$way" = guarded ] || end="kill"
		run "$way" python3 -c "$script" "$end"
		assert_equal "$way: processes that found all, files there" "64 64000" "${lines[0]}"
		wait_until 20 eval '[ "$(find "$TMPDIR" -maxdepth 1 2>/dev/null | wc -l)" -lt 9 ]'
		wait_until_only_bystanders || return
	done
}

@test "threads that fork while others make files: no child's end takes a file, and all go" {
	local script='import ctypes, os, threading
libc = ctypes.PyDLL(None)
template = os.environ["TMPDIR"].encode() + b"/aXXXXXX"
lost = []
def make():
    name = ctypes.create_string_buffer(template)
    os.close(libc.mkstemp(name))
    return name.value
def work(n):
    for i in range(20 * int(os.environ["ROUNDS"])):
        mine = make()
        pid = os.fork()
        if pid == 0:
            make()
            libc._exit(0) if n % 2 else os.kill(os.getpid(), 9)
        os.waitpid(pid, 0)
        if not os.path.exists(mine): lost.append(mine)
threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("lost", len(lost))' way

	need python3
	for way in shimmed guarded; do
		run -0 "$way" python3 -W ignore -c "$script"
		assert_equal "$way" "lost 0" "$output"
		wait_until_only_bystanders || return
	done
}

@test "threads that want a session while one of them makes it on a slow disk all have it" {
	need strace
	strace -f --seccomp-bpf -o "$WORK/calls" -e trace=linkat -e inject=linkat:delay_enter=1s \
		-E LD_PRELOAD="$SHIM" "$PROBE" threads 4 25 "$T"
	wait_until_only_bystanders
}

@test "vfork and spawned children that make files and end in each way, many at once" {
	local way

	for way in shimmed guarded; do
		run -0 "$way" bash -c 'for i in $(seq $((12 * ROUNDS))); do
			"$PROBE" quiet mkstemp "$T" vfork { quiet mkstemp "$T" raise KILL } posix_spawn { quiet mkstemp "$T" } \
				vfork { quiet mkstemp "$T" _exit 3 } popen { quiet mkstemp "$T" abort } exists @ & done; wait'
		assert_equal "$way: files seen" $((12 * ROUNDS)) "$(grep -c 'exists: yes' <<<"$output")"
		wait_until_only_bystanders || return
	done
}

# ---- descriptors

@test "who closes or takes all descriptors, in each way that programs do, keeps its files to its end" {
	local way

	need python3
	for way in shimmed guarded; do
		run -0 "$way" python3 -c 'import os, subprocess, sys
os.closerange(3, 1024)
name = subprocess.run([os.environ["PROBE"], "quiet", "mkstemp", os.environ["T"], "print"], close_fds=True,
    stdout=subprocess.PIPE, text=True).stdout.strip()
print(os.path.exists(name))'
		assert_equal "$way python" True "$output"
		wait_until_only_bystanders || return
		run -0 "$way" bash -c 'f=$("$PROBE" quiet mkstemp "$T" print)
			for ((n = 3; n < 256; n++)); do eval "exec $n>>\$WORK/taken"; done
			g=$("$PROBE" quiet mkstemp "$T" print); [ -e "$f" ] && [ -e "$g" ] && echo there
			for ((n = 3; n < 256; n++)); do eval "echo $n >&$n"; done
			for ((n = 3; n < 256; n++)); do eval "exec $n>&-"; done; [ -e "$f" ] && [ -e "$g" ] && echo there'
		assert_equal "$way bash" $'there\nthere' "$output"
		assert_equal "what was written by descriptors 3 to 255" 253 "$(wc -l <"$WORK/taken")"
		rm "$WORK/taken"
		wait_until_only_bystanders || return
		"$way" "$PROBE" quiet mkstemp "$T" closefrom 0 fork { mkstemp "$T" closefrom 0 _exit 0 } wait \
			mkdtemp "$T" exit_group 0
		wait_until_only_bystanders || return
	done
}

# ---- containers

# in_container CMD: pids and mounts of its own, the same TMPDIR.
in_container() {
	timeout -k 1 "$BOUND" unshare --mount --pid --fork --mount-proc --propagation private "$@"
}

@test "containers that share a directory but not their pids, beginning and ending at once" {
	local i script='for i in $(seq $((8 * ROUNDS))); do
		LD_PRELOAD=$SHIM "$PROBE" quiet mkstemp "$T" fork { mkstemp "$T" exists @ } wait system { exists % } exists @
		"$TMPGUARD" reap "$TMPDIR" 2>/dev/null; done; :'

	need unshare
	[ "$(id -u)" = 0 ] || skip "namespaces take root here"
	declare_left "$BASE"
	export TMPGUARD
	: >"$WORK/said"
	for i in 1 2 3; do
		start in_container sh -c "$script" >>"$WORK/said"
	done
	start sh -c "$script" >>"$WORK/said"
	for i in "${STARTED[@]}"; do
		wait "$i" || fail "a container ended with $?"
	done
	assert_equal "files lost" 0 "$(grep -c 'exists: no' "$WORK/said")"
	assert_equal "files seen" $((96 * ROUNDS)) "$(grep -c 'exists: yes' "$WORK/said")"
	# What containers left that ended with their init, who sees all processes may take.
	"$TMPGUARD" reap "$TMPDIR"
	wait_until_only_bystanders
}
