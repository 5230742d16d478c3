#!/usr/bin/env bats
# doctor.bats: `tmpguard doctor`: what it says of a program is what happens to it. DESIGN 2, 4, 8.

# shellcheck disable=SC2001,SC2016,SC2030,SC2031,SC2154 # what programs shall expand; bats' variables
load helper

setup() {
	begin_test
	cd "$WORK" || return
	unset LD_LIBRARY_PATH
}

doctor() {
	timeout -k 1 "$BOUND" "$TMPGUARD" doctor "$@"
}

# judge STATUS PROGRAM...: its status, and nothing on standard error
judge() {
	local expected=$1

	shift
	run --separate-stderr doctor "$@"
	assert_equal "standard error" "" "$stderr"
	assert_equal "status of $*" "$expected" "$status"
}

# refused REASON PROGRAM: nothing is said of it but why, in one line
refused() {
	run -1 --separate-stderr doctor "$2"
	assert_equal "standard output" "" "$output"
	# shellcheck disable=SC2053 # a pattern
	[[ $stderr == "tmpguard: doctor: "$1 ]] || fail "not: $1" "$stderr"
}

compile() { # OUTPUT CC-ARGUMENT... with the source on standard input
	local output=$1

	shift
	"${CC:-cc}" -w -x c -o "$output" - "$@"
}

write_script() { # PATH LINE...
	printf '%s\n' "${@:2}" >"$1"
	chmod +x "$1"
}

# A program, and a library beside it that makes files, too.
make_pair() {
	compile libfiles.so -shared -fPIC <<<'#include <fcntl.h>
		#include <stdlib.h>
		int files(char *t) { return mkdtemp(t) && open(t, O_RDONLY) < 0; }'
	compile pair -L. -lfiles -Wl,-rpath,'$ORIGIN' <<<'#include <stdlib.h>
		int files(char *); int main(int n, char **a) { return mkstemp(a[0]) + files(a[0]); }'
}

# patch FILE OFFSET HEX: as `patch x 18 0300`
patch() {
	printf '%b' "$(sed 's/../\\x&/g' <<<"$3")" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

only_root() {
	[ "$(id -u)" = 0 ] || skip "only root makes such programs for others"
}

# A program of tmpguard's, and a place, for users who may not look into the checkout.
copy_tool() {
	OPEN=$(mktemp -d "$TMPDIR/open.XXXXXX")
	declare_left "${OPEN##*/}"
	chmod 755 "$TMPDIR" "$OPEN"
	cp "$TMPGUARD" "$PROBE" "$OPEN"
}

# ---- what is interposed

@test "what is said is what happens: programs with and without a loader, of either libc" {
	local program expected

	cp "$PROBE" interposed
	cp "$PROBES/probe-static" static
	compile static-pie -static-pie <<<'int main(void) { return 0; }'
	write_script script "#!$WORK/interposed"
	write_script script-static "#!$WORK/static-pie"
	for program in interposed script static static-pie script-static; do
		expected=$([[ $program == *static* ]] && echo 1 || echo 0)
		judge "$expected" "./$program"
		RUN_OPTIONS=(-q --report=report.jsonl)
		"$TMPGUARD" run "${RUN_OPTIONS[@]}" -- "./$program" >/dev/null || true
		assert_equal "$program in the report of run" "$expected" "$(grep -c '"reason":"static"' report.jsonl || true)"
	done
	judge 0 "$PROBE"
	assert_output_has "interposed: for glibc, dynamically linked"
}

@test "a program for musl" {
	[ -e "$PROBES/probe-musl" ] || skip "no musl-gcc here"
	judge 0 "$PROBES/probe-musl"
	assert_output_has "interposed: for musl, dynamically linked"
	assert_output_has "  mkstemp mkostemp "
	judge 0 -v "$PROBES/probe-musl"
	assert_equal "files that are listed" 1 "$(grep -c '^  - ' <<<"$output")"
}

@test "functions are named with who imports them, the program before its library" {
	make_pair
	judge 0 ./pair
	assert_output_has "  mkstemp (pair), mkdtemp (libfiles.so): what they make in a temporary directory goes"
	assert_output_has "  open (libfiles.so): what looks temporary"
	judge 0 -v ./pair
	assert_output_has "  - ./pair: mkstemp"
	assert_output_has "  - $WORK/libfiles.so: mkdtemp open"
	compile vim <<<'#include <fcntl.h>
		int main(int n, char **a) { return open(a[0], O_RDONLY); }'
	judge 0 ./vim
	assert_output_has "  open (vim): stays: "
	assert_output_lacks dlopen
	compile loads -ldl <<<'#include <dlfcn.h>
		int main(int n, char **a) { return dlopen(a[0], RTLD_NOW) != 0; }'
	judge 0 ./loads
	assert_output_has "  what is loaded later by dlopen (loads) was not looked at"
	compile nothing <<<'int main(void) { return 0; }'
	judge 0 ./nothing
	assert_output_has "imports no function that makes temporary files"
}

@test "the imports of real programs are those that nm finds, however they are stripped and hashed" {
	local program flags

	need nm
	sed -n 's/^W([^,]*, \([a-zA-Z0-9_]*\),.*/\1/p' "$REPO/shim/wrapped.h" | sort >wrapped
	for flags in gnu sysv both; do
		compile "exports-$flags" -Wl,--hash-style="$flags" -rdynamic -s <<<'#include <stdlib.h>
			int f(void) { return 1; } int main(int n, char **a) { return mkstemp(a[0]) + system(a[0]); }'
		compile "none-$flags" -Wl,--hash-style="$flags" -s -no-pie <<<'#include <stdlib.h>
			int main(int n, char **a) { return mkstemp(a[0]) + system == 0; }'
	done
	for program in "$PROBE" "$PROBES/probe-lfs" /bin/bash /bin/ls /usr/bin/perl "$PWD"/exports-* "$PWD"/none-*; do
		[ -e "$program" ] || continue
		nm -D --undefined-only --format=posix "$program" | sed 's/[@ ].*//' | sort -u | comm -12 - wrapped >expected
		run -0 doctor -v "$program"
		sed -n "s|^  - $program: ||p" <<<"$output" | tr ' ' '\n' | grep -vx none | sort >got || true
		[ -s expected ] || fail "nm finds nothing in $program"
		assert_equal "imports of $program" "$(cat expected)" "$(cat got)"
	done
}

@test "the libraries of real programs are those that their loader finds" {
	local program

	need ldd
	for program in /bin/bash /bin/ls /usr/bin/git /usr/bin/perl /usr/bin/vim "$(command -v tmux)" "$(command -v sqlite3)"; do
		[ -e "$program" ] || continue
		ldd "$program" | sed -n 's/.* => \(.*\) (0x.*/\1/p' | grep -v /libc.so.6 | sort >expected
		run -0 doctor -v "$program"
		sed -n 's/^  - \([^:]*\): .*/\1/p' <<<"$output" | sed 1d | sort >got
		assert_equal "libraries of $program" "$(cat expected)" "$(cat got)"
	done
}

@test "AddressSanitizer: what is said of ASAN_OPTIONS is so" {
	compile asan -fsanitize=address <<<'int main(void) { return 0; }' || skip "no AddressSanitizer here"
	if ldd ./asan | grep -q libasan; then # clang links it in
		judge 0 ./asan
		assert_output_has "AddressSanitizer: tmpguard run adds verify_asan_link_order=0"
		run -1 env LD_PRELOAD="$SHIM" ./asan
	fi
	run -0 "$TMPGUARD" run -- ./asan
	compile static-asan -fsanitize=address -static-libasan <<<'int main(void) { return 0; }' || skip "no libasan.a here"
	judge 0 ./static-asan
	assert_output_has "a sanitizer is linked in"
	assert_output_lacks "verify_asan_link_order"
	assert_output_lacks "has its own"
	run -0 env LD_PRELOAD="$SHIM" ./static-asan
}

@test "a program that exports a function of a wrapped name keeps it to itself" {
	compile own -rdynamic <<<'int mkstemp(char *t) { return 7; } int main(int n, char **a) { return mkstemp(a[0]) != 7; }'
	judge 0 ./own
	assert_output_has "has its own mkstemp"
}

@test "the names never touched are told, once" {
	judge 0 "$PROBE" /bin/sh "$PROBE"
	assert_equal "lines with them" 1 "$(grep -cxF '.X11-unix .ICE-unix ssh-* hsperfdata_* .java_pid* systemd-private-* dbus-* tmux-* pytest-of-* emacs* krb5cc_* .tmpguard-* cc??????.out' <<<"$output")"
	assert_equal "programs" 3 "$(grep -c '^/' <<<"$output")"
}

# ---- what is not

@test "set-user-ID, set-group-ID, capabilities: for others not, for root and the owner yes" {
	local kind

	only_root
	need setcap
	copy_tool
	for kind in user group caps; do cp "$PROBE" "$OPEN/$kind"; done
	chmod 4755 "$OPEN/user"
	chmod 2755 "$OPEN/group"
	setcap cap_net_raw+ep "$OPEN/caps" || skip "no capabilities on this file system"
	for kind in "user:set-user-ID root" "group:set-group-ID" "caps:has file capabilities"; do
		run -1 --separate-stderr unprivileged "$OPEN/tmpguard" doctor "$OPEN/${kind%%:*}"
		assert_output_has "  not interposed: ${kind#*:}"
		judge 0 "$OPEN/${kind%%:*}"
		assert_output_has "  ${kind#*:}, which changes nothing for you"
	done
	chmod 4711 "$OPEN/user"
	run -1 --separate-stderr unprivileged "$OPEN/tmpguard" doctor "$OPEN/user"
	assert_output_has "  not interposed: set-user-ID root"
	chmod 711 "$OPEN/user"
	run -1 --separate-stderr unprivileged "$OPEN/tmpguard" doctor "$OPEN/user"
	assert_equal "what is said" "tmpguard: doctor: $OPEN/user: Permission denied" "$stderr"
	# A script's own bits count for nothing.
	write_script "$OPEN/script" '#!/bin/sh'
	chmod 6755 "$OPEN/script"
	run -0 unprivileged "$OPEN/tmpguard" doctor "$OPEN/script"
}

@test "another word size or machine is named, in either byte order" {
	cp "$PROBE" foreign
	patch foreign 18 f300
	judge 1 ./foreign
	assert_output_has "  not interposed: for 64-bit RISC-V"
	patch foreign 4 01
	patch foreign 18 0300
	judge 1 ./foreign
	assert_output_has "  not interposed: for 32-bit x86"
	patch foreign 5 02
	patch foreign 16 00020008
	judge 1 ./foreign
	assert_output_has "  not interposed: for 32-bit MIPS"
	patch foreign 4 02
	patch foreign 16 00030016
	judge 1 ./foreign
	assert_output_has "  not interposed: for 64-bit S/390, big-endian"
	patch foreign 18 fedc
	judge 1 ./foreign
	assert_output_has "  not interposed: for another 64-bit machine"
	head -c 52 foreign >short # no more is in a 32-bit header
	patch short 4 01
	chmod +x short
	judge 1 ./short
}

@test "Go is known by its section, and without sections by its mark" {
	need objcopy
	cp "$PROBE" dynamic
	echo >empty
	objcopy --add-section .go.buildinfo=empty dynamic
	judge 1 ./dynamic
	assert_output_has "  not interposed: made by Go, which calls the kernel past libc"
	cp "$PROBES/probe-static" static
	objcopy --add-section .go.buildinfo=empty static
	judge 1 ./static
	assert_output_has "  not interposed: static, made by Go"

	compile mark <<<'__attribute__((aligned(16), used)) char mark[] = "\377 Go buildinf:\010\002";
		int main(void) { return 0; }'
	judge 0 ./mark # whoever has sections says it there
	patch mark 40 0000000000000000
	patch mark 58 000000000000
	judge 1 ./mark
	assert_output_has "made by Go"
	compile no-mark <<<'__attribute__((aligned(16), used)) char mark[] = "x\377 Go buildinf:\010\002";
		int main(void) { return 0; }'
	patch no-mark 40 0000000000000000
	patch no-mark 58 000000000000
	judge 0 ./no-mark
}

# ---- scripts

@test "a script is judged by its interpreter, through env and other scripts" {
	cp "$PROBE" interpreter
	cp "$PROBES/probe-static" static
	write_script plain "#!$WORK/interpreter -x"
	write_script env '#!/usr/bin/env interpreter'
	write_script split '#!/usr/bin/env -S -i A=b interpreter -x "a b"'
	write_script nested "#! $WORK/plain  x "
	write_script env-static '#!/usr/bin/env -iS static'
	write_script to-env "#!$WORK/env"
	write_script without 'exit 0'
	: >empty
	chmod +x empty
	export PATH=$WORK:$PATH
	judge 0 plain
	assert_equal "first line" "$WORK/plain: a script, run by $WORK/interpreter" "${lines[0]}"
	for program in env split; do
		judge 0 "$program"
		assert_equal "first line" "$WORK/$program: a script, run by /usr/bin/env, then $WORK/interpreter" "${lines[0]}"
	done
	judge 0 nested
	assert_equal "first line" "$WORK/nested: a script, run by $WORK/plain, then $WORK/interpreter" "${lines[0]}"
	judge 0 to-env
	assert_equal "first line" \
		"$WORK/to-env: a script, run by $WORK/env, then /usr/bin/env, then $WORK/interpreter" "${lines[0]}"
	judge 1 env-static
	assert_output_has "not interposed: static"
	for program in without empty; do
		judge 0 "$program"
		[[ ${lines[0]} == "$WORK/$program: a script without #!, run by /bin/sh"* ]] || fail "${lines[0]}"
	done
}

@test "scripts that cannot be run: why is said in one line" {
	write_script ring-a "#!$WORK/ring-b"
	write_script ring-b "#!$WORK/ring-a"
	refused "./ring-a: $WORK/ring-*: scripts that run scripts, too many for the kernel" ./ring-a
	write_script env-ring "#!/usr/bin/env env-ring"
	PATH=$WORK:$PATH refused "env-ring: *: interpreters lead in a ring" env-ring
	write_script missing '#!/no/such/interpreter'
	refused './missing: /no/such/interpreter: No such file or directory' ./missing
	write_script carriage $'#!/bin/sh\r'
	refused './carriage: /bin/sh\\015: No such file or directory' ./carriage
	write_script directory '#!/tmp'
	refused './directory: /tmp: a directory, not a program' ./directory
	write_script nothing '#! ' 'exit 0'
	refused './nothing: its #! line names no interpreter' ./nothing
	write_script long "#!/$(printf 'x%.0s' {1..300})"
	refused './long: its #! line names no interpreter' ./long
	for line in -i A=b '-S -i A=b' '-S' ''; do
		write_script no-program "#!/usr/bin/env $line"
		refused './no-program: /usr/bin/env: the #! line gives env no program' ./no-program
	done
	write_script words '#!/usr/bin/env sh -e'
	refused './words: sh -e: one word for env*' ./words
	write_script unknown '#!/usr/bin/env no-such-program'
	refused './unknown: no-such-program: not found in PATH' ./unknown
	printf 'PNG\0\1' >binary
	chmod +x binary
	refused './binary: neither an ELF file nor a script' ./binary
}

# ---- finding

@test "a PROGRAM is looked for as execvp does" {
	mkdir one two three
	mkdir one/tgt-program
	cp "$PROBE" two/tgt-program
	chmod -x two/tgt-program
	PATH=$WORK/one:$WORK/two:$PATH refused 'tgt-program: is in PATH, but may not be run' tgt-program
	ln -s "$PROBE" three/tgt-program
	PATH=$WORK/one:$WORK/two:$WORK/three:$PATH judge 0 tgt-program
	assert_equal "first line" "$WORK/three/tgt-program -> $(realpath "$PROBE")" "${lines[0]}"
	cd three
	PATH=:$PATH judge 0 tgt-program
	assert_equal "first line" "tgt-program -> $(realpath "$PROBE")" "${lines[0]}"
	cd "$WORK" || return
	refused 'tgt-program: not found in PATH' tgt-program
	refused ': not found in PATH' ""
	cp "$PROBE" first
	ln first second
	judge 0 ./second
	assert_equal "first line" "./second" "${lines[0]}"
	ln -s ./itself itself
	refused './itself: Too many levels of symbolic links' ./itself
}

@test "what is no program is named with the reason, and the rest is done" {
	refused "$WORK/nowhere: No such file or directory" "$WORK/nowhere"
	refused '/tmp: a directory, not a program' /tmp
	refused '/dev/null: not a regular file' /dev/null
	mkfifo pipe
	chmod +x pipe
	refused './pipe: not a regular file' ./pipe
	cp "$PROBE" plain-file
	chmod -x plain-file
	refused './plain-file: not executable (chmod +x)' ./plain-file
	compile library.so -shared <<<'int f(void) { return 1; }'
	refused './library.so: a library or a loader, not a program' ./library.so
	compile object.o -c <<<'int f(void) { return 1; }'
	chmod +x object.o
	refused './object.o: an object file, not a program' ./object.o
	head -c 300 "$PROBE" >short
	chmod +x short
	refused './short: truncated: *' ./short
	head -c 10 "$PROBE" >shorter
	chmod +x shorter
	refused './shorter: truncated: not even its header is whole' ./shorter
	compile loaderless -Wl,--dynamic-linker=/no/such/loader <<<'int main(void) { return 0; }'
	refused './loaderless: its loader is not there: /no/such/loader' ./loaderless
	cp "$PROBE" $'new\nline\e[1m'
	judge 0 ./$'new\nline\e[1m'
	assert_equal "first line" './new\012line\033[1m' "${lines[0]}"
	refused './no\\012such\\033: No such file or directory' $'./no\nsuch\e'

	run -1 --separate-stderr doctor ./short "$PROBE" ./nowhere
	assert_output_has "interposed: for glibc"
	assert_equal "lines of errors" 2 "$(wc -l <<<"$stderr")"
}

@test "wrong usage: 2, and one line" {
	run -2 --separate-stderr doctor
	assert_equal "what is said" "tmpguard: doctor: no PROGRAM given; try tmpguard doctor --help" "$stderr"
	run -2 --separate-stderr doctor --verbose=1 sh
	assert_equal "what is said" "tmpguard: doctor: --verbose=1: takes no value; try tmpguard doctor --help" "$stderr"
	run -1 --separate-stderr doctor -- -v
	assert_equal "what is said" "tmpguard: doctor: -v: not found in PATH" "$stderr"
	run -1 bash -c '"$0" doctor sh >/dev/full' "$TMPGUARD"
	[[ $output == "tmpguard: doctor: standard output: "* ]] || fail "$output"
}

# ---- libraries

# expect_library PATH: what ./main finds is this, and the loader agrees
expect_library() {
	judge 0 -v ./main
	assert_equal "the library" "$1" "$(sed -n 's/^  - \(.*libone.so\): .*/\1/p' <<<"$output")"
	[[ $(ldd "$WORK/main") == *"libone.so => $1 ("* ]] || fail "the loader finds another" "$(ldd ./main)"
}

@test "libraries are found where the loader finds them, by either tag and LD_LIBRARY_PATH" {
	local lib='int one(void) { return 1; }' main='int one(void); int main(void) { return one(); }' dir

	need ldd
	mkdir old new variable 'sub dir'
	for dir in old new variable; do compile "$dir/libone.so" -shared <<<"$lib"; done
	compile main -Lold -lone -Wl,--disable-new-dtags,-rpath,'/no/such:${ORIGIN}/old' <<<"$main"
	expect_library "$WORK/old/libone.so"
	LD_LIBRARY_PATH=$WORK/variable expect_library "$WORK/old/libone.so"
	compile main -Lold -lone -Wl,--enable-new-dtags,-rpath,'$ORIGIN/new' <<<"$main"
	expect_library "$WORK/new/libone.so"
	LD_LIBRARY_PATH="/no/such;$WORK/variable" expect_library "$WORK/variable/libone.so"
	LD_LIBRARY_PATH="new" expect_library "new/libone.so"
	# What is for another machine is passed over.
	patch variable/libone.so 18 f300
	LD_LIBRARY_PATH="$WORK/variable" expect_library "$WORK/new/libone.so"

	# DT_RPATH goes for what libraries need, DT_RUNPATH does not.
	compile 'sub dir/libtwo.so' -shared -Lold -lone <<<'int one(void); int two(void) { return one(); }'
	compile main -L'sub dir' -ltwo -Wl,-rpath-link,old,--disable-new-dtags,-rpath,'$ORIGIN/sub dir:$ORIGIN/old' \
		<<<'int two(void); int main(void) { return two(); }'
	expect_library "$WORK/old/libone.so"
	compile main -L'sub dir' -ltwo -Wl,-rpath-link,old,--enable-new-dtags,-rpath,'$ORIGIN/sub dir:$ORIGIN/old' \
		<<<'int two(void); int main(void) { return two(); }'
	run -1 --separate-stderr doctor ./main
	assert_equal "what is said" \
		"tmpguard: doctor: ./main: libone.so: not found, but needed by $WORK/sub dir/libtwo.so" "$stderr"
	run -127 ./main
	# Nor does any DT_RPATH for what has a DT_RUNPATH of its own.
	compile 'sub dir/libtwo.so' -shared -Lold -lone -Wl,--enable-new-dtags,-rpath,/no/such \
		<<<'int one(void); int two(void) { return one(); }'
	compile main -L'sub dir' -ltwo -Wl,-rpath-link,old,--disable-new-dtags,-rpath,'$ORIGIN/sub dir:$ORIGIN/old' \
		<<<'int two(void); int main(void) { return two(); }'
	run -1 --separate-stderr doctor ./main
	run -127 ./main
}

@test "each library is looked at once, whatever it is called and in rings" {
	compile libb.so -shared <<<'int b(void) { return 1; }'
	compile liba.so -shared -Wl,-soname,liba.so -Wl,--no-as-needed -L. -lb -Wl,-rpath,'$ORIGIN' <<<'int a(void) { return 1; }'
	compile libb.so -shared -Wl,-soname,libb.so -Wl,--no-as-needed -L. -la -Wl,-rpath,'$ORIGIN' <<<'int b(void) { return 1; }'
	ln -s libb.so libc-link.so
	compile libother.so -shared <<<'int c(void) { return 1; }'
	compile main -Wl,--no-as-needed -L. -la -lb -lother -Wl,-rpath,'$ORIGIN' <<<'int main(void) { return 0; }'
	ln -sf libb.so libother.so
	judge 0 -v ./main
	assert_equal "files that are listed" 3 "$(grep -c '^  - ' <<<"$output")"
	run -0 ./main

	# What has a name that is known is not looked for, not even elsewhere.
	mkdir elsewhere
	cp liba.so elsewhere
	compile libasker.so -shared -Wl,-soname,libasker.so -Wl,--no-as-needed -L. -la -Wl,--enable-new-dtags,-rpath,'$ORIGIN/elsewhere' \
		<<<'int d(void) { return 1; }'
	compile main -Wl,--no-as-needed -L. -la -lasker -Wl,--enable-new-dtags,-rpath,'$ORIGIN' <<<'int main(void) { return 0; }'
	judge 0 -v ./main
	assert_equal "files that are listed" 4 "$(grep -c '^  - ' <<<"$output")"
	assert_output_lacks elsewhere
}

@test "a library that is missing, or no library, is named with who needs it" {
	make_pair
	rm libfiles.so
	run -1 --separate-stderr doctor ./pair
	assert_equal "what is said" "tmpguard: doctor: ./pair: libfiles.so: not found, but needed by ./pair" "$stderr"
	assert_output_has "  mkstemp (pair): "
	echo rubbish >libfiles.so
	run -1 --separate-stderr doctor ./pair
	assert_equal "what is said" "tmpguard: doctor: ./pair: $WORK/libfiles.so: not an ELF file" "$stderr"
	mkfifo fifo
	mv fifo libfiles.so
	run -1 --separate-stderr doctor ./pair
	assert_equal "what is said" "tmpguard: doctor: ./pair: $WORK/libfiles.so: not a regular file" "$stderr"
}

# ---- hostile files

@test "a program that would have tens of thousands of places looked into: given up soon, and said" {
	local i needed=() begin

	for i in {1..40}; do
		compile "libl$i.so" -shared <<<'int f(void) { return 1; }'
		needed+=("-ll$i")
	done
	compile greedy -Wl,--no-as-needed -L. "${needed[@]}" -Wl,-rpath,"$(printf '%030000d' 0 | sed 's/0/a:/g')" \
		<<<'int main(void) { return 0; }'
	rm libl*.so
	begin=${EPOCHREALTIME/[.,]/}
	run -1 --separate-stderr doctor ./greedy
	[ $((${EPOCHREALTIME/[.,]/} - begin)) -lt 5000000 ] || fail "it took $((${EPOCHREALTIME/[.,]/} - begin)) us"
	[[ $stderr == *"tmpguard: doctor: ./greedy: it needs more libraries than are looked at"* ]] || fail "$stderr"
	[ "$(wc -l <<<"$stderr")" -lt 20 ] || fail "$stderr"
}

@test "files that are cut off and changed: nothing is read that is not there, nothing is lost" {
	local style

	compile libx.so -shared -nostdlib <<<'int other(void) { return 1; }'
	for style in gnu sysv; do
		compile "tiny-$style" -shared -fPIC -nostdlib -s -L. -lx \
			-Wl,--hash-style="$style,-z,norelro,-z,noseparate-code,--build-id=none,-rpath,\$ORIGIN" <<<'
			int open(), mkstemp(), other(); int tiny(void) { return open() + mkstemp() + other(); }'
		run -0 "$PROBES/doctor-fuzz" elf "tiny-$style" "$RANDOM"
		echo "$output"
	done
	[ -e /etc/ld.so.cache ] || skip "no list of ldconfig's here"
	run -0 "$PROBES/doctor-fuzz" cache /etc/ld.so.cache "$RANDOM"
}

@test "the whole tool on programs that are changed: an answer or one line, soon" {
	local i at

	compile small -s -Wl,-z,norelro,-z,noseparate-code <<<'#include <stdlib.h>
		int main(int n, char **a) { return mkstemp(a[0]); }'
	for i in {1..25}; do
		cp small changed
		at=$((RANDOM % 2 ? RANDOM % 1024 : RANDOM % $(stat -c %s small)))
		patch changed "$at" "$(printf %02x $((RANDOM % 256)))ff"
		run --separate-stderr timeout -k 1 5 "$TMPGUARD" doctor ./changed
		[ "$status" -le 1 ] || fail "byte $at: status $status" "$output" "$stderr"
		[ -n "$output" ] || [ "$(wc -l <<<"$stderr")" = 1 ] || fail "byte $at: $stderr"
	done
}
