#!/usr/bin/env bats
# java.bats: the temporary files of the JVM, with and without tmpguard. It looks for its temporary
# directory in a property, not in TMPDIR. DESIGN 2, 14.

# shellcheck disable=SC2016,SC2034 # scripts; alike's variables
load harness
load ../alike

setup() {
	begin_alike
	MADE=() # in /tmp itself
	BOUND=90
	export SOURCE=$REPO/tests/programs/TempFiles.java
	# A prefix, a random number, a suffix.
	DRAWN='(mine)?[0-9]{15,20}(\.txt|\.tmp)?|tmp\.[A-Za-z0-9]{10}' OURS='^(mine)?[0-9]{15,20}(\.txt|\.tmp)?$'
}

teardown() {
	rm -rf "${MADE[@]}"
	end_test || return
	row_of_alike
}

java_does() { # HOW
	uses java:default-jdk-headless javac:default-jdk-headless
	BY_NAME=1
	alike sh -c 'exec java -Djava.io.tmpdir="$TMPDIR" "$SOURCE" "$0"' "$1"
}

@test "Java: createTempFile, createTempDirectory and deleteOnExit, used in order" {
	WANT="done" LEAVES=0
	java_does orderly
}

@test "Java: what was made by createTempFile and createTempDirectory and not removed" {
	WANT="status 5" LEAVES=6
	java_does forgotten
}

@test "Java: what was made elsewhere, by another name or renamed, stays" {
	WANT="done" LEAVES=4 STAY=(by-name.txt notes.txt folder)
	java_does meant
}

@test "Java ended by Runtime.halt leaves nothing" {
	WANT="status 7" LEAVES=4
	java_does halted
}

@test "Java killed by SIGKILL leaves nothing" {
	WANT="status 137" LEAVES=4
	java_does killed
}

@test "Java: its files and its children's are there as long as it runs" {
	WANT="done" LEAVES=3
	java_does children
}

# The property is /tmp by default. What JVMs find each other by there, hsperfdata_USER, stays.
@test "Java: files in /tmp itself go, and hsperfdata stays" {
	local way path shared inode

	uses java:default-jdk-headless javac:default-jdk-headless
	shared=/tmp/hsperfdata_$(id -un)
	for way in plain shimmed guarded; do
		run -0 --separate-stderr "$way" java "$SOURCE" named
		[ "${#lines[@]}" = 4 ]
		MADE+=("${lines[@]}")
		for path in "${lines[@]}"; do
			[[ $path == /tmp/*[0-9]* ]]
			if [ "$way" = plain ]; then
				assert_exists "$path"
				rm -r "$path"
			else
				wait_until_gone "$path" "$LATER"
			fi
		done
		assert_equal "$way: the inode of $shared" "${inode:=$(stat -c %i "$shared")}" "$(stat -c %i "$shared")"
	done
	assert_only_bystanders
}
