#!/usr/bin/env bats
# trees.bats: whole programs whose temporary directories are deep, wide, closed, mounted on, or still
# in use, and go with little stack and memory. DESIGN 11. How the removal does it is in core.bats.
#
# DEPTH and WIDTH make the trees larger: DEPTH=100000 WIDTH=2000000 tests/run-tests.sh build FILE

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034,SC2089,SC2090,SC2154 # braces; scripts; bats' variables
load helper

DEPTH=${DEPTH:-5000}
WIDTH=${WIDTH:-100000}
MEMORY=4096      # KB that a cleaner may use, libc included, however deep or wide a tree is
SMALL_STACK=256 # KB

# Mass work on a disk would measure the disk.
setup() {
	begin_test
	move_to_memory
	make_bystanders
	BOUND=60
	GROW=$WORK/grow.py
}

# GROW is a program that makes a temporary directory, then in it what its script says, and ends as
# told. It calls libc's mkdtemp, so that the shim sees it.
write_grow() {
	cat >"$GROW" <<-'END'
		import ctypes, os, sys
		template = ctypes.create_string_buffer(os.environ["TMPDIR"].encode() + b"/treeXXXXXX")
		mkdtemp = ctypes.CDLL(None).mkdtemp
		mkdtemp.restype = ctypes.c_char_p
		os.chdir(mkdtemp(template))
		exec(sys.argv[1])
		if sys.argv[2] == "kill": os.kill(os.getpid(), 9)
	END
}

grown() { # WAY SCRIPT END
	write_grow
	"$1" python3 "$GROW" "$2" "$3"
}

DEEP='for i in range(int(os.environ["DEPTH"])):
    os.mkdir("d")
    os.chdir("d")
    if i % 100 == 0: open("file", "w")'

WIDE='for i in range(int(os.environ["WIDTH"]) // 10):
    for j in range(9): os.mknod("a name of some length %d-%d" % (i, j))
    os.mkdir("directory-%d" % i)'

# In WORK/peaks, while it runs: the peak memory in KB of each process of this test that cleans.
watch_memory() {
	python3 - "$TMPDIR" "$WORK" <<-'END'
		import os, re, sys, time
		peaks = {}
		while os.path.exists(sys.argv[1]) and not os.path.exists(sys.argv[2] + "/enough"):
		    for pid in filter(str.isdigit, os.listdir("/proc")):
		        try:
		            words = open("/proc/%s/cmdline" % pid).read().split("\0")
		            name = os.path.basename(words[0])
		            if not name.startswith("tmpguard"): continue
		            if sys.argv[1] not in " ".join(words) + open("/proc/%s/environ" % pid).read(): continue
		            peak = re.search(r"VmHWM:\s*(\d+)", open("/proc/%s/status" % pid).read())
		            if peak: peaks[name] = max(int(peak.group(1)), peaks.get(name, 0))
		        except OSError: pass
		    time.sleep(0.005)
		with open(sys.argv[2] + "/peaks", "w") as out:
		    for name in peaks: print(name, peaks[name], file=out)
	END
}

# The tree is made and goes in each way, by each cleaner, with a small stack.
goes_in_each_way() { # SCRIPT
	local script=$1 way end name peak

	need python3
	export DEPTH WIDTH
	start watch_memory
	for way in shimmed guarded; do
		for end in return kill; do
			RUN_OPTIONS=(-q)
			(ulimit -s "$SMALL_STACK" && grown "$way" "$script" "$end") || [ $? = 137 ] ||
				fail "$way $end: status $?" || return
			wait_until_only_bystanders "$BOUND" || return
		done
	done
	touch "$WORK/enough"
	wait "$PID"
	[ -s "$WORK/peaks" ] || fail "nobody was seen cleaning"
	while read -r name peak; do
		echo "# $name: at most $peak KB" >&3
		[ "$peak" -le "$MEMORY" ] || fail "$name took $peak KB"
	done <"$WORK/peaks"
}

@test "thousands of levels go, by each cleaner, with 256 KB of stack and little memory" {
	goes_in_each_way "$DEEP"
}

@test "a hundred thousand entries go, by each cleaner, with 256 KB of stack and little memory" {
	goes_in_each_way "$WIDE"
}

@test "both at once go by reap when everything was killed" {
	local pids

	need python3
	export DEPTH WIDTH
	declare_left "$BASE"
	start grown shimmed "$WIDE
$DEEP
open('$WORK/draft', 'w').write(str(os.getpid()))
os.rename('$WORK/draft', '$WORK/pid')
import time
time.sleep(60)" return
	wait_until_there "$WORK/pid"
	mapfile -t pids < <(janitor_pids && cat "$WORK/pid")
	kill -KILL "${pids[@]}"
	wait_until "$SOON" no_janitor
	(ulimit -s "$SMALL_STACK" && "$TMPGUARD" reap "$TMPDIR")
	assert_missing "$TMPDIR/$BASE"
	assert_left 0
}

@test "directories that are closed to reading, writing and searching go with their owner's rights" {
	local way end script='for mode in (0, 0o100, 0o200, 0o300, 0o400, 0o500, 0o600):
    os.makedirs("m%o/inner/deeper" % mode)
    open("m%o/inner/file" % mode, "w")
    os.symlink(os.environ["WORK"] + "/victims", "m%o/inner/out" % mode)
    for below in ("/inner/deeper", "/inner", ""): os.chmod("m%o%s" % (mode, below), mode)
os.chmod(".", 0)'

	need python3
	mkdir "$WORK/victims"
	echo precious >"$WORK/victims/file"
	chmod 755 "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" 2>/dev/null || true
	chmod 1777 "$TMPDIR"
	mkdir -m 755 "$TMPDIR/bin"
	cp "$TMPGUARD" "$SHIM" "$BUILD/tmpguard-janitor" "$TMPDIR/bin"
	cp -r "$WORK/victims" "$TMPDIR/bin/victims"
	declare_left bin .tmpguard-65534
	write_grow
	cp "$GROW" "$TMPDIR/bin/grow.py"
	for way in "env LD_PRELOAD=$TMPDIR/bin/libtmpguard.so" "$TMPDIR/bin/tmpguard run -q --"; do
		for end in return kill; do
			# shellcheck disable=SC2086 # words
			WORK=$TMPDIR/bin unprivileged $way python3 "$TMPDIR/bin/grow.py" "$script" "$end" ||
				[ $? = 137 ] || fail "$way $end: status $?" || return
			wait_until "$SOON" nothing_but_declared || fail "$way $end: $(find "$TMPDIR")" || return
		done
	done
	assert_content "$TMPDIR/bin/victims/file" precious
}

nothing_but_declared() {
	[ "$(count_left)" = 0 ] && ! compgen -G "$TMPDIR/.tmpguard-*" >/dev/null
}

# ---- mounts

# in_mounts SCRIPT: runs a script with mounts of its own, and with victims on the same device.
in_mounts() {
	need unshare mount
	[ "$(id -u)" = 0 ] || skip "mounts take root here"
	mkdir "$TMPDIR/victims"
	echo precious >"$TMPDIR/victims/file"
	declare_left victims "$BASE"
	SNAPSHOT=$(snapshot "$TMPDIR")
	VICTIMS=$TMPDIR/victims TMPGUARD=$TMPGUARD timeout -k 1 "$BOUND" \
		unshare --mount --propagation private sh -c "$1"
}

# A tree of which three parts are mounted on: from a tmpfs, from a directory and a file of the same
# device. PLACE is the tree's file that tells where it is.
MOUNTED='
	d=$(mktemp -d "$TMPDIR/treeXXXXXX") && echo "$d" >"$PLACE" || exit 9
	mkdir -p "$d/a/b/tmpfs" "$d/a/c" "$d/bind" "$d/z" && touch "$d/file" "$d/a/1" "$d/z/2" || exit 9
	mount -t tmpfs none "$d/a/b/tmpfs" && mount --bind "$VICTIMS" "$d/bind" || exit 9
	mount --bind "$VICTIMS/file" "$d/file" && touch "$d/a/b/tmpfs/theirs" || exit 9
'

# Only what is mounted, and what leads there, is left of the tree at $d.
LEFT='
	d=$(cat "$PLACE")
	left=$(cd "$d" && find . -xdev -path "./bind/*" -prune -o -print | sort | tr "\n" " ")
	[ "$left" = ". ./a ./a/b ./a/b/tmpfs ./bind ./file " ] || { echo "left: $left"; exit 8; }
	[ -e "$d/a/b/tmpfs/theirs" ] && [ "$(cat "$d/bind/file")" = precious ] || { echo lost; exit 8; }
'

@test "what is mounted inside is left and the directory named, bare: all else in it goes" {
	export PLACE=$WORK/place MOUNTED LEFT

	run in_mounts 'LD_PRELOAD=$SHIM PROBE_EXPECT=shim bash -c "$MOUNTED" && eval "$LEFT"'
	[ "$status" = 0 ] || fail "$status: $output"
	assert_output_has "tmpguard: $(cat "$PLACE"): cannot be removed: Device or resource busy"
	assert_content "$TMPDIR/victims/file" precious
	remove_left
}

@test "what is mounted inside is left and the directory named, under run, in its TMPDIR or not" {
	local option

	for option in --private --no-private; do
		[ "$option" = --private ] && option=
		export PLACE=$WORK/place MOUNTED LEFT OPTION=$option
		run in_mounts '"$TMPGUARD" run $OPTION -- sh -c "$MOUNTED" && eval "$LEFT"
			umount "$d/file" "$d/bind" "$d/a/b/tmpfs" && "$TMPGUARD" reap "$TMPDIR"'
		[ "$status" = 0 ] || fail "$status: $output"
		assert_output_has "$(cat "$PLACE")/: directory"
		assert_output_has "NOT REMOVED: Device or resource busy"
		assert_content "$TMPDIR/victims/file" precious
		rm -rf "$TMPDIR"/{victims,tree*}
	done
}

@test "what is mounted inside is left by the janitor, and named by reap, which removes the rest later" {
	export PLACE=$WORK/place MOUNTED LEFT

	run in_mounts '(LD_PRELOAD=$SHIM bash -c "$MOUNTED kill -KILL \$\$") 2>/dev/null
		sleep 1; eval "$LEFT"; "$TMPGUARD" reap "$TMPDIR"; echo "reap: $?"'
	[ "$status" = 0 ] || fail "$status: $output"
	assert_output_has "reap: $(cat "$PLACE"): Device or resource busy"
	assert_output_has "reap: 1"
	assert_content "$TMPDIR/victims/file" precious
	remove_left
}

@test "a directory of ours that is mounted on is left and named, and goes once it is free" {
	local mount

	for mount in 'mount -t tmpfs none' 'mount --bind "$VICTIMS"'; do
		export PLACE=$WORK/place MOUNT=$mount
		run in_mounts 'LD_PRELOAD=$SHIM bash -c "d=\$(mktemp -d \"\$TMPDIR/treeXXXXXX\"); echo \"\$d\" >\"\$PLACE\"
			touch \"\$d/below\"; $MOUNT \"\$d\"; touch \"\$d/theirs\"; true"
			ls "$(cat "$PLACE")/theirs"'
		[ "$status" = 0 ] || fail "$status: $output"
		assert_output_has "tmpguard: $(cat "$PLACE"): cannot be removed: "
		rm -rf "$TMPDIR"/{victims,tree*}
		run in_mounts '(LD_PRELOAD=$SHIM bash -c "d=\$(mktemp -d \"\$TMPDIR/treeXXXXXX\"); echo \"\$d\" >\"\$PLACE\"
			touch \"\$d/below\"; $MOUNT \"\$d\"; touch \"\$d/theirs\"; kill -KILL \$\$") 2>/dev/null
			sleep 1; ls "$(cat "$PLACE")/theirs" && umount "$(cat "$PLACE")" && "$TMPGUARD" reap "$TMPDIR"'
		[ "$status" = 0 ] || fail "$status: $output"
		assert_missing "$(cat "$PLACE")" "$TMPDIR/$BASE"
		assert_content "$TMPDIR/victims/file" precious
		rm -rf "$TMPDIR"/victims
	done
}

# ---- in use

@test "a process that goes on adding entries holds nobody up, and what is left then is named" {
	local run place end

	for end in "exit 0" 'kill -KILL $$'; do
		rm -f "$WORK/place"
		start guarded sh -c 'd=$(mktemp -d "$TMPDIR/treeXXXXXX"); echo "$d" >"$WORK/place"
			until [ -d "$d/new/50" ]; do sleep 0.01; done; eval "$0"' "$end" >"$WORK/said" 2>&1
		run=$PID
		wait_until_there "$WORK/place"
		place=$(cat "$WORK/place")
		start sh -c 'i=0; while [ -d "$0" ]; do i=$((i + 1)); mkdir "$0/new"
			mkdir "$0/new/$i" && : >"$0/new/$i/file" && : >"$0/$i"; done' "$place" 2>/dev/null
		wait "$run" || [ $? = 137 ] || fail "run: $(cat "$WORK/said")"
		# Either run has won, and the other one noticed, or that goes on, and it was said.
		[ ! -d "$place" ] || grep -q "$place/: .*NOT REMOVED" "$WORK/said" || fail "$(cat "$WORK/said")"
		kill "$PID" 2>/dev/null || true
		wait "$PID" || true
		"$TMPGUARD" reap "$TMPDIR"
		assert_missing "$TMPDIR/$BASE"
		assert_only_bystanders
	done
}

# start_adding PLACE: makes entries there as long as it is there; its pid is in PID.
start_adding() {
	start sh -c 'i=0; while [ -d "$0" ]; do i=$((i + 1)); mkdir "$0/new"
		mkdir "$0/new/$i" && : >"$0/new/$i/file" && : >"$0/$i"; done' "$1" 2>/dev/null
}

@test "entries that appear while the library, its janitor or reap removes: nobody is held up, and reap has the rest" {
	local root place end pids

	declare_left "$BASE"
	for end in "exit 0" 'kill -KILL $$' 'exec sleep 60'; do
		rm -f "$WORK/place"
		start shimmed sh -c 'd=$(mktemp -d "$TMPDIR/treeXXXXXX"); echo "$d" >"$WORK/place"
			echo $$ >"$WORK/pid"; until [ -d "$d/new/50" ]; do sleep 0.01; done; eval "$0"' "$end" 2>"$WORK/said"
		root=$PID
		wait_until_there "$WORK/place"
		place=$(cat "$WORK/place")
		start_adding "$place"
		if [ "$end" = "exec sleep 60" ]; then
			wait_until "$BOUND" exists "$place/new/50"
			mapfile -t pids < <(janitor_pids && cat "$WORK/pid")
			kill -KILL "${pids[@]}"
			wait_until "$SOON" no_janitor
			timeout "$BOUND" "$TMPGUARD" reap "$TMPDIR" 2>"$WORK/said" || [ $? = 1 ] || fail "$(cat "$WORK/said")"
		fi
		wait "$root" || [ $? -ge 137 ] || fail "$end: $(cat "$WORK/said")"
		kill "$PID" 2>/dev/null || true
		wait "$PID" || true
		wait_until "$SOON" no_janitor
		"$TMPGUARD" reap "$TMPDIR"
		[ ! -d "$place" ] || fail "$end: $(find "$place" | head)"
		assert_missing "$TMPDIR/$BASE"
		assert_only_bystanders
	done
}
