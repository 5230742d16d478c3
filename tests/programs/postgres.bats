#!/usr/bin/env bats
# postgres.bats: a cluster of PostgreSQL below the temporary directory is what its user means to
# keep, and a server that outlives its starter keeps what it needs. DESIGN 2, 4, 14.

# shellcheck disable=SC2030,SC2031,SC2034,SC2153 # bats' variables and the helper's
load harness

# PostgreSQL will not run as root. An ordinary user gets at neither a closed checkout nor TMPDIR.
setup() {
	local name

	begin_test
	uses initdb:postgresql setpriv:util-linux
	need pg_ctl psql
	BOUND=60
	RUN_OPTIONS=(-q)
	make_bystanders
	PLACE=$(mktemp -d /tmp/tgp.XXXXXX)
	for name in "$SHIM" "$TMPGUARD" "$BUILD/tmpguard-janitor"; do
		cp "$name" "$PLACE"
	done
	SHIM=$PLACE/libtmpguard.so
	TMPGUARD=$PLACE/tmpguard
	AS_USER=()
	if [ "$(id -u)" = 0 ]; then
		chown 65534:65534 "$PLACE" "$TMPDIR"
		AS_USER=(setpriv --reuid=65534 --regid=65534 --clear-groups --)
		BASE=.tmpguard-65534
	fi
	SNAPSHOT=$(snapshot "$TMPDIR")
	CLUSTER=$TMPDIR/cluster
	declare_left cluster
	export PLACE CLUSTER HOME=/nonexistent LC_ALL=C TZ=UTC PGHOST=$TMPDIR PGUSER=owner PGDATABASE=postgres
}

teardown() {
	local status=0

	# shellcheck disable=SC2046 # pids
	nobody_serves || kill -QUIT $(servers) || true # what a failed test left
	wait_until 10 nobody_serves || true
	rm -rf "$PLACE"
	end_test || status=$?
	[[ $status != 0 || ${BATS_TEST_COMPLETED:-} != 1 ]] || row - - - 0
	return "$status"
}

plain() {
	timeout -k 1 "$BOUND" "${AS_USER[@]}" "$@"
}

shimmed() {
	timeout -k 1 "$BOUND" "${AS_USER[@]}" env LD_PRELOAD="$SHIM" "$@"
}

guarded() {
	timeout -k 1 "$BOUND" "${AS_USER[@]}" "$TMPGUARD" run "${RUN_OPTIONS[@]}" -- "$@"
}

# The pids of the cluster's processes.
servers() {
	find /proc -maxdepth 2 -path '/proc/[0-9]*/cwd' -lname "$CLUSTER" 2>/dev/null | tr -dc '0-9\n'
}

nobody_serves() {
	[ -z "$(servers)" ]
}

make_cluster() { # WAY
	"$1" initdb -D "$CLUSTER" -U owner -A trust -E UTF8 --locale=C --data-checksums --no-sync
}

# The server says nothing on our descriptors, and is not kept by them.
start_server() { # WAY
	"$1" pg_ctl -D "$CLUSTER" -l "$PLACE/log" -w -t "$BOUND" -o "-k $TMPDIR -c listen_addresses='' -F" start \
		</dev/null >"$PLACE/said" 2>&1 3>&- || fail "$(cat "$PLACE/said" "$PLACE/log")"
}

# Below us, where a killed server does not stay a zombie: it would be taken for alive.
start_below() { # WAY
	start "$1" postgres -D "$CLUSTER" -k "$TMPDIR" -c listen_addresses= -F >"$PLACE/said" 2>&1
	wait_until "$BOUND" accepts || fail "$(cat "$PLACE/said")"
}

accepts() {
	query plain 'SELECT 1' >/dev/null 2>&1
}

stop_server() { # WAY
	"$1" pg_ctl -D "$CLUSTER" -w -m fast stop >/dev/null
}

query() { # WAY SQL
	"$1" psql -X -At -v ON_ERROR_STOP=1 -c "$2"
}

# Work that spills to disk and shares memory between processes.
work() { # WAY
	query "$1" "CREATE TABLE t AS SELECT i, (i * 7919) % 20011 AS j FROM generate_series(1, 20000) i;
		SET work_mem = '64kB'; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
		SET min_parallel_table_scan_size = 0; SET log_temp_files = 0;
		CREATE TEMP TABLE u AS SELECT i, md5(j::text) AS h FROM t ORDER BY h;
		SELECT count(*), sum(i), min(i) FROM t; SELECT i FROM u ORDER BY h DESC, i LIMIT 3;
		CREATE INDEX ON t (j)" &&
		query "$1" 'VACUUM FULL t' # which may not be in a transaction with the rest
}

names_of_cluster() {
	(cd "$CLUSTER" && find . -printf '%p %y %m\n' | sort)
}

# Beside the bystanders and the cluster, nothing.
only_cluster() {
	[ "$(snapshot "$TMPDIR" | grep -v '^cluster')" = "$SNAPSHOT" ]
}

wait_until_only_cluster() {
	wait_until 10 only_cluster || fail "beside the cluster: $(ls -A "$TMPDIR")"
}

@test "PostgreSQL: a cluster that initdb made below the temporary directory stays, whole" {
	local way said names

	for way in plain shimmed guarded; do
		hear make_cluster "$way"
		[[ $SAID == *"status 0" ]] || fail "$SAID"
		assert_equal "$way: what initdb says" "${said:=$SAID}" "$SAID"
		wait_until_only_cluster
		assert_stays exists "$CLUSTER/PG_VERSION"
		assert_equal "$way: what is in the cluster" "${names:=$(names_of_cluster)}" "$(names_of_cluster)"
		run -0 plain pg_checksums --check -D "$CLUSTER"
		start_server plain
		run -0 query plain 'SELECT count(*) > 50 FROM pg_class'
		assert_equal "$way: the answer" t "$output"
		stop_server plain
		rm -r "$CLUSTER"
	done
}

@test "PostgreSQL: a cluster in the private TMPDIR goes with it" {
	# shellcheck disable=SC2016 # the TMPDIR that is meant is the one inside
	run -0 guarded sh -ec 'initdb -D "$TMPDIR/cluster" -A trust --no-sync >/dev/null; test -e "$TMPDIR/cluster/PG_VERSION"; echo made'
	assert_equal "output" made "$output"
	wait_until_only_bystanders
}

@test "PostgreSQL: a server that outlives its starter works, stops, and is started again" {
	local way said

	for way in plain shimmed guarded; do
		make_cluster plain >/dev/null
		start_server "$way"
		# pg_ctl has ended: what it started goes on.
		assert_stays exists "$TMPDIR/.s.PGSQL.5432" "$TMPDIR/.s.PGSQL.5432.lock" "$CLUSTER/postmaster.pid"
		hear work "$way"
		[[ $SAID == *"20000|200010000|1"*"status 0" ]] || fail "$SAID"
		assert_equal "$way: what the server answers" "${said:=$SAID}" "$SAID"
		stop_server "$way"
		wait_until_only_cluster
		run -0 plain pg_checksums --check -D "$CLUSTER"
		start_server plain
		run -0 query plain 'SELECT count(*) FROM t'
		assert_equal "$way: rows" 20000 "$output"
		stop_server plain
		rm -r "$CLUSTER"
	done
}

@test "PostgreSQL: a server killed by SIGKILL recovers: its cluster, socket and lock are there" {
	local way pid

	for way in plain shimmed guarded; do
		make_cluster plain >/dev/null
		start_below "$way"
		query plain 'CREATE TABLE t AS SELECT generate_series(1, 5000) AS i' >/dev/null
		pid=$(head -n 1 "$CLUSTER/postmaster.pid")
		kill -KILL "$pid"
		wait "$PID" || true
		wait_until 10 nobody_serves || fail "the server's processes did not end"
		assert_stays exists "$TMPDIR/.s.PGSQL.5432" "$TMPDIR/.s.PGSQL.5432.lock" "$CLUSTER/postmaster.pid"
		start_server plain
		run -0 query plain 'SELECT sum(i) FROM t'
		assert_equal "$way: the sum" 12502500 "$output"
		stop_server plain
		wait_until_only_cluster
		rm -r "$CLUSTER"
	done
}
