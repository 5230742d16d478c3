#!/usr/bin/env bash
# seam.sh OBJECT...: the objects need nothing but each other and four functions on memory.
#
# What talks to the kernel, knows errno, allocates or prints comes from libc, so an object that
# refers to none of libc's names does none of it. The objects that may are the seams, lib/sys.o and
# lib/host.o, and are not given to this script. The compiler itself may put in calls of the memory functions,
# and position-independent code refers to the offset table.
set -euo pipefail

allowed='^(tf_[a-z0-9_]+|memcpy|memset|memcmp|memmove|_GLOBAL_OFFSET_TABLE_)$'
wrong=0

(($# > 0)) || {
	echo 'seam: no objects to look at' >&2
	exit 2
}

for object in "$@"; do
	names=$(nm --undefined-only --format=posix "$object" | cut -d' ' -f1)
	foreign=$(grep -Ev "$allowed" <<<"$names" | grep . | paste -sd' ' || true)
	[[ -z $foreign ]] || {
		printf 'seam: %s refers to %s\n' "$object" "$foreign" >&2
		wrong=1
	}
done

exit "$wrong"
