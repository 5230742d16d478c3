#!/usr/bin/env bats
# model.bats: the session's protocol, searched by spin. tests/model/README.md ties steps to functions.

load helper

@test "no execution removes a file of a living member, and where all die all files go" {
	command -v spin >/dev/null || skip "spin is not installed"
	run -0 "$BATS_TEST_DIRNAME/model/check.sh"
	echo "$output"
}

@test "every step of the protocol in session.h is tied to code in the model's table" {
	cd "$BATS_TEST_DIRNAME/.."
	local step name
	for step in $(grep -oE '^ \* +(Exec: +|Spawn: +)?[MJGRXSC][1-5]  ' lib/session.h | grep -oE '[MJGRXSC][1-5]'); do
		grep -qE "^\| $step +\|" tests/model/README.md || {
			echo "step $step is not in the table"
			return 1
		}
	done
	grep -oE '`[a-z_]+` in (lib|shim|tools)/[a-z]+\.c' tests/model/README.md | tr -d '`' |
		while read -r name _ file; do
			grep -qE "\b$name\(" "$file" || {
				echo "$name is not in $file"
				exit 1
			}
		done
}
