# scenarios.bash: what faults.sh sweeps over. Each has a COMMAND, and says whose calls fail.
# shellcheck shell=bash
# shellcheck disable=SC1083,SC2016,SC2034,SC2154,SC2317 # braces are words; a
# script; faults.sh's variables; prepare is called there

OURS=creat,excl,rdwr
# words TEMPLATE: each way to make something, to go on as another process or program, and an end in
# order.
words() {
	WORDS=(mkstemp "$1" write secret mkdtemp "$1" populate fork { mkstemp "$1" } wait
		open "${1%/*}/kXy7Zq81" "$OURS" 0600 mktemp "$1" use tmpfile system { mkstemp "$1" }
		posix_spawn { mkdtemp "$1" } execv { mkstemp "$1" return 3 })
}

words "$T"
begin_scenario "shim, bare" shim
PRELOAD=(--preload "$SHIM")
COMMAND=("$PROBE" "${WORDS[@]}")
MAY_SAY=8 # its processes, each of which may be on its own
sweep

begin_scenario "tool, run" tool
COMMAND=("$TMPGUARD" run -q -- "$PROBE" mkstemp "$T" write secret tmpfile fork { mkdtemp "$T" } wait
	return 3)
MAY_FAIL='125 126 127' # and then the command has not run
MAY_SAY=3              # what happened at the start, at the end, and to the report
sweep

# Under run TMPDIR is another one, and mktemp's name is none of tmpguard's business in the old one.
if [[ -n ${FAULTS_INSIDE:-} ]]; then
	begin_scenario "shim, under run" shim
	words /tmp/aXXXXXX
	IN=(env TMPDIR=/tmp)
	COMMAND=("$TMPGUARD" run -q -- "$PROBE" "${WORDS[@]}")
	MAY_SAY=8
	sweep
fi

# Before it registers anything a process has a child. Then its environment loses the session
# (shim/shell.c). It does not end in order.
begin_scenario "shim, cleared environment" shim
PRELOAD=(--preload "$SHIM")
COMMAND=("$PROBE" fork { open "$TMPDIR/kXy7Zq81" "$OURS" 0600 } wait mkstemp "$T" clearenv
	system { mkstemp "$T" fork { mkstemp "$T" } wait return 3 } posix_spawn { mkdtemp "$T" }
	mkstemp "$T" raise KILL)
MAY_SAY=8
sweep

# Records of long paths fill the journal: it is swept, grows, is swept again, and gets shorter.
printf -v LONG '/%0240d' 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
make_deep() { mkdir -p "$TMPDIR/dir/"{a,b}"$LONG"; }
long_words() { # HOW_MANY
	local deep=$TMPDIR/dir/b$LONG/aXXXXXX i

	WORDS=(quiet)
	for i in 1 2 3; do WORDS+=(mkstemp "$deep" unlink); done
	for i in 1 2 3 4; do WORDS+=(mkstemp "$TMPDIR/dir/a$LONG/aXXXXXX" say "$i"); done
	WORDS+=(program /bin/rm vfork { -r "$TMPDIR/dir/a" })
	for ((i = 0; i < $1; i++)); do WORDS+=(mkstemp "$deep" unlink); done
	WORDS+=(mkstemp "$deep" fork { mkdtemp "$deep" mkstemp "$deep" unlink } wait return 3)
}

begin_scenario "shim, full journal" shim
prepare() { make_deep; }
long_words 13
SLACK=512 # what a sweep cannot judge stays, and the journal grows
PRELOAD=(--preload "$SHIM")
COMMAND=("$PROBE" "${WORDS[@]}")
MAY_SAY=8
sweep

begin_scenario "shim, journal without a mapping" shim
prepare() { make_deep; }
long_words 3
PRELOAD=(--preload "$UNMAPPED")
COMMAND=("$PROBE" "${WORDS[@]}")
MAY_SAY=8
sweep

# A process gives up root's rights, and goes on.
if [[ -n ${FAULTS_INSIDE:-} ]]; then
	begin_scenario "shim, without rights" shim
	PRELOAD=(--preload "$SHIM")
	COMMAND=("$PROBE" mkstemp "$T" fork { nobody mkstemp /tmp/aXXXXXX fork { mkdtemp /tmp/aXXXXXX } wait }
		wait mkdtemp "$T")
	MAY_SAY=8
	sweep
fi

begin_scenario "shim, with settings" shim
words "$T"
IN=(env TMPGUARD_DIR="$TMPDIR/dir" TMPGUARD_PERSIST="*.keep" TMPGUARD_LIFETIME=process)
PRELOAD=(--preload "$SHIM")
COMMAND=("$PROBE" "${WORDS[@]}")
MAY_SAY=9 # three processes, each of the place, of the session and of a file
MASK='s/^.*template=[^ ]* //' # where files may lie depends on what can be made there
sweep

begin_scenario "janitor, bare" janitor
PRELOAD=(--preload "$SHIM")
COMMAND=("$PROBE" mkstemp "$T" write secret mkdtemp "$T" populate fork { mkstemp "$T" } wait raise
	KILL)
sweep

begin_scenario "janitor, of run" janitor
COMMAND=("$TMPGUARD" run -q -- sh -c 'mktemp >/dev/null; mktemp -d >/dev/null; kill -KILL $PPID')
sweep

# The command ends while a daemon lives, which needs its parent's file, its own, and the nephew's
# directory, for it is inside; the nephew's file goes. If that fails it is late, and goes with the
# rest.
LINGER='
	work=$1; shift
	"$@"; status=$?
	[ -e "$work/ready" ] || exit $status
	tries=30
	while [ -e "$(cat "$work/nephew")" ] && [ $tries -gt 0 ]; do
		sleep 0.01
		tries=$((tries - 1))
	done
	[ $tries -gt 0 ] || echo late
	echo "status $status"
	touch "$work/go"
	until [ -e "$work/end" ]; do sleep 0.01; done
	exit $status'
# lingering_words PART: not the nephew's directory where the shim's calls fail. If the root can make
# no session, and says so, the nephew has one of its own.
lingering_words() {
	local in_use=$TMPDIR/kXy7Zq82 make_used=() use=() used=()

	if [[ $1 != shim ]]; then
		make_used=(mkdir "$in_use" 0700 populate)
		use=(chdir "$in_use/sub")
		used=(exists "$in_use/locked/file")
	fi
	WORDS=(quiet mkstemp "$T" print-to "$WORK/parent"
		fork { closefrom 3 mkstemp "$T" print-to "$WORK/own" touch "$WORK/ready"
		wait-for "$WORK/made" "${use[@]}" touch "$WORK/inside" wait-for "$WORK/go"
		exists "<$WORK/parent" exists "<$WORK/own" "${used[@]}" touch "$WORK/end" }
		wait-for "$WORK/ready" fork { fork { mkstemp "$T" print-to "$WORK/nephew"
		"${make_used[@]}" } wait touch "$WORK/made" } wait-for "$WORK/inside" return 3)
}

begin_lingering() { # NAME PART
	begin_scenario "$@"
	lingering_words "$2"
	SHARE=4 # each takes longer: so fewer of them in a sample
	prepare() { rm -f "$WORK"/{parent,own,nephew,ready,made,inside,go,end}; }
	EXPLAINS='^child 1: exit 0.late.status 3(.exists: yes)+$'
}

for part in janitor shim; do
	begin_lingering "$part, lingering" "$part"
	COMMAND=(sh -c "$LINGER" sh "$WORK" env LD_PRELOAD="$SHIM" "$PROBE" "${WORDS[@]}")
	[[ $part == janitor ]] || MAY_SAY=8
	sweep
done

for part in tool janitor shim; do
	begin_lingering "$part, lingering under run" "$part"
	COMMAND=(sh -c "$LINGER" sh "$WORK" "$TMPGUARD" run -q --linger=leave -- "$PROBE" "${WORDS[@]}")
	case $part in
	tool) MAY_FAIL='125 126 127' MAY_SAY=6 ;; # a line for each file that stays
	shim) MAY_SAY=8 ;;
	esac
	sweep
done

# A session that nobody is left to clean: made with the shim where it finds no janitor.
leave_dead() {
	sh -c '"$@"; true' leave_dead env LD_PRELOAD="$WORK/alone/libtmpguard.so" "$PROBE" quiet \
		mkstemp "$T" mkdtemp "$T" populate fork { mkstemp "$T" } wait raise KILL \
		>/dev/null 2>&1
}

begin_scenario "tool, reap" tool
prepare() { leave_dead; }
MASK="s,$TMPDIR/[^ ]*,PATH,g; s/[0-9]+/N/g"
COMMAND=("$TMPGUARD" reap -v "$TMPDIR")
MAY_FAIL=1 MAY_STOP=1 MAY_SAY=6 EXPLAINS='left session'
sweep

begin_scenario "tool, reap --dry-run" tool
prepare() { leave_dead; }
MASK="s,$TMPDIR/[^ ]*,PATH,g; s/[0-9]+/N/g"
COMMAND=("$TMPGUARD" reap --dry-run "$TMPDIR")
MAY_FAIL=1 MAY_STOP=1 MAY_SAY=6 EXPLAINS='left session'
LATER_AT_BASE=1
sweep
LATER_AT_BASE=''

begin_scenario "tool, ls" tool
if [[ -z $ONLY || $ONLY == "$SCENARIO" ]]; then
	# What it cannot tell is said in the session's own line.
	MASK='s/[0-9.]+ *(s|ms|min)/TIME/g; s/^(live|unclear) .*/SESSION/'
	LD_PRELOAD=$SHIM "$PROBE" quiet mkstemp "$T" touch "$WORK/live" pause </dev/null >/dev/null 2>&1 &
	LIVE=$!
	until [[ -e $WORK/live ]]; do sleep 0.01; done
	IGNORE_DISK=1 MAY_FAIL=1 MAY_STOP=1 MAY_SAY=6 EXPLAINS='left session'
	COMMAND=("$TMPGUARD" ls "$TMPDIR")
	sweep
	kill -KILL "$LIVE"
	wait "$LIVE" 2>/dev/null
fi
