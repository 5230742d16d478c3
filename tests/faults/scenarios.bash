# scenarios.bash: what faults.sh sweeps over. Each has a COMMAND, and says whose calls fail.
# shellcheck shell=bash disable=SC1083,SC2034,SC2154 # braces are words; faults.sh's variables

OURS=creat,excl,rdwr
# Each way to make something, to go on as another process or program, and an end in order.
WORDS=(mkstemp "$T" write secret mkdtemp "$T" populate fork { mkstemp "$T" } wait
	open "$TMPDIR/kXy7Zq81" "$OURS" 0600 mktemp "$T" use tmpfile system { mkstemp "$T" }
	posix_spawn { mkdtemp "$T" } execv { mkstemp "$T" return 3 })

begin_scenario "shim, bare" shim
PRELOAD=(--preload "$SHIM")
COMMAND=("$PROBE" "${WORDS[@]}")
sweep
