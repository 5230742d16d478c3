#!/usr/bin/env bash
# elf.sh shim LIBRARY           what lets one object load into every program:
#                               no thread-local storage, no needed library, no symbol versions,
#                               no executable stack, no relocations in its code, no name that the
#                               program has to define
# elf.sh janitor PROGRAM        static, no interpreter, nothing undefined; prints its size
# elf.sh frames LIMIT DIR...    every function compiled into DIR has a frame below LIMIT bytes whose
#                               size is known (gcc -fstack-usage leaves NAME.su beside NAME.o;
#                               for "dynamic,bounded", from pushed arguments, that is a bound too)
set -euo pipefail

wrong=0

complain() {
	printf 'elf: %s\n' "$*" >&2
	wrong=1
}

check_stack() {
	local flags
	flags=$(readelf -lW "$1" | awk '$1 == "GNU_STACK" { print $7 $8 }')
	# Without the header the kernel assumes an executable stack.
	[[ $flags == RW* && $flags != *E* ]] || complain "$1: executable stack (${flags:-no GNU_STACK})"
}

check_shim() {
	local dynamic segments sections undefined
	dynamic=$(readelf -dW "$1")
	segments=$(readelf -lW "$1")
	sections=$(readelf -SW "$1")
	[[ $dynamic == *'Dynamic section'* ]] || complain "$1: not a dynamic object"
	! grep -qE '^ +TLS ' <<<"$segments" || complain "$1: thread-local storage"
	! grep -q '(NEEDED)' <<<"$dynamic" ||
		complain "$1: needs $(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' <<<"$dynamic" | paste -sd' ')"
	! grep -qF '.gnu.version_r' <<<"$sections" || complain "$1: refers to symbol versions"
	! grep -qF '.gnu.version_d' <<<"$sections" || complain "$1: defines symbol versions"
	! grep -q 'TEXTREL' <<<"$dynamic" || complain "$1: relocations in its code"
	undefined=$(nm --dynamic --undefined-only --format=posix "$1" | awk '$2 == "U" { print $1 }' | paste -sd' ')
	[[ -z $undefined ]] || complain "$1: cannot do without $undefined"
	check_stack "$1"
}

check_janitor() {
	local segments undefined
	segments=$(readelf -lW "$1")
	! grep -qE '^ +INTERP ' <<<"$segments" || complain "$1: wants an interpreter"
	! readelf -dW "$1" | grep -q '(NEEDED)' || complain "$1: needs libraries"
	undefined=$(nm --undefined-only --format=posix "$1" 2>/dev/null | cut -d' ' -f1 | paste -sd' ')
	[[ -z $undefined ]] || complain "$1: undefined $undefined"
	check_stack "$1"
	printf '%s: %s bytes, %s of them loaded\n' "$(basename "$1")" "$(stat -c %s "$1")" \
		"$(($(awk '$1 == "LOAD" { print "+" $5 }' <<<"$segments")))"
}

check_frames() {
	local limit=$1 dir object deepest
	shift
	for dir; do
		for object in "$dir"/*.o; do
			[[ -e $object ]] || {
				complain "$dir: no objects"
				continue
			}
			[[ -e ${object%.o}.su ]] || complain "$object: no ${object%.o}.su beside it"
		done
		# FILE:LINE:COLUMN:FUNCTION <tab> BYTES <tab> static | dynamic | dynamic,bounded
		deepest=$(cat "$dir"/*.su 2>/dev/null | awk -F'\t' -v limit="$limit" '
			$3 == "dynamic" { print "elf: " $1 ": frame of no fixed size" > "/dev/stderr"; bad = 1 }
			$2 >= limit { print "elf: " $1 ": frame of " $2 " bytes" > "/dev/stderr"; bad = 1 }
			$2 > most { most = $2; where = $1 }
			END { print most + 0 " bytes in " where; exit bad }') || wrong=1
		printf '%s: largest frame %s\n' "$(basename "$dir")" "$deepest"
	done
}

usage() {
	sed -n '2,10s/^# //p' "$0" >&2
	exit 2
}

(($# >= 2)) || usage
case $1 in
shim) check_shim "$2" ;;
janitor) check_janitor "$2" ;;
frames)
	(($# >= 3)) || usage
	check_frames "${@:2}"
	;;
*) usage ;;
esac

exit "$wrong"
