#!/usr/bin/env bats
# compilers.bats: compilers, what generates their input, and what looks at their output. See harness.bash.

# shellcheck disable=SC2016,SC2034 # the harness's variables
load harness

setup() {
	begin_scenario
}

teardown() {
	end_scenario
}

@test "gcc: compiles in parts, with link-time optimization, and says what is wrong" {
	uses gcc
	SAYS='it returned 7' MAKES=1
	FILTERS=('s/cc[A-Za-z0-9]{6}\.o/OBJECT/')
	compare <<-'END'
		printf '#include <stdio.h>\nint hello(void);\nint main(void) { return hello(); }\n' >main.c
		printf '#include <stdio.h>\nint hello(void) { puts("hello"); return 7; }\n' >hello.c
		gcc -O1 -Wall -c hello.c main.c
		gcc -o parts hello.o main.o
		gcc -O2 -flto -o optimized main.c hello.c
		gcc -g -save-temps=obj -c -o saved.o hello.c
		gcc -shared -fPIC -o libhello.so hello.c
		gcc -static -o static main.c hello.c
		for program in parts optimized static; do ./$program || echo "it returned $?"; done
		echo 'int main(void) { return x; }' >bad.c
		gcc bad.c || echo "gcc said $?"
		gcc main.c || echo "ld said $?"
		gcc @missing || echo "gcc said $?"
		rm -f bad.c; ls
	END
}

@test "g++: a program with templates and exceptions" {
	uses g++
	SAYS='caught: thrown' MAKES=1
	compare <<-'END'
		cat >main.cc <<-CODE
			#include <iostream>
			#include <map>
			#include <stdexcept>
			int main() {
				std::map<std::string, int> m{{"one", 1}, {"two", 2}};
				for (auto &e : m) std::cout << e.first << e.second << "\n";
				try { throw std::runtime_error("thrown"); } catch (std::exception &e) { std::cout << "caught: " << e.what() << "\n"; }
			}
		CODE
		g++ -O1 -o main main.cc && ./main
	END
}

@test "clang: compiles, links and reports" {
	uses clang
	SAYS='hello 42' MAKES=1
	compare <<-'END'
		printf '#include <stdio.h>\nint main(void) { printf("hello %%d\\n", ANSWER); return 0; }\n' >main.c
		clang -DANSWER=42 -O2 -o main main.c && ./main
		clang -DANSWER=43 -S -emit-llvm -o main.ll main.c
		clang -DANSWER=44 -c -o main.o main.c && clang -o again main.o && ./again
		clang -c main.c || echo "clang said $?"
	END
}

@test "make -j: many compilers at once, and a failure among them" {
	uses make gcc
	SAYS='sum 820' MAKES=1
	compare <<-'END'
		for i in $(seq 40); do echo "int f$i(void) { return $i; }" >"f$i.c"; done
		{
			for i in $(seq 40); do echo "int f$i(void);"; done
			echo '#include <stdio.h>'
			echo "int main(void) { printf(\"sum %d\\n\", 0$(printf ' + f%d()' $(seq 40))); }"
		} >main.c
		printf 'all: main\n\t./main\nmain: $(patsubst %%.c,%%.o,$(wildcard *.c))\n\tcc -o $@ $^\nbad:\n\tfalse\n' >Makefile
		make -s -j4 && make -s -j4 -k bad main || echo "make said $?"
		make -n --output-sync=target -j2
	END
}

@test "cmake: configures, builds and installs a project" {
	uses cmake make g++
	SAYS='[100%] Built target app' MAKES=1
	FILTERS=('s/\([0-9.]+s\)/(N)/')
	VARIES='CMakeFiles/|CMakeCache|\.cmake$|Makefile$|install_manifest'
	compare <<-'END'
		printf 'cmake_minimum_required(VERSION 3.13)\nproject(app C)\ninclude(CheckFunctionExists)\ncheck_function_exists(getpid HAVE_GETPID)\nadd_library(part STATIC part.c)\nadd_executable(app main.c)\ntarget_link_libraries(app part)\ninstall(TARGETS app DESTINATION bin)\n' >CMakeLists.txt
		echo 'int part(void) { return 3; }' >part.c
		echo 'int part(void); int main(void) { return part(); }' >main.c
		cmake -S . -B build
		cmake --build build -- -s
		cmake --install build --prefix "$PWD/out"
		out/bin/app || echo "it returned $?"
		rm -rf build/CMakeFiles
	END
}

@test "ccache: a miss, a hit, and what it counts" {
	uses ccache gcc
	SAYS='Hits:'
	FILTERS=('/[Cc]ache size|Stats updated/d')
	compare <<-'END'
		echo 'int f(void) { return 1; }' >f.c
		export CCACHE_COMPILERCHECK=none
		ccache gcc -c f.c && sha256sum f.o && rm f.o
		ccache gcc -c f.c && sha256sum f.o
		ccache -s | grep -v directory; rm -r ~/.cache
	END
}

@test "bison and flex: a calculator is generated, built and used" {
	uses bison flex m4 gcc
	SAYS='= 14' MAKES=1
	compare <<-'END'
		cat >calc.y <<-CODE
			%{
			#include <stdio.h>
			int yylex(void); void yyerror(const char *s) { puts(s); }
			%}
			%token NUM
			%left '+'
			%left '*'
			%%
			all: | all line ;
			line: e '\n' { printf("= %d\n", \$1); } ;
			e: NUM | e '+' e { \$\$ = \$1 + \$3; } | e '*' e { \$\$ = \$1 * \$3; } ;
			%%
			int main(void) { return yyparse(); }
		CODE
		cat >calc.l <<-CODE
			%option noyywrap nounput noinput
			%{
			#include "calc.tab.h"
			extern int yylval; int atoi(const char *);
			%}
			%%
			[0-9]+ { yylval = atoi(yytext); return NUM; }
			[ ] ;
			.|\n { return *yytext; }
		CODE
		bison -d -v calc.y && flex -o calc.c calc.l && cc -w -o calc calc.tab.c calc.c
		echo '2 + 3 * 4' | ./calc
	END
}

@test "m4: diversions and a lot of text" {
	uses m4
	SAYS='last 2000'
	compare <<-'END'
		{
			echo "define(\`line', \`this is entry number \$1 of a long text that has to go somewhere')"
			echo 'divert(2)'; for i in $(seq 20000); do echo "line($i)"; done
			echo "divert(1)last eval(1000 * 2)"; echo 'divert(0)first'
		} >in.m4
		m4 in.m4 >out; wc -l out; head -n 1 out; grep last out; sha256sum out
		echo "syscmd(\`echo from a shell')esyscmd(\`echo and back')maketemp(\`./mXXXXXX')" | m4 | sed 's/m[A-Za-z0-9]*$/NAME/'
		rm -f m?????? 
	END
}

@test "autoconf: configure is generated and run" {
	uses autoconf m4 make gcc
	SAYS='config.status: creating out' MAKES=1
	VARIES='config\.(log|status)|autom4te\.cache'
	compare <<-'END'
		printf 'AC_INIT([thing],[1.0])\nAC_CONFIG_HEADERS([config.h])\nAC_PROG_CC\nAC_CHECK_FUNCS([getpid nosuch])\nAC_CONFIG_FILES([out])\nAC_OUTPUT\n' >configure.ac
		echo 'made for @PACKAGE_NAME@' >out.in
		autoheader && autoconf && ./configure && cat out && grep GETPID config.h
		./config.status --recheck | tail -n 1
	END
}

@test "gfortran: a program, and its scratch file" {
	uses gfortran
	SAYS='5050' MAKES=1
	compare <<-'END'
		printf '%s\n' 'program p' 'integer :: i, j, s' "open(10, status='scratch')" 'do i = 1, 100' 'write(10, *) i' 'end do' 'rewind(10)' 's = 0' 'do i = 1, 100' 'read(10, *) j' 's = s + j' 'end do' 'print *, s' 'end program' >p.f90
		gfortran -o p p.f90 && ./p
	END
}

@test "GNAT: a program in Ada, and its temporary file" {
	uses gnatmake:gnat
	SAYS='read back' MAKES=1
	VARIES='\.(ali|o)$|^work/p$'
	compare <<-'END'
		cat >p.adb <<-CODE
			with Ada.Text_IO; use Ada.Text_IO;
			procedure P is
				F : File_Type;
			begin
				Create (F, Out_File);
				Put_Line (F, "read back");
				Reset (F, In_File);
				Put_Line (Get_Line (F));
				Close (F);
			end P;
		CODE
		gnatmake -q p.adb && ./p
	END
}

@test "GnuCOBOL: a program is compiled through C" {
	uses cobc:gnucobol
	SAYS='HELLO' MAKES=1
	VARIES='^work/p$'
	compare <<-'END'
		printf '%s\n' '       IDENTIFICATION DIVISION.' '       PROGRAM-ID. P.' '       PROCEDURE DIVISION.' '           DISPLAY "HELLO".' '           STOP RUN.' >p.cob
		cobc -x p.cob && ./p
	END
}

@test "Free Pascal: a program that makes a file of GetTempFileName" {
	uses fpc:fp-compiler
	SAYS='made and gone'
	FILTERS=('s/[0-9.]+ sec/N sec/')
	VARIES='^work/p$'
	compare <<-'END'
		cat >p.pas <<-CODE
			program p;
			uses sysutils;
			var name: string; f: text;
			begin
				name := GetTempFileName;
				assign(f, name); rewrite(f); writeln(f, 'x'); close(f);
				if FileExists(name) and DeleteFile(name) then writeln('made and gone');
			end.
		CODE
		fpc -v0 -l- p.pas && ./p
	END
}

@test "OCaml: Filename.temp_file, compiled to bytecode and run" {
	uses ocamlc:ocaml-nox
	SAYS='42'
	STAYS='mine[0-9a-f]{6}\.txt'
	NOTE='six hexadecimal digits behind a word do not look generated'
	compare <<-'END'
		cat >p.ml <<-CODE
			let () =
			  let name, channel = Filename.open_temp_file "mine" ".txt" in
			  output_string channel "42"; close_out channel;
			  let channel = open_in name in
			  print_endline (input_line channel); close_in channel
		CODE
		ocamlc -o p p.ml && ./p
		ocaml p.ml
		ocamlc -custom -o q p.ml && ./q
	END
}

@test "SBCL: a file is compiled, loaded, and runs another program" {
	uses sbcl
	SAYS='from lisp 120'
	FILTERS=('s/[0-9]+:[0-9]+:[0-9]+\.[0-9]+/TIME/' '/compiling file|wrote|took/s/.*/WROTE/')
	VARIES='\.fasl$'
	compare <<-'END'
		echo '(defun f (n) (if (< n 2) 1 (* n (f (1- n))))) (format t "from lisp ~a~%" (f 5))
			(sb-ext:run-program "/bin/echo" (list "from below") :output *standard-output*)' >p.lisp
		sbcl --noinform --no-userinit --eval '(compile-file "p.lisp")' --eval '(load "p.fasl")' --quit
		sbcl --noinform --no-userinit --script p.lisp
	END
}

@test "gdb: a program is debugged in batch mode" {
	uses gdb gcc
	SAYS='$1 = 41'
	FILTERS=('s/process [0-9]+/process N/g' 's/0x[0-9a-f]+/ADDRESS/g')
	compare <<-'END'
		printf 'int f(int x) { return x + 1; }\nint main(void) { return f(41); }\n' >p.c && gcc -g -o p p.c
		gdb -nx -batch -ex 'set startup-with-shell off' -ex 'break f' -ex run -ex 'print x' -ex backtrace -ex 'set var x = 1' -ex continue ./p
	END
}

@test "strace: what a program does is seen" {
	uses strace
	SAYS='exited with 3'
	FILTERS=('s/^[0-9]+ //')
	compare <<-'END'
		strace -f -e trace=chdir -o trace sh -c 'cd /; cd /usr; exit 3' || true
		cat trace; rm trace
		strace -c -o count true; test -s count; rm count
	END
}

@test "valgrind: a leak is found, and its pipes are gone" {
	uses valgrind gcc /usr/lib/debug/.build-id:libc6-dbg
	SAYS='status 9'
	FILTERS=('s/==[0-9]+==/==N==/' 's/0x[0-9A-F]+/ADDRESS/g' '/total heap usage|in use at exit|still reachable|suppressed/d')
	compare <<-'END'
		printf '#include <stdlib.h>\nint main(void) { volatile char *p = malloc(77); p = 0; return p != 0; }\n' >p.c && gcc -g -o p p.c
		valgrind -q --leak-check=full --error-exitcode=9 ./p || echo "status $?"
	END
}

@test "binutils: archives, listings, stripped and copied objects" {
	uses ar:binutils gcc
	SAYS='T f'
	compare <<-'END'
		echo 'int f(void) { return 1; } int g(void) { return f(); }' >f.c && gcc -g -c f.c && cp f.o g.o
		ar rcD lib.a f.o g.o && ranlib -D lib.a && nm lib.a && ar dD lib.a g.o && ar t lib.a
		strip -D -g lib.a && objcopy --redefine-sym f=h f.o && nm f.o && strip f.o && size f.o
		ld -r -o both.o f.o g.o && objdump -h both.o | grep -c text
	END
}
