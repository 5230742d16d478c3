#!/usr/bin/env bash
# later.sh: scenarios of programs that were taken when the rule was done with, for collect.sh.

# shellcheck disable=SC2016,SC2164,SC2186 # other languages' code; what fails is passed over

later() {
	small >s
	export EMAIL='A <a@b.cd>' DARCS_DONT_ESCAPE_ANYTHING=1
	darcs init /tmp/darcs
	cd /tmp/darcs
	small >f
	darcs add f
	darcs record -a -m one
	echo x >>f
	EDITOR=true darcs record -a --edit-long-comment -m two
	darcs dist
	darcs diff --diff-command 'true %1 %2'
	darcs send -a -o /tmp/darcs.bundle --edit-description .
	EDITOR=true darcs amend -a --edit-long-comment
	darcs clone . /tmp/darcs2
	cd
	printf 'int main(void) { return 0; }\n' >a.c
	tcc -o /tmp/tccprog a.c
	tcc -run a.c
	tcc -c -o /tmp/tcc.o a.c
	tsp -S 2
	tsp true
	TS_SOCKET=/tmp/mytsp tsp sh -c 'echo out'
	TMPDIR=/var/tmp tsp ls
	sleep 1
	tsp -o
	tsp -K
	calcurse -D /tmp/calcurse -x >/tmp/calcurse.ics
	EDITOR=true stop_after 3 script -qc 'calcurse -D /tmp/calcurse' /dev/null < <(sleep 1; printf 'q')
	newsboat -u s -c /tmp/news.db -x reload
	newsboat -u s -c /tmp/news.db -E /tmp/news.opml
	EDITOR=true stop_after 3 script -qc 'newsboat -u s -c /tmp/news.db' /dev/null < <(sleep 1; printf 'Eq')
	printf '<project default="a"><target name="a"><tempfile property="t" destdir="/tmp" prefix="ant" createfile="true"/><zip destfile="/tmp/ant.zip" basedir="." includes="s"/><exec executable="true" output="/tmp/ant.out"/></target></project>' >build.xml
	ant
	ant -logfile /tmp/ant.log
	IPYTHONDIR=/tmp/ipython ipython3 -c '%%writefile /tmp/ipy.txt
x'
	ipython3 -c 'get_ipython().run_line_magic("logstart", "/tmp/ipy.log")'
	EDITOR=true ipython3 -c 'get_ipython().run_line_magic("edit", "")'
	echo 'echo 1' >n.nim
	nim c -o:/tmp/nimprog --nimcache:/tmp/nimcache n.nim
	nim r n.nim
	mkdir RCS
	ci -u -t-x -mx s
	co -l s
	echo y >>s
	ci -u -my s
	rcsdiff -r1.1 s
	co -p s >/tmp/co.out
	rcsmerge -p -r1.1 -r1.2 s >/dev/null
	cp s /tmp/rcsed
	(cd /tmp && ci -l -t-x -mx rcsed && co -f rcsed)
	lzop -o /tmp/s.lzo s
	lrzip -q -o /tmp/s.lrz s
	lrzip -q -d -o /tmp/s.unlrz /tmp/s.lrz
	small | lrzip -q >/tmp/piped.lrz
	zpaq add /tmp/s.zpaq s
	zip -q u.zip s
	unar -q -o /tmp/unar u.zip
	unar -q -D -o /tmp u.zip
	mawk 'BEGIN { print "x" >"/tmp/mawked" }'
	printf 'let A0 = 1\n' | sc -W% /dev/stdin
	stop_after 3 script -qc 'sc /tmp/sheet.sc' /dev/null < <(sleep 1; printf '=1\n'; sleep 1; printf 'q')
	echo '# x' >p.md
	pandoc -o /tmp/p.docx p.md
	pandoc -o /tmp/p.epub p.md
	pandoc -s -o /tmp/p.html p.md
	pandoc -o /tmp/p.pdf p.md
	pandoc --extract-media=/tmp/media /tmp/p.epub -o /tmp/p2.md
	printf '[tox]\nskipsdist=true\n[testenv]\nskip_install=true\ncommands=python -c 1\nallowlist_externals=*\n' >tox.ini
	tox --workdir /tmp/tox
	printf '<?xml version="1.0"?><article><title>x</title><para>x</para></article>' >d.xml
	xmlto --skip-validation -o /tmp/xmlto txt d.xml
	PIPX_HOME=/tmp/pipx python3 -m pip config list
}
