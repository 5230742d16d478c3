#!/usr/bin/env bats
# lib-python.bats: libtempfile beside Python's tempfile: the same calls by tests/beside/beside.c and
# beside.py, which have to say the same. Where they are meant to differ a test says how; the cookbook
# says why ("Where it differs from Python").

load helper

setup() {
	begin_test
	# An installed one: others may lie where nobody else may go.
	PYTHON=$(PATH=/usr/bin:/bin:$PATH command -v python3 || true)
	[ -n "$PYTHON" ] || skip 'no python3 here'
	export PYTHONDONTWRITEBYTECODE=1
	# Where everybody can read them, and not among what is made.
	chmod 755 "$TMPDIR"
	cp "$PROBES/beside" "$REPO/tests/beside/beside.py" "$TMPDIR"
	BESIDE=$TMPDIR
	export TMPDIR=$TMPDIR/t
	mkdir -m 1777 "$TMPDIR"
}

teardown() {
	TMPDIR=$BESIDE
	[ -z "$(ls -A "$TMPDIR/t" 2>/dev/null)" ] || fail "left: $(ls -A "$TMPDIR/t")"
	declare_left t beside beside.py more full
	end_test
}

AS=() # what the two are run by

# python ARG..., ours ARG...: one side; what it says is in SAID
python() {
	hear "${AS[@]}" timeout "$BOUND" "$PYTHON" "$BESIDE/beside.py" "$@"
}

ours() {
	hear "${AS[@]}" timeout "$BOUND" "$BESIDE/beside" "$@"
}

# same ARG...: both say the same, and end with 0; it is in SAID
same() {
	local theirs
	python "$@"
	theirs=$SAID
	ours "$@"
	printf '%s\n--- Python:\n%s\n--- ours:\n%s\n' "$*" "$theirs" "$SAID"
	[ "$theirs" = "$SAID" ] && [[ $SAID == *"status 0" ]]
}

# differ LINE-OF-PYTHON LINE-OF-OURS ARG...: in this and nothing else
differ() {
	local theirs expected=$1 instead=$2
	shift 2
	python "$@"
	theirs=$SAID
	ours "$@"
	printf '%s\n--- Python:\n%s\n--- ours:\n%s\n' "$*" "$theirs" "$SAID"
	[[ $theirs == *"$expected"* ]] && [ "${theirs/"$expected"/"$instead"}" = "$SAID" ]
}

# ---- where

@test "TMPDIR comes before TEMP, TEMP before TMP" {
	mkdir -m 1777 "$BESIDE/more"
	same tempdir
	[[ $SAID == "dir $TMPDIR"* ]]
	TEMP=/var/tmp TMP=/tmp same tempdir
	[[ $SAID == "dir $TMPDIR"* ]]
	AS=(env -u TMPDIR TEMP="$BESIDE/more" TMP=/tmp)
	same tempdir
	[[ $SAID == "dir $BESIDE/more"* ]]
	AS=(env -u TMPDIR TMP="$BESIDE/more")
	same tempdir
	[[ $SAID == "dir $BESIDE/more"* ]]
}

@test "without a variable it is /tmp; an empty one counts for nothing" {
	AS=(env -u TMPDIR)
	same tempdir
	[[ $SAID == "dir /tmp"* ]]
	AS=(env TMPDIR= TEMP= TMP=)
	same tempdir
	[[ $SAID == "dir /tmp"* ]]
}

@test "what is not there, no directory, or not writable is passed over" {
	mkdir -m 555 "$BESIDE/more"
	AS=(env TMPDIR="$BESIDE/nowhere" TEMP="$TMPDIR")
	same tempdir
	[[ $SAID == "dir $TMPDIR"* ]]
	AS=(env TMPDIR="$BESIDE/beside" TEMP="$TMPDIR")
	same tempdir
	[[ $SAID == "dir $TMPDIR"* ]]
	AS=(unprivileged env TMPDIR="$BESIDE/more" TEMP="$TMPDIR")
	same tempdir
	[[ $SAID == "dir $TMPDIR"* ]]
}

@test "a directory that was set is where files are made" {
	mkdir -m 1777 "$BESIDE/more"
	same set-tempdir "$BESIDE/more"
}

@test "the default prefix is the same" {
	same default-prefix
	[[ $SAID == 'prefix tmp'* ]]
}

@test "differs: a change of TMPDIR counts" {
	mkdir -m 1777 "$BESIDE/more"
	differ "dir $TMPDIR" "dir $BESIDE/more" tempdir-later "$BESIDE/more"
}

# ---- names and modes

@test "names begin and end as asked, with 8 characters drawn" {
	same file - - -
	[[ $SAID == *'drawn 8'*'there afterwards no'* ]]
	same file pre- .txt "$TMPDIR"
	same file '' '' -
	mkdir -m 1777 "$BESIDE/more"
	cd "$BESIDE"
	same file a .b more
	same directory pre- .d true
}

@test "modes are 0600 and 0700, less what the umask takes" {
	for mask in 000 022 077 0277; do
		umask "$mask"
		same file - - -
		same directory - - true
	done
	umask 022
}

@test "differs: names have capitals, and no underscore" {
	local names
	names=$("$PYTHON" -c 'import tempfile
for _ in range(200): print(tempfile.mkstemp()[1][-8:])')
	rm -f "$TMPDIR"/tmp*
	[[ $names != *[A-Z]* && $names == *_* ]]
	names=$(for _ in {1..40}; do
		"$PROBES/examples/on_signals" | sed 's/.*tmp//' || true
	done)
	echo "$names"
	[[ $names == *[A-Z]* && $names != *_* ]]
}

@test "what cannot be made is the same error" {
	same fails - "$BESIDE/nowhere"
	same fails - "$BESIDE/beside"
	mkdir -m 555 "$BESIDE/more"
	AS=(unprivileged)
	same fails - "$BESIDE/more"
}

@test "differs: a slash in a prefix is no directory that is missing, but wrong" {
	differ 'No such file or directory' 'Invalid argument' fails a/b -
}

# ---- files

@test "a file that is to stay stays" {
	same kept
	[[ $SAID == 'there afterwards yes'* ]]
}

@test "a file that is open when the program ends goes" {
	same ended
}

@test "an anonymous file has no name, and is not inherited" {
	same anonymous
	[[ $SAID == *'named in the directory 0'*'read ext'* ]]
}

@test "differs: it is no error that a file is gone already" {
	differ 'close No such file or directory' 'close ok' gone
}

@test "differs: what has taken the name of a file stays" {
	differ 'stays no' 'stays yes' replaced
}

@test "differs: a forked child removes nothing" {
	differ 'after the child no' 'after the child yes' forked
}

@test "differs: a program that dies of a signal has its files removed, if it asked for that" {
	python terminated
	[[ $SAID == *'status 143' ]]
	[ "$(ls -A "$TMPDIR" | wc -l)" -eq 1 ]
	rm "$TMPDIR"/tmp*
	ours terminated
	[[ $SAID == *'status 143' ]]
	[ -z "$(ls -A "$TMPDIR")" ]
}

# ---- directories

@test "a directory goes with a tree, with links that are not followed, and without permissions" {
	mkdir "$BESIDE/more"
	touch "$BESIDE/more/stays"
	chmod 777 "$BESIDE/more"
	AS=(unprivileged)
	same directory - - 'mkdir -p $1/a/b/c && touch $1/a/b/c/d $1/e'
	same directory - - "ln -s $BESIDE/more \$1/link && ln -s nowhere \$1/dangling"
	same directory - - 'mkdir $1/a && touch $1/a/b && chmod 500 $1/a && touch $1/c && chmod 0 $1/c'
	same directory - - 'touch $1/a && chmod 500 $1'
	[[ $SAID == *'cleanup ok'*'there afterwards no'* ]]
	[ -e "$BESIDE/more/stays" ]
}

@test "a directory that is gone already is no error" {
	same directory - - 'rmdir $1'
}

# ---- spools

@test "a spool is in memory up to its limit, and on disk beyond it" {
	same spool 5 write:abc disk write:de disk write:f disk seek:0:0 read:-1 read:2 tell
	same spool 5 write:abcde disk
	[[ $SAID == *'disk no'* ]]
	same spool 5 write:abcdef disk
	[[ $SAID == *'disk yes'* ]]
	same spool 1 write: disk
}

@test "what counts is the position after the write, not how much there is" {
	same spool 5 seek:4:0 write:x disk
	[[ $SAID == *'disk no'* ]]
	same spool 5 seek:5:0 write:x disk seek:0:0 read:-1
	[[ $SAID == *'disk yes'* ]]
	same spool 5 seek:9:0 disk tell
	same spool 5 write:abcde seek:0:0 write:xy disk seek:0:0 read:-1
}

@test "reading and seeking is the same on both sides" {
	for limit in 3 100; do
		same spool $limit write:abcdefghij seek:2:0 read:3 tell read:0 read:-1 read:1 tell
		same spool $limit write:abcdefghij seek:-2:2 read:-1 seek:3:0 seek:2:1 read:2
		same spool $limit write:abcdefghij seek:20:0 read:-1 tell seek:-1:0
		same spool $limit write:abc seek:-2:1 write:123 tell seek:0:0 read:-1
	done
}

@test "truncating is the same where it shortens, and beyond the limit" {
	same spool 5 write:abcde seek:2:0 truncate:3 tell disk seek:0:0 read:-1
	same spool 5 write:ab truncate:9 disk tell seek:0:0 read:-1
	same spool 5 write:abcdefg truncate:2 disk tell seek:0:0 read:-1
}

@test "asking for the descriptor, or for a rollover, has it on disk, with all that was in it" {
	same spool 100 write:abc fileno disk tell seek:0:0 read:-1
	same spool 100 write:abc seek:1:0 rollover disk tell read:-1
}

@test "differs: truncating beyond the end extends in memory, too" {
	differ $'read \n' $'read 0000\n' spool 5 truncate:4 seek:0:0 read:-1
	same spool 1 write:xx seek:0:0 truncate:0 truncate:4 read:-1
}

@test "differs: a position below 0 is refused in memory, too" {
	differ $'seek 0\nseek 0' $'seek refused\nseek refused' spool 5 seek:-1:1 seek:-1:2
	same spool 1 write:ab seek:0:0 seek:-1:1 seek:-3:2
}

@test "differs: to write nothing beyond the limit changes nothing" {
	differ 'disk yes' 'disk no' spool 5 seek:7:0 write: disk
}

@test "differs: what cannot be written because there is no disk is not written" {
	differ $'read abcdef\n' $'read abc\n' \
		spool 5 write:abc nowhere write:def disk seek:0:0 read:-1
	[[ $SAID == *'write failed'*'disk no'* ]]
}

@test "differs: a spool on disk has a path" {
	differ 'named no' 'named yes' spool 5 rollover named
}

@test "differs: a limit of 0 is the default, not unlimited" {
	local large
	large=$(printf '%065537d' 0)
	differ 'disk no' 'disk yes' spool 0 write:"$large" disk
	same spool 0 write:"${large%0}" disk
	[[ $SAID == *'disk no'* ]]
}

@test "the benchmark beside Python and others has a figure for each, and leaves nothing" {
	BENCH_ROUNDS=2 run timeout 60 "$PYTHON" "$REPO/tests/bench/lib/lib_bench.py" \
		"$BUILD/bench/lib/sides" ''
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(grep -cE '^[^ ].* us$' <<<"$output")" -eq 7 ]
	[ "$(grep -cE '^  Python tempfile .* us +[0-9.]+$' <<<"$output")" -eq 7 ]
}

@test "the cookbook tells of every difference, each of which has a test here" {
	listed=$(sed -n '/^### Where it differs/,/^## /p' "$REPO/tools/doc/cookbook.md" | grep -c '^- \*\*')
	tested=$(grep -c '^@test "differs: ' "$BATS_TEST_FILENAME")
	echo "listed $listed, tested $tested"
	[ "$listed" -eq "$tested" ]
}
