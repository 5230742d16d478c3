#!/usr/bin/env bats
# contract-open.bats: a program gets from open, openat, creat, mkdir, shm_open, and from what only
# makes a name, what libc would have given it, by whichever of their names it asks. DESIGN 1 and 12.
#
# As in contract.bats the same probe runs without tmpguard, with the shim, and under `tmpguard run`.
# What is not ours by DESIGN 2 (another mode than 0600 or 0700, no O_EXCL, a plain name) has to be on
# the disk afterwards as well: `alike`. Where it would be removed only the answers are compared.

# shellcheck disable=SC1083,SC2030,SC2031,SC2034 # the probe's braces; variables of helper.bash
load helper

setup() {
	begin_test
	make_bystanders
	RUN_OPTIONS=(-q)
	WAYS=(shimmed guarded)
	VARIANTS=("$PROBE")
	[ -n "${EMULATED:-}" ] || VARIANTS+=("$PROBES/probe-lfs" "$PROBES/probe-fortify") # too slow there
	[ ! -e "$PROBES/probe-musl" ] || VARIANTS+=("$PROBES/probe-musl")
	N=$TMPDIR/new            # a name that does not look generated
	G=$TMPDIR/tmp-aB3dE9xY   # one that does
	W=()                     # words for the probe, as they come together
	OURS=creat,excl,rdwr     # with mode 0600 and G it is what a mkstemp does
}

# All that a program can have left, but for times and inodes.
listing() {
	find "$TMPDIR" -mindepth 1 ! -path "$TMPDIR/$BASE*" \
		\( -type d -printf '%P %y %m\n' -o -printf '%P %y %m %n %s %l\n' \) | sort
}

# compare disk|answers WORD...: FIRST is what the first variant said without tmpguard.
compare() {
	local what=$1 probe way plainly disk

	shift
	FIRST=
	for probe in "${VARIANTS[@]}"; do
		hear plain "$probe" "$@"
		plainly=$SAID
		disk=$(listing)
		FIRST=${FIRST:-$SAID}
		remove_left
		for way in "${WAYS[@]}"; do
			[ "$way" != guarded ] || [ "$probe" = "${VARIANTS[0]}" ] || continue
			hear "$way" "$probe" "$@"
			# It may say in one line that it cannot clean.
			[ "$(grep -c '^tmpguard: ' <<<"$SAID")" -le 1 ] ||
				fail "more than one line: $SAID" || return
			SAID=$(sed '/^tmpguard: /d' <<<"$SAID")
			assert_equal "$way ${probe##*/} $*" "$plainly" "$SAID" || return
			wait_until_gone "$TMPDIR/$BASE" || return
			[ "$what" = answers ] || assert_equal "what is left by $way ${probe##*/} $*" \
				"$disk" "$(listing)" || return
			remove_left
			assert_only_bystanders || return
		done
	done
}

alike() {
	compare disk "$@"
}

answers() {
	compare answers "$@"
}

# The first variant did say this, so that no comparison is between two failures of another kind.
assert_first() {
	[[ $FIRST == *"$1"* ]] || fail "expected of a plain run: $1" "it said: $FIRST"
}

# all_opens PATH FLAGS MODE: adds to the words W a call of every function of the family, each with a
# path of its own.
all_opens() {
	local name

	for name in open open64 __open __open64; do
		W+=("$name" "$1${SUFFIX-.$name}" "$2" "$3")
	done
	for name in openat openat64; do
		W+=("$name" cwd "$1${SUFFIX-.$name}" "$2" "$3")
	done
}

# The same, for calls that fail or open what is there: always the same path.
all_opens_of() {
	SUFFIX='' all_opens "$@"
}

# The comparison for all that was added, and a new beginning.
alike_all() {
	alike "${W[@]}" "$@" && W=()
}

answers_all() {
	answers "${W[@]}" && W=()
}

# ---- what is made

@test "every open makes a file with the flags it was given" {
	local flags

	for flags in creat creat,excl,rdwr creat,wronly,trunc creat,rdwr,append,cloexec \
		creat,excl,wronly,nofollow,sync creat,excl,rdwr,noatime,nonblock,noctty \
		creat,rdwr,largefile,dsync creat,excl,rdwr,unknown creat,accmode; do
		all_opens "$N-$flags" "$flags" 0644
	done
	alike_all
	assert_first "openat64 $N-creat,excl,rdwr,unknown.openat64: ok errno=untouched mode=0644 type=100000 links=1"
}

@test "every open makes a file with the mode it was given, under every umask" {
	local mode

	for mode in 0644 0666 0 0777 07777 0601 037777100640; do
		all_opens "$N-$mode" creat,excl,rdwr "$mode"
		W+=(creat "$N-$mode-creat" "$mode" creat64 "$N-$mode-creat64" "$mode")
	done
	alike_all
	assert_first "creat $N-037777100640-creat: ok errno=untouched mode=0640"
	for mask in 000 077 0777; do
		W+=(umask "$mask" creat "$N-creat$mask" 0666)
		all_opens "$N-$mask" creat,excl,wronly 0666
	done
	alike_all
	assert_first "creat $N-creat0777: ok errno=untouched mode=0000"
}

@test "what a mkstemp of the program's own opens is answered as by libc" {
	local flags i=0

	for flags in "$OURS" creat,excl,wronly creat,excl,rdwr,cloexec,nofollow \
		creat,excl,rdwr,append,largefile creat,excl; do
		all_opens "$G$((i++))" "$flags" 0600
	done
	answers_all
	assert_first "open ${G}0.open: ok errno=untouched mode=0600"
	answers umask 0777 open "$G" "$OURS" 0600 open "$G" "$OURS" 0600
	assert_first "mode=0000"
	assert_first "failed errno=EEXIST"
	answers open "$G" "$OURS" 0600 write hello readback close openat cwd "$G" rdwr - readback \
		unlink open "$G" "$OURS" 0600
	assert_first "content: hello"
}

@test "the descriptor is the lowest free one" {
	alike closefrom 3 open "$N" creat,excl 0644 closefd 0 open "$N" rdwr - openat cwd "$N" 0 -
	assert_first "fd=3 "
	assert_first "fd=0 "
	answers closefd 0 open "$G" "$OURS" 0600 open "${G}2" "$OURS" 0600
	assert_first "fd=0 "
}

@test "creat and creat64 make a file, and empty one that is there" {
	alike creat "$N" 0644 write hello close creat64 "$N" 0600
	assert_first "creat64 $N: ok errno=untouched mode=0644 type=100000 links=1 size=0"
	alike creat64 "$N" 0600 creat "$TMPDIR/aQwErTy" 0644 creat "$N/x" 0644 creat "" 0644
	assert_first "errno=EISDIR"
}

# ---- without a mode

@test "a call without a mode does not care for what lies where the mode would be" {
	local flags

	for flags in 0 wronly rdwr,append path excl rdwr,excl trunc,rdwr tmpfile-bit path,nofollow \
		directory noatime,cloexec; do
		W+=(create "$N")
		all_opens_of "$N" "$flags" -
		all_opens_of "$G" "$flags" -
	done
	alike_all
	assert_first "open $G: failed errno=ENOENT not there"
}

@test "the fortified names open what is there" {
	local flags

	for flags in 0 wronly,append rdwr,cloexec path trunc,wronly excl directory nofollow,noatime; do
		W+=(create "$N" __open_2 "$N" "$flags" __open64_2 "$N" "$flags" \
			__openat_2 cwd "$N" "$flags" __openat64_2 cwd "$N" "$flags" \
			hold 9 "$TMPDIR" __openat_2 9 new "$flags" __open_2 "$TMPDIR/missing" "$flags" \
			__openat64_2 99 new "$flags" __open64_2 NULL "$flags")
	done
	alike_all
	assert_first "__open_2 $N: ok errno=untouched"
	assert_first "__openat64_2 new: failed errno=EBADF"
}

@test "the fortified names end a program that makes a file without saying the mode" {
	local flags

	VARIANTS=("$PROBE")
	for flags in creat,rdwr creat,excl,rdwr tmpfile,rdwr; do
		alike __open_2 "$G" "$flags"
		assert_first "invalid open call: O_CREAT or O_TMPFILE without mode"
		assert_first "status 134"
		alike __open64_2 "$TMPDIR" "$flags"
		alike __openat_2 cwd "$G" "$flags"
		alike __openat64_2 cwd "$TMPDIR" "$flags"
		assert_first "status 134"
	done
}

# ---- anonymous files

@test "O_TMPFILE makes a file without a name" {
	local flags

	for flags in tmpfile,rdwr tmpfile,wronly tmpfile,rdwr,excl tmpfile,rdwr,cloexec,append \
		tmpfile tmpfile,creat,rdwr tmpfile,rdwr,largefile; do
		all_opens_of "$TMPDIR" "$flags" 0600
		W+=(open "$TMPDIR/aQwErTy" "$flags" 0640 chdir "$TMPDIR" openat cwd . "$flags" 0600
			hold 9 . openat64 9 . "$flags" 0644 open64 "$TMPDIR/" "$flags" 0 chdir /)
	done
	alike_all
	alike umask 0777 open "$TMPDIR" tmpfile,rdwr 0666 write hello readback
	assert_first "content: hello"
}

@test "O_TMPFILE where it cannot be fails as in libc" {
	local path

	for path in "$TMPDIR/missing" "$TMPDIR/aBcDeFg" "$TMPDIR/aLiNkTo" "" NULL /proc /dev/null; do
		all_opens_of "$path" tmpfile,rdwr 0600
	done
	alike_all
	assert_first "failed errno=ENOTDIR"
}

# ---- what is there already

@test "without O_EXCL a file that is there is opened, and keeps content and mode" {
	W=(create "$N")
	all_opens_of "$N" creat,rdwr 0600
	alike_all readback
	assert_first "mode=0644 type=100000 links=1 size=7"
	W=(create "$G")
	all_opens_of "$G" creat,rdwr 0600
	alike_all readback
	assert_first "content: created"
	W=(create "$N")
	all_opens_of "$N" creat,trunc,rdwr 0600
	alike_all
	assert_first "size=0"
}

@test "with O_EXCL a file that is there stays what it is" {
	W=(create "$G")
	all_opens_of "$G" "$OURS" 0600
	alike_all
	assert_first "open $G: failed errno=EEXIST mode=0644 type=100000 links=1 size=7"
	alike create "$G" mkdir "$G" 0700 mkdirat cwd "$G" 0700
	all_opens_of "$TMPDIR/aQwErTy" "$OURS" 0600
	alike_all mkdir "$TMPDIR/aQwErTy" 0700
	assert_first "failed errno=EEXIST"
}

@test "symbolic links: followed, refused, or made through, as in libc" {
	local flags path

	ln -s "$TMPDIR/made-through" "$TMPDIR/aDaNgLi"
	ln -s aLoOpIn "$TMPDIR/aLoOpIn"
	ln -s new "$TMPDIR/aDiReCt"
	declare_left aDaNgLi aLoOpIn aDiReCt
	SNAPSHOT=$(snapshot "$TMPDIR")
	for path in aDaNgLi aLoOpIn aLiNkTo aDiReCt; do
		for flags in creat,excl creat,nofollow nofollow,path 0; do
			all_opens_of "$TMPDIR/$path" "$flags" 0600
		done
		W+=(mkdir "$TMPDIR/$path" 0700)
	done
	alike_all
	alike open "$TMPDIR/aDaNgLi" creat,wronly 0644 is-mine
	assert_first "ok errno=untouched"
	# Into the directory behind the link: not directly in a temp root.
	alike mkdir "$N" 0755 open "$TMPDIR/aDiReCt/new-aB3dE9" "$OURS" 0600 \
		open "$TMPDIR/aLoOpIn/x" "$OURS" 0600
	assert_first "failed errno=ELOOP"
}

@test "pipes and devices" {
	mkfifo "$TMPDIR/aPiPeXx"
	declare_left aPiPeXx
	SNAPSHOT=$(snapshot "$TMPDIR")
	alike open "$TMPDIR/aPiPeXx" nonblock,wronly - open64 "$TMPDIR/aPiPeXx" nonblock - \
		open "$TMPDIR/aPiPeXx" creat,excl 0600 openat cwd "$TMPDIR/aPiPeXx" directory -
	assert_first "failed errno=ENXIO"
	alike open /dev/null creat,rdwr 0600 openat cwd /dev/null creat,excl 0600 open /dev/full wronly -
	assert_first "ok errno=untouched"
}

# ---- errors

@test "each error is libc's: missing, no directory, empty, with a slash at its end" {
	local path flags

	for path in "$TMPDIR/missing/x" "$TMPDIR/aBcDeFg/tmp-aB3dE9xY" "" "$TMPDIR/aBcDeFg/" \
		"$N/" "$TMPDIR/missing/" "$TMPDIR/aQwErTy/" "$TMPDIR/aQwErTy/.." /; do
		for flags in "$OURS" creat,rdwr directory,creat directory,creat,excl rdwr 0; do
			all_opens_of "$path" "$flags" 0600
		done
		W+=(mkdir "$path" 0700 mkdirat cwd "$path" 0755 creat "$path" 0600)
	done
	answers_all
	alike open "" "$OURS" 0600 openat cwd "$TMPDIR/aBcDeFg/x" "$OURS" 0600 open "$N/" creat 0600
	assert_first "failed errno=ENOENT"
	assert_first "failed errno=ENOTDIR"
	assert_first "failed errno=EISDIR"
}

@test "a name or a path that is too long is ENAMETOOLONG, the longest ones work" {
	local long path

	printf -v long '%0300d' 0
	for path in "$TMPDIR/${long}aB3dE9" "$TMPDIR$(printf '/.%.0s' {1..2100})/tmp-aB3dE9xY"; do
		all_opens_of "$path" "$OURS" 0600
		alike_all mkdir "$path" 0700 mkdirat cwd "$path" 0700 creat "$path" 0644
		assert_first "failed errno=ENAMETOOLONG"
	done
	printf -v long '%0249d' 0
	alike open "$TMPDIR/${long}aB3dE9" "$OURS" 0644 mkdir "$TMPDIR/${long}aB3dE8" 0755
	answers open "$TMPDIR/${long}aB3dE9" "$OURS" 0600 mkdir "$TMPDIR/${long}aB3dE8" 0700
	assert_first "open $TMPDIR/${long}aB3dE9: ok"
	long=$(printf '/.%.0s' $(seq $(((4095 - ${#G} - 1) / 2))))
	answers open "$TMPDIR$long/${G##*/}" "$OURS" 0600
	assert_first ": ok errno=untouched"
}

@test "a pointer that leads nowhere is EFAULT, not a crash" {
	local path flags

	for path in NULL BAD "UNENDED:$G" UNENDED:x; do
		for flags in "$OURS" creat 0; do
			all_opens_of "$path" "$flags" 0600
		done
		alike_all mkdir "$path" 0700 mkdirat cwd "$path" 0700 creat "$path" 0600 openat 99 "$path" \
			"$OURS" 0600 open "$path" tmpfile,rdwr 0600 __open_2 "$path" 0
		assert_first "mkdir $path: failed errno=EFAULT"
	done
}

@test "no byte behind the path is looked at" {
	alike open "EDGE:$N" "$OURS" 0644 openat cwd "EDGE:$N-2" creat 0600 mkdir "EDGE:$N-3" 0755
	assert_first "open EDGE:$N: ok"
	answers open "EDGE:$G" "$OURS" 0600 mkdir "EDGE:${G}3" 0700 open "EDGE:$TMPDIR" tmpfile,rdwr 0600 \
		chdir "$TMPDIR" openat cwd EDGE:t9A8b7C6 "$OURS" 0600 openat cwd EDGE:x creat,excl 0600
	assert_first "mkdir EDGE:${G}3: ok"
}

@test "flags that contradict each other are answered as by the kernel" {
	local flags i=0

	for flags in directory,creat directory,creat,excl path,creat,excl tmpfile-bit,rdwr \
		tmpfile-bit,creat,excl,rdwr directory,rdwr,creat,trunc accmode,creat,excl \
		creat,excl,unknown 0xffffffff; do
		all_opens "$G$((i++))" "$flags" 0600
		all_opens_of "$TMPDIR/aQwErTy" "$flags" 0600
	done
	answers_all
}

@test "with no descriptor left it is EMFILE, with one left it succeeds" {
	answers closefrom 3 limit nofile 3 open "$G" "$OURS" 0600 openat cwd "$G" "$OURS" 0600 \
		open "$N" creat 0644 open "$TMPDIR" tmpfile,rdwr 0600 mkdir "$TMPDIR/d-aB3dE9" 0700
	assert_first "open $G: failed errno=EMFILE"
	assert_first "mkdir $TMPDIR/d-aB3dE9: ok"
	answers closefrom 3 limit nofile 4 mkdir "$TMPDIR/d-aB3dE9" 0700 open "$G" "$OURS" 0600 \
		open "${G}2" "$OURS" 0600
	assert_first "open $G: ok errno=untouched mode=0600 type=100000 links=1 size=0 owner=$(id -u):$(id -g) fd=3"
	assert_first "open ${G}2: failed errno=EMFILE"
}

# bats test_tags=native
@test "a limit on the size of files, or of processes, kills nobody on our account" {
	answers limit fsize 0 open "$G" "$OURS" 0600 mkdir "$TMPDIR/d-aB3dE9" 0700
	assert_first "mkdir $TMPDIR/d-aB3dE9: ok"
	answers limit nproc 0 open "$G" "$OURS" 0600 mkdir "$TMPDIR/d-aB3dE9" 0700
	assert_first "open $G: ok"
}

@test "a program that has given up its rights gets EACCES as it would" {
	[ "$(id -u)" = 0 ] || skip "only root can give up rights"
	chmod 755 "$TMPDIR"
	alike nobody open "$G" "$OURS" 0600 open "$N" creat 0644 mkdir "$G" 0700 openat cwd "$G" \
		"$OURS" 0600 open "$TMPDIR" tmpfile,rdwr 0600 creat "$N" 0600
	assert_first "open $G: failed errno=EACCES"
	assert_first "mkdir $G: failed errno=EACCES"
}

# ---- relative to what

@test "a relative path counts from the current directory" {
	alike chdir "$TMPDIR" open new "$OURS" 0644 open64 ./new2 creat 0600 mkdir new3 0755 \
		openat cwd aQwErTy/../new4 "$OURS" 0640 chdir new3 open ../new5 creat 0600 \
		mkdirat cwd ../new3/new6 0700 openat cwd new "$OURS" 0600 creat new7 0600
	assert_first "mkdirat ../new3/new6: ok"
	answers chdir "$TMPDIR" open tmp-aB3dE9xY "$OURS" 0600 mkdir t-aB3dE9xY 0700 chdir / \
		open tmp-aB3dE9xY 0 -
	assert_first "open tmp-aB3dE9xY: ok errno=untouched"
}

@test "a current directory that was removed is ENOENT" {
	alike mkdir "$N" 0755 chdir "$N" remove "$N" open new "$OURS" 0600 openat cwd t-aB3dE9xY \
		"$OURS" 0600 mkdir t-aB3dE9xY 0700
	assert_first "open new: failed errno=ENOENT"
}

@test "a directory's descriptor: a directory, something else, none, and an absolute path" {
	local name

	for name in openat openat64; do
		alike mkdir "$N-dir" 0755 mkdir "$N-dir/below" 0755 hold 9 "$N-dir" \
			"$name" 9 new creat,excl 0644 "$name" 9 below/new "$OURS" 0640 "$name" 9 ../new "$OURS" 0644 "$name" 9 "$N-2" "$OURS" 0644 \
			mkdirat 9 newdir 0755 mkdirat 9 below/newdir 0700 "$name" 9 below directory - \
			"$name" 9 "" rdwr - "$name" 9 . tmpfile,rdwr 0600
		assert_first "$name below/new: ok"
		alike hold 9 "$TMPDIR/aBcDeFg" "$name" 9 tmp-aB3dE9xY "$OURS" 0600 "$name" 9 "$N" \
			"$OURS" 0644 mkdirat 9 tmp-aB3dE9xY 0700 "$name" 9 "" creat,rdwr 0600
		assert_first "$name tmp-aB3dE9xY: failed errno=ENOTDIR"
		alike "$name" 99 tmp-aB3dE9xY "$OURS" 0600 "$name" -1 tmp-aB3dE9xY "$OURS" 0600 \
			mkdirat 99 tmp-aB3dE9xY 0700 "$name" 99 "$N" "$OURS" 0644 \
			mkdirat -1 "$N-2" 0755 "$name" 99 "" 0 -
		assert_first "$name tmp-aB3dE9xY: failed errno=EBADF"
		assert_first "$name $N: ok"
	done
	answers hold 9 "$TMPDIR" openat 9 tmp-aB3dE9xY "$OURS" 0600 mkdirat 9 d-aB3dE9xY 0700 \
		openat64 9 ./tmp-aB3dE9xZ "$OURS" 0600 openat 99 "${G}9" "$OURS" 0600
	assert_first "openat64 ./tmp-aB3dE9xZ: ok"
}

@test "openat2 is answered as by libc, where it has it" {
	if nm -D "$("${CC:-cc}" -print-file-name=libc.so.6)" 2>/dev/null | grep -q ' openat2@'; then
		alike openat2 cwd "$N" "$OURS" 0644 0 openat2 cwd "$N" 0 - 0 openat2 cwd "$N" unknown 0 0 \
			openat2 cwd "$N" creat 0170644 0 openat2 99 new "$OURS" 0644 0 \
			openat2 cwd "$TMPDIR/aLiNkTo" 0 0 4 openat2 cwd NULL "$OURS" 0600 0 \
			hold 9 "$TMPDIR/aQwErTy" openat2 9 ../new2 "$OURS" 0644 8
		assert_first "openat2 $N: ok"
		answers openat2 cwd "$G" "$OURS" 0600 0 openat2 cwd "$TMPDIR" tmpfile,rdwr 0600 0
		assert_first "openat2 $G: ok"
	else
		alike openat2 cwd "$N" "$OURS" 0644 0
		assert_first "not in this libc"
	fi
}

# ---- mkdir

@test "mkdir and mkdirat make a directory with the mode they are given, under every umask" {
	local mode

	for mode in 0755 0777 01777 02755 07777 0 0701; do
		W+=(mkdir "$N$mode" "$mode" mkdirat cwd "$N-$mode" "$mode" mkdir "$N$mode" "$mode")
	done
	for mask in 000 077 0777; do
		W+=(umask "$mask" mkdir "$N-mask-$mask" 0777 mkdirat cwd "$N-mask-at-$mask" 0777)
	done
	alike_all
	for mask in 000 077 0777; do
		answers umask "$mask" mkdir "$G" 0700 mkdirat cwd "${G}2" 0700
	done
	assert_first "mkdir $G: ok errno=untouched mode=0000"
	alike mkdir "$N/" 0755 mkdir "$N/below///" 0755 mkdirat cwd "$TMPDIR/./aQwErTy/../new2/" 0755
	assert_first "mkdir $N/below///: ok"
	answers mkdir "$G/" 0700 populate
	assert_first "mkdir $G/: ok"
}

# ---- where from

@test "in a signal handler the answers are the same" {
	alike in handler open "$N" "$OURS" 0644 in handler mkdir "$N-2" 0755 in handler openat cwd \
		"$N" creat,trunc 0600 in handler open BAD "$OURS" 0600
	assert_first "open $N: ok errno=untouched"
	answers in handler open "$G" "$OURS" 0600 in handler mkdir "${G}2" 0700 in handler openat cwd \
		"$G" "$OURS" 0600 open "${G}3" "$OURS" 0600
	assert_first "open $G: ok errno=untouched"
	assert_first "openat $G: failed errno=EEXIST"
}

# bats test_tags=native
@test "in a vfork child the answers are the same, and the parent goes on" {
	alike in vfork open "$N" "$OURS" 0644 in vfork mkdir "$N-2" 0755 in vfork open NULL creat 0600 \
		open "$N" 0 -
	assert_first "open $N: ok errno=untouched"
	answers in vfork open "$G" "$OURS" 0600 in vfork mkdir "${G}2" 0700 open "$G" rdwr - \
		open "${G}3" "$OURS" 0600 in vfork open "$G" "$OURS" 0600 fork { exit 3 } wait
	assert_first "open ${G}3: ok"
}

# bats test_tags=native
@test "a stack of 8 KB is enough" {
	alike in small-stack open "$N" "$OURS" 0644 in small-stack mkdir "$N-2" 0755 in small-stack \
		openat cwd "$N" 0 - in small-stack creat "$N-3" 0644
	assert_first "mkdir $N-2: ok"
	answers in small-stack open "$G" "$OURS" 0600 in small-stack mkdir "${G}2" 0700 \
		in small-stack openat cwd "${G}3" "$OURS" 0600
	assert_first "open $G: ok"
	answers in small-stack mkdirat cwd "${G}2" 0700
	answers hold 9 "$TMPDIR" in small-stack openat 9 tmp-aB3dE9xY "$OURS" 0600
	answers in small-stack open "$TMPDIR" tmpfile,rdwr 0600
	assert_first "open $TMPDIR: ok"
}

# bats test_tags=native
@test "a thread that is being cancelled ends in open, is unwound, and does not end in mkdir" {
	local name

	for name in open open64 "openat cwd" "openat64 cwd"; do
		# shellcheck disable=SC2086 # a name, and its directory
		answers in cancelled $name "$N" "$OURS" 0644 in cancelled $name "$G" "$OURS" 0600 \
			in cancelled $name "$TMPDIR" tmpfile,rdwr 0600 open "$G" "$OURS" 0600 \
			fork { } wait
		assert_first "$N: cancelled, unwound not there"
		assert_first "open $G: ok"
	done
	answers in cancelled mkdir "$N" 0755 in cancelled mkdir "$G" 0700 in cancelled creat "$N" 0644 \
		open "${G}2" "$OURS" 0600
	assert_first "mkdir $G: ok"
}

@test "files made while a signal handler makes files" {
	answers storm 200 "$TMPDIR"
	assert_first "storm: 200 made, 0 failed in the handler"
}

@test "threads that make files by open and mkdir at the same time" {
	answers thread { open "$G" "$OURS" 0600 thread { mkdir "${G}2" 0700 } } thread { openat cwd \
		"$G" "$OURS" 0600 }
	assert_first "openat $G: failed errno=EEXIST"
}

@test "TMPGUARD_DISABLE=1, and TMPGUARD_TRACK=off: everything is libc's, on the disk as well" {
	local setting

	for setting in TMPGUARD_DISABLE=1 TMPGUARD_TRACK=off TMPGUARD_TRACK=api; do
		WAYS=(shimmed)
		all_opens "$G" "$OURS" 0600
		export "${setting?}"
		alike_all mkdir "$G" 0700 open "$TMPDIR" tmpfile,rdwr 0600
		unset "${setting%%=*}"
	done
	assert_first "mkdir $G: ok"
}

@test "another preload library sees the calls, whichever comes first" {
	local other=$PROBES/libotherpreload.so call order plainly

	for call in "open $G $OURS 0600" "open64 $G $OURS 0600" "openat cwd $G $OURS 0600" \
		"openat64 cwd $G $OURS 0600" "mkdir $G 0700" "mkdirat cwd $G 0700" "open $N creat 0644"; do
		# shellcheck disable=SC2086 # words
		hear timeout "$BOUND" env LD_PRELOAD="$other" "$PROBE" $call others
		plainly=$SAID
		[[ $plainly == *"others: saw it"* ]] || fail "$call: $plainly"
		remove_left
		for order in "$SHIM:$other" "$other:$SHIM"; do
			# shellcheck disable=SC2086
			hear timeout "$BOUND" env PROBE_EXPECT=shim LD_PRELOAD="$order" "$PROBE" $call \
				others
			assert_equal "LD_PRELOAD=$order $call" "$plainly" "$SAID"
			remove_left
		done
	done
}

# ---- shared memory

@test "shm_open answers as libc does" {
	local name=/tgt-$$-$BATS_TEST_NUMBER-aB3dE9

	declare -g SHM=/dev/shm$name
	alike shm_open "$name" creat,excl,rdwr 0600 shm_open "$name" creat,excl,rdwr 0600 \
		shm_open "$name" rdwr 0 shm_open "$name" creat,trunc,rdwr 0666 unlink \
		shm_open "$name" 0 0 shm_open "${name#/}" creat,excl,rdwr 0644 unlink \
		umask 077 shm_open "/$name" creat,rdwr,excl 0666 unlink
	assert_first "shm_open $name: ok errno=untouched mode=0600"
	assert_first "shm_open $name: failed errno=EEXIST"
	alike shm_open / creat 0600 shm_open /a/b creat 0600 shm_open "" creat 0600 shm_open /.. creat 0600 \
		shm_open "/$(printf '%0300d' 0)" creat,rdwr 0600
	assert_first "shm_open /a/b: failed errno=EINVAL"
	assert_missing "$SHM"
}

# ---- names without files: the place is another than libc's, the rest is not

@test "mktemp answers in the caller's buffer, with as many characters, a name that is free" {
	answers mktemp "$T" use mktemp "$TMPDIR/a-rather-long-prefix-XXXXXX" use mktemp "$T" use
	assert_first "mktemp: ok errno=untouched same-length=yes there=no changed=yes"
	assert_first "use: mode=0644 type=100000 links=1 size=4"
	answers mktemp "$TMPDIR/XXXXXXXXX" mktemp /tmp/XXXXXX mktemp /XXXXXX
	answers mkdir "$N" 0755 chdir "$TMPDIR" mktemp XXXXXX use mktemp ./aXXXXXX use \
		mktemp new/XXXXXX use mktemp "$N/XXXXXX" use
	assert_first "mktemp: ok errno=untouched same-length=yes"
	answers distinct 50 mktemp "$T" distinct 50 mktemp "$T"
	assert_first "distinct: 50"
	answers umask 0777 mktemp "$T" use umask 0 mktemp "$T" use
	assert_first "mode=0000"
}

@test "mktemp tells a failure by an empty template" {
	local template

	for template in "" X XXXXX "$TMPDIR/aXXXXX" "$TMPDIR/a" "$TMPDIR/XXXXXXa" "$TMPDIR/aXXXXXX/"; do
		alike mktemp "$template"
		assert_first "mktemp: failed errno=EINVAL text="
	done
	answers mktemp "$TMPDIR/missing/aXXXXXX" mktemp "$TMPDIR/aBcDeFg/aXXXXXX" \
		mktemp "$TMPDIR/aBcDeFg/../aXXXXXX"
	assert_first "mktemp: failed errno=ENOTDIR text="
}

# bats test_tags=native
@test "tmpnam and tmpnam_r answer with a free name that fits L_tmpnam" {
	answers tmpnam use unlink tmpnam_r use unlink tmpnam-null use unlink tmpnam_r-null
	assert_first "tmpnam: ok errno=untouched short=yes in-tmp=yes there=no"
	assert_first "tmpnam-null: ok errno=untouched short=yes in-tmp=yes there=no static=yes another=yes"
	assert_first "tmpnam_r-null: NULL errno=untouched"
	answers distinct 50 tmpnam x distinct 50 tmpnam_r x
	assert_first "distinct: 50"
	answers unsetenv TMPDIR tmpnam closefrom 3 limit nofile 3 tmpnam tmpnam-null
}

@test "tempnam looks at TMPDIR, its directory and five characters of its prefix" {
	local dir=$N prefix

	answers tempnam NULL abcde-ghij use unlink tempnam NULL NULL use unlink
	assert_first "tempnam: ok errno=untouched in-TMPDIR=yes in-dir=no in-tmp=yes prefix=5 there=no"
	# Under run TMPDIR is another, but the directories of these words are where they are.
	WAYS=(shimmed)
	W=(mkdir "$dir" 0755)
	for prefix in NULL "" a- abcde-ghij; do
		W+=(setenv TMPDIR "$TMPDIR" tempnam NULL "$prefix" use unlink
			tempnam "$dir" "$prefix" use unlink tempnam "$TMPDIR/missing" "$prefix"
			unsetenv TMPDIR tempnam "$dir" "$prefix" use unlink tempnam NULL "$prefix" use unlink
			setenv TMPDIR /nonexistent tempnam "$dir" "$prefix" use unlink
			tempnam "$TMPDIR/missing" "$prefix"
			setenv TMPDIR "$dir" tempnam NULL "$prefix" use unlink)
	done
	answers_all
	assert_first "tempnam: ok errno=untouched in-TMPDIR=no in-dir=yes in-tmp=yes prefix=5 there=no"
	answers distinct 50 tempnam abcde
	assert_first "distinct: 50"
}

@test "with TMPGUARD_TRACK=off names are libc's own, and so is what is made of them" {
	WAYS=(shimmed)
	export TMPGUARD_TRACK=off
	answers mktemp "$T" place "$TMPDIR" use tempnam NULL abcde place "$TMPDIR" use
	assert_first "place: mode=$(stat -c %04a "$TMPDIR") type=040000 mine=yes direct=yes"
	shimmed "$PROBE" quiet mktemp "$T" use tempnam NULL abcde use
	assert_left 2
	remove_left
}

# ---- the comparison itself

# One of the runs has a fault in it, instead of the shim.
wrong() {
	timeout -k 1 "$BOUND" env WRONG="$FAULT" LD_PRELOAD="$PROBES/libwrongpreload.so" "$@"
}

# bats test_tags=native
@test "a wrapper that is wrong is told from libc, whatever is wrong" {
	local -A shows=(
		[mode]="open $N $OURS 0644 mkdir $N-2 0700"
		[cloexec]="open $N $OURS 0644"
		[no-excl]="create $N open $N $OURS 0644"
		[no-append]="open $N creat,append,rdwr 0644"
		[looks-at-path]="open BAD $OURS 0600"
		[reads-on]="open EDGE:$N $OURS 0644"
		[mode-without-creat]="open $N excl -"
		[stack]="in small-stack open $N $OURS 0644"
		[errno]="open $N $OURS 0644"
		[error]="open $TMPDIR/missing/x $OURS 0644"
		[fd]="openat cwd $N $OURS 0644"
		[cancel]="in cancelled open $N $OURS 0644"
		[dir]="mkdir $N-dir 0755 chdir $N-dir hold 9 $TMPDIR openat 9 new $OURS 0644"
	)

	VARIANTS=("$PROBE")
	for FAULT in "${!shows[@]}"; do
		WAYS=(plain)
		# shellcheck disable=SC2086 # words
		alike ${shows[$FAULT]}
		WAYS=(wrong)
		# shellcheck disable=SC2086
		! alike ${shows[$FAULT]} 2>/dev/null || fail "not seen: $FAULT"
		remove_left
	done
}
