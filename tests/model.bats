#!/usr/bin/env bats
# model.bats: the session's protocol, searched by spin. tests/model/README.md ties steps to functions.

load helper

export BATS_TEST_TIMEOUT=600 # on a busy machine

@test "no execution removes a file of a living member, and where all die all files go" {
	command -v spin >/dev/null || skip "spin is not installed"
	run -0 "$BATS_TEST_DIRNAME/model/check.sh"
	echo "$output"
}

@test "every step of the protocol in session.h is tied to code in the models' table" {
	cd "$BATS_TEST_DIRNAME/.."
	local step
	for step in $(grep -oE '^ \* +(Exec: +|Spawn: +)?[A-Z][1-9]  ' lib/session.h | grep -oE '[MJGRXSFLC][1-9]'); do
		grep -qE "^\| $step +\|.*\`" tests/model/README.md || {
			echo "step $step is not in the table"
			return 1
		}
	done
}

@test "what the models' table names is there: functions, files, and what the models call a step" {
	cd "$BATS_TEST_DIRNAME/.."
	local name file n=0
	while read -r name _ file; do
		grep -qE "^[^ \t#/*].*\b$name\(" "$file" || {
			echo "$name is not in $file"
			return 1
		}
		n=$((n + 1))
	done < <(grep -oE '`[a-z_]+` in (lib|shim|tools)/[a-z_]+\.c' tests/model/README.md | tr -d '`')
	((n >= 40))
	while read -r file name; do
		grep -qE "\b$name\b" "tests/model/$file" || {
			echo "$name is not in $file"
			return 1
		}
	done < <(sed -nE 's/^\| [A-Z][a-z0-9]* +\| ([a-z]+\.pml): `([A-Za-z_]+)`.*/\1 \2/p' tests/model/README.md)
}
