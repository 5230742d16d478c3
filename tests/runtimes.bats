#!/usr/bin/env bats
# runtimes.bats: programs with a mkstemp of their own, with files below the temp roots that are
# meant to stay, or with both: mktemp, Python, Perl, zsh, patch, tar, sqlite3, vim. Each gives the
# same output, status and files with and without tmpguard, leaves something without, and nothing
# that is ours with. DESIGN 2, 14. More programs are in tests/programs/.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154 # scripts; bats' variables
load helper
load alike

setup() {
	begin_alike
	MADE=() # in /tmp itself
	RUNTIMES=$REPO/tests/runtimes
	export PYTHONDONTWRITEBYTECODE=1
}

teardown() {
	rm -rf "${MADE[@]}"
	end_test
}

# ---- mktemp

MKTEMP_NAME='tmp\.[A-Za-z0-9]{10}|mine[-.][A-Za-z0-9]{8}(\.txt)?'

@test "mktemp in a script: its files go with the script, those elsewhere stay" {
	BY_NAME=1 DRAWN=$MKTEMP_NAME LEAVES=10
	WANT="at the end"
	alike sh -c '
		look() { stat -c "$1: %n is a %F, %a, %s bytes" "$2"; }
		for n in 1 2 3; do f=$(mktemp); echo "content $n" >"$f"; look file "$f"; done
		d=$(mktemp -d); mkdir -m 500 "$d/below"; echo in it >"$d/file"; look directory "$d"
		look template "$(mktemp -t mine-XXXXXXXX)"
		look place "$(mktemp -p "$TMPDIR" mine.XXXXXXXX)"
		look suffix "$(mktemp --suffix=.txt -t mine-XXXXXXXX)"
		look path "$(mktemp "$TMPDIR/mine-XXXXXXXX")"
		(umask 277; look umask "$(mktemp)")
		look both "$(TMPDIR=/missing mktemp -p "$TMPDIR" -d)"
		n=$(mktemp -u); test -e "$n" || echo "only a name: $n"
		here=$(mktemp -p . mine-XXXXXXXX); echo "outside" >"$here"; look here "$here"
		mkdir "$(mktemp -du -p . mine.XXXXXXXX)"
		cat "$f" "$d/file" "$here"
		rm "$(mktemp)"; rmdir "$(mktemp -d)"
		echo "at the end"; exit 5'
}

@test "mktemp says what is wrong, and makes nothing" {
	DRAWN=$MKTEMP_NAME LEAVES=0
	WANT="too few X"
	alike sh -c '
		mktemp aXX; mktemp -p /missing; mktemp -q -d /missing/aXXXXXX; echo "status $?"
		mktemp -t a/bXXXXXX; mktemp aXXXXXX b; mktemp aXXXXXXb/c; mktemp --suffix=/a aXXXXXX
		mktemp --help >/dev/null; mktemp >/dev/full; echo "status $?"'
}

@test "mktemp killed with its script leaves nothing" {
	BY_NAME=1 LEAVES=4
	WANT="status 137"
	alike sh -c 'for n in 1 2 3; do date >"$(mktemp)"; done; mktemp -d >/dev/null; kill -KILL $$'
}

@test "f=\$(mktemp); mv to a place outside, or to a name of its own: it is published, and stays" {
	BY_NAME=1 LEAVES=4 STAY=(published.txt folder)
	WANT="status 0"
	alike sh -ec 'mktemp >/dev/null; mktemp >/dev/null
		f=$(mktemp); echo published >"$f"; mv "$f" published
		f=$(mktemp); echo beside >"$f"; mv "$f" "$TMPDIR/published.txt"
		d=$(mktemp -d); echo in it >"$d/file"; mv "$d" folder
		d=$(mktemp -d); echo in it >"$d/file"; mv "$d" "$TMPDIR/folder"'
}

@test "n=\$(mktemp -u) and a redirection: not made exclusively, it stays with the shim alone" {
	BY_NAME=1 DRAWN=$MKTEMP_NAME UNSURE='^mine\.'
	WANT="status 0"
	LEAVES=1
	alike sh -ec 'n=$(mktemp -u -t mine.XXXXXXXX); echo redirected >"$n"; cat "$n"'
	run -0 shimmed sh -c 'n=$(mktemp -u); echo redirected >"$n"; echo "$n"'
	assert_stays exists "$output"
	remove_left
}

# Its file is for whoever called it.
@test "mktemp by itself, with the shim alone, makes files that stay" {
	local way words

	for words in "" "-d" "-p $TMPDIR" "-t mine.XXXXXXXX" "--suffix=.txt" "-d -q" "$TMPDIR/mine-XXXXXXXX"; do
		for way in plain shimmed; do
			# shellcheck disable=SC2086 # words
			run -0 --separate-stderr "$way" mktemp $words
			assert_equal "$way mktemp $words, on standard error" "" "$stderr"
			[[ $output == "$TMPDIR"/* ]]
			assert_stays exists "$output"
			assert_left 1
			remove_left
		done
		assert_only_bystanders
	done
	run -0 shimmed mktemp -u
	assert_missing "$output"
	assert_only_bystanders
}

@test "mktemp by itself under run: its files go with it" {
	local words

	for words in "" "-d" "-t mine.XXXXXXXX" "--suffix=.txt" "-u"; do
		# shellcheck disable=SC2086 # words
		run -0 guarded mktemp $words
		[[ $output == "$TMPDIR/$BASE"/*/tmp/* ]]
		assert_missing "$output"
		assert_only_bystanders
	done
}

# The places of mktemp's files where TMPDIR says nothing.
@test "mktemp in /tmp itself, where no TMPDIR is" {
	local way path

	for way in plain shimmed guarded; do
		run -0 "$way" sh -c 'unset TMPDIR; for n in 1 2 3; do mktemp; done; mktemp -d'
		[ "${#lines[@]}" = 4 ]
		MADE+=("${lines[@]}")
		for path in "${lines[@]}"; do
			[[ $path == /tmp/tmp.* ]]
			if [ "$way" = plain ]; then
				assert_exists "$path"
				rm -r "$path"
			elif looks_generated "${path##*/}"; then
				wait_until_gone "$path" "$LATER"
			else
				rm -rf "$path"
			fi
		done
	done
	assert_only_bystanders
}

# ---- Python

# The interpreter itself, where python3 is a script that looks for one.
python() { # HOW
	need python3
	PYTHON=$(python3 -c 'import sys; print(sys.executable)')
	BY_NAME=1 DRAWN='(tmp|mine-)[a-z0-9_]{8}(\.txt)?'
	alike "$PYTHON" "$RUNTIMES/tempfiles.py" "$1"
}

@test "Python: every class and function of tempfile, used in order" {
	WANT="done" LEAVES=0
	python orderly
}

@test "Python: mkstemp, mkdtemp and delete=False that nobody removed" {
	WANT="done" LEAVES=10
	python forgotten
}

@test "Python: what was made elsewhere, by another name or renamed, stays" {
	WANT="done" LEAVES=4 STAY=(by-name.txt notes.txt folder published.txt)
	python meant
}

@test "Python killed by SIGKILL leaves nothing, TemporaryDirectory and NamedTemporaryFile included" {
	WANT="status 137" LEAVES=7
	python killed
}

@test "Python ended by os._exit leaves nothing" {
	WANT="status 7" LEAVES=7
	python exited
}

@test "Python: a forked child's end takes nothing of its parent's" {
	WANT="status 3" LEAVES=4
	python forked
}

@test "Python: the files of multiprocessing's workers, forked and spawned, outlive the workers" {
	WANT="done" LEAVES=9
	python worked
}

# ---- Perl

perl_does() { # HOW
	need perl
	BY_NAME=1 DRAWN='(TMPDIR/|mine-|here-)[A-Za-z0-9_]{10}'
	alike perl "$RUNTIMES/tempfiles.pl" "$1"
}

@test "Perl: tempfile, tempdir and objects of File::Temp, used in order" {
	WANT="done" LEAVES=0
	perl_does orderly
}

@test "Perl: what was made with UNLINK off" {
	WANT="done" LEAVES=9
	perl_does forgotten
}

@test "Perl: what was made elsewhere, by another name or renamed, stays" {
	WANT="done" LEAVES=2 STAY=(by-name.txt folder)
	perl_does meant
}

@test "Perl killed by SIGKILL leaves nothing" {
	WANT="status 137" LEAVES=11
	perl_does killed
}

@test "Perl ended by POSIX::_exit leaves nothing" {
	WANT="status 7" LEAVES=11
	perl_does exited
}

@test "Perl: a forked child's end takes nothing of its parent's" {
	WANT="done" LEAVES=4
	perl_does forked
}

# ---- zsh

@test "zsh: files for processes, here-documents, here-strings and jobs work as before" {
	need zsh
	BY_NAME=1 LEAVES=0
	WANT="at the end"
	alike zsh -fc '
		TMPPREFIX=$TMPDIR/zsh
		cp =(echo a file) copied
		cat <<-END >here
			a here-document $((1 + 1))
		END
		cat <<<"a here-string"
		paste =(print -l one two) =(print -l three four)
		diff =(echo one) <(echo two); echo "diff said $?"
		function two { cat $1 $2 }; two =(echo first) =(echo second)
		(echo subshell; exit 3); echo $?
		sleep 0.05 & wait $!; echo "waited $?"
		cp =(echo kept) =(:) && mv =(echo moved) moved
		TRAPEXIT() { echo at the end }
		() { ln $1 $TMPDIR/zshA1b2C3; rm $TMPDIR/zshA1b2C3; cat $1 } =(echo anonymous)
		exit 4'
}

# It asks mktemp() for a name, and gets one in a directory of its own, as long as what it asked for.
@test "zsh killed by SIGKILL leaves no file of its substitutions, in TMPDIR or in /tmp" {
	local way prefix path

	need zsh
	for prefix in '$TMPDIR/zsh' /tmp/zsh; do
		for way in plain shimmed guarded; do
			run -137 "$way" zsh -fc 'TMPPREFIX='"$prefix"'
				sh -c "echo \$1; cat \$1; kill -KILL \$PPID" sh =(echo a file); true'
			path=${lines[0]}
			MADE+=("$path")
			assert_output_has "a file"
			if [ "$way" = plain ]; then
				[[ $path == */zsh?????? ]]
				assert_exists "$path"
				rm "$path"
			else
				[[ $path == /*/????/???? ]]
				MADE+=("${path%/*}") # not before, it could be /tmp
				wait_until_gone "${path%/*}" "$LATER"
			fi
			wait_until_only_bystanders
		done
	done
}

# ---- patch

@test "patch: in place, with backups, with rejects, backwards, by an ed script" {
	need patch ed
	LEAVES=0
	WANT="1 out of 1 hunk FAILED"
	alike sh -c '
		seq 9 >old; sed "2s/.*/two/; 8s/.*/eight/" old >new; diff -u --label file --label file old new >unified
		diff -e old new >script; diff -c --label file --label file old new >context
		cp old file; patch <unified; cmp file new && echo same
		cat unified | patch -R; cmp file old && echo same
		patch -b -z .before <context; cmp file.before old && echo same
		chmod 640 file; patch -N <unified; echo "patch said $?"; stat -c %a file
		cp old file; patch -e file <script; cmp file new && echo same
		cp old file; patch -o other file unified; cmp other new && echo same
		seq 20 29 >file; patch -f <unified; echo "patch said $?"; cat file.rej
		printf -- "--- /dev/null\n+++ made\n@@ -0,0 +1 @@\n+new\n" | patch -p0; cat made
		patch missing unified </dev/null; echo "patch said $?"; patch --dry-run other unified -R'
}

spooled() {
	compgen -G "$TMPDIR/pp*" >/dev/null || compgen -G "$TMPDIR/.tmpguard-*/*/tmp/pp*" >/dev/null
}

# It makes its files with mode 0, which DESIGN 2 does not take for a mkstemp: in doubt they stay.
@test "patch killed while it reads: under run nothing is left" {
	local way

	need patch
	for way in plain shimmed guarded; do
		rm -f "$WORK/feed"
		mkfifo "$WORK/feed"
		exec 8<>"$WORK/feed"
		start "$way" sh -c 'echo $$ >"$WORK/pid"; exec patch -d "$WORK" <"$WORK/feed"' 8>&-
		wait_until "$BOUND" spooled || fail "patch made no file"
		kill -KILL "$(cat "$WORK/pid")"
		wait "$PID" || true
		exec 8>&-
		[ "$way" != plain ] || assert_left 1
		[ "$way" = guarded ] || remove_left
		wait_until_only_bystanders
	done
}

# ---- tar

@test "tar creates, extracts, updates, and removes what it has stored" {
	need tar
	LEAVES=0
	WANT="status 0"
	alike sh -ec '
		mkdir -p tree/a1b2c3d4 tree/private; chmod 700 tree/a1b2c3d4 tree/private; chmod 2755 tree
		seq 1000 >tree/a1b2c3d4/tmpAbC123; chmod 600 tree/a1b2c3d4/tmpAbC123; echo x >tree/private/x
		ln tree/private/x tree/hard; ln -s /missing tree/absolute; ln -s private/x tree/soft
		tar --mtime=@0 --sort=name --owner=0 --group=0 --numeric-owner -cf all.tar tree
		tar tvf all.tar; mkdir out; tar xpf all.tar -C out; diff -r --no-dereference tree out/tree
		tar --mtime=@0 --owner=0 --group=0 -rf all.tar --transform s/tree/again/ tree/hard
		cp -a tree gone; tar cf gone.tar --remove-files gone; ls; tar tf gone.tar | wc -l; rm gone.tar
		tar xf all.tar --strip-components=1 -C out; find out | sort
		tar xOf all.tar tree/private/x; tar cf - tree | gzip | tar xzf - -C out --overwrite
		rm -r tree; tar xf all.tar; tar df all.tar'
}

@test "tar extracts into the temporary directory itself: what was stored stays" {
	need tar
	STAY=(folder notes.txt link) LEAVES=3
	WANT="status 0"
	alike sh -ec '
		mkdir -p folder/a1b2c3d4; echo note >notes.txt; seq 9 >folder/a1b2c3d4/tmp.AbC123; ln -s /missing link
		chmod 700 folder folder/a1b2c3d4; chmod 600 notes.txt folder/a1b2c3d4/tmp.AbC123
		tar cf all.tar folder notes.txt link; tar xvf all.tar -C "$TMPDIR"; tar xf all.tar -C "$TMPDIR"; rm all.tar
		tar cf gone.tar -C "$TMPDIR" --remove-files notes.txt; test ! -e "$TMPDIR/notes.txt"
		tar xpf gone.tar -C "$TMPDIR"; rm gone.tar'
}

# ---- sqlite3

@test "sqlite3: databases in the temporary directory stay whole; sorting and journals leave nothing" {
	need sqlite3
	cat >"$WORK/spill" <<-'END'
		PRAGMA temp_store = 1;
		PRAGMA cache_size = -64;
		WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 20000)
		SELECT i FROM c ORDER BY hex(i * 7919 % 20011) || printf('%0200d', i) LIMIT 1 OFFSET 15000;
	END
	LEAVES=2 STAY=(base.db data2024.db)
	WANT="ok"
	alike sh -ec '
		for db in here.db "$TMPDIR/base.db" "$TMPDIR/data2024.db"; do
			sqlite3 "$db" "PRAGMA journal_mode; CREATE TABLE t(a PRIMARY KEY, b);
				WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 2000)
				INSERT INTO t SELECT i, printf(\"%050d\", i * 7919 % 2003) FROM c;
				CREATE TEMP TABLE u AS SELECT * FROM t; DELETE FROM t WHERE a % 3 = 0;
				BEGIN; DELETE FROM t; ROLLBACK; SELECT count(*), sum(b) FROM t; VACUUM;"
			sqlite3 "$db" "PRAGMA journal_mode=WAL; UPDATE t SET b = a; PRAGMA integrity_check; PRAGMA journal_mode=DELETE"
		done; sqlite3 here.db <"$WORK/spill"; sqlite3 here.db .dump | wc -l; sqlite3 here.db ".backup copy.db"; sqlite3 here.db "SELECT no" || echo "no: $?"'
	# It does spill where we look.
	need strace
	run -0 strace -f -e trace=openat,open -o "$WORK/trace" sqlite3 :memory: ".read $WORK/spill"
	grep -q "$TMPDIR/etilqs_" "$WORK/trace"
}

@test "sqlite3 killed in a transaction: the database and its journal stay, and are whole again" {
	need sqlite3
	LEAVES=2 STAY=(base.db) UNSURE='^base.db-journal$'
	WANT="status 137"
	alike sh -c 'sqlite3 "$TMPDIR/base.db" "CREATE TABLE t(a); INSERT INTO t VALUES (1);"
		sqlite3 "$TMPDIR/base.db" "PRAGMA cache_size = 2; PRAGMA cache_spill = 2; BEGIN;
			WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 20000)
			INSERT INTO t SELECT i FROM c;" ".shell kill -KILL \$PPID"
		echo "it ended with $?"; kill -KILL $$'
	for way in plain shimmed; do
		"$way" sh -c 'sqlite3 "$TMPDIR/base.db" "CREATE TABLE t(a); INSERT INTO t VALUES (1);"
			sqlite3 "$TMPDIR/base.db" "BEGIN; INSERT INTO t VALUES (2);" ".shell kill -KILL \$PPID"; true'
		assert_stays exists "$TMPDIR/base.db-journal"
		run -0 sqlite3 "$TMPDIR/base.db" 'PRAGMA integrity_check; SELECT * FROM t'
		assert_equal "$way: the database" $'ok\n1' "$output"
		remove_left
	done
}

# ---- vim

vim_does() {
	need vim
	alike vim -es -u NONE -i NONE "$@"
}

@test "vim edits, filters, writes backups, makes files and directories" {
	LEAVES=0
	WANT="status 0"
	printf 'one\ntwo\n' >"$WORK/input"
	cat >"$WORK/script" <<-'END'
		set backup backupdir=.
		saveas file
		%s/two/three/
		write
		2!tr a-z A-Z
		call append(0, system("cat -n", ["given"]))
		read !echo from a shell
		write !cat >copied
		call mkdir("folder/below", "p")
		write folder/below/file
		set backupcopy=yes
		write
		set undodir=. undofile
		edit! other
		call setline(1, getfperm("file"))
		let name = tempname()
		call writefile(["through a file"], name)
		call writefile(readfile(name), "read")
		xit
	END
	EXCEPT='\.un~' # holds times
	vim_does -S "$WORK/script" "$WORK/input"
}

@test "vim: a file of the temporary directory, edited there, stays" {
	LEAVES=1 STAY=(notes.txt)
	WANT="status 0"
	vim_does -c 'exe "edit " . $TMPDIR . "/notes.txt"' -c 'normal ithe text' -c 'write' \
		-c 's/the/the new/' -c 'set backup backupcopy=no' -c 'exe "set backupdir=" . getcwd()' -c 'wq'
}

# Its directory for temporary files, which it would have removed; never what is there to recover.
@test "vim killed by SIGKILL leaves the swap files, and nothing else" {
	local way

	need vim
	for way in plain shimmed guarded; do
		rm -rf "$WORKPLACE"
		mkdir "$WORKPLACE"
		cd "$WORKPLACE"
		run -137 "$way" vim -es -u NONE -i NONE file -c 'normal ithe text' -c 'preserve' \
			-c 'call writefile(["x"], tempname())' -c 'call system("cat >seen", glob($TMPDIR . "/v*"))' \
			-c 'exe "split " . $TMPDIR . "/notes.txt"' -c 'normal ia note' -c 'preserve' \
			-c 'call system("kill -KILL $PPID")'
		cd /
		grep -q "/v" "$WORKPLACE/seen"
		assert_only "$WORKPLACE" .file.swp seen
		case $way in
		plain)
			assert_left 2
			assert_exists "$TMPDIR/.notes.txt.swp"
			;;
		shimmed)
			wait_until "$LATER" missing "$(cat "$WORKPLACE/seen")" || fail "vim's directory is still there"
			assert_stays exists "$TMPDIR/.notes.txt.swp"
			assert_left 1
			;;
		guarded) wait_until_only_bystanders ;;
		esac
		remove_left
		cd "$WORKPLACE"
		run plain vim -es -u NONE -i NONE -r file -c 'saveas recovered' -c 'qa!'
		cd /
		assert_content "$WORKPLACE/recovered" "the text"
	done
}
