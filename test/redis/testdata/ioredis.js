// Uses ioredis with a server, and prints what comes of it.
//
//   NODE_PATH=MODULES node ioredis.js ADDRESS MODE
//
// MODE is 2 or 3, the version of RESP, or "cluster".
'use strict';
const Redis = require('ioredis');

const [address, mode] = process.argv.slice(2);
const [host, port] = [address.slice(0, address.lastIndexOf(':')), Number(address.slice(address.lastIndexOf(':') + 1))];
const cluster = mode === 'cluster';

function connect() {
  const options = { retryStrategy: null, maxRetriesPerRequest: 2, showFriendlyErrorStack: false };
  if (cluster) return new Redis.Cluster([{ host, port }], { redisOptions: options, clusterRetryStrategy: null });
  if (mode === '3') Object.assign(options, { replyMapping: 'resp3' });
  return new Redis({ host, port, protocol: Number(mode), ...options });
}

const text = value => JSON.stringify(value, (_, v) => (
  v instanceof Error || v && v.name === 'ReplyError' ? `${v.name}: ${v.message}`
    : v && v.type === 'Buffer' ? Buffer.from(v.data).toString('hex') : v));

async function say(what, use) {
  try {
    console.log(what, text(await use()));
  } catch (error) {
    console.log(what, error.name, error.message, text(error.previousErrors));
  }
}

async function values(c) {
  await say('set', () => c.set('public:a', 1, 'EX', 100));
  await say('get', () => c.get('public:a'));
  await say('get none', () => c.get('public:none'));
  await say('get secret', () => c.get('secret'));
  await say('set secret', () => c.set('secret', 'x'));
  await say('incr', () => c.incrby('public:a', 41));
  await say('binary', async () => [await c.set('public:b', Buffer.from('00ff0d0a24310d0a', 'hex')), await c.getBuffer('public:b')]);
  await say('long', async () => [await c.set('public:long', 'x'.repeat(1 << 20)), (await c.get('public:long')).length]);
  await say('hash', async () => [await c.hset('public:h', { f: 'v', g: 'w' }), await c.hgetall('public:h'), await c.hmget('public:h', 'f', 'z')]);
  await say('list', async () => [await c.rpush('public:l', 'a', 'b', 'c'), await c.lrange('public:l', 0, -1), await c.lpos('public:l', 'b')]);
  await say('set of words', async () => [await c.sadd('public:s', 'a', 'b'), (await c.smembers('public:s')).sort()]);
  await say('sorted set', async () => [await c.zadd('public:z', 1.5, 'm', 2, 'n'), await c.zrange('public:z', 0, -1, 'WITHSCORES'), await c.zscore('public:z', 'm')]);
  await say('stream', async () => [
    await c.xadd('public:x', '1-1', 'f', 'v'), await c.xgroup('CREATE', 'public:x', 'g', '0'),
    await c.xreadgroup('GROUP', 'g', 'STREAMS', 'COUNT', 1, 'STREAMS', 'public:x', '>'), await c.xack('public:x', 'g', '1-1'),
    await c.xread('COUNT', 2, 'STREAMS', 'public:x', '0')]);
  await say('wrong type', () => c.lpop('public:a'));
  await say('unknown', () => c.call('NOCOMMAND', 'x'));
  await say('too few', () => c.call('GET'));
}

async function together(c) {
  await say('pipeline', () => c.pipeline().incr('public:a').get('secret').hgetall('public:h').lpop('public:a').exec());
  await say('transaction', () => c.multi().incr('public:a').get('public:a').exec());
  await say('transaction with a secret', () => c.multi().incr('public:a').set('secret', 'x').exec());
  await say('get', () => c.get('public:a'));
  await say('script', () => c.eval('return {KEYS[1], ARGV[1], {1, 2}}', 1, 'public:a', 'x'));
  c.defineCommand('twice', { numberOfKeys: 1, lua: "return redis.call('INCRBY', KEYS[1], 2 * ARGV[1])" });
  await say('script by its digest', async () => [await c.twice('public:a', 1), await c.twice('public:a', 2)]);
}

async function subscriptions(c) {
  const s = connect();
  let heard;
  const message = new Promise(resolve => { heard = resolve; });
  s.on('message', (...m) => heard(m));
  s.on('error', () => {});
  await say('subscribe', () => s.subscribe('public:news'));
  // In a cluster, the number of those who hear it depends on the node.
  await say('publish', async () => [await c.publish('public:news', 'hello')].filter(() => !cluster));
  await say('message', () => Promise.race([message, new Promise(r => setTimeout(r, 1000, 'none'))]));
  await say('unsubscribe', () => s.unsubscribe('public:news'));
  s.disconnect();
}

async function single(c) {
  await say('watch', async () => {
    const other = connect();
    try {
      await c.watch('public:a');
      await other.incr('public:a');
      return await c.multi().get('public:a').exec();
    } finally {
      other.disconnect();
    }
  });
  await say('blocking', async () => {
    const other = connect();
    try {
      const popped = other.blpop('public:queue', 5);
      await c.rpush('public:queue', 'job');
      return await popped;
    } finally {
      other.disconnect();
    }
  });
  await say('mget', () => c.mget('public:a', 'public:none'));
  await say('database', async () => [await c.select(1), await c.get('public:a'), await c.select(0)]);
  await say('scan', async () => {
    const keys = [];
    for await (const page of c.scanStream({ match: 'public:*' })) keys.push(...page);
    return keys.sort();
  });
  await say('config', () => c.config('GET', 'maxmemory'));
  await say('flush', () => c.flushdb());
}

async function main() {
  const c = connect();
  await values(c);
  await together(c);
  await subscriptions(c);
  if (!cluster) await single(c);
  if (cluster) {
    for (let i = 0; i < 20; i++) await say(`key ${i}`, async () => [await c.set(`public:${i}`, i), await c.get(`public:${i}`)]);
    await say('asked', async () => [await c.set('public:{moving}', 'm'), await c.get('public:{moving}')]);
  }
  c.disconnect();
  console.log('done');
}

main();
