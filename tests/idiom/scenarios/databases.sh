#!/usr/bin/env bash
# databases.sh: scenarios of databases, for collect.sh.

# shellcheck disable=SC2016,SC2164,SC2186 # other languages' code; what fails is passed over

postgres() {
	local bin
	bin=$(echo /usr/lib/postgresql/*/bin)
	"$bin/initdb" -D /tmp/pgdata >/dev/null
	"$bin/initdb" --auth=trust -D "$HOME/pg" >/dev/null
	"$bin/initdb" -X /tmp/wal -D /tmp/pg-15-main -N >/dev/null
	"$bin/pg_ctl" -D "$HOME/pg" -o '-k /tmp -p 15471 -c listen_addresses=' -l /tmp/pg.log -w start
	psql -h /tmp -p 15471 postgres -c "create table t as select i, md5(i::text) from generate_series(1,200000) i" -c "set work_mem='64kB'" -c "select count(*) from (select * from t order by 2) x" -o /tmp/psql.out -c "copy t to '/tmp/copied.csv'" -c '\copy t to /tmp/copied2.csv' -L /tmp/psql.log
	EDITOR=true psql -h /tmp -p 15471 postgres -c '\e'
	printf 'select 1 \\e\n\\ef f\n\\ev v\n' | EDITOR=true psql -h /tmp -p 15471 postgres
	printf 'select 1;\n\\w /tmp/query.sql\n\\s /tmp/history\n\\o /tmp/o.txt\nselect 1;\n' | psql -h /tmp -p 15471 postgres
	"$bin/pg_dump" -h /tmp -p 15471 -Fd -f /tmp/dumpdir postgres
	"$bin/pg_dump" -h /tmp -p 15471 -Fc -f /tmp/db.dump postgres
	"$bin/pg_dumpall" -h /tmp -p 15471 -f /tmp/all.sql
	"$bin/pg_basebackup" -h /tmp -p 15471 -D /tmp/base
	"$bin/pg_basebackup" -h /tmp -p 15471 -Ft -z -D /tmp/basetar
	"$bin/pg_receivewal" -h /tmp -p 15471 -D /tmp/walrecv -E 0/1
	mkdir -m 700 /tmp/walr2
	stop_after 2 "$bin/pg_receivewal" -h /tmp -p 15471 -D /tmp/walr2
	"$bin/pg_restore" -f /tmp/restored.sql /tmp/db.dump
	"$bin/pg_ctl" -D "$HOME/pg" -m fast stop
	(cd /tmp && "$bin/pg_upgrade" --check -b "$bin" -B "$bin" -d "$HOME/pg" -D /tmp/pgdata)
}

mariadb() {
	mariadb-install-db --auth-root-authentication-method=normal --datadir=/tmp/mysql-data --tmpdir=/tmp
	stop_after 25 mariadbd --no-defaults --datadir=/tmp/mysql-data --tmpdir=/tmp --socket=/tmp/mysql.sock --pid-file=/tmp/mysql.pid --skip-networking --log-error=/tmp/mysql.err --general-log --general-log-file=/tmp/mysql.log --log-bin=/tmp/binlog &
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do [ -S /tmp/mysql.sock ] && break; sleep 1; done
	mariadb -u root -S /tmp/mysql.sock -e "create database d; use d; create table t (a int, b text) engine=aria; insert into t select seq, repeat('x',2000) from seq_1_to_20000; set tmp_table_size=1024, max_heap_table_size=16384, sort_buffer_size=32768; select count(*) from (select distinct b, a from t order by b, a) x; select * from t into outfile '/tmp/outfile.txt'; create temporary table u (a int) engine=innodb; create temporary table v (a int) engine=myisam; alter table t add c int; create index i on t(a)"
	mariadb-dump -u root -S /tmp/mysql.sock -r /tmp/dump.sql d
	mkdir -m 777 /tmp/tab
	mariadb-dump -u root -S /tmp/mysql.sock -T /tmp/tab d
	mariadb -u root -S /tmp/mysql.sock --tee=/tmp/tee.txt -e 'select 1'
	mariadb-admin -u root -S /tmp/mysql.sock shutdown
	wait
}

databases() {
	sqlite3 /tmp/app.db 'create table t(a,b); with recursive c(x) as (select 1 union all select x+1 from c where x<200000) insert into t select x, hex(randomblob(30)) from c; pragma temp_store=1; pragma cache_size=10; select count(*) from (select * from t order by b); create index i on t(b); vacuum' '.backup /tmp/backup.db' '.output /tmp/dump.sql' .dump
	sqlite3 /tmp/wal.db 'pragma journal_mode=wal; create table t(a); insert into t values(1)'
	sqlite3 :memory: '.excel' 'select 1'
	sqlite3 :memory: '.once /tmp/once.csv' 'select 1'
	EDITOR=true VISUAL=true sqlite3 :memory: "select edit('x')"
	cd /tmp && stop_after 8 redis-server --port 0 --unixsocket /tmp/redis.sock --dir /tmp --pidfile /tmp/redis.pid --daemonize no --appendonly yes --save 1 1 --logfile /tmp/redis.log & sleep 2
	redis-cli -s /tmp/redis.sock set a b
	redis-cli -s /tmp/redis.sock bgsave
	sleep 1
	redis-cli -s /tmp/redis.sock bgrewriteaof
	redis-cli -s /tmp/redis.sock --rdb /tmp/remote.rdb
	sleep 1
	redis-cli -s /tmp/redis.sock save
	redis-cli -s /tmp/redis.sock shutdown
	wait
	mdb_copy /nonexistent /tmp/lmdb
	printf 'VERSION=3\nformat=print\ntype=btree\nHEADER=END\nDATA=END\n' >l.mdb
	mkdir -p /tmp/lm && mdb_load -f l.mdb /tmp/lm
}
