#!/usr/bin/env bats
# killed.bats: programs that are killed at any of their system calls. What they leave in the temp roots
# goes, with the library and under run. Those that write a new file beside the old one and rename it
# leave the old content or the new one, as they do without. See harness.bash.
#
# A program begins in a directory that holds `target` only. Its calls are sampled: PROGRAM_KILLS of
# them (12) in each way, spread over all.

# shellcheck disable=SC2016,SC2034 # the harness's variables
load harness

setup() {
	begin_scenario
	KILLS=0 KILL_OPTIONS=()
}

teardown() {
	end_scenario
}

# In a fresh directory with the old target. Says killat's status.
write_once() { # WAY NUMBER
	local command=(sh -c "$WRITER") options=(--wait "${KILL_OPTIONS[@]}")

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

# A program that is not killed ends well; sets CALLS.
count_calls() { # WAY
	write_once "$1" 0 || fail "$1: $(cat "$PLACE/said")" || return
	CALLS=$(grep -xE '[0-9]+' "$PLACE/said" | tail -n 1)
	[ "${CALLS:-0}" -gt 20 ] || fail "$1: $(cat "$PLACE/said")" || return
	nothing_left_wrongly "$1" || wait_until "$LATER" nothing_left_wrongly "$1" || [ "$1" = plain ] ||
		fail "$1: left:" "$(left_wrongly "$1")" || return
	remove_what_is_left
}

# What a writer writes when it is not killed is the new content.
learn_new() { # WAY
	NEW=${NEW:-$(cat "$PLACE/work/target" && echo .)}
	NEW=${NEW%.}
	[ "$NEW" != "$OLD" ] || fail "$1: the writer changed nothing: $(cat "$PLACE/said")" || return
	assert_equal "$1: what is written" "$NEW" "$(cat "$PLACE/work/target" && echo .)" 2>/dev/null ||
		[ "$(cat "$PLACE/work/target" && echo .)" = "$NEW." ] || fail "$1: another content"
}

check_content() { # WAY NUMBER
	content_is_old_or_new || fail "$1, call $2 of $CALLS: the target is neither old nor new:" \
		"$(ls -la "$PLACE/work")" "$(head -c 300 "$PLACE/work/target")"
}

check_left_after_kill() { # WAY NUMBER
	[ "$1" = plain ] || wait_until "$LATER" nothing_left_wrongly "$1" ||
		fail "$1, call $2 of $CALLS, $(cat "$PLACE/said"): left:" "$(left_wrongly "$1")" || return
	LEFT[$1]=$((${LEFT[$1]:-0} + $(left | wc -l)))
	remove_what_is_left
}

# The program is WRITER. LEARN and CHECK are done with it not killed, and after each kill.
kill_in_all_ways() { # LEARN CHECK
	local way n status

	mkdir "$PLACE/home"
	declare -gA LEFT=()
	for way in plain alone run; do
		count_calls "$way" && "$1" "$way" || return
		for ((n = 1; n <= CALLS; n += CALLS / ${PROGRAM_KILLS:-12} + 1)); do
			status=0
			write_once "$way" "$n" || status=$?
			[ "$status" = 0 ] || [ "$status" = 3 ] || fail "$way, call $n: $(cat "$PLACE/said")" || return
			"$2" "$way" "$n" && check_left_after_kill "$way" "$n" || return
			((KILLS += status == 0)) || true
		done
	done
	[ "$KILLS" -ge "${PROGRAM_KILLS:-12}" ] || fail "killed only $KILLS times" || return
	row - "${LEFT[plain]}" "${LEFT[alone]}" "${LEFT[run]}"
}

# The file that the writer on standard input replaces is whole after each kill.
survives() { # OLD
	OLD=$1 NEW=''
	WRITER=$(cat)
	NOTE="the target was whole after each kill${NOTE:+; $NOTE}"
	kill_in_all_ways learn_new check_content
}

# Without tmpguard the program on standard input leaves something after at least one kill. All of its
# processes are killed at once: who lives on may remove what the others left.
leaves_nothing() {
	OLD='' KILL_OPTIONS=(--all)
	WRITER=$(cat)
	NOTE="left plain: the sum over its kills${NOTE:+; $NOTE}"
	kill_in_all_ways true true || return
	[ "${LEFT[plain]}" -gt 0 ] || fail "killed without tmpguard it leaves nothing either"
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

@test "killed anywhere: gcc, its compilers and its linker" {
	uses gcc
	leaves_nothing <<<'echo "int main(void) { return 0; }" >a.c && gcc -o a a.c'
}

@test "killed anywhere: clang" {
	uses clang
	STAYS='a-[0-9a-f]{6}(-[0-9a-f]{8})?\.o(\.tmp)?'
	NOTE='its compiler makes files with mode 0666 and renames them: these stay'
	leaves_nothing <<<'echo "int main(void) { return 0; }" >a.c && clang -o a a.c'
}

@test "killed anywhere: a script with mktemp -d" {
	uses mktemp:coreutils
	leaves_nothing <<<'trap "rm -rf \"\$d\"" EXIT; d=$(mktemp -d) && mkdir "$d/below" && seq 100 >"$d/below/file" && cp "$d/below/file" .'
}

@test "killed anywhere: zsh with =()" {
	uses zsh
	leaves_nothing <<<'zsh -fc "for i in {1..6}; do cat =(seq 3) =(seq 4); done" >/dev/null'
}

@test "killed anywhere: Ghostscript" {
	uses gs:ghostscript
	leaves_nothing <<<'printf "%%!\n/Helvetica findfont 20 scalefont setfont 72 700 moveto (x) show showpage\n" >p.ps && gs -q -dBATCH -dNOPAUSE -sDEVICE=pdfwrite -o p.pdf p.ps'
}

@test "killed anywhere: Python's NamedTemporaryFile and TemporaryDirectory" {
	uses python3
	leaves_nothing <<<'python3 -IBS -c "
import os, tempfile
with tempfile.NamedTemporaryFile() as f, tempfile.TemporaryDirectory() as d:
    for i in range(40): open(os.path.join(d, str(i)), \"w\").close()"'
}
