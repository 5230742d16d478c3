#!/usr/bin/env bats
# lib-pages.bats: the manual pages of libtempfile in tools/doc/*.3: their form, that they tell of what
# tempfile.h declares, and their examples, which are compiled and run.

load helper

setup() {
	begin_test
	PAGES=$REPO/tools/doc
	HERE=$WORK/here
	mkdir "$HERE"
	cd "$HERE" || return
}

@test "mandoc has nothing to warn of" {
	need mandoc
	run mandoc -T lint -W warning "$PAGES"/*.3
	echo "$output"
	[ "$status" -eq 0 ]
	# It would find what is wrong.
	sed 's/^\.Sh NAME/.Sh Name/' "$PAGES/tempfile.3" >broken.3
	run mandoc -T lint -W warning broken.3
	[ "$status" -ne 0 ]
}

@test "every page has its sections, and tells of threads and signals" {
	for page in "$PAGES"/t*.3; do
		for section in NAME SYNOPSIS DESCRIPTION 'RETURN VALUES' EXAMPLES ERRORS 'SEE ALSO'; do
			grep -qx "\.Sh $section" "$page" || fail "$page has no $section"
		done
		grep -qE '^\.Ss (Safety|Threads and signals)$' "$page" || fail "$page tells no safety"
		grep -qE 'signal-safe|signal handler' "$page" || fail "$page tells no signal safety"
	done
}

# names PAGE...: the functions in their sections NAME
names() {
	sed -n '/^\.Sh NAME/,/^\.Nd/s/^\.Nm \([a-z_]*\).*/\1/p' "$@" | grep -vx tempfile
}

@test "every function has one page" {
	nm "$BUILD/libtempfile.so" -D --defined-only | sed -n 's/.* T //p' | sort >functions
	names "$PAGES"/t*.3 | sort >names
	[ -s functions ]
	diff functions names
}

# prototypes PAGE...: what their synopses declare, as C
prototypes() {
	awk '
		/^\.Sh / { synopsis = $2 == "SYNOPSIS" }
		!synopsis { next }
		/^\.Ft / { sub(/^\.Ft "?/, ""); sub(/"$/, ""); type = $0 }
		/^\.Fo / { out = type " " $2 "("; comma = "" }
		/^\.Fa / { sub(/^\.Fa "/, ""); sub(/"$/, ""); out = out comma $0; comma = ", " }
		/^\.Fc/ { print out ");" }' "$@"
}

@test "the synopses declare what the header declares" {
	{
		echo '#include <tempfile.h>'
		prototypes "$PAGES"/t*.3
	} >synopses.c
	[ "$(grep -c '(' synopses.c)" -eq "$(names "$PAGES"/t*.3 | wc -l)" ]
	"${CC:-cc}" -Wall -Wextra -Werror -I"$REPO/lib" -c synopses.c
	# A prototype that differs would be found.
	sed 's/^int tf_remove(int dir/int tf_remove(long dir/' synopses.c >wrong.c
	run cmp -s synopses.c wrong.c
	[ "$status" -eq 1 ]
	! "${CC:-cc}" -I"$REPO/lib" -c wrong.c 2>/dev/null
}

# extract PAGE: its examples, as NAME-N.c, each a program
extract() {
	awk -v name="$(basename "$1" .3)" '
		/^\.Sh / { examples = $2 == "EXAMPLES" }
		/^\.Ed/ && out {
			print "return 0;\n}" >out
			close(out)
			out = ""
		}
		out { gsub(/\\e/, "\\"); gsub(/\\&/, ""); print >out }
		/^\.Bd / && examples {
			out = name "-" ++n ".c"
			print "#include <err.h>\n#include <errno.h>\n#include <fcntl.h>" >out
			print "#include <stdlib.h>\n#include <string.h>\n#include <sys/wait.h>" >out
			print "#include <unistd.h>\n#include <tempfile.h>\nint main(void)\n{" >out
		}' "$1"
}

# run_page NAME PRINTED [FILE...]: its examples print this, in order, and leave these files
run_page() {
	local page=$1 printed=$2 program found expected
	shift 2
	extract "$PAGES/$page.3"
	[ -e "$page-1.c" ] || fail "no examples in $page" || return
	sed -i "s|tf_cleanup_after_kill(NULL)|tf_cleanup_after_kill(\"$BUILD/tmpguard-janitor\")|" ./*.c
	for program in "$page"-*.c; do
		"${CC:-cc}" -O2 -Wall -Wextra -Werror -I"$REPO/lib" -o "${program%.c}" "$program" \
			"$BUILD/libtempfile.a" || return
		"./${program%.c}" >>said 2>&1 || fail "$program: $? $(cat said)" || return
		rm "$program" "${program%.c}"
	done
	sed -Ei 's/_[A-Za-z0-9]{6}\./_NAME./' said
	cat said
	[ "$(cat said)" = "$printed" ] || return
	rm said
	wait_until "$SOON" nothing_undeclared || return
	found=$(find . -type f -printf '%P\n' | sort)
	expected=$( (($# == 0)) || printf '%s\n' "$@" | sort)
	echo "left: $found"
	[ "$found" = "$expected" ]
}

@test "examples of tempfile(3)" {
	run_page tempfile '' report.txt
	[ "$(cat report.txt)" = 'all is well' ]
}

@test "examples of tf_tempdir(3)" {
	run_page tf_tempdir "$TMPDIR"
}

@test "examples of tf_file_new(3)" {
	run_page tf_file_new 'status 3' lock
	[ "$(stat -c %a lock)" = 644 ]
}

@test "examples of tf_file_new(3), where somebody else was first" {
	echo theirs >lock
	run_page tf_file_new $'status 3\nsomebody else has it' lock
	[ "$(cat lock)" = theirs ]
}

@test "examples of tf_anonymous(3)" {
	run_page tf_anonymous 'to be read again'
}

@test "examples of tf_dir_new(3)" {
	run_page tf_dir_new 'cannot open ../outside: Invalid cross-device link'
}

@test "examples of tf_spool_new(3)" {
	run_page tf_spool_new '6 bytes: World'
}

@test "examples of tf_atomic_write(3)" {
	run_page tf_atomic_write '' app.conf numbers
	[ "$(cat app.conf)" = 'version = 2' ]
	[ "$(wc -l <numbers)" -eq 1000 ]
}

@test "examples of tf_upload_new(3)" {
	run_page tf_upload_new $'too much\n'"$HERE/in/1/abc" in/1/abc
	[ "$(cat in/1/abc)" = abc ]
}

@test "examples of tf_text_file(3)" {
	run_page tf_text_file Alice
}

@test "examples of tf_cleanup(3)" {
	run_page tf_cleanup ''
}

@test "examples of tf_create_file(3)" {
	run_page tf_create_file 'myapp_NAME.db'
}

@test "every page with examples has a test here" {
	for page in "$PAGES"/t*.3; do
		page=${page##*/}
		grep -q "^@test \"examples of ${page%.3}(3)\"" "$BATS_TEST_FILENAME" || fail "$page"
	done
}
