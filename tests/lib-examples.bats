#!/usr/bin/env bats
# lib-examples.bats: the programs in tools/examples/ do what they say, and leave what is meant to
# stay and nothing else. The cookbook shows these very files.

load helper

setup() {
	begin_test
	EXAMPLES=$PROBES/examples
	HERE=$WORK/here # where the examples run
	mkdir "$HERE"
	cd "$HERE" || return
}

# example NAME [ARG...]: its output is in `output`; it ends with 0 and says nothing on stderr
example() {
	local name=$1
	shift
	run --separate-stderr "$EXAMPLES/$name" "$@"
	echo "status $status: $output$stderr"
	[ "$status" -eq 0 ] && [ -z "$stderr" ]
}

# prints NAME LINES: the example ends with 0, prints this, and leaves nothing in TMPDIR
prints() {
	example "$1" || return
	[ "$output" = "$2" ] && [ -z "$(ls -A "$TMPDIR")" ]
}

# here PATH...: these files are in HERE, and no others
here() {
	local found expected
	found=$(find . -type f -printf '%P\n' | sort)
	expected=$( (($# == 0)) || printf '%s\n' "$@" | sort)
	echo "found: $found"
	[ "$found" = "$expected" ]
}

@test "first: the report is there under its name" {
	prints first 'report.txt is there, and whole'
	here report.txt
	[ "$(cat report.txt)" = 'all is well' ]
}

@test "named_file: what was flushed is read by the path; nothing stays" {
	prints named_file $'by its path: temporary data\nthere after discard: no'
	here
}

@test "anonymous: what was written is read; nothing stays" {
	prints anonymous $'line 1\nline 2\nline 3'
	here
}

@test "temporary_directory: it goes with what is in it" {
	prints temporary_directory $'both there: yes\nthere after discard: no'
	here
}

@test "work_dir: files are made with their parents, and never outside" {
	prints work_dir $'../../outside: refused\nhello tempfile'
	here
	[ ! -e "$TMPDIR/../outside" ]
}

@test "scratch_under: the file is in the directory that was asked for; an error names the other" {
	prints scratch_under 'cannot make a file in nowhere: No such file or directory'
	[[ $(ls root) =~ ^scratch-[A-Za-z0-9]{8}\.bin$ ]]
	[ "$(cat root/*)" = scratch ]
}

@test "by_template: what was made by template is removed" {
	prints by_template $'created: yes\nthere afterwards: no'
	here
}

@test "spooled_file: the limit itself is in memory, one byte more is on disk" {
	prints spooled_file "12 bytes more: in memory
1012 bytes more: in memory
1 bytes more: on disk
it begins with: Hello World"
	here
}

@test "spool_and_process: the pieces are one" {
	prints spool_and_process '90 bytes: chunk-00 chunk-01 chunk-02 chu...'
	here
}

@test "collect_payload: the pieces are a file" {
	prints collect_payload 'payload.bin is there'
	here payload.bin
	[ "$(cat payload.bin)" = 'one two three' ]
}

@test "atomic_write: parents are made, the second content is there, with the mode asked for" {
	prints atomic_write 'saved twice'
	here etc/app/config.json
	[ "$(cat etc/app/config.json)" = '{"version": 2}' ]
	[ "$(stat -c %a etc/app/config.json)" = 600 ]
}

@test "atomic_stream: without a commit the file is as it was" {
	prints atomic_stream \
		$'3 rows are in table.txt\n1 rows are not enough: table.txt stays as it was'
	here table.txt
	[ "$(cat table.txt)" = $'row 0\nrow 1\nrow 2' ]
}

@test "safe_write: what is there is not replaced" {
	prints safe_write "the second time: cannot replace $HERE/important.txt: File exists"
	here important.txt
	[ "$(cat important.txt)" = 'critical information' ]
}

@test "staged_upload: what is wrong or too much is forgotten, the rest has its place" {
	prints staged_upload "a picture: accepted
something else: Invalid argument
more than 16 bytes: File too large"
	here uploads/1/picture.jpg
	[ "$(cat uploads/1/picture.jpg)" = JFIF.... ]
}

@test "write_report: the report stays where it was made" {
	example write_report
	[[ ${output#"$TMPDIR/"} =~ ^report-[A-Za-z0-9]{8}\.txt$ ]]
	[ "$(cat "$output")" = 'all is well' ]
	declare_left "${output##*/}"
	here
}

@test "stage_artifact: the directory stays; a name that leads out leaves nothing" {
	example stage_artifact
	[[ ${output#"$TMPDIR/"} =~ ^stage-[A-Za-z0-9]{8}/bin/tool$ ]]
	[ "$(cat "$output")" = '#!/bin/sh' ]
	[ "$(ls -A "$TMPDIR" | wc -l)" -eq 1 ]
	declare_left "$(ls "$TMPDIR")"
	here
}

@test "fixtures: the files have their content, and go" {
	prints fixtures $'text: 3 lines\nbinary: 6 bytes'
	here
}

@test "daemon: what the child has taken over goes with the child" {
	prints daemon $'the daemon has it: yes\nthere afterwards: no'
	here
}

@test "on_signals: it dies of the signal, and the file goes" {
	run "$EXAMPLES/on_signals"
	echo "$status: $output"
	[ "$status" -eq $((128 + 15)) ]
	[[ $output == "$TMPDIR"/tmp* ]]
	[ -z "$(ls -A "$TMPDIR")" ]
}

@test "after_kill: it is killed, and the file goes" {
	run "$EXAMPLES/after_kill" "$BUILD/tmpguard-janitor"
	echo "$status: $output"
	[ "$status" -eq $((128 + 9)) ]
	[[ $output == "$TMPDIR"/tmp* ]]
	wait_until "$SOON" nothing_undeclared
}

@test "demo: a walk through most of it leaves nothing" {
	prints demo "directory: $TMPDIR
atomic write: {\"version\": 2}
work directory removed: yes
spooled 90 bytes, on disk
fixture ends in: .csv"
	here
}

@test "every example has a test here and a place in the cookbook" {
	for name in "$REPO"/tools/examples/*.c; do
		name=${name##*/}
		grep -q "^@test \"${name%.c}: " "$BATS_TEST_FILENAME" || fail "no test of $name"
		[ "$name" = first.c ] || grep -qx "<!-- tools/examples/$name -->" \
			"$REPO/tools/doc/cookbook.md" || fail "$name is not in the cookbook"
	done
}

# shown MD: each program in it, into $WORK/shown/
shown() {
	mkdir -p "$WORK/shown"
	awk -v dir="$WORK/shown/" '
		/^<!-- tools\/examples\/.* -->$/ { sub(".*/", "", $2); name = $2; next }
		/^```c$/ { if (!name) exit 1; out = dir name; name = ""; next }
		/^```$/ { out = ""; next }
		out { print >out }' "$1"
}

@test "the cookbook shows the examples as they are" {
	shown "$REPO/tools/doc/cookbook.md"
	[ -e "$WORK/shown/demo.c" ]
	for file in "$WORK"/shown/*; do
		diff "$file" "$REPO/tools/examples/${file##*/}"
	done
	! printf '```c\nint x;\n```\n' | shown /dev/stdin
}
