#!/usr/bin/env bats
# languages.bats: interpreters and their libraries for temporary files. See harness.bash.

# shellcheck disable=SC2016,SC2034 # the harness's variables
load harness

setup() {
	begin_scenario
}

teardown() {
	end_scenario
}

@test "Python: all of tempfile, used and left behind" {
	uses python3
	SAYS='read back' MAKES=1
	compare <<-'END'
		python3 -B - <<-'CODE'
			import os, shutil, sys, tempfile
			with tempfile.TemporaryFile() as f:
			    f.write(b"x"); print(f.tell())
			with tempfile.NamedTemporaryFile("w+", suffix=".txt", delete=False) as f:
			    f.write("read back")
			print(open(f.name).read(), oct(os.stat(f.name).st_mode))
			with tempfile.TemporaryDirectory() as d:
			    open(os.path.join(d, "below"), "w").close(); print(os.listdir(d))
			with tempfile.SpooledTemporaryFile(max_size=10) as f:
			    f.write(b"y" * 100); print(f._rolled)
			d = tempfile.mkdtemp(); open(d + "/file", "w").write("never removed")
			fd, name = tempfile.mkstemp(); os.close(fd); shutil.move(name, "published"); print(os.stat("published").st_size)
			sys.stdout.flush(); os._exit(0)
		CODE
	END
}

@test "Python: multiprocessing with managers, queues, pools and shared memory" {
	uses python3
	SAYS='[0, 1, 4, 9, 16]'
	compare <<-'END'
		cat >p.py <<-'CODE'
			import multiprocessing as mp
			from multiprocessing import shared_memory
			def square(x): return x * x
			def put(q): q.put("from a child")
			if __name__ == "__main__":
			    for how in "fork", "spawn", "forkserver":
			        c = mp.get_context(how)
			        with c.Pool(2) as pool: print(how, pool.map(square, range(5)))
			        q = c.Queue(); p = c.Process(target=put, args=(q,)); p.start(); print(q.get()); p.join()
			    with mp.Manager() as m:
			        d = m.dict(); d["a"] = 1; print(dict(d))
			    s = shared_memory.SharedMemory(create=True, size=100); s.buf[0] = 7; print(s.buf[0]); s.close(); s.unlink()
			    a = mp.Array("i", 1000); print(sum(a))
		CODE
		python3 -B p.py
	END
}

@test "Python: a venv, and pip that builds and installs without a network" {
	uses python3 /usr/lib/python3/dist-packages/setuptools:python3-setuptools pip3:python3-pip /usr/lib/python3/dist-packages/wheel:python3-wheel /usr/share/python-wheels:python3-venv
	SAYS='the answer is 42' MAKES=1
	VARIES='\.pyc$|RECORD$|direct_url|/bin/|pyvenv|lib/'
	FILTERS=('s/cpython-[0-9]+/cpython/')
	compare <<-'END'
		export PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INDEX=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
		mkdir thing && printf 'from setuptools import setup\nsetup(name="thing", version="1.0", py_modules=["thing"])\n' >thing/setup.py
		echo 'answer = 42' >thing/thing.py
		python3 -m venv --system-site-packages --without-pip v
		v/bin/python -m pip install -q --no-build-isolation --no-deps ./thing 2>&1
		cd / && "$OLDPWD/v/bin/python" -c 'import thing; print("the answer is", thing.answer)'
		cd "$OLDPWD" && v/bin/python -m pip list --format=freeze 2>/dev/null | grep thing
		v/bin/python -m pip uninstall -q -y thing 2>&1; rm -rf thing/build thing/*.egg-info
	END
}

@test "Perl: File::Temp, tied and forked, used and left behind" {
	uses perl
	SAYS='in the child' MAKES=1
	compare <<-'END'
		perl - <<-'CODE'
			use strict; use warnings; use File::Temp qw(tempfile tempdir); $| = 1;
			my ($h, $name) = tempfile(); print $h "text\n"; close $h;
			printf "%s %o\n", -s $name, (stat $name)[2];
			my $dir = tempdir(CLEANUP => 1); open my $f, ">", "$dir/file" or die; close $f; print -d $dir ? "there\n" : "gone\n";
			my $object = File::Temp->new; print $object "x"; print -e "$object" ? "there\n" : "gone\n";
			if (my $pid = fork) { waitpid $pid, 0; print -e "$object" ? "still there\n" : "gone\n" }
			else { print "in the child\n"; exit 3 }
			open my $anonymous, "+>", undef or die; print $anonymous "y"; print `echo from a shell`;
		CODE
		perl -i.bak -pe 's/a/b/' <(true) 2>/dev/null || true
		echo a >file && perl -i -pe 's/a/b/' file && cat file
	END
}

@test "PHP: tempnam, tmpfile, php://temp" {
	uses php:php-cli
	SAYS='tempnam 0100600' MAKES=1
	compare <<-'END'
		cat >p.php <<-'CODE'
			<?php
			$n = tempnam(sys_get_temp_dir(), "mine"); file_put_contents($n, "x");
			printf("tempnam %07o %s\n", fileperms($n), file_get_contents($n));
			$f = tmpfile(); fwrite($f, "anonymous"); fseek($f, 0); echo fread($f, 100), "\n"; fclose($f);
			$m = fopen("php://temp/maxmemory:10", "w+"); fwrite($m, str_repeat("y", 5000)); rewind($m); echo strlen(stream_get_contents($m)), "\n";
			echo shell_exec("echo from a shell");
			copy("p.php", "copied"); rename("copied", "renamed"); file_put_contents("locked", "z", LOCK_EX);
		CODE
		php -n p.php
	END
}

@test "R: tempfile and tempdir, a plot, and a script of several processes" {
	uses Rscript:r-base-core
	SAYS='mean 50.5' MAKES=1
	FILTERS=('s/Rtmp[A-Za-z0-9]{6}/RTMP/')
	VARIES='\.pdf$|\.rds$'
	compare <<-'END'
		Rscript --vanilla -e 'f <- tempfile(fileext = ".csv"); write.csv(data.frame(x = 1:100), f); cat("mean", mean(read.csv(f)$x), "\n")
			dir.create(file.path(tempdir(), "below")); cat(basename(tempdir()), file.exists(f), "\n")
			pdf("plot.pdf"); plot(1:10); invisible(dev.off()); saveRDS(1:10, "data.rds"); cat(file.size("plot.pdf") > 1000, "\n")
			cat(system("echo from a shell", intern = TRUE), "\n")
			cat(unlist(parallel::mclapply(1:4, function(i) { tempfile(); i * i }, mc.cores = 2)), "\n")'
	END
}

@test "R killed in the middle: its session directory goes" {
	uses Rscript:r-base-core
	SAYS='killed 137' MAKES=1
	FILTERS=('s/line 1: +[0-9]+ Killed/line 1: Killed/')
	compare <<-'END'
		Rscript --vanilla -e 'writeLines("x", file.path(tempdir(), "file")); system(paste("kill -KILL", Sys.getpid()))' >/dev/null 2>&1 || echo "killed $?"
	END
}

@test "Lua: os.tmpname, io.tmpfile, io.popen" {
	uses lua5.4
	SAYS='written to' MAKES=1
	compare <<-'END'
		cat >p.lua <<-'CODE'
			local n = os.tmpname(); local f = assert(io.open(n, "w")); f:write("written to"); f:close()
			print(io.open(n):read("a"))
			local t = io.tmpfile(); t:write("anonymous"); t:seek("set"); print(t:read("a"))
			print(io.popen("echo from a shell"):read("l")); print(os.execute("exit 3"))
		CODE
		lua5.4 p.lua
	END
}

@test "Guile: mkstemp!, tmpfile, and a pipe" {
	uses guile:guile-3.0
	SAYS='read back' MAKES=1
	compare <<-'END'
		cat >p.scm <<-'CODE'
			(use-modules (ice-9 popen) (ice-9 rdelim))
			(define name (string-append (or (getenv "TMPDIR") "/tmp") "/mineXXXXXX"))
			(define port (mkstemp! name)) (display "read back" port) (close-port port)
			(display (call-with-input-file name read-line)) (newline)
			(define t (tmpfile)) (display "anonymous" t) (seek t 0 SEEK_SET) (display (read-line t)) (newline)
			(define p (open-input-pipe "echo from a shell")) (display (read-line p)) (newline) (close-pipe p)
		CODE
		guile --no-auto-compile p.scm
	END
}

@test "Tcl: file tempfile, a pipe, and exec with a here-string" {
	uses tclsh:tcl
	SAYS='read back' MAKES=1
	compare <<-'END'
		cat >p.tcl <<-'CODE'
			set channel [file tempfile name]; puts $channel "read back"; close $channel
			set f [open $name]; puts [gets $f]; close $f
			puts [exec cat << "a here-string, for which it makes a file"]
			puts [exec sort << "b\na"]; catch {exec sh -c {echo oops >&2; exit 3}} said; puts $said
			set d [file tempdir]; puts [file isdirectory $d]
		CODE
		sed -i 's/^set d.*/if {![catch {file tempdir} d]} {puts [file isdirectory $d]}/' p.tcl
		tclsh p.tcl
	END
}

@test "awk: pipes, files and system in gawk and mawk" {
	uses gawk mawk
	SAYS='gawk 5050'
	compare <<-'END'
		for awk in gawk mawk; do
			seq 100 | $awk -v me=$awk '{ s += $1; print | "sort -r | head -n 1" } END { close("sort -r | head -n 1"); print me, s; system("echo system"); print "x" > me }'
			"$awk" 'BEGIN { while (("seq 3" | getline n) > 0) print n }'
		done
		echo a >file && gawk -i inplace '{ print toupper($0) }' file && cat file
		gawk 'BEGIN { c = "sort"; print "b" |& c; print "a" |& c; close(c, "to"); while ((c |& getline l) > 0) print l }'
	END
}

@test "bc and dc: long numbers" {
	uses bc dc
	SAYS='85070591730234615865843651857942052864'
	compare <<-'END'
		echo '2 ^ 126; scale = 40; 4 * a(1)' | bc -l
		echo '20k 2v p' | dc; dc -e '3 5 ^ p !echo from a shell'
	END
}

@test "Emacs in batch: a file is edited with a backup, compiled, and a process is run" {
	uses emacs:emacs-nox
	SAYS='made 384'
	VARIES='\.elc$'
	STAYS='directory-[A-Za-z0-9]{6}|mine-[A-Za-z0-9]{6}\.txt'
	NOTE='its directories stay: they are made with mode 0777 and a umask'
	compare <<-'END'
		echo old >file
		cat >p.el <<-'CODE'
			(let ((f (make-temp-file "mine-" nil ".txt" "text"))) (princ (format "made %d\n" (file-modes f))))
			(with-current-buffer (find-file-noselect "file") (goto-char (point-max)) (insert "new\n") (save-buffer))
			(princ (shell-command-to-string "echo from a shell"))
			(with-temp-buffer (insert "b\na\n") (shell-command-on-region (point-min) (point-max) "sort" nil t) (princ (buffer-string)))
			(make-temp-file "directory-" t)
		CODE
		emacs -Q --batch -l p.el 2>&1
		cat file file~; echo '(defun f () 1)' >c.el && emacs -Q --batch -f batch-byte-compile c.el && ls c.elc
	END
}
