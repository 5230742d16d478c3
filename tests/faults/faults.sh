#!/usr/bin/env bash
# faults.sh BUILD [--short] [--only SCENARIO] [--shim FILE]: each system call of the shim, the tool
# and the janitor fails in turn, once and for good, with each plausible error (calls.c), in small
# scenarios. After each: nobody crashed or hung, no descriptor or memory was lost, the program's own
# calls gave what they give without the fault, bystanders are what they were, and what was made is
# gone (at once, or by `tmpguard reap`), or one line said that it is not.
#
# It prints a line for each scenario and each finding, then the sums; exit status 0 if there was no
# finding. --short tries SAMPLE calls of each (fewer of what takes long), with errors in turn.
# ONLY_CALL=N and ONLY_ERROR=K look at one call, and show what was said; MODES=once leaves out half;
# FROM=N and UNTIL=N are the first and last call that fail.
#
# As root it has a /tmp of its own, so that nothing is left there unseen, and processes of its own,
# of which those that look at all have few to look at. FAULTS_ON=overlay: that /tmp is one, where a
# lock is two files.
set -uo pipefail
shopt -s nullglob dotglob

HERE=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
BUILD=$(realpath -m "${1:-build}")
WORK=${FAULTS_INSIDE:-$BUILD/tests/faults.$$}
FAILAT=$BUILD/tests/failat
PROBE=$BUILD/tests/probe
SHIM=$BUILD/libtmpguard.so
UNMAPPED=$BUILD/tests/unmapped/libtmpguard.so # maps no journal
TMPGUARD=$BUILD/tmpguard
SAMPLE=${SAMPLE:-12}
MEMORY_SLACK=${MEMORY_SLACK:-64} # kilobytes: a journal in private memory and room for paths

if [[ $(id -u) == 0 && -z ${FAULTS_INSIDE:-} && $BUILD/ != /tmp/* && $HERE != /tmp/* ]]; then
	mkdir -p "$WORK/tmp" || exit
	# shellcheck disable=SC2016 # the inner shell's
	FAULTS_INSIDE=$WORK exec unshare -mpf --mount-proc -- sh -c '
		if [ "${FAULTS_ON:-}" = overlay ]; then
			mkdir "$0/lower" "$0/upper" "$0/work" && mount -t overlay overlay \
				-o "lowerdir=$0/lower,upperdir=$0/upper,workdir=$0/work" /tmp
		else
			mount --bind "$0" /tmp
		fi && chmod 1777 /tmp &&
		mount -t tmpfs tmpfs /dev/shm && exec bash "$@"' "$WORK/tmp" "$HERE/faults.sh" "$@"
	exit 2
fi

shift || true
SHORT='' ONLY=''
while (($# > 0)); do
	case $1 in
	--short) SHORT=1 ;;
	--only) ONLY=$2 && shift ;;
	--shim) SHIM=$2 && shift ;;
	*) echo "faults.sh: $1?" >&2 && exit 2 ;;
	esac
	shift
done

mkdir -p "$WORK/alone"
cp "$SHIM" "$WORK/alone/" # without a janitor beside it
while read -r name; do
	unset "$name"
done < <(compgen -e TMPGUARD_)
unset LD_PRELOAD TMP TEMP PROBE_EXPECT
TMPDIR=$(mktemp -d /tmp/tgf.XXXXXX)
export TMPDIR
trap 'rm -rf "$TMPDIR" "$WORK"' EXIT
umask 022
ulimit -Sc 0
cd / || exit 2

T=$TMPDIR/aXXXXXX
injected=0 crashes=0 wrong=0 silent=0 leaks=0 said=0 later=0
declare -A base_processes base_fds base_memory processes fds memory

# ---- what is on the disk

make_bystanders() {
	rm -rf "${TMPDIR:?}"/*
	[[ -z ${FAULTS_INSIDE:-} ]] ||
		find /tmp /dev/shm -mindepth 1 -maxdepth 1 ! -path "$TMPDIR" -exec rm -rf {} +
	mkdir -p "$TMPDIR/aQwErTy" "$TMPDIR/dir"
	echo "a file's content" >"$TMPDIR/aBcDeFg"
	echo "in a directory" >"$TMPDIR/aQwErTy/aAsDfGh"
	ln -s aBcDeFg "$TMPDIR/aLiNkTo"
	BYSTANDERS=$(snapshot)
}

# A directory's time changes with what is made in it.
snapshot() {
	find "$TMPDIR" -mindepth 1 ! -path "$TMPDIR/dir*" -printf '%P %y %i %n %m %s %T@ %l\n'
}

# Long directories, which a scenario has made there for long paths, do not count.
made_in_dir() {
	find "$TMPDIR/dir" -mindepth 1 ! -name '[ab]' ! -name "$(printf '%0240d' 0)"
}

only_bystanders() {
	local there

	[[ -z ${FAULTS_INSIDE:-} ]] || {
		there=(/tmp/* /dev/shm/*)
		[[ ${#there[@]} == 1 ]] || return
	}
	[[ -z $(made_in_dir) && $(snapshot) == "$BYSTANDERS" ]]
}

bystanders_are_there() {
	[[ $(snapshot | grep -cxF "$BYSTANDERS") == 4 ]]
}

# ---- one case

# run_case N ERROR once|lasting: sets STATUS, OUT, ERR, and what failat reported.
run_case() {
	local words

	prepare
	"${IN[@]}" "$FAILAT" "$1" "$2" "$3" "$PART" "$WORK/report" "${PRELOAD[@]}" \
		-- "${COMMAND[@]}" 2>&1 >"$WORK/out" </dev/null | cat >"$WORK/err"
	STATUS=${PIPESTATUS[0]} # a pipe, for the shim writes no warning into a file
	OUT=$(<"$WORK/out") ERR=$(<"$WORK/err")
	[[ -z $MASK ]] || OUT=$(sed -E "$MASK" <<<"$OUT")
	FAULT='' ERRORS=0 CALLS=0 CRASH=''
	processes=() fds=() memory=()
	while read -r -a words; do
		case ${words[0]} in
		fault) FAULT=${words[*]:1} ;;
		errors) ERRORS=${words[1]} ;;
		hits) ;;
		calls) CALLS=${words[1]} ;;
		exit)
			((processes[${words[1]}] += 1, fds[${words[1]}] += words[2]))
			# It may have come too late for the session's directory, and then has none open.
			[[ ${words[1]} != tmpguard-janitor ]] || fds[${words[1]}]=$((words[2] > 2))
			((memory[${words[1]}] += words[3]))
			;;
		*) CRASH+="${words[*]}; " ;;
		esac
	done <"$WORK/report"
}

finding() { # COUNTER WHAT
	((++$1))
	echo "$SCENARIO: call $FAULT, $MODE: $2"
	[[ -z $ERR ]] || printf '    %s\n' "$ERR"
}

judge_leaks() {
	local program

	for program in "${!processes[@]}"; do
		[[ ${processes[$program]} == "${base_processes[$program]:-}" ]] || continue
		((fds[$program] <= base_fds[$program])) ||
			finding leaks "$program: ${fds[$program]} descriptors, not ${base_fds[$program]}"
		((memory[$program] <= base_memory[$program] + SLACK)) ||
			finding leaks "$program: ${memory[$program]} KB, not ${base_memory[$program]}"
	done
}

# What is said is said in lines of our own.
is_said() {
	[[ -n $ERR && ! $'\n'$ERR =~ $'\n'([^t]|t[^m]|tm[^p]) ]]
}

judge_result() {
	local lines

	if [[ -n $ERR ]] && ! is_said; then
		finding wrong "what it said is not ours"
		return
	fi
	mapfile -t lines <<<"$ERR"
	((${#lines[@]} <= MAY_SAY)) || finding wrong "${#lines[@]} lines"
	if [[ $STATUS == "$BASE_STATUS" && $OUT == "$BASE_OUT" ]]; then
		return
	fi
	if [[ " $MAY_FAIL " == *" $STATUS "* && (-z $OUT || -n $MAY_STOP) ]] && is_said; then
		return
	fi
	[[ $OUT =~ $EXPLAINS ]] && return
	finding wrong "status $STATUS, not $BASE_STATUS; output:"
	diff <(echo "$BASE_OUT") <(echo "$OUT") | sed 's/^/    /'
}

judge_disk() {
	local left

	[[ -z $IGNORE_DISK ]] || return 0
	only_bystanders && return
	bystanders_are_there || finding wrong "a bystander was touched"
	"$TMPGUARD" reap "$TMPDIR" /tmp >"$WORK/reap" 2>&1 || cat "$WORK/reap"
	if only_bystanders; then
		((++later))
		[[ -z ${SHOW_LATER:-} ]] || echo "$SCENARIO: call $FAULT, $MODE: later"
	elif is_said; then
		((++said))
	else
		left=("$TMPDIR"/* /tmp/.tmpguard-* /dev/shm/*)
		finding silent "left without a word: ${left[*]}; reap: $(<"$WORK/reap")"
	fi
	make_bystanders
}

judge() {
	((++injected))
	[[ -z $CRASH ]] || finding crashes "$CRASH"
	judge_leaks
	judge_result
	judge_disk
	extra_check
}

# ---- a sweep over a scenario

begin_scenario() { # NAME PART
	SCENARIO=$1 PART=$2
	IN=() PRELOAD=() MASK='' EXPLAINS=none MAY_FAIL='' MAY_STOP='' MAY_SAY=1 IGNORE_DISK='' SLACK=$MEMORY_SLACK SHARE=1
	prepare() { :; }
	extra_check() { :; }
	make_bystanders
}

remember_base() {
	local program

	# The number of calls differs a little between runs.
	MODE=once
	run_case 0 0 once
	BASE_STATUS=$STATUS BASE_OUT=$OUT BASE_CALLS=$CALLS
	base_processes=() base_fds=() base_memory=()
	for program in "${!processes[@]}"; do
		base_processes[$program]=${processes[$program]}
		base_fds[$program]=${fds[$program]}
		base_memory[$program]=${memory[$program]}
	done
	judge_disk
	if [[ -n $CRASH || -n $ERR || $later != 0 && -z ${LATER_AT_BASE:-} ]]; then
		finding wrong "not even without a fault: $CRASH $BASE_STATUS"
	fi
}

try() { # N ERROR
	for MODE in ${MODES:-once lasting}; do
		run_case "$1" "$2" "$MODE"
		if [[ -z $FAULT ]]; then # there were fewer calls
			make_bystanders
			return
		fi
		judge
	done
}

sweep_all() {
	local n k

	for ((n = ${FROM:-1}; n <= ${UNTIL:-BASE_CALLS + 3}; n++)); do
		ERRORS=1
		for ((k = 0; k < ERRORS; k++)); do
			try "$n" "$k"
		done
	done
}

# One error for each call that is tried: another at the next.
sweep_some() {
	local n turn=0 step=$((BASE_CALLS * SHARE / SAMPLE + 1)) MODES

	for ((n = 1; n <= BASE_CALLS; n += step, turn++)); do
		((turn % 2)) && MODES=lasting || MODES=once
		try "$n" "$((turn / 2))"
	done
}

sweep() {
	local before=$injected start=$SECONDS

	[[ -z $ONLY || $SCENARIO == "$ONLY" ]] || return 0
	later=0
	remember_base
	if [[ -n ${ONLY_CALL:-} ]]; then
		try "$ONLY_CALL" "${ONLY_ERROR:-0}"
		printf '%s\n' "$FAULT, $MODE: status $STATUS" "$OUT" "$ERR"
	elif [[ -n $SHORT ]]; then
		sweep_some
	else
		sweep_all
	fi
	((all_later += later))
	echo "$SCENARIO: $BASE_CALLS calls, $((injected - before)) faults, $((SECONDS - start)) s"
	((injected > before)) || { echo "$SCENARIO: nothing failed" && ((++wrong)); }
}
all_later=0

# shellcheck source=tests/faults/scenarios.bash
source "$HERE/scenarios.bash"

echo "faults injected: $injected; said: $said; removed by reap: $all_later"
echo "crashes: $crashes; wrong results: $wrong; leaks: $leaks; left without a word: $silent"
((crashes + wrong + leaks + silent == 0 && injected > 0))
