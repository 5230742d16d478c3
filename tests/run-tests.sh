#!/usr/bin/env bash
# run-tests.sh BUILD [FILE.bats...]: runs the bats suites (all of them by default) on what lies in
# BUILD, shows every failure in full, and ends with the line
#
#     N passed, N failed
#
# Exit status 0 if nothing failed, else 1. A test that was skipped is named; with CI=true in the
# environment it counts as failed. bats is installed by the machine's package manager if missing.
# A suite may take TEST_SECONDS (1200). With TEST_TAGS=!TAG tests of that tag are left out.
#
# As many suites run at once as there are processors, up to 4, or TEST_JOBS. Each test has
# directories of its own; within a suite the tests run one after the other. A suite that changes what
# lies in BUILD says `# run-tests: alone`, and runs when all others have ended.
set -uo pipefail

cd "$(dirname "$0")/.." || exit 1
BUILD=$(realpath -m "${1:-build}")
JOBS=${TEST_JOBS:-$(nproc 2>/dev/null || echo 1)}
((JOBS <= 4 || ${TEST_JOBS:-0} > 0)) || JOBS=4
export BUILD
shift || true

# As root, or by sudo where it asks nothing.
as_root() {
	if [[ $(id -u) == 0 ]]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		return 1
	fi
}

install_bats() {
	echo 'run-tests: bats is missing; asking the package manager for it' >&2
	if command -v apt-get >/dev/null; then
		as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y bats ||
			{ as_root apt-get update -qq &&
				as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y bats; }
	elif command -v dnf >/dev/null; then
		as_root dnf install -q -y bats
	elif command -v apk >/dev/null; then
		as_root apk add -q bats
	elif command -v pacman >/dev/null; then
		as_root pacman -S --noconfirm --needed bats
	elif command -v zypper >/dev/null; then
		as_root zypper --non-interactive --quiet install bats
	else
		return 1
	fi >&2
}

passed=0 failed=0 skipped=0

finish() {
	if ((skipped > 0)); then
		if [[ ${CI:-} == true ]]; then
			echo "$skipped skipped, which count as failed with CI=true"
			((failed += skipped))
		else
			echo "$skipped skipped"
		fi
	fi
	echo "$passed passed, $failed failed"
	((failed == 0 && passed > 0))
	exit
}

command -v bats >/dev/null || install_bats || command -v bats >/dev/null || {
	echo 'run-tests: bats (bats-core) could not be installed; install it and run this again' >&2
	failed=1
	finish
}

# What the caller has set for tmpguard is not what the suites are about.
while read -r variable; do
	unset "$variable"
done < <(compgen -e TMPGUARD_)

# report NAME: reads TAP and bats' exit status; prints failures and skips in full and one line for
# the whole; says "PASSED FAILED SKIPPED" on descriptor 3. A suite that ends before its plan is
# fulfilled, or has no plan, has failed once for each test that is missing.
report() {
	awk -v name="$1" '
		/^1\.\.[0-9]+/ { plan = substr($1, 4) + 0; planned = 1; next }
		/^ok / && / # skip/ { skipped++; shown = 0; print "  " $0; next }
		/^ok / { passed++; shown = 0; next }
		/^not ok / { failed++; shown = 1; print "  " $0; next }
		/^# bats exit status / { status = $5; exit } # a process left behind may hold the pipe
		/^#/ && shown { print "  " $0; next }
		{ other = other "  " $0 "\n" }
		END {
			missing = planned ? plan - passed - failed - skipped : 1
			if (missing > 0) {
				failed += missing
				printf "  not ok: %s\n", planned ? missing " tests did not run" : "no plan"
			} else if (status && !failed) {
				failed = 1
				printf "  not ok: bats ended with %d\n", status
			}
			printf "%s%s: %d passed, %d failed%s", other, name, passed, failed,
				skipped ? ", " skipped " skipped" : ""
			fflush() # before our reader goes on
			printf "%d %d %d\n", passed, failed, skipped > "/dev/fd/3"
		}'
}

# run_suite FILE: its lines into OUT/NAME.said, its sums into OUT/NAME.
run_suite() {
	local name=${1##*/} start=$SECONDS sums

	sums=$({
		timeout -k 10 "${TEST_SECONDS:-1200}" bats --tap ${TEST_TAGS:+--filter-tags "$TEST_TAGS"} "$1" 2>&1 </dev/null &
		echo "$!" >"$OUT/$name.pid"
		wait "$!"
		echo "# bats exit status $?"
	} | report "$name" 3>&1 >"$OUT/$name.said")
	echo " ($((SECONDS - start)) s)" >>"$OUT/$name.said"
	echo "${sums:-0 1 0}" >"$OUT/$name.sums"
	mv "$OUT/$name.sums" "$OUT/$name"
}

# Shows what has ended, each once.
show_ended() {
	local sums p f s

	for sums in "$OUT"/*.bats; do
		[[ -e $sums ]] || continue
		cat "${sums}.said"
		read -r p f s <"$sums"
		((passed += p, failed += f, skipped += s))
		rm "$sums"
	done
}

(($# > 0)) || set -- tests/*.bats
OUT=$(mktemp -d)
trap 'rm -rf "$OUT"' EXIT
# Background jobs ignore the terminal's signals; timeout passes ours on to all of its suite.
trap 'kill $(cat "$OUT"/*.pid) 2>/dev/null; wait; exit 130' INT TERM

# until_less_than N: waits until fewer than N suites run.
until_less_than() {
	while (($(jobs -rp | wc -l) >= $1)); do
		wait -n
		show_ended
	done
}

alone=()
for suite; do
	if grep -q '^# run-tests: alone' "$suite"; then
		alone+=("$suite")
		continue
	fi
	until_less_than "$JOBS"
	run_suite "$suite" &
done
for suite in "${alone[@]}"; do
	until_less_than 1
	run_suite "$suite" &
done
until_less_than 1
show_ended
finish
