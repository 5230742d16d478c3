#!/usr/bin/env bash
# layers.sh [ROOT]: no file uses what lies above it.
#
# `LAYERS := a b c` in ROOT/Makefile names the modules of lib/ from bottom to top; the module a is
# lib/a.c and lib/a.h. A file of lib/ may include headers of its own module and of lower ones, and
# nothing of shim/ or tools/; a file of shim/ may include nothing of tools/. tempfile.h is the
# public header: everybody may include it. freestanding.c, the functions that the compiler itself
# calls, lies below all modules and has no header.
set -euo pipefail

root=${1:-.}
wrong=0

complain() {
	printf 'layers: %s\n' "$*" >&2
	wrong=1
}

# The words of LAYERS, continuation lines joined, comments dropped.
layers() {
	sed -e ':join' -e '/\\$/{N;s/\\\n/ /;b join' -e '}' "$1" |
		sed -n 's/#.*//; s/^LAYERS[[:space:]]*:=//p'
}

# The names between quotes in the #include lines of a file, one per line.
quoted_includes() {
	sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*"\([^"]*\)".*/\1/p' "$1"
}

declare -A rank=([freestanding]=0)
height=0
for module in $(layers "$root/Makefile"); do
	[[ -z ${rank[$module]:-} ]] || complain "Makefile: LAYERS names $module twice"
	rank[$module]=$((++height))
	[[ -e $root/lib/$module.c || -e $root/lib/$module.h ]] ||
		complain "Makefile: LAYERS names $module, and neither lib/$module.c nor lib/$module.h is there"
done
((height > 0)) || complain "Makefile: no line LAYERS := ..."

shopt -s nullglob

for file in "$root"/lib/*.[ch]; do
	name=$(basename "$file")
	module=${name%.[ch]}
	[[ $name == tempfile.h || -n ${rank[$module]:-} ]] || {
		complain "lib/$name: module $module is not in LAYERS"
		continue
	}
	while read -r included; do
		[[ $included != tempfile.h ]] || continue
		below=${included%.h}
		if [[ $included == */* || ! -e $root/lib/$included ]]; then
			complain "lib/$name includes \"$included\", which is not of lib/"
		elif [[ -z ${rank[$below]:-} ]]; then
			complain "lib/$name includes \"$included\", whose module is not in LAYERS"
		elif [[ $name == tempfile.h ]]; then
			complain "lib/tempfile.h includes \"$included\", which is not installed"
		elif ((rank[$below] > rank[$module])); then
			complain "lib/$name includes \"$included\", which lies above it"
		fi
	done < <(quoted_includes "$file")
done

for file in "$root"/shim/*.[chS]; do
	while read -r included; do
		base=$(basename "$included")
		if [[ $included == *tools/* ]] ||
			[[ -e $root/tools/$base && ! -e $root/shim/$base && ! -e $root/lib/$base ]]; then
			complain "shim/$(basename "$file") includes \"$included\", which is of tools/"
		fi
	done < <(quoted_includes "$file")
done

exit "$wrong"
