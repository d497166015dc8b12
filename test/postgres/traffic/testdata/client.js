// Prints what node-pg gets from a server.
const { Client } = require('pg');

const [host, port, mode] = process.argv.slice(2);

async function attempt(name, work) {
  const client = new Client({ host, port: Number(port), user: 'scram', password: 'p', database: 'postgres' });
  await client.connect();
  try {
    console.log(name, JSON.stringify(await work(client)));
  } catch (err) {
    console.log(name, err.code);
    await client.query('ROLLBACK');
    console.log('  still', JSON.stringify((await client.query('SELECT id FROM public.item WHERE id = $1', [1])).rows));
  }
  await client.end();
}

async function transaction(client, text) {
  await client.query('BEGIN');
  await client.query("INSERT INTO public.item VALUES (900, 'partial')");
  await client.query(text);
  await client.query('ROLLBACK');
}

async function main() {
  if (mode === 'all') {
    await attempt('simple', async (c) => (await c.query('SELECT count(*) FROM public.item')).rows);
    await attempt('extended', async (c) => (await c.query('SELECT name FROM public.item WHERE id = $1', [3])).rows);
    await attempt('prepared', async (c) => {
      const rows = [];
      for (let n = 1; n < 5; n++) rows.push((await c.query({ name: 's', text: 'SELECT name FROM public.item WHERE id = $1', values: [n] })).rows);
      return rows;
    });
    await attempt('many', async (c) => (await c.query('SELECT 1 AS a; SELECT 2 AS b')).map((r) => r.rows));
    await attempt('transaction', (c) => transaction(c, 'SELECT 1'));
    await attempt('error', (c) => c.query('SELECT nothing'));
  } else {
    await attempt('simple', async (c) => (await c.query('SELECT word FROM public.secret')).rows);
    await attempt('extended', async (c) => (await c.query('SELECT word FROM public.secret WHERE id = $1', [1])).rows);
    await attempt('prepared', async (c) => (await c.query({ name: 's', text: 'SELECT word FROM public.secret WHERE id = $1', values: [1] })).rows);
    await attempt('transaction', (c) => transaction(c, 'DELETE FROM public.secret'));
  }
}

main();
