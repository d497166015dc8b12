#!/usr/bin/env bash
# Has cqlsh do what people do with it, and prints what it prints, without times, ids and rates.
#
#   PYTHONPATH=CQLSH:DRIVER cqlsh.sh ADDRESS VERSION/none
#
# VERSION is a version of the protocol, or "any" for the one that is negotiated.
set -euo pipefail
address=$1 version=${2%/none}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# cqlsh runs what standard input has; it goes on after an error, and its exit code is then 2.
cqlsh() {
	local options=(--connect-timeout 60 --request-timeout 60 --no-color)
	[ "$version" = any ] || options+=(--protocol-version "$version")
	python3 -m cqlshlib "${options[@]}" "$@" "${address%:*}" "${address#*:}" 2>&1 || [ $? = 2 ]
}

# constant takes out what no two runs have in common: rows of traces, their ids, how long a copy has taken.
constant() {
	sed -E -e '/\| +(-|[0-9]+) \| +127\.0\.0\.1$/d' -e 's/^(Tracing session: ).*/\1ID/' \
		-e '/^ *activity +\|/d' -e '/^-+\+-[-+]*$/d' -e '/^Processed: /d' -e 's/ in [0-9.]+ seconds?/ in TIME/' \
		-e "s#$work#WORK#g"
}

{
	echo "version $version"
	cqlsh <<-'CQL'
		DROP KEYSPACE IF EXISTS drivers;
		CREATE KEYSPACE drivers WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
		USE drivers;
		CREATE TYPE point (x int, y text);
		CREATE TABLE t (k int, c int, v text, PRIMARY KEY (k, c));
		CREATE TABLE "Quoted" (k int PRIMARY KEY, p frozen<point>, m map<text, int>, b blob, d decimal);
		CREATE INDEX by_v ON t (v);
		CREATE MATERIALIZED VIEW by_c AS SELECT * FROM t WHERE k IS NOT NULL AND c IS NOT NULL PRIMARY KEY (c, k);
		INSERT INTO t (k, c, v) VALUES (1, 1, 'a;b''c');
		INSERT INTO t (k, c, v) VALUES (1, 2, $$a'b$$);
		INSERT INTO "Quoted" (k, p, m, b, d) VALUES (1, {x: 7, y: 'seven'}, {'one': 1}, 0x00ff, 1.50);
		BEGIN BATCH INSERT INTO t (k, c, v) VALUES (2, 1, 'x'); UPDATE t SET v = 'y' WHERE k = 2 AND c = 1; APPLY BATCH;
		INSERT INTO t (k, c, v) VALUES (1, 1, 'again') IF NOT EXISTS;
		SELECT * FROM t;
		SELECT JSON * FROM drivers."Quoted";
		PAGING 2;
		SELECT * FROM t WHERE k = 1;
		EXPAND ON;
		SELECT * FROM t WHERE v = 'y';
		EXPAND OFF;
		CONSISTENCY QUORUM;
		SERIAL CONSISTENCY LOCAL_SERIAL;
		SELECT count(*) FROM t;
		CONSISTENCY TWO;
		SELECT * FROM t;
		CONSISTENCY ONE;
		TRACING ON;
		SELECT v FROM t WHERE k = 2;
		TRACING OFF;
		SELECT * FROM nosuch;
		SELEC 1;
		LIST ROLES;
		SHOW VERSION;
	CQL
	for what in KEYSPACES TABLES TYPES FUNCTIONS 'KEYSPACE drivers' 'TABLE drivers.t' 'TYPE drivers.point' \
		'INDEX drivers.by_v' 'MATERIALIZED VIEW drivers.by_c' 'TABLE drivers.nosuch' 'drivers."Quoted"' SCHEMA CLUSTER; do
		echo "DESCRIBE $what"
		cqlsh -k drivers -e "DESCRIBE $what"
	done
	for i in $(seq 500); do echo "$i,1,value $i"; done >"$work/in.csv"
	cqlsh -e "TRUNCATE drivers.t; COPY drivers.t (k, c, v) FROM '$work/in.csv' WITH NUMPROCESSES = 2;
		SELECT count(*) FROM drivers.t; COPY drivers.t (k, c, v) TO '$work/out.csv' WITH NUMPROCESSES = 2"
	sort "$work/out.csv" | cksum
	sort "$work/in.csv" | cksum
} | constant
echo done
