#!/usr/bin/env bats
# contract.bats: a program gets from each wrapped function what libc would have given it.
# DESIGN 1 and 12. Every comparison runs the same probe without tmpguard, with the shim, and under
# `tmpguard run`, in each build of the probe, and compares what it printed as text. A plain run has
# to leave its files, the others must not: so no comparison is between two runs of the same kind.

# shellcheck disable=SC1083,SC2030,SC2031,SC2034 # the probe's braces; variables of helper.bash
load helper

setup() {
	begin_test
	make_bystanders
	RUN_OPTIONS=(-q)
	VARIANTS=("$PROBE")
	[ -n "${EMULATED:-}" ] || VARIANTS+=("$PROBES/probe-lfs" "$PROBES/probe-fortify") # too slow there
	[ ! -e "$PROBES/probe-musl" ] || VARIANTS+=("$PROBES/probe-musl")
}

# same LEFT WORD...: the words do the same in all ways, and only the plain run leaves its LEFT files.
same() {
	local left=$1 probe way plainly

	shift
	for probe in "${VARIANTS[@]}"; do
		hear plain "$probe" "$@"
		plainly=$SAID
		assert_equal "the number of files left by: ${probe##*/} $*" "$left" "$(count_left)" ||
			return
		remove_left
		for way in shimmed guarded; do
			hear "$way" "$probe" "$@"
			assert_equal "$way ${probe##*/} $*" "$plainly" "$SAID" || return
			assert_only_bystanders || return
		done
	done
}

# The same where tmpguard may be unable to clean: only the answers are compared, and it may say so
# in one line; in PROCESSES lines where that many can be unable.
same_answers() {
	local probe way plainly

	for probe in "${VARIANTS[@]}"; do
		hear plain "$probe" "$@"
		plainly=$SAID
		remove_left
		for way in shimmed guarded; do
			hear "$way" "$probe" "$@"
			[ "$(grep -c '^tmpguard: ' <<<"$SAID")" -le "${PROCESSES:-1}" ] ||
				fail "more than one line: $SAID" || return
			SAID=$(sed '/^tmpguard: /d' <<<"$SAID")
			assert_equal "$way ${probe##*/} $*" "$plainly" "$SAID" || return
			wait_until_gone "$TMPDIR/$BASE" || return
			remove_left
		done
	done
}

# ---- each function

@test "mkstemp and mkstemp64 answer as libc does" {
	same 1 mkstemp "$T" write hello readback
	same 1 mkstemp64 "$T" write hello readback
	[[ $SAID == *"mkstemp64: ok errno=untouched template=$TMPDIR/a?????? mode=0600"* ]] ||
		fail "$SAID"
}

@test "mkostemp and mkostemp64 answer as libc does, with every flag" {
	local function flags

	for function in mkostemp mkostemp64; do
		for flags in 0 append cloexec sync append,cloexec,sync dsync nonblock noatime \
			nofollow excl,creat trunc wronly rdwr; do
			same 1 "$function" "$T" "$flags" write hello readback
		done
	done
	[[ $SAID == *"mode=0600"* ]] || fail "$SAID"
}

@test "mkostemp with flags that no file can be made with fails as in libc" {
	same_answers mkostemp "$T" directory
	same_answers mkostemps "$TMPDIR/aXXXXXX.x" 2 directory,cloexec
}

@test "mkstemps and mkostemps keep the suffix, in every variant" {
	local function

	for function in mkstemps mkstemps64; do
		same 1 "$function" "$TMPDIR/aXXXXXX.txt" 4
		same 1 "$function" "$T" 0
		same 1 "$function" "$TMPDIR/XXXXXX-a-long-suffix.tar.gz" 21
	done
	for function in mkostemps mkostemps64; do
		same 1 "$function" "$TMPDIR/aXXXXXX.txt" 4 append,cloexec
		same 1 "$function" "$T" 0 sync
	done
	[[ $SAID == *"template=$TMPDIR/a?????? "* ]] || fail "$SAID"
}

@test "a suffix length that does not fit fails with EINVAL and leaves the template alone" {
	local len

	for len in -1 -6 -2147483648 1 3 5 100 2147483647; do
		same 0 mkstemps "$TMPDIR/aXXXXXX.txt" "$len"
		[[ $SAID == *"failed errno=EINVAL template=$TMPDIR/aXXXXXX.txt"* ]] ||
			fail "$len: $SAID"
		same 0 mkostemps64 "$TMPDIR/aXXXXXX.txt" "$len" cloexec
	done
}

@test "a suffix as long as the template or longer fails with EINVAL" {
	same 0 mkstemps XXXXXX 1
	same 0 mkstemps XXXXXX 6
	same 0 mkstemps XXXXXX 7
	same 0 mkstemps X 0
	same 0 mkstemps "" 0
}

@test "mkdtemp answers as libc does, in the caller's buffer" {
	same 1 mkdtemp "$T"
	[[ $SAID == *"mkdtemp: ok errno=untouched template=$TMPDIR/a?????? mode=0700"* ]] ||
		fail "$SAID"
}

@test "tmpfile and tmpfile64 answer as libc does" {
	same 0 tmpfile tmpfile64 tmpfile
	[[ $SAID == *"tmpfile: ok errno=untouched mode=0600 type=100000 links=0"* ]] || fail "$SAID"
}

# ---- mode

@test "the umask counts as it does in libc" {
	local mask

	for mask in 000 022 077 0777; do
		same 1 umask "$mask" mkstemp "$T"
		same 1 umask "$mask" mkostemps "$TMPDIR/aXXXXXX.c" 2 cloexec
		same 1 umask "$mask" mkdtemp "$T"
		same 0 umask "$mask" tmpfile
	done
	[[ $SAID == *"mode=0000"* ]] || fail "umask 0777 did not count: $SAID"
}

# ---- templates

@test "templates with fewer than six X fail with EINVAL and stay as they were" {
	local template function

	for template in "" X XXXXX "$TMPDIR/aXXXXX" "$TMPDIR/a" "$TMPDIR/XXXXXXa" \
		"$TMPDIR/axxxxxx" "$TMPDIR/aXXXXXX/" "$TMPDIR/XXX.XXX"; do
		for function in mkstemp mkdtemp; do
			same 0 "$function" "$template"
			[[ $SAID == *"failed errno=EINVAL template=$template"* ]] || fail "$SAID"
		done
	done
}

@test "templates with more than six X are answered as in libc" {
	same 1 mkstemp "$TMPDIR/aXXXXXXXX"
	same 1 mkdtemp "$TMPDIR/XXXXXXXXXXXX"
	same 1 mkstemps "$TMPDIR/aXXXXXXXXXX" 2
}

@test "a template that is nothing but X, relative to the current directory" {
	same 1 chdir "$TMPDIR" mkstemp XXXXXX
	same 1 chdir "$TMPDIR" mkdtemp XXXXXX
	same 1 chdir "$TMPDIR" mkstemps XXXXXX.c 2
	same 1 chdir "$TMPDIR/aQwErTy" mkstemp ../aXXXXXX
}

@test "a file made by a relative name is removed though the program has gone elsewhere since" {
	same 1 chdir "$TMPDIR" mkstemp ./aXXXXXX chdir /
	same 2 chdir "$TMPDIR" mkdtemp aXXXXXX chdir aQwErTy mkstemp ../aXXXXXX chdir /
}

@test "other spellings of the same directory" {
	same 1 mkstemp "$TMPDIR//aXXXXXX"
	same 1 mkstemp "$TMPDIR/./aXXXXXX"
	same 1 mkdtemp "$TMPDIR/aQwErTy/below/../../aXXXXXX"
	same 1 mkstemp "/.$TMPDIR/aXXXXXX"
}

@test "deeper below a temp root, too" {
	local below=$TMPDIR/aQwErTy/below before

	before=$(ls -A "$below")
	plain "$PROBE" mkstemp "$below/aXXXXXX"
	[ "$(ls -A "$below")" != "$before" ]
	rm "$(find "$below" -type f -empty)"
	shimmed "$PROBE" mkstemp "$below/aXXXXXX" mkdtemp "$below/aXXXXXX"
	assert_equal "what is in it" "$before" "$(ls -A "$below")"
	guarded "$PROBE" mkstemp "$below/aXXXXXX" mkdtemp "$below/aXXXXXX"
	assert_equal "what is in it" "$before" "$(ls -A "$below")"
}

# ---- errors of the directory

@test "a missing directory is ENOENT" {
	same 0 mkstemp "$TMPDIR/missing/aXXXXXX"
	[[ $SAID == *"failed errno=ENOENT"* ]] || fail "$SAID"
	same 0 mkostemps "$TMPDIR/missing/aXXXXXX.c" 2 cloexec
	same 0 mkdtemp "$TMPDIR/missing/aXXXXXX"
	same 0 mkdtemp "$TMPDIR/aBcDeFg/../missing/aXXXXXX"
}

@test "a file in the place of a directory is ENOTDIR" {
	same 0 mkstemp "$TMPDIR/aBcDeFg/aXXXXXX"
	[[ $SAID == *"failed errno=ENOTDIR"* ]] || fail "$SAID"
	same 0 mkstemps "$TMPDIR/aBcDeFg/aXXXXXX.c" 2
	same 0 mkdtemp "$TMPDIR/aBcDeFg/aXXXXXX"
}

@test "a name that is too long is ENAMETOOLONG" {
	local long

	printf -v long '%0300d' 0
	same 0 mkstemp "$TMPDIR/${long}XXXXXX"
	[[ $SAID == *"failed errno=ENAMETOOLONG"* ]] || fail "$SAID"
	same 0 mkdtemp "$TMPDIR/${long}XXXXXX"
	same 0 mkstemps "$TMPDIR/aXXXXXX$long" 300
	printf -v long '%0250d' 0
	same 0 mkstemp "$TMPDIR/${long}XXXXXX"
	long=$(printf '/.%.0s' {1..2100})
	same 0 mkstemp "$TMPDIR$long/aXXXXXX"
	same 0 mkdtemp "$TMPDIR$long/aXXXXXX"
}

@test "the longest name and the longest path that are allowed work, and are removed" {
	local long

	printf -v long '%0249d' 0
	same 1 mkstemp "$TMPDIR/${long}XXXXXX"
	same 1 mkdtemp "$TMPDIR/${long}XXXXXX"
	long=$(printf '/.%.0s' $(seq $(((4095 - ${#T}) / 2))))
	same 1 mkstemp "$TMPDIR$long/aXXXXXX"
}

@test "symbolic links that go round in circles are ELOOP" {
	ln -s aLoOpIn "$TMPDIR/aLoOpIn"
	declare_left aLoOpIn
	SNAPSHOT=$(snapshot "$TMPDIR")
	same 0 mkstemp "$TMPDIR/aLoOpIn/aXXXXXX"
	[[ $SAID == *"failed errno=ELOOP"* ]] || fail "$SAID"
	same 0 mkdtemp "$TMPDIR/aLoOpIn/aXXXXXX"
}

# bats test_tags=native
@test "a directory that may not be written to is EACCES" {
	local copies=$TMPDIR/copies name

	# Where anybody can get at them: the checkout may lie below a closed directory.
	mkdir "$copies" "$TMPDIR/own" "$TMPDIR/closed"
	declare_left copies own closed
	for name in "$SHIM" "$BUILD/tmpguard-janitor" "$TMPGUARD"; do
		cp "$name" "$copies"
	done
	for name in "${VARIANTS[@]}"; do
		cp "$name" "$copies"
	done
	chmod 755 "$TMPDIR" "$copies"
	chmod 1777 "$TMPDIR/own"
	chmod 555 "$TMPDIR/closed"
	for name in "${VARIANTS[@]##*/}"; do
		for words in "mkstemp $TMPDIR/closed/aXXXXXX" "mkdtemp $TMPDIR/closed/aXXXXXX" \
			"mkostemps $TMPDIR/closed/aXXXXXX.c 2 append" "mkstemp $TMPDIR/own/aXXXXXX"; do
			# shellcheck disable=SC2086 # words
			hear unprivileged env TMPDIR="$TMPDIR/own" PROBE_EXPECT=none \
				"$copies/$name" $words
			plainly=$SAID
			rm -f "$TMPDIR"/own/a*
			# shellcheck disable=SC2086
			hear unprivileged env TMPDIR="$TMPDIR/own" PROBE_EXPECT=shim \
				LD_PRELOAD="$copies/libtmpguard.so" "$copies/$name" $words
			assert_equal "shimmed $name $words" "$plainly" "$SAID"
			assert_empty "$TMPDIR/own"
			# shellcheck disable=SC2086
			hear unprivileged env TMPDIR="$TMPDIR/own" PROBE_EXPECT=shim \
				"$copies/tmpguard" run -q -- "$copies/$name" $words
			assert_equal "guarded $name $words" "$plainly" "$SAID"
			assert_empty "$TMPDIR/own"
			[[ $words != *closed* ]] || [[ $plainly == *"errno=EACCES"* ]] ||
				fail "$plainly"
		done
	done
	assert_empty "$TMPDIR/closed"
}

@test "a program that has given up its rights gets EACCES as it would" {
	[ "$(id -u)" = 0 ] || skip "only root can give up rights"
	chmod 755 "$TMPDIR"
	same 0 nobody mkstemp "$T"
	[[ $SAID == *"failed errno=EACCES"* ]] || fail "$SAID"
	same 0 nobody mkdtemp "$T"
}

# ---- limits: what tmpguard cannot do must not become the program's failure

@test "with no descriptor left the call fails with EMFILE, with one left it succeeds" {
	same_answers closefrom 3 limit nofile 3 mkstemp "$T"
	[[ $SAID == *"failed errno=EMFILE"* ]] || fail "$SAID"
	same_answers closefrom 3 limit nofile 3 tmpfile
	same_answers closefrom 3 limit nofile 3 mkdtemp "$T"
	same_answers closefrom 3 limit nofile 4 mkstemp "$T"
	[[ $SAID == *"mkstemp: ok"* ]] || fail "$SAID"
	same_answers closefrom 3 limit nofile 4 mkstemp "$T" close mkdtemp "$T" tmpfile
	PROCESSES=3 same_answers closefrom 3 limit nofile 4 fork { mkstemp "$T" } wait mkstemp "$T" fork { } wait mkstemp "$T"
}

# bats test_tags=native
@test "a limit on the size of files kills nobody on our account" {
	local limit

	for limit in 0 1 4096; do
		same_answers limit fsize "$limit" mkstemp "$T" mkdtemp "$T" tmpfile
		same_answers limit fsize "$limit" fork { mkstemp "$T" } wait mkstemp "$T"
	done
	# The signal is the program's own doing, then as before.
	same_answers limit fsize 0 mkstemp "$T" write hello
	[[ $SAID == *"status 153"* ]] || fail "no SIGXFSZ for the program's own write: $SAID"
}

@test "a program that may not start processes gets its files all the same" {
	same_answers limit nproc 0 mkstemp "$T" mkdtemp "$T"
	[[ $SAID == *"mkdtemp: ok"* ]] || fail "$SAID"
}

@test "standard input closed: the file gets descriptor 0, as it would" {
	same 1 closefd 0 mkstemp "$T"
	[[ $SAID == *"fd=0 "* ]] || fail "$SAID"
	same 2 closefrom 2 closefd 0 mkostemp "$T" cloexec mkstemp "$T"
	[[ $SAID == *"fd=2 "* ]] || fail "$SAID"
}

@test "a program that has closed every descriptor gets the lowest again" {
	same 2 mkstemp "$T" closefrom 3 mkstemp "$T" tmpfile
	[[ $SAID == *"fd=3 "*"fd=4 "* ]] || fail "$SAID"
}

@test "threads that make files at the same time get each their own, and none is left" {
	same 400 threads 8 50 "$T"
	[[ $SAID == *"threads: 400 made"* ]] || fail "$SAID"
	same 2 thread { mkstemp "$T" thread { mkdtemp "$T" } }
}

# ---- which files are ours: DESIGN 2

@test "hard-coded temp roots: what is made there goes, what was there stays" {
	local root name=tgt-$BATS_TEST_NUMBER-$$

	for root in /tmp /var/tmp /dev/shm; do
		[ -w "$root" ] || continue
		touch "$root/$name-BcDeFg"
		plain "$PROBE" mkstemp "$root/$name-XXXXXX" print-to "$WORK/made"
		assert_exists "$(cat "$WORK/made")"
		rm "$(cat "$WORK/made")"
		for way in shimmed guarded; do
			"$way" "$PROBE" mkstemp "$root/$name-XXXXXX" print-to "$WORK/made" \
				mkdtemp "$root/$name-XXXXXX"
			assert_missing "$(cat "$WORK/made")"
			assert_equal "what is in $root" "$root/$name-BcDeFg" \
				"$(compgen -G "$root/$name-*")"
		done
		rm "$root/$name-BcDeFg"
	done
}

@test "outside the temp roots nothing is removed, unless TMPDIR leads there" {
	local outside

	outside=$(make_outside)
	case $(realpath "$outside") in
	/tmp/* | /var/tmp/* | /dev/shm/*)
		rmdir "$outside"
		fail "$outside lies in a temp root"
		;;
	esac
	shimmed "$PROBE" mkstemp "$outside/aXXXXXX" mkdtemp "$outside/aXXXXXX" fork { _exit 0 } wait
	assert_count "$outside" 2
	guarded "$PROBE" mkstemp "$outside/aXXXXXX" mkdtemp "$outside/aXXXXXX"
	assert_stays assert_count "$outside" 4
	rm -r "$outside"/a*
	TMPDIR=$outside shimmed "$PROBE" mkstemp "$outside/aXXXXXX" mkdtemp "$outside/aXXXXXX"
	assert_empty "$outside"
	rmdir "$outside"
}

@test "a name that begins like a temp root is not in it" {
	local beside

	# Below /tmp everything is in a root: only a TMPDIR elsewhere can show it.
	beside=$(make_outside)
	mkdir "$beside/root" "$beside/root-not"
	TMPDIR=$beside/root shimmed "$PROBE" mkstemp "$beside/root/aXXXXXX" \
		mkstemp "$beside/root-not/aXXXXXX" mkstemp "$beside/aXXXXXX"
	assert_empty "$beside/root"
	assert_count "$beside/root-not" 1
	assert_count "$beside" 3
	rm -r "$beside"
}

@test "the tree that the program was started in is not part of a temp root" {
	(cd "$TMPDIR/aQwErTy" && shimmed "$PROBE" mkstemp "$T" mkstemp "$TMPDIR/aQwErTy/bXXXXXX" \
		mkstemp bXXXXXX mkdtemp "$TMPDIR/aQwErTy/below/bXXXXXX")
	assert_equal "files left in the tree" 2 "$(compgen -G "$TMPDIR/aQwErTy/b??????" | wc -l)"
	assert_equal "left below" 1 "$(compgen -G "$TMPDIR/aQwErTy/below/b??????" | wc -l)"
	assert_left 0
}

@test "the tree below HOME is not part of a temp root" {
	HOME=$TMPDIR/aQwErTy shimmed "$PROBE" mkstemp "$T" mkstemp "$TMPDIR/aQwErTy/bXXXXXX"
	assert_equal "files left in HOME" 1 "$(compgen -G "$TMPDIR/aQwErTy/b??????" | wc -l)"
	assert_left 0
}

# ---- turned off

@test "TMPGUARD_DISABLE=1: loaded, and does nothing at all" {
	local probe plainly

	for probe in "${VARIANTS[@]}"; do
		hear plain "$probe" mkstemp "$T" mkdtemp "$T" tmpfile fork { mkstemp "$T" } wait
		plainly=$SAID
		assert_left 3
		remove_left
		TMPGUARD_DISABLE=1 hear shimmed "$probe" mkstemp "$T" mkdtemp "$T" tmpfile \
			fork { mkstemp "$T" } wait
		assert_equal "disabled ${probe##*/}" "$plainly" "$SAID"
		assert_missing "$TMPDIR/$BASE"
		assert_stays assert_left 3
		remove_left
	done
}

@test "TMPGUARD_DISABLE=1 makes no session while the program runs either" {
	local go=$WORK/go

	TMPGUARD_DISABLE=1 start shimmed "$PROBE" quiet mkstemp "$T" fork { } wait \
		touch "$WORK/ready" wait-for "$go" system { loaded }
	wait_until_there "$WORK/ready"
	assert_missing "$TMPDIR/$BASE"
	touch "$go"
	wait "$PID"
	assert_missing "$TMPDIR/$BASE"
	assert_left 1
	remove_left
}

@test "TMPGUARD_DISABLE empty or 0 does not turn it off" {
	TMPGUARD_DISABLE='' shimmed "$PROBE" mkstemp "$T"
	assert_only_bystanders
	TMPGUARD_DISABLE=0 shimmed "$PROBE" mkstemp "$T"
	assert_only_bystanders
}

# ---- together with other libraries

@test "another preload library sees the calls, whichever comes first" {
	local other=$PROBES/libotherpreload.so order plainly

	hear timeout "$BOUND" env LD_PRELOAD="$other" "$PROBE" mkstemp "$T" mkstemp64 "$T" \
		mkdtemp "$T" others
	plainly=$SAID
	[[ $plainly == *"others: saw it"* ]] || fail "$plainly"
	assert_left 3
	remove_left
	for order in "$SHIM:$other" "$other:$SHIM" "$SHIM $other"; do
		hear timeout "$BOUND" env PROBE_EXPECT=shim LD_PRELOAD="$order" "$PROBE" \
			mkstemp "$T" mkstemp64 "$T" mkdtemp "$T" others
		assert_equal "LD_PRELOAD=$order" "$plainly" "$SAID"
		assert_only_bystanders
		# One call of one kind each, so that none hides behind another.
		for call in mkstemp mkdtemp; do
			hear timeout "$BOUND" env LD_PRELOAD="$order" "$PROBE" "$call" "$T" others
			[[ $SAID == *"others: saw it"* ]] || fail "LD_PRELOAD=$order $call: $SAID"
		done
		assert_only_bystanders
	done
}

@test "another preload library is kept under run" {
	local other=$PROBES/libotherpreload.so

	hear env LD_PRELOAD="$other" "$TMPGUARD" run -q -- "$PROBE" mkstemp "$T" others loaded
	[[ $SAID == *"others: saw it"*"shim: loaded"*"status 0"* ]] || fail "$SAID"
	assert_only_bystanders
}

@test "a library whose constructor makes a file keeps it until its destructor" {
	local template=$TMPDIR/cXXXXXX plainly

	export CTORLIB_TEMPLATE=$template
	hear plain "$PROBES/probe-ctor" mkstemp "$T"
	plainly=$SAID
	[[ $plainly == *"at exit: made before main"* && $plainly == *"destructor: made before main"* &&
		$plainly == *": unlinked it"* ]] || fail "$plainly"
	remove_left
	hear shimmed "$PROBES/probe-ctor" mkstemp "$T"
	assert_equal "shimmed" "$plainly" "$SAID"
	assert_only_bystanders
	hear guarded "$PROBES/probe-ctor" mkstemp "$T"
	assert_equal "guarded" "$plainly" "$SAID"
	assert_only_bystanders
}

@test "what such a library forgets is removed after its destructor has seen it" {
	local way plainly

	export CTORLIB_TEMPLATE=$TMPDIR/cXXXXXX CTORLIB_FORGETS=1
	hear plain "$PROBES/probe-ctor" exit 3
	plainly=$SAID
	assert_left 1
	remove_left
	for way in shimmed guarded; do
		hear "$way" "$PROBES/probe-ctor" exit 3
		assert_equal "$way" "$plainly" "$SAID"
		assert_only_bystanders
		hear "$way" "$PROBES/probe-ctor" _exit 3
		assert_only_bystanders
	done
}

@test "such a library preloaded beside the shim, whichever comes first" {
	local lib=$PROBES/libctorlib.so order plainly

	export CTORLIB_TEMPLATE=$TMPDIR/cXXXXXX
	hear timeout "$BOUND" env -u PROBE_EXPECT LD_PRELOAD="$lib" "$PROBE" mkstemp "$T"
	# `env` is not preloaded, `timeout` is not either: only the probe speaks.
	plainly=$SAID
	[[ $plainly == *": unlinked it"* ]] || fail "$plainly"
	remove_left
	for order in "$SHIM:$lib" "$lib:$SHIM"; do
		hear timeout "$BOUND" env PROBE_EXPECT=shim LD_PRELOAD="$order" "$PROBE" mkstemp "$T"
		assert_equal "LD_PRELOAD=$order" "$plainly" "$SAID"
		assert_only_bystanders
	done
}

# bats test_tags=native
@test "a set-user-ID program is left alone" {
	[ "$(id -u)" = 0 ] || skip "only root can make a set-user-ID program of another user"
	cp "$PROBE" "$TMPDIR/suid"
	chmod 755 "$TMPDIR"
	chmod 4755 "$TMPDIR/suid"
	mkdir -m 1777 "$TMPDIR/own"
	declare_left suid own
	# Preloads from outside the system's directories do not get into it: its file stays.
	hear setpriv --reuid=65534 --regid=65534 --clear-groups -- env TMPDIR="$TMPDIR/own" \
		LD_PRELOAD="$SHIM" "$TMPDIR/suid" mkstemp "$TMPDIR/own/aXXXXXX" loaded
	[[ $SAID == *"mkstemp: ok"*"shim: not loaded"* ]] || fail "$SAID"
	assert_count "$TMPDIR/own" 1
}
