#!/usr/bin/env bash
# exports.sh table LIBRARY WRAPPED_H     what LIBRARY exports is what the table of wrappers names
# exports.sh header LIBRARY HEADER       what LIBRARY exports is what HEADER declares
#
# Both lists are read through the C preprocessor, so conditions in them count as they do in a build.
set -euo pipefail

read -ra compiler <<<"${CC:-cc}"

exported() {
	nm --dynamic --defined-only --format=posix "$1" | cut -d' ' -f1 | sort -u
}

# Every row of the table is W(return type, name, ...).
in_table() {
	printf '#define W(ret, name, ...) @name@\n#include "%s"\n' "$(realpath "$1")" |
		"${compiler[@]}" -E -P -D_GNU_SOURCE -I"$(dirname "$1")/../lib" -x c - |
		grep -o '@ *[A-Za-z0-9_]* *@' | tr -d '@ ' | sort -u
}

# Whatever named tf_ stands before a parenthesis in the header's own lines, definitions for the
# includer (static inline) excepted. Declarations are joined first: one may span lines.
in_header() {
	printf '#include "%s"\n' "$(realpath "$1")" |
		"${compiler[@]}" -E -x c - |
		awk -v header="/$(basename "$1")\"" '
			/^# [0-9]+ "/ { mine = index($0, header) > 0; next }
			mine' |
		tr '\n' ' ' | sed 's/[;}]/\n/g' | grep -v '\<static\>' |
		grep -oE '\<tf_[a-z0-9_]+ *\(' | tr -d ' (' | sort -u
}

usage() {
	echo 'usage: exports.sh table|header LIBRARY FILE' >&2
	exit 2
}

(($# == 3)) || usage
case $1 in
table) wanted=$(in_table "$3" || true) ;;
header) wanted=$(in_header "$3" || true) ;;
*) usage ;;
esac
found=$(exported "$2")

[[ -n $wanted ]] || {
	printf 'exports: %s names nothing\n' "$3" >&2
	exit 1
}
difference=$(diff <(printf '%s\n' "$wanted") <(printf '%s\n' "$found") |
	sed -n "s|^< \(.*\)|exports: \1 is in $3 and not exported|p
		s|^> \(.*\)|exports: \1 is exported and not in $3|p" || true)
[[ -z $difference ]] || {
	printf '%s\n' "$difference" >&2
	exit 1
}
printf '%s names\n' "$(wc -l <<<"$found")"
