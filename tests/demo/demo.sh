#!/usr/bin/env bash
# demo.sh [BUILD]: a script that leaks in four ways, first as it is, then under `tmpguard run`.
# Ends with 1 if the first left nothing or the second left anything.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
build=$(realpath -m "${1:-$here/../../build}")
leaky=$build/demo/leaky

mkdir -p "$build/demo"
[[ $leaky -nt $here/leaky.c ]] || ${CC:-cc} -O1 -o "$leaky" "$here/leaky.c"

unset LD_PRELOAD
while read -r variable; do
	unset "$variable"
done < <(compgen -e TMPGUARD_)

# What programs find as their TMPDIR. What is in /tmp by the C program's name already is not ours.
TMPDIR=$(mktemp -d /tmp/demo.XXXX)
export TMPDIR
before=$(find /tmp -maxdepth 1 -name 'leaky-??????')

remains() {
	find "$TMPDIR" -mindepth 1
	find /tmp -maxdepth 1 -name 'leaky-??????' -user "$(id -un)" | grep -vxF "${before:-/}" || true
}

remove_remains() {
	remains | tr '\n' '\0' | xargs -0 -r rm -rf --
}
trap 'remove_remains; rm -rf "$TMPDIR"' EXIT

# The remains with their sizes in bytes; the sum below.
show() {
	local bytes=0 files=0 size path
	while read -r path; do
		[[ -f $path ]] || continue
		size=$(stat -c %s "$path")
		printf '    %9d  %s\n' "$size" "$path"
		((bytes += size, files += 1))
	done < <(remains)
	printf '    %9d  bytes in %d files and %d directories\n' "$bytes" "$files" \
		"$(remains | while read -r path; do [[ ! -d $path ]] || echo; done | wc -l)"
}

left=0

cat <<'END'
leaky.sh: a shell script forgets its file, a Python program is killed inside `with`,
a sort is killed while it spills, a C program has /tmp written into it.

1. As it is

    $ leaky.sh; find $TMPDIR /tmp/leaky-*
END
"$here/leaky.sh" "$leaky"
show
[[ -n $(remains) ]] || left=1
remove_remains

cat <<'END'

2. The same, unchanged, under tmpguard

    $ tmpguard run -- leaky.sh; find $TMPDIR /tmp/leaky-*
END
"$build/tmpguard" run -v -- "$here/leaky.sh" "$leaky" 2>&1 | sed 's/^/    /'
show
[[ -z $(remains) ]] || left=1
exit "$left"
