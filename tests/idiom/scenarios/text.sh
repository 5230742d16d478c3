#!/usr/bin/env bash
# text.sh: scenarios of tools for text, and of shells, for collect.sh.

# shellcheck disable=SC2016,SC2164,SC2186 # other languages' code; what fails is passed over

text_tools() {
	seq 300000 | sort -S 1M -R >/dev/null
	seq 300000 | sort -S 1M -o /tmp/sorted.txt
	sort -T /var/tmp -S 1M -r /tmp/sorted.txt >/dev/null
	seq 200000 | tac >/dev/null
	seq 200000 | shuf -o /tmp/shuffled
	small 10000 | split -l 1000 - /tmp/part
	small 100 >s
	csplit -q -f /tmp/cs s 50
	cp -p s /tmp/copied
	install -m 600 s /tmp/installed
	install -d -m 700 /tmp/installdir
	mkdir -m 700 /tmp/madedir
	mv s /tmp/moved
	touch /tmp/touched
	truncate -s 1 /tmp/truncated
	dd if=/dev/zero of=/tmp/dd.img count=1
	mktemp
	mktemp -d
	mktemp -t fooXXXXXX
	mktemp --suffix=.log /tmp/barXXXX
	mktemp -u
	tee /tmp/tee.out </dev/null
	small >s
	sed -i s/1/2/ s
	cp s /tmp/sedded
	sed -i.bak s/1/2/ /tmp/sedded
	sed -n 'w /tmp/sedw' s
	perl -pi -e 's/1/2/' /tmp/sedded
	awk '{print > "/tmp/awked"}' s
	ln -s s /tmp/linked
	mkfifo /tmp/fifo
	tsort s >/dev/null
	nl s >/tmp/nl
	paste s s >/tmp/pasted
	echo x | iconv -o /tmp/iconv
	look x
	column s >/dev/null
	fallocate -l 10 /tmp/fallocated
	flock /tmp/flocked true
	logger -s x
	shred -u /tmp/moved
	xargs -P2 -n 50 echo <s >/tmp/xargs.out
	datamash sum 1 <s
	bc <<<1+1
	printf '1 1+p' | dc
	uniq s /tmp/uniqued
	comm s s >/dev/null
	cut -c1 s >/tmp/cut
	join s s >/dev/null
	seq 5 | parallel --will-cite echo
	seq 3 | parallel --will-cite --results /tmp/results echo
	seq 3 | parallel --will-cite --joblog /tmp/joblog echo
	seq 300 | parallel --will-cite --pipe -N 100 wc
	seq 3 | parallel --will-cite --pipe --cat wc {}
	seq 3 | parallel --will-cite --files echo
	seq 3 | parallel --will-cite --tmpdir /var/tmp --line-buffer echo
	seq 3 | parallel --will-cite --fifo --pipe cat {}
	sem --will-cite true
	parset x echo ::: 1
	echo 'x y z' | aspell list
	echo tst | aspell -a
	cp s /tmp/spell.txt
	stop_after 2 script -qc 'aspell -c /tmp/spell.txt' /dev/null
	html2text -o /tmp/h.txt <<<'<p>x'
	tidy -q -o /tmp/t.html <<<'<p>x'
	tidy -m /tmp/t.html
	enscript -o /tmp/e.ps s
	a2ps -o /tmp/a2.ps s
	a2ps -P file s
	echo '{\rtf1 x}' >r.rtf
	unrtf r.rtf >/dev/null
	catdoc s >/dev/null
	shar s >/tmp/s.shar
	uuencode s s >/tmp/s.uu
	(cd /tmp && sh s.shar; uudecode -o /tmp/decoded s.uu)
	xsltproc -o /tmp/xs.xml /dev/null /dev/null
	dot -Tpng -o /tmp/g.png <<<'digraph{a->b}'
	neato -Tps -O <<<'graph{a--b}'
	printf '.TH X 1\n.SH N\nx\n' >x.1
	man ./x.1 | cat
	man -Tps ./x.1 >/tmp/x.ps
	man -H true ./x.1
	man -Z ./x.1 >/dev/null
	groff -man -Tps x.1 >/tmp/g.ps
	groff -man -Thtml x.1 >/tmp/g.html
	groff -man -Tpdf x.1 >/tmp/g.pdf
	printf '.PS\nbox\n.PE\n' | groff -p -Tps >/dev/null
	printf '.TS\nl.\nx\n.TE\n' | groff -t -Thtml >/dev/null
	mandb -u -q
	mandb -c "$HOME"
	printf '.G1\n1 2\n.G2\n' | groff -Tps -G >/dev/null
	preconv x.1 >/dev/null
	soelim x.1 >/dev/null
	lookbib x </dev/null
	indxbib -o /tmp/ind x.1
	zsoelim x.1 >/dev/null
	seq 300000 >big
	find / -xdev -maxdepth 2 -fprint /tmp/found -o -fprintf /tmp/found2 '%p\n'
	updatedb -l 0 -o /tmp/locate.db -U "$HOME"
	plocate -d /tmp/locate.db x
	logrotate -s /tmp/logrotate.state /dev/null
	printf '/tmp/my.log {\nrotate 3\ncompress\ncreate 600\nmissingok\n}\n' >lr.conf
	chmod 644 lr.conf
	small >/tmp/my.log
	logrotate -f -s /tmp/lr.state lr.conf
	logrotate -f -s /tmp/lr.state lr.conf
	run-parts /nonexistent
	tzselect </dev/null
	zic -d /tmp/zones /dev/null
	localedef -i C -f UTF-8 /tmp/loc
	mkfontscale .
	fc-cache -f /tmp
	busybox sh -c 'mktemp; busybox sort /etc/hosts >/dev/null; vi -c :q /tmp/bbvi'
}

shells() {
	local shell
	for shell in bash zsh mksh yash fish tcsh dash; do
		have "$shell" || continue
		"$shell" -c 'echo x > /tmp/out.'"$shell"'; mkdir /tmp/dir.'"$shell"
		{ printf 'cat <<END >/dev/null\n'; seq 20000; printf 'END\n'; } >doc
		"$shell" doc; "$shell" doc; "$shell" doc
		printf 'cat <<END\nshort\nEND\ncat <<<x\n' >doc2; "$shell" doc2
		echo 'f=$(mktemp); d=$(mktemp -d); (umask 077; mkdir /tmp/mine-$$; echo x >/tmp/mine.$$); set -C; echo x >/tmp/noclobber.$$; echo x >/tmp/lock.noclobber' >tmpf
		"$shell" tmpf
	done
	zsh -c 'cat =(echo x); cat =(echo y); diff =(echo a) =(echo b); autoload zcompile compinit; zcompile -R /tmp/f.zwc doc2; compinit -d /tmp/zcompdump; zmodload zsh/mapfile; mapfile[/tmp/zmap]=x; HISTFILE=/tmp/zhist SAVEHIST=10; print -s x; fc -W; zmodload zsh/zselect; tempfile=$(mktemp); print x >! /tmp/clobber; sysopen -w -o creat,excl -m 600 -u 4 /tmp/zsysopen'
	zsh -c 'zmodload zsh/system; sysopen -w -o creat,excl -m 600 -u 4 /tmp/zsysopen; TMPPREFIX=/tmp/custom; cat =(echo x)'
	fish -c 'cat (echo x | psub); cat (echo y | psub -s .txt); set -U v 1; fish_config --help'
	tcsh -c 'set noclobber; echo x > /tmp/tcshx; echo `date`; cat << E
a
E'
	bash -c 'HISTFILE=/tmp/bhist; set -o history; echo x; history -a; cat <(echo x) >(cat); read -r x < <(echo y); exec {fd}<>/tmp/bashfd'
}
