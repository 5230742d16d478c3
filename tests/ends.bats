#!/usr/bin/env bats
# ends.bats: however a program ends, what it made is gone, and nothing else is. DESIGN 4.
# Each way of ending is first shown to leave files without tmpguard.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034 # the probe's braces; scripts for others
load helper

setup() {
	begin_test
	make_bystanders
	RUN_OPTIONS=(-q)
}

MAKE=() # what most tests make: a file, a full directory, a file deeper down
make_words() {
	MAKE=(quiet mkstemp "$T" write secret mkdtemp "$T" populate mkostemps "$TMPDIR/aXXXXXX.c" 2 cloexec)
}

# ends at-once|soon STATUS WORD...: after the words the status is STATUS and nothing is left.
ends() {
	local when=$1 want=$2 way got

	shift 2
	make_words
	for way in plain shimmed guarded; do
		got=0
		"$way" "$PROBE" "${MAKE[@]}" "$@" >"$WORK/out" 2>&1 || got=$?
		assert_equal "$way: the status after: $*" "$want" "$got" || return
		case $way in
		plain)
			[ "$(count_left)" -ge 3 ] || fail "a plain run leaves nothing either" || return
			remove_left
			;;
		shimmed)
			[ "$when" = at-once ] || wait_until_only_bystanders || return
			assert_only_bystanders || return
			;;
		guarded) # `run` cleans before it returns, whatever the end was
			assert_only_bystanders || return
			;;
		esac
	done
}

# ---- in order

@test "returning from main leaves nothing, when the parent's wait returns" {
	ends at-once 0 return 0
	ends at-once 7 return 7
}

@test "exit leaves nothing" {
	ends at-once 0 exit 0
	ends at-once 9 exit 9
}

@test "_exit leaves nothing" {
	ends at-once 9 _exit 9
}

@test "_Exit leaves nothing" {
	ends at-once 9 _Exit 9
}

@test "quick_exit leaves nothing" {
	ends at-once 9 quick_exit 9
}

@test "exit from another thread leaves nothing" {
	ends at-once 9 thread { exit 9 }
	ends at-once 9 thread { _exit 9 }
}

@test "the last thread's end leaves nothing, though main ended before" {
	ends soon 0 pthread_exit
}

# ---- by a signal

@test "SIGKILL leaves nothing" {
	ends soon 137 raise KILL
}

@test "SIGTERM leaves nothing, and is seen by the parent" {
	ends soon 143 raise TERM
}

@test "SIGINT, SIGHUP and SIGALRM leave nothing" {
	ends soon 130 default INT raise INT
	ends soon 129 default HUP raise HUP
	ends soon 142 raise ALRM
}

@test "abort leaves nothing" {
	ends soon 134 abort
}

@test "a segmentation fault leaves nothing" {
	ends soon 139 segv
}

@test "a stack overflow leaves nothing" {
	ends soon 139 overflow
}

@test "the raw system call exit_group leaves nothing" {
	ends soon 5 exit_group 5
}

@test "a signal in a thread leaves nothing" {
	ends soon 137 thread { raise KILL }
}

# The signals that end a process by default: all but those that are ignored or stop it, and libc's own.
fatal_signals() {
	seq 1 16
	seq 24 27
	seq 29 31
	seq 34 64
}

@test "each signal that ends a process leaves nothing, those that dump core and real-time ones too" {
	local way signal got

	for signal in $(fatal_signals); do
		for way in shimmed guarded; do
			[ "$way" = shimmed ] || [ $((signal % 4)) = 3 ] || continue
			got=0
			set -- default "$signal"
			[ "$signal" != 9 ] || set -- # it has no other
			"$way" "$PROBE" quiet mkstemp "$T" mkdtemp "$T" populate "$@" raise "$signal" || got=$?
			assert_equal "$way: the status after $signal" $((128 + signal)) "$got" || return
			wait_until_only_bystanders || return
		done
	done 2>/dev/null
}

@test "a process that dumps core leaves nothing" {
	cd "$WORK"
	ulimit -Sc "$(ulimit -Hc)"
	ends soon 139 segv
	ends soon 131 default QUIT raise QUIT
	cd /
}

# Sets LIMITED to the words that run a command with little memory; one that wants more is killed.
limit_memory() {
	local root=/sys/fs/cgroup

	CGROUP=
	if mkdir "$root/memory/tgt-$$" 2>/dev/null; then
		CGROUP=$root/memory/tgt-$$ LIMIT=memory.limit_in_bytes
	elif grep -qw memory "$root/cgroup.subtree_control" 2>/dev/null && mkdir "$root/tgt-$$" 2>/dev/null; then
		CGROUP=$root/tgt-$$ LIMIT=memory.max
	fi
	if [ -n "$CGROUP" ] && echo 24M >"$CGROUP/$LIMIT" 2>/dev/null; then
		echo "# by the kernel's OOM killer, in $CGROUP" >&3
		LIMITED=(sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$CGROUP")
	else
		echo "# no memory cgroup can be made here: RLIMIT_AS" >&3
		LIMITED=(sh -c 'ulimit -v 200000 && exec "$@"' sh)
	fi
}

unlimit_memory() {
	[ -z "$CGROUP" ] || wait_until "$SOON" rmdir "$CGROUP" 2>/dev/null
}

@test "a process that takes too much memory and is killed for it leaves nothing" {
	local way want got

	limit_memory
	for way in plain shimmed guarded; do
		got=0
		"${LIMITED[@]}" "$(command -v bash)" -c 'f=$("$PROBE" quiet mkstemp "$T" print) && exec tail /dev/zero' \
			>/dev/null 2>&1 || got=$?
		[ "$got" != 0 ] || fail "it was not killed"
		remove_left
		got=0
		"$way" "${LIMITED[@]}" bash -c 'f=$("$PROBE" quiet mkstemp "$T" print)
			"$PROBE" quiet mkdtemp "$T" populate && exec tail /dev/zero' >/dev/null 2>&1 || got=$?
		[ "$got" = "$([ -n "$CGROUP" ] && echo 137 || echo 1)" ] || fail "$way: status $got"
		[ "$way" = plain ] || wait_until_only_bystanders || return
		remove_left
	done
	unlimit_memory
}

@test "a process group that is killed as a whole leaves nothing" {
	local way

	for way in "env LD_PRELOAD=$SHIM" "$TMPGUARD run -q --"; do
		# shellcheck disable=SC2086 # words
		start setsid --wait sh -c '"$@" & echo $$ >"$WORK/group"; wait' sh $way "$PROBE" quiet mkstemp "$T" \
			mkdtemp "$T" populate fork { mkstemp "$T" touch "$WORK/ready" pause } pause
		wait_until_there "$WORK/ready"
		kill -KILL -- "-$(cat "$WORK/group")"
		wait "$PID" || true
		wait_until_only_bystanders
		rm "$WORK/ready"
	done
}

# Leaves a process and a child, both with files, under WAY; in ROOT, CHILD and JANITOR who they are,
# and in RUN the run.
start_family() { # WAY
	rm -f "$WORK"/{root,child,go}
	start "$1" "$PROBE" quiet mkstemp "$T" mkdtemp "$T" populate pid-to "$WORK/root" fork { mkstemp "$T" \
		pid-to "$WORK/child" wait-for "$WORK/go" } wait-for "$WORK/go" wait exit 0
	wait_until_there "$WORK/child"
	ROOT=$(cat "$WORK/root")
	CHILD=$(cat "$WORK/child")
	RUN=$(ps -o ppid= -p "$ROOT" | tr -d ' ')
	wait_until "$SOON" has_janitor
	JANITOR=$(janitor_pids)
}

@test "the janitor is killed: the end in order leaves nothing, and the next session removes the rest" {
	local way

	for way in shimmed guarded; do
		start_family "$way"
		kill -KILL "$JANITOR"
		touch "$WORK/go"
		wait "$PID"
		wait_until_only_bystanders
		start_family "$way"
		kill -KILL "$JANITOR"
		[ "$way" = shimmed ] || kill -KILL "$RUN"
		kill -KILL "$ROOT" "$CHILD"
		wait "$PID" || true
		shimmed "$PROBE" quiet mkstemp "$T"
		wait_until_only_bystanders
	done
}

@test "run is killed: what lives keeps its files, and the last end leaves nothing" {
	start_family guarded
	kill -KILL "$RUN"
	assert_stays assert_left 3
	kill -KILL "$ROOT"
	assert_stays assert_left 3 # the child may want them
	touch "$WORK/go"
	wait_until_only_bystanders
	wait_until "$SOON" no_janitor
}

@test "the end by a signal is seen as that signal, not as a status" {
	local way signal

	need perl
	for way in plain_now shimmed_now guarded_now; do
		for signal in TERM KILL HUP; do
			# A shell cannot tell the signal from the status 128 + N; waitpid can.
			run -0 "$way" "$PROBE" quiet mkstemp "$T" raise "$signal"
			assert_equal "$way $signal" "signal $(kill -l "$signal"), status 0" "$output"
			[ "$way" != plain_now ] || remove_left
		done
	done
	wait_until_only_bystanders
}

how_it_ended() {
	timeout "$BOUND" perl -e 'system(@ARGV); printf "signal %d, status %d", $? & 127, $? >> 8' "$@"
}

plain_now() {
	how_it_ended "$@"
}

shimmed_now() {
	how_it_ended env LD_PRELOAD="$SHIM" "$@"
}

guarded_now() {
	how_it_ended "$TMPGUARD" run -q -- "$@"
}

@test "every build of the probe leaves nothing, killed or not" {
	local probe count=0

	for probe in "$PROBES"/probe-{lfs,fortify,musl}; do
		[ -e "$probe" ] || continue
		PROBE=$probe ends at-once 3 exit 3
		PROBE=$probe ends soon 137 raise KILL
		((count += 1))
	done
	[ "$count" -ge 2 ]
}

@test "a program that has given up its rights leaves nothing, killed or not" {
	[ "$(id -u)" = 0 ] || skip "only root can give up rights"
	chmod 755 "$TMPDIR"
	mkdir -m 1777 "$TMPDIR/open"
	declare_left open
	SNAPSHOT=$(snapshot "$TMPDIR")
	ends soon 0 nobody return 0
	ends soon 137 nobody raise KILL
	shimmed "$PROBE" mkstemp "$T" nobody mkstemp "$TMPDIR/open/aXXXXXX" exit 0
	wait_until_gone "$TMPDIR/$BASE"
	wait_until "$SOON" assert_empty "$TMPDIR/open" 2>/dev/null || assert_empty "$TMPDIR/open"
}

@test "a program that closed all its descriptors leaves nothing" {
	ends at-once 0 closefrom 0 exit 0
	ends soon 137 closefrom 0 raise KILL
}

@test "a program that ignores and catches signals leaves nothing" {
	ends at-once 0 ignore CHLD ignore TERM ignore HUP raise TERM exit 0
	ends at-once 3 catch TERM catch CHLD raise TERM exit 3
	ends soon 137 ignore CHLD ignore TERM raise KILL
}

@test "a program that is stopped is not taken for dead" {
	local go=$WORK/go pid

	start shimmed "$PROBE" quiet mkstemp "$T" print-to "$WORK/path" pid-to "$WORK/pid" wait-for "$go" exists @
	wait_until_there "$WORK/pid"
	pid=$(cat "$WORK/pid")
	kill -STOP "$pid"
	assert_stays exists "$(cat "$WORK/path")"
	kill -CONT "$pid"
	touch "$go"
	wait "$PID"
	assert_only_bystanders
}

@test "while the program lives its files live" {
	local go=$WORK/go

	start shimmed "$PROBE" quiet mkstemp "$T" print-to "$WORK/path" wait-for "$go"
	wait_until_there "$WORK/path"
	assert_stays exists "$(cat "$WORK/path")"
	touch "$go"
	wait "$PID"
	assert_only_bystanders
}

# ---- its own cleaning up

@test "a program that removes its files itself can" {
	local way

	for way in shimmed guarded; do
		run -0 "$way" "$PROBE" quiet mkstemp "$T" unlink mkdtemp "$T" unlink exit 0
		assert_equal "what unlink said" $'unlink: 0 errno=untouched\nunlink: 0 errno=untouched' "$output"
		assert_only_bystanders
	done
}

@test "an atexit handler and a trap still find the file" {
	local script='f=$("$PROBE" quiet mkstemp "$T" print); trap '\''test -e "$f" && rm "$f" && echo removed'\'' EXIT; exit 3'
	local shell way

	for shell in bash dash; do
		command -v "$shell" >/dev/null || continue
		for way in shimmed guarded; do
			run -3 "$way" "$shell" -c "$script"
			assert_equal "$way $shell" removed "$output"
			assert_only_bystanders
		done
	done
}

@test "a file that was removed and made again by somebody else is theirs" {
	local go=$WORK/go path

	start shimmed "$PROBE" quiet mkstemp "$T" close print-to "$WORK/path" wait-for "$go"
	wait_until_there "$WORK/path"
	path=$(cat "$WORK/path")
	rm "$path"
	echo "somebody else's" >"$path" # the inode's number may well be the same
	touch "$go"
	wait "$PID"
	declare_left "${path##*/}"
	assert_stays assert_content "$path" "somebody else's"
	wait_until_gone "$TMPDIR/$BASE"
}

@test "a directory that was removed and made again by somebody else is theirs" {
	local go=$WORK/go path

	start shimmed "$PROBE" quiet mkdtemp "$T" print-to "$WORK/path" wait-for "$go" raise KILL
	wait_until_there "$WORK/path"
	path=$(cat "$WORK/path")
	rmdir "$path"
	mkdir "$path"
	echo "somebody else's" >"$path/file"
	touch "$go"
	wait "$PID" || true
	declare_left "${path##*/}"
	assert_stays assert_content "$path/file" "somebody else's"
	wait_until_gone "$TMPDIR/$BASE"
}

@test "another's file renamed over ours stays" {
	local go=$WORK/go path

	echo "published" >"$TMPDIR/theirs"
	start shimmed "$PROBE" quiet mkstemp "$T" print-to "$WORK/path" wait-for "$go"
	wait_until_there "$WORK/path"
	path=$(cat "$WORK/path")
	mv "$TMPDIR/theirs" "$path"
	touch "$go"
	wait "$PID"
	declare_left "${path##*/}"
	assert_stays assert_content "$path" "published"
}

@test "a symbolic link in the place of our file is left alone, and so is what it leads to" {
	local go=$WORK/go path

	echo "precious" >"$WORK/precious"
	start shimmed "$PROBE" quiet mkstemp "$T" print-to "$WORK/path" wait-for "$go" raise KILL
	wait_until_there "$WORK/path"
	path=$(cat "$WORK/path")
	rm "$path"
	ln -s "$WORK/precious" "$path"
	touch "$go"
	wait "$PID" || true
	declare_left "${path##*/}"
	assert_stays assert_content "$WORK/precious" "precious"
	assert_exists "$path"
}

@test "a symbolic link inside a directory of ours is removed, never followed" {
	local way

	mkdir "$WORK/precious"
	echo "precious" >"$WORK/precious/file"
	for way in shimmed guarded; do
		"$way" bash -c 'd=$("$PROBE" quiet mkdtemp "$T" print) && ln -s "$WORK/precious" "$d/link" &&
			ln -s "$WORK/precious/file" "$d/another" && kill -KILL $$' 2>/dev/null || true
		wait_until_only_bystanders
		assert_content "$WORK/precious/file" "precious"
	done
}

@test "a second hard link keeps the file's content" {
	local go=$WORK/go

	start shimmed "$PROBE" quiet mkstemp "$T" write linked print-to "$WORK/path" wait-for "$go"
	wait_until_there "$WORK/path"
	ln "$(cat "$WORK/path")" "$TMPDIR/published"
	declare_left published
	touch "$go"
	wait "$PID"
	assert_missing "$(cat "$WORK/path")"
	assert_content "$TMPDIR/published" linked
}

@test "a file that was renamed out is published, and stays" {
	local way end

	declare_left published
	for way in shimmed guarded; do
		for end in "exit 0" "raise KILL"; do
			# shellcheck disable=SC2086 # words
			"$way" "$PROBE" quiet mkstemp "$T" write published mkdtemp "$T" mkstemp "$T" \
				write precious rename "$WORK/published" $end || true
			assert_content "$WORK/published" precious
			wait_until_only_bystanders
			rm "$WORK/published"
			# shellcheck disable=SC2086
			"$way" "$PROBE" quiet mkstemp "$T" write precious rename "$TMPDIR/published" \
				$end || true
			wait_until_gone "$TMPDIR/$BASE"
			assert_content "$TMPDIR/published" precious
			rm "$TMPDIR/published"
		done
	done
}

@test "a directory that was renamed out stays with all that is in it" {
	local way

	for way in shimmed guarded; do
		"$way" "$PROBE" quiet mkdtemp "$T" populate rename "$WORK/published" exit 0
		assert_content "$WORK/published/sub/deeper/file" content
		assert_exists "$WORK/published/dangling" "$WORK/published/pipe"
		assert_only_bystanders
		chmod -R u+rwx "$WORK/published"
		rm -r "$WORK/published"
	done
}

# ---- forks

@test "a forked child's end does not remove its parent's file, however it ends" {
	local end way

	for way in shimmed guarded; do
		for end in "return 0" "exit 0" "_exit 0" "_Exit 0" "quick_exit 0" "exit_group 0" \
			"raise KILL" abort; do
			# shellcheck disable=SC2086 # words
			run -0 "$way" "$PROBE" quiet mkstemp "$T" fork { $end } wait sleep 60 exists @
			assert_output_has "exists: yes"
			# shellcheck disable=SC2086
			run -0 "$way" "$PROBE" quiet mkstemp "$T" rawfork { $end } wait sleep 60 exists @
			assert_output_has "exists: yes"
			assert_only_bystanders
		done
	done
}

@test "a fork tree leaves nothing, killed or not" {
	make_words
	ends at-once 0 fork { "${MAKE[@]}" fork { "${MAKE[@]}" exit 1 } wait _exit 2 } wait exit 0
	ends soon 137 fork { "${MAKE[@]}" fork { "${MAKE[@]}" raise KILL } wait raise KILL } wait \
		raise KILL
	ends soon 0 rawfork { "${MAKE[@]}" } wait exit 0
}

@test "a child that outlives the program keeps its parent's file, and the last one out removes it" {
	local end

	for end in "exit 0" "_exit 0" "raise KILL"; do
		rm -f "$WORK"/{go,path,ready,out}
		# shellcheck disable=SC2086 # words
		shimmed "$PROBE" quiet mkstemp "$T" print-to "$WORK/path" fork { touch "$WORK/ready" \
			wait-for "$WORK/go" exists @ mkstemp "$T" raise KILL } wait-for "$WORK/ready" \
			$end >"$WORK/out" || true
		assert_stays exists "$(cat "$WORK/path")"
		touch "$WORK/go"
		wait_until_only_bystanders
		assert_content "$WORK/out" "exists: yes"
	done
}

@test "a raw fork that outlives the program keeps the file" {
	shimmed "$PROBE" quiet mkstemp "$T" print-to "$WORK/path" rawfork { touch "$WORK/ready" \
		wait-for "$WORK/go" exists @ } wait-for "$WORK/ready" exit 0 >"$WORK/out"
	assert_stays exists "$(cat "$WORK/path")"
	touch "$WORK/go"
	wait_until_only_bystanders
	assert_content "$WORK/out" "exists: yes"
}

@test "a daemon keeps the directory that its dead parent made, and leaves nothing" {
	local end

	plain "$PROBE" quiet mkdtemp "$T" daemon touch "$WORK/ended" exit 0
	wait_until_there "$WORK/ended"
	assert_left 1
	remove_left
	for end in "exit 0" "raise KILL"; do
		rm -f "$WORK"/{go,path,out}
		# shellcheck disable=SC2086 # words
		shimmed "$PROBE" quiet mkdtemp "$T" populate daemon print-to "$WORK/path" \
			wait-for "$WORK/go" exists @ mkstemp "$T" $end >"$WORK/out"
		wait_until_there "$WORK/path"
		assert_stays exists "$(cat "$WORK/path")/sub/deeper/file"
		touch "$WORK/go"
		wait_until_only_bystanders
		assert_content "$WORK/out" "exists: yes"
	done
}

@test "a daemon made by two forks and setsid, likewise" {
	shimmed "$PROBE" quiet mkdtemp "$T" fork { setsid fork { closefrom 2 print-to "$WORK/path" \
		wait-for "$WORK/go" exists @ } exit 0 } wait exit 0 >"$WORK/out"
	wait_until_there "$WORK/path"
	assert_stays exists "$(cat "$WORK/path")"
	touch "$WORK/go"
	wait_until_only_bystanders
	assert_output_in "$WORK/out" "exists: yes"
}

assert_output_in() {
	grep -qF "$2" "$1" || fail "expected in the output: $2" "$(cat "$1")"
}

# ---- exec

@test "exec keeps the files, and they go when the new program ends" {
	local call

	for call in execv execve execvp execvpe execl execlp execle fexecve execve-bare; do
		assert_follows_exec "$call"
	done
}

assert_follows_exec() {
	plain "$PROBE" quiet mkstemp "$T" "$1" { exists % mkstemp "$T" } >/dev/null
	assert_left 2 || return
	remove_left
	run -0 shimmed "$PROBE" quiet mkstemp "$T" "$1" { loaded exists % quiet mkstemp "$T" }
	assert_equal "said after $1" $'shim: loaded\nexists: yes' "$output" || return
	wait_until_only_bystanders || return
	run -137 shimmed "$PROBE" quiet mkstemp "$T" "$1" { exists % mkstemp "$T" raise KILL }
	assert_output_has "exists: yes" || return
	wait_until_only_bystanders || return
	run -0 guarded "$PROBE" quiet mkstemp "$T" "$1" { loaded exists % quiet mkstemp "$T" }
	assert_equal "said after $1 under run" $'shim: loaded\nexists: yes' "$output" || return
	assert_only_bystanders
}

@test "an environment that was cleared gets the session back at exec" {
	run -0 shimmed "$PROBE" quiet mkstemp "$T" clearenv execv { loaded exists % quiet mkstemp "$T" }
	assert_equal "said" $'shim: loaded\nexists: yes' "$output"
	wait_until_only_bystanders
	run -0 shimmed env -i "$PROBE" mkstemp "$T" loaded
	assert_output_has "shim: loaded"
	wait_until_only_bystanders
}

@test "a foreign LD_PRELOAD set for the child is kept beside ours" {
	run -0 shimmed "$PROBE" setenv LD_PRELOAD "$PROBES/libotherpreload.so" execv { mkstemp "$T" \
		loaded others }
	assert_output_has "shim: loaded"
	assert_output_has "others: saw it"
	wait_until_only_bystanders
}

@test "exec twice, out of a thread, and with nothing made before" {
	run -0 shimmed "$PROBE" quiet mkstemp "$T" execv { exists % execv { quiet mkstemp "$T" \
		execve-bare { mkstemp "$T" loaded } } }
	assert_output_has "shim: loaded"
	wait_until_only_bystanders
	run -0 shimmed "$PROBE" quiet mkstemp "$T" thread { execv { exists % } }
	assert_output_has "exists: yes"
	wait_until_only_bystanders
	run -0 shimmed "$PROBE" execv { quiet mkstemp "$T" execv { exists % } }
	assert_output_has "exists: yes"
	wait_until_only_bystanders
}

@test "a failed exec changes nothing" {
	run -127 shimmed bash -c 'f=$("$PROBE" quiet mkstemp "$T" print)
		shopt -s execfail
		exec /nonexistent/program
		test -e "$f" && exit 127'
	wait_until_only_bystanders
}

@test "a long chain of exec is never mistaken for an end" {
	local script

	# Between two images nobody holds the lock: a cleaner has its best chance here.
	script='f=$("$PROBE" quiet mkstemp "$T" print); export f
		loop() { [ "$1" = 0 ] && { test -e "$f" && echo "still there"; exit; }
			test -e "$f" || { echo "gone after $1"; exit 1; }
			exec bash -c "$(declare -f loop); loop $(($1 - 1))"; }
		loop 40'
	run -0 shimmed bash -c "$script"
	assert_equal "said" "still there" "$output"
	wait_until_only_bystanders
}

@test "a static program that takes the place of the last one keeps the file while it lives" {
	# No preload gets into it, so it cannot hold the lock.
	start shimmed bash -c 'f=$("$PROBE" quiet mkstemp "$T" print-to "$WORK/path" print)
		exec env -u PROBE_EXPECT "$0" touch "$WORK/ready" wait-for "$WORK/go" exists "$f"' \
		"$PROBES/probe-static" >"$WORK/out"
	wait_until_there "$WORK/ready"
	assert_stays exists "$(cat "$WORK/path")"
	touch "$WORK/go"
	wait "$PID"
	assert_content "$WORK/out" "exists: yes"
	wait_until_only_bystanders
}

@test "a static child that outlives the program keeps its parent's file while it lives" {
	shimmed "$PROBE" quiet mkstemp "$T" print-to "$WORK/path" fork { output "$WORK/out" closefrom 3 \
		unsetenv PROBE_EXPECT program "$PROBES/probe-static" execv { touch "$WORK/ready" \
		wait-for "$WORK/go" exists "<$WORK/path" } } wait-for "$WORK/ready" exit 0
	assert_stays exists "$(cat "$WORK/path")"
	touch "$WORK/go"
	wait_until_only_bystanders
	assert_content "$WORK/out" "exists: yes"
}

@test "a static child that was spawned and outlives the program, likewise" {
	local call

	for call in posix_spawn posix_spawnp vfork; do
		rm -f "$WORK"/{go,path,ready,out}
		# The spawning thread waits for it; main does not.
		start shimmed "$PROBE" quiet mkstemp "$T" print-to "$WORK/path" fork { output "$WORK/out" \
			closefrom 3 unsetenv PROBE_EXPECT program "$PROBES/probe-static" \
			"$call" { pid-to "$WORK/pid" touch "$WORK/ready" wait-for "$WORK/go" \
			exists "<$WORK/path" } } wait-for "$WORK/ready" exit 0
		wait "$PID"
		kill -KILL "$(parent_of "$(cat "$WORK/pid")")"
		assert_stays exists "$(cat "$WORK/path")"
		touch "$WORK/go"
		wait_until_only_bystanders
		assert_content "$WORK/out" "exists: yes"
	done
}

parent_of() {
	sed 's/^.*) . \([0-9]*\).*/\1/' "/proc/$1/stat"
}

# ---- other processes

@test "f=\$(mktemp): the file outlives the process that made it, and goes with the shell" {
	local script='f=$("$PROBE" quiet mkstemp "$T" print); d=$("$PROBE" quiet mkdtemp "$T" print)
		echo data >"$f" && test -d "$d" && echo more >"$d/file" && sleep 0.1 &&
		test -e "$f" && test -e "$d/file" && echo "both there"'
	local shell way

	for shell in bash dash; do
		command -v "$shell" >/dev/null || continue
		run -0 plain "$shell" -c "$script"
		assert_equal "plain $shell" "both there" "$output"
		assert_left 2
		remove_left
		for way in shimmed guarded; do
			run -0 "$way" "$shell" -c "$script"
			assert_equal "$way $shell" "both there" "$output"
			assert_only_bystanders
			run -137 "$way" "$shell" -c "$script; kill -KILL \$\$"
			wait_until_only_bystanders
		done
	done
}

@test "f=\$(mktemp) in a shell that execs its last command" {
	run -0 shimmed bash -c 'f=$("$PROBE" quiet mkstemp "$T" print); exec "$PROBE" exists "$f" mkstemp "$T"'
	assert_output_has "exists: yes"
	wait_until_only_bystanders
}

@test "popen, system, posix_spawn, posix_spawnp, vfork and exec: the child's file outlives it" {
	local call

	for call in popen system posix_spawn posix_spawnp vfork; do
		assert_child_stays_in_session "$call"
	done
}

assert_child_stays_in_session() {
	local way path=$WORK/path

	plain "$PROBE" quiet "$1" { mkstemp "$T" print-to "$path" }
	assert_left 1 || return
	remove_left
	for way in shimmed guarded; do
		rm -f "$path"
		# It joined: its file is there after it has ended, and gone after we have.
		run -0 "$way" "$PROBE" quiet "$1" { loaded quiet mkstemp "$T" print-to "$path" \
			write x return 3 } sleep 60 vfork { quiet } system { quiet }
		assert_output_has "shim: loaded" || return
		assert_output_has "$1: exit 3" || return
		assert_only_bystanders || return
		run -0 "$way" bash -c '"$PROBE" quiet "$0" { mkstemp "$T" print-to "$WORK/path" }
			test -e "$(cat "$WORK/path")" && echo "still there"' "$1"
		assert_output_has "still there" || return
		assert_only_bystanders || return
		# The parent's file is there for the child, and after it.
		run -0 "$way" "$PROBE" quiet mkstemp "$T" "$1" { exists % raise KILL } exists @
		assert_equal "the file is seen by $1" 2 "$(grep -c 'exists: yes' <<<"$output")" || return
		assert_only_bystanders || return
	done
}

@test "the statuses that system, popen, spawn and wait give are the same as without" {
	local way plainly

	set -- quiet mkstemp "$T" popen { exit 3 } popen { raise TERM } system { exit 4 } \
		system { raise KILL } posix_spawn { abort } vfork { return 5 } fork { exit 6 } wait \
		fork { raise SEGV } wait no-children
	hear plain "$PROBE" "$@"
	plainly=$SAID
	remove_left
	for way in shimmed guarded; do
		hear "$way" "$PROBE" "$@"
		assert_equal "$way" "$plainly" "$SAID"
		assert_only_bystanders
	done
}

@test "many processes at once leave nothing" {
	local script='for i in {1..20}; do "$PROBE" quiet mkstemp "$T" mkdtemp "$T" fork { mkstemp "$T" } wait & done; wait'

	plain bash -c "$script"
	assert_left 60
	remove_left
	shimmed bash -c "$script"
	wait_until_only_bystanders
	guarded bash -c "$script"
	assert_only_bystanders
}

@test "two programs at once have sessions of their own" {
	start shimmed "$PROBE" quiet mkstemp "$T" print-to "$WORK/path" wait-for "$WORK/go"
	wait_until_there "$WORK/path"
	shimmed "$PROBE" mkstemp "$T" exit 0
	shimmed "$PROBE" mkstemp "$T" raise KILL || true
	assert_stays exists "$(cat "$WORK/path")"
	touch "$WORK/go"
	wait "$PID"
	wait_until_only_bystanders
}

# ---- keeping

@test "TMPGUARD_PERSIST=1 keeps everything, however it ends" {
	local way end

	declare_left "$BASE"
	for way in shimmed guarded; do
		for end in "exit 0" "exit 1" "raise KILL"; do
			# shellcheck disable=SC2086 # words
			TMPGUARD_PERSIST=1 "$way" "$PROBE" quiet mkstemp "$T" write kept \
				print-to "$WORK/file" mkdtemp "$T" populate print-to "$WORK/dir" $end ||
				true
			assert_stays exists "$(cat "$WORK/file")"
			assert_content "$(cat "$WORK/file")" kept
			assert_content "$(cat "$WORK/dir")/sub/deeper/file" content
			# Nor does the next session take it for what a dead one left.
			shimmed "$PROBE" mkstemp "$T" exit 0
			assert_stays exists "$(cat "$WORK/file")"
			assert_left 2
			remove_left
		done
	done
}

@test "TMPGUARD_PERSIST empty or 0 removes" {
	TMPGUARD_PERSIST='' shimmed "$PROBE" mkstemp "$T"
	assert_only_bystanders
	TMPGUARD_PERSIST=0 shimmed "$PROBE" mkstemp "$T"
	assert_only_bystanders
}

@test "a TMPGUARD_PERSIST that is not understood keeps everything" {
	local value

	declare_left "$BASE"
	for value in yes on_failure TRUE 2; do
		TMPGUARD_PERSIST=$value shimmed "$PROBE" quiet mkstemp "$T" print-to "$WORK/path" 2>/dev/null
		assert_stays exists "$(cat "$WORK/path")"
		remove_left
	done
}

@test "TMPGUARD_DISABLE=1 in a child's environment leaves that child alone" {
	shimmed bash -c 'TMPGUARD_DISABLE=1 "$PROBE" quiet mkstemp "$T" print-to "$WORK/path"; "$PROBE" mkstemp "$T"'
	assert_stays exists "$(cat "$WORK/path")"
	assert_left 1
	remove_left
}

# ---- whose session it is

@test "a first child that is made by vfork makes its parent's session, not one of its own" {
	local i

	for i in 1 2 3 4 5; do
		# dash uses vfork; the file has to outlive the child, and to be gone when the shell is
		start shimmed dash -c '"$0" quiet mkstemp "$1" print-to "$2"; test -e "$(cat "$2")"' \
			"$PROBE" "$T" "$WORK/path"
		wait "$PID"
		assert_missing "$(cat "$WORK/path")"
	done
	wait_until_only_bystanders
}

@test "a session's name goes to children through an environment of 300 variables" {
	need perl
	run -0 bash -c 'for i in {1..300}; do export "MANY_$i=x"; done; exec "$@"' many \
		env LD_PRELOAD="$SHIM" perl -e 'for (1 .. 5) { $f = `$ARGV[0] quiet mkstemp $ARGV[1] print`;
			chomp $f; print -e $f ? "there\n" : "lost\n" }' "$PROBE" "$T"
	assert_equal "what was found" "$(printf 'there\n%.0s' 1 2 3 4 5)" "$output"
	wait_until_only_bystanders
}

@test "where TMPDIR cannot be used the children still find the session" {
	need perl
	run -0 env TMPDIR=/nonexistent LD_PRELOAD="$SHIM" perl -e '$f = `$ARGV[0] quiet mkstemp $ARGV[1] print`;
		chomp $f; print -e $f ? "there" : "lost"' "$PROBE" /tmp/tgt-nodir-XXXXXX
	assert_equal "what was found" there "$output"
	run ! compgen -G "/tmp/tgt-nodir-??????"
}

@test "a TMPGUARD_SESSION that names somebody's directory empties nothing" {
	mkdir -p "$WORK/mine/tmp/important"
	: >"$WORK/mine/lock"
	echo text >"$WORK/mine/journal"
	chmod 700 "$WORK/mine"
	shimmed sh -c 'TMPGUARD_SESSION=$$:$1; export TMPGUARD_SESSION; exec "$0" quiet mkstemp "$2"' \
		"$PROBE" "$WORK/mine" "$T"
	[ -d "$WORK/mine/tmp/important" ]
	[ -e "$WORK/mine/journal" ]
	wait_until_only_bystanders
}

@test "a process that drops root's rights has its files removed all the same" {
	[ "$(id -u)" = 0 ] || skip "only root has rights to drop"
	need setpriv
	chmod 1777 "$TMPDIR"
	shimmed bash -c 'setpriv --reuid 65534 --clear-groups "$0" quiet mkstemp "$1"; true' "$PROBE" "$T"
	wait_until_only_bystanders
}
