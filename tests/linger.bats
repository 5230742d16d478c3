#!/usr/bin/env bats
# linger.bats: when processes outlive the root, what they may still need stays with them, and
# everything else goes at once. DESIGN 4; lib/session.h, F1 to L6.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034,SC2154 # the probe's braces; scripts
load helper

setup() {
	begin_test
	make_bystanders
	RUN_OPTIONS=(-q)
}

# What a lingering process does: makes a file, has a child that makes another, and waits.
LINGER=()
# What its parent does then: a child of its own has a child that makes a file. Their relation to the
# lingering process is that of a nephew, who was born later.
NEPHEW=()
linger_words() {
	LINGER=(closefrom 3 mkstemp "$T" print-to "$WORK/own"
		fork { mkstemp "$T" print-to "$WORK/child's" exit 0 } wait pid-to "$WORK/pid"
		touch "$WORK/ready" wait-for "$WORK/go"
		exists "<$WORK/parent's" exists "<$WORK/own" exists "<$WORK/child's")
	NEPHEW=(wait-for "$WORK/ready" fork { fork { mkstemp "$T" print-to "$WORK/nephew's" exit 0 } wait
		touch "$WORK/made" exit 0 } wait-for "$WORK/made")
	rm -f "$WORK"/{own,child\'s,parent\'s,nephew\'s,pid,ready,made,go,out}
}

# The root has ended: what the lingering process needs is there, the nephew's file is not.
assert_only_kin_stays() { # NAME...
	local name

	wait_until_gone "$(cat "$WORK/nephew's")" || return
	for name in "$@"; do
		assert_stays exists "$(cat "$WORK/$name")" || return
	done
	touch "$WORK/go"
	wait_until_only_bystanders || return
	[ ! -s "$WORK/out" ] || assert_equal "what it saw" "$(printf 'exists: yes\n%.0s' "$@")" \
		"$(grep exists "$WORK/out")"
}

# ---- by relation

# assert_daemon END WORD...: the words make the daemon.
assert_daemon() {
	local way end=$1

	shift
	for way in shimmed guarded; do
		linger_words
		# shellcheck disable=SC2086 # words
		"$way" "$PROBE" quiet mkstemp "$T" print-to "$WORK/parent's" "$@" \
			"${NEPHEW[@]}" $end >"$WORK/out" || true
		assert_only_kin_stays "parent's" own "child's" || fail "$way: $end: $*" || return
	done
}

@test "a daemon keeps what it, those below and those above it made; the rest goes with the root" {
	local end

	linger_words
	for end in "exit 0" "raise KILL"; do
		assert_daemon "$end" fork { setsid fork { "${LINGER[@]}" } exit 0 } wait
		assert_daemon "$end" fork { setsid "${LINGER[@]}" }
		assert_daemon "$end" fork { daemon "${LINGER[@]}" }
		assert_daemon "$end" fork { setsid execv { "${LINGER[@]}" } }
	done
}

@test "a static program keeps what those above it made, and not the others' files" {
	local way

	for way in shimmed guarded; do
		linger_words
		"$way" bash -c '(env -u PROBE_EXPECT "$0" pid-to "$WORK/pid" touch "$WORK/ready" wait-for "$WORK/go" \
				</dev/null >/dev/null 2>&1 3>&- &)
			exec "$PROBE" "$@"' "$PROBES/probe-static" quiet mkstemp "$T" print-to \
			"$WORK/parent's" "${NEPHEW[@]}" exit 0
		assert_only_kin_stays "parent's"
	done
}

@test "a static program that was spawned, likewise" {
	local call

	for call in posix_spawn vfork; do
		linger_words
		start shimmed "$PROBE" quiet mkstemp "$T" print-to "$WORK/parent's" fork { closefrom 3 \
			unsetenv PROBE_EXPECT program "$PROBES/probe-static" "$call" { pid-to "$WORK/pid" \
			touch "$WORK/ready" wait-for "$WORK/go" } } "${NEPHEW[@]}" wait-for "$WORK/end" exit 0
		wait_until_there "$WORK/made"
		kill -KILL "$(sed 's/^.*) . \([0-9]*\).*/\1/' "/proc/$(cat "$WORK/pid")/stat")"
		touch "$WORK/end"
		wait "$PID"
		assert_only_kin_stays "parent's"
		rm "$WORK/end"
	done
}

@test "f=\$(mktemp) in a shell: what was started after it keeps the file, what was before does not" {
	local way shell

	for way in shimmed guarded; do
		for shell in bash dash; do
			command -v "$shell" >/dev/null || continue
			rm -f "$WORK"/{before,after,ready,go,out}
			"$way" "$shell" -c 'f=$("$PROBE" quiet mkstemp "$T" print-to "$WORK/before" print)
				(touch "$WORK/ready"; while [ ! -e "$WORK/go" ]; do sleep 0.02; done; "$PROBE" exists "$f" \
					>"$WORK/out") </dev/null >/dev/null 2>&1 3>&- &
				while [ ! -e "$WORK/ready" ]; do sleep 0.01; done
				"$PROBE" quiet mkstemp "$T" print-to "$WORK/after"
				:'
			wait_until_gone "$(cat "$WORK/after")"
			assert_stays exists "$(cat "$WORK/before")"
			touch "$WORK/go"
			wait_until_only_bystanders
			assert_content "$WORK/out" "exists: yes"
		done
	done
}

@test "what lingering processes make later, and their children born later, stays with them" {
	local way path

	for way in shimmed guarded; do
		linger_words
		"$way" "$PROBE" quiet fork { closefrom 3 touch "$WORK/ready" wait-for "$WORK/later" \
			mkdtemp "$T" print-to "$WORK/own" fork { setsid mkstemp "$T" print-to \
			"$WORK/child's" touch "$WORK/done" wait-for "$WORK/go" } exit 0 } \
			"${NEPHEW[@]}" exit 0
		wait_until_gone "$(cat "$WORK/nephew's")"
		touch "$WORK/later"
		wait_until_there "$WORK/done"
		assert_stays exists "$(cat "$WORK/own")"
		assert_exists "$(cat "$WORK/child's")"
		touch "$WORK/go"
		wait_until_only_bystanders
		rm "$WORK"/{later,done}
	done
}

@test "a process of unknown parentage keeps everything" {
	linger_words
	shimmed "$PROBE" quiet mkstemp "$T" rawfork { closefrom 3 touch "$WORK/ready" wait-for "$WORK/go" } \
		"${NEPHEW[@]}" exit 0
	assert_stays exists "$(cat "$WORK/nephew's")"
	touch "$WORK/go"
	wait_until_only_bystanders
}

@test "who was forked unseen by one who was itself keeps what that one makes later" {
	linger_words
	shimmed "$PROBE" quiet mkstemp "$T" rawfork { closefrom 3 \
		rawfork { mkstemp "$T" touch "$WORK/ready" wait-for "$WORK/go" } wait-for "$WORK/ready" \
		mkstemp "$T" print-to "$WORK/parent's" touch "$WORK/made" exit 0 } wait-for "$WORK/made" exit 0
	assert_stays exists "$(cat "$WORK/parent's")"
	touch "$WORK/go"
	wait_until_only_bystanders
}

@test "when the last process that needed it has ended all is gone, though they end one by one" {
	linger_words
	shimmed "$PROBE" quiet mkstemp "$T" print-to "$WORK/parent's" \
		fork { closefrom 3 wait-for "$WORK/first" } fork { "${LINGER[@]}" } "${NEPHEW[@]}" \
		exit 0 >"$WORK/out"
	wait_until_gone "$(cat "$WORK/nephew's")"
	touch "$WORK/first"
	assert_only_kin_stays "parent's" own "child's"
}

# ---- by use

# with_nephew PREPARE USE: a daemon that is no relative of whoever makes the directory D waits until
# it is there, and then does USE.
with_nephew() {
	linger_words
	rm -f "$WORK/used"
	USE=$2 PREPARE=$1 "$WAY" bash -c '(exec </dev/null >/dev/null 2>&1 3>&-
			echo $BASHPID >"$WORK/pid"
			while [ ! -e "$WORK/made" ]; do sleep 0.01; done
			D=$(cat "$WORK/path"); eval "$USE"
			while [ ! -e "$WORK/go" ]; do sleep 0.02; done) &
		while [ ! -e "$WORK/pid" ]; do sleep 0.01; done
		bash -c "
			D=\$(\"\$PROBE\" quiet mkdtemp \"\$T\" print-to \"\$WORK/path\" print)
			eval \"\$PREPARE\"; \"\$PROBE\" quiet mkstemp \"\$T\" print-to \"\$WORK/other\""
		touch "$WORK/made"
		while [ ! -e "$WORK/used" ]; do sleep 0.01; done'
	wait_until_gone "$(cat "$WORK/other")"
}

assert_used_stays() { # PREPARE USE
	local WAY

	for WAY in shimmed guarded; do
		with_nephew "$@" || return
		assert_stays exists "$(cat "$WORK/path")" || fail "$WAY: $2" || return
		touch "$WORK/go"
		wait_until_only_bystanders || return
	done
}

@test "what it does not use goes" {
	local WAY

	for WAY in shimmed guarded; do
		with_nephew 'touch "$D/file"' 'touch "$WORK/used"'
		wait_until_gone "$(cat "$WORK/path")"
		touch "$WORK/go"
		wait_until_only_bystanders
	done
}

@test "what it has open stays, with the directory that it lies in" {
	assert_used_stays 'mkdir "$D/a"; echo text >"$D/a/file"' 'exec 9<"$D/a/file"; touch "$WORK/used"'
	assert_used_stays ':' 'exec 9>"$D/file"; touch "$WORK/used"'
}

@test "what it has open stays though it has another name" {
	assert_used_stays 'mkdir "$D/a"; echo text >"$D/a/file"; ln "$D/a/file" "$D/link"' \
		'exec 9<"$D/link"; mv "$D/link" "$WORK/link.$$"; touch "$WORK/used"'
}

@test "its current directory stays" {
	assert_used_stays 'mkdir "$D/a"; touch "$D/file"' 'cd "$D/a"; touch "$WORK/used"'
}

@test "the program that it runs, and what it has mapped, stay" {
	need python3
	assert_used_stays 'cp /bin/sleep "$D/wait"' '(exec -a wait "$D/wait" 1000) & touch "$WORK/used"
		while [ ! -e "$WORK/go" ]; do sleep 0.02; done; kill $!; wait'
	assert_used_stays 'head -c 8192 /dev/zero >"$D/file"' 'export D; exec python3 -c "
import mmap, os, time
work = os.environ[\"WORK\"]
fd = os.open(os.environ[\"D\"] + \"/file\", os.O_RDWR)
memory = mmap.mmap(fd, 8192)
os.close(fd)
open(work + \"/used\", \"w\")
while not os.path.exists(work + \"/go\"): time.sleep(0.02)
"'
}

@test "what its arguments name stays, wherever in them" {
	assert_used_stays 'touch "$D/file"' 'exec bash -c "touch \"\$WORK/used\"
		while [ ! -e \"\$WORK/go\" ]; do sleep 0.02; done; : -I$D/file;"'
	assert_used_stays ':' 'exec bash -c "touch \"\$WORK/used\"
		while [ ! -e \"\$WORK/go\" ]; do sleep 0.02; done; :" \
		"$(printf %9000s | tr " " x)" "$D"'
}

@test "a socket in a directory may be in use, which nobody can tell" {
	need python3
	assert_used_stays ':' 'export D; exec python3 -c "
import os, socket, time
work = os.environ[\"WORK\"]
s = socket.socket(socket.AF_UNIX)
s.bind(os.environ[\"D\"] + \"/s\")
open(work + \"/used\", \"w\")
while not os.path.exists(work + \"/go\"): time.sleep(0.02)
"'
}

@test "a process that may not be looked at keeps everything" {
	local copies=$TMPDIR/copies dumpable

	need python3
	[ "$(id -u)" = 0 ] || skip "root may look at every process; only root can become another user"
	mkdir "$copies"
	mkdir -m 1777 "$TMPDIR/own" "$TMPDIR/told"
	declare_left copies own told
	cp "$SHIM" "$BUILD/tmpguard-janitor" "$PROBE" "$copies"
	chmod 755 "$TMPDIR" "$copies"
	for dumpable in 1 0; do
		rm -f "$TMPDIR/told"/*
		unprivileged timeout "$BOUND" env LD_PRELOAD="$copies/libtmpguard.so" TMPDIR="$TMPDIR/own" \
			WORK="$TMPDIR/told" PROBE="$copies/probe" DUMPABLE=$dumpable bash -c 'python3 -c "
import ctypes, os, time
ctypes.CDLL(None).prctl(4, int(os.environ[\"DUMPABLE\"]), 0, 0, 0)
work = os.environ[\"WORK\"]
open(work + \"/ready\", \"w\")
while not os.path.exists(work + \"/go\"): time.sleep(0.02)
" </dev/null >/dev/null 2>&1 3>&- &
			while [ ! -e "$WORK/ready" ]; do sleep 0.01; done
			"$PROBE" quiet mkstemp "$TMPDIR/aXXXXXX" print-to "$WORK/path"
			:'
		if [ "$dumpable" = 1 ]; then
			wait_until_gone "$(cat "$TMPDIR/told/path")"
		else
			assert_stays exists "$(cat "$TMPDIR/told/path")"
		fi
		touch "$TMPDIR/told/go"
		wait_until "$SOON" assert_empty "$TMPDIR/own" 2>/dev/null || assert_empty "$TMPDIR/own"
	done
}

@test "of two children the first is the elder, though it runs last: make_some | use_them &" {
	local way

	for way in shimmed guarded; do
		rm -f "$WORK/out"
		"$way" "$PROBES/siblings" "$TMPDIR" "$WORK/out"
		wait_until "$SOON" [ -s "$WORK/out" ]
		assert_equal "$way" there "$(cat "$WORK/out")"
		wait_until_only_bystanders
	done
}

# ---- under run

@test "run: what no record tells of stays in the private TMPDIR while anybody lingers" {
	linger_words
	guarded bash -c '"$PROBE" quiet "$@" & 
		while [ ! -e "$WORK/ready" ]; do sleep 0.01; done
		echo x >"$TMPDIR/plain"; echo "$TMPDIR/plain" >"$WORK/parent'\''s"
		"$PROBE" quiet mkstemp "$TMPDIR/aXXXXXX" print-to "$WORK/nephew'\''s"
		:' bash \
		closefrom 0 touch "$WORK/ready" wait-for "$WORK/go"
	assert_missing "$(cat "$WORK/nephew's")"
	assert_only_kin_stays "parent's"
}

@test "run: what went is leaked, what stays is lingering, and only leaks count" {
	local status

	linger_words
	RUN_OPTIONS=(--error-exitcode=99)
	run -99 --separate-stderr guarded "$PROBE" quiet mkstemp "$T" print-to "$WORK/parent's" \
		fork { output "$WORK/out" "${LINGER[@]}" } "${NEPHEW[@]}" exit 0
	assert_missing "$(cat "$WORK/nephew's")"
	grep -qF "1 left behind (0 bytes, 1 inode), 1 removed now; 3 lingering" <<<"$stderr" ||
		fail "$stderr"
	assert_only_kin_stays "parent's" own "child's"
}

@test "the library: what went is told when the root ends" {
	linger_words
	TMPGUARD_REPORT=$WORK/report.jsonl shimmed "$PROBE" quiet mkstemp "$T" print-to "$WORK/parent's" \
		fork { "${LINGER[@]}" } "${NEPHEW[@]}" exit 0 >/dev/null
	wait_until "$SOON" grep -q '"type":"summary"' "$WORK/report.jsonl"
	assert_equal "what was told" $'leaked true\nlingering false\nlingering false\nlingering false' \
		"$(sed -n 's/^{"type":"file".*"status":"\([a-z]*\)".*"removed":\([a-z]*\).*/\1 \2/p' \
			"$WORK/report.jsonl" | sort)"
	assert_only_kin_stays "parent's" own "child's"
}

@test "what is to be kept stays, and a dry run removes nothing" {
	local path

	linger_words
	TMPGUARD_PERSIST="$TMPDIR/a*" shimmed "$PROBE" quiet fork { closefrom 3 touch "$WORK/ready" \
		wait-for "$WORK/go" } "${NEPHEW[@]}" exit 0
	path=$(cat "$WORK/nephew's")
	assert_stays exists "$path"
	touch "$WORK/go"
	declare_left "$BASE" "${path##*/}"
	wait_until "$SOON" no_janitor
	assert_exists "$path"
	rm -r "${TMPDIR:?}/$BASE" "$path"
	linger_words
	RUN_OPTIONS=(-q --dry-run)
	guarded "$PROBE" quiet fork { closefrom 3 touch "$WORK/ready" wait-for "$WORK/go" } \
		"${NEPHEW[@]}" exit 0
	path=$(cat "$WORK/nephew's")
	assert_stays exists "$path"
	touch "$WORK/go"
	wait_until "$SOON" no_janitor
	assert_exists "$path"
	rm -r "${TMPDIR:?}/$BASE" "$path"
}
