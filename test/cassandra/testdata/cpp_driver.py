"""Does what applications do with Cassandra, with the driver in C++ that acsylla binds, and prints the results.

  PYTHONPATH=ACSYLLA cpp_driver.py ADDRESS VERSION/none

VERSION is a version of the protocol, or "any" for the one that is negotiated.
"""
import asyncio
import sys

import acsylla

LIMIT = 60


def connect(address, form):
    version, compression = form.split('/')
    if compression != 'none':
        raise ValueError('the driver has no compression')
    host, port = address.split(':')
    options = {} if version == 'any' else {'protocol_version': int(version)}
    return acsylla.create_cluster([host], port=int(port), connect_timeout=LIMIT, request_timeout=LIMIT,
                                  log_level='disabled', **options)


async def ask(session, statement, name):
    """Prints the rows, or the error, and returns the result."""
    try:
        result = await session.execute(statement)
    except Exception as error:
        print('error of', name, type(error).__name__, error)
        return None
    print('rows of', name, result.count())
    for row in result:
        print(row.as_dict())
    return result


async def show(session, query):
    return await ask(session, acsylla.create_statement(query), query)


async def definitions(session):
    for query in (
            'DROP KEYSPACE IF EXISTS drivers',
            "CREATE KEYSPACE drivers WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
            'USE drivers',
            'CREATE TABLE t (k int, c int, v text, PRIMARY KEY (k, c))',
            'CREATE TABLE counted (k int PRIMARY KEY, n counter)',
            'CREATE TABLE "Quoted" (k int PRIMARY KEY, v text)',
            'CREATE TABLE kinds (k int PRIMARY KEY, m map<text, int>, l list<int>, b blob, d double, u uuid)'):
        await show(session, query)


def bound(prepared, *values):
    statement = prepared.bind()
    statement.bind_list(list(values))
    return statement


async def values(session):
    insert = await session.create_prepared('INSERT INTO drivers.t (k, c, v) VALUES (?, ?, ?)')
    for i in range(20):
        await session.execute(bound(insert, 1, i, 'x' * i))
    await session.execute(bound(insert, 1, 21, None))
    simple = acsylla.create_statement("INSERT INTO drivers.t (k, c, v) VALUES (1, ?, 'simple')", parameters=1)
    simple.bind(0, 22)
    await ask(session, simple, 'simple')
    named = (await session.create_prepared('INSERT INTO drivers.t (k, c, v) VALUES (:k, :c, :v)')).bind()
    named.bind_dict({'k': 1, 'c': 23, 'v': "a'b"})
    await ask(session, named, 'named')
    await show(session, 'SELECT JSON * FROM drivers.t WHERE k = 1')
    select = await session.create_prepared('SELECT * FROM drivers.t WHERE k = ? AND c > ?')
    await ask(session, bound(select, 1, 10), 'prepared')
    await show(session, 'INSERT INTO drivers."Quoted" (k, v) VALUES (1, $$a\'b$$)')
    await show(session, 'SELECT v FROM drivers."Quoted" /* FROM hidden.t */')
    await show(session, "INSERT INTO drivers.kinds (k, m, l, b, d, u) VALUES (1, {'one': 1}, [1, 2], 0x00ff, 1.50, "
                        '00000000-0000-0000-0000-000000000001)')
    await show(session, 'SELECT * FROM drivers.kinds')


async def paging(session):
    statement = acsylla.create_statement('SELECT c FROM drivers.t WHERE k = 1', page_size=7)
    while True:
        result = await ask(session, statement, 'page')
        if not result.has_more_pages():
            return
        statement.set_page_state(result.page_state())


async def long_values(session):
    await show(session, 'CREATE TABLE drivers.wide (k int PRIMARY KEY, v text)')
    insert = await session.create_prepared('INSERT INTO drivers.wide (k, v) VALUES (?, ?)')
    await session.execute(bound(insert, 1, 'y' * 3000000))
    await session.execute(acsylla.create_statement("INSERT INTO drivers.wide (k, v) VALUES (2, '%s')" % ('z' * 2000000)))
    for row in await session.execute(acsylla.create_statement('SELECT * FROM drivers.wide')):
        print('long value', row.k, len(row.v))


async def in_flight(session):
    insert = await session.create_prepared('INSERT INTO drivers.t (k, c, v) VALUES (?, ?, ?)')
    await asyncio.gather(*(session.execute(bound(insert, 3, i, 'c%d' % i)) for i in range(1000)))
    select = await session.create_prepared('SELECT v FROM drivers.t WHERE k = 3 AND c = ?')
    read = await asyncio.gather(*(session.execute(bound(select, i)) for i in range(1000)))
    print('in flight', [result.first().v for result in read])


async def batches(session):
    insert = await session.create_prepared('INSERT INTO drivers.t (k, c, v) VALUES (?, ?, ?)')
    logged = acsylla.create_batch_logged()
    logged.add_statement(bound(insert, 4, 1, 'a'))
    logged.add_statement(acsylla.create_statement('DELETE FROM drivers.t WHERE k = 3'))
    counters = acsylla.create_batch_counter()
    counters.add_statement(acsylla.create_statement('UPDATE drivers.counted SET n = n + 2 WHERE k = 1'))
    many = acsylla.create_batch_unlogged()
    for i in range(100):
        many.add_statement(bound(insert, 100 + i, i, 'v' * 100))
    for batch in logged, counters, many:
        print('batch', (await session.execute_batch(batch)).count())
    await show(session, 'SELECT * FROM drivers.t WHERE k IN (3, 4)')
    await show(session, 'SELECT * FROM drivers.counted')


async def transactions(session):
    for _ in range(2):
        await show(session, "INSERT INTO drivers.t (k, c, v) VALUES (6, 1, 'once') IF NOT EXISTS")
    update = bound(await session.create_prepared("UPDATE drivers.t SET v = 'twice' WHERE k = 6 AND c = 1 IF v = ?"), 'once')
    update.set_serial_consistency(acsylla.Consistency.LOCAL_SERIAL)
    await ask(session, update, 'conditional')
    await show(session, 'SELECT * FROM drivers.t WHERE k = 6')


async def options(session):
    for consistency in acsylla.Consistency:
        statement = acsylla.create_statement('SELECT v FROM drivers.t WHERE k = 4', consistency=consistency)
        await ask(session, statement, consistency.name)
    timed = acsylla.create_statement("INSERT INTO drivers.t (k, c, v) VALUES (7, 1, 'timed')")
    timed.set_timestamp(12345)
    await session.execute(timed)
    await show(session, 'SELECT v, writetime(v) FROM drivers.t WHERE k = 7')
    traced = acsylla.create_statement('SELECT * FROM drivers.t WHERE k = 4')
    traced.set_tracing(True)
    result = await ask(session, traced, 'traced')
    print('traced', bool(result.tracing_id))


async def failures(session):
    for query in ('SELECT * FROM drivers.nosuch', 'SELEC 1', 'CREATE TABLE drivers.t (k int PRIMARY KEY)',
                  'SELECT * FROM drivers.t WHERE c = 1', 'USE nosuch', '', 'GRANT SELECT ON drivers.t TO nobody', 'LIST ROLES'):
        await show(session, query)
    try:
        await session.create_prepared('SELECT nothing FROM drivers.t')
    except Exception as error:
        print('error of prepare', type(error).__name__, error)


async def main(address, form):
    session = await connect(address, form).create_session()
    for step in definitions, values, paging, long_values, in_flight, batches, transactions, options, failures:
        print('step', step.__name__)
        await step(session)
    await session.close()
    print('done')


asyncio.run(main(*sys.argv[1:]))
