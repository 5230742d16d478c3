#!/usr/bin/env bats
# ruby.bats: Tempfile and Dir.mktmpdir, with and without tmpguard. DESIGN 2, 14.

# shellcheck disable=SC2034 # alike's variables
load harness
load ../alike

setup() {
	begin_alike
	BOUND=60
}

teardown() {
	end_test || return
	row_of_alike
}

# Names hold the day and the creator's pid.
ruby_does() { # HOW
	uses ruby
	BY_NAME=1 DRAWN='(mine-|d)?[0-9]{8}-[0-9]+-[a-z0-9]+(\.txt|\.d)?' OURS='[0-9]{8}-[0-9]+-[a-z0-9]+'
	alike ruby --disable=gems "$REPO/tests/programs/tempfiles.rb" "$1"
}

@test "Ruby: Tempfile and Dir.mktmpdir, used in order" {
	WANT="done" LEAVES=0
	ruby_does orderly
}

@test "Ruby: Tempfile.create and Dir.mktmpdir without a block" {
	WANT="done" LEAVES=8
	ruby_does forgotten
}

@test "Ruby: what was made elsewhere, by another name or renamed, stays" {
	WANT="done" LEAVES=3 STAY=(by-name.txt notes.txt folder)
	ruby_does meant
}

@test "Ruby killed by SIGKILL leaves nothing" {
	WANT="status 137" LEAVES=5
	ruby_does killed
}

@test "Ruby ended by exit! leaves nothing" {
	WANT="status 7" LEAVES=5
	ruby_does exited
}

@test "Ruby: a forked child's end takes nothing of its parent's" {
	WANT="done" LEAVES=3
	ruby_does forked
}
