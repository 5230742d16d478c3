#!/usr/bin/env bats
# identity.bats: never the wrong file. What lies where a file of ours was, what others have put into
# a session's place, and who may say what is removed. DESIGN 4, 11.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034,SC2154 # braces; scripts; bats' variables
load helper

setup() {
	begin_test
	declare_left "$BASE"
	export VICTIMS=$WORK/victims # of others: outside every place where the session has files
	mkdir -m 755 "$VICTIMS"
}

only_roots() {
	[ "$(id -u)" = 0 ] || skip "only root can be deceived by other users"
	chmod 1777 "$TMPDIR"
	chmod 755 "$BATS_TEST_TMPDIR"
}

no_session() {
	missing "$TMPDIR/$BASE"
}

wait_until_no_session() {
	wait_until "$SOON" no_session || fail "a session stays: $(find "$TMPDIR/$BASE")"
}

# A process that lives until $WORK/go is there, with one file; its path is in FILE.
start_living() {
	start shimmed "$PROBE" quiet mkstemp "$T" write precious print-to "$WORK/path" wait-for "$WORK/go"
	wait_until_there "$WORK/path"
	FILE=$(cat "$WORK/path")
}

end_living() {
	touch "$WORK/go"
	wait "$PID" || true
}

# A dead session with a file, settings, a member and all else that one can have. SESSION is where.
leave_dead() {
	local pid

	rm -f "$WORK/path"
	start env TMPGUARD_PERSIST='*nothing*' TMPGUARD_REPORT="$WORK/report" LD_PRELOAD="$SHIM" \
		"$PROBE" quiet mkstemp "$T" pid-to "$WORK/pid" print-to "$WORK/path" posix_spawn { return 0 } pause
	wait_until_there "$WORK/path"
	FILE=$(cat "$WORK/path")
	pid=$(janitor_pids)
	kill -KILL "$pid" "$PID"
	wait "$PID" 2>/dev/null || true
	SESSION=$(echo "$TMPDIR/$BASE"/*)
	assert_exists "$SESSION"/{lock,journal,settings}
}

# Victims, and what they are.
make_victims() {
	echo precious >"$VICTIMS/file"
	mkdir "$VICTIMS/dir" "$VICTIMS/empty"
	echo precious >"$VICTIMS/dir/file"
	VICTIMS_WERE=$(snapshot "$VICTIMS")
}

assert_victims() { # WHAT
	assert_equal "victims after $1" "$VICTIMS_WERE" "$(snapshot "$VICTIMS")" &&
		assert_content "$VICTIMS/file" precious
}

# put KIND PATH: something else than tmpguard's own.
put() {
	case $1 in
	fifo) mkfifo "$2" ;;
	device) mknod "$2" c 1 3 ;;
	dir) mkdir "$2" && ln -s "$VICTIMS" "$2/link" ;;
	link-to-file) ln -s "$VICTIMS/file" "$2" ;;
	link-to-dir) ln -s "$VICTIMS" "$2" ;;
	hard-link) ln "$VICTIMS/file" "$2" ;;
	esac
}

# The interpreter itself: what is called python3 may be a script that execs it.
python() {
	python3 -c 'import sys; print(sys.executable)'
}

# ---- session directories that are none

@test "a link in the private TMPDIR that has the name of our sessions' directory is not followed" {
	local drops=()

	chmod 755 "$TMPDIR"
	mkdir -m 755 "$VICTIMS"/{AbCdEf,empty}
	RUN_OPTIONS=(-q)
	for i in 1 2; do
		guarded "${drops[@]}" sh -c 'ln -s "$0" "$TMPDIR/$1"' "$VICTIMS" "$BASE"
		assert_only "$VICTIMS" AbCdEf empty || return
		# A child of root's that has dropped its rights can put one there, too.
		[ "$(id -u)" != 0 ] || drops=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	done
	# Nor is what it leads to cleaned, should it hold sessions that are kept.
	TMPDIR=$VICTIMS TMPGUARD_PERSIST=1 shimmed "$PROBE" quiet mkstemp "$VICTIMS/aXXXXXX" \
		print-to "$WORK/path"
	RUN_OPTIONS=(-q --persist='*keep*')
	guarded sh -c 'ln -s "$0/$1" "$TMPDIR/$1"; mktemp "$TMPDIR/keep.XXXXXX"' \
		"$VICTIMS" "$BASE"
	"$TMPGUARD" reap --kept "$TMPDIR"
	assert_exists "$(cat "$WORK/path")"
	wait_until_no_session
}

@test "a directory of that name with others' directories in it goes, and only what is in it" {
	mkdir -m 755 "$VICTIMS/AbCdEf"
	RUN_OPTIONS=(-q)
	guarded sh -c 'mkdir "$TMPDIR/$1" && chmod 700 "$TMPDIR/$1" && ln -s "$0/AbCdEf" "$TMPDIR/$1/" &&
		mkdir "$TMPDIR/$1/empty" "$TMPDIR/$1/GhIjKl"' "$VICTIMS" "$BASE"
	assert_only "$VICTIMS" AbCdEf
	assert_missing "$TMPDIR/$BASE"
}

@test "a copy of a living session's directory does not take its files away" {
	local place=$WORK/copy way

	start_living
	mkdir "$place"
	for way in "cp -a" "cp -al"; do
		$way "$TMPDIR/$BASE" "$place/"
		for i in 1 2; do # the next session there, and by hand
			TMPDIR=$place shimmed "$PROBE" quiet mkstemp "$place/aXXXXXX" fork { exit 0 } wait
			"$TMPGUARD" reap "$place" 2>/dev/null || true
		done
		assert_stays assert_content "$FILE" precious || return
		rm -rf "${place:?}/$BASE"
	done
	end_living
	assert_missing "$FILE"
}

@test "pipes, devices, links and directories in the place of a session's own files hurt nobody else" {
	local name kind

	[ "$(id -u)" = 0 ] || skip "devices take root"
	make_victims
	leave_dead
	for name in lock journal members settings end persist kept warned tmp libtmpguard.so; do
		for kind in fifo link-to-dir device dir link-to-file hard-link; do
			# Not all of each, for the time that takes.
			[[ $name == [lj]o* || $name == end || $kind == fifo || $kind == link-to-dir ]] || continue
			[ -d "$SESSION" ] || leave_dead
			[ ! -e "$SESSION/$name" ] || mv "$SESSION/$name" "$WORK/aside"
			put "$kind" "$SESSION/$name"
			[ "$kind" != hard-link ] || VICTIMS_WERE=$(snapshot "$VICTIMS")
			timeout 10 "$TMPGUARD" reap "$TMPDIR" >/dev/null 2>&1 || [ $? = 1 ] ||
				fail "reap, $name is a $kind: $?" || return
			[ "$kind" != hard-link ] || rm -f "$SESSION/$name"
			[ "$kind" != hard-link ] || VICTIMS_WERE=$(snapshot "$VICTIMS")
			assert_victims "$name was a $kind" || return
			rm -rf "${SESSION:?}/$name"
			if [ -d "$SESSION" ] && [ -e "$WORK/aside" ]; then
				mv "$WORK/aside" "$SESSION/$name"
			fi
			rm -rf "$WORK/aside"
		done
	done
	"$TMPGUARD" reap "$TMPDIR"
	wait_until_no_session
	rm -f "$TMPDIR"/a??????
}

# ---- other users'

# Everything that a user could write to deceive root: a session in root's name and in the user's own,
# whose journal, settings and lock are root's word for word, and links for each of its parts.
@test "root cleans up and another user's session directories lie there: nothing of them is believed" {
	local above user=65534

	only_roots
	need setpriv
	make_victims
	leave_dead
	for above in ".tmpguard-$user" .tmpguard-0.AbCdEf; do
		mkdir -m 700 "$TMPDIR/$above"
		cp -a "$SESSION" "$TMPDIR/$above/AbCdEf"
		mkdir -m 700 "$TMPDIR/$above"/{Links1,Links2}
		for name in lock journal members settings end persist tmp; do
			ln -s "$SESSION/$name" "$TMPDIR/$above/Links1/$name"
			ln -s "$VICTIMS" "$TMPDIR/$above/Links2/$name"
		done
		ln -s "$SESSION" "$TMPDIR/$above/Direct"
		printf '\0REPORT=%s\0' "$VICTIMS/file" >>"$TMPDIR/$above/AbCdEf/settings"
		chown -hR "$user" "$TMPDIR/$above"
		declare_left "$above"
	done
	touch "$FILE"
	for way in "reap -v" "reap --kept -v" "reap --dry-run" "ls"; do
		mv "$TMPDIR/$BASE" "$WORK/away"
		# shellcheck disable=SC2086 # words
		timeout 10 "$TMPGUARD" $way "$TMPDIR" >/dev/null 2>&1 || true
		mv "$WORK/away" "$TMPDIR/$BASE"
		assert_victims "$way" || return
		assert_exists "$FILE" "$TMPDIR/.tmpguard-0.AbCdEf/AbCdEf/journal" || return
	done
	"$TMPGUARD" reap "$TMPDIR"
	assert_missing "$FILE"
	assert_victims "reap"
	rm -rf "$TMPDIR"/.tmpguard-*
}

@test "where another user owns our directory's name, root's session is beside it" {
	only_roots
	mkdir "$TMPDIR/$BASE"
	mkdir "$TMPDIR/$BASE/AbCdEf"
	chown -R 65534 "$TMPDIR/$BASE"
	shimmed "$PROBE" quiet mkstemp "$T" fork { mkstemp "$T" } wait exit 0
	shimmed "$PROBE" quiet mkstemp "$T" fork { mkstemp "$T" } wait raise KILL || true
	wait_until "$SOON" eval '[ "$(ls -A "$TMPDIR")" = "$BASE" ]' || fail "$(ls -A "$TMPDIR")"
	assert_only "$TMPDIR/$BASE" AbCdEf
}

# ---- children of root's without rights

# Makes a file as root, drops root's rights, and writes another file's name and identity over its own
# record wherever it can. WHO: self, or a forked child.
FORGER='import ctypes, os, re, struct, subprocess, sys
victim, who = os.environb[b"VICTIM"], sys.argv[1]
libc = ctypes.CDLL(None)
mine = ctypes.create_string_buffer(os.environb[b"TMPDIR"] + b"/aXXXXXX")
assert libc.mkstemp(mine) >= 0
is_of = os.stat(victim)
born, nsec = subprocess.check_output(["stat", "-c", "%.9W", victim], text=True).split(".")
if who == "child":
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
        os.kill(os.getpid(), 9)
if who == "syscall": libc.syscall(117, 65534, 65534, 65534) # setresuid on x86-64
elif who == "setuid": libc.setuid(65534)
elif who == "setreuid": libc.setreuid(65534, 65534)
else: libc.setresuid(65534, 65534, 65534)
forged = 0
for line in open("/proc/self/maps"):
    m = re.match("([0-9a-f]+)-([0-9a-f]+) .w.. .*/[.]tmpguard-", line)
    if not m: continue
    at, end = int(m.group(1), 16), int(m.group(2), 16)
    i = ctypes.string_at(at, end - at).find(mine.value + b"\0")
    if i < 0: continue
    head = struct.pack("=QQqI", os.major(is_of.st_dev) << 32 | os.minor(is_of.st_dev), is_of.st_ino, int(born), int(nsec))
    ctypes.memmove(at + i - 74, struct.pack("=H", len(victim)), 2)
    ctypes.memmove(at + i - 32, head, len(head))
    ctypes.memmove(at + i, victim + b"\0", len(victim) + 1)
    forged += 1
print("forged", forged, "as", os.geteuid(), flush=True)
os.kill(os.getpid(), 9)'

@test "who has dropped root's rights has no journal left to forge, nor has a child of root's" {
	local who way

	only_roots
	need python3
	echo precious >"$TMPDIR/victim" # of root's, in a temp root, and not the session's
	declare_left victim
	export VICTIM=$TMPDIR/victim
	for way in shimmed guarded; do
		RUN_OPTIONS=(-q)
		for who in self child setuid setreuid syscall; do
			[ "$who" != syscall ] || [ "$(uname -m)" = x86_64 ] || continue
			"$way" python3 -c "$FORGER" "$who" >"$WORK/said" || [ $? = 137 ]
			assert_equal "$way $who" "forged 0 as 65534" "$(cat "$WORK/said")" || return
			wait_until_no_session || return
			assert_content "$TMPDIR/victim" precious || return
			assert_left 0 || return
		done
	done
}

@test "who drops root's rights and execs then keeps its files, whoever cleans beside it" {
	local script='import ctypes, os
libc = ctypes.CDLL(None)
name = ctypes.create_string_buffer(os.environb[b"T"])
assert libc.mkstemp(name) >= 0
os.chown(name.value, 65534, 65534)
open(os.environ["WORK"] + "/path", "wb").write(name.value)
libc.setuid(65534)
os.execv("/bin/sh", ["sh", "-c", "until [ -e \"$WORK/go\" ]; do sleep 0.02; done; ls \"$0\"", name.value])'

	only_roots
	need python3
	declare_left .tmpguard-65534 # of the new image
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test"
	start shimmed "$(python)" -c "$script" >"$WORK/said" 2>/dev/null
	wait_until_there "$WORK/path"
	wait_until "$SOON" eval '[ "$(wc -c <"$WORK/path")" -gt 5 ]'
	FILE=$(cat "$WORK/path")
	for i in 1 2 3; do
		shimmed "$PROBE" quiet mkstemp "$T" fork { exit 0 } wait
		"$TMPGUARD" reap "$TMPDIR"
		assert_stays assert_exists "$FILE" || return
	done
	touch "$WORK/go"
	wait "$PID"
	assert_equal "what it saw" "$FILE" "$(cat "$WORK/said")"
	wait_until_gone "$FILE"
	wait_until_no_session
}

@test "a child of root's without rights can write to nothing of the session but the private TMPDIR" {
	only_roots
	need setpriv
	RUN_OPTIONS=(-q --persist='*.keep' --report="$WORK/report.jsonl")
	run -0 guarded setpriv --reuid=65534 --regid=65534 --clear-groups sh -c '
		session=${TMPDIR%/tmp}
		for name in lock journal members settings end persist kept warned libtmpguard.so new; do
			(echo >>"$session/$name") 2>/dev/null && echo "wrote $name"
			(cat "$session/$name") >/dev/null 2>&1 && echo "read $name"
			mv "$session/$name" "$TMPDIR/" 2>/dev/null && echo "moved $name"
		done
		mv "$TMPDIR" "$session/other" 2>/dev/null && echo "moved tmp"
		mv "$session" "${session%/*}/AbCdEf" 2>/dev/null && echo "moved the session"
		ls "$session" 2>/dev/null
		mktemp >/dev/null; : >"$TMPDIR/x.keep"'
	assert_equal "what it could do" "" "$output"
	wait_until "$SOON" no_janitor
	"$TMPGUARD" reap --kept "$TMPDIR"
	wait_until_no_session
}

# ---- what became of the file

@test "sed -i, cp and install over a temporary file: what has its name then is ours, or stays" {
	local way

	for way in shimmed guarded; do
		RUN_OPTIONS=(-q --no-private)
		run -0 "$way" bash -c 'f=$(mktemp "$T") && echo a >"$f" && sed -i s/a/b/ "$f" && cat "$f"'
		assert_equal "$way" b "$output"
		wait_until_no_session
		assert_left 0
		# Made by ways that nobody registers, and renamed onto ours: somebody put it there.
		run -0 "$way" bash -c 'f=$(mktemp "$T") && echo published >"$TMPDIR/other" && mv "$TMPDIR/other" "$f" && echo "$f"'
		wait_until_no_session
		assert_content "$output" published
		remove_left
	done
}

@test "hard links, to and from a temporary file, keep what is theirs" {
	local way

	make_victims
	for way in shimmed guarded; do
		RUN_OPTIONS=(-q --no-private)
		"$way" bash -c 'f=$(mktemp "$T") && echo mine >"$f" && ln "$f" "$VICTIMS/linked" &&
			d=$(mktemp -d "$T") && ln "$VICTIMS/file" "$d/file" && ln -f "$VICTIMS/dir/file" "$f"'
		wait_until_no_session
		assert_content "$VICTIMS/linked" mine
		rm "$VICTIMS/linked"
		remove_left # a link of the other file in our file's place may stay
		assert_equal "names" "$(cut -d " " -f 1,2,3 <<<"$VICTIMS_WERE")" "$(snapshot "$VICTIMS" | cut -d " " -f 1,2,3)"
		assert_content "$VICTIMS/dir/file" precious
	done
}

# ---- other roots and mounts in between

# Makes a file, goes somewhere else where TMPDIR is another directory, makes one there, and ends.
TRAVELLER='import ctypes, os, sys
libc = ctypes.CDLL(None)
def make():
    name = ctypes.create_string_buffer(os.environb[b"T"])
    assert libc.mkstemp(name) >= 0
    return name.value.decode()
first = make()
here = os.open(os.environ["TMPDIR"], os.O_DIRECTORY)
if sys.argv[1] == "chroot":
    os.chroot(sys.argv[3])
    os.chdir("/")
else:
    assert libc.unshare(0x20000) == 0 # CLONE_NEWNS
    assert libc.mount(None, b"/", None, 0x4c000, None) == 0 # private, recursively
    assert libc.mount(sys.argv[3].encode() + os.environb[b"TMPDIR"], os.environb[b"TMPDIR"], None, 4096, None) == 0
second = make()
# What has the name of the second one where we came from is somebody else"s.
os.close(os.open(os.path.basename(second), os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=here))
print(first, second, flush=True)
if sys.argv[2] == "kill": os.kill(os.getpid(), 9)'

@test "chroot and mounts of its own in between: what was made goes where it was made, nothing else" {
	local where end first second

	[ "$(id -u)" = 0 ] || skip "chroot and mounts take root"
	need python3
	mkdir -p "$WORK/jail$TMPDIR"
	for where in chroot mounts; do
		for end in return kill; do
			shimmed python3 -c "$TRAVELLER" "$where" "$end" "$WORK/jail" >"$WORK/said" || [ $? = 137 ]
			read -r first second <"$WORK/said"
			wait_until_no_session || return
			assert_missing "$first"
			assert_exists "$second" # the other one of that name
			echo "# $where, $end: of what was made there $(find "$WORK/jail$TMPDIR" -type f | wc -l) of 1 is left" >&3
			rm -rf "$second" "$WORK/jail$TMPDIR"/{,.tmpguard-}*
		done
	done
}

@test "who changes its root and execs keeps its files, whoever cleans beside it" {
	local script='import ctypes, os, sys
libc = ctypes.CDLL(None)
name = ctypes.create_string_buffer(os.environb[b"T"])
assert libc.mkstemp(name) >= 0
open(os.environ["WORK"] + "/path", "wb").write(name.value)
libc.chroot(sys.argv[1].encode())
os.chdir("/")
os.execv("/probe", ["/probe", "wait-for", "/go"])'

	[ "$(id -u)" = 0 ] || skip "chroot takes root"
	need python3
	mkdir -p "$WORK/jail$TMPDIR" "$WORK/jail/proc"
	cp "$PROBES/probe-static" "$WORK/jail/probe"
	start unshare --mount --propagation private sh -c 'mount --bind /proc "$2/proc" &&
		LD_PRELOAD=$SHIM exec "$0" -c "$1" "$2"' "$(python)" "$script" "$WORK/jail"
	wait_until "$BOUND" eval '[ "$(cat "$WORK/path" 2>/dev/null | wc -c)" -gt 5 ]'
	FILE=$(cat "$WORK/path")
	wait_until "$SOON" grep -q "^probe$" "/proc/$PID/comm"
	for i in 1 2; do
		shimmed "$PROBE" quiet mkstemp "$T" fork { exit 0 } wait
		"$TMPGUARD" reap "$TMPDIR"
		assert_stays assert_exists "$FILE" || return
	done
	touch "$WORK/jail/go"
	wait "$PID"
	wait_until_gone "$FILE"
	wait_until_no_session
}

@test "one directory under two names: a session is the same through a bind mount, alive or dead" {
	need unshare
	[ "$(id -u)" = 0 ] || skip "mounts take root here"
	mkdir "$WORK/other"
	start_living
	unshare --mount --propagation private sh -c 'mount --bind "$TMPDIR" "$1/other" && "$0" reap "$1/other"
		TMPDIR=$1/other LD_PRELOAD=$SHIM "$PROBE" quiet mkstemp "$1/other/aXXXXXX" fork { exit 0 } wait' \
		"$TMPGUARD" "$WORK" || fail "$?"
	assert_stays assert_content "$FILE" precious
	end_living
	wait_until_no_session
	leave_dead
	unshare --mount --propagation private sh -c 'mount --bind "$TMPDIR" "$1/other" && "$0" reap "$1/other"' \
		"$TMPGUARD" "$WORK"
	assert_missing "$FILE"
	wait_until_no_session
}

# ---- journals

@test "a journal that was cut short, at any length, costs its own files at most, and nobody else's" {
	local size

	make_victims
	leave_dead
	for size in 0 1 100 4095 4096 4200 4287 4288 5000 16383; do
		[ -d "$SESSION" ] || leave_dead
		truncate -s "$size" "$SESSION/journal"
		timeout 10 "$TMPGUARD" reap "$TMPDIR" >/dev/null 2>&1 || [ $? = 1 ] || fail "$size: $?"
		assert_victims "$size bytes" || return
		if [ -d "$SESSION" ]; then # nobody knows what it made
			assert_exists "$FILE" "$SESSION/journal" || return
			rm -rf "${TMPDIR:?}/$BASE"
		fi
		rm -f "$FILE"
	done
}

# ext4 with small inodes has no birth times, ext2 and ext3 have them in seconds, and all of these and
# xfs give an inode number out again at once.
@test "a file made by the name of one of ours that is gone stays, whatever of it is the same" {
	need mkfs.ext4 mkfs.ext3 mkfs.ext2 mkfs.xfs unshare
	local kind

	[ "$(id -u)" = 0 ] || skip "only root can mount"
	mkdir "$WORK/disk"
	for kind in "ext4 -I 128" ext4 ext3 ext2 xfs; do
		rm -f "$WORK/image"
		truncate -s 320M "$WORK/image"
		# shellcheck disable=SC2086 # words
		mkfs.$kind -q "$WORK/image" 2>/dev/null
		run -0 unshare -m bash -c '
			mount -o loop "$1/image" "$1/disk" && cd "$1/disk" && chmod 1777 . || exit 1
			for i in {1..10}; do
				for end in "" "raise KILL"; do
					LD_PRELOAD=$SHIM TMPDIR=$PWD "$PROBE" quiet mkstemp "$PWD/aXXXXXX" unlink create @ $end
					LD_PRELOAD=$SHIM TMPDIR=$PWD "$PROBE" quiet mkdtemp "$PWD/aXXXXXX" unlink mkdir @ 755 $end
				done
			done >/dev/null 2>&1
			for i in {1..100}; do
				[ -e .tmpguard-* ] || break
				sleep 0.02
			done
			rm -rf lost+found
			find . -mindepth 1 -printf "%y\n" | sort | uniq -c
			cd / && umount "$1/disk"' bash "$WORK"
		assert_equal "what is left on $kind" "$(printf '     20 d\n     20 f')" "$output"
	done
}
