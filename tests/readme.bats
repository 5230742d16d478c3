#!/usr/bin/env bats
# readme.bats: every command in README.md is run, and prints what README.md says it prints.
#
# Commands stand in blocks fenced ```sh. Each is given to `sh -e` in the checkout's root, with
# what was built first in PATH, nothing to read, and a HOME and a TMPDIR of its own. A block fenced
# ```text right after one is what it prints, on both streams; there, paths are taken for equal, and
# so are numbers. `$PWD/build` stands for what was built, wherever that is. There are no other kinds
# of block.
#
# A block after a line <!-- not run: REASON --> is not run. One after <!-- needs: tmpguard SUBCOMMAND
# --> is run if there is such a subcommand; with CI=true in the environment there has to be.
#
# What it builds and installs changes BUILD for a while.
# run-tests: alone

setup_file() {
	ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	BUILD=$(realpath -m "${BUILD:-$ROOT/build}")
	export ROOT BUILD
	# What `make test` was told counts here too; the .d files name BUILD as make was given it.
	MAKEFLAGS=" -- $(sed -n 's/^.* -- //p' <<<"${MAKEFLAGS:-}") BUILD=$(
		realpath -m --relative-base="$ROOT" "$BUILD")"
	export MAKEFLAGS
	unset MAKELEVEL LD_PRELOAD
}

setup() {
	mkdir "$BATS_TEST_TMPDIR/home" "$BATS_TEST_TMPDIR/t"
	export HOME=$BATS_TEST_TMPDIR/home TMPDIR=$BATS_TEST_TMPDIR/t
	export PATH=$BUILD:$PATH SHELL=/bin/sh
	BLOCKS=$BATS_TEST_TMPDIR/blocks
	mkdir "$BLOCKS"
}

# split README: into BLOCKS/NNN.run, .expect (of the block before), .exempt, .needs (the subcommand);
# a fault ends it with 1.
split() {
	awk -v dir="$BLOCKS" '
		function fault(what) { print FILENAME ":" FNR ": " what; bad = 1 }
		/^```/ && !inside {
			inside = 1
			kind = substr($0, 4)
			if (kind == "sh") {
				out = sprintf("%s/%03d.%s", dir, ++n, exempt ? "exempt" : "run")
				if (needs) {
					print needs >sprintf("%s/%03d.needs", dir, n)
					close(sprintf("%s/%03d.needs", dir, n))
				}
			} else if (kind == "text" && after_sh)
				out = sprintf("%s/%03d.expect", dir, n)
			else if (kind == "text")
				out = "/dev/null"
			else
				fault("block of kind \"" kind "\"")
			printf "" >out
			next
		}
		/^```$/ && inside {
			inside = 0
			after_sh = kind == "sh" && !exempt
			exempt = 0
			needs = ""
			close(out)
			next
		}
		inside { print >out; next }
		/^(    |\t)/ { fault("indented block") }
		/^<!-- not run: ..*-->$/ { exempt = 1; next }
		/^<!-- needs: tmpguard [a-z]+ -->$/ { needs = $4; next }
		/./ { if (exempt || needs) fault("no block after a mark"); after_sh = 0 }
		END { if (inside) fault("block without end"); exit bad }' "$1"
}

# Paths and numbers differ from run to run.
plain() {
	sed -E 's|/[^ :,)"]+|PATH|g; s/0x[0-9a-f]+/N/g; s/[0-9]+/N/g; s/[[:space:]]+$//'
}

# is_there BLOCK: what BLOCK needs.
is_there() {
	local needs=${1%.run}.needs
	[ ! -e "$needs" ] || "$BUILD/tmpguard" "$(cat "$needs")" --help >/dev/null 2>&1
}

# run_blocks: each block, shown with its output; fails if one does, or prints something else.
run_blocks() {
	local block wrong=0 ran=0
	cd "$ROOT" || return
	for block in "$BLOCKS"/*.run; do
		[ -e "$block" ] || continue
		if ! is_there "$block"; then
			echo "--- no such subcommand: $(cat "${block%.run}.needs")"
			[ "${CI:-}" != true ] || wrong=1
			continue
		fi
		((++ran))
		sed -i "s|\\\$PWD/build|\\\$BUILD|g" "$block"
		printf '%s\n' "--- $(cat "$block")"
		sh -e "$block" >"$block.out" 2>&1 </dev/null || {
			echo "--- ended with $?"
			wrong=1
		}
		cat "$block.out"
		if [ -e "${block%.run}.expect" ]; then
			diff <(plain <"${block%.run}.expect") <(plain <"$block.out") || {
				echo '--- printed something else than README says (<)'
				wrong=1
			}
		fi
	done
	echo "--- $ran blocks ran"
	return "$wrong"
}

@test "every command in README.md works, and prints what is said there" {
	before=$(cd "$ROOT" && git status --porcelain 2>/dev/null || true)
	split "$ROOT/README.md"
	run_blocks
	[ -z "$(ls -A "$TMPDIR")" ]
	[ "$(cd "$ROOT" && git status --porcelain 2>/dev/null || true)" = "$before" ]
}

@test "few commands in README.md are exempt from being run" {
	split "$ROOT/README.md"
	exempt=$(find "$BLOCKS" -name '*.exempt' | wc -l)
	all=$(find "$BLOCKS" -name '*.exempt' -o -name '*.run' | wc -l)
	echo "$exempt of $all"
	[ "$exempt" -le 3 ] && [ "$all" -ge 5 ]
}

@test "readme: a command that fails, or prints something else, is found" {
	README=$BATS_TEST_TMPDIR/README.md
	printf '```sh\necho 1 /a/b\n```\n\n```text\n22 /c\n```\n' >"$README"
	split "$README"
	run_blocks
	rm "$BLOCKS"/*
	printf '```sh\necho one\n```\n```text\ntwo\n```\n' >"$README"
	split "$README"
	run run_blocks
	[ "$status" -eq 1 ]
	rm "$BLOCKS"/*
	printf '```sh\nfalse\ntrue\n```\n' >"$README"
	split "$README"
	run run_blocks
	[ "$status" -eq 1 ]
	rm "$BLOCKS"/*
	printf '<!-- not run: it fails -->\n```sh\nfalse\n```\n' >"$README"
	split "$README"
	run_blocks
}

@test "readme: a block whose subcommand is not there is passed over, but not by CI" {
	README=$BATS_TEST_TMPDIR/README.md
	printf '<!-- needs: tmpguard nonsense -->\n```sh\nfalse\n```\n```sh\ntrue\n```\n' >"$README"
	split "$README"
	CI='' run run_blocks
	[ "$status" -eq 0 ] && [[ $output == *nonsense*"1 blocks ran" ]]
	CI=true run run_blocks
	[ "$status" -eq 1 ]
	rm "$BLOCKS"/*
	printf '<!-- needs: tmpguard run -->\n```sh\nfalse\n```\n' >"$README"
	split "$README"
	run run_blocks
	[ "$status" -eq 1 ]
}

@test "readme: blocks that nothing would run are found" {
	README=$BATS_TEST_TMPDIR/README.md
	for text in '```bash\nx\n```\n' '```\nx\n```\n' '    make\n' '```sh\nx\n' \
		'<!-- not run: x -->\n\nwords\n' '<!-- needs: tmpguard run -->\n\nwords\n'; do
		printf "$text" >"$README"
		run split "$README"
		echo "$text: $output"
		[ "$status" -eq 1 ] && [[ $output == "$README:"* ]]
	done
}
