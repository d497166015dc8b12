"""Does what applications do with Cassandra, past a proxy and through it, and requires the same results. Under the
restricted policy it requires the verdicts of verdicts.json, on the same session.

  python_driver.py SERVER PROXY VERSION COMPRESSION

SERVER and PROXY are addresses. VERSION is a version of the protocol, "any" for the one that is negotiated, or "beta" if that may be a draft;
COMPRESSION is lz4, snappy or none. A line "policy NAME" on standard output asks for another policy; a line on standard
input answers when it is in force.
"""
import json
import logging
import os
import sys
import time

from cassandra import InvalidRequest, Unauthorized
from cassandra.cluster import Cluster
from cassandra.query import BatchStatement, SimpleStatement, tuple_factory

PATIENCE = 20


def main(server, proxy, version, compression):
    with cluster(server, version, compression) as direct, cluster(proxy, version, compression) as proxied:
        past, through = direct.connect(), proxied.connect()
        past.default_timeout = through.default_timeout = 3 * PATIENCE
        require(direct.protocol_version, proxied.protocol_version)
        require(work(past, past), work(through, past))
        secret = through.prepare('SELECT * FROM secret.t WHERE k = ?')
        require([(1, 'kept')], rows(through.execute(secret, (1,))))
        policy('restricted')
        require('select on secret.t', refusal(through.execute, secret, (1,)))
        verdicts(through)
        requests_in_flight(through)
        policy('open')
        require([(1, 'kept')], rows(through.execute(secret, (1,))))
        print('version %d' % proxied.protocol_version, flush=True)


def cluster(address, version, compression):
    host, port = address.split(':')
    named = {'any': {}, 'beta': {'allow_beta_protocol_version': True}}
    more = named[version] if version in named else {'protocol_version': int(version)}
    return Cluster([host], port=int(port), compression=compression != 'none' and compression,
                   schema_event_refresh_window=0, **more)


def policy(name):
    print('policy ' + name, flush=True)
    sys.stdin.readline()


def require(want, got):
    if want != got:
        raise AssertionError('want %.2000r\n got %.2000r' % (want, got))


def rows(result):
    return [tuple(row) for row in result]


def work(session, past):
    """Returns the results of everything that applications do. The session past the proxy changes things in between."""
    session.row_factory = tuple_factory
    session.set_keyspace('e2e')
    session.execute('TRUNCATE t')
    insert = session.prepare('INSERT INTO t (k, c, v) VALUES (?, ?, ?)')
    return [step(session, insert, past) for step in (
        values, long_values, paging, concurrency, batches, tracing, names, failures, definitions, events, unprepared)]


def values(session, insert, _):
    for i in range(20):
        session.execute(insert, (1, i, 'x' * i))
    session.execute(insert, (1, 21, None))
    unset = session.cluster.protocol_version > 3
    session.execute(insert, (1, 22) if unset else (1, 22, None))
    session.execute('INSERT INTO t (k, c, v) VALUES (%s, %s, %s)', (1, 23, "a'b"))
    select = session.prepare('SELECT * FROM t WHERE k = ? AND c > ?')
    return rows(session.execute(select, (1, 10))), rows(session.execute('SELECT JSON * FROM t WHERE k = 1'))


def long_values(session, insert, _):
    session.execute(insert, (2, 1, 'y' * 3000000))
    session.execute('INSERT INTO t (k, c, v) VALUES (%s, %s, %s)', (2, 2, 'z' * 200000))
    return rows(session.execute('SELECT * FROM t WHERE k = 2'))


def paging(session, insert, _):
    result = session.execute(SimpleStatement('SELECT * FROM t WHERE k = 1', fetch_size=7))
    pages = [rows(result.current_rows)]
    while result.has_more_pages:
        result.fetch_next_page()
        pages.append(rows(result.current_rows))
    return pages


def concurrency(session, insert, _):
    written = [session.execute_async(insert, (3, i, 'c%d' % i)) for i in range(300)]
    [future.result() for future in written]
    read = [session.execute_async('SELECT v FROM t WHERE k = 3 AND c = %s', (i,)) for i in range(300)]
    return [rows(future.result()) for future in read]


def batches(session, insert, _):
    batch = BatchStatement()
    batch.add(insert, (4, 1, 'a'))
    batch.add(SimpleStatement("INSERT INTO e2e.t (k, c, v) VALUES (4, 2, 'b')"))
    batch.add('DELETE FROM t WHERE k = %s', (3,))
    session.execute(batch)
    session.execute("BEGIN BATCH INSERT INTO t (k, c, v) VALUES (4, 3, 'a'); "
                    "UPDATE t SET v = 'c' WHERE k = 4 AND c = 1 APPLY BATCH")
    return rows(session.execute('SELECT * FROM t WHERE k IN (3, 4)'))


def tracing(session, insert, _):
    result = session.execute('SELECT * FROM t WHERE k = 4', trace=True)
    return rows(result), result.get_query_trace().request_type


def names(session, insert, _):
    session.execute('INSERT INTO "Quoted" (k, v) VALUES (1, $$a\'b$$)')
    return rows(session.execute('SELECT v FROM e2e."Quoted" /* FROM secret.t */'))


def failures(session, insert, _):
    try:
        return rows(session.execute('SELECT * FROM nosuch'))
    except InvalidRequest as e:
        return str(e)


def definitions(session, insert, _):
    session.execute('DROP TABLE IF EXISTS made')
    session.execute('CREATE TABLE made (k int PRIMARY KEY, v text)')
    session.execute('CREATE INDEX ON made (v)')
    session.cluster.refresh_schema_metadata()
    return session.cluster.metadata.keyspaces['e2e'].tables['made'].export_as_string()


def events(session, insert, past):
    """The server tells sessions of changes that others have made."""
    past.execute('ALTER TABLE e2e.made ADD told text')
    deadline = time.time() + PATIENCE
    while 'told' not in session.cluster.metadata.keyspaces['e2e'].tables['made'].columns:
        if time.time() > deadline:
            raise AssertionError('no event has come')
        time.sleep(0.02)
    session.execute('DROP TABLE made')


def unprepared(session, insert, past):
    """What another way to the server has prepared is unknown to the proxy, and prepared again by the driver."""
    select = past.prepare('SELECT v FROM e2e.t WHERE k = ? AND c = ? LIMIT %d' % (1 + os.getpid()))
    return rows(session.execute(select, (4, 1)))


def verdicts(session):
    with open(os.path.join(os.path.dirname(__file__), 'verdicts.json')) as f:
        for verdict in json.load(f):
            require(verdict.get('refused'), refusal(session.execute, verdict['cql']))
    session.execute('USE secret')
    require('select on secret.t', refusal(session.execute, 'SELECT * FROM t'))
    session.execute('USE e2e')
    require('select on secret.t', refusal(session.prepare, 'SELECT v FROM secret.t WHERE k = ?'))
    insert = session.prepare('INSERT INTO t (k, c, v) VALUES (?, ?, ?)')
    batch = BatchStatement()
    batch.add(insert, (7, 1, 'a'))
    batch.add('INSERT INTO secret.t (k) VALUES (1)')
    require('insert on secret.t', refusal(session.execute, batch))
    require([], rows(session.execute('SELECT * FROM t WHERE k = 7')))


def requests_in_flight(session):
    """Those that are refused do not disturb the others."""
    session.execute("INSERT INTO t (k, c, v) VALUES (9, 9, 'q')")
    keyspaces = ['secret' if i % 3 else 'e2e' for i in range(300)]
    futures = [session.execute_async('SELECT k FROM %s.t WHERE k = 9' % k) for k in keyspaces]
    for keyspace, future in zip(keyspaces, futures):
        if keyspace == 'e2e':
            require([(9,)], rows(future.result()))
        else:
            require('select on secret.t', refusal(future.result))


def refusal(call, *arguments):
    """Returns what the filter says that it has refused, or None."""
    try:
        call(*arguments)
    except Unauthorized as e:
        text = str(e)
        head, tail = 'Error from server: code=2100 [Unauthorized] message="Request Unauthorized: ', '"'
        if not text.startswith(head) or not text.endswith(tail):
            raise
        return text[len(head):-len(tail)]


logging.basicConfig(level=logging.CRITICAL)
main(*sys.argv[1:])
