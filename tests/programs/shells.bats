#!/usr/bin/env bats
# shells.bats: shells and what starts other programs. See harness.bash.

# shellcheck disable=SC2016,SC2034 # the harness's variables
load harness

setup() {
	begin_scenario
}

teardown() {
	end_scenario
}

@test "bash: here-documents larger than a pipe, process substitutions, coprocesses" {
	uses bash
	SAYS='200001 lines' MAKES=''
	compare <<-'END'
		big=$(seq 200000)
		wc -l <<HERE | sed 's/$/ lines/'
		$big
		the end
		HERE
		cat <<<"$big" | tail -n 1
		diff <(seq 5) <(seq 6) || echo "differ"
		coproc cat; echo through >&"${COPROC[1]}"; read -r line <&"${COPROC[0]}"; echo "$line"
		trap 'echo "at the end"; rm -f "$file"' EXIT
		file=$(mktemp) && echo x >"$file" && cat "$file"
	END
}

@test "bash: a script with mktemp that is ended by errexit, and never cleans up" {
	uses mktemp:coreutils
	SAYS='two files' STATUS=1 MAKES=1
	compare <<-'END'
		set -eu
		one=$(mktemp) two=$(mktemp -d --suffix=.d)
		echo secret >"$one" && mkdir -m 500 "$two/closed" && touch "$two/file"
		test -f "$one" && test -d "$two/closed" && echo two files
		false
	END
}

@test "zsh: =(), here-documents, and a loop of them" {
	uses zsh
	SAYS='10 words' MAKES=1
	compare <<-'END'
		zsh -fc 'wc -w =(echo one two three) | sed "s| .*||"; cat =(seq 3) =(seq 4)
			for i in {1..5}; do cmp =(echo $i) <(echo $i) && echo "$i"; done
			cat <<<"a here-string"; n=$(wc -w < =(echo 1 2 3 4 5 6 7 8 9 10)); echo "$n words"
			x==(echo never removed) true'
	END
}

@test "fish: psub --file, functions and history" {
	uses fish
	SAYS='3 in a file'
	VARIES='home/'
	compare <<-'END'
		fish --no-config -c 'function f; seq $argv; end
			cat (f 3 | psub --file) | count | sed "s/\$/ in a file/"; diff (f 3 | psub) (f 3 | psub); and echo same
			set -l d (mktemp -d); and test -d $d; and rmdir $d; and echo gone; math 2 x 21'
	END
}

@test "tcsh: here-documents, which it keeps in files" {
	uses tcsh
	SAYS='two words'
	compare <<-'END'
		cat >script <<-'CODE'
			cat <<HERE
			two words
			HERE
			set f = `mktemp`; echo x > $f; cat $f; rm $f
			foreach i (1 2 3)
			wc -c <<HERE
			line $i
			HERE
			end
		CODE
		tcsh -f script
	END
}

@test "dash: a script in which each command is another process" {
	uses dash
	SAYS='100 made'
	MAKES=1
	compare <<-'END'
		dash -c 'n=0; while [ $n -lt 100 ]; do f=$(mktemp) && echo $n >"$f" && n=$((n + 1)); done; echo "$n made"; cat "$f"'
	END
}

@test "mksh: here-documents, which it keeps in files" {
	uses mksh
	SAYS='inside'
	compare <<-'END'
		mksh -c 'cat <<HERE
		inside
		HERE
		for i in 1 2 3; do read -r a <<<"here $i"; echo "$a"; done; x=$(<<HERE cat
		again
		HERE
		); echo "$x"'
	END
}

@test "busybox: its own shell, tools and mktemp, statically linked" {
	uses busybox:busybox-static
	SAYS='made'
	NOTE='static: the library does not get in'
	STAYS='tmp\.[A-Za-z0-9]+'
	compare <<-'END'
		busybox sh -c 'f=$(mktemp); echo made >"$f"; busybox cat "$f"
			busybox seq 3000 >all; busybox sort -r all | busybox head -n 1; busybox sed -i s/2999/changed/ all
			busybox tar cf - all | busybox tar tf -; busybox gzip -k all; busybox zcat all.gz | busybox tail -n 1; rm all.gz'
	END
}

@test "GNU parallel: output kept in files until each job has ended" {
	uses parallel
	SAYS='job 9 from 3'
	MAKES=1
	VARIES='home/'
	compare <<-'END'
		mkdir -p ~/.parallel && touch ~/.parallel/will-cite
		parallel -k -j4 'seq 1 {} | tail -n 1 | sed "s/^/job /; s/\$/ from 3/"' ::: $(seq 12)
		seq 1000 | parallel --pipe -k -j2 -N250 wc -l
		seq 300 | parallel --pipepart -k --block 400 -a <(true) wc -l 2>/dev/null || true
		seq 20 >in && parallel --cat -k -j2 --pipe -N10 'wc -l {} | cut -d" " -f1' <in
		parallel -k -j2 'exit {}' ::: 0 3 0 || echo "failed: $?"
		parallel --results out -k echo ::: a b >/dev/null && cat out/1/a/stdout
	END
}

@test "xargs -P, find -exec, nice, nohup, timeout, setsid, env" {
	uses xargs:findutils
	SAYS='20 files'
	compare <<-'END'
		seq 20 | xargs -P 4 -I{} sh -c 'f=$(mktemp) && echo {} >"$f" && mv "$f" file{}' && ls file* | wc -l | sed 's/$/ files/'
		find . -name 'file1?' -exec cat {} + | sort | paste -sd' '; nice -n 5 sh -c 'nice'
		timeout 0.2 sleep 5 || echo "timeout $?"; nohup echo nohup 2>/dev/null; setsid -w sh -c 'echo session; exit 3' || echo "$?"
		env -u HOME sh -c 'echo "${HOME-none}"'; flock lock echo locked; stdbuf -oL echo line; chrt -b 0 echo batch
	END
}

@test "cron-like: env -i throws away all variables, and the jobs' files go all the same" {
	uses env:coreutils
	SAYS='one job' MAKES=1
	compare <<-'END'
		env -i HOME=/ LOGNAME=nobody SHELL=/bin/sh PATH=/usr/bin:/bin TMPDIR="$TMPDIR" /bin/sh -c '
			f=$(mktemp); echo "one job" >"$f"; cat "$f"; env -i /bin/sh -c "d=\$(/bin/mktemp -d -p \"$TMPDIR\"); test -d \"\$d\" && echo below"'
		env -i /bin/sh -c 'echo "${TMPDIR-none} ${LOGNAME-none}"; f=$(/bin/mktemp -t job.XXXXXXXXXX); test -s "$f" || echo "empty"' | sed 's/none none/nothing/'
	END
}

@test "sudo, set-user-ID: what is made behind it is nobody's" {
	uses sudo setpriv:util-linux
	SAYS='as root'
	NOTE='`sudo` drops `LD_PRELOAD` and `TMPDIR`: what is made behind it stays'
	STAYS='tmp\.[A-Za-z0-9]{10}'
	[ -n "$ROOM" ] || skip "no rights to lay a sudoers file over this machine's"
	printf 'root ALL=(ALL) ALL\nnobody ALL=(ALL) NOPASSWD: ALL\nDefaults env_reset\n' >"$PLACE/sudoers"
	chmod 440 "$PLACE/sudoers"
	in_room mount --bind "$PLACE/sudoers" /etc/sudoers
	compare <<-'END'
		cd /
		setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c '
			f=$(mktemp) && echo "a file of $(id -un)" >"$f"
			sudo -n sh -c "cat $f; id -un | sed \"s/^/as /\"; mktemp >/dev/null; exit 6"; echo "status $?"
			sudo -n -u nobody env -i /bin/sh -c "cat $f"; sudo -n -l | tail -n 1'
	END
	# That of mktemp behind sudo, and nothing else.
	assert_equal "left plain, alone and under run" "2 1 1" "${LEFT[plain]} ${LEFT[alone]} ${LEFT[run]}"
}

@test "su: root runs commands as another user" {
	uses su:util-linux
	SAYS='as nobody'
	[ "$(id -u)" = 0 ] || skip "su asks for a password"
	compare <<-'END'
		cd /
		su -s /bin/sh nobody -c 'f=$(mktemp -p /tmp); echo "as $(id -un)" >"$f"; cat "$f"; rm "$f"'
		su -s /bin/sh - nobody -c 'echo "${TMPDIR-none}"; f=$(mktemp); test -f "$f" && rm "$f"' 2>/dev/null
		su -s /bin/sh nobody -c 'exit 6' || echo "status $?"
	END
}

@test "script: a terminal of its own, and what is typed and shown" {
	uses script:bsdutils
	SAYS='in a terminal'
	FILTERS=('s/\r$//' '/^Script (started|done)/d')
	VARIES='typescript'
	compare <<-'END'
		script -q -c 'test -t 0 && echo "in a terminal"; f=$(mktemp); test -f "$f" && echo made; stty size' typescript
	END
}
