#!/usr/bin/env bats
# services.bats: databases, servers and what keeps them running. See harness.bash.

# shellcheck disable=SC2016,SC2034 # the harness's variables
load harness

setup() {
	begin_scenario
}

teardown() {
	end_scenario
}

@test "sqlite: a sort, an index and a vacuum that go through temporary files" {
	uses sqlite3
	SAYS='ok' MAKES=1
	VARIES='\.db$'
	compare <<-'END'
		sqlite3 a.db "PRAGMA temp_store = FILE; PRAGMA cache_size = 10; PRAGMA temp.cache_size = 10; CREATE TABLE t(i, j);
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) INSERT INTO t SELECT i, (i * 7919) % 50021 FROM n;
			CREATE INDEX x ON t(j, i); CREATE TEMP TABLE u AS SELECT hex(j * 3) h, i FROM t ORDER BY h;
			SELECT count(*), sum(i) FROM u; SELECT i FROM u ORDER BY h DESC LIMIT 2; VACUUM; PRAGMA integrity_check;"
		sqlite3 a.db .dump | sha256sum; echo 'BEGIN; DELETE FROM t; ROLLBACK; SELECT count(*) FROM t;' | sqlite3 a.db; ls
	END
}

@test "redis: bgsave and an append-only file, and a restart" {
	uses redis-server redis-cli:redis-tools
	SAYS='again 7'
	VARIES='\.(rdb|aof|manifest|log)$|log$'
	compare <<-'END'
		serve() { redis-server --port 0 --unixsocket "$TMPDIR/r" --dir "$PWD" --save '' --appendonly yes --daemonize no --logfile "$PWD/log" --enable-protected-configs yes & wait_for; }
		wait_for() { for i in $(seq 200); do r ping >/dev/null 2>&1 && return; sleep 0.05; done; return 1; }
		r() { redis-cli -s "$TMPDIR/r" "$@"; }
		serve; r set a 7; for i in $(seq 20); do r rpush list "$i" >/dev/null; done; r lrange list 18 19
		r bgsave; for i in $(seq 200); do [[ $(r info persistence) == *rdb_bgsave_in_progress:1* ]] || break; sleep 0.05; done
		r bgrewriteaof; for i in $(seq 200); do [[ $(r info persistence) == *aof_rewrite_in_progress:[01]*aof_rewrite_scheduled:1* || $(r info persistence) == *aof_rewrite_in_progress:1* ]] || break; sleep 0.05; done
		r save; r shutdown nosave; wait
		redis-check-rdb dump.rdb | tail -n 1
		serve; echo "again $(r get a)"; r shutdown nosave; wait; ls; rm -r log appendonlydir
	END
}

@test "tmux: a server that outlives its starter, and its panes" {
	uses tmux
	SAYS='from the pane'
	FILTERS=('s/^[0-9]+ //')
	compare <<-'END'
		tmux -L scenario -f /dev/null new-session -d -x 80 -y 24 'f=$(mktemp) && echo from the pane >"$f" && cat "$f" >said; sleep 100'
		for i in $(seq 200); do test -s said && break; sleep 0.05; done; cat said
		tmux -L scenario split-window -d 'echo second >second; tmux -L scenario wait-for -S done' && tmux -L scenario wait-for done; cat second
		tmux -L scenario list-panes -F '#{pane_index}' | head -n 1; tmux -L scenario kill-server; sleep 0.3
		rm -rf "${TMUX_TMPDIR:-/tmp}/tmux-$(id -u)"
	END
}

@test "screen: a detached session, and what is sent to it" {
	uses screen
	SAYS='from a window'
	compare <<-'END'
		export SCREENDIR=$HOME/.screen; mkdir -m 700 "$SCREENDIR"
		screen -c /dev/null -dmS s sh -c 'f=$(mktemp) && echo from a window >"$f" && cat "$f" >said; read -r line; echo "$line" >typed'
		for i in $(seq 200); do test -s said && break; sleep 0.05; done; cat said
		screen -S s -X stuff 'typed text\n'; for i in $(seq 200); do test -s typed && break; sleep 0.05; done; cat typed
		for i in $(seq 100); do screen -ls >/dev/null || break; sleep 0.05; done; screen -wipe >/dev/null || true; ls -A "$SCREENDIR"
	END
}

@test "dbus-daemon: a bus of its own, a name and a call" {
	uses dbus-daemon dbus-run-session:dbus dbus-send:dbus
	SAYS='string "org.freedesktop.DBus"'
	FILTERS=('s/dbus-daemon.[0-9]+.:|pid=[0-9]+/N/g' 's/time=[0-9.]+/time=T/' 's/serial=[0-9]+/serial=N/' 's/:1\.[0-9]+/:1.N/g')
	compare <<-'END'
		dbus-run-session -- dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames | sort -u
		dbus-run-session -- sh -c 'f=$(mktemp); test -f "$f" && echo made; exit 4' || echo "status $?"
		pid=$(dbus-daemon --session --fork --print-pid=1 --address="unix:path=$TMPDIR/bus" --nopidfile)
		DBUS_SESSION_BUS_ADDRESS=unix:path=$TMPDIR/bus dbus-send --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetId | wc -l
		kill "$pid"; for i in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.05; done; rm -f "$TMPDIR/bus"
	END
}

@test "curl and wget: files by file: and from a server on the loopback" {
	uses curl wget python3
	SAYS='fetched'
	FILTERS=('s/:[0-9]{4,5}\//:PORT\//g' '/^(Date|Server|Last-Modified):/d')
	compare <<-'END'
		seq 1000 >file && curl -sS -o copy "file://$PWD/file" && cmp file copy && chmod 600 copy
		python3 -B -c 'import http.server, os
		class H(http.server.SimpleHTTPRequestHandler):
		    def log_message(*a): pass
		s = http.server.HTTPServer(("127.0.0.1", 0), H); open("port.new", "w").write(str(s.server_port)); os.rename("port.new", "port"); s.serve_forever()' & server=$!
		for i in $(seq 200); do test -s port && break; sleep 0.05; done; at=http://127.0.0.1:$(cat port)
		wget -q -O got "$at/file" && cmp file got; curl -sS --fail -c cookies -O "$at/file" && cmp file copy && echo fetched
		curl -sS --fail -o none "$at/missing" || echo "curl said $?"; wget -q "$at/missing" || echo "wget said $?"
		curl -sS --etag-save tag -r 0-99 "$at/file" | wc -c; kill "$server"; wait "$server" || true; rm -f port tag cookies
	END
}

@test "socat: a socket in TMPDIR, and a server that forks" {
	uses socat
	SAYS='over-a-socket'
	compare <<-'END'
		socat "UNIX-LISTEN:$TMPDIR/sock,fork" SYSTEM:'sed s/^/over-a-/' & server=$!
		for i in $(seq 200); do test -S "$TMPDIR/sock" && break; sleep 0.05; done
		echo socket | socat -t 5 - "UNIX-CONNECT:$TMPDIR/sock"; kill "$server"; wait "$server" || true
		rm -f "$TMPDIR/sock"; echo x | socat - EXEC:cat
	END
}

@test "dpkg-deb and dpkg: a package is built, looked at, and installed below another root" {
	uses dpkg-deb:dpkg ar:binutils
	SAYS='install ok installed' MAKES=1
	VARIES='\.deb$|var/lib/dpkg|var/log'
	ENVIRON=(SOURCE_DATE_EPOCH=1600000000)
	[ "$(id -u)" = 0 ] || skip "dpkg wants to be root"
	compare <<-'END'
		mkdir -p p/DEBIAN p/usr/share/thing && seq 2000 >p/usr/share/thing/file && chmod 755 p p/DEBIAN p/usr p/usr/share p/usr/share/thing
		printf 'Package: thing\nVersion: 1.0\nArchitecture: all\nMaintainer: a <a@example.org>\nDescription: thing\n' >p/DEBIAN/control
		printf '#!/bin/sh\nset -e\nf=$(mktemp) && echo "configured $1" >"$f" && cat "$f"\n' >p/DEBIAN/postinst && chmod 755 p/DEBIAN/postinst
		dpkg-deb --root-owner-group -b p thing.deb && dpkg-deb -c thing.deb && dpkg-deb -f thing.deb Version && dpkg-deb -R thing.deb out
		mkdir -p root/var/lib/dpkg/info root/var/lib/dpkg/updates root/var/log && touch root/var/lib/dpkg/status
		dpkg --root="$PWD/root" --force-script-chrootless,not-root,bad-path --log=/dev/null -i thing.deb
		dpkg --admindir=root/var/lib/dpkg -s thing | grep Status; dpkg --root="$PWD/root" --force-script-chrootless --log=/dev/null -r thing && ls root/usr/share || true
	END
}

@test "debconf: questions asked and answered by a configuration script" {
	uses /usr/share/debconf/frontend:debconf perl
	SAYS='answered yes'
	VARIES='db/'
	compare <<-'END'
		mkdir db && printf 'Config: c\nTemplates: t\n\nName: c\nDriver: File\nMode: 600\nFilename: %s/db/config.dat\n\nName: t\nDriver: File\nMode: 644\nFilename: %s/db/templates.dat\n' "$PWD" "$PWD" >conf
		printf 'Template: thing/q\nType: boolean\nDefault: true\nDescription: a question\n' >thing.templates
		printf '#!/bin/sh -e\n. /usr/share/debconf/confmodule\ndb_input high thing/q || true\ndb_go || true\ndb_get thing/q\ntest "$RET" = true && echo "answered yes" >&2\nf=$(mktemp) && test -f "$f"\n' >thing.config && chmod +x thing.config
		export DEBCONF_SYSTEMRC=$PWD/conf DEBIAN_FRONTEND=noninteractive
		/usr/share/debconf/frontend ./thing.config 2>&1
	END
}

@test "cpio, lz4 and base64: copies through pipes" {
	uses cpio lz4 base64:coreutils
	SAYS='all there'
	compare <<-'END'
		mkdir -p a/b && seq 300 >a/b/file && ln -s b/file a/link && find a | sort | cpio -o --reproducible -R 0:0 --quiet -H newc >a.cpio
		mkdir out && (cd out && cpio -idm --quiet <../a.cpio) && diff -r a out/a && rm a.cpio
		lz4 -q a/b/file f.lz4 && lz4 -q -d f.lz4 back && cmp a/b/file back && base64 back | base64 -d | cmp - back && echo all there
	END
}

@test "restic, in Go: a backup is made, checked and restored" {
	uses restic
	SAYS='no errors were found'
	NOTE='Go does not use libc: with the library alone what it leaves would stay'
	FILTERS=('s/[0-9a-f]{8,64}/ID/g' 's/[0-9]+:[0-9]+/TIME/g' 's/[0-9.]+ [KM]?i?B/SIZE/g' '/^(created|using|repository|snapshot|duration|processed)/d' 's/restic-check-cache-[0-9]+/CACHE/')
	VARIES='repo/'
	compare <<-'END'
		export RESTIC_REPOSITORY=$PWD/repo RESTIC_PASSWORD=x RESTIC_CACHE_DIR=$PWD/cache RESTIC_PROGRESS_FPS=0
		mkdir data && seq 100000 >data/file && ln -s file data/link
		restic init -q && restic backup -q data && restic check && restic restore -q latest --target out && cmp data/file "$(find out -name file)"
		restic forget -q --keep-last 1 --prune && restic snapshots | tail -n 1; rm -rf repo cache
	END
}

@test "a C program, statically linked, that never removes its file" {
	uses gcc
	SAYS='made'
	NOTE='static: the library does not get in; run empties `TMPDIR`'
	STAYS='mine[A-Za-z0-9]{6}'
	compare <<-'END'
		printf '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nint main(void) { char n[200]; snprintf(n, 200, "%%s/mineXXXXXX", getenv("TMPDIR")); if (mkstemp(n) < 0) return 1; puts("made"); return 0; }\n' >p.c
		gcc -static -o p p.c && ./p && rm p
	END
	assert_equal "left plain, alone and under run" "1 1 0" "${LEFT[plain]} ${LEFT[alone]} ${LEFT[run]}"
}
