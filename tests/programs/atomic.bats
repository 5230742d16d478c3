#!/usr/bin/env bats
# atomic.bats: programs that write a new file beside the old one and rename it. Killed at any of their
# system calls, they leave the old content or the new one, with the library and under run as without.
# See harness.bash.
#
# A writer changes `target` in an empty directory, whose other files are its own. The calls are
# sampled: ATOMIC_KILLS of them (12), spread over all.

# shellcheck disable=SC2016,SC2034 # the harness's variables
load harness

setup() {
	begin_scenario
	KILLS=0 SURVIVED=0
}

teardown() {
	end_scenario
}

# In a fresh directory with the old target. Says killat's status.
write_once() { # WAY NUMBER
	local command=(sh -c "$WRITER") options=(--wait)

	rm -rf "${PLACE:?}/work"
	mkdir "$PLACE/work"
	printf '%s' "$OLD" >"$PLACE/work/target"
	case $1 in
	alone) options+=(--preload "$PLACE/bin/libtmpguard.so") ;;
	run) command=("$PLACE/bin/tmpguard" run -q -- "${command[@]}") ;;
	esac
	in_room timeout -k 1 "$BOUND" env -i -C "$PLACE/work" PATH="$SYSTEM_PATH" HOME="$PLACE/home" TMPDIR="$TMPDIR" \
		LC_ALL=C.UTF-8 "$KILLAT" "$2" "${options[@]}" -- "${command[@]}" </dev/null >"$PLACE/said" 2>&1 3>&- 4>&-
}

content_is_old_or_new() {
	local got

	[ -f "$PLACE/work/target" ] || return
	got=$(cat "$PLACE/work/target" && echo .)
	[ "$got" = "$OLD." ] || [ "$got" = "$NEW." ]
}

# The calls of a writer when it is not killed: what it writes is the new content.
count_calls() { # WAY
	write_once "$1" 0 || fail "$1: $(cat "$PLACE/said")" || return
	NEW=${NEW:-$(cat "$PLACE/work/target" && echo .)}
	NEW=${NEW%.}
	[ "$NEW" != "$OLD" ] || fail "$1: the writer changed nothing: $(cat "$PLACE/said")" || return
	assert_equal "$1: what is written" "$NEW" "$(cat "$PLACE/work/target" && echo .)" 2>/dev/null ||
		[ "$(cat "$PLACE/work/target" && echo .)" = "$NEW." ] || fail "$1: another content" || return
	CALLS=$(grep -oE '[0-9]+' "$PLACE/said" | tail -n 1)
}

survives() { # OLD; the writer is standard input
	local way n status

	OLD=$1 NEW=''
	mkdir "$PLACE/home"
	WRITER=$(cat)
	declare -gA LEFT=()
	for way in plain alone run; do
		count_calls "$way" || return
		for ((n = 1; n <= CALLS; n += CALLS / ${ATOMIC_KILLS:-12} + 1)); do
			status=0
			write_once "$way" "$n" || status=$?
			[ "$status" = 0 ] || [ "$status" = 3 ] || fail "$way, call $n: $(cat "$PLACE/said")" || return
			content_is_old_or_new || fail "$way, call $n of $CALLS: the target is neither old nor new:" \
				"$(ls -la "$PLACE/work")" "$(head -c 300 "$PLACE/work/target")" || return
			((KILLS += status == 0)) || true
			[ "$way" = plain ] || wait_until "$LATER" nothing_left_wrongly "$way" ||
				fail "$way, call $n: left:" "$(left_wrongly "$way")" || return
			LEFT[$way]=$((${LEFT[$way]:-0} + $(left | wc -l)))
			remove_what_is_left
		done
	done
	[ "$KILLS" -ge 12 ] || fail "killed only $KILLS times" || return
	NOTE="$KILLS kills; the target was whole after each${NOTE:+; $NOTE}"
	row - "${LEFT[plain]}" "${LEFT[alone]}" "${LEFT[run]}"
}

@test "killed anywhere: sed -i" {
	uses sed
	survives "$(seq 200)" <<<'sed -i s/100/changed/ target'
}

@test "killed anywhere: sort with files in TMPDIR, and mv" {
	uses sort:coreutils
	# Its output it overwrites in place: so another one, which is renamed.
	survives "$(seq 3000 -1 1)" <<<'sort -n -S 32k -o new target && mv new target'
}

@test "killed anywhere: f=\$(mktemp) beside the target, and mv" {
	uses mktemp:coreutils
	survives "old" <<<'f=$(mktemp -p . target.XXXXXXXX) && echo new >"$f" && mv "$f" target'
}

@test "killed anywhere: f=\$(mktemp) in TMPDIR, copied beside the target, and renamed" {
	uses install:coreutils
	survives "old" <<<'f=$(mktemp) && echo new >"$f" && cp "$f" new && mv new target'
}

@test "killed anywhere: File::Temp of Perl, and rename" {
	uses perl
	survives "old" <<<'perl -MFile::Temp -e "my \$t = File::Temp->new(DIR => q(.), UNLINK => 0); print \$t qq(new\n); close \$t; rename \$t->filename, q(target) or die"'
}

@test "killed anywhere: Python's NamedTemporaryFile and os.replace" {
	uses python3
	survives "old" <<<'python3 -IBS -c "
import os, tempfile
with tempfile.NamedTemporaryFile(\"w\", dir=\".\", delete=False) as f:
    f.write(\"new\n\"); f.flush(); os.fsync(f.fileno())
os.replace(f.name, \"target\")"'
}

@test "killed anywhere: git config" {
	uses git
	survives $'[a]\n\tb = old\n' <<<'GIT_CONFIG_NOSYSTEM=1 git config -f target a.b new'
}

@test "killed anywhere: rsync onto the target" {
	uses rsync
	survives "$(seq 500)" <<<'seq 600 >from && rsync --no-whole-file from target'
}

@test "killed anywhere: patch" {
	uses patch
	STAYS='pp[A-Za-z0-9]{6}' # made with mode 0: in doubt not ours
	NOTE='what patch reads from a pipe it keeps in files of mode 0, which stay'
	survives "$(seq 20)"$'\n' <<<'printf -- "--- target\n+++ target\n@@ -1,3 +1,3 @@\n 1\n-2\n+two\n 3\n" | patch -s target'
}

@test "killed anywhere: gpg's export over a file, by mv" {
	uses gpg
	survives "old" <<<'echo new | gpg --batch --no-options --homedir "$HOME" --no-autostart --yes --store >new.gpg 2>/dev/null; gpg --batch -q --no-autostart --homedir "$HOME" -o new -d new.gpg 2>/dev/null && mv new target'
}

@test "killed anywhere: a database of sqlite, which rolls back" {
	uses sqlite3
	# The database is made first, and looked at after each kill: that rolls back.
	survives $'7\n' <<<'sqlite3 db "PRAGMA cache_size = 1; CREATE TABLE IF NOT EXISTS t(i); INSERT INTO t VALUES(1), (8);" && sqlite3 db "SELECT max(i) FROM t" >new && mv new target'
}
