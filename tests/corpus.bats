#!/usr/bin/env bats
# corpus.bats: the rule for programs with a mkstemp of their own, judged on what real programs make:
# tests/idiom/corpus.tsv. Half the programs, by a hash of their names, were not looked at while the
# rule was made. DESIGN 2.

# shellcheck disable=SC2034 # the parts of a line that are not asked for
load helper

setup() {
	begin_test
	need python3
	chmod 711 "$TMPDIR"
	declare_left judged
	CORPUS=$REPO/tests/idiom/corpus.tsv
}

judge() { # CORPUS [HALF]
	mkdir -m 711 "$TMPDIR/judged"
	env -u TMPDIR python3 "$REPO/tests/idiom/judge.py" "$1" "$PROBES/replay" "$SHIM" "$TMPDIR/judged" "${@:2}"
}

# share HALF WHAT: of what `judge` printed, the per cent.
share() {
	sed -n "s/^$1: $2: .* \\([0-9]*\\) %\$/\\1/p" <<<"$output"
}

@test "of what real programs make in temp roots, nothing that somebody wants is removed, and most of the rest is" {
	local half

	run -0 judge "$CORPUS"
	printf '%s\n' "${lines[@]}" >&3
	for half in tuning held; do
		[[ $output == *"$half: wanted: 0 of "[1-9][0-9]* ]] || fail "$output"
		[ "$(share "$half" "temporary, by libc's")" -ge 98 ] || fail "$output"
	done
	assert_output_lacks "gone:"
	[ "$(share tuning 'temporary, by a mkstemp of their own')" -ge 77 ] || fail "$output"
	[ "$(share held 'temporary, by a mkstemp of their own')" -ge 84 ] || fail "$output"
}

@test "the corpus has at least 300 creations by at least 200 programs, both labels in both halves" {
	local half label

	[ "$(grep -vc '^#' "$CORPUS")" -ge 300 ]
	[ "$(grep -v '^#' "$CORPUS" | cut -f 2 | sort -u | wc -l)" -ge 200 ]
	for half in tuning held; do
		for label in temp wanted; do
			[ "$(grep -c "^$half	.*	$label	" "$CORPUS")" -ge 50 ]
		done
	done
}

@test "the judge sees a wanted file that is removed, and a program in the wrong half" {
	printf '%s\tprobe\topen\trdwr,creat,excl\t0600\t/tmp\ttmp-aB3dE9xY\t-\twanted\ta test\n' tuning held >"$WORK/corpus"
	run judge "$WORK/corpus"
	[[ $output == *"probe is not of the half"* && $status != 0 ]] || fail "$output"
	rm -r "$TMPDIR/judged"
	sed -i "/^$(sed 's/.* half //' <<<"$output")/d" "$WORK/corpus"
	run -0 judge "$WORK/corpus"
	[[ $output == "gone: "*"wanted: 1 of 1 removed, 100 %"* ]] || fail "$output"
}
