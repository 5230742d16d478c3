#!/usr/bin/env bats
# house.bats: what holds the house together: layers, seam, exports, the shape of the binaries, the
# tree, the build. Every check is a script in tests/house/, and every check is shown to fail: next
# to each "holds" stands a test that gives the same script a broken example.

setup_file() {
	ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	BUILD=$(realpath -m "${BUILD:-$ROOT/build}")
	export ROOT BUILD
	# When `make test` runs us, what was said on its command line counts for our makes too
	# (CC=clang), its job server does not. The compiler's .d files name BUILD as make was given it.
	MAKE_BUILD=$(realpath -m --relative-base="$ROOT" "$BUILD")
	MAKEFLAGS=" -- $(sed -n 's/^.* -- //p' <<<"${MAKEFLAGS:-}") BUILD=$MAKE_BUILD"
	export MAKE_BUILD MAKEFLAGS
	unset MAKELEVEL
}

setup() {
	HOUSE=$ROOT/tests/house
	SCRATCH=$BATS_TEST_TMPDIR
}

teardown() {
	chmod -R u+rwX "$SCRATCH" 2>/dev/null || true
}

need() {
	command -v "$1" >/dev/null || skip "no $1"
}

# The script fails with 1 and says WORDS; it does not fail by accident (2, 126, 127).
refuses() {
	local words=$1
	shift
	run "$@"
	echo "status $status: $output"
	[ "$status" -eq 1 ] && [[ $output == *"$words"* ]]
}

# small_tree: a tree that keeps every rule on layers and paths
small_tree() {
	mkdir -p "$SCRATCH"/{lib,shim,tools}
	cd "$SCRATCH" || return
	printf 'CC = cc\nLAYERS := low \\\n\thigh # bottom to top\n' >Makefile
	printf '#define LOW 1\n' >lib/low.h
	printf '#include "low.h"\nint tf_low(void);\nint tf_low(void) { return LOW; }\n' >lib/low.c
	printf '#include "low.h"\n#include "tempfile.h"\n' >lib/high.h
	printf '#include <errno.h>\n#include "high.h"\nint tf_high;\n' >lib/high.c
	printf 'int tf_low(void);\n' >lib/tempfile.h
	printf '#include "high.h"\n' >shim/shim.c
	printf '#define RUN 1\n' >tools/run.h
	cp "$ROOT/LICENSE" .
}

compile() { # compile NAME.o [FLAG...] <SOURCE
	"${CC:-cc}" -x c -c -o "$SCRATCH/$1" "${@:2}" -
}

link_shared() { # link_shared NAME.so [FLAG...] <SOURCE
	"${CC:-cc}" -x c -fPIC -shared -nostdlib -o "$SCRATCH/$1" "${@:2}" -
}

### layers

@test "no file uses what lies above it" {
	"$HOUSE/layers.sh" "$ROOT"
}

@test "layers: an orderly tree passes" {
	small_tree
	"$HOUSE/layers.sh" .
}

@test "layers: a lower module that includes a higher one is refused" {
	small_tree
	echo '#include "high.h"' >>lib/low.c
	refuses 'lib/low.c includes "high.h", which lies above it' "$HOUSE/layers.sh" .
}

@test "layers: lib/ including from shim/ or tools/ is refused" {
	small_tree
	echo '#include "wrapped.h"' >>lib/high.c
	touch shim/wrapped.h
	refuses 'lib/high.c includes "wrapped.h", which is not of lib/' "$HOUSE/layers.sh" .
	small_tree
	echo '#  include "../tools/run.h"' >>lib/high.c
	refuses '"../tools/run.h"' "$HOUSE/layers.sh" .
}

@test "layers: shim/ including from tools/ is refused" {
	small_tree
	echo '#include "run.h"' >>shim/shim.c
	refuses 'shim/shim.c includes "run.h", which is of tools/' "$HOUSE/layers.sh" .
}

@test "layers: a module without a rank, and a rank without a module, are refused" {
	small_tree
	touch lib/stray.c
	refuses 'module stray is not in LAYERS' "$HOUSE/layers.sh" .
	rm lib/stray.c lib/high.c lib/high.h
	refuses 'LAYERS names high' "$HOUSE/layers.sh" .
}

@test "layers: what the compiler itself calls uses nothing, and nobody's header declares it" {
	small_tree
	printf '#include <stddef.h>\n' >lib/freestanding.c
	"$HOUSE/layers.sh" .
	echo '#include "low.h"' >>lib/freestanding.c
	refuses 'lib/freestanding.c includes "low.h", which lies above it' "$HOUSE/layers.sh" .
}

@test "layers: the public header includes nothing that is not installed with it" {
	small_tree
	echo '#include "low.h"' >>lib/tempfile.h
	refuses 'lib/tempfile.h includes "low.h"' "$HOUSE/layers.sh" .
}

@test "layers: a Makefile without the line is refused" {
	small_tree
	echo 'all:' >Makefile
	refuses 'no line LAYERS' "$HOUSE/layers.sh" .
}

### seam

@test "nothing in lib/ but the two seams needs libc" {
	local objects=()
	for object in "$BUILD"/lib/*.o; do
		[[ $object == */sys.o || $object == */host.o ]] || objects+=("$object")
	done
	"$HOUSE/seam.sh" "${objects[@]}"
}

@test "what is built of lib/ without libc needs no libc, the seam included" {
	"$HOUSE/seam.sh" "$BUILD"/free/*.o
}

@test "seam: objects that use each other and memory functions pass" {
	compile good.o -O2 <<-'END'
		#include <string.h>
		int tf__other(char *);
		int tf_good(char *a, const char *b, unsigned long n) { memcpy(a, b, n); return tf__other(a); }
	END
	"$HOUSE/seam.sh" "$SCRATCH/good.o"
}

@test "seam: errno, malloc, stdio and system calls are refused" {
	local i=0 body
	for body in 'errno = 1;' 'free(malloc(9));' 'puts("x");' '(void)!write(1, "x", 1);' 'exit(1);'; do
		compile "bad$((++i)).o" <<<"#include <errno.h>
			#include <stdio.h>
			#include <stdlib.h>
			#include <unistd.h>
			void tf_bad(void); void tf_bad(void) { $body }"
		refuses "bad$i.o refers to" "$HOUSE/seam.sh" "$SCRATCH/bad$i.o"
	done
	[ "$i" -eq 5 ]
}

### exports

@test "the shim exports what its table of wrapped names says, and nothing else" {
	"$HOUSE/exports.sh" table "$BUILD/libtmpguard.so" "$ROOT/shim/wrapped.h"
}

@test "libtempfile exports what tempfile.h declares, and nothing else" {
	"$HOUSE/exports.sh" header "$BUILD/libtempfile.so" "$ROOT/lib/tempfile.h"
}

@test "exports: a name too few and a name too many are refused" {
	cd "$SCRATCH"
	link_shared two.so <<<'int mkdtemp; int mkstemp;'
	printf 'W(int, mkstemp, char *t)\nW(char *, mkdtemp, char *t)\n' >wrapped.h
	"$HOUSE/exports.sh" table two.so wrapped.h
	echo 'W(int, fork, void)' >>wrapped.h
	refuses 'fork is in wrapped.h and not exported' "$HOUSE/exports.sh" table two.so wrapped.h
	echo 'W(int, mkstemp, char *t)' >wrapped.h
	refuses 'mkdtemp is exported and not in wrapped.h' "$HOUSE/exports.sh" table two.so wrapped.h
	: >wrapped.h
	refuses 'names nothing' "$HOUSE/exports.sh" table two.so wrapped.h
}

@test "exports: functions are told from types, callbacks, inline functions and comments" {
	cd "$SCRATCH"
	link_shared two.so <<<'int tf_one, tf_two;'
	cat >t.h <<-'END'
		#include <stdio.h>
		/* tf_comment(x) */
		typedef int (*tf_callback)(int);
		struct tf_thing { int (*tf_member)(void); };
		#define TF_MACRO(x) tf_in_macro(x)
		static inline int tf_inline(int x) { return x; }
		int tf_one(struct tf_thing *thing,
			tf_callback callback);
		struct tf_thing
		*tf_two (void);
	END
	"$HOUSE/exports.sh" header two.so t.h
	echo 'void tf_three(void);' >>t.h
	refuses 'tf_three is in t.h and not exported' "$HOUSE/exports.sh" header two.so t.h
}

@test "every wrapped name is libc's, and every name of libc's that should be wrapped is" {
	local libcs
	need readelf
	mapfile -t libcs < <("$HOUSE/names.sh" libc)
	[ "${#libcs[@]}" -ge 1 ]
	"$HOUSE/names.sh" check "$ROOT/shim/wrapped.h" "$HOUSE/not-wrapped.txt" "${libcs[@]}"
}

@test "names: a name that no libc here has is refused, unless its row says which one has it" {
	cd "$SCRATCH"
	link_shared libc.so <<<'int mkstemp(void) { return 1; }'
	printf 'W(int, mkstemp, (char *))\nU(int, unheard_of, (void))\n' >wrapped.h
	: >not-wrapped.txt
	"$HOUSE/names.sh" check wrapped.h not-wrapped.txt libc.so
	echo 'W(int, openat9, (int))' >>wrapped.h
	refuses 'openat9 is wrapped, and in no libc here' "$HOUSE/names.sh" check wrapped.h not-wrapped.txt libc.so
	sed -i 's|^W(int, openat9.*|W(int, openat9,\n\t(int, const char *)) /* glibc 2.99 */|' wrapped.h
	"$HOUSE/names.sh" check wrapped.h not-wrapped.txt libc.so
	# Another row's comment is not this one's, nor is the next section's.
	printf 'W(int, openat8, (int))\nW(int, mkstemp, (char *)) /* glibc 2.0 */\n' >wrapped.h
	refuses 'openat8 is wrapped' "$HOUSE/names.sh" check wrapped.h not-wrapped.txt libc.so
	printf 'W(int, openat8, (int))\n\n/* of glibc 2.0 */\nW(int, mkstemp, (char *))\n' >wrapped.h
	refuses 'openat8 is wrapped' "$HOUSE/names.sh" check wrapped.h not-wrapped.txt libc.so
	: >wrapped.h
	refuses 'names nothing' "$HOUSE/names.sh" check wrapped.h not-wrapped.txt libc.so
}

@test "names: a name of a wrapped family that is neither wrapped nor listed is refused" {
	local name
	cd "$SCRATCH"
	printf 'W(int, mkstemp, (char *))\n' >wrapped.h
	: >not-wrapped.txt
	for name in mkostemps64 mkdtemp tmpfile64 mktemp tmpnam_r tempnam open open64 __open_2 \
		openat __openat64_2 openat2 creat creat64 mkdir mkdirat execvpe execle fexecve \
		posix_spawn pidfd_spawnp fork vfork _Fork daemon forkpty system popen shm_open \
		_exit _Exit quick_exit; do
		link_shared libc.so -fno-builtin <<<"int mkstemp(void) { return 1; } int $name(void) { return 1; }"
		refuses "names: $name is in libc, and neither" "$HOUSE/names.sh" check wrapped.h \
			not-wrapped.txt libc.so
	done
	printf '# %s\n\nquick_exit\tit has handlers\n' fork >not-wrapped.txt
	"$HOUSE/names.sh" check wrapped.h not-wrapped.txt libc.so
	# What only reads or looks like it is nobody's business.
	link_shared other.so -fno-builtin <<<'int fopen, mkstemp; int dlopen(void) { return 1; }
		int opendir(void) { return 1; } int regexec(void) { return 1; } int on_exit(void) { return 1; }
		int pthread_atfork(void) { return 1; } static int open(void) { return 1; } int (*f)(void) = open;'
	"$HOUSE/names.sh" check wrapped.h not-wrapped.txt libc.so other.so
}

@test "names: versions are left off, a private version is left out" {
	cd "$SCRATCH"
	printf 'W(int, mkstemp, (char *))\n' >wrapped.h
	: >not-wrapped.txt
	echo 'V_1 { global: mkstemp; }; GLIBC_PRIVATE { global: __open_2; local: *; };' >map
	link_shared libc.so -Wl,--version-script=map <<<'int mkstemp(void) { return 1; }
		int __open_2(void) { return 1; }'
	"$HOUSE/names.sh" check wrapped.h not-wrapped.txt libc.so
	sed -i s/GLIBC_PRIVATE/V_2/ map
	link_shared libc.so -Wl,--version-script=map <<<'int mkstemp(void) { return 1; }
		int __open_2(void) { return 1; }'
	refuses '__open_2 is in libc' "$HOUSE/names.sh" check wrapped.h not-wrapped.txt libc.so
}

@test "names: a list without a reason, or of what is wrapped, is refused" {
	cd "$SCRATCH"
	link_shared libc.so <<<'int mkstemp(void) { return 1; }'
	printf 'W(int, mkstemp, (char *))\n' >wrapped.h
	echo 'vfork' >not-wrapped.txt
	refuses 'vfork is listed without a reason' "$HOUSE/names.sh" check wrapped.h not-wrapped.txt libc.so
	echo 'mkstemp	because' >not-wrapped.txt
	refuses 'mkstemp is wrapped, and listed' "$HOUSE/names.sh" check wrapped.h not-wrapped.txt libc.so
	: >not-wrapped.txt
	printf 'int data;' | link_shared empty.so
	refuses 'define nothing' "$HOUSE/names.sh" check wrapped.h not-wrapped.txt empty.so
}

### the shape of the binaries

@test "the shim has no TLS, needs nothing, has no versions, no executable stack, no TEXTREL" {
	need readelf
	"$HOUSE/elf.sh" shim "$BUILD/libtmpguard.so"
}

@test "elf: a plain shared object passes as a shim" {
	need readelf
	link_shared good.so <<<'int mkstemp(char *t) { return t != 0; }'
	"$HOUSE/elf.sh" shim "$SCRATCH/good.so"
}

@test "elf: thread-local storage in the shim is refused" {
	need readelf
	link_shared tls.so <<<'__thread int x; int f(void) { return x++; }'
	refuses 'thread-local storage' "$HOUSE/elf.sh" shim "$SCRATCH/tls.so"
}

@test "elf: a shim that needs libc, and refers to its versions, is refused" {
	need readelf
	"${CC:-cc}" -x c -fPIC -shared -o "$SCRATCH/libc.so" - <<<'#include <stdio.h>
		void f(void) { puts("x"); }'
	refuses 'needs libc' "$HOUSE/elf.sh" shim "$SCRATCH/libc.so"
	# musl has no versions
	! readelf -SW "$SCRATCH/libc.so" | grep -qF .gnu.version_r ||
		[[ $output == *'refers to symbol versions'* ]]
}

@test "elf: a shim that wants a function of whoever it is loaded into is refused" {
	need readelf
	link_shared wants.so <<<'void later(void); void f(void) { later(); }'
	refuses 'cannot do without later' "$HOUSE/elf.sh" shim "$SCRATCH/wants.so"
	link_shared weak.so <<<'void later(void) __attribute__((weak)); void f(void) { if (later) later(); }'
	"$HOUSE/elf.sh" shim "$SCRATCH/weak.so"
}

@test "elf: a shim that defines versions is refused" {
	need readelf
	echo 'V1 { global: f; };' >"$SCRATCH/map"
	link_shared versions.so -Wl,--version-script="$SCRATCH/map" <<<'int f(void) { return 1; }'
	refuses 'defines symbol versions' "$HOUSE/elf.sh" shim "$SCRATCH/versions.so"
}

@test "elf: an executable stack is refused" {
	need readelf
	link_shared stack.so -Wl,-z,execstack <<<'int f(void) { return 1; }'
	refuses 'executable stack' "$HOUSE/elf.sh" shim "$SCRATCH/stack.so"
}

@test "elf: text relocations are refused" {
	need readelf
	link_shared text.so -Wl,-z,notext <<<'__asm__(".text\n.globl g\ng: .quad h\n"); int h;' 2>/dev/null
	refuses 'relocations in its code' "$HOUSE/elf.sh" shim "$SCRATCH/text.so"
}

@test "no frame of shim or core reaches 2048 bytes" {
	"$HOUSE/elf.sh" frames 2048 "$BUILD/shim" "$BUILD/free"
}

@test "elf: frames too large, of unknown size, or not recorded are refused" {
	mkdir "$SCRATCH/o"
	touch "$SCRATCH/o/a.o"
	refuses "no $SCRATCH/o/a.su" "$HOUSE/elf.sh" frames 2048 "$SCRATCH/o"
	printf 'a.c:1:5:f\t2047\tstatic\n' >"$SCRATCH/o/a.su"
	"$HOUSE/elf.sh" frames 2048 "$SCRATCH/o"
	printf 'a.c:1:5:f\t2048\tstatic\n' >"$SCRATCH/o/a.su"
	refuses 'a.c:1:5:f: frame of 2048 bytes' "$HOUSE/elf.sh" frames 2048 "$SCRATCH/o"
	printf 'a.c:1:5:f\t4096\tdynamic,bounded\n' >"$SCRATCH/o/a.su"
	refuses 'frame of 4096 bytes' "$HOUSE/elf.sh" frames 2048 "$SCRATCH/o"
	printf 'a.c:1:5:f\t16\tdynamic\n' >"$SCRATCH/o/a.su"
	refuses 'frame of no fixed size' "$HOUSE/elf.sh" frames 2048 "$SCRATCH/o"
	refuses 'no objects' "$HOUSE/elf.sh" frames 2048 "$SCRATCH/empty"
}

@test "elf: what the compiler records is what is read" {
	mkdir "$SCRATCH/o"
	compile o/a.o -fstack-usage <<<'void g(char *); void f(void) { char a[4000]; g(a); }'
	[ -e "$SCRATCH/o/a.su" ] || skip "this compiler records no frame sizes"
	refuses 'frame of 40' "$HOUSE/elf.sh" frames 2048 "$SCRATCH/o"
	compile o/a.o -fstack-usage <<<'void g(char *); void f(int n) { char a[n]; g(a); }'
	refuses 'frame of no fixed size' "$HOUSE/elf.sh" frames 2048 "$SCRATCH/o"
}

@test "the janitor is static, wants no interpreter, and leaves nothing undefined" {
	need readelf
	run "$HOUSE/elf.sh" janitor "$BUILD/tmpguard-janitor"
	echo "# $output" >&3
	[ "$status" -eq 0 ]
}

@test "elf: a janitor that is a dynamic program, or leaves a name undefined, is refused" {
	need readelf
	"${CC:-cc}" -x c -o "$SCRATCH/dynamic" - <<<'int main(void) { return 0; }'
	refuses 'wants an interpreter' "$HOUSE/elf.sh" janitor "$SCRATCH/dynamic"
	compile weak.o <<<'void later(void); int main(void) { later(); return 0; }'
	refuses 'undefined later' "$HOUSE/elf.sh" janitor "$SCRATCH/weak.o"
}

### the tree

@test "no file says where a machine's checkout or home directory lies" {
	"$HOUSE/tree.sh" paths "$ROOT"
}

@test "tree: paths of this machine and of somebody's home are refused, others pass" {
	small_tree
	echo "see \$HOME/x, /tmp/x, $SCRATCH-beside, /usr/lib/x, a/home/b, ../root/x" >good
	"$HOUSE/tree.sh" paths .
	echo "cd $SCRATCH/lib" >bad
	refuses "bad:1:cd $SCRATCH/lib" "$HOUSE/tree.sh" paths .
	printf 'x\ndir="%s"\n' "$SCRATCH" >bad
	refuses 'bad:2:' "$HOUSE/tree.sh" paths .
	echo '/ho''me/jo/src' >bad
	refuses 'bad:1:' "$HOUSE/tree.sh" paths .
}

@test "LICENSE is the MIT licence" {
	"$HOUSE/tree.sh" licence "$ROOT"
}

@test "tree: another licence is refused" {
	small_tree
	sed -i 's/sublicense, and\/or sell/and read/' LICENSE
	refuses 'not the MIT licence' "$HOUSE/tree.sh" licence .
}

@test "shellcheck has nothing to warn of" {
	need shellcheck
	"$HOUSE/tree.sh" shell "$ROOT"
}

@test "tree: a shell script with a warning is refused" {
	need shellcheck
	small_tree
	mkdir .ci
	printf '#!/bin/sh\ncd /tmp\n' >.ci/run
	run "$HOUSE/tree.sh" shell .
	[ "$status" -ne 0 ] && [[ $output == *SC2164* ]]
}

@test "the table of real programs has a line for each scenario" {
	"$HOUSE/tree.sh" programs "$ROOT"
}

@test "tree: a table of programs without a scenario, or with one that is gone, is refused" {
	small_tree
	mkdir -p tests/programs tools/doc
	printf '%s\n' 'load harness' '@test "sed: edits $1, \"in place\"" {' >tests/programs/a.bats
	printf '|---|\n| sed: edits $1, "in place" | sed 4 | 0 | 0 | 0 | 0 | |\n' >tools/doc/programs.md
	"$HOUSE/tree.sh" programs .
	printf '%s\n' 'load harness' '@test "ed: edits" {' >tests/programs/b.bats
	refuses '< ed: edits' "$HOUSE/tree.sh" programs .
	rm tests/programs/?.bats
	echo >tests/programs/a.bats
	refuses '> sed: edits' "$HOUSE/tree.sh" programs .
}

@test "clang-format would change nothing" {
	need clang-format
	"$HOUSE/tree.sh" format "$ROOT"
}

@test "tree: a C file of another shape is refused" {
	need clang-format
	small_tree
	cp "$ROOT/.clang-format" .
	rm lib/*.c
	"$HOUSE/tree.sh" format .
	printf 'int  f( void ) {return 1;}\n' >lib/low.c
	run "$HOUSE/tree.sh" format .
	[ "$status" -ne 0 ] && [[ $output == *lib/low.c:1* ]]
}

### the build

@test "a second make has nothing to do" {
	cd "$ROOT"
	make -j2 >/dev/null
	touch "$SCRATCH/then"
	run make
	echo "$output"
	[ "$status" -eq 0 ]
	run find "$BUILD" -type f -newer "$SCRATCH/then"
	echo "$output"
	[ -z "$output" ]
}

@test "a changed header rebuilds what includes it and nothing else" {
	cd "$ROOT"
	make -j2 >/dev/null
	# The file of flags is looked at by its recipe, which a dry run takes for a change.
	"$HOUSE/rebuild.sh" . -o "$MAKE_BUILD/flags"
}

@test "rebuild: a Makefile that forgets a header, or rebuilds too much, is refused" {
	small_tree
	cat >Makefile <<-'END'
		all: low.o high.o
		%.o: lib/%.c; cc -c -o $@ $<
		low.o: lib/low.h
		high.o: lib/high.h lib/low.h lib/tempfile.h
	END
	export MAKEFLAGS=
	refuses 'not built' "$HOUSE/rebuild.sh" .
	touch low.o high.o
	"$HOUSE/rebuild.sh" .
	sed -i 's|^high.o:.*|high.o: lib/high.h lib/tempfile.h|' Makefile
	refuses '< lib/high.c' "$HOUSE/rebuild.sh" .
	sed -i 's|^high.o:|& lib/low.h|; s|^low.o:|& lib/high.h|' Makefile
	refuses '> lib/low.c' "$HOUSE/rebuild.sh" .
}

# install_with MAKE-ARGUMENT...: from a build of its own, since where it will lie is compiled in
install_with() {
	cd "$ROOT" || return
	make -j2 install BUILD="$MAKE_BUILD/installed" "$@" >/dev/null
}

# No entry in the directory a second from now, or sooner.
soon_empty() {
	for _ in {1..50}; do
		[ -n "$(ls -A "$1")" ] || return 0
		sleep 0.02
	done
	ls -A "$1"
	return 1
}

@test "what is installed works where it was moved to, and uninstall leaves nothing" {
	local dest=$SCRATCH/dest t=$SCRATCH/t
	mkdir "$t"
	install_with DESTDIR="$dest" PREFIX=/usr
	# The shim that is found is the one beside, not one of this checkout or this machine.
	run env -u LD_PRELOAD TMPDIR="$t" "$dest/usr/bin/tmpguard" run -q -- sh -c '
		realpath "${LD_PRELOAD%%:*}"
		mktemp >/dev/null'
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$output" = "$dest/usr/lib/libtmpguard.so" ]
	[ -z "$(ls -A "$t")" ]

	# So is the janitor, which is needed when run itself is killed.
	run env -u LD_PRELOAD TMPDIR="$t" "$dest/usr/bin/tmpguard" run -q -- sh -c '
		mktemp
		kill -KILL $PPID'
	echo "$status: $output"
	[[ $output == "$t"/* ]]
	[ "$status" -eq 137 ]
	soon_empty "$t"

	make uninstall DESTDIR="$dest" PREFIX=/usr >/dev/null
	run find "$dest" ! -type d -o -name '*tmpguard*' -o -name '*tempfile*'
	echo "$output"
	[ -z "$output" ]
}

@test "the installed shim finds the janitor that was installed with it" {
	local t=$SCRATCH/t prefix=$SCRATCH/usr
	mkdir "$t"
	install_with PREFIX="$prefix"
	# A killed root cleans nothing itself: the janitor has to.
	"${CC:-cc}" -x c -o "$SCRATCH/killed" - <<-'END'
		#include <signal.h>
		#include <stdlib.h>
		#include <unistd.h>
		int main(int argc, char **argv)
		{
			return argc != 2 || mkstemp(argv[1]) < 0 || access(argv[1], F_OK) != 0 || raise(SIGKILL);
		}
	END
	run env TMPDIR="$t" LD_PRELOAD="$prefix/lib/libtmpguard.so" "$SCRATCH/killed" "$t/xXXXXXX"
	[ "$status" -eq 137 ]
	soon_empty "$t"
}

@test "everything builds with the address and undefined behaviour sanitizers" {
	cd "$ROOT"
	make -j2 SANITIZE=address,undefined BUILD="$BUILD/asan" >"$SCRATCH/log" 2>&1 || {
		tail -40 "$SCRATCH/log"
		false
	}
	nm "$BUILD/asan/libtempfile.a" | grep -q __asan_
}

### the benchmark

@test "make bench prints one table, and the same as JSON" {
	need python3
	cd "$ROOT"
	BENCH_ROUNDS=2 run make -s bench
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *work*ours*reference*ratio*spread* ]]
	python3 - "$BUILD/bench.json" <<-'END'
		import json, sys
		rows = json.load(open(sys.argv[1]))["rows"]
		assert len(rows) >= 6, rows
		for row in rows:
		    assert row["ours_ns"] > 0 and row["reference_ns"] > 0 and row["ratio"] > 0, row
	END
}
