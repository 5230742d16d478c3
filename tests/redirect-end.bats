#!/usr/bin/env bats
# redirect-end.bats: what becomes of redirected files, and of the directories they lie in, when
# processes and sessions end. DESIGN 3, 4.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034,SC2153,SC2154 # the probe's braces; scripts; variables
load helper

SWEEP_STEP=3
load redirect

@test "each file that is left is told with its own maker, the directory is not" {
	run -9 --separate-stderr "$TMPGUARD" run --redirect --error-exitcode=9 -- sh -c '
		"$PROBE" quiet mkstemp "$F" write 12345; "$PROBE" quiet mkdtemp "$F" populate; "$PROBE" quiet mkstemp "$F" unlink'
	[[ $stderr =~ "$TMPDIR"/$A{3}/$A{5}": file, 5 bytes; mkstemp by probe (pid" ]] || fail "$stderr"
	[[ $stderr =~ "$TMPDIR"/$A{3}/$A{5}"/: directory, ".*"; mkdtemp by probe (pid" ]] || fail "$stderr"
	[[ $stderr == *"SUMMARY: 2 left behind"*"1 registered and already gone"* ]] || fail "$stderr"
	assert_equal "lines" 4 "$(wc -l <<<"$stderr")"
	assert_only_bystanders
}

@test "a file that its program removes is no leak, whatever its directory was" {
	run -0 --separate-stderr "$TMPGUARD" run --redirect --error-exitcode=9 -- \
		"$PROBE" quiet mkstemp "$F" unlink mkdtemp "$F" unlink mkstemp /tmp/fooXXXXXX unlink
	assert_equal "standard error" "" "$stderr"
	assert_only_bystanders
}

@test "renamed out of it, a file is published" {
	local way

	for way in "${WAYS[@]}"; do
		said in_way "$way" "$PROBE" quiet mkstemp "$F" write text rename "$TMPDIR/published"
		assert_equal "$way" "" "$SAID"
		assert_content "$TMPDIR/published" text
		remove_left
		assert_only_bystanders
	done
}

@test "what is made beside a file there goes with it, and is told" {
	local way

	for way in "${WAYS[@]}"; do
		said in_way "$way" sh -c 'f=$("$PROBE" quiet mkstemp "$F" print) && : >"$f.lock" && mkdir "$f.d" && : >"$f.d/x"'
		assert_equal "$way" "" "$SAID"
		wait_until_only_bystanders
	done
	run -0 --separate-stderr "$TMPGUARD" run --redirect -- sh -c '
		f=$("$PROBE" quiet mkstemp "$F" print) && echo 1 >"$f.lock"'
	[[ $stderr == *".lock: file, 2 bytes"*"SUMMARY: 2 left behind"* ]] ||
		[[ $stderr == *"directory, 2 bytes"*"SUMMARY: 2 left behind"* ]] || fail "$stderr"
	assert_only_bystanders
}

@test "killed, by any signal and in whatever process, nothing is left" {
	local way end

	for way in "${WAYS[@]}"; do
		for end in "raise KILL" "raise SEGV" abort "_exit 3" "exit_group 0" "fork { mkstemp $F raise KILL } wait" \
			"execv { quiet mkstemp $F raise KILL }"; do
			# shellcheck disable=SC2086 # words
			said in_way "$way" "$PROBE" quiet mkstemp "$F" mkdtemp "$F" populate mkstemp "$TMPDIR/XXXXXX" $end
			wait_until_only_bystanders
		done
	done
}

@test "killed at its calls, bare: whichever of its processes makes the call" {
	KILLAT_OPTIONS=(--preload "$SHIM")
	TMPGUARD_REDIRECT=1 sweep 100 "$PROBE" quiet mkstemp "$F" write secret mkdtemp "$TMPDIR/XXXXXX" populate \
		fork { mkstemp "$F" } wait mkstemp "$F" unlink
}

@test "killed at its calls, bare: the whole tree at once" {
	KILLAT_OPTIONS=(--all --preload "$SHIM")
	TMPGUARD_REDIRECT=1 sweep 100 "$PROBE" quiet mkstemp "$F" write secret mkdtemp "$TMPDIR/XXXXXX" populate \
		fork { mkstemp "$F" } wait
}

@test "killed at its calls, under run: whichever process makes the call, run itself included" {
	KILLAT_OPTIONS=()
	sweep 100 "$TMPGUARD" run -q --redirect -- "$PROBE" quiet mkstemp "$F" write secret mkdtemp "$TMPDIR/XXXXXX" \
		populate fork { mkstemp "$F" } wait
}

# Everything of a session is killed, its janitor, too, while it waits.
kill_all() { # PID
	local pids=()

	mapfile -t pids < <(janitor_pids)
	pids+=("$(cat "$WORK/child")" "$1")
	kill -KILL "${pids[@]}"
	wait "$1" 2>/dev/null || true
	wait_until "$SOON" no_janitor
}

@test "ls counts what lies there, and reap removes it where everything was killed at once" {
	local way look=$TMPDIR path

	for way in bare run; do
		if [ $way = bare ]; then
			start env TMPGUARD_REDIRECT=1 LD_PRELOAD="$SHIM" "$PROBE" quiet mkstemp "$F" write 1234567 \
				mkdtemp "$F" fork { pid-to "$WORK/child" mkstemp "$F" print-to "$WORK/path" wait-for "$WORK/go" } \
				wait-for "$WORK/go"
		else
			start "$TMPGUARD" run -q --redirect -- "$PROBE" quiet mkstemp "$F" write 1234567 mkdtemp "$F" \
				pid-to "$WORK/child" mkstemp "$F" print-to "$WORK/path" wait-for "$WORK/go"
		fi
		wait_until_there "$WORK/path"
		path=$(cat "$WORK/path")
		said "$TMPGUARD" ls --format=jsonl "$look"
		[[ $SAID == *'"live"'*'"files":2,"directories":1,'* ]] || fail "$way: $SAID"
		[[ $SAID == *'"bytes":7'* ]] || fail "$way: $SAID"
		kill_all "$PID"
		assert_exists "$path" "${path%/*}"
		said "$TMPGUARD" reap --dry-run "$look"
		assert_exists "$path"
		run -0 "$TMPGUARD" reap "$look"
		assert_missing "$path" "${path%/*}"
		assert_only_bystanders
		rm "$WORK"/{path,child}
	done
}

@test "the user's next session removes it as well" {
	start env TMPGUARD_REDIRECT=1 LD_PRELOAD="$SHIM" "$PROBE" quiet mkstemp "$F" mkdtemp "$F" \
		fork { pid-to "$WORK/child" mkstemp "$F" print-to "$WORK/path" wait-for "$WORK/go" } wait-for "$WORK/go"
	wait_until_there "$WORK/path"
	kill_all "$PID"
	assert_exists "$(cat "$WORK/path")"
	shimmed "$PROBE" quiet mkstemp "$T"
	wait_until_only_bystanders
}

@test "a lingering process keeps its files there, and only those" {
	local way mine

	for way in "${WAYS[@]}"; do
		said in_way "$way" bash -c '(trap "" HUP; exec "$PROBE" quiet output "$WORK/out" closefrom 3 \
				wait-for "$WORK/others" mkstemp "$F" print-to "$WORK/mine" wait-for "$WORK/go") &
			sleep 0.1
			"$PROBE" quiet mkstemp "$F" print-to "$WORK/other" mkdtemp "$F"
			: >"$WORK/others"
			until [ -s "$WORK/mine" ]; do sleep 0.01; done'
		mine=$(cat "$WORK/mine")
		assert_equal "$way: one directory" "${mine%/*}" "$(dirname "$(cat "$WORK/other")")"
		wait_until_gone "$(cat "$WORK/other")" 5
		assert_stays exists "$mine"
		assert_only "${mine%/*}" "${mine##*/}"
		touch "$WORK/go"
		wait_until_gone "${mine%/*}" 5
		wait_until_only_bystanders
		rm "$WORK"/{mine,other,others,go,out}
	done
}

@test "a child's end removes nothing of its parent's" {
	local way

	for way in "${WAYS[@]}"; do
		said in_way "$way" "$PROBE" quiet mkstemp "$F" fork { mkstemp "$F" exit 0 } wait exists @ \
			posix_spawn { quiet mkstemp "$F" exit 0 } wait exists @ fork { raise KILL } wait exists @ \
			mkstemp "$F" exists @
		assert_equal "$way" 4 "$(grep -c 'exists: yes' <<<"$SAID")"
		assert_only_bystanders
	done
}

@test "LIFETIME=process: a file there goes with the process that made it, and no other" {
	local way

	export TMPGUARD_LIFETIME=process
	for way in "${WAYS[@]}"; do
		# in /tmp, for TMPDIR is another one for children here
		said in_way "$way" bash -c '"$PROBE" quiet mkstemp /tmp/fooXXXXXX print touch "$WORK/ready" \
				wait-for "$WORK/go" exists @ &
			until [ -e "$WORK/ready" ]; do sleep 0.01; done
			f=$("$PROBE" quiet mkstemp /tmp/fooXXXXXX print); [ ! -e "$f" ] && [ ! -e "${f%/*}" ] && echo gone
			touch "$WORK/go"; wait'
		[[ $SAID =~ ^/tmp/$A{3}/$A{5}[[:space:]]gone[[:space:]]exists:\ yes$ ]] || fail "$way: $SAID"
		rm "$WORK"/{ready,go}
		wait_until_only_bystanders
	done
}

@test "LIFETIME=process: a forked child has a directory of its own, which its parent's end does not touch" {
	local mine

	export TMPGUARD_LIFETIME=process
	in_way bare "$PROBE" quiet mkstemp "$F" print-to "$WORK/parents" \
		fork { output "$WORK/out" closefrom 3 mkstemp "$F" print-to "$WORK/mine" wait-for "$WORK/go" } wait-for "$WORK/mine"
	mine=$(cat "$WORK/mine")
	[ "${mine%/*}" != "$(dirname "$(cat "$WORK/parents")")" ]
	assert_stays exists "$mine"
	touch "$WORK/go"
	wait_until_gone "${mine%/*}" 5
	wait_until_only_bystanders 5
}

@test "PERSIST keeps what it names there and removes the rest, and reap --kept what was kept" {
	local way value kept

	for way in "${WAYS[@]}"; do
		for value in 1 '*.keep' '*/foo*'; do
			TMPGUARD_PERSIST=$value said in_way "$way" "$PROBE" quiet mkstemps "$TMPDIR/fooXXXXXX.keep" 5 print
			[[ $SAID =~ ^"$TMPDIR"/$A{3}/$A{5}"."keep$ ]] || fail "$way: $SAID"
			assert_stays exists "$SAID"
			kept=$(TMPGUARD_PERSIST=$value in_way "$way" bash -c '"$PROBE" quiet mkstemps "${F}.keep" 5 print
				f=$("$PROBE" quiet mkstemp "$TMPDIR/fooXXXXXX" print)') || true
			assert_exists "$kept"
			wait_until 5 no_janitor
			"$TMPGUARD" reap --kept "$TMPDIR" "$LONG"
			assert_missing "$SAID" "${SAID%/*}" "$kept" "${kept%/*}"
			assert_only_bystanders
			assert_empty "$LONG"
		done
		TMPGUARD_PERSIST='*.keep' said in_way "$way" "$PROBE" quiet mkstemp "$F" print
		assert_missing "$SAID" "${SAID%/*}"
	done
}

@test "--keep-to moves it out of there, with what lies beside it, and the directory goes" {
	mkdir "$WORK/to"
	"$TMPGUARD" run -q --redirect --persist=1 --keep-to="$WORK/to" -- sh -c '
		f=$("$PROBE" quiet mkstemps "${F}.keep" 5 write text print) && echo beside >"${f%.keep}.too" &&
		echo in TMPDIR >"$TMPDIR/other"'
	assert_equal "moved" "$(printf '%s\n' beside 'in TMPDIR' text)" \
		"$(for f in "$WORK"/to/*; do cat "$f" && [ -z "$(tail -c 1 "$f")" ] || echo; done | sort)"
	assert_only_bystanders
}

@test "--dry-run tells of each file once, and leaves all of it" {
	run -0 --separate-stderr "$TMPGUARD" run --redirect --dry-run -- sh -c '
		f=$("$PROBE" quiet mkstemp "$F" print) && : >"$f.lock" && echo "$f"'
	[[ $stderr == *"SUMMARY: 2 left behind (0 bytes, 2 inodes), 2 would be removed"* ]] || fail "$stderr"
	assert_exists "$output" "$output.lock"
	"$TMPGUARD" reap --kept "$TMPDIR"
	assert_only_bystanders
}

@test "where no record can be mapped it works the same" {
	local way

	for way in bare run; do
		said in_way "$way" bash -c 'ulimit -f 8; "$PROBE" quiet mkstemp "$F" print mkdtemp "$F" fork { mkstemp "$F" } wait'
		[[ $SAID =~ "$TMPDIR"/$A{3}/$A{5}$'\n' ]] || fail "$way: $SAID"
		wait_until_only_bystanders
	done
}
