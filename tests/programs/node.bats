#!/usr/bin/env bats
# node.bats: fs.mkdtemp, threads and children of Node.js, with and without tmpguard. DESIGN 2, 14.

# shellcheck disable=SC2034 # alike's variables
load harness
load ../alike

setup() {
	begin_alike
	BOUND=60
	DRAWN='(mine-|here-)[A-Za-z0-9]{6}|tmp\.[A-Za-z0-9]{10}'
}

teardown() {
	end_test || return
	row_of_alike
}

node_does() { # HOW
	uses node:nodejs
	alike node "$REPO/tests/programs/tempfiles.mjs" "$1"
}

@test "Node.js: mkdtemp, streams and promises, used in order" {
	WANT="done" LEAVES=0
	node_does orderly
}

@test "Node.js: directories that nobody removed before process.exit" {
	WANT="status 5" LEAVES=3
	node_does forgotten
}

@test "Node.js: what was made elsewhere, by name or renamed, stays" {
	WANT="done" LEAVES=4 STAY=(by-name.txt notes.txt folder)
	node_does meant
}

@test "Node.js killed by SIGKILL leaves nothing" {
	WANT="status 137" LEAVES=2
	node_does killed
}

@test "Node.js ended by process.abort leaves nothing" {
	WANT="status 134" LEAVES=1
	node_does aborted
}

@test "Node.js: the directories of worker threads outlive the threads" {
	WANT="done" LEAVES=3
	node_does threads
}

@test "Node.js: the files of children, shells included, outlive the children" {
	BY_NAME=1
	WANT="done" LEAVES=6
	node_does children
}
