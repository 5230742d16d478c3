#!/usr/bin/env bash
# versions.sh: scenarios of version control, for collect.sh.

# shellcheck disable=SC2016,SC2164,SC2186 # other languages' code; what fails is passed over

version_control() {
	git config --global user.email a@b.cd; git config --global user.name A
	git init -q /tmp/repo
	git init -q r && cd r && small >f && git add f && git commit -qm a && echo x >>f && git commit -qam b && git tag -a v1 -m v1
	git clone -q . /tmp/clone
	git clone -q --bare . /tmp/clone.git
	git worktree add -q /tmp/wt-3fa9c2b
	git archive -o /tmp/r-1.0.tar.gz HEAD
	git bundle create /tmp/r.bundle HEAD
	git format-patch -q -o /tmp/patches HEAD~1
	git diff --output=/tmp/r.diff HEAD~1
	GIT_EXTERNAL_DIFF=true git diff HEAD~1
	git difftool -y -x true HEAD~1
	git difftool -d -y -x true HEAD~1
	git -c diff.x.textconv=cat -c core.attributesFile=<(echo 'f diff=x') diff HEAD~1
	git rebase -q HEAD~1
	EDITOR=true git rebase -qi HEAD~1
	git gc -q
	git repack -adq
	git stash -q
	git bisect start -q
	EDITOR=true git commit --amend -q
	git fast-export --all >/tmp/export
	GIT_TRACE=/tmp/trace.log git status
	GIT_INDEX_FILE=/tmp/index git add f
	git --work-tree=/tmp/wt2 status
	git blame --contents f f >/dev/null
	git send-email --dry-run --to a@b.cd HEAD~1
	git merge-file -p f f f
	git checkout-index -a --prefix=/tmp/export/
	git checkout-index --temp f
	git hash-object -w f
	git verify-tag v1
	git request-pull HEAD~1 .
	git instaweb --help >/dev/null
	git -c gpg.program=true tag -s v2 -m x
	git apply --check /tmp/r.diff
	git am /tmp/patches/*
	git cvsexportcommit HEAD
	git svn --version
	git config -f /tmp/git.config a.b c
	git daemon --pid-file=/tmp/gd.pid --detach --listen=127.0.0.1 --port=19418
	sleep 1
	kill "$(cat /tmp/gd.pid)"
	git --exec-path
	git credential-cache --socket /tmp/cred.sock get <<<''
	cd ..
	svnadmin create /tmp/svnrepo
	svn co -q file:///tmp/svnrepo /tmp/svnwc
	small >/tmp/svnwc/f
	svn add -q /tmp/svnwc/f
	svn ci -qm a /tmp/svnwc
	echo x >>/tmp/svnwc/f
	svn diff --diff-cmd /usr/bin/diff /tmp/svnwc
	svn diff file:///tmp/svnrepo/f@1 /tmp/svnwc/f
	EDITOR=false svn ci /tmp/svnwc
	SVN_EDITOR=true svn propedit svn:ignore /tmp/svnwc
	svn export -q file:///tmp/svnrepo /tmp/svnexport
	svnadmin dump -q /tmp/svnrepo >/tmp/svn.dump
	svnadmin hotcopy /tmp/svnrepo /tmp/svnhot
	svn cat file:///tmp/svnrepo/f >/dev/null
	svnadmin verify -q /tmp/svnrepo
	svnrdump dump -q file:///tmp/svnrepo >/dev/null
	svnlook diff /tmp/svnrepo
	hg init /tmp/hgrepo && cd /tmp/hgrepo && small >f && hg add f && hg ci -u a -m a && echo x >>f && EDITOR=true hg ci -u a
	hg clone -q . /tmp/hgclone
	hg archive /tmp/hgarch
	hg archive /tmp/hg.tar.gz
	hg bundle --all /tmp/hg.bundle
	hg export -o /tmp/%h.patch tip
	HGEDITOR=true hg ci --amend -u a
	hg --config extensions.extdiff= extdiff -p diff -r 0
	echo z >>f
	hg --config extensions.extdiff= extdiff -p true
	hg --config ui.merge=internal:merge up -q 0
	stop_after 2 hg serve -p 18472 --pid-file /tmp/hg.pid -A /tmp/hgaccess.log
	hg unbundle /tmp/hg.bundle
	cd
	brz init -q /tmp/bzr
	brz whoami a@b.cd
	(cd /tmp/bzr && small >f && brz add -q f && brz ci -qm a && brz export /tmp/bzr.tar.gz && brz branch -q . /tmp/bzr2 && echo x >>f && brz diff --using=diff; brz send -o /tmp/bzr.patch .)
	cvs -d /tmp/cvsroot init
	mkdir -p cv && (cd cv && small >f && cvs -d /tmp/cvsroot import -m a m v r && cvs -d /tmp/cvsroot co -d /tmp/cvswc m; cd /tmp/cvswc && echo x >>f && cvs ci -m b f; cvs diff f; CVSEDITOR=true cvs ci f; cvs rtag x m)
	fossil init /tmp/x.fossil
	mkdir -p fo && (cd fo && fossil open /tmp/x.fossil && small >f && fossil add f && fossil ci -m a --no-warnings && echo x >>f && fossil diff --command diff; fossil tarball tip /tmp/fossil.tar.gz; VISUAL=true fossil ci)
	small >a
	small 90 >b
	diff -u a b >/tmp/ab.patch
	patch -o /tmp/patched a /tmp/ab.patch
	cp a c
	patch c /tmp/ab.patch
	patch -b -V numbered c -R /tmp/ab.patch
	patch -B /tmp/bak- c /tmp/ab.patch
	patch -r /tmp/rej c /tmp/ab.patch </dev/null
	wdiff a b >/dev/null
	dwdiff a b >/dev/null
	interdiff /tmp/ab.patch /tmp/ab.patch
	combinediff /tmp/ab.patch /tmp/ab.patch
	filterdiff /tmp/ab.patch >/dev/null
	rediff /tmp/ab.patch
	splitdiff /tmp/ab.patch
	colordiff a b >/dev/null
	sdiff -o /tmp/sd.out a b <<<q
	EDITOR=true sdiff -o /tmp/sd2.out a b <<<$'e\nq'
	merge -p a b c >/dev/null
	diff3 a b c >/dev/null
	tig --version
	etckeeper --version
}
