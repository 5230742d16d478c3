#!/usr/bin/env bats
# run.bats: `tmpguard run` is a plain prefix: the command behaves as without it, and when it has
# ended there is nothing left but a report. DESIGN 4, 7 and 8.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034,SC2154 # braces; scripts; bats' variables
load helper

setup() {
	begin_test
	make_bystanders
	export TMPGUARD PROBES
}

# Without report, unless the test is about it.
quietly() {
	RUN_OPTIONS+=(-q)
	guarded "$@"
}

# ---- status

@test "the command's status is run's status, whatever it is" {
	local status

	for status in 0 1 7 124 125 126 127 128 137 255; do
		run "-$status" quietly "$PROBE" mkstemp "$T" exit "$status"
		assert_only_bystanders
	done
}

@test "a command killed by a signal: run dies of the same signal" {
	local signal way

	need perl
	for signal in HUP TERM KILL PIPE USR1 SEGV ABRT ALRM; do
		run -0 timeout "$BOUND" perl -e 'system(@ARGV); printf "signal %d, status %d", $? & 127, $? >> 8' \
			"$TMPGUARD" run -q -- "$PROBE" quiet mkstemp "$T" raise "$signal"
		assert_equal "how run ended" "signal $(kill -l "$signal"), status 0" "$output"
		assert_only_bystanders
	done
}

@test "run's own end by a signal writes no core over the command's" {
	local limit

	cd "$WORK"
	limit=$(ulimit -H -c)
	[ "$limit" = unlimited ] || skip "no core files allowed here"
	[ "$(cat /proc/sys/kernel/core_pattern)" = core ] || skip "core files go elsewhere here"
	ulimit -c unlimited
	run -134 quietly "$PROBE" abort
	# the argument lists of both lie in memory: the core is that of the process without "run"
	tr '\0' '\n' <"$(echo "$WORK"/core*)" | grep -qx abort
	run ! grep -qx run <(tr '\0' '\n' <"$(echo "$WORK"/core*)")
	rm "$WORK"/core*
}

@test "as init, run tells a death by signal in its status" {
	[ "$(id -u)" = 0 ] || skip "only root can make a pid namespace here"
	run -137 unshare --pid --fork --mount-proc "$TMPGUARD" run -q -- sh -c 'kill -9 $$'
}

@test "127 for a command that is not there, 126 for one that cannot be run" {
	run -127 --separate-stderr quietly no-such-command-anywhere
	[[ $stderr == "tmpguard: "*no-such-command-anywhere* ]] || fail "$stderr"
	run -127 quietly "$WORK/no/such/command"
	touch "$WORK/not-executable"
	run -126 --separate-stderr quietly "$WORK/not-executable"
	[[ $stderr == "tmpguard: "*not-executable* ]] || fail "$stderr"
	run -126 quietly "$WORK"
	assert_only_bystanders
}

@test "125 for what is wrong with run's own words, and the command is not run" {
	local words

	for words in "--no-such-option" "--error-exitcode=" "--error-exitcode=many" \
		"--error-exitcode=-1" "--error-exitcode=256" "--linger=" "--linger=maybe" "-x"; do
		run -125 timeout "$BOUND" "$TMPGUARD" run "$words" -- touch "$WORK/was-run"
		[[ $output == "tmpguard: "* ]] || fail "$words: $output"
		assert_missing "$WORK/was-run"
	done
	run -125 timeout "$BOUND" "$TMPGUARD" run
	run -125 timeout "$BOUND" "$TMPGUARD" run --
	run -125 timeout "$BOUND" "$TMPGUARD" run -q
	assert_only_bystanders
}

# ---- a plain prefix

@test "standard input, output and error are the command's" {
	seq 20000 >"$WORK/input"
	quietly cat <"$WORK/input" >"$WORK/output"
	cmp "$WORK/input" "$WORK/output"
	run -0 --separate-stderr quietly sh -c 'echo out; echo err >&2'
	assert_equal "standard output" out "$output"
	assert_equal "standard error" err "$stderr"
	run -0 quietly sh -c 'cat <&5' 5<"$BATS_TEST_FILENAME"
	assert_equal "descriptor 5" "$(cat "$BATS_TEST_FILENAME")" "$output"
}

@test "closed standard descriptors stay closed" {
	local script='for n in 0 1 2; do test -e /proc/self/fd/$n && echo "$n open" >>"$WORK/open"; done; exit 4'

	run -4 bash -c '"$@" <&- >&-' - timeout "$BOUND" sh -c "$script"
	assert_content "$WORK/open" "2 open"
	rm "$WORK/open"
	run -4 bash -c '"$@" <&- >&-' - timeout "$BOUND" "$TMPGUARD" run -q -- sh -c "$script"
	assert_content "$WORK/open" "2 open"
}

@test "arguments arrive as they are" {
	run -0 quietly printf '<%s>' "a b" "" '*' '--' -q $'new\nline' '$HOME'
	assert_equal "arguments" $'<a b><><*><--><-q><new\nline><$HOME>' "$output"
}

@test "-- may be left out, and what follows the command is the command's" {
	run -3 timeout "$BOUND" "$TMPGUARD" run -q sh -c 'echo "$0"; exit 3' --error-exitcode=9
	assert_equal "output" "--error-exitcode=9" "$output"
}

@test "the environment is the command's, but for TMPDIR and what tmpguard says it sets" {
	export ODD=$'a\nb=c' EMPTY=
	env -0 | sort -z >"$WORK/before"
	quietly env -0 | sort -z >"$WORK/after"
	run -1 diff <(tr '\n\0' '?\n' <"$WORK/before") <(tr '\n\0' '?\n' <"$WORK/after")
	run -0 sed -n 's/^[<>] \([A-Za-z_]*\)=.*/\1/p' <<<"$output"
	run -0 sort -u <<<"$output"
	for name in $output; do
		case $name in
		TMPDIR | LD_PRELOAD | TMPGUARD_SESSION | ASAN_OPTIONS | PROBE_EXPECT | _) ;;
		*) fail "the environment differs in $name" ;;
		esac
	done
	[[ $output == *TMPDIR* ]]
}

@test "the working directory and the umask are the command's" {
	cd "$WORK"
	umask 027
	run -0 quietly sh -c 'pwd; umask'
	assert_equal "output" "$WORK"$'\n'"0027" "$output"
}

@test "run without tmpguard's shim in the way: static programs run, too" {
	run -6 quietly env -u PROBE_EXPECT "$PROBES/probe-static" loaded exit 6
	assert_equal "output" "shim: not loaded" "$output"
}

# ---- the private TMPDIR

@test "the command's TMPDIR is private, below the old one, and gone afterwards" {
	local dir mode

	run -0 quietly sh -c 'echo "$TMPDIR"; stat -c "%F %a %u" "$TMPDIR"; ls -A "$TMPDIR"'
	dir=${lines[0]}
	[[ $dir == "$TMPDIR"/* ]] || fail "TMPDIR was $dir"
	mode=700
	[ "$(id -u)" != 0 ] || mode=1777
	assert_equal "kind, mode and owner" "directory $mode $(id -u)" "${lines[1]}"
	assert_equal "lines (it was empty)" 2 "${#lines[@]}"
	assert_missing "$dir"
	assert_only_bystanders
}

@test "the path of the private TMPDIR is short enough for sockets" {
	run -0 quietly sh -c 'echo "$TMPDIR"'
	[ "${#output}" -le $((${#TMPDIR} + 32)) ] || fail "$output"
}

@test "TMP and TEMP follow where they were set, and stay unset where they were not" {
	run -0 quietly sh -c 'echo "${TMP-unset} ${TEMP-unset}"'
	assert_equal "not set" "unset unset" "$output"
	TMP=/tmp TEMP=/var/tmp run -0 quietly sh -c '[ "$TMP" = "$TMPDIR" ] && [ "$TEMP" = "$TMPDIR" ] && echo both'
	assert_equal "set" both "$output"
}

@test "root's children of other users can use the private TMPDIR" {
	[ "$(id -u)" = 0 ] || skip "only root has children of other users"
	chmod 711 "$TMPDIR"
	# Its standard error is the loader's, where the shim lies below a directory closed to others.
	run -0 --separate-stderr quietly setpriv --reuid=65534 --regid=65534 --clear-groups -- \
		sh -c 'echo data >"$TMPDIR/mine" && mkdir "$TMPDIR/dir" && cat "$TMPDIR/mine"'
	assert_equal "output" data "$output"
	assert_only_bystanders
}

@test "the private TMPDIR is emptied, whoever made what is in it, and how" {
	local script='cd "$TMPDIR" && echo x >plain && mkdir -p a/b/c && echo y >a/b/c/d && ln -s /etc/passwd l &&
		mkfifo p && mktemp >/dev/null && mktemp -d >/dev/null && mkdir -m 0500 locked &&
		env -u PROBE_EXPECT "$PROBES/probe-static" quiet mkstemp "$TMPDIR/sXXXXXX" &&
		touch ./-rf "with space" "$(printf "new\nline")" && echo z >.hidden && chmod 0 a/b/c && ls -A | wc -l'

	run -0 quietly sh -c "$script; exit 0"
	[ "$output" -ge 11 ] || fail "the command could not make its files: $output"
	assert_only_bystanders
	run -137 quietly sh -c "$script; kill -KILL \$\$"
	assert_only_bystanders
}

@test "a large flat directory and a deep one are removed" {
	local script='cd "$TMPDIR" && mkdir flat && (cd flat && seq 3000 | xargs touch) &&
		d=deep && i=0 && while [ $i -lt 300 ]; do mkdir $d && cd $d && i=$((i + 1)); done; echo $i; kill -KILL $$'

	run -137 quietly sh -c "$script"
	assert_output_has 300
	assert_only_bystanders
}

@test "what is moved out of the private TMPDIR is published, what is renamed inside is not" {
	quietly sh -c 'f=$("$PROBE" quiet mkstemp "$TMPDIR/aXXXXXX" write precious print)
		g=$("$PROBE" quiet mkstemp "$TMPDIR/aXXXXXX" print)
		mv "$g" "$TMPDIR/final"; mv "$f" "$WORK/published"'
	assert_content "$WORK/published" precious
	assert_only_bystanders
}

@test "a link out of the private TMPDIR is removed, what it leads to is not" {
	mkdir "$WORK/precious"
	echo x >"$WORK/precious/file"
	quietly sh -c 'ln -s "$WORK/precious" "$TMPDIR/link"; ln "$WORK/precious/file" "$TMPDIR/hard"; kill -KILL $$' || true
	assert_content "$WORK/precious/file" x
	assert_only_bystanders
}

@test "files in the old TMPDIR that are named outright go too" {
	run -0 quietly bash -c '"$PROBE" quiet mkstemp "$T" mkdtemp "$T" print'
	[[ $output == "$TMPDIR"/a?????? ]] || fail "$output"
	assert_only_bystanders
}

@test "two runs at once do not touch each other" {
	start "$TMPGUARD" run -q -- sh -c 'echo "$TMPDIR" >"$WORK/dir.new"; touch "$TMPDIR/file"
		mv "$WORK/dir.new" "$WORK/dir"; "$PROBE" wait-for "$WORK/go"; ls -A "$TMPDIR" >"$WORK/seen"'
	wait_until_there "$WORK/dir"
	quietly sh -c 'touch "$TMPDIR/other"; "$PROBE" mkstemp "$T"'
	assert_stays exists "$(cat "$WORK/dir")/file"
	touch "$WORK/go"
	wait "$PID"
	assert_content "$WORK/seen" file
	assert_only_bystanders
}

@test "a run inside a run has its own TMPDIR inside the outer one" {
	run -5 quietly sh -c 'echo "$TMPDIR"; "$TMPGUARD" run -q -- sh -c "echo \$TMPDIR; mktemp >/dev/null; exit 5"; s=$?
		ls -A "$TMPDIR"; exit $s'
	[[ ${lines[1]} == "${lines[0]}"/* ]] || fail "$output"
	assert_equal "lines (the inner one left nothing)" 2 "${#lines[@]}"
	assert_only_bystanders
}

# ---- reports

@test "nothing is said when nothing was left" {
	run -0 --separate-stderr guarded "$PROBE" quiet mkstemp "$T" unlink tmpfile exit 0
	assert_equal "standard error" "" "$stderr"
}

@test "a leak is reported: path, kind, bytes, function, program, pid" {
	run -0 --separate-stderr guarded "$PROBE" quiet mkstemp "$T" bytes 12345 print mkdtemp "$T" print pid exit 0
	assert_only_bystanders
	report=$stderr
	echo "$report"
	grep -qE '^==[0-9]+==' <<<"$report"
	grep -qE '^==[0-9]+==.*SUMMARY' <<<"$report"
	grep -qF "${lines[0]}" <<<"$report"
	grep -qF "${lines[1]}" <<<"$report"
	grep -qiE '\bfile\b' <<<"$report"
	grep -qiE '\bdirectory\b' <<<"$report"
	grep -qE '\b12,?345\b' <<<"$report"
	grep -qw mkstemp <<<"$report"
	grep -qw mkdtemp <<<"$report"
	grep -qw probe <<<"$report"
	grep -qw "${lines[2]}" <<<"$report"
	# All of it in the report's manner: nothing else gets into the command's standard error.
	assert_equal "other lines" "" "$(grep -vE '^==[0-9]+==' <<<"$report" || true)"
}

@test "what a child left names the child, not the command" {
	run -0 --separate-stderr guarded bash -c '"$PROBE" quiet mkstemp "$T" pid; true'
	grep -qw "$output" <<<"$stderr" || fail "pid $output is not in: $stderr"
	grep -qw probe <<<"$stderr"
}

@test "what was left in the private TMPDIR without the shim's knowledge is reported" {
	run -0 --separate-stderr guarded sh -c 'printf 1234567 >"$TMPDIR/by-a-plain-open"'
	[[ $stderr == *by-a-plain-open* ]] || fail "$stderr"
	assert_only_bystanders
	run -0 --separate-stderr guarded env -u PROBE_EXPECT "$PROBES/probe-static" quiet create "$WORK/x"
	assert_equal "standard error" "" "$stderr"
}

@test "a leak of a command that was killed is reported" {
	run -137 --separate-stderr guarded "$PROBE" quiet mkstemp "$T" print raise KILL
	[[ $stderr == *"$output"* ]] || fail "$stderr"
	assert_only_bystanders
}

@test "a file that was removed, renamed away or taken over is no leak" {
	RUN_OPTIONS=(--error-exitcode=99)
	run -0 --separate-stderr guarded "$PROBE" quiet mkstemp "$T" rename "$WORK/published" mkdtemp "$T" unlink
	assert_output_has "unlink: 0"
	assert_equal "standard error" "" "$stderr"
}

@test "-q never prints, even when something was left" {
	RUN_OPTIONS=(-q)
	run -0 --separate-stderr guarded "$PROBE" quiet mkstemp "$T"
	assert_equal "standard error" "" "$stderr"
	assert_only_bystanders
}

@test "-v prints totals, even when nothing was left" {
	RUN_OPTIONS=(-v)
	run -0 --separate-stderr guarded "$PROBE" quiet mkstemp "$T" unlink
	grep -qE '^==[0-9]+==.*SUMMARY' <<<"$stderr" || fail "$stderr"
	run -0 --separate-stderr guarded true
	grep -qE '^==[0-9]+==.*SUMMARY' <<<"$stderr" || fail "$stderr"
}

@test "--error-exitcode=N is the status if something was left, and only then" {
	RUN_OPTIONS=(-q --error-exitcode=99)
	run -99 guarded "$PROBE" mkstemp "$T" exit 0
	run -99 guarded sh -c 'touch "$TMPDIR/left"'
	run -0 guarded "$PROBE" quiet mkstemp "$T" unlink exit 0
	run -7 guarded "$PROBE" quiet mkstemp "$T" unlink exit 7
	run -0 guarded true
	RUN_OPTIONS=(-q --error-exitcode=0)
	run -0 guarded "$PROBE" mkstemp "$T" exit 0
	run -7 guarded "$PROBE" mkstemp "$T" exit 7
	assert_only_bystanders
}

@test "what an inner run leaked is reported once" {
	run -0 --separate-stderr guarded sh -c '"$TMPGUARD" run -- "$PROBE" quiet mkstemp "$T" print'
	assert_equal "reports of it" 1 "$(grep -cF "$output" <<<"$stderr")"
}

# ---- signals

@test "a signal sent to run reaches the command, once" {
	local signal

	for signal in TERM HUP USR1 USR2 INT QUIT; do
		rm -f "$WORK"/{ready,got}
		start env --default-signal=INT,QUIT "$TMPGUARD" run -q -- bash -c '
			n=0
			trap "n=\$((n + 1)); echo \$n >>\"\$WORK/got\"" "$1"
			"$PROBE" quiet mkstemp "$T"
			touch "$WORK/ready"
			for i in {1..400}; do [ -e "$WORK/got" ] && break; sleep 0.01; done
			sleep 0.1
			exit $((40 + n))' - "$signal"
		wait_until_there "$WORK/ready"
		kill -"$signal" "$PID"
		wait "$PID" && status=0 || status=$?
		assert_equal "status after SIG$signal" 41 "$status"
		assert_only_bystanders
	done
}

@test "a signal that the command dies of ends run as well" {
	start "$TMPGUARD" run -q -- "$PROBE" quiet mkstemp "$T" touch "$WORK/ready" pause
	wait_until_there "$WORK/ready"
	kill -TERM "$PID"
	wait "$PID" && status=0 || status=$?
	assert_equal "status" 143 "$status"
	assert_only_bystanders
}

@test "a signal that the command was started with ignored stays ignored" {
	# Not by way of timeout, which handles HUP itself.
	run -0 bash -c 'trap "" HUP; exec "$@"' - "$TMPGUARD" run -q -- \
		sh -c 'kill -HUP $$; echo alive'
	assert_equal "output" alive "$output"
}

@test "an orphan's end is not taken for the command's" {
	run -3 quietly sh -c '(sh -c "exit 9" &); (sh -c "kill -KILL \$\$" &); sleep 0.2; exit 3'
}

state_of() {
	sed 's/^.*) \(.\).*/\1/' "/proc/$1/stat" 2>/dev/null
}

group_of() {
	sed 's/^.*) . [0-9]* \([0-9]*\).*/\1/' "/proc/$1/stat"
}

is_stopped() {
	[ "$(state_of "$1")" = T ]
}

is_running() {
	[[ $(state_of "$1") == [RSD] ]]
}

# Starts run as a job in its own process group. Sets PID, and COMMAND to the command's pid.
start_job() {
	set -m
	"$TMPGUARD" run -q -- "$@" 3>&- </dev/null &
	PID=$!
	set +m
	STARTED+=("$PID")
	wait_until_there "$WORK/pid"
	COMMAND=$(cat "$WORK/pid")
}

@test "the command is in the process group that it would be in" {
	start_job "$PROBE" quiet mkstemp "$T" pid-to "$WORK/pid" wait-for "$WORK/go"
	assert_equal "group" "$PID" "$(group_of "$COMMAND")"
	touch "$WORK/go"
	wait "$PID"
	assert_only_bystanders
}

@test "SIGTSTP and SIGCONT for the whole group, as a terminal sends them" {
	start_job "$PROBE" quiet mkstemp "$T" print-to "$WORK/path" pid-to "$WORK/pid" wait-for "$WORK/go" exit 7
	kill -TSTP -- "-$PID"
	wait_until "$SOON" is_stopped "$COMMAND"
	wait_until "$SOON" is_stopped "$PID"
	assert_stays exists "$(cat "$WORK/path")"
	is_stopped "$PID"
	kill -CONT -- "-$PID"
	wait_until "$SOON" is_running "$COMMAND"
	wait_until "$SOON" is_running "$PID"
	touch "$WORK/go"
	wait "$PID" && status=0 || status=$?
	assert_equal "status" 7 "$status"
	assert_only_bystanders
}

@test "SIGTSTP and SIGCONT for run alone reach the command" {
	start_job "$PROBE" quiet mkstemp "$T" pid-to "$WORK/pid" wait-for "$WORK/go" exit 7
	kill -TSTP "$PID"
	wait_until "$SOON" is_stopped "$COMMAND"
	wait_until "$SOON" is_stopped "$PID"
	kill -CONT "$PID"
	wait_until "$SOON" is_running "$COMMAND"
	touch "$WORK/go"
	wait "$PID" && status=0 || status=$?
	assert_equal "status" 7 "$status"
	assert_only_bystanders
}

@test "a command that stops itself is seen to stop, and goes on when continued" {
	start_job "$PROBE" quiet mkstemp "$T" pid-to "$WORK/pid" raise STOP wait-for "$WORK/go" exit 7
	wait_until "$SOON" is_stopped "$COMMAND"
	wait_until "$SOON" is_stopped "$PID" || fail "run goes on while its command has stopped"
	kill -CONT -- "-$PID"
	wait_until "$SOON" is_running "$COMMAND"
	touch "$WORK/go"
	wait "$PID" && status=0 || status=$?
	assert_equal "status" 7 "$status"
}

# Runs `session` in a shell with job control on a terminal of its own. Keys go to descriptor 7.
on_terminal() {
	need script
	rm -f "$WORK"/{keys,ready,go,said,stopped}
	mkfifo "$WORK/keys"
	exec 7<>"$WORK/keys" # both ends, so that opening it waits for nobody
	cat >"$WORK/session" <<-END
		set -m
		$1
	END
	start timeout "$BOUND" script -qec "bash $WORK/session" /dev/null <"$WORK/keys" >"$WORK/typescript" 2>&1
	wait_until_there "$WORK/ready" 5 || fail "$(cat "$WORK/typescript")"
}

@test "control-Z on a terminal stops the job, fg goes on with it, as without run" {
	local way

	for way in "" "$TMPGUARD run -q --"; do
		on_terminal "$way \"\$PROBE\" quiet mkstemp \"\$T\" touch \"\$WORK/ready\" wait-for \"\$WORK/go\" unlink exit 7
			echo \"stopped \$?\" >>\"\$WORK/said\"
			touch \"\$WORK/stopped\"
			fg >/dev/null
			echo \"ended \$?\" >>\"\$WORK/said\""
		printf '\032' >&7
		wait_until_there "$WORK/stopped" 5 || fail "not stopped: $(cat "$WORK/typescript")"
		touch "$WORK/go"
		exec 7>&-
		wait "$PID" || true
		assert_content "$WORK/said" $'stopped 148\nended 7'
		wait_until_only_bystanders
	done
}

@test "control-C on a terminal reaches the command once, as without run" {
	local way

	for way in "" "$TMPGUARD run -q --"; do
		on_terminal "$way bash -c 'n=0; trap \"n=\\\$((n + 1))\" INT; touch \"\$WORK/ready\"
			for i in {1..500}; do [ \$n -gt 0 ] && break; sleep 0.01; done
			for i in {1..20}; do sleep 0.01; done; echo \"interrupted \$n\" >\"\$WORK/said\"; exit 5'
			echo \"ended \$?\" >>\"\$WORK/said\""
		printf '\003' >&7
		wait_until_there "$WORK/said" 10
		exec 7>&-
		wait "$PID" || true
		assert_content "$WORK/said" $'interrupted 1\nended 5'
		wait_until_only_bystanders
	done
}

@test "the command is in the foreground of its terminal" {
	on_terminal "$TMPGUARD run -q -- \"\$PROBE\" group touch \"\$WORK/ready\" >\"\$WORK/said\""
	exec 7>&-
	wait "$PID" || true
	grep -q "foreground=1" "$WORK/said"
}

# ---- lingering processes

# Makes a file in each place and leaves behind a child that knows about them.
LINGERING='exec "$PROBE" quiet mkstemp "$TMPDIR/pXXXXXX" print-to "$WORK/private" mkstemp "$T" \
	print-to "$WORK/path" fork { output "$WORK/out" closefrom 3 execv { ignore TERM ignore HUP \
	setsid pid-to "$WORK/pid" wait-for "$WORK/go" exists "<$WORK/path" exists "<$WORK/private" } } \
	wait-for "$WORK/pid" exit 6'

@test "--linger=leave, the default: run returns, says so, and the last one out cleans" {
	local options

	for options in "" "--linger=leave"; do
		rm -f "$WORK"/{go,path,private,pid,out}
		# shellcheck disable=SC2206 # a word or none
		RUN_OPTIONS=($options)
		run -6 --separate-stderr guarded bash -c "$LINGERING"
		grep -qw "$(cat "$WORK/pid")" <<<"$stderr" || fail "run does not say that a process lingers: $stderr"
		assert_stays exists "$(cat "$WORK/path")"
		assert_exists "$(cat "$WORK/private")"
		touch "$WORK/go"
		wait_until_only_bystanders
		assert_content "$WORK/out" $'exists: yes\nexists: yes'
	done
}

@test "--linger=leave: what lingers is no leak" {
	RUN_OPTIONS=(-q --error-exitcode=99)
	run -6 guarded bash -c "$LINGERING"
	touch "$WORK/go"
	wait_until_only_bystanders
}

@test "--linger=wait: run returns when the last process has ended" {
	start "$TMPGUARD" run -q --linger=wait -- bash -c "$LINGERING"
	wait_until_there "$WORK/pid"
	assert_stays kill -0 "$PID"
	assert_exists "$(cat "$WORK/path")"
	touch "$WORK/go"
	wait "$PID" && status=0 || status=$?
	assert_equal "status" 6 "$status"
	assert_only_bystanders
	assert_content "$WORK/out" $'exists: yes\nexists: yes'
}

@test "--linger=kill: nobody lives when run returns, not even a daemon that ignores signals" {
	RUN_OPTIONS=(-q --linger=kill)
	run -6 guarded bash -c "$LINGERING"
	assert_only_bystanders
	! is_running "$(cat "$WORK/pid")" || fail "the lingering process is still there"
	rm -f "$WORK"/pid
	run -0 guarded "$PROBE" quiet mkdtemp "$T" fork { setsid fork { ignore TERM daemon closefrom 0 \
		pid-to "$WORK/pid" wait-for "$WORK/go" } } wait-for "$WORK/pid"
	assert_only_bystanders
	! is_running "$(cat "$WORK/pid")" || fail "the daemon is still there"
}

@test "--linger: nothing lingers, nothing is waited for" {
	local mode

	for mode in leave wait kill; do
		RUN_OPTIONS=("--linger=$mode")
		run -3 --separate-stderr guarded "$PROBE" quiet mkstemp "$T" unlink exit 3
		assert_equal "standard error" "" "$stderr"
		assert_only_bystanders
	done
}

# ---- run itself is killed

@test "run killed with SIGKILL: the command goes on with its files, then a janitor cleans" {
	start "$TMPGUARD" run -q -- bash -c 'f=$("$PROBE" quiet mkstemp "$T" print-to "$WORK/path" print)
		echo x >"$TMPDIR/by-a-plain-open"; echo "$TMPDIR" >"$WORK/dir"
		"$PROBE" pid-to "$WORK/pid" wait-for "$WORK/go" exists "$f" exists "$TMPDIR/by-a-plain-open" >"$WORK/out"'
	wait_until_there "$WORK/pid"
	kill -KILL "$PID"
	wait "$PID" || true
	assert_stays exists "$(cat "$WORK/path")"
	assert_exists "$(cat "$WORK/dir")/by-a-plain-open"
	touch "$WORK/go"
	wait_until_only_bystanders 1
	assert_content "$WORK/out" $'exists: yes\nexists: yes'
}

@test "run and command killed together: a janitor cleans within a second" {
	start "$TMPGUARD" run -q -- bash -c '"$PROBE" quiet mkstemp "$T"; mkdir -p "$TMPDIR/a/b"; touch "$TMPDIR/a/b/c"
		"$PROBE" pid-to "$WORK/pid" wait-for "$WORK/go"'
	wait_until_there "$WORK/pid"
	kill -KILL "$PID" "$(cat "$WORK/pid")"
	wait "$PID" || true
	wait_until_only_bystanders 1
	wait_until "$SOON" no_janitor || fail "a janitor is still there"
}

@test "run killed with SIGKILL over a static program: its TMPDIR lives as long as it does" {
	start "$TMPGUARD" run -q -- env -u PROBE_EXPECT "$PROBES/probe-static" pid-to "$WORK/pid" wait-for "$WORK/go" \
		create "$WORK/done"
	wait_until_there "$WORK/pid"
	kill -KILL "$PID"
	wait "$PID" || true
	dir=$(tr '\0' '\n' <"/proc/$(cat "$WORK/pid")/environ" | sed -n 's/^TMPDIR=//p')
	assert_stays exists "$dir"
	touch "$WORK/go"
	wait_until_only_bystanders 1
	assert_exists "$WORK/done"
}

@test "what is kept stays when a process outside the command still uses the session" {
	local file

	declare_left "$BASE"
	start bash -c 'until [ -s "$WORK/session" ]; do sleep 0.02; done
		TMPGUARD_SESSION=$(cat "$WORK/session") LD_PRELOAD=$SHIM exec "$PROBE" touch "$WORK/joined" wait-for "$WORK/go"'
	TMPGUARD_PERSIST=1 run -0 guarded bash -c 'mktemp >"$WORK/file"; echo "$TMPGUARD_SESSION" >"$WORK/session"
		until [ -e "$WORK/joined" ]; do sleep 0.02; done'
	file=$(cat "$WORK/file")
	[ -e "$file" ]
	touch "$WORK/go"
	wait "$PID"
	[ -e "$file" ]
	remove_left
}

@test "an alarm that was set before run is the command's" {
	need perl
	run -142 perl -e 'alarm 1; exec @ARGV' -- "$TMPGUARD" run -q -- sleep 10
	run -0 perl -e 'alarm 1; exec @ARGV' -- "$TMPGUARD" run -q -- true
}
