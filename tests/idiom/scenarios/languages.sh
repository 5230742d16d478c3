#!/usr/bin/env bash
# languages.sh: scenarios of language runtimes, for collect.sh.

# shellcheck disable=SC2016,SC2164,SC2186 # other languages' code; what fails is passed over

python_files() {
	python3 - <<-'END'
		import tempfile, os
		for i in range(3):
		    tempfile.NamedTemporaryFile(); tempfile.mkstemp(); tempfile.mkdtemp()
		tempfile.mkstemp(suffix=".json", prefix="report-"); tempfile.mkdtemp(prefix="build_")
		tempfile.NamedTemporaryFile(suffix=".tar.gz", prefix="upload"); tempfile.TemporaryFile()
		tempfile.TemporaryDirectory(prefix="session."); tempfile.SpooledTemporaryFile().fileno()
		open("/tmp/result.txt", "x"); open("/tmp/log-2026-11-30.txt", "a"); open("/tmp/data.pickle", "wb")
		os.makedirs("/tmp/output", exist_ok=True); os.mkdir("/tmp/secrets", 0o700)
		os.close(os.open("/tmp/app.lock", os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
		os.close(os.open("/tmp/token", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
		open("/tmp/daemon.pid", "w").write(str(os.getpid()))
	END
}

python_multiprocessing() {
	cat >mp.py <<-'END'
		import multiprocessing as m, multiprocessing.shared_memory as s
		def f(x): return x
		if __name__ == "__main__":
		    m.set_start_method("spawn")
		    with m.Pool(1) as p: p.map(f, range(3))
		    with m.Manager() as g: g.list([1])
		    a = s.SharedMemory(create=True, size=100); a.unlink()
		    m.get_context("forkserver").Process(target=f, args=(1,)).start()
		    from multiprocessing.connection import Listener; Listener(family="AF_UNIX")
	END
	python3 mp.py
}

python_tools() {
	echo 'x = 1' >m.py
	python3 -m venv /tmp/venv
	python3 -m zipfile -c /tmp/archive.zip m.py
	python3 -m cProfile -o /tmp/profile.out m.py
	python3 -m py_compile m.py
	/tmp/venv/bin/pip --version
	PIP_NO_INDEX=1 /tmp/venv/bin/pip install nothing-of-this-name
	mkdir -p pkg && printf '[project]\nname="pkg"\nversion="1"\n' >pkg/pyproject.toml
	python3 -m pip install --no-build-isolation --no-index --target /tmp/target ./pkg
	python3 -m pip wheel --no-build-isolation --no-index -w /tmp/wheels ./pkg
	python3 -c 'import shutil; shutil.make_archive("/tmp/backup", "gztar", ".")'
	python3 -c 'import tarfile; tarfile.open("/tmp/out.tar", "x")'
	python3 -c 'import sqlite3; c = sqlite3.connect("/tmp/app.db"); c.execute("create table t(a)"); c.execute("pragma journal_mode=wal"); c.execute("insert into t values(1)")'
	python3 -c 'import dbm, shelve; shelve.open("/tmp/shelf"); import mailbox; mailbox.mbox("/tmp/mbox")'
	python3 -c 'import logging.handlers as h; h.RotatingFileHandler("/tmp/app.log")'
	printf 'T\n=\n' >d.rst && rst2html d.rst /tmp/d.html
}

pytest_run() {
	printf 'def test_a(tmp_path, tmp_path_factory, tmpdir):\n    (tmp_path / "x").write_text("y")\n' >test_a.py
	python3 -m pytest -q
	python3 -m pytest -q --basetemp=/tmp/mybase
	python3 -m pytest -q --junitxml=/tmp/junit.xml
}

perl_files() {
	perl -MFile::Temp=tempfile,tempdir -e 'for (1..3) { tempfile(); tempdir(); File::Temp->new }
		tempfile("fooXXXXXX", TMPDIR => 1, SUFFIX => ".dat"); tempfile("report_XXXXXXXXXX", TMPDIR => 1);
		tempdir("workXXXX", TMPDIR => 1); tempdir(CLEANUP => 1);
		open my $x, "+>", undef; open my $y, ">", "/tmp/out.txt"; mkdir "/tmp/perldir"; mkdir "/tmp/private", 0700'
	perl -MIO::File -e 'IO::File->new_tmpfile'
	perl -MFcntl -e 'sysopen(F, "/tmp/lock.perl", O_CREAT|O_EXCL|O_RDWR, 0600); sysopen(G, "/tmp/job.$$", O_CREAT|O_EXCL|O_RDWR, 0600)'
	perl -MStorable -e 'Storable::lock_store({a=>1}, "/tmp/store.bin")'
	echo '=head1 A' >a.pod && pod2man a.pod /tmp/a.1
	perldoc -T -d /tmp/doc.txt a.pod
	perldoc a.pod
}

ruby_files() {
	ruby -rtempfile -rtmpdir -e '3.times { Tempfile.create("app"); Tempfile.new("x"); Dir.mktmpdir }
		Tempfile.create(["img", ".png"]); Dir.mktmpdir("cache"); File.write("/tmp/ruby.out", "x")
		Dir.mkdir("/tmp/rubydir"); Dir.mkdir("/tmp/rubyprivate", 0700)
		File.open("/tmp/ruby.lock", File::CREAT|File::EXCL|File::RDWR, 0600)
		require "pstore"; PStore.new("/tmp/ruby.pstore").transaction { |s| s[:a] = 1 }'
	ruby -ropen-uri -e 'URI.open("data:,x") rescue 0; require "open3"; require "irb"'
	mkdir -p g && (cd g && printf 'Gem::Specification.new { |s| s.name="g"; s.version="1"; s.summary="s"; s.authors=["a"]; s.files=[] }\n' >g.gemspec && gem build g.gemspec -o /tmp/g-1.gem)
	gem install --local --no-document --install-dir /tmp/gems /tmp/g-1.gem
	printf 'task :default\n' >Rakefile && rake
	bundle init
}

php_files() {
	php -r 'for ($i = 0; $i < 3; $i++) { tempnam("/tmp", "app"); tempnam(sys_get_temp_dir(), ""); tmpfile(); }
		file_put_contents("/tmp/php.out", "x"); mkdir("/tmp/phpdir"); mkdir("/tmp/phpprivate", 0700);
		session_save_path("/tmp"); session_start(); session_write_close();
		$z = fopen("php://temp/maxmemory:1", "r+"); fwrite($z, str_repeat("x", 100));
		fopen("/tmp/php.x", "x"); file_put_contents("/tmp/php.lock", "x", LOCK_EX);'
	php -d opcache.enable_cli=1 -d zend_extension=opcache -r '1;'
	php -d opcache.enable_cli=1 -d opcache.file_cache=/tmp -d zend_extension=opcache -r '1;'
	printf '<?php $p = new PharData("/tmp/phar.tar"); $p->addFromString("a", "b"); $p->compress(Phar::GZ);' >p.php && php p.php
	printf '<?php foreach ($_FILES as $f) move_uploaded_file($f["tmp_name"], "/tmp/uploaded.txt");' >up.php
	stop_after 4 php -S 127.0.0.1:18471 up.php &
	sleep 1
	small >f.txt && curl -s -F a=@f.txt -F b=@f.txt http://127.0.0.1:18471/
	wait
}

java_files() {
	cat >T.java <<-'END'
		import java.io.*; import java.nio.file.*;
		public class T { public static void main(String[] a) throws Exception {
		  for (int i = 0; i < 3; i++) { File.createTempFile("app", ".tmp"); Files.createTempFile("nio", ".txt");
		    Files.createTempDirectory("dir"); File.createTempFile("hsx", null); Files.createTempFile(null, null); }
		  new File("/tmp/javadir").mkdir(); new FileWriter("/tmp/java.out").close();
		  Files.createFile(Path.of("/tmp/java.new")); new File("/tmp/java.lock").createNewFile();
		  Files.createFile(Path.of("/tmp/java.secret"), java.nio.file.attribute.PosixFilePermissions.asFileAttribute(
		    java.nio.file.attribute.PosixFilePermissions.fromString("rw-------")));
		  java.util.logging.Logger l = java.util.logging.Logger.getLogger("x");
		  l.addHandler(new java.util.logging.FileHandler("%t/java%u.log")); l.info("x");
		  java.util.prefs.Preferences.userRoot();
		  if (a.length > 0) { long[][] x = new long[1000][]; for (int i = 0; ; i++) x[i] = new long[1 << 20]; } } }
	END
	javac -d /tmp/classes T.java
	java -cp /tmp/classes T
	java -cp /tmp/classes -Xmx40m -XX:+HeapDumpOnOutOfMemoryError -XX:HeapDumpPath=/tmp T oom
	java -cp /tmp/classes -XX:ErrorFile=/tmp/hs_err_pid%p.log -Xlog:gc:file=/tmp/gc.log -Xss1m T
	java -cp /tmp/classes -XX:+UnlockDiagnosticVMOptions -XX:+LogVMOutput -XX:LogFile=/tmp/vm.log T
	java -cp /tmp/classes -XX:StartFlightRecording=filename=/tmp/rec.jfr T
	java T.java
	jar cf /tmp/t.jar -C /tmp/classes .
	java -cp /tmp/classes T oom & sleep 1
	jcmd $! Thread.print
	jcmd $! GC.heap_dump /tmp/dump.hprof
	kill -3 $!
	kill $!
	wait
	jshell -s - <<<'1+1'
	javadoc -d /tmp/apidoc T.java
}

node_files() {
	node -e 'const fs = require("fs"), os = require("os"), path = require("path"), c = require("crypto");
		for (let i = 0; i < 3; i++) { fs.mkdtempSync("/tmp/app-");
			fs.writeFileSync("/tmp/" + c.randomUUID(), "x", { mode: 0o600, flag: "wx" });
			fs.writeFileSync("/tmp/tmp-" + process.pid + c.randomBytes(6).toString("hex"), "x", { mode: 0o600, flag: "wx" });
			fs.mkdirSync("/tmp/npm-" + process.pid + "-" + c.randomBytes(4).toString("hex"), 0o700); }
		fs.writeFileSync("/tmp/node.out", "x"); fs.mkdirSync("/tmp/nodedir"); fs.mkdirSync("/tmp/nodeprivate", 0o700);
		fs.writeFileSync("/tmp/node.key", "x", { mode: 0o600, flag: "wx" }); fs.mkdtempSync("/dev/shm/n-");'
	node --cpu-prof --cpu-prof-dir=/tmp -e 1
	node --heapsnapshot-signal=SIGUSR2 --heap-prof --heap-prof-dir=/tmp -e 1
	node --report-dir=/tmp -e 'process.report.writeReport(); process.report.writeReport("/tmp/report.json")'
	node --prof --logfile=/tmp/v8.log -e 1
	node -e 'require("repl")' && NODE_V8_COVERAGE=/tmp/coverage node -e 1
}

scripting() {
	lua5.4 -e 'for i = 1, 3 do io.tmpfile(); local n = os.tmpname(); io.open(n, "w") end; io.open("/tmp/lua.out", "w")'
	tclsh <<<'for {set i 0} {$i<3} {incr i} { close [file tempfile n /tmp/tcl]; close [file tempfile m] }; set f [open /tmp/tcl.out w]; file mkdir /tmp/tcldir; open /tmp/tcl.new {WRONLY CREAT EXCL} 0600; file tempdir'
	guile -c '(mkstemp! (string-copy "/tmp/guileXXXXXX")) (mkdtemp (string-copy "/tmp/gdXXXXXX")) (tmpfile) (open-output-file "/tmp/guile.out") (mkdir "/tmp/guiledir")'
	printf 'let () = for _ = 1 to 3 do ignore (Filename.temp_file "app" ".ml"); ignore (Filename.open_temp_file "log" ".txt") done; close_out (open_out "/tmp/ocaml.out")' >o.ml
	ocaml o.ml
	ocamlfind ocamlopt o.ml || ocamlopt -o /tmp/ocamlprog o.ml || ocamlc -o /tmp/ocamlprog o.ml
	ocamlc -pp cat -o /tmp/oc2 o.ml
	Rscript -e 'for (i in 1:3) writeLines("x", tempfile()); writeLines("x", tempfile("plot", fileext=".csv")); pdf("/tmp/plots.pdf"); plot(1); saveRDS(1, "/tmp/m.rds"); dir.create("/tmp/rdir"); sink("/tmp/r.log")'
	swipl -g 'tmp_file_stream(text, F, S), close(S), tmp_file(x, G), open(G, write, T), close(T), halt'
	swipl -o /tmp/prologprog -g halt -c /dev/null
	printf '1 2 + . bye\n' >f.fs && gforth f.fs
	sbcl --noinform --eval '(progn (with-open-file (s "/tmp/lisp.out" :direction :output) (print 1 s)) (quit))'
	echo '(print 1)' >l.lisp && sbcl --noinform --eval '(progn (compile-file "l.lisp" :output-file "/tmp/l.fasl") (quit))'
	clisp -q -x '(compile-file "l.lisp" :output-file "/tmp/l.fas")'
	ecl -norc -eval '(progn (compile-file "l.lisp") (quit))'
	echo '(print 1)' >c.scm && csc -o /tmp/chickenprog c.scm
	printf -- '-module(m).\n-export([f/0]).\nf() -> 1.\n' >m.erl && erlc -o /tmp m.erl
	erl -noshell -eval 'file:write_file("/tmp/erl.out", "x"), file:make_dir("/tmp/erldir"), dets:open_file(t, [{file, "/tmp/t.dets"}]), halt().'
	gawk 'BEGIN { print "x" > "/tmp/gawk.out" }' && echo a >ga && gawk -i inplace '{print}' ga && gawk -p/tmp/awkprof.out 'BEGIN{}'
	gnuplot -e 'set term png; set output "/tmp/plot.png"; plot x; $d << EOD
1 2
EOD
plot $d; fit a*x $d via a'
	expect -c 'log_file /tmp/expect.log; spawn true; expect eof'
}
