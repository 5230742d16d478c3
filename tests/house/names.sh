#!/usr/bin/env bash
# names.sh libc                                     paths of the libcs of this machine's compilers
# names.sh check WRAPPED_H NOT_WRAPPED LIBRARY...   the table of wrapped names against those libcs
#
# Every name that WRAPPED_H wraps is in one of the libraries, or its row has a comment that names
# the libc and its version that has it: W(...) /* glibc 2.99 */. And every name of the libraries
# that belongs to a family below is wrapped, or stands in NOT_WRAPPED with a reason: a name, a
# blank, and why. A name that is in both is refused as well.
set -euo pipefail

# Whole names. What only opens for reading, or is libc's own (GLIBC_PRIVATE), is none of ours.
families=(
	'.*mko?stemp.*' '.*mkdtemp.*' 'tmpfile.*' '_*mktemp' 'tmpnam.*' 'tempnam'
	'_*open(at)?' '.*open(at)?64(_2)?' '.*open(at)?_2' '_*openat2' '_*creat(64)?' '_*mkdir.*'
	'_*execv.*' '_*execl.*' '_*fexecve' '(posix|pidfd)_spawnp?' '_*v?[fF]ork' 'daemon'
	'forkpty' 'system' '(_IO_)?popen' 'shm_open' '_exit' '_Exit' 'quick_exit'
)

read -ra compiler <<<"${CC:-cc}"

# The loader of a musl program is its libc.
list_libcs() {
	local file loader scratch

	file=$("${compiler[@]}" -print-file-name=libc.so.6)
	[[ $file != /* ]] || printf '%s\n' "$file"
	command -v musl-gcc >/dev/null || return 0
	scratch=$(mktemp)
	musl-gcc -o "$scratch" -x c - <<<'int main(void) { return 0; }'
	loader=$(readelf -lW "$scratch" | sed -n 's/.*program interpreter: \(.*\)\]/\1/p')
	rm "$scratch"
	printf '%s\n' "$loader"
}

# Names, without their versions.
defined_in() {
	nm --dynamic --defined-only --format=posix "$1" |
		awk '$2 ~ /^[TWi]$/ && $1 !~ /@GLIBC_PRIVATE$/ { sub(/@.*/, "", $1); print $1 }' |
		sort -u
}

of_families() {
	local IFS='|'
	grep -xE "${families[*]}" || true
}

# Every wrapped name, and after it whatever else stands in its row, on one line.
rows() {
	awk '
		/^[WU]\(/ || /^\/\*/ || /^$/ { if (row) print row; row = "" }
		/^W\(/ { row = $0; next }
		row { row = row " " $0 }
		END { if (row) print row }' "$1" |
		sed -nE 's/^W\([^,]*, *([A-Za-z0-9_]+),(.*)/\1 \2/p'
}

listed() {
	sed -E '/^(#|$)/d; s/[[:space:]].*//' "$1" | sort -u
}

check() {
	local wrapped_h=$1 not_wrapped=$2 known wrapped name wrong

	shift 2
	wrapped=$(rows "$wrapped_h" | cut -d' ' -f1 | sort -u)
	[[ -n $wrapped ]] || {
		printf 'names: %s names nothing\n' "$wrapped_h" >&2
		return 1
	}
	known=$(for name; do defined_in "$name"; done | sort -u)
	[[ -n $known ]] || {
		echo 'names: the libraries define nothing' >&2
		return 1
	}
	wrong=$(
		rows "$wrapped_h" | while read -r name rest; do
			grep -qxF "$name" <<<"$known" ||
				grep -qE '/\*.*(glibc|musl) [0-9]+\.[0-9]' <<<"$rest" ||
				printf '%s is wrapped, and in no libc here: its row has to say in which\n' "$name"
		done
		comm -23 <(of_families <<<"$known") <(sort -u <<<"$wrapped"$'\n'"$(listed "$not_wrapped")") |
			sed 's/$/ is in libc, and neither wrapped nor listed/'
		comm -12 <(listed "$not_wrapped") <(printf '%s\n' "$wrapped") |
			sed 's/$/ is wrapped, and listed as not wrapped/'
		sed -nE '/^(#|$)/d; s/^([^[:space:]]+)[[:space:]]*$/\1 is listed without a reason/p' \
			"$not_wrapped"
	)
	[[ -z $wrong ]] || {
		printf 'names: %s\n' "${wrong//$'\n'/$'\n'names: }" >&2
		return 1
	}
	printf '%s names\n' "$(wc -l <<<"$wrapped")"
}

usage() {
	sed -n '2,3s/^# //p' "$0" >&2
	exit 2
}

(($# >= 1)) || usage
case $1 in
libc) list_libcs ;;
check)
	(($# >= 4)) || usage
	shift
	check "$@"
	;;
*) usage ;;
esac
