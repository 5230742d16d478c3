#!/usr/bin/env bats
# lib-install.bats: what is installed of libtempfile: its header in C and C++, its libraries by way of
# pkg-config, its manual pages.

bats_require_minimum_version 1.5.0

setup_file() {
	ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	BUILD=$(realpath -m "${BUILD:-$ROOT/build}")
	PREFIX=$BUILD/lib-prefix # always the same, since it is compiled in
	export ROOT BUILD PREFIX
	# As in house.bats: what `make test` was told counts, its job server and BUILD do not.
	MAKE_BUILD=$(realpath -m --relative-base="$ROOT" "$BUILD")
	MAKEFLAGS=" -- $(sed -n 's/^.* -- //p' <<<"${MAKEFLAGS:-}") BUILD=$MAKE_BUILD/lib-installed"
	export MAKEFLAGS
	unset MAKELEVEL LD_PRELOAD
	rm -rf "$PREFIX"
	make_in_root install
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	export PKG_CONFIG_PATH=$PREFIX/lib/pkgconfig TMPDIR=$BATS_TEST_TMPDIR/t
	mkdir t
	cp "$ROOT"/tools/examples/{first,after_kill}.c .
}

# Programs are linked without a sanitizer here.
make_in_root() {
	make -C "$ROOT" -j2 "$@" PREFIX="$PREFIX" SANITIZE= >/dev/null
}

# flags [--static]: what pkg-config says, as words
flags() {
	pkg-config --cflags --libs "$@" tempfile
}

# header COMPILER LANGUAGE STANDARD...: uses most of what a header can get wrong
header() {
	local compiler=$1 language=$2
	shift 2
	cat >uses.c <<-'END'
		#include <tempfile.h>
		int use(void);
		int use(void)
		{
			struct tf_options options = {0, "a", "b", 0, TF_KEEP | TF_INHERIT};
			struct tf_spool_options spooled = {options, TF_SPOOL_DISK};
			TF_AUTO_FILE file = NULL;
			TF_AUTO_SPOOL spool = NULL;

			if (tf_file_new(&options, &file) < 0)
				return tf_error_text()[0];
			spooled.limit = TF_SPOOL_UNLIMITED;
			return tf_spool_new(&spooled, &spool) + TF_SPOOL_DEFAULT + TF_UPLOAD_DEFAULT;
		}
	END
	for standard; do
		"$compiler" -x "$language" -std="$standard" -pedantic -Wall -Wextra -Wshadow -Werror \
			-I"$PREFIX/include" -c -o "uses-$standard.o" uses.c
	done
}

@test "the header is clean C of each standard, also for clang, where it is" {
	header gcc c c99 c11 c17 gnu11
	! command -v clang >/dev/null || header clang c c99 c11 c17
}

@test "the header is clean C++ of each standard, also for clang++, where it is" {
	command -v g++ >/dev/null || skip 'no g++'
	header g++ c++ c++11 c++17 c++20
	! command -v clang++ >/dev/null || header clang++ c++ c++11 c++20
}

@test "a C++ program links with the library" {
	command -v g++ >/dev/null || skip 'no g++'
	# shellcheck disable=SC2046 # words
	g++ -std=c++11 -Wall -Wextra -Werror -x c++ first.c $(flags) -o first
	LD_LIBRARY_PATH=$PREFIX/lib ./first
	[ "$(cat report.txt)" = 'all is well' ]
}

@test "a program built by pkg-config needs the library by its SONAME, and runs" {
	command -v pkg-config >/dev/null || skip 'no pkg-config'
	# shellcheck disable=SC2046 # words
	"${CC:-cc}" -Wall -Wextra -Werror first.c $(flags) -o first
	readelf -d first | grep -F 'Shared library: [libtempfile.so.0]'
	[ "$(readlink "$PREFIX/lib/libtempfile.so")" = libtempfile.so.0 ]
	LD_LIBRARY_PATH=$PREFIX/lib ./first
	[ "$(cat report.txt)" = 'all is well' ]
	[ -z "$(ls -A t)" ]
}

@test "a static program built by pkg-config runs by itself" {
	command -v pkg-config >/dev/null || skip 'no pkg-config'
	# shellcheck disable=SC2046 # words
	"${CC:-cc}" -static -Wall -Wextra -Werror first.c $(flags --static) -o first
	[ -z "$(readelf -d first | grep NEEDED)" ]
	./first
	[ "$(cat report.txt)" = 'all is well' ]
	[ -z "$(ls -A t)" ]
}

@test "pkg-config tells the version and the directories that were asked for" {
	command -v pkg-config >/dev/null || skip 'no pkg-config'
	[ "$(pkg-config --modversion tempfile)" = "$(sed -n 's/^VERSION := //p' "$ROOT/Makefile")" ]
	[ "$(pkg-config --variable=prefix tempfile)" = "$PREFIX" ]
	[ "$(pkg-config --variable=libdir tempfile)" = "$PREFIX/lib" ]
	[ "$(pkg-config --variable=includedir tempfile)" = "$PREFIX/include" ]
}

@test "the installed library finds the janitor that was installed with it" {
	# shellcheck disable=SC2046 # words
	"${CC:-cc}" after_kill.c $(flags) -o after_kill
	LD_LIBRARY_PATH=$PREFIX/lib run --separate-stderr ./after_kill
	[ "$status" -eq 137 ] && [[ $output == "$TMPDIR"/* ]] && [ -z "$stderr" ]
	for _ in {1..100}; do
		[ -n "$(ls -A t)" ] || return 0
		sleep 0.02
	done
	ls -A t
	return 1
}

@test "there is a manual page by the name of every function" {
	cd "$PREFIX/share/man/man3"
	[ -e tempfile.3 ]
	nm -D --defined-only "$PREFIX/lib/libtempfile.so" | sed -n 's/.* T //p' >"$TMPDIR/names"
	[ -s "$TMPDIR/names" ]
	while read -r name; do
		echo "$name"
		grep -q "^\.Nm $name\( ,\)\?$" "$name.3" # through the link
	done <"$TMPDIR/names"
}

# The last one: it takes away what the others use.
@test "uninstall leaves nothing" {
	make_in_root uninstall
	run find "$PREFIX" ! -type d
	echo "$output"
	[ -z "$output" ]
}
