#!/usr/bin/env bats
# private.bats: what is found in the private TMPDIR at the end, whoever has made it and whatever it is,
# and what root's children make there after they have become somebody else. DESIGN 2, 8.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # scripts; bats' variables
load helper

setup() {
	begin_test
	declare_left "$BASE" bin
	REPORT=$WORK/report.jsonl
	RUN_OPTIONS=(-q --report="$REPORT")
}

# told KEY...: of each file in the report the values, sorted, one line each; of a path its base name.
told() {
	python3 - "$REPORT" "$@" <<-'END'
		import json, os, sys
		lines = []
		for text in open(sys.argv[1], encoding="utf-8"):
		    line = json.loads(text)
		    if line["type"] == "file":
		        line["path"] = os.path.basename(line["path"])
		        lines.append(" ".join(str(line.get(key, "-")) for key in sys.argv[2:]))
		print(*sorted(lines), sep="\n")
	END
}

# What tmpguard loads has to be readable by other users, too: sets TMPGUARD to a copy.
for_all_users() {
	[ "$(id -u)" = 0 ] || skip "only root has children of other users"
	chmod 711 "$TMPDIR"
	mkdir -m 755 "$TMPDIR/bin"
	cp "$TMPGUARD" "$SHIM" "$BUILD/tmpguard-janitor" "$PROBE" "$PROBES/probe-static" "$TMPDIR/bin"
	TMPGUARD=$TMPDIR/bin/tmpguard PROBE=$TMPDIR/bin/probe
	export STATIC=$TMPDIR/bin/probe-static
	AS_OTHER=(setpriv --reuid=65534 --regid=65534 --clear-groups --)
}

SOCKET='import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen()'

@test "FIFOs, sockets, links, files and directories that no function of ours has made: gone, and told by kind" {
	need python3
	guarded sh -c 'cd "$TMPDIR" && mkfifo pipe && python3 -c "$1" socket && ln -s /nowhere link &&
		echo x >file && mkdir directory && echo y >directory/below && mkfifo directory/pipe &&
		env -u PROBE_EXPECT "$2" quiet create static' sh "$SOCKET" "$PROBES/probe-static"
	assert_equal "what is told" "$(printf '%s\n' 'leaked directory directory 3 True' \
		'leaked file file 1 True' 'leaked link symlink 1 True' 'leaked pipe fifo 1 True' \
		'leaked socket socket 1 True' 'leaked static file 1 True')" \
		"$(told status path kind inodes removed)"
	assert_left 0
}

@test "device nodes that root has made" {
	[ "$(id -u)" = 0 ] || skip "only root makes devices"
	guarded sh -c 'cd "$TMPDIR" && mknod null c 1 3 && mknod disk b 7 99 && mkdir dev && mknod dev/zero c 1 5' ||
		skip "no devices can be made here"
	assert_equal "what is told" "$(printf '%s\n' 'dev directory True' 'disk device True' \
		'null device True')" "$(told path kind removed)"
	assert_left 0
	[ -c /dev/null ] && [ -c /dev/zero ]
}

@test "a socket and a FIFO with somebody at them who lives on stay; without, they go" {
	need python3
	guarded sh -c 'cd "$TMPDIR" && mkfifo pipe && sleep 30 <>pipe >/dev/null 2>&1 & echo $! >"$1"
		until [ -p "$TMPDIR/pipe" ]; do sleep 0.02; done' sh "$WORK/pid" 2>/dev/null
	assert_equal "what is told" "lingering pipe fifo False" "$(told status path kind removed)"
	kill "$(cat "$WORK/pid")"
	wait_until_gone "$TMPDIR/$BASE"
	assert_left 0
}

@test "with the text report, each is named by its kind" {
	need python3
	RUN_OPTIONS=()
	run -0 --separate-stderr guarded sh -c 'cd "$TMPDIR" && mkfifo pipe && python3 -c "$1" socket && ln -s x link' \
		sh "$SOCKET"
	[[ $stderr == *"/pipe: FIFO"* && $stderr == *"/socket: socket"* ]] || fail "$stderr"
	[[ $stderr == *"/link: symbolic link"* && $stderr == *"3 left behind"* ]] || fail "$stderr"
}

@test "root's child that has become another user: the private TMPDIR is its own, too, as /tmp would be" {
	for_all_users
	run -0 --separate-stderr guarded "${AS_OTHER[@]}" sh -c 'stat -c "%a %u" "$TMPDIR"
		cd "$TMPDIR" && echo x >plain && mkdir sub && mkdir -m 700 closed && echo y >closed/below && mkfifo pipe
		env -u PROBE_EXPECT "$STATIC" quiet mkstemp "$TMPDIR/sXXXXXX"; id -u'
	assert_equal output "$(printf '%s\n' '1777 0' 65534)" "$output"
	assert_equal "what is told" "$(printf '%s\n' 'closed directory True' 'pipe fifo True' \
		'plain file True' 'sub directory True')" "$(told path kind removed | grep -v '^s[A-Za-z0-9]\{6\} ')"
	assert_missing "$TMPDIR/$BASE"
	assert_left 0
}

@test "what it makes by mkstemp and mkdtemp there, in the old TMPDIR and in /tmp goes as well, however it ends" {
	local end

	for_all_users
	chmod 1777 "$TMPDIR"
	for end in 'exit 0' 'then kill'; do
		rm -f "$REPORT"
		# shellcheck disable=SC2086 # words
		guarded "${AS_OTHER[@]}" sh -c '"$@" && :' sh "$PROBE" quiet mkstemp "$T" bytes 5 mkdtemp "$T" populate \
			open /tmp/tgt-aB3dE9xY rdwr,creat,excl 0600 $end 2>/dev/null || true
		assert_missing /tmp/tgt-aB3dE9xY || return
		assert_left 0 || fail "$end: left" || return
		wait_until "$SOON" nothing_of_tmpguards || fail "$end: a session stays" || return
	done
}

nothing_of_tmpguards() {
	! compgen -G "$TMPDIR/.tmpguard-*" >/dev/null
}

@test "one that becomes another user and stays alive keeps its files until it ends" {
	for_all_users
	guarded "${AS_OTHER[@]}" sh -c 'f=$("$1" quiet mkstemp "$TMPDIR/dXXXXXX" print); exec 3<"$f"
		echo "$f" >"$TMPDIR/../said" 2>/dev/null; sleep 30 >/dev/null 2>&1 & echo "$! $f"' sh "$PROBE" >"$WORK/said" 2>/dev/null
	read -r pid file <"$WORK/said"
	assert_exists "$file"
	kill "$pid"
	wait_until_gone "$file"
	wait_until "$SOON" nothing_of_tmpguards || fail "a session stays"
}

@test "su and runuser in a command of root's" {
	need runuser
	for_all_users
	run -0 --separate-stderr guarded runuser -u nobody -- sh -c 'echo x >"$TMPDIR/plain" && mktemp >/dev/null && id -un'
	assert_equal output nobody "$output"
	assert_missing "$TMPDIR/$BASE"
	assert_left 0
}
