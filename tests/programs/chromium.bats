#!/usr/bin/env bats
# chromium.bats: a browser, whose zygote and renderers have filters and namespaces of their own, shows
# a page as it does without tmpguard, and none of its processes dies of it. DESIGN 4 and 12.
# needs: chromium

# shellcheck disable=SC2016,SC2034,SC2154 # scripts; variables of helper.bash, and bats' own
load ../helper

PAGE='data:text/html,<p>six times seven is</p><script>document.body.append(6*7)</script>'
BROWSER=(chromium --headless --disable-gpu --disable-quic --no-first-run
	--disable-background-networking --disable-component-update --disable-sync)

# Where who is not root can read them, and has a home.
setup() {
	need chromium
	begin_test
	BOUND=60
	COPIES=$TMPDIR/copies
	mkdir "$COPIES"
	cp "$SHIM" "$TMPGUARD" "$BUILD/tmpguard-janitor" "$COPIES"
	chmod 755 "$COPIES"
	mkdir -m 777 "$TMPDIR/home"
	chmod 1777 "$TMPDIR"
	declare_left copies home
	unset DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR
}

# browse WAY CMD...: what the page has become, and the status; what is said on standard error is of
# the machine that it runs on.
browse() {
	local way=$1 data

	shift
	data=$(mktemp -d "$TMPDIR/home/data.XXXX")
	chmod 777 "$data"
	case $way in
	plain) way=() ;;
	shimmed) way=(env LD_PRELOAD="$COPIES/libtmpguard.so") ;;
	guarded) way=("$COPIES/tmpguard" run -q --) ;;
	esac
	SAID=$(env HOME="$TMPDIR/home" timeout -k 1 "$BOUND" "${AS[@]}" "${way[@]}" "$@" \
		--user-data-dir="$data" --dump-dom "$PAGE" 2>"$WORK/errors" || echo "status $?")
	! grep -E 'ld\.so|tmpguard|FATAL|Received signal' "$WORK/errors" || fail "said so"
}

# Its processes may end a little after it.
browse_alike() { # CMD...
	local way plainly

	for way in plain shimmed guarded; do
		browse "$way" "$@"
		[[ $SAID == *"six times seven is"*"42"* && $SAID != *status* ]] ||
			fail "$way: $SAID" "$(tail -5 "$WORK/errors")" || return
		[ "$way" != plain ] || plainly=$SAID
		assert_equal "$way" "$plainly" "$SAID" || return
		[ "$way" = plain ] || wait_until 10 nothing_undeclared || fail "$way left: $(undeclared)" || return
		remove_left
	done
}

@test "Chromium without its sandbox" {
	AS=()
	browse_alike "${BROWSER[@]}" --no-sandbox
}

@test "Chromium with its zygote's namespaces and filters, as somebody who is not root" {
	AS=(setpriv --reuid=65534 --regid=65534 --clear-groups --)
	[ "$(id -u)" = 0 ] || AS=()
	"${AS[@]}" unshare -Ur true || skip "this machine lets nobody have a user namespace"
	browse_alike "${BROWSER[@]}"
}

@test "Chromium that is killed leaves nothing" {
	local pid

	AS=()
	for way in shimmed guarded; do
		# It waits for a page that does not come to an end.
		PAGE='data:text/html,<script>for(;;);</script>'
		start browse "$way" "${BROWSER[@]}" --no-sandbox
		wait_until "$BOUND" is_browsing || fail "$way: not started"
		sleep 0.5
		for pid in $(browsers); do
			kill -KILL "$pid" 2>/dev/null || true
		done
		wait "$PID" || true
		wait_until 10 nothing_undeclared || fail "$way left: $(undeclared)"
	done
}

# The processes that this test's TMPDIR tells.
browsers() {
	local dir

	for dir in /proc/[0-9]*; do
		[[ $(readlink "$dir/exe") != */chromium ]] || ! grep -qF "$TMPDIR/home" "$dir/cmdline" 2>/dev/null ||
			echo "${dir#/proc/}"
	done
}

is_browsing() {
	[ "$(browsers | wc -l)" -ge 3 ]
}
