#!/usr/bin/env bash
# rebuild.sh ROOT [MAKE-ARGUMENT...]: a changed header rebuilds what includes it and nothing else.
#
# Nothing is touched: for each header of lib/, shim/ and tools/, `make -n -W HEADER` says what would
# be compiled if it had changed. That has to be the sources that reach the header by #include lines
# as read here, which is not how the Makefile knows (the compiler's .d files).
set -euo pipefail

cd "$1"
shift
wrong=0

complain() {
	printf 'rebuild: %s\n' "$*" >&2
	wrong=1
}

# dry_run [-W HEADER]: the commands that make would run
dry_run() {
	make --no-print-directory -n "${make_arguments[@]}" "$@"
}
make_arguments=("$@")

# The sources compiled by the commands on standard input.
compiled() {
	grep -E '(^|[[:space:]])-c([[:space:]]|$)' | tr -s '[:space:]' '\n' |
		grep -E '\.[cS]$' | sed 's|^\./||' | sort -u
}

# The headers that a file reaches, itself included, one per line.
declare -A seen
reach() {
	local file=$1 included dir
	[[ -z ${seen[$file]:-} ]] || return 0
	seen[$file]=1
	while read -r included; do
		for dir in "$(dirname "$file")" lib shim tools; do
			if [[ -e $dir/$included ]]; then
				reach "$(realpath --relative-to=. "$dir/$included")"
				break
			fi
		done
	done < <(sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$file")
}

shopt -s nullglob
all=$(dry_run -B | compiled || true)
[[ -n $all ]] || {
	complain 'make -n -B compiles nothing'
	exit 1
}

stale=$(dry_run | compiled || true)
[[ -z $stale ]] || {
	complain "not built, so nothing can be said: make would compile ${stale//$'\n'/ }"
	exit 1
}

declare -A users
for source in $all; do
	[[ -e $source ]] || continue
	seen=()
	reach "$source"
	for header in "${!seen[@]}"; do
		users[$header]+="$source"$'\n'
	done
done

for header in lib/*.h shim/*.h tools/*.h; do
	expected=$(printf '%s' "${users[$header]:-}" | sort -u)
	got=$(dry_run -W "$header" | compiled || true)
	[[ $got == "$expected" ]] || {
		complain "$header has changed, and make compiles otherwise than its users (<) would need:"
		diff <(printf '%s\n' "$expected") <(printf '%s\n' "$got") | grep '^[<>]' >&2 || true
	}
done

exit "$wrong"
