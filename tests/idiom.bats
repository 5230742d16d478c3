#!/usr/bin/env bats
# idiom.bats: programs that bring their own mkstemp: what they make by open and mkdir is removed when
# it has all the marks of a temporary file, and stays when one is missing. DESIGN 2.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034 # the probe's braces; scripts; helper.bash's variables
load helper

setup() {
	begin_test
	make_bystanders
	G=$TMPDIR/tmp-aB3dE9xY # a name that looks generated
	OURS=creat,excl,rdwr   # with mode 0600 it is what a mkstemp does
	VARIANTS=("$PROBE" "$PROBES/probe-lfs" "$PROBES/probe-fortify")
	[ ! -e "$PROBES/probe-musl" ] || VARIANTS+=("$PROBES/probe-musl")
	ELSEWHERE=() # what a test that fails leaves outside its TMPDIR
}

teardown() {
	rm -rf "${ELSEWHERE[@]}"
	end_test
}

# goes NUMBER WORD...: a plain run leaves that many files, one with the shim none.
goes() {
	local want=$1

	shift
	plain "$PROBE" quiet "$@" >/dev/null || return
	assert_equal "the number of files a plain run leaves: $*" "$want" "$(count_left)" || return
	remove_left
	shimmed "$PROBE" quiet "$@" >/dev/null || return
	assert_only_bystanders || fail "not removed after: $*" || return
}

# stays NUMBER WORD...: with the shim that many stay, for longer than any cleaner needs.
stays() {
	local want=$1

	shift
	shimmed "$PROBE" quiet "$@" >/dev/null || return
	wait_until_gone "$TMPDIR/$BASE" || return
	assert_left "$want" || fail "removed after: $*" || return
	remove_left
	assert_only_bystanders
}

# ---- what is removed

@test "a file made with O_CREAT, O_EXCL and mode 0600 and a generated name is removed" {
	local flags

	for flags in "$OURS" creat,excl,wronly creat,excl creat,excl,rdwr,cloexec,nofollow,append \
		creat,excl,rdwr,largefile; do
		goes 1 open "$G" "$flags" 0600 write x
	done
}

@test "it is removed by whichever name it was made, in every build" {
	local probe name

	for probe in "${VARIANTS[@]}"; do
		for name in open open64 "openat cwd" "openat64 cwd"; do
			# shellcheck disable=SC2086 # a name, and its directory
			PROBE=$probe goes 1 $name "$G" "$OURS" 0600
		done
	done
	for name in __open __open64; do
		goes 1 "$name" "$G" "$OURS" 0600
	done
}

@test "a directory made with mode 0700 and a generated name is removed, with its tree" {
	local probe

	for probe in "${VARIANTS[@]}"; do
		PROBE=$probe goes 1 mkdir "$G" 0700 populate
		PROBE=$probe goes 1 mkdirat cwd "$G" 0700 populate
	done
	goes 1 mkdir "$G" 0700 chdir "$G" open aB3dE9x "$OURS" 0600 open plain creat 0644 mkdir sub 0755
	goes 1 mkdir "$G/" 0700
}

@test "names as the libraries of many languages make them" {
	local name

	# Python, Perl, Ruby, Rust, Go's, coreutils, zsh, gcc, vim
	for name in tmpk3j8x2ab tmp_k8j2_4h3x9qz.py AbCdE4fGh1 foo20261121-123-k3j8x2 .tmpaBcDeF \
		tmp.aB3dE9xYz0 zshaB3dE9 ccaB3dE9.s ccXyZaBc.o aBcDeF \
		prefix_aB3dE9xY.txt aB3dE9 abc123 tmpabc123 sess_ABC123 job-12ab34 \
		cache-9f8e7d6c.part zz99zz idiomAb3dEf; do
		goes 1 open "$TMPDIR/$name" "$OURS" 0600
		goes 1 mkdir "$TMPDIR/$name" 0700
	done
}

@test "the pid of the program that makes it is as good as random letters" {
	until (($(sh -c 'echo $$') > 999)); do :; done # it takes four digits
	goes 1 open "$TMPDIR/app.%p" "$OURS" 0600
	goes 1 open "$TMPDIR/app-%p.lock" "$OURS" 0600
	goes 1 mkdir "$TMPDIR/app_%p" 0700
	goes 1 fork { open "$TMPDIR/app.%p" "$OURS" 0600 } wait
	# Another's, or digits that only begin or end like it.
	stays 1 open "$TMPDIR/app.1" "$OURS" 0600
	stays 1 open "$TMPDIR/app-9%p9" "$OURS" 0600
}

@test "Java's temporary files are removed with the mode Java gives them" {
	local name

	for name in foo1234567890123456789.tmp hs1234567890123456789 a9876543210987654321.jar; do
		goes 1 open "$TMPDIR/$name" "$OURS" 0666
		goes 1 open "$TMPDIR/$name" "$OURS" 0600
	done
	stays 1 open "$TMPDIR/foo123456.tmp" "$OURS" 0666
	stays 1 open "$TMPDIR/foo1234567890123456789.tmp" creat,rdwr 0666
}

@test "rustc's temporary directories are removed with the mode that they are made with" {
	local name rustc=$WORK/rustc

	cp "$PROBE" "$rustc"
	for name in rustcXq8ZvB rmetaNx8368 .tmpXq8ZvB; do
		PROBE=$rustc goes 1 mkdir "$TMPDIR/$name" 0777 populate
		stays 1 mkdir "$TMPDIR/$name" 0777
	done
	PROBE=$rustc stays 1 mkdir "$TMPDIR/rustcoutput" 0777
	PROBE=$rustc stays 1 mkdir "$TMPDIR/aXq8ZvB" 0777
}

@test "a directory's descriptor, the current directory, other spellings of a temp root" {
	# tar, cp and rsync make trees by a directory's descriptor, with these flags and modes
	stays 1 hold 9 "$TMPDIR" openat 9 tmp-aB3dE9xY "$OURS" 0600
	stays 1 hold 9 "$TMPDIR" mkdirat 9 tmp-aB3dE9xY 0700
	goes 1 hold 9 "$TMPDIR/aQwErTy" openat 9 "$G" "$OURS" 0600
	goes 1 chdir "$TMPDIR" open tmp-aB3dE9xY "$OURS" 0600 chdir /
	goes 1 chdir "$TMPDIR" mkdir ./tmp-aB3dE9xY 0700 chdir aQwErTy
	goes 1 chdir "$TMPDIR/aQwErTy" openat cwd ../tmp-aB3dE9xY "$OURS" 0600
	goes 1 open "$TMPDIR//tmp-aB3dE9xY" "$OURS" 0600
	goes 1 open "/.$TMPDIR/./tmp-aB3dE9xY" "$OURS" 0600
	goes 1 mkdir "$TMPDIR/aQwErTy/../tmp-aB3dE9xY" 0700
}

@test "the other temp roots" {
	local root name

	for root in /tmp /var/tmp /dev/shm; do
		[ -w "$root" ] || continue
		name=$root/tgt-$$-$BATS_TEST_NUMBER-aB3dE9
		ELSEWHERE+=("$name" "$name.d")
		shimmed "$PROBE" open "$name" "$OURS" 0600 mkdir "$name.d" 0700
		assert_missing "$name" "$name.d"
	done
}

@test "many of them, also in threads, forks, and interrupted by a handler that makes them" {
	shimmed "$PROBE" storm 100 "$TMPDIR"
	assert_only_bystanders
	goes 3 open "$G" "$OURS" 0600 fork { open "${G}2" "$OURS" 0600 exit 0 } wait thread { \
		open "${G}3" "$OURS" 0600 }
}

@test "a forked child's is removed with the session, not with the child" {
	run -0 shimmed "$PROBE" quiet fork { open "$G" "$OURS" 0600 } wait exists "$G" sleep 60 exists "$G"
	assert_equal "said" $'child 1: exit 0\nexists: yes\nexists: yes' "$output"
	assert_only_bystanders
}

@test "f=\$(program): the file outlives the program that made it, and goes with the shell" {
	run -0 shimmed bash -c '"$PROBE" quiet open "$1" creat,excl 0600
		"$PROBE" quiet mkdir "$2" 0700
		test -e "$1" && test -d "$2" && echo "both there"' - "$G" "${G}2"
	assert_equal "said" "both there" "$output"
	wait_until_only_bystanders
}

@test "SIGKILL leaves none of them" {
	run -137 shimmed "$PROBE" quiet open "$G" "$OURS" 0600 raise KILL
	wait_until_only_bystanders
	run -137 shimmed "$PROBE" quiet mkdir "$G" 0700 populate raise KILL
	wait_until_only_bystanders
	run -137 shimmed "$PROBE" quiet fork { open "$G" "$OURS" 0600 raise KILL } wait mkdir "${G}2" 0700 \
		openat cwd "${G}3" "$OURS" 0600 raise KILL
	wait_until_only_bystanders
}

@test "in a signal handler, in a vfork child, on a stack of 8 KB" {
	local place probe

	for probe in "${VARIANTS[@]}"; do
		for place in handler vfork small-stack; do
			PROBE=$probe goes 1 in "$place" open "$G" "$OURS" 0600
			PROBE=$probe goes 1 in "$place" mkdir "$G" 0700
			PROBE=$probe goes 2 open "$G" "$OURS" 0600 in "$place" openat cwd "${G}2" \
				"$OURS" 0600
		done
	done
	for place in handler vfork small-stack; do
		run -137 shimmed "$PROBE" quiet in "$place" open "$G" "$OURS" 0600 raise KILL
		wait_until_only_bystanders
	done
}

@test "a program that made nothing else, and ends without exit handlers" {
	goes 1 open "$G" "$OURS" 0600 _exit 0
	goes 1 mkdir "$G" 0700 quick_exit 0
}

@test "while the program lives its files live, and are its own to remove" {
	start shimmed "$PROBE" quiet open "$G" "$OURS" 0600 mkdir "${G}2" 0700 touch "$WORK/ready" \
		wait-for "$WORK/go" unlink open "${G}3" "$OURS" 0600 unlink
	wait_until_there "$WORK/ready"
	assert_stays exists "$G"
	assert_stays exists "${G}2"
	touch "$WORK/go"
	wait "$PID"
	assert_only_bystanders
}

# ---- what stays

@test "with another mode it stays" {
	local mode

	for mode in 0666 0644 0640 0700 0400 0 0601 04600; do
		stays 1 open "$G" "$OURS" "$mode"
	done
	for mode in 0755 0777 0750 01777 02700 0600 0; do
		stays 1 mkdir "$G" "$mode"
	done
	# What counts is what was asked for, not what the umask leaves of it.
	stays 1 umask 077 open "$G" "$OURS" 0666
	stays 1 umask 077 mkdir "$G" 0777
	goes 1 umask 0777 open "$G" "$OURS" 0600
}

@test "without O_EXCL, or without O_CREAT, it stays" {
	stays 1 open "$G" creat,rdwr 0600
	stays 1 open "$G" creat,trunc,wronly 0600
	stays 1 creat "$G" 0600
	stays 1 openat cwd "$G" creat,append,wronly 0600
	stays 1 create "$G" open "$G" excl,rdwr 0600
}

@test "a name that does not look generated stays" {
	local name

	for name in new report.txt lockfile build-output aaaaaaaaaa 12345678 ABCDEFGH aB3 a1b2 \
		a-B-3-d-E-9 .hidden notes.d report2024 report123 Backup20261121 \
		log20261121T142005 MyReport NetBSD session12 IMG0001 ed25519 3f9a2bc; do
		stays 1 open "$TMPDIR/$name" "$OURS" 0600
		stays 1 mkdir "$TMPDIR/$name" 0700
	done
}

@test "names that other programs must find are never ours, made by whatever call" {
	local name

	for name in ssh-aB3dE9xYz0aB ssh-a1B2c3 tmux-aB3dE9 dbus-aB3dE9xY \
		systemd-private-aB3dE9 pytest-of-aB3dE9 emacs-aB3dE9 krb5cc_aB3dE9 hsperfdata_aB3dE9 \
		.java_pidaB3dE9 .tmpguard-aB3dE9; do
		stays 1 open "$TMPDIR/$name" "$OURS" 0600
		stays 1 mkdir "$TMPDIR/$name" 0700
	done
	stays 1 mkdtemp "$TMPDIR/ssh-XXXXXX"
	stays 1 mkstemp "$TMPDIR/krb5cc_XXXXXX"
	stays 1 mkstemps "$TMPDIR/ccXXXXXX.out" 4
	goes 1 mkstemps "$TMPDIR/ccXXXXXX.err" 4
	# No more than begins like it.
	goes 1 open "$TMPDIR/xssh-aB3dE9" "$OURS" 0600
}

@test "a name with the user's name or number in it stays" {
	local user

	user=$(id -un)
	export USER=$user LOGNAME=$user
	stays 1 open "$TMPDIR/app-$user-aB3dE9" "$OURS" 0600
	stays 1 mkdir "$TMPDIR/$user.aB3dE9" 0700
	stays 1 mkdir "$TMPDIR/app_${user}_aB3dE9" 0700
	# Not as a part of a longer word.
	goes 1 open "$TMPDIR/x${user}x-aB3dE9" "$OURS" 0600
	if [ "$(id -u)" = 0 ]; then
		goes 1 open "$TMPDIR/app-0-aB3dE9" "$OURS" 0600
	else
		stays 1 open "$TMPDIR/app-$(id -u)-aB3dE9" "$OURS" 0600
	fi
}

@test "the number of a user who is not root, likewise" {
	local copies=$TMPDIR/copies

	[ "$(id -u)" = 0 ] || skip "only root can run programs as another user"
	mkdir "$copies"
	mkdir -m 1777 "$TMPDIR/own"
	declare_left copies own
	cp "$SHIM" "$BUILD/tmpguard-janitor" "$PROBE" "$copies"
	chmod 755 "$TMPDIR" "$copies"
	unprivileged env TMPDIR="$TMPDIR/own" LD_PRELOAD="$copies/libtmpguard.so" "$copies/probe" quiet \
		open "$TMPDIR/own/app-65534-aB3dE9" "$OURS" 0600 mkdir "$TMPDIR/own/65534.aB3dE9" 0700 \
		open "$TMPDIR/own/app-65533-aB3dE9" "$OURS" 0600 open "$TMPDIR/own/a65534-aB3dE9" "$OURS" 0600
	wait_until_gone "$TMPDIR/own/.tmpguard-65534"
	assert_only "$TMPDIR/own" app-65534-aB3dE9 65534.aB3dE9
}

@test "below a temp root it stays: only what is directly in one is ours" {
	mkdir "$TMPDIR/sub"
	declare_left sub
	shimmed "$PROBE" quiet open "$TMPDIR/sub/tmp-aB3dE9xY" "$OURS" 0600 \
		mkdir "$TMPDIR/sub/d-aB3dE9xY" 0700 hold 9 "$TMPDIR/sub" openat 9 t-aB3dE9xY "$OURS" 0600 \
		chdir "$TMPDIR/sub" open r-aB3dE9xY "$OURS" 0600 mkdirat cwd ./m-aB3dE9xY 0700
	wait_until_gone "$TMPDIR/$BASE"
	assert_only "$TMPDIR/sub" tmp-aB3dE9xY d-aB3dE9xY t-aB3dE9xY r-aB3dE9xY m-aB3dE9xY
}

@test "what a symbolic link leads to is what counts, not where the link is" {
	mkdir "$TMPDIR/sub"
	ln -s sub "$TMPDIR/link"
	ln -s .. "$TMPDIR/sub/up"
	declare_left sub link
	shimmed "$PROBE" quiet open "$TMPDIR/link/tmp-aB3dE9xY" "$OURS" 0600
	wait_until_gone "$TMPDIR/$BASE"
	assert_only "$TMPDIR/sub" tmp-aB3dE9xY up
	shimmed "$PROBE" quiet open "$TMPDIR/sub/up/tmp-aB3dE9xY" "$OURS" 0600
	assert_missing "$G"
}

@test "where the program was started in a tree below a temp root, that tree stays" {
	mkdir "$TMPDIR/sub"
	declare_left sub
	(cd "$TMPDIR/sub" && shimmed env "TMPDIR=$TMPDIR/sub" "$PROBE" quiet open tmp-aB3dE9xY "$OURS" \
		0600 mkdir d-aB3dE9xY 0700 chdir / open "$TMPDIR/sub/t-aB3dE9xY" "$OURS" 0600)
	wait_until_gone "$TMPDIR/sub/$BASE"
	assert_only "$TMPDIR/sub" tmp-aB3dE9xY d-aB3dE9xY t-aB3dE9xY
	(cd "$TMPDIR/sub" && shimmed "$PROBE" quiet open "$G" "$OURS" 0600 open ../o-aB3dE9xY "$OURS" 0600)
	assert_left 0
	assert_count "$TMPDIR/sub" 3
}

@test "another's file that is in the way stays, however the program ends" {
	local end

	for end in "exit 0" "raise KILL"; do
		echo "another's" >"$G"
		mkdir "${G}2"
		echo "another's" >"${G}2/file"
		declare_left "${G##*/}" "${G##*/}2"
		# shellcheck disable=SC2086 # words
		shimmed "$PROBE" open "$G" "$OURS" 0600 mkdir "${G}2" 0700 openat cwd "$G" "$OURS" 0600 \
			open "${G}3" "$OURS" 0600 $end >"$WORK/out" || true
		assert_equal "refused" 3 "$(grep -c 'failed errno=EEXIST' "$WORK/out")"
		wait_until_gone "$TMPDIR/$BASE"
		assert_missing "${G}3"
		assert_stays assert_content "$G" "another's"
		assert_content "${G}2/file" "another's"
		rm -r "$G" "${G}2"
	done
}

@test "a file that was renamed is published, and stays" {
	local end

	for end in "exit 0" "raise KILL"; do
		# shellcheck disable=SC2086 # words
		shimmed "$PROBE" quiet open "$G" "$OURS" 0600 write precious rename "$TMPDIR/published" \
			open "$G" "$OURS" 0600 write precious rename "$WORK/published" \
			mkdir "$G" 0700 populate rename "$TMPDIR/published-dir" $end || true
		wait_until_gone "$TMPDIR/$BASE"
		assert_content "$TMPDIR/published" precious
		assert_content "$WORK/published" precious
		assert_content "$TMPDIR/published-dir/sub/file" content
		rm "$WORK/published"
		remove_left
	done
}

@test "a link that was made of an unnamed file stays" {
	need python3
	shimmed python3 -c 'import os, sys
fd = os.open(sys.argv[1], os.O_TMPFILE | os.O_RDWR, 0o600)
os.write(fd, b"precious")
os.link("/proc/self/fd/%d" % fd, sys.argv[2], src_dir_fd=0)' "$TMPDIR" "$G"
	wait_until_gone "$TMPDIR/$BASE"
	assert_content "$G" precious
	rm "$G"
}

# ---- as configured

@test "TMPGUARD_TRACK=api and =off register none of it" {
	local track

	for track in api off; do
		TMPGUARD_TRACK=$track stays 1 open "$G" "$OURS" 0600
		TMPGUARD_TRACK=$track stays 1 mkdir "$G" 0700
		TMPGUARD_TRACK=$track stays 1 open "$TMPDIR/foo1234567890123456789.tmp" "$OURS" 0666
	done
	TMPGUARD_TRACK=api goes 1 mkstemp "$T"
	TMPGUARD_TRACK=off stays 2 mkstemp "$T" mkdtemp "$T"
	TMPGUARD_TRACK=idiom goes 2 open "$G" "$OURS" 0600 mkstemp "$T"
	TMPGUARD_TRACK='' goes 1 open "$G" "$OURS" 0600
}

@test "TMPGUARD_EXCLUDE exempts programs by name" {
	local pattern

	cp "$PROBE" "$WORK/excluded"
	for pattern in excluded 'exc*' '?xcluded' 'other:excluded' '[a-e]xcluded:nobody'; do
		TMPGUARD_EXCLUDE=$pattern PROBE=$WORK/excluded stays 1 open "$G" "$OURS" 0600
		TMPGUARD_EXCLUDE=$pattern PROBE=$WORK/excluded stays 1 mkdir "$G" 0700
		TMPGUARD_EXCLUDE=$pattern goes 1 open "$G" "$OURS" 0600
	done
	TMPGUARD_EXCLUDE=exclude PROBE=$WORK/excluded goes 1 open "$G" "$OURS" 0600
	TMPGUARD_EXCLUDE='' PROBE=$WORK/excluded goes 1 open "$G" "$OURS" 0600
}

@test "shared memory is registered only where that is asked for" {
	local name=/tgt-$$-$BATS_TEST_NUMBER-shared track

	SHM=/dev/shm$name
	ELSEWHERE=("$SHM")
	for track in idiom api off ''; do
		TMPGUARD_TRACK=$track shimmed "$PROBE" quiet shm_open "$name" creat,excl,rdwr 0600
		assert_stays exists "$SHM"
		rm "$SHM"
	done
	for track in idiom,shm api,shm; do
		TMPGUARD_TRACK=$track shimmed "$PROBE" quiet shm_open "$name" creat,excl,rdwr 0600
		assert_missing "$SHM"
		TMPGUARD_TRACK=$track shimmed "$PROBE" quiet shm_open "${name#/}" creat,excl,rdwr 0666
		assert_missing "$SHM"
		run -137 env TMPGUARD_TRACK=$track LD_PRELOAD="$SHIM" "$PROBE" quiet \
			shm_open "$name" creat,excl,rdwr 0600 raise KILL
		wait_until_gone "$SHM"
		# Not made by it, or not made for it alone.
		TMPGUARD_TRACK=$track shimmed "$PROBE" quiet shm_open "$name" creat,rdwr 0600
		TMPGUARD_TRACK=$track shimmed "$PROBE" quiet shm_open "$name" creat,excl,rdwr 0600
		assert_stays exists "$SHM"
		rm "$SHM"
	done
}
