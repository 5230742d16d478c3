# harness.bash: real programs, each run in three ways and compared. `load harness`, and have
# `begin_scenario` as setup and `end_scenario` as teardown. A scenario is a test:
#
#	@test "tar: what it does" {
#		uses tar xz:xz-utils        # commands or files, with their packages where these are called
#		                            # otherwise;
#		                            # the first is what it is about. All are installed by run.sh.
#		SAYS='what it has to print' # so that three failures are not a success
#		compare <<-'END'
#			a script for bash -e
#		END
#	}
#
# `compare` runs the script in a fresh directory with a fresh HOME: plain, with the library alone,
# and under run. Of each it takes standard output, standard error, the status, and of all files in
# both directories name, kind, mode, size, content, target. These have to be the same. Paths are the
# same in each way; the private TMPDIR of run is replaced by TMPDIR. A scenario may say before:
#
#	STATUS   the exit status, if not 0
#	FILTERS  expressions for sed -E, for what differs from one plain run to the next: numbers of
#	         processes, times, names drawn at random
#	VARIES   an expression for paths of files whose content differs so; kind and mode are compared
#	STAYS    an expression for what may stay in a temp root with the library alone, beside the
#	         names that DESIGN 2 never touches: what does not look generated, sockets and the like
#	MAKES    1: the library has to have registered something, or this shows nothing
#	NOTE     what the table says of a difference that is documented
#	ENVIRON  more variables
#
# Where a mount namespace can be had, temp roots are new and empty for each scenario, and all of
# them are looked at; elsewhere only TMPDIR is.

# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables for the suites, and the helper's
load "${BASH_SOURCE[0]%/*}/../helper"

PROGRAMS=$REPO/tests/programs
ROWS=$BUILD/programs
. "$PROGRAMS/path.bash"
PATH=$SYSTEM_PATH:$PATH
TEMP_ROOTS=(/tmp /var/tmp /dev/shm)
# What tmpguard never touches: DESIGN 2.
NEVER='(\.X11-unix|\.ICE-unix|ssh-.*|hsperfdata_.*|\.java_pid.*|systemd-private-.*|dbus-.*|tmux-.*|pytest-of-.*|emacs.*|krb5cc_.*)'
# Until all is gone; for one way of a scenario; for a whole one.
LATER=10
BOUND=120
export BATS_TEST_TIMEOUT=500

begin_scenario() {
	begin_test
	SAYS='' STATUS=0 FILTERS=() VARIES='' STAYS='' MAKES='' NOTE='' ENVIRON=() USES=()
	PLACE=$(mktemp -d /var/lib/tgt-outside.XXXXXX 2>/dev/null) || PLACE=$(make_outside)
	chmod 755 "$PLACE"
	mkdir "$PLACE/bin"
	cp "$SHIM" "$TMPGUARD" "$BUILD/tmpguard-janitor" "$PLACE/bin"
	: >"$PLACE/alone.jsonl"
	chmod 666 "$PLACE/alone.jsonl" # other users' sessions report, too
	open_room
	chmod 1777 "$VIEW$TMPDIR"
	echo "a file's content" >"$VIEW$TMPDIR/aBcDeFg"
	SNAPSHOT=$(snapshot "$VIEW$TMPDIR")
	declare_left aBcDeFg
}

end_scenario() {
	local status=0

	end_processes || true
	end_test || status=$?
	chmod -R u+rwX "$PLACE" 2>/dev/null || true
	rm -rf "$PLACE"
	return "$status"
}

# A process whose temp roots are its own, and everyone's that comes in. Its number is in ROOM, and
# VIEW leads to what it sees. A scenario's TMPDIR is there under the same name.
open_room() {
	ROOM='' VIEW=''
	command -v nsenter >/dev/null || return 0
	unshare --mount mount -t tmpfs programs /tmp 2>/dev/null || return 0
	start unshare --mount --propagation private sh -ec '
		for root in $1; do
			[ ! -d "$root" ] || mount -t tmpfs -o mode=1777 programs "$root"
		done
		mkdir "$TMPDIR"
		: >"$0/ready"
		exec sleep 3600' "$PLACE" "${TEMP_ROOTS[*]}" >/dev/null 2>&1
	ROOM=$PID
	wait_until 5 exists "$PLACE/ready" || fail "no temp roots can be mounted here" || return
	VIEW=/proc/$ROOM/root
}

in_room() {
	if [ -n "$ROOM" ]; then
		nsenter --target "$ROOM" --mount -- "$@"
	else
		"$@"
	fi
}

uses() { # COMMAND-OR-FILE[:PACKAGE]...
	local use

	USES=("$@")
	for use; do
		[ -e "${use%%:*}" ] || need "${use%%:*}"
	done
}

# ---- one way

run_way() { # WAY
	local environ=(-i -C "$PLACE/work" PATH="$SYSTEM_PATH" HOME="$PLACE/home" TMPDIR="$TMPDIR" USER="$(id -un)"
		LOGNAME="$(id -un)" SHELL=/bin/sh TERM=dumb LC_ALL=C.UTF-8 TZ=UTC "${ENVIRON[@]}")
	local command=(bash -e "$PLACE/script")

	chmod -R u+rwX "$PLACE/work" "$PLACE/home" 2>/dev/null || true
	rm -rf "${PLACE:?}/work" "${PLACE:?}/home"
	mkdir "$PLACE/work"
	mkdir -m 700 "$PLACE/home"
	case $1 in
	alone) environ+=(LD_PRELOAD="$PLACE/bin/libtmpguard.so" TMPGUARD_REPORT="$PLACE/alone.jsonl") ;;
	run) command=("$PLACE/bin/tmpguard" run -q --report="$PLACE/run.jsonl" -- "${command[@]}") ;;
	esac
	in_room timeout -k 1 "$BOUND" env "${environ[@]}" "${command[@]}" \
		</dev/null >"$PLACE/$1.stdout" 2>"$PLACE/$1.stderr" 3>&- 4>&- && echo 0 >"$PLACE/$1.status" ||
		echo "$?" >"$PLACE/$1.status"
}

# What is the same in every way, as the same text.
filtered() {
	local expression expressions=()

	for expression in "${FILTERS[@]}"; do
		expressions+=(-e "$expression")
	done
	LC_ALL=C sed -E -e "s|$TMPDIR/\.tmpguard-[0-9]+/[^/ ]+/tmp|$TMPDIR|g" "${expressions[@]}"
}

# All files of a scenario's directories: names, kinds, modes, sizes, targets, contents.
tree() {
	cd "$PLACE" || return
	find work home \( -type f -printf '%p %y %m %s\n' -o -printf '%p %y %m %l\n' \) |
		varies=${VARIES:-^$} awk '$1 ~ ENVIRON["varies"] && $2 == "f" { $4 = "-" } { print }'
	find work home -type f -print0 | { grep -zvE "${VARIES:-^$}" || true; } | sort -z | xargs -0r sha256sum
	cd /
}

said() { # WAY
	echo "standard output:"
	filtered <"$PLACE/$1.stdout"
	echo "standard error:"
	filtered <"$PLACE/$1.stderr"
	echo "status $(cat "$PLACE/$1.status")"
}

# ---- what is left

# Paths in the temp roots, as the scenario sees them; not tmpguard's own, not the bystander.
left() {
	{
		find "$VIEW$TMPDIR" -mindepth 1 -maxdepth 1 ! -name "$BASE" ! -name aBcDeFg -printf "$TMPDIR/%f\n"
		[ -z "$ROOM" ] || for root in "${TEMP_ROOTS[@]}"; do
			find "$VIEW$root" -mindepth 1 -maxdepth 1 ! -path "$VIEW$TMPDIR" ! -name "$BASE" \
				-printf "$root/%f\n" 2>/dev/null || true
		done
	} | sort
}

# What has to go: alone whatever is not known by its name; under run also that, in TMPDIR.
left_wrongly() { # WAY
	local path

	while read -r path; do
		[ "$1" != run ] || [[ $path != "$TMPDIR"/* ]] || { echo "$path" && continue; }
		[[ ${path##*/} =~ ^$NEVER$ || (-n $STAYS && ${path##*/} =~ ^($STAYS)$) ]] || echo "$path"
	done < <(left)
	# Its directory goes with the session.
	find "$VIEW$TMPDIR/$BASE" -mindepth 1 -maxdepth 1 2>/dev/null || true
}

nothing_left_wrongly() {
	[ -z "$(left_wrongly "$1")" ]
}

remove_what_is_left() {
	local path

	while read -r path; do
		chmod -R u+rwX "$VIEW$path" 2>/dev/null || true
		rm -rf "${VIEW:?}$path"
	done < <([ -z "$ROOM" ] || left)
	[ -n "$ROOM" ] || remove_left
}

# The scenario's processes that are there: those that see its temp roots.
processes() {
	local pid mine

	[ -n "$ROOM" ] || return 0
	mine=$(readlink "/proc/$ROOM/ns/mnt")
	mine=${mine//[![:alnum:]:]/?} # as a pattern
	find /proc -maxdepth 3 -path '/proc/[0-9]*/ns/mnt' -lname "$mine" 2>/dev/null |
		while IFS=/ read -r _ _ pid _; do
			[ "$pid" = "$ROOM" ] || echo "$pid"
		done
}

no_processes() {
	[ -z "$(processes)" ]
}

end_processes() {
	# shellcheck disable=SC2046 # pids
	no_processes || kill -KILL $(processes) 2>/dev/null
}

# After each way; sets LEFT to how many entries it left.
check_left() { # WAY
	wait_until "$LATER" no_processes ||
		fail "$1: still running: $(ps -o pid=,args= -p "$(processes | paste -sd,)")" || return
	[ "$1" = plain ] || wait_until "$LATER" nothing_left_wrongly "$1" ||
		fail "$1: left in the temp roots:" "$(left_wrongly "$1")" || return
	assert_equal "$1: the bystander" "$SNAPSHOT" \
		"$(snapshot "$VIEW$TMPDIR" | grep '^aBcDeFg')" || return
	LEFT[$1]=$(left | wc -l)
	remove_what_is_left
}

# ---- all three

# What one plain run and the next one differ in is not tmpguard's doing: says so, to the test's author.
tell_differences() { # WHAT WAY EXPECTED GOT
	run_way plain
	[ "$3" = "$("$1" plain | sort_if "$1")" ] || echo "(a second plain run differs as well)" >&2
	assert_equal "$2: $1" "$3" "$4"
}

sort_if() {
	if [ "$1" = tree ]; then filtered | sort; else cat; fi
}

compare() {
	local way expected_said expected_tree got
	declare -gA LEFT=()

	cat >"$PLACE/script"
	[ -n "$SAYS" ] || fail "a scenario needs SAYS" || return
	for way in plain alone run; do
		run_way "$way"
		if [ "$way" = plain ]; then
			expected_said=$(said plain)
			expected_tree=$(tree | sort_if tree)
			[ "$(cat "$PLACE/plain.status")" = "$STATUS" ] && grep -qF -e "$SAYS" "$PLACE/plain.stdout" ||
				fail "without tmpguard:" "$(said plain)" || return
		else
			got=$(said "$way")
			[ "$expected_said" = "$got" ] || tell_differences said "$way" "$expected_said" "$got" || return
			got=$(tree | sort_if tree)
			[ "$expected_tree" = "$got" ] || tell_differences tree "$way" "$expected_tree" "$got" || return
		fi
		check_left "$way" || return
	done
	[ "${LEFT[alone]}" -le "${LEFT[plain]}" ] || fail "more is left with the library than without" || return
	[ -z "$MAKES" ] || [ "$(registered)" -gt 0 ] || fail "no temporary file was registered" || return
	row "$(registered)" "${LEFT[plain]}" "${LEFT[alone]}" "${LEFT[run]}"
}

# How many files and directories the library alone registered, in all sessions of the script.
registered() {
	cat "$PLACE/alone.jsonl" 2>/dev/null | sed -n 's/.*"type":"summary".*"created":\([0-9]*\).*/\1/p' |
		awk '{ n += $1 } END { print n + 0 }'
}

# ---- the table

# A line of the table about this test. The first of what it uses tells program and version.
row() { # REGISTERED LEFT-PLAIN LEFT-ALONE LEFT-RUN
	mkdir -p "$ROWS"
	printf '| %s | %s | %s | %s | %s | %s | %s |\n' "$BATS_TEST_DESCRIPTION" "$(version "${USES[0]}")" \
		"$@" "$NOTE" >"$ROWS/$(basename "$BATS_TEST_FILENAME" .bats)-$(printf %03d "$BATS_TEST_NUMBER").row"
}

# Package and version of what has the command: that of a package without files says nothing.
version() { # COMMAND[:PACKAGE]
	local file package

	file=$(realpath "$(command -v "${1%%:*}")")
	package=$(dpkg-query -S "$file" "${file#/usr}" 2>/dev/null | grep -v '^diversion' | head -n 1)
	package=${package%%:*}
	package=${package:-${1#*:}}
	echo "$package $(dpkg-query -W -f '${Version}' "$package" 2>/dev/null || echo '?')"
}

# As teardown's last, for a suite that compares by alike.bash: left by LEAVES and STAY.
row_of_alike() {
	[[ ${BATS_TEST_COMPLETED:-} != 1 ]] || row - "${LEAVES:--}" "${#STAY[@]}" 0
}
