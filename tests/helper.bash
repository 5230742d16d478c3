# helper.bash: what every suite stands on. Begin a suite with `load helper`.
#
# Each test gets a TMPDIR of its own, with / as its current directory, and WORK, a directory for
# what the test itself needs. What is in TMPDIR when the test ends has to have been declared (by
# make_bystanders or declare_left); anything else is a leftover and fails the test.
#
# Commands run in one of three ways, so that the first can be compared with the others:
#	plain CMD      without tmpguard
#	shimmed CMD    with the shim preloaded into CMD alone
#	guarded CMD    under `tmpguard run` with the options in RUN_OPTIONS
# The probe checks in each of them that the shim is there, or is not (PROBE_EXPECT).

# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables for the suites, and bats' own
bats_require_minimum_version 1.5.0

REPO=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
BUILD=${BUILD:-build}
case $BUILD in
/*) ;;
*) BUILD=$REPO/$BUILD ;;
esac
SHIM=$BUILD/libtmpguard.so
TMPGUARD=$BUILD/tmpguard
PROBES=$BUILD/tests
PROBE=$PROBES/probe
KILLAT=$PROBES/killat
BASE=.tmpguard-$(id -u) # what tmpguard calls its directory

# Seconds. A command that takes longer hangs; a removal that takes longer does not happen.
BOUND=20
SOON=2

# A test that hangs fails, and does not hold up the rest. Who runs long forms gives it more time.
export BATS_TEST_TIMEOUT=${TEST_TIMEOUT:-${BATS_TEST_TIMEOUT:-120}}

setup() {
	begin_test
}

teardown() {
	end_test
}

# ---- a test's surroundings

begin_test() {
	local name

	for name in "$SHIM" "$TMPGUARD" "$BUILD/tmpguard-janitor" "$PROBE"; do
		[ -e "$name" ] || fail "$name is missing: run make first" || return
	done
	for name in $(compgen -e TMPGUARD_) LD_PRELOAD TMP TEMP PROBE_EXPECT CTORLIB_TEMPLATE; do
		unset "$name"
	done
	WORK=$BATS_TEST_TMPDIR
	TMPDIR=$(mktemp -d /tmp/tgt.XXXXXX)
	export TMPDIR WORK PROBE SHIM
	T=$TMPDIR/aXXXXXX # the template of most tests
	export T
	DECLARED=()
	STARTED=()
	RUN_OPTIONS=()
	SNAPSHOT=
	umask 022
	ulimit -Sc 0
	cd /
}

# After begin_test: TMPDIR is on a tmpfs, where there is one, for what would measure the disk.
move_to_memory() {
	[ -w /dev/shm ] || return 0
	rmdir "$TMPDIR"
	TMPDIR=$(mktemp -d /dev/shm/tgt.XXXXXX)
	T=$TMPDIR/aXXXXXX
}

end_test() {
	local pid left

	touch "$WORK/go" # what a failed test leaves waiting goes on, to its end
	for pid in "${STARTED[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true # not all: bats' own clock is a child, too
	done
	wait_until 5 nothing_undeclared || left=$(undeclared)
	chmod -R u+rwX "$TMPDIR" 2>/dev/null || true
	rm -rf "$TMPDIR"
	[ -z "$left" ] || fail "left in TMPDIR after the test: $left"
}

# Names that may be in TMPDIR when the test ends.
declare_left() {
	DECLARED+=("$@")
}

undeclared() {
	local name

	while read -r name; do
		[[ " ${DECLARED[*]} " == *" $name "* ]] || echo "$name"
	done < <(find "$TMPDIR" -mindepth 1 -maxdepth 1 -printf '%f\n')
}

nothing_undeclared() {
	[ -z "$(undeclared)" ]
}

# Starts a command in the background; its pid is in PID, and it does not outlive the test.
start() {
	"$@" <&0 3>&- & # without `<&0` its standard input would be /dev/null
	PID=$!
	STARTED+=("$PID")
}

# The test needs a program that not every machine has. In CI a skip is a failure.
need() {
	local name

	for name in "$@"; do
		command -v "$name" >/dev/null || skip "no $name here"
	done
}

# ---- running

plain() {
	timeout -k 1 "$BOUND" env PROBE_EXPECT=none "$@"
}

shimmed() {
	timeout -k 1 "$BOUND" env PROBE_EXPECT=shim LD_PRELOAD="$SHIM" "$@"
}

guarded() {
	timeout -k 1 "$BOUND" env PROBE_EXPECT=shim "$TMPGUARD" run "${RUN_OPTIONS[@]}" -- "$@"
}

# What a command printed to both outputs, and its status: sets SAID.
hear() {
	SAID=$("$@" 2>&1 && echo "status 0" || echo "status $?")
	[ -z "${EMULATED:-}" ] || SAID=$(sed '/^qemu: uncaught target signal/d' <<<"$SAID")
}

# Runs a command without root's rights, which no permission stops.
unprivileged() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
	else
		"$@"
	fi
}

# A new directory outside every temp root; the build directory itself may lie in one.
make_outside() {
	local place

	for place in "$PROBES" "$HOME" /var/lib /opt /srv /; do
		case $(realpath "$place")/ in
		/tmp/* | /var/tmp/* | /dev/shm/*) continue ;;
		esac
		mktemp -d "$place/tgt-outside.XXXXXX" 2>/dev/null && return
	done
	return 1
}

# ---- saying what is wrong

fail() {
	printf '%s\n' "$@" >&2
	return 1
}

assert_equal() { # WHAT EXPECTED GOT
	[ "$2" = "$3" ] && return
	fail "$1 differs:" "$(diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") || true)"
}

assert_output_has() {
	[[ $output == *"$1"* ]] || fail "expected in the output: $1" "the output: $output"
}

assert_output_lacks() {
	[[ $output != *"$1"* ]] || fail "not expected in the output: $1" "the output: $output"
}

# ---- looking at the disk

exists() {
	[ -e "$1" ] || [ -L "$1" ]
}

missing() {
	! exists "$1"
}

assert_exists() {
	local path

	for path in "$@"; do
		exists "$path" || fail "$path is gone" || return
	done
}

assert_missing() {
	local path

	for path in "$@"; do
		missing "$path" || fail "$path is still there" || return
	done
}

assert_content() { # FILE CONTENT
	[ -f "$1" ] || fail "$1 is gone" || return
	assert_equal "content of $1" "$2" "$(cat "$1")"
}

# DIR holds what is named, and nothing else.
assert_only() {
	local dir=$1

	shift
	assert_equal "what is in $dir" "$(printf '%s\n' "$@" | sort)" "$(ls -A "$dir")"
}

assert_empty() {
	assert_equal "what is in $1" "" "$(ls -A "$1")"
}

assert_count() { # DIR NUMBER
	assert_equal "the number of entries in $1" "$2" "$(find "$1" -mindepth 1 -maxdepth 1 | wc -l)"
}

# Polls, often at first; never one long sleep.
wait_until() { # SECONDS CMD...
	local end=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000)) polls=0

	shift
	until "$@"; do
		[ "${EPOCHREALTIME/[.,]/}" -lt "$end" ] || return 1
		if [ $((polls++)) -lt 20 ]; then sleep 0.004; else sleep 0.03; fi
	done
}

wait_until_gone() { # PATH [SECONDS]
	wait_until "${2:-$SOON}" missing "$1" || fail "$1 is still there after ${2:-$SOON} s"
}

wait_until_there() { # PATH [SECONDS]
	wait_until "${2:-$BOUND}" exists "$1" || fail "$1 is not there after ${2:-$BOUND} s"
}

# For what must not happen: the condition holds now, and for longer than any cleaner needs.
assert_stays() { # CMD...
	local i

	for i in {1..15}; do
		"$@" || fail "no longer true after $((i * 20)) ms: $*" || return
		sleep 0.02
	done
}

# ---- janitors

# The janitors that work for a session in this test's TMPDIR; the machine may have others. What
# tells them is their arguments, their environment or their root's.
janitor_pids() {
	local exe dir

	while read -r exe; do
		dir=${exe%/exe}
		! cat "$dir/cmdline" "$dir/environ" 2>/dev/null | grep -qF "$TMPDIR" || basename "$dir"
	done < <(find /proc -maxdepth 2 -path '/proc/[0-9]*/exe' -lname '*/tmpguard-janitor*' 2>/dev/null)
}

has_janitor() {
	[ -n "$(janitor_pids)" ]
}

no_janitor() {
	[ -z "$(janitor_pids)" ]
}

# ---- bystanders: what nobody may touch, named like what is made

# Everything about a tree that a change would show in.
snapshot() {
	find "$1" -mindepth 1 -printf '%P %y inode=%i links=%n mode=%m size=%s time=%T@ to=%l\n' | sort
}

make_bystanders() {
	echo "a file's content" >"$TMPDIR/aBcDeFg"
	echo "another's" >"$TMPDIR/a1Y2z3Q"
	mkdir -p "$TMPDIR/aQwErTy/below"
	echo "in a directory" >"$TMPDIR/aQwErTy/below/aAsDfGh"
	ln -s aBcDeFg "$TMPDIR/aLiNkTo"
	declare_left aBcDeFg a1Y2z3Q aQwErTy aLiNkTo
	SNAPSHOT=$(snapshot "$TMPDIR")
}

only_bystanders() {
	[ "$(snapshot "$TMPDIR")" = "$SNAPSHOT" ]
}

# Nothing is there but the bystanders, and they are what they were.
assert_only_bystanders() {
	assert_equal "what is in TMPDIR" "$SNAPSHOT" "$(snapshot "$TMPDIR")"
}

wait_until_only_bystanders() {
	wait_until "${1:-$SOON}" only_bystanders || assert_only_bystanders
}

# How many entries were added beside what is declared; tmpguard's own are not counted.
count_left() {
	undeclared | grep -cvx -F "$BASE" || true
}

assert_left() { # NUMBER
	assert_equal "the number of files left" "$1" "$(count_left)"
}

# Removes what a plain run left, so that the next begins where it did.
remove_left() {
	local names

	mapfile -t names < <(undeclared)
	[ "${#names[@]}" -gt 0 ] || return 0
	chmod -R u+rwX "${names[@]/#/$TMPDIR/}" 2>/dev/null || true # symbolic links that lead nowhere
	rm -rf "${names[@]/#/$TMPDIR/}"
}

# ---- killing at each call

# sweep LEAST CMD...: kills CMD at each SWEEP_STEPth (5) of its calls, or KILLSWEEP_STEPth, with
# killat's options in KILLAT_OPTIONS; only bystanders may be left each time. More than LEAST calls
# have to be there.
sweep() {
	local least=$1 n=1 status=0 in_a_row=0

	shift
	# The number of calls differs a little from run to run: the end is where three in a row end
	# before they are killed.
	while [ "$in_a_row" -lt 3 ]; do
		status=0
		timeout -k 1 "$BOUND" "$KILLAT" "$n" "${KILLAT_OPTIONS[@]}" -- "$@" \
			>/dev/null 2>"$WORK/killat" </dev/null 3>&- || status=$?
		case $status in
		0) in_a_row=0 ;;
		3) ((in_a_row += 1)) ;;
		*) fail "killat $n ended with $status: $(cat "$WORK/killat")" || return ;;
		esac
		wait_until 1 only_bystanders || {
			echo "killed at call $n: $(cat "$WORK/killat")" >&2
			assert_only_bystanders
			return 1
		}
		((n += ${KILLSWEEP_STEP:-${SWEEP_STEP:-5}}))
	done
	echo "# $n calls" >&2
	[ "$n" -gt "$least" ] || fail "only $n calls: the scenario did not run"
}
