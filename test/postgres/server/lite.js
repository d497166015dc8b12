// Runs PGlite on a port of 127.0.0.1, and says when it serves.
const {PGlite} = require('@electric-sql/pglite');
const {PGLiteSocketServer} = require('@electric-sql/pglite-socket');

(async () => {
  const server = new PGLiteSocketServer({db: await PGlite.create(), host: '127.0.0.1', port: Number(process.argv[2]), maxConnections: 20});
  await server.start();
  console.log('ready');
})();
