# redirect.bash: for the suites redirect.bats and redirect-end.bats: the ways to ask for redirection.
# `load` it after helper.

# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables for the suites, and bats' own

setup() {
	begin_test
	make_bystanders
	WAYS=(bare bare-dir run run-variable run-dir)
	LONG=$WORK/a-directory-whose-name-is-longer-than-any-template-of-these-tests
	mkdir "$LONG"
	F=$TMPDIR/fooXXXXXX
	A='[A-Za-z0-9]'
	PRIVATE="place: mode=0700 type=040000 mine=yes direct=no"
	export F A TMPGUARD
}

teardown() {
	assert_empty "$LONG"
	end_test
}

# in_way WAY CMD...: redirected, in each way that asks for it.
in_way() {
	local way=$1

	shift
	case $way in
	bare) TMPGUARD_REDIRECT=1 shimmed "$@" ;;
	bare-dir) TMPGUARD_DIR=$LONG shimmed "$@" ;;
	run)
		RUN_OPTIONS=(-q --redirect)
		guarded "$@"
		;;
	run-variable)
		RUN_OPTIONS=(-q)
		TMPGUARD_REDIRECT=1 guarded "$@"
		;;
	run-dir)
		RUN_OPTIONS=(-q --dir="$LONG")
		guarded "$@"
		;;
	esac
}

# What a command printed alone, with any status: sets SAID.
said() {
	SAID=$("$@" 2>&1) || true
}

# SAID is a path that matches the extended regular expression, has as many characters as the
# template, and is gone, with its directory.
assert_was() { # WHAT TEMPLATE REGEX
	[[ $SAID =~ ^$3$ ]] || fail "$1: expected a path like $3, got: $SAID" || return
	assert_equal "$1: length" "${#2}" "${#SAID}" || return
	assert_missing "$SAID" "${SAID%/*}"
}
