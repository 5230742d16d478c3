#!/usr/bin/env bash
# files.sh: scenarios of archives, the network, mail, pictures and the system, for collect.sh.

# shellcheck disable=SC2016,SC2164,SC2186 # other languages' code; what fails is passed over

archives() {
	mkdir -p t && small >t/a && small 5 >t/b
	tar cf /tmp/t.tar t
	tar czf /tmp/t.tgz t
	tar xf /tmp/t.tar -C /tmp
	(cd /tmp && tar xzf t.tgz --transform s/^t/t-0.9/)
	zip -qr /tmp/t.zip t
	zip -q /tmp/t.zip t/a
	zip -q -b /var/tmp /tmp/t2.zip t/a
	(cd /tmp && unzip -qo t.zip; unzip -qoj t.zip; unzip -p t.zip >/dev/null)
	7z a /tmp/t.7z t
	7z a -w/tmp /tmp/t2.7z t
	7z x -o/tmp/ex7 /tmp/t.7z
	7z e -y -o/tmp /tmp/t.7z
	7z a -tzip /tmp/u7.zip t
	find t | cpio -o --quiet >/tmp/t.cpio
	(cd /tmp && cpio -id --quiet <t.cpio)
	ar r /tmp/x.a t/a
	for z in gzip bzip2 xz zstd lz4 lzip pigz compress; do have $z || continue; cp t/a /tmp/$z.in; $z /tmp/$z.in; done
	(cd /tmp && gunzip gzip.in.gz; bunzip2 bzip2.in.bz2; unxz xz.in.xz; unzstd -q zstd.in.zst; lzip -d lzip.in.lz)
	zstd -q --train -o /tmp/dict t/a t/b
	gzexe t/b
	znew t/a.Z
	zdiff /tmp/t.tgz /tmp/t.tgz
	xzdiff t/a t/b
	bzdiff t/a t/b
	zforce t/a
	zgrep x t/a
	bzmore t/a </dev/null
	mksquashfs t /tmp/t.sq -quiet
	unsquashfs -q -d /tmp/unsq /tmp/t.sq
	genisoimage -quiet -o /tmp/t.iso t
	mformat -C -f 1440 -i /tmp/fl.img ::
	mcopy -i /tmp/fl.img t/a ::
	mcopy -i /tmp/fl.img ::a /tmp/fromfloppy
	(cd /tmp && tar cf - -C "$HOME" t | tar xpf - --one-top-level=unp_8f3e2a)
	tar --use-compress-program=gzip -cf /tmp/uc.tgz t
	tar -cMf /tmp/multi.tar -L 100 t
	rsync -a t /tmp/
	rsync -a t/a /tmp/rsynced
	rsync -a --temp-dir=/tmp t/a "$HOME/rs"
	rsync -a --temp-dir=/tmp t/ "$HOME/rs2"
	rsync -a --backup-dir=/tmp/rsback --backup t/a "$HOME/rs"
	rsync -a --partial-dir=/tmp/partial t/b "$HOME/rs"
	rsync --log-file=/tmp/rsync.log -a t /tmp/r2
	rsync --write-batch=/tmp/batch -a t /tmp/r3
	rsync -a --inplace t/a /tmp/rsinplace
}

network() {
	mkdir -p www && small >www/file.txt && small 50 >www/a1b2c3d4.bin
	(cd www && exec stop_after 40 python3 -m http.server 18473 --bind 127.0.0.1) & sleep 1
	local u=http://127.0.0.1:18473
	curl -s -o /tmp/curled $u/file.txt
	(cd /tmp && curl -sO $u/file.txt; curl -sOJ $u/a1b2c3d4.bin)
	curl -s -c /tmp/cookies.txt -D /tmp/headers --trace /tmp/curl.trace -o /dev/null $u/
	curl -s --etag-save /tmp/etag --hsts /tmp/hsts --alt-svc /tmp/altsvc -o /dev/null $u/file.txt
	curl -s --create-dirs -o /tmp/newdir/x $u/file.txt
	curl -s --no-clobber -o /tmp/nc $u/file.txt
	curl -s --output-dir /tmp -o od $u/file.txt
	wget -q -P /tmp $u/a1b2c3d4.bin
	wget -q -O /tmp/wgot $u/file.txt
	wget -q -r -P /tmp/mirror $u/
	wget -q -o /tmp/wget.log $u/file.txt
	(cd /tmp && wget -b -q $u/file.txt)
	wget -q --save-cookies /tmp/wc.txt --warc-file=/tmp/warc $u/
	wget -q -nc -P /tmp $u/file.txt
	(cd /tmp && wget -qE "$u/?C=N;O=D")
	wget -q --post-file=www/file.txt $u/
	wget --hsts-file=/tmp/whsts -q $u/
	aria2c -q -d /tmp -o aria.out $u/file.txt
	aria2c -q -d /tmp --log=/tmp/aria.log --save-session=/tmp/aria.session $u/a1b2c3d4.bin
	lftp -c "get $u/file.txt -o /tmp/lftp.out"
	lftp -c "pget $u/file.txt -o /tmp/lp.out; mirror $u/ /tmp/lm"
	lynx -dump $u/ >/dev/null
	lynx -source $u/file.txt >/tmp/lynx.out
	stop_after 3 script -qc "lynx $u/" /dev/null <<<q
	w3m -dump $u/ >/dev/null
	w3m -dump_source $u/file.txt >/dev/null
	stop_after 3 script -qc "w3m $u/" /dev/null < <(sleep 1; printf 'qy')
	elinks -dump $u/ >/dev/null
	stop_after 3 script -qc "elinks $u/" /dev/null <<<q
	stop_after 3 script -qc "lynx $u/a1b2c3d4.bin" /dev/null < <(sleep 1; echo d)
	python3 -c "import urllib.request as r; r.urlretrieve('$u/file.txt'); r.urlretrieve('$u/file.txt', '/tmp/urlret'); r.urlcleanup()"
	perl -MLWP::Simple -e "mirror('$u/file.txt','/tmp/lwp.out'); getstore('$u/file.txt','/tmp/lwp2')"
	ruby -ropen-uri -e "URI.open('$u/file.txt').read"
	scp -q www/file.txt /tmp/scped
	php -r "copy('$u/file.txt', '/tmp/phpcopy');"
	node -e "fetch('$u/file.txt').then(r => r.text()).then(t => require('fs').writeFileSync('/tmp/fetched', t))"
	GIT_HTTP=1 git clone -q $u/ /tmp/nogit
	pip download --no-index -f $u -d /tmp/dl nothing
	svn export -q $u/ /tmp/svnhttp
	printf 'daemon off; pid /tmp/nginx.pid; error_log /tmp/nginx-error.log; events {} http { access_log /tmp/nginx-access.log; client_body_temp_path /tmp/nginx_body; proxy_temp_path /tmp/nginx_proxy; fastcgi_temp_path /tmp/nginx_fcgi; uwsgi_temp_path /tmp/nginx_uwsgi; scgi_temp_path /tmp/nginx_scgi; client_body_buffer_size 1k; server { listen 127.0.0.1:18474; location / { proxy_pass http://127.0.0.1:18473; } } }' >n.conf
	stop_after 6 nginx -e /tmp/ne.log -c "$HOME/n.conf" & sleep 1
	seq 100000 >post
	curl -s --data-binary @post http://127.0.0.1:18474/ >/dev/null
	printf 'daemon off; pid /tmp/n2.pid; error_log /tmp/n2.log; events {} http { client_body_temp_path /tmp; proxy_temp_path /tmp/np; fastcgi_temp_path /tmp/nf; uwsgi_temp_path /tmp/nu; scgi_temp_path /tmp/ns; access_log off; client_body_buffer_size 1k; server { listen 127.0.0.1:18475; location / { proxy_pass http://127.0.0.1:18473; } } }' >n2.conf
	stop_after 5 nginx -e /tmp/ne2.log -c "$HOME/n2.conf" & sleep 1
	curl -s --data-binary @post http://127.0.0.1:18475/ >/dev/null
	wait
}

mail_tools() {
	printf 'From a@b.cd Mon Nov 30 00:00:00 2026\nFrom: a@b.cd\nTo: j\nSubject: s\n\nx\n' >mb
	cp mb /tmp/mbox
	stop_after 3 script -qc 'mutt -n -F /dev/null -f mb' /dev/null < <(sleep 1; printf '\n'; sleep 1; printf 'qq')
	echo body | stop_after 5 mutt -n -F /dev/null -e 'set sendmail=/bin/true' -e 'set use_from=no' -s s a@b.cd
	echo body | stop_after 5 mutt -n -F /dev/null -e 'set sendmail=/bin/true' -e "set record=/tmp/sent" -s s -a mb -- a@b.cd
	echo body | mailx -S sendmail=/bin/true -s s a@b.cd
	echo x | bsd-mailx -f mb
	printf 'p\nw /tmp/saved.mbox\ns /tmp/s.mbox\nv\nq\n' | bsd-mailx -f /tmp/mbox
	procmail DEFAULT=/tmp/inbox LOGFILE=/tmp/procmail.log VERBOSE=on /dev/null <mb
	procmail DEFAULT=/tmp/maildir/ /dev/null <mb
	formail -s procmail DEFAULT=/tmp/in2 LOCKFILE=/tmp/my.lock /dev/null <mb
	lockfile -r0 /tmp/lockfile.lock
	mailstat /tmp/procmail.log
	lockfile-create /tmp/lfp
	dotlockfile -l /tmp/dot.lock
	mutt_dotlock /tmp/mbox
	at -f mb now + 1 minute
	batch <<<true
	crontab mb
	crontab -l >/tmp/crontab.bak
}

graphics() {
	convert -size 20x20 xc:red /tmp/red.png
	convert /tmp/red.png /tmp/red.pdf
	convert /tmp/red.png -resize 10x10 /tmp/red.jpg
	convert -limit memory 1 -limit map 1 -size 300x300 xc:red r.png
	convert -limit memory 0 -limit map 0 -size 300x300 plasma: r2.png
	convert -size 20x20 label:x l.png
	convert caption:x -size 30 c.gif
	convert -density 30 /tmp/red.pdf o.png
	convert r.png mpc:/tmp/cache.mpc
	mogrify -path /tmp -format gif r.png
	cp r.png /tmp/mog.png
	mogrify -resize 5x5 /tmp/mog.png
	montage r.png r2.png /tmp/mont.png
	identify -verbose r.png >/tmp/id.txt
	compare r.png r2.png /tmp/cmp.png
	import -version >/dev/null
	convert r.svg o2.png
	convert text:/etc/hosts o3.png
	convert -size 9x9 xc: miff:- | convert - r3.tiff
	convert r.png r.ps && gs -q -dBATCH -dNOPAUSE -sDEVICE=png16m -sOutputFile=/tmp/gs.png r.ps
	gs -q -dBATCH -dNOPAUSE -sDEVICE=pdfwrite -sOutputFile=/tmp/gs.pdf r.ps
	gs -q -dBATCH -dNOPAUSE -sDEVICE=ps2write -sOutputFile=/tmp/gs%d.ps r.ps
	cat r.ps | gs -q -dBATCH -dNOPAUSE -sDEVICE=pdfwrite -sOutputFile=/tmp/gs2.pdf -
	gs -q -dBATCH -dNOPAUSE -dBufferSpace=1000 -dMaxBitmap=0 -sDEVICE=png16m -r300 -sOutputFile=/tmp/gsb.png r.ps
	ps2pdf r.ps /tmp/ps2.pdf
	pdf2ps /tmp/gs.pdf /tmp/p2.ps
	ps2ascii r.ps /tmp/asc
	ps2epsi r.ps /tmp/e.epsi
	eps2eps r.ps /tmp/ee.eps
	pdftotext /tmp/gs.pdf /tmp/gs.txt
	pdftoppm -png /tmp/gs.pdf /tmp/ppm
	pdfseparate /tmp/gs.pdf /tmp/page-%d.pdf
	pdfunite /tmp/gs.pdf /tmp/gs.pdf /tmp/united.pdf
	pdfimages -all /tmp/gs.pdf /tmp/img
	pdftops /tmp/gs.pdf /tmp/pt.ps
	pdftocairo -svg /tmp/gs.pdf /tmp/pc.svg
	qpdf /tmp/gs.pdf /tmp/q.pdf
	qpdf --linearize /tmp/gs.pdf /tmp/ql.pdf
	cp /tmp/gs.pdf /tmp/qr.pdf
	qpdf --replace-input /tmp/qr.pdf
	pngtopnm r.png >r.ppm
	pnmtopng r.ppm >/tmp/n.png
	pamsplit r.ppm /tmp/ps%d.pam
	ppmtompeg --help
	pnmtotiff r.ppm >/tmp/n.tiff
	tiffcp r3.tiff /tmp/tc.tiff
	tiff2pdf -o /tmp/t2p.pdf r3.tiff
	tiffsplit r3.tiff /tmp/tsp
	tiff2ps -O /tmp/t2.ps r3.tiff
	cp r.png /tmp/opt.png
	optipng -quiet /tmp/opt.png
	optipng -quiet -out /tmp/optout.png r2.png
	cp /tmp/red.jpg /tmp/jo.jpg
	jpegoptim -q /tmp/jo.jpg
	jpegoptim -q -d /tmp -o /tmp/red.jpg
	jpegtran -outfile /tmp/jt.jpg /tmp/red.jpg
	gifsicle -o /tmp/gi.gif c.gif
	cp c.gif /tmp/gb.gif
	gifsicle -b -O2 /tmp/gb.gif
	ppmquant 4 r.ppm >/dev/null
	pnmquant 4 r.ppm >/dev/null
	sox -n /tmp/tone.wav synth 0.1 sine 440
	sox -n -r 8000 s.wav synth 1 sine 440
	sox --temp /tmp s.wav /tmp/rev.wav reverse
	sox s.wav /tmp/norm.wav norm
	psselect -p1 r.ps /tmp/psel.ps
	psbook r.ps /tmp/psb.ps
	psnup -2 r.ps /tmp/nup.ps
	ps2ps r.ps /tmp/psps.ps
	pstops '1:0' r.ps /tmp/pstops.ps
}

system_tools() {
	apt-get -o Dir::State::Lists=/tmp/lists -o Dir::Cache=/tmp/aptcache -o Debug::NoLocking=1 check
	(cd /tmp && apt-get -o Debug::NoLocking=1 download no-such-package)
	apt-config dump >/tmp/apt.conf
	apt-cache -o Dir::Cache=/tmp/aptc2 gencaches
	mkdir -p h/partial l/partial
	apt-get -o Dir::State="$HOME/h" -o Dir::Cache="$HOME/l" -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts=/dev/null -o Debug::NoLocking=1 update
	DEBCONF_DB_OVERRIDE='File{/tmp/debconf.dat}' debconf-show debconf
	debconf-copydb x y
	DEBIAN_FRONTEND=noninteractive debconf-set-selections -c <<<'a b string c'
	dpkg-query -l >/tmp/pkgs
	dpkg --admindir=/tmp/dpkg-admin -l
	update-alternatives --altdir /tmp/alt --admindir /tmp/altadm --install /tmp/altlink alt /bin/true 1
	mkdir -p /tmp/alt /tmp/altadm
	update-alternatives --log /tmp/alt.log --altdir /tmp/alt --admindir /tmp/altadm --install /tmp/altlink alt /bin/true 1
	dpkg-divert --admindir /tmp/altadm --list
	mkinitramfs -o /tmp/initrd.img
	mkinitramfs -d /usr/share/initramfs-tools -k -o /tmp/ird2
	dpkg-reconfigure --help >/dev/null
	apt-extracttemplates /dev/null
	apt-sortpkgs /dev/null
	dpkg-split -s /dev/null /tmp/spl
	savelog -n /tmp/log.x
	tempfile
	ischroot
	run-parts --list /tmp
	add-shell /bin/x
	which x;
	valgrind -q --log-file=/tmp/vg.%p.log true
	valgrind -q --xml=yes --xml-file=/tmp/vg.xml true
	valgrind -q --tool=callgrind --callgrind-out-file=/tmp/cg.out true
	valgrind -q --tool=massif --massif-out-file=/tmp/massif.out.%p true
	(cd /tmp && valgrind -q --tool=cachegrind true; valgrind -q --tool=callgrind true)
	stop_after 5 valgrind -q --vgdb=yes --vgdb-error=0 sleep 2 & sleep 2
	vgdb -l
	wait
	ltrace -o /tmp/lt.log true
	strace -o /tmp/st.log true
	gdb -batch -ex 'set logging file /tmp/gdb.log' -ex 'set logging on' -ex 'info files' /bin/true
	gdb -batch -ex 'dump memory /tmp/mem.bin 0 1' /bin/true
	gdb -batch -ex 'shell true' -ex 'pipe info files | cat' -ex 'python import tempfile; tempfile.mkstemp()' /bin/true
	gdb -batch -ex 'save gdb-index /tmp' /usr/lib/debug/.build-id/*/*.debug
	sleep 2 & gcore -o /tmp/core $!
	gdbserver --version >/dev/null
	perf --version
	wait
	mkfs.ext4 -q /tmp/fs.img 1M
	mke2fs -q -t ext2 /tmp/fs2.img 1000
	debugfs -R 'dump <2> /tmp/dumped' /tmp/fs2.img
	e2image /tmp/fs2.img /tmp/e2i
	e2undo /tmp/x /tmp/y
	tune2fs -z /tmp/undo.e2undo -L x /tmp/fs2.img
	E2FSPROGS_UNDO_DIR=/tmp mke2fs -q -F /tmp/fs2.img
	resize2fs /tmp/fs2.img 900
	mkswap /tmp/swap
	sfdisk --dump /dev/null
	losetup -l
	cryptsetup --help >/dev/null
	bpftool help
	unshare -r true
	bwrap --help >/dev/null
	sudo -n true
	su -c true </dev/null
	chfn -f x </dev/null
	vipw </dev/null
	EDITOR=true vigr
	newgrp </dev/null
	ssh-copy-id -f -i "$HOME/none" x
	ldconfig -C /tmp/ld.cache -n /tmp
	getent passwd >/tmp/pw
	locale-gen --help
	uuidgen
	setsid true
	systemd-tmpfiles --version
	mcookie -f /dev/null
	wall x
	iconvconfig -o /tmp/iconvc
	sprof x
	makedb -o /tmp/mk.db /dev/null
	nscd --version
	ldd /bin/true >/tmp/ldd.out
	catchsegv true
	pcprofiledump x
	memusage -d /tmp/mem.dat true
	memusage -p /tmp/mem.png true
	xtrace -f x true
	mtrace x
}
