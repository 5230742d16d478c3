#!/usr/bin/env bash
# tree.sh paths [ROOT]     no file says where somebody's checkout or home directory lies
# tree.sh licence [ROOT]   LICENSE is the MIT licence
# tree.sh shell [ROOT]     shellcheck has nothing to warn of in the shell scripts
# tree.sh format [ROOT]    clang-format would change nothing in the C files
# tree.sh programs [ROOT]  tools/doc/programs.md has a line for each scenario of the harness
#
# The files are those that git has or would take; outside a git checkout, all but build/.
set -euo pipefail

usage() {
	sed -n '2,6s/^# //p' "$0" >&2
	exit 2
}

list_files() {
	if [[ $(git rev-parse --show-toplevel 2>/dev/null) == "$PWD" ]]; then
		git ls-files --cached --others --exclude-standard
	else
		find . \( -path ./build -o -path ./.git \) -prune -o -type f -printf '%P\n'
	fi | while read -r file; do
		[[ ! -f $file ]] || printf '%s\n' "$file"
	done
}

# What would give the machine away: this checkout's path, its top directory unless every system has
# one of that name, and a home directory.
machine_paths() {
	local top
	printf '%s\n' "$PWD"
	top=${PWD#/}
	top=${top%%/*}
	case $top in
	bin | boot | build | dev | etc | home | lib* | media | mnt | opt | proc | root | run | sbin | \
		srv | sys | tmp | usr | var) ;;
	*) printf '/%s\n' "$top" ;;
	esac
	[[ ${HOME:-/} == / ]] || printf '%s\n' "$HOME"
}

check_paths() {
	local path pattern='(^|[^A-Za-z0-9_.$}/*-])(/home/[a-z][a-z0-9_-]*' found
	while read -r path; do
		pattern+="|$path"
	done < <(machine_paths | sed 's/[][\.*^$+?(){}|]/\\&/g')
	pattern+=')([^A-Za-z0-9_-]|$)'
	found=$(list_files | tr '\n' '\0' | xargs -0 -r grep -InE "$pattern" -- || true)
	[[ -z $found ]] || {
		printf 'tree: path of a machine: %s\n' "$found" >&2
		return 1
	}
}

check_licence() {
	local text part
	text=$(tr -s '[:space:]' ' ' <LICENSE)
	for part in 'MIT License' 'Permission is hereby granted, free of charge, to any person' \
		'to use, copy, modify, merge, publish, distribute, sublicense, and/or sell' \
		'THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND'; do
		[[ $text == *"$part"* ]] || {
			printf 'tree: LICENSE: not the MIT licence: "%s" is missing\n' "$part" >&2
			return 1
		}
	done
}

check_shell() {
	list_files | grep -E '\.(sh|bash)$|^\.ci/run$' | tr '\n' '\0' |
		xargs -0 -r shellcheck --severity=warning --
}

check_format() {
	list_files | grep -E '^(lib|shim|tools|tests)/.*\.[ch]$' | tr '\n' '\0' |
		xargs -0 -r clang-format --dry-run -Werror --
}

check_programs() {
	# shellcheck disable=SC1003
	diff <(grep -lx 'load harness' tests/programs/*.bats | xargs -r sed -n 's/^@test "\(.*\)" {$/\1/p' |
		tr -d '\\' | sort) \
		<(sed -n '/^|---/,$ s/^| \(.*\) |.*|.*|.*|.*|.*|.*|$/\1/p' tools/doc/programs.md |
			sort) >&2 || {
		echo 'tree: tools/doc/programs.md is out of date: make test-programs PROGRAMS_TABLE=1' >&2
		return 1
	}
}

(($# >= 1)) || usage
cd "${2:-.}"
case $1 in
paths | licence | shell | format | programs) "check_$1" ;;
*) usage ;;
esac
