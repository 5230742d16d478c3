#!/usr/bin/env bats
# programs.bats: existing programs, unmodified, give the same output, status and files with and
# without tmpguard, and leave nothing. DESIGN 14.

# shellcheck disable=SC1083,SC2016,SC2030,SC2031,SC2034,SC2154 # braces; scripts; bats' variables
load helper
load alike

setup() {
	begin_alike
	export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
	export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_AUTHOR_DATE='2020-01-01T00:00:00Z'
	export GIT_COMMITTER_NAME=c GIT_COMMITTER_EMAIL=c@example.org GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'
}

@test "bash: redirections, here-documents, subshells, traps, jobs, process substitution" {
	WANT="at the end"
	alike bash -c '
		exec 20>file 3<&-
		echo numbered >&20
		cat <<-END >here
			a here-document $((1 + 1))
		END
		cat <<<"a here-string"
		(echo subshell; exit 3) | { cat; echo "${PIPESTATUS[@]}"; }
		(exit 5); echo $?
		sleep 0.05 & wait $!; echo "waited $?"
		diff <(printf "a\nb\n") <(printf "a\nc\n")
		trap "echo trapped" USR1; kill -USR1 $$
		trap "echo at the end; exit 4" EXIT
		kill -TERM $BASHPID & wait
		f=$("$PROBE" quiet mkstemp "$T" print); test -e "$f" && echo "there"
		coproc cat; echo through >&"${COPROC[1]}"; read -r line <&"${COPROC[0]}"; echo "$line"
		for n in 0 1 2 20; do test -e /proc/$$/fd/$n && echo "$n is open"; done
		ulimit -n; umask; jobs'
}

@test "dash: the same without bash's own words" {
	need dash
	WANT="at the end"
	alike dash -c '
		exec 9>file
		echo numbered >&9
		cat <<-END >here
			a here-document $((1 + 1))
		END
		(echo subshell; exit 3) | cat
		(exit 5); echo $?
		sleep 0.05 & wait $!; echo "waited $?"
		trap "echo trapped" USR1; kill -USR1 $$
		trap "echo at the end" EXIT
		f=$("$PROBE" quiet mkstemp "$T" print); test -e "$f" && echo "there"
		for n in 0 1 2 9; do test -e /proc/$$/fd/$n && echo "$n is open"; done
		sh -c "kill -KILL \$\$"; echo "killed $?"
		exit 4'
}

@test "an interactive login shell's way: scripts that source, exec and replace themselves" {
	WANT="third"
	alike bash -c 'echo "echo second; exec bash third" >second; echo "echo third \$0; exit 6" >third; . ./second'
}

@test "sort that spills to disk" {
	seq 60000 | awk '{ print ($1 * 7919) % 60013, $1 }' >"$WORK/input"
	WANT="status 0"
	alike sort -n -S 32k -T "$TMPDIR" -o out "$WORK/input"
	[ "$(wc -l <"$WORKPLACE/out")" = 60000 ]
	# It does spill where we look.
	need strace
	run -0 strace -f -e trace=openat,open -o "$WORK/trace" sort -S 32k -T "$TMPDIR" -o /dev/null "$WORK/input"
	grep -q "$TMPDIR/sort" "$WORK/trace"
}

spilled() {
	compgen -G "$TMPDIR/sort*" >/dev/null || compgen -G "$TMPDIR/.tmpguard-*/*/tmp/sort*" >/dev/null
}

# Starts a sort in a way, and kills it in the middle, when it has spilled and waits for more.
kill_sort() {
	local pid

	rm -f "$WORK/feed"
	mkfifo "$WORK/feed"
	exec 8<>"$WORK/feed"
	start "$@" sh -c 'echo $$ >"$WORK/pid"; exec sort -S 32k "$WORK/feed"' >/dev/null 8>&-
	seq 100000 >&8
	wait_until "$SOON" spilled || fail "sort did not spill"
	pid=$(cat "$WORK/pid")
	kill -KILL "$pid"
	wait "$PID" || true
	exec 8>&-
}

@test "sort killed in the middle leaves nothing, and leaves a lot without tmpguard" {
	kill_sort plain
	[ "$(count_left)" -ge 1 ]
	remove_left
	kill_sort shimmed
	wait_until_only_bystanders
	kill_sort guarded
	assert_only_bystanders
}

@test "gcc compiles, assembles and links" {
	need gcc
	WANT="hello from a program"
	alike sh -c 'printf "%s\n" "#include <stdio.h>" "int hello(void);" "int main(void) { return hello(); }" >main.c &&
		printf "%s\n" "#include <stdio.h>" "int hello(void) { puts(\"hello from a program\"); return 7; }" >hello.c &&
		gcc -O1 -Wall -c hello.c && gcc -O1 -o program main.c hello.o && gcc -E main.c | wc -l &&
		gcc -pipe -shared -fPIC -o libhello.so hello.c && ./program; echo "it returned $?"; rm program.c 2>/dev/null;
		gcc -c missing.c; echo "gcc said $?"; echo "int main(void) { return x; }" >bad.c; gcc bad.c; echo "gcc said $?"'
}

@test "gcc killed in the middle leaves nothing" {
	need gcc
	mkdir "$WORKPLACE"
	echo '#include "endless"' >"$WORKPLACE/main.c"
	for way in plain shimmed guarded; do
		rm -f "$WORKPLACE/endless"
		mkfifo "$WORKPLACE/endless" # the compiler reads, and waits, with its output file made
		exec 7<>"$WORKPLACE/endless"
		start "$way" sh -c 'echo $$ >"$WORK/pid"; cd "$WORKPLACE" && exec gcc -c main.c' 7>&-
		wait_until 5 made_by_gcc || fail "gcc made no file"
		# The driver dies; its compiler finds no more input.
		kill -KILL "$(cat "$WORK/pid")"
		exec 7>&-
		wait "$PID" || true
		wait_until 5 nobody_compiles || fail "the compiler did not end"
		if [ "$way" = plain ]; then
			[ "$(count_left)" -ge 1 ]
			remove_left
		else
			wait_until_only_bystanders
		fi
	done
}

# Opening the pipe lets go a compiler that had not got as far as opening it.
nobody_compiles() {
	: <>"$WORKPLACE/endless"
	[ -z "$(find /proc -maxdepth 2 -path '/proc/[0-9]*/cwd' -lname "$WORKPLACE" 2>/dev/null)" ]
}

made_by_gcc() {
	compgen -G "$TMPDIR/cc*" >/dev/null || compgen -G "$TMPDIR/.tmpguard-*/*/tmp/cc*" >/dev/null
}

@test "git init, add, commit, branch, merge, gc" {
	need git
	WANT="status 0"
	# The index holds times and inodes, the logs of gc nothing that matters.
	EXCEPT='\.git/(index|gc\.pid|FETCH_HEAD|objects/info|objects/pack)'
	alike sh -ec 'git init -q -b main . && git config gc.auto 0 && git config pack.threads 1
		for i in 1 2 3 4 5 6 7 8; do echo "$i" >"file$i"; git add "file$i"; git commit -q -m "commit $i"; done
		git checkout -q -b other HEAD~2 && echo other >other && git add other && git commit -q -m other
		git checkout -q main && git merge -q -m merged other
		git gc -q --prune=now
		git fsck --full --strict 2>&1
		git log --format="%H %s" && git status --short && git count-objects -v | grep -v size
		git archive --format=tar HEAD | tar tf - && git stash list && git rev-parse HEAD'
}

@test "sed -i edits the file in place, inside and outside the temp roots" {
	WANT="status 0"
	alike sh -ec 'printf "one\ntwo\n" >file; chmod 640 file; sed -i s/two/three/ file; sed -i.bak s/one/four/ file
		cat file file.bak; ls -l file | cut -c1-10'
	# In TMPDIR itself: what existed before the session is edited, and stays.
	for way in plain shimmed guarded; do
		echo before >"$TMPDIR/edited"
		declare_left edited
		"$way" sed -i s/before/after/ "$TMPDIR/edited"
		wait_until_gone "$TMPDIR/$BASE"
		assert_content "$TMPDIR/edited" after
	done
	rm "$TMPDIR/edited"
}

@test "f=\$(mktemp); sed -i on it: the new file under the old name goes, too" {
	local script='f=$("$PROBE" quiet mkstemp "$T" write before print) && sed -i s/before/after/ "$f" && cat "$f"'

	run -0 plain bash -c "$script"
	assert_equal "output" after "$output"
	assert_left 1
	remove_left
	for way in shimmed guarded; do
		run -0 "$way" bash -c "$script"
		assert_equal "output" after "$output"
		wait_until_only_bystanders
	done
}

@test "tmux: a server that outlives its starter, its panes' files, and its end" {
	need tmux
	local way said

	for way in plain shimmed guarded; do
		rm -f "$WORK"/{sock,file,go,pane}
		"$way" tmux -S "$WORK/sock" -f /dev/null new-session -d -x 80 -y 24 \
			'"$PROBE" quiet mkstemp "$T" print-to "$WORK/file" exists "<$WORK/file" wait-for "$WORK/go" say "in a pane" sleep 200
			echo done >"$WORK/pane"' </dev/null >"$WORK/out" 2>&1 3>&-
		wait_until_there "$WORK/file"
		# tmux has daemonized: its starter is dead, and the pane's file has to stay.
		assert_stays exists "$(cat "$WORK/file")"
		said=$(timeout "$BOUND" tmux -S "$WORK/sock" list-sessions -F '#{session_windows} #{session_attached}')
		assert_equal "$way: windows and clients" "1 0" "$said"
		touch "$WORK/go"
		wait_until_there "$WORK/pane"
		timeout "$BOUND" tmux -S "$WORK/sock" kill-server 2>/dev/null || true
		assert_content "$WORK/pane" "done"
		if [ "$way" = plain ]; then
			assert_left 1
			remove_left
		else
			wait_until_only_bystanders 5
		fi
	done
}

@test "tar, patch, xargs, find, awk and perl work as before" {
	need perl
	WANT="status 0"
	alike sh -ec 'mkdir -p a/b && seq 100 >a/b/numbers && cp a/b/numbers numbers && sed -i s/50/fifty/ numbers
		diff -u --label old --label new a/b/numbers numbers >patch || true; tail -n +3 patch
		find a -type f | xargs wc -l; awk "BEGIN { print 1 | \"cat\" }"; tar cf - a | tar tf -
		perl -e "print qq(perl\n); system(q(echo system)); print \`echo backticks\`; fork // die; exit"; echo end'
}
