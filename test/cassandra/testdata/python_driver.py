"""Does what applications do with Cassandra, through a proxy, with each version of the protocol and each compression.

  drivers.py PROXY SERVER

Both are addresses. Under an open policy everything has to work; under the restricted one of drivers_test.go a fixed set
of statements has to be refused, and the session stays usable. The policy is changed by a line on standard output, which
is answered by a line on standard input.
"""
import logging
import sys

from cassandra import InvalidRequest, Unauthorized
from cassandra.cluster import Cluster
from cassandra.query import BatchStatement, SimpleStatement

FORMS = [(3, False), (3, 'lz4'), (3, 'snappy'), (4, False), (4, 'lz4'), (4, 'snappy'), (5, False), (5, 'lz4'),
         (None, True)]

REFUSED = [
    'SELECT * FROM secret.t',
    'INSERT INTO secret.t (k) VALUES (1)',
    'TRUNCATE t',
    'DROP TABLE secret.t',
    'DROP KEYSPACE secret',
    'CREATE ROLE x',
    'BEGIN BATCH INSERT INTO e2e.t (k, c) VALUES (1, 1) INSERT INTO secret.t (k) VALUES (1) APPLY BATCH',
    'SELECT * FROM secret.t WHERE k = 1 -- from e2e.t\n',
    "SELECT * FROM secret.t WHERE v = ' from e2e.t ' ALLOW FILTERING",
    'CREATE MATERIALIZED VIEW e2e.view AS SELECT * FROM secret.t WHERE k IS NOT NULL PRIMARY KEY (k)',
    'DESCRIBE TABLES',
]


def policy(name):
    print('policy ' + name, flush=True)
    sys.stdin.readline()


def refused(call, *arguments):
    try:
        call(*arguments)
    except Unauthorized as e:
        assert 'Request Unauthorized: ' in str(e), e
        return
    raise AssertionError('not refused: %r' % (arguments,))


def cluster(address, version, compression):
    host, port = address.rsplit(':', 1)
    more = {'protocol_version': version} if version else {}
    return Cluster([host], port=int(port), compression=compression, **more)


def schema(session):
    for keyspace in 'e2e', 'secret':
        session.execute("CREATE KEYSPACE IF NOT EXISTS %s WITH replication = "
                        "{'class': 'SimpleStrategy', 'replication_factor': 1}" % keyspace)
    session.execute('CREATE TABLE IF NOT EXISTS e2e.t (k int, c int, v text, PRIMARY KEY (k, c))')
    session.execute('CREATE TABLE IF NOT EXISTS e2e."Quoted" (k int PRIMARY KEY, v text)')
    session.execute('CREATE TABLE IF NOT EXISTS secret.t (k int PRIMARY KEY, v text)')
    for table in 'e2e.t', 'e2e."Quoted"', 'secret.t':
        session.execute('TRUNCATE ' + table)


def everything_works(session):
    session.set_keyspace('e2e')
    insert = session.prepare('INSERT INTO t (k, c, v) VALUES (?, ?, ?)')
    for i in range(50):
        session.execute(insert, (1, i, 'x' * i))
    session.execute(insert, (1, 51, None))
    long = 'y' * 3000000
    session.execute(insert, (2, 1, long))
    assert session.execute('SELECT v FROM t WHERE k = 2').one().v == long
    session.execute('INSERT INTO t (k, c, v) VALUES (%s, %s, %s)', (3, 1, 'z' * 200000))
    session.default_fetch_size = 7
    assert len(list(session.execute('SELECT * FROM t WHERE k = 1'))) == 51
    futures = [session.execute_async('SELECT v FROM t WHERE k = %s AND c = %s', (1, i)) for i in range(50)]
    assert [f.result().one().v for f in futures] == ['x' * i for i in range(50)]
    batch = BatchStatement()
    batch.add(insert, (5, 1, 'a'))
    batch.add(SimpleStatement("INSERT INTO e2e.t (k, c, v) VALUES (5, 2, 'b')"))
    batch.add('DELETE FROM t WHERE k = %s', (1,))
    session.execute(batch)
    assert len(list(session.execute('SELECT * FROM t WHERE k = 5', trace=True))) == 2
    assert not list(session.execute('SELECT * FROM t WHERE k = 1'))
    session.execute('INSERT INTO "Quoted" (k, v) VALUES (1, $$a\'b$$)')
    assert session.execute('SELECT v FROM e2e."Quoted"').one().v == "a'b"
    session.execute("BEGIN BATCH INSERT INTO t (k, c, v) VALUES (6, 1, 'a'); "
                    "UPDATE t SET v = 'b' WHERE k = 6 AND c = 1 APPLY BATCH")
    try:
        session.execute('SELECT * FROM nosuch')
        raise AssertionError('a table that is none')
    except InvalidRequest:
        pass
    session.cluster.refresh_schema_metadata()
    assert 't' in session.cluster.metadata.keyspaces['e2e'].tables
    return insert


def some_is_refused(session, insert):
    session.execute(insert, (9, 9, 'q'))
    assert session.execute('SELECT v FROM t WHERE k = 9').one().v == 'q'
    for statement in REFUSED:
        refused(session.execute, statement)
    refused(session.prepare, 'SELECT * FROM secret.t WHERE k = ?')
    batch = BatchStatement()
    batch.add(insert, (7, 1, 'a'))
    batch.add('INSERT INTO secret.t (k) VALUES (1)')
    refused(session.execute, batch)
    assert not list(session.execute('SELECT * FROM t WHERE k = 7'))
    keyspaces = ['secret' if i % 3 else 'e2e' for i in range(300)]
    futures = [session.execute_async('SELECT * FROM %s.t WHERE k = 9' % k) for k in keyspaces]
    for i, future in enumerate(futures):
        if i % 3:
            refused(future.result)
        else:
            assert len(list(future.result())) == 1


def run(proxy, server, version, compression):
    policy('open')
    with cluster(proxy, version, compression) as c:
        session = c.connect()
        negotiated = c.protocol_version
        schema(session)
        insert = everything_works(session)
        policy('restricted')
        some_is_refused(session, insert)
    with cluster(proxy, version or negotiated, compression) as c:
        assert c.connect('e2e').execute('SELECT v FROM t WHERE k = 9').one().v == 'q'
    with cluster(server, 4, False) as c:
        assert not list(c.connect().execute('SELECT * FROM secret.t'))
    print('version %s, compression %s: good' % (negotiated, compression), flush=True)


logging.basicConfig(level=logging.CRITICAL)
for form in FORMS:
    run(sys.argv[1], sys.argv[2], *form)
