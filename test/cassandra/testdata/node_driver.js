// Does what applications do with Cassandra and prints the results.
//
//   NODE_PATH=MODULES node node_driver.js ADDRESS VERSION/none
//
// VERSION is a version of the protocol, or "any" for the one that is negotiated.
'use strict';
const cassandra = require('cassandra-driver');
const { types } = cassandra;

const LIMIT = 60000;

function connect(address, form) {
  const [version, compression] = form.split('/');
  if (compression !== 'none') throw new Error('the driver has no compression');
  return new cassandra.Client({
    contactPoints: [address], localDataCenter: 'datacenter1',
    protocolOptions: version === 'any' ? {} : { maxVersion: Number(version) },
    socketOptions: { readTimeout: LIMIT, connectTimeout: LIMIT },
  });
}

const text = value => JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? String(v) : v));

// show prints the rows, or the error.
async function show(client, query, values, options) {
  const name = typeof query === 'string' ? query : 'batch';
  try {
    const result = await (typeof query === 'string' ? client.execute(query, values, options) : client.batch(query, options));
    const { warnings, customPayload, achievedConsistency } = result.info;
    console.log('rows of', name, text({ warnings, customPayload, achievedConsistency, applied: result.wasApplied() }));
    for (const row of result.rows || []) console.log(text(row));
    return result;
  } catch (error) {
    console.log('error of', name, error.name, error.code, error.message.split('\n')[0],
      text(Object.values(error.innerErrors || {}).map(e => e.message)));
  }
}

const steps = {
  async definitions(client) {
    for (const query of [
      'DROP KEYSPACE IF EXISTS drivers',
      "CREATE KEYSPACE drivers WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
      'USE drivers',
      'CREATE TYPE point (x int, y text)',
      'CREATE TABLE t (k int, c int, v text, PRIMARY KEY (k, c))',
      'CREATE TABLE counted (k int PRIMARY KEY, n counter)',
      'CREATE TABLE "Quoted" (k int PRIMARY KEY, v text)',
      'CREATE TABLE kinds (k int PRIMARY KEY, p frozen<point>, m map<text, int>, s set<uuid>, tu tuple<int, text>,'
        + ' d decimal, b blob, du duration, i inet, big bigint, ts timestamp)',
      'CREATE INDEX by_v ON t (v)',
    ]) await show(client, query);
  },

  async values(client) {
    const insert = 'INSERT INTO t (k, c, v) VALUES (?, ?, ?)';
    for (let i = 0; i < 20; i++) await client.execute(insert, [1, i, 'x'.repeat(i)], { prepare: true });
    await client.execute(insert, [1, 21, null], { prepare: true });
    if (client.controlConnection.protocolVersion > 3) {
      await client.execute(insert, [1, 22, types.unset], { prepare: true });
    }
    await client.execute(insert, [1, 23, "a'b"], { hints: ['int', 'int', 'text'] });
    await client.execute('INSERT INTO t (k, c, v) VALUES (:a, :b, :c)', { a: 1, b: 25, c: 'named' }, { prepare: true });
    await show(client, 'SELECT JSON * FROM t WHERE k = 1');
    await show(client, 'SELECT * FROM t WHERE k = ? AND c > ?', [1, 10], { prepare: true });
    await client.execute('INSERT INTO "Quoted" (k, v) VALUES (1, $$a\'b$$)');
    await show(client, 'SELECT v FROM drivers."Quoted" /* FROM hidden.t */');
  },

  async kinds(client) {
    await show(client, 'INSERT INTO kinds (k, p, m, s, tu, d, b, du, i, big, ts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', [
      1, { x: 7, y: 'seven' }, { one: 1 }, [types.Uuid.fromString('00000000-0000-0000-0000-000000000001')],
      new types.Tuple(1, 'a'), types.BigDecimal.fromString('1.50'), Buffer.from([0, 1, 255]),
      types.Duration.fromString('1y2mo3d4h'), types.InetAddress.fromString('::1'), types.Long.fromString('9007199254740993'),
      new Date(0),
    ], { prepare: true });
    await show(client, 'SELECT * FROM kinds');
  },

  async vectors(client) {
    await show(client, 'CREATE TABLE vectors (k int PRIMARY KEY, v vector<float, 3>)');
    await show(client, 'INSERT INTO vectors (k, v) VALUES (?, ?)', [1, new Float32Array([1.5, 2.5, -3.5])], { prepare: true });
    await show(client, 'SELECT * FROM vectors');
  },

  async longValues(client) {
    await client.execute('INSERT INTO drivers.t (k, c, v) VALUES (?, ?, ?)', [2, 2, 'y'.repeat(60000)], { prepare: true });
    await client.execute('CREATE TABLE wide (k int PRIMARY KEY, v text)');
    await client.execute('INSERT INTO wide (k, v) VALUES (1, ?)', ['y'.repeat(3000000)], { prepare: true });
    await client.execute(`INSERT INTO wide (k, v) VALUES (2, '${'z'.repeat(2000000)}')`);
    for (const row of (await client.execute('SELECT * FROM wide')).rows) {
      console.log('long value', row.k, row.v.length, /^(y+|z+)$/.test(row.v));
    }
  },

  async paging(client) {
    let pageState;
    do {
      const page = await client.execute('SELECT * FROM t WHERE k = 1', [], { prepare: true, fetchSize: 7, pageState });
      console.log('page', text(page.rows));
      pageState = page.pageState;
    } while (pageState);
  },

  async inFlight(client) {
    const all = Array.from({ length: 1000 }, (_, i) => i);
    await Promise.all(all.map(i =>
      client.execute('INSERT INTO t (k, c, v) VALUES (?, ?, ?)', [3, i, 'c' + i], { prepare: true })));
    const read = await Promise.all(all.map(i =>
      client.execute('SELECT v FROM t WHERE k = 3 AND c = ?', [i], { hints: ['int'] })));
    console.log('in flight', text(read.map(result => result.rows[0].v)));
  },

  async batches(client) {
    const insert = 'INSERT INTO t (k, c, v) VALUES (?, ?, ?)';
    await show(client, [
      { query: insert, params: [4, 1, 'a'] }, { query: 'DELETE FROM t WHERE k = ?', params: [3] },
    ], [], { prepare: true });
    await show(client, ["INSERT INTO t (k, c, v) VALUES (4, 2, 'b')"], [], { logged: false });
    await show(client, ['UPDATE counted SET n = n + 2 WHERE k = 1'], [], { counter: true });
    const many = Array.from({ length: 100 }, (_, i) => ({ query: insert, params: [100 + i, i, 'v'.repeat(100)] }));
    await show(client, many, [], { prepare: true, logged: false });
    await show(client, 'SELECT * FROM t WHERE k IN (3, 4)');
    await show(client, 'SELECT * FROM counted');
  },

  async transactions(client) {
    for (let i = 0; i < 2; i++) await show(client, "INSERT INTO t (k, c, v) VALUES (6, 1, 'once') IF NOT EXISTS");
    await show(client, "UPDATE t SET v = 'twice' WHERE k = 6 AND c = 1 IF v = ?", ['once'], {
      prepare: true, serialConsistency: types.consistencies.localSerial,
    });
    await show(client, 'SELECT * FROM t WHERE k = 6', [], { consistency: types.consistencies.serial });
  },

  async options(client) {
    for (const consistency of Object.values(types.consistencies)) {
      await show(client, 'SELECT v FROM t WHERE k = 4 AND c = 1', [], { consistency });
    }
    await client.execute("INSERT INTO t (k, c, v) VALUES (7, 1, 'timed')", [], { timestamp: 12345 });
    await show(client, 'SELECT v, writetime(v) FROM t WHERE k = 7');
    await show(client, 'SELECT v FROM counted', [], { keyspace: 'nosuch', prepare: true });
    await show(client, 'SELECT n FROM counted', [], { keyspace: 'drivers', prepare: true });
    if (client.controlConnection.protocolVersion > 3) {
      const customPayload = { anything: Buffer.from([1, 2]) };
      await show(client, 'SELECT v FROM t WHERE k = 4', [], { customPayload });
      await show(client, 'SELECT v FROM t WHERE k = 4', [], { customPayload, prepare: true });
    }
  },

  async tracing(client) {
    const result = await client.execute('SELECT * FROM t WHERE k = 4', [], { traceQuery: true });
    const trace = await client.metadata.getTrace(result.info.traceId);
    console.log('trace of', trace.requestType, trace.parameters.query, trace.events.length > 0);
  },

  async failures(client) {
    for (const query of ['SELECT * FROM nosuch', 'SELEC 1', 'CREATE TABLE t (k int PRIMARY KEY)', 'SELECT * FROM t WHERE c = 1',
      'USE nosuch', '', 'GRANT SELECT ON t TO nobody', 'LIST ROLES', 'SELECT drivers.nosuch(c) FROM t']) await show(client, query);
    await show(client, 'SELECT nothing FROM t', [], { prepare: true });
    await show(client, 'SELECT * FROM t WHERE k = ?', ['text']);
  },

  async metadata(client) {
    const { columns, indexes } = await client.metadata.getTable('drivers', 't');
    console.log('table t', text({ columns, indexes }));
    console.log('type point', text(await client.metadata.getUdt('drivers', 'point')));
    await show(client, 'DESCRIBE KEYSPACES');
    await show(client, 'DESCRIBE TABLE drivers.counted');
  },

  // Statements that the server has forgotten are prepared again.
  async unprepared(client) {
    const select = ['SELECT * FROM counted', [], { prepare: true }];
    await show(client, ...select);
    await show(client, 'DROP TABLE counted');
    await show(client, 'CREATE TABLE counted (k int PRIMARY KEY, v text, w text)');
    await show(client, "INSERT INTO counted (k, v) VALUES (1, 'new')");
    await show(client, ...select);
  },
};

async function main(address, form) {
  const client = connect(address, form);
  await client.connect();
  console.log('version', client.controlConnection.protocolVersion);
  for (const [name, step] of Object.entries(steps)) {
    console.log('step', name);
    await step(client);
  }
  await client.shutdown();
  console.log('done');
}

main(...process.argv.slice(2)).catch(error => {
  console.error(error);
  process.exit(1);
});
