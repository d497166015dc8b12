#!/usr/bin/env bash
# Has dsbulk load and unload a table, and prints what it prints, without times and rates.
#
#   PYTHONPATH=CQLSH:DRIVER DSBULK=JARS dsbulk.sh ADDRESS VERSION/COMPRESSION
#
# VERSION is a version of the protocol, or "any" for the one that is negotiated.
set -euo pipefail
address=$1 version=${2%/*} compression=${2#*/}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cqlsh() {
	python3 -m cqlshlib --connect-timeout 60 --request-timeout 60 --no-color "${address%:*}" "${address#*:}" -e "$1"
}

# dsbulk ends with the code 0 where all has been done, and 1 where some rows were refused.
dsbulk() {
	local code=0 operation=$1 options=()
	shift
	[ "$version" = any ] || options+=(--datastax-java-driver.advanced.protocol.version "V$version")
	${JAVA_HOME:+$JAVA_HOME/bin/}java -cp "$DSBULK/*" com.datastax.oss.dsbulk.runner.DataStaxBulkLoader "$operation" \
		-h "[\"$address\"]" -dc datacenter1 -logDir "$work/log" --log.verbosity quiet \
		--datastax-java-driver.advanced.protocol.compression "$compression" \
		--datastax-java-driver.basic.request.timeout "60 seconds" "${options[@]}" "$@" || code=$?
	echo "$operation ended with $code"
}

echo "version $version"
cqlsh "DROP KEYSPACE IF EXISTS drivers;
	CREATE KEYSPACE drivers WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1};
	CREATE TABLE drivers.t (k int, c int, v text, PRIMARY KEY (k, c));
	CREATE TABLE drivers.counted (k int PRIMARY KEY, n counter)"
{
	echo k,c,v
	for i in $(seq 3000); do echo "$((i % 7)),$i,\"value, $i\""; done
} >"$work/t.csv"
dsbulk load -k drivers -t t -url "$work/t.csv"
dsbulk unload -k drivers -t t | sort | cksum
dsbulk unload -query 'SELECT c, v FROM drivers.t WHERE k = 3' | sort
printf 'k,n\n1,2\n1,3\n2,5\n' >"$work/counted.csv"
dsbulk load -query 'UPDATE drivers.counted SET n = n + :n WHERE k = :k' -url "$work/counted.csv"
dsbulk unload -k drivers -t counted | sort
printf 'k,c\n3,3\n3,10\n' >"$work/deleted.csv"
dsbulk load -query 'DELETE FROM drivers.t WHERE k = :k AND c = :c' -url "$work/deleted.csv"
printf 'k,c,v\n1,notanumber,x\n1,1,y\n' >"$work/wrong.csv"
dsbulk load -k drivers -t t -url "$work/wrong.csv" --log.maxErrors 10
dsbulk unload -k drivers -t t | sort | cksum
dsbulk unload -k drivers -t nosuch
echo done
