#!/usr/bin/env bash
# run.sh BUILD [FILE.bats...]: installs what the suites of tests/programs/ use, runs them on what lies
# in BUILD, and writes what happened to BUILD/programs.md. With PROGRAMS_TABLE=1, if nothing failed,
# that becomes tools/doc/programs.md, too. Ends as tests/run-tests.sh does.
#
# A scenario says `uses COMMAND[:PACKAGE]...`, or a suite `# needs: PACKAGE...`; what is not there is
# installed by apt, as root or by sudo. What cannot be installed shows as skipped.
set -uo pipefail

cd "$(dirname "$0")/../.." || exit 1
BUILD=$(realpath -m "${1:-build}")
shift || true
(($# > 0)) || set -- tests/programs/*.bats
. tests/programs/path.bash

missing_packages() {
	local use

	{
		sed -n 's/^\tuses //p' "$@" | tr ' ' '\n' | while read -r use; do
			[[ -e ${use%%:*} ]] || PATH=$SYSTEM_PATH command -v "${use%%:*}" >/dev/null || echo "${use#*:}"
		done
		sed -n 's/^# needs: //p' "$@" | tr ' ' '\n' | while read -r use; do
			[[ $(dpkg-query -W -f '${db:Status-Status}' "$use" 2>/dev/null) == installed ]] || echo "$use"
		done
	} | sort -u
}

as_root() {
	if [[ $(id -u) == 0 ]]; then "$@"; else sudo -n "$@"; fi
}

apt_install() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -qq -y \
		--no-install-recommends "$@" </dev/null
}

# All at once; should a name be unknown to this release, one by one.
install_packages() {
	local package

	as_root apt-get -o DPkg::Lock::Timeout=300 update -qq </dev/null
	apt_install "$@" && return
	for package; do
		apt_install "$package" || echo "run.sh: $package cannot be installed" >&2
	done
}

mapfile -t packages < <(missing_packages "$@")
if ((${#packages[@]} > 0)) && command -v apt-get >/dev/null; then
	echo "installing ${packages[*]}"
	install_packages "${packages[@]}" >"$BUILD/programs-install.log" 2>&1 ||
		tail -n 20 "$BUILD/programs-install.log"
fi

rm -rf "$BUILD/programs"
tests/run-tests.sh "$BUILD" "$@"
status=$?
{
	cat tests/programs/table.md
	cat "$BUILD"/programs/*.row 2>/dev/null
} >"$BUILD/programs.md"
if ((status == 0)) && [[ ${PROGRAMS_TABLE:-} == 1 ]]; then
	cp "$BUILD/programs.md" tools/doc/programs.md
fi
exit "$status"
