#!/usr/bin/env bats
# documents.bats: editors, formatters, pictures, and what compares and changes text. See harness.bash.

# shellcheck disable=SC2016,SC2034 # the harness's variables
load harness

setup() {
	begin_scenario
}

teardown() {
	end_scenario
}

@test "vim in batch: edits, filters through a shell, and writes with a backup" {
	uses vim
	SAYS='three' MAKES=1
	VARIES='viminfo'
	compare <<-'END'
		printf 'one\ntwo\n' >file && chmod 640 file
		vim -u NONE -es -N -c 'set backup writebackup' -c '%s/two/three/' -c '%!sort -r' -c 'r !echo from a shell' -c 'w' -c 'qa!' file
		cat file file~; ls -l file | cut -c1-10
		vim -u NONE -es -N -c 'call writefile([tempname() != ""], "answer")' -c 'let x = system("echo two", "input")' -c 'call writefile([x], "said")' -c 'qa!'
		cat answer said
	END
}

@test "ed, ex and sed: files are edited in place" {
	uses ed ex:vim sed
	SAYS='4 lines'
	compare <<-'END'
		seq 3 >file && chmod 600 file
		printf '2s/2/two/\n$a\nfour\n.\n!echo from a shell\nw\nq\n' | ed -s file
		wc -l <file | sed 's/$/ lines/'; ex -s -u NONE -c '1d|x' file && cat file
		sed -i.old -e s/two/2/ file && sed -i -s -n p file file.old && sed -n 'w copy' file && cat file file.old copy
		sed --follow-symlinks -i s/3/x/ file && ln -s file link && sed -i --follow-symlinks s/x/y/ link && cat link && test -L link
		sed -i s/1/2/ missing || echo "status $?"
	END
}

@test "nano in a terminal: a file is written by its keys" {
	uses nano script:bsdutils
	SAYS='typed'
	compare <<-'END'
		echo old >file
		(sleep 1; printf 'typed\r'; sleep 0.3; printf '\017\r'; sleep 0.3; printf '\030'; sleep 0.3) |
			TERM=xterm timeout 20 script -q -c 'stty rows 24 cols 80; nano -I file' /dev/null >/dev/null || echo "status $?"
		cat file
	END
}

@test "less: a pipe, and a file through its preprocessor" {
	uses less
	SAYS='a piped line'
	compare <<-'END'
		seq 1000 | less | tail -n 1; echo 'a piped line' | less -FX
		printf '#!/bin/sh\nf=$(mktemp -p "$TMPDIR" less.XXXXXXXX) && sed s/^/pre/ "$1" >"$f" && echo "$f"\n' >pre && printf '#!/bin/sh\nrm -f "$2"\n' >post && chmod +x pre post
		seq 3 >file && LESSOPEN="$PWD/pre %s" LESSCLOSE="$PWD/post %s %s" less file | cat
	END
}

@test "diff, diff3, sdiff, cmp and patch: changes are found, merged and applied" {
	uses diff3:diffutils patch
	SAYS='patched'
	compare <<-'END'
		seq 20 >old && seq 20 | sed s/10/ten/ >mine && seq 20 | sed s/15/fifteen/ >yours
		diff -u --label a --label b old mine >change || echo "differ"
		diff3 -m mine old yours >merged; grep -c '[a-z]' merged
		sdiff -s old mine || true; printf 'r\n' | sdiff -o chosen old mine || true; wc -l <chosen
		patch old <change && cmp old mine && echo patched
		patch -R -b old <change && ls old.orig; patch --dry-run old <(sed s/9/nine/ change) || echo "status $?"; cat old | head -n 1
		printf -- '--- a\n+++ b\n@@ -1 +1 @@\n-nothing like it\n+x\n' | patch old || cat old.rej
	END
}

@test "groff: a document with tables, equations and pictures, in several formats" {
	uses groff:groff
	SAYS='in a table'
	VARIES='\.(ps|html)$'
	compare <<-'END'
		printf '.TS\nl l.\nin\ta table\n.TE\n.EQ\nx sup 2\n.EN\n.PS\nbox "in a box"\n.PE\n.PP\nwords and words\n' | sed 's/a table/in a table/' >d.ms
		groff -t -e -p -ms -Tutf8 d.ms | cat -s | sed 's/\x1b\[[0-9;]*m//g'; groff -t -e -ms -Tps d.ms >d.ps && head -n 1 d.ps
		groff -t -ms -Tascii -P-c d.ms | wc -l
	END
}

@test "man: a page is formatted and shown" {
	uses man:man-db groff
	SAYS='page - is for a test'
	compare <<-'END'
		printf '.TH PAGE 1\n.SH NAME\npage \\- is for a test\n.SH DESCRIPTION\n.B bold\nand not\n' >page.1
		MANWIDTH=70 man -l page.1 | cat; gzip -n page.1 && MANWIDTH=70 man --nh -l page.1.gz | wc -l
		MANPATH=$PWD man nosuchpage 2>&1 || echo "status $?"
	END
}

@test "Ghostscript: PostScript becomes PDF, text and a picture" {
	uses gs:ghostscript
	SAYS='Hello from a page' MAKES=1
	VARIES='\.pdf$'
	compare <<-'END'
		printf '%%!\n/Helvetica findfont 20 scalefont setfont 72 700 moveto (Hello from a page) show showpage\n' >p.ps
		gs -q -dBATCH -dNOPAUSE -sDEVICE=pdfwrite -o p.pdf p.ps && gs -q -sDEVICE=txtwrite -o - p.pdf
		gs -q -dBATCH -dNOPAUSE -r20 -sDEVICE=ppmraw -o p.ppm p.ps && head -c 15 p.ppm | head -n 2
		ps2pdf p.ps again.pdf && pdf2ps again.pdf again.ps 2>/dev/null; rm -f again.ps
	END
}

@test "ImageMagick: pictures that do not fit into the memory it may use" {
	uses convert:imagemagick identify:imagemagick
	SAYS='300x300' MAKES=1
	VARIES='\.(png|gif)$'
	compare <<-'END'
		convert -limit memory 1MiB -limit map 1MiB -size 1000x1000 gradient:red-blue -rotate 30 -resize 300x300! out.ppm && identify -format '%wx%h\n' out.ppm
		sha256sum out.ppm; convert out.ppm -resize 20x20 a.png && convert a.png -flip b.png && convert a.png b.png all.gif && identify -format '%n ' all.gif
		montage a.png b.png -geometry +2+2 m.ppm && compare -metric AE a.png b.png null: 2>&1 || true
		convert missing.png out.png 2>&1 | sed 's/ @.*//'
	END
}

@test "iconv, msgfmt, column, fmt, expand, nl: text through filters" {
	uses iconv:libc-bin msgfmt:gettext column:bsdextrautils
	SAYS='translated'
	compare <<-'END'
		printf 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\nmsgid "text"\nmsgstr "translated"\n' >m.po
		msgfmt -o m.mo m.po && msgunfmt m.mo | tail -n 1; printf 'gr\303\274n\n' | iconv -f utf-8 -t latin1 | od -c
		printf 'a b\nccc d\n' | column -t; seq 40 | paste -sd' ' | fmt -w 30 | nl | expand; seq 9 | pr -3 -t -l 3
	END
}
