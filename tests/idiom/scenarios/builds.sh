#!/usr/bin/env bash
# builds.sh: scenarios of compilers and what builds programs and packages, for collect.sh.

# shellcheck disable=SC2016,SC2164,SC2186 # other languages' code; what fails is passed over

rust_tools() {
	echo 'fn main() { println!("{:?}", std::env::temp_dir()); std::fs::File::create("/tmp/rust.out").unwrap(); std::fs::OpenOptions::new().write(true).create_new(true).open("/tmp/rust.new").unwrap(); std::fs::create_dir("/tmp/rustdir").unwrap(); }' >r.rs
	rustc -o /tmp/rustprog r.rs && /tmp/rustprog
	rustc --emit=obj -o /tmp/r.o r.rs
	rustc --crate-type=rlib -o /tmp/libr.rlib r.rs
	rustc --test -o /tmp/rtest r.rs
	rustdoc -o /tmp/rdoc r.rs
	echo '/// ```' >rd.rs && printf '/// assert!(true);\n/// ```\npub fn f() {}\n' >>rd.rs && rustdoc --test rd.rs
	CARGO_TARGET_DIR=/tmp/target cargo --offline new hello
	(cd hello && CARGO_TARGET_DIR=/tmp/cargo-target cargo --offline build && CARGO_TARGET_DIR=/tmp/cargo-target cargo --offline test; cargo --offline package --allow-dirty; cargo --offline install --path . --root /tmp/cargo-root)
}

c_compilers() {
	printf '#include <stdio.h>\nint main(void){puts("x");return 0;}\n' >a.c
	printf '#include <vector>\nint main(){std::vector<int> v;return v.size();}\n' >b.cc
	gcc -o /tmp/a.out a.c
	gcc -pipe -o /tmp/prog a.c
	gcc -c -o /tmp/a.o a.c
	gcc -save-temps -o /tmp/saved a.c
	gcc -S -o /tmp/a.s a.c
	gcc -flto -o /tmp/lto a.c
	gcc -flto=2 -O2 -o /tmp/lto2 a.c
	g++ -c -o /tmp/b.o b.cc
	gcc -shared -fPIC -o /tmp/liba.so a.c && gcc -static -o /tmp/astatic a.c
	gcc --coverage -o /tmp/cov a.c && (cd /tmp && ./cov)
	gcc -pg -o /tmp/gprofd a.c && (cd /tmp && ./gprofd)
	gcc -fdump-tree-all -dumpdir /tmp/ -c -o /tmp/d.o a.c
	gcc -MMD -MF /tmp/a.d -c -o /tmp/e.o a.c
	gcc @<(echo -o /tmp/rsp a.c)
	clang -o /tmp/clanged a.c
	clang -c -o /tmp/c.o a.c
	clang -flto -c -o /tmp/c.bc a.c && clang -save-temps=obj -o /tmp/csaved a.c
	clang -S -emit-llvm -o /tmp/a.ll a.c
	clang --analyze -o /tmp/an.plist a.c
	echo '#pragma clang __debug crash' >crash.c && clang -c -o /tmp/crash.o crash.c
	clang -ftime-trace -c -o /tmp/tt.o a.c
	clang -fmodules -fmodules-cache-path=/tmp/modcache -c -o /tmp/mod.o a.c
	echo 'clang -x' | clang-format -i a.c
	ar rcs /tmp/lib.a /tmp/a.o && ranlib /tmp/lib.a && strip -o /tmp/stripped /tmp/a.out && strip /tmp/prog && objcopy /tmp/a.o /tmp/a2.o && objcopy /tmp/a2.o
	ld -r -o /tmp/rel.o /tmp/a.o
	gcc -fuse-ld=gold -o /tmp/gold a.c
	as -o /tmp/as.o /tmp/a.s
	printf '      print *,1\n      end\n' >f.f && gfortran -o /tmp/fort f.f
	printf '      program p\n      open(unit=10,status="scratch")\n      write(10,*) 1\n      open(unit=11,file="/tmp/fort.out")\n      write(11,*) 1\n      end\n' >s.f && gfortran -o /tmp/forts s.f && /tmp/forts
	printf 'with Ada.Text_IO; use Ada.Text_IO; procedure H is F : File_Type; begin Create (F); Put (F, "x"); Create (F2, Out_File, "/tmp/ada.out"); end H;' | sed 's/F : File_Type/F, F2 : File_Type/' >h.adb
	gnatmake -o /tmp/adaprog h.adb && /tmp/adaprog
	printf 'program p; begin writeln(1); end.\n' >p.pas && fpc -FE/tmp p.pas
	printf 'section .text\nglobal _start\n_start: ret\n' >n.asm && nasm -f elf64 -o /tmp/n.o n.asm && yasm -f elf64 -o /tmp/y.o n.asm
	printf 'void main() { print("x"); }\n' >v.vala && valac -o /tmp/valaprog v.vala
	cppcheck --cppcheck-build-dir=/tmp/cppcheck a.c
	mkdir -p /tmp/cppcheck && cppcheck --cppcheck-build-dir=/tmp/cppcheck --output-file=/tmp/cpp.txt a.c
	indent a.c -o /tmp/indented.c; indent a.c; astyle a.c; cflow a.c
	printf '%%%%\na: ;\n' >y.y && bison -o /tmp/y.tab.c y.y && bison -d --graph=/tmp/y.dot -o /tmp/y2.c y.y
	printf '%%%%\n. ;\n' >l.l && flex -o /tmp/lex.yy.c l.l && echo x | m4 >/tmp/m4.out && printf 'divert(1)%s' "$(small 200000)" | m4 >/dev/null
	GOCACHE=/tmp/gocache GOPATH=/tmp/gopath GOFLAGS=-mod=mod; export GOCACHE GOPATH GOFLAGS
	printf 'package main\nimport ("os")\nfunc main(){ os.CreateTemp("","app"); os.MkdirTemp("","dir"); os.Create("/tmp/go.out") }\n' >g.go && go build -o /tmp/goprog g.go && go run g.go
	printf 'package main\nimport "testing"\nfunc TestA(t *testing.T){ t.TempDir() }\n' >g_test.go && go test -coverprofile=/tmp/cover.out g_test.go
}

build_tools() {
	mkdir -p cm && cd cm && printf 'cmake_minimum_required(VERSION 3.10)\nproject(x C)\nadd_executable(x a.c)\n' >CMakeLists.txt && echo 'int main(void){return 0;}' >a.c
	cmake -S . -B /tmp/cmake-build && cmake --build /tmp/cmake-build && DESTDIR=/tmp/stage cmake --install /tmp/cmake-build
	(cd /tmp/cmake-build && cpack -G TGZ; ctest -O /tmp/ctest.log)
	printf "project('x','c')\nexecutable('x','a.c')\n" >meson.build && meson setup /tmp/meson-build && ninja -C /tmp/meson-build && meson test -C /tmp/meson-build
	meson dist -C /tmp/meson-build
	printf 'AC_INIT([x],[1])\nAM_INIT_AUTOMAKE([foreign])\nAC_PROG_CC\nLT_INIT\nAC_CONFIG_FILES([Makefile])\nAC_OUTPUT\n' >configure.ac
	printf 'bin_PROGRAMS = x\nx_SOURCES = a.c\n' >Makefile.am
	autoreconf -fi && mkdir -p b && (cd b && ../configure --prefix=/tmp/prefix && make && make install && make distcheck)
	autoscan; autoheader; autoupdate; libtoolize --copy --force; aclocal --force
	printf 'all:\n\techo x >/tmp/make.out\n\tfalse\n' >M && make -j2 -f M
	make --output-sync -j2 -f M
	printf 'all:\n\t$(file >/tmp/make.file,x)\n' >M2 && make -f M2
	printf 'all:;true\n' | make -f -
	printf 'Program("x","a.c")\n' >SConstruct && scons; scons --cache-show
	printf '#!/usr/bin/make -f\n' >r
	xgettext -o /tmp/x.pot a.c
	msgfmt -o /tmp/x.mo /tmp/x.pot
	msginit --no-translator -i /tmp/x.pot -o /tmp/x.po
	CCACHE_DIR=/tmp/ccache ccache gcc -c -o /tmp/cc.o a.c
	CCACHE_DIR=/tmp/ccache CCACHE_LOGFILE=/tmp/ccache.log ccache gcc -c -o /tmp/cc.o a.c
	ccache gcc -c -o /tmp/cc3.o a.c
	DISTCC_HOSTS=localhost DISTCC_FALLBACK=1 distcc gcc -c -o /tmp/dc.o a.c
	stop_after 4 distccd --no-detach --daemon -a 127.0.0.1 -p 13632 --log-file /tmp/distccd.log -P /tmp/distccd.pid & sleep 1
	DISTCC_HOSTS=127.0.0.1:13632 distcc gcc -c -o /tmp/dc2.o a.c
	wait
	ctags -o /tmp/tags a.c
	ctags -R -f - . >/dev/null
	cscope -b -f /tmp/cscope.out
	echo a | cscope -d -L0a -f /tmp/cscope.out
	gdb -batch -ex 'save breakpoints /tmp/bp' -ex 'compile code 1' /tmp/cmake-build/x
	gdb -batch -ex run -ex 'gcore /tmp/core.x' /tmp/cmake-build/x
	printf '@settitle x\n@bye\n' >x.texi; makeinfo -o /tmp/x.info x.texi; runtest --outdir /tmp
}

debian_build() {
	mkdir -p hello-1/debian && cd hello-1 && printf 'Source: hello\nMaintainer: A <a@b.cd>\nBuild-Depends: debhelper-compat (= 13)\n\nPackage: hello\nArchitecture: all\nDescription: x\n y\n' >debian/control
	printf 'hello (1) unstable; urgency=low\n\n  * x\n\n -- A <a@b.cd>  Mon, 30 Nov 2026 00:00:00 +0000\n' >debian/changelog
	printf '#!/usr/bin/make -f\n%%:\n\tdh $@\n' >debian/rules
	chmod +x debian/rules
	echo 'README usr/share' >debian/install
	echo x >README
	mkdir -p debian/source
	echo '3.0 (native)' >debian/source/format
	dpkg-buildpackage -us -uc -b
	dpkg-buildpackage -us -uc -S
	debuild -us -uc -b
	DEBEMAIL=a@b.cd dch -i x
	dpkg-source -x ../hello_1.dsc /tmp/hello-src
	dpkg-deb -x ../hello_1_all.deb /tmp/extracted
	dpkg-deb -b /tmp/extracted /tmp/out.deb
	dpkg-deb -R ../hello_1_all.deb /tmp/raw
	debdiff ../hello_1_all.deb ../hello_1_all.deb
	dpkg-scanpackages .. >/tmp/Packages
	apt-ftparchive packages .. >/tmp/Packages2
	equivs-control /tmp/eq.ctl
	(cd /tmp && equivs-build /tmp/eq.ctl)
	fakeroot -s /tmp/fakeroot.state true
	dscverify ../hello_1.dsc
	lintian ../hello_1_all.deb
	debsums
	uscan --no-download
	dget --help >/dev/null
	origtargz
	quilt new x.patch
	quilt add README
	echo y >>README
	quilt refresh
	quilt diff >/tmp/quilt.diff
	quilt mail --mbox /tmp/quilt.mbox
	quilt snapshot
	cat >x.spec <<-'END'
		Name: x
		Version: 1
		Release: 1
		Summary: x
		License: MIT
		BuildArch: noarch
		%description
		x
		%install
		mkdir -p %{buildroot}/usr/share/x
		echo x >%{buildroot}/usr/share/x/x
		%files
		/usr/share/x
	END
	rpmbuild -bb --define "_topdir $HOME/rpm" x.spec
	rpmbuild -bb --define '_topdir /tmp/rpmtop' --define '_tmppath /tmp' x.spec
	rpm2cpio "$HOME"/rpm/RPMS/noarch/x-1-1.noarch.rpm >/tmp/x.cpio
	rpm --dbpath /tmp/rpmdb --initdb
	rpm -qp "$HOME"/rpm/RPMS/noarch/x-1-1.noarch.rpm
	alien --version
}

# A cc1 that crashes whenever it compiles: gcc preprocesses for the bug report.
crashing_gcc() {
	echo 'int main(void) { return 0; }' >a.c
	mkdir crashing
	{
		echo '#!/bin/sh'
		echo 'for word; do [ "$word" = -E ] && exec '"$(gcc -print-prog-name=cc1)"' "$@"; done'
		echo 'echo "a.c:1:1: internal compiler error: x" >&2; exit 4'
	} >crashing/cc1
	chmod +x crashing/cc1
	gcc -freport-bug -Bcrashing/ -c a.c
}
