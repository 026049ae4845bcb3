'use strict';

// The plugin on SQLite. better-sqlite3 has to be compiled, which takes minutes, so it is given from
// outside: INGEST_TEST_SQLITE is a node_modules with it, INGEST_TEST_NODE_MODULES the one with Strapi.

const test = require('node:test');
const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

const { INGEST_TEST_SQLITE: SQLITE, INGEST_TEST_NODE_MODULES: MODULES } = process.env;
const PROJECT = path.resolve(__dirname, '../../../../..');
const TOKEN = 'a-token-for-sqlite';
const at = { cluster: 'c', group: 'g', topic: 't', partition: 0 };

const DATABASE = `module.exports = () => ({
  connection: { client: 'sqlite', connection: { filename: 'data.db' }, useNullAsDefault: true },
});\n`;

function makeProject() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ingest-sqlite-'));
  for (const part of ['src', 'config', 'package.json']) {
    fs.cpSync(path.join(PROJECT, part), path.join(folder, part), { recursive: true });
  }
  fs.writeFileSync(path.join(folder, 'config/database.js'), DATABASE);
  fs.mkdirSync(path.join(folder, 'public/uploads'), { recursive: true });
  fs.mkdirSync(path.join(folder, 'database/migrations'), { recursive: true });
  fs.symlinkSync(MODULES, path.join(folder, 'node_modules'));
  return folder;
}

const freePort = () =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

function start(folder, port) {
  const secrets = Object.fromEntries(
    ['APP_KEYS', 'API_TOKEN_SALT', 'ADMIN_JWT_SECRET', 'TRANSFER_TOKEN_SALT', 'ENCRYPTION_KEY'].map((name) => [name, `of-${name}`]),
  );
  const env = {
    ...process.env, ...secrets, NODE_ENV: 'production', STRAPI_TELEMETRY_DISABLED: 'true', NODE_PATH: SQLITE,
    HOST: '127.0.0.1', PORT: `${port}`, STRAPI_TOKEN: TOKEN,
  };
  return spawn(process.execPath, ['node_modules/@strapi/strapi/bin/strapi.js', 'start'], { cwd: folder, env, stdio: 'ignore' });
}

const stop = (child) =>
  new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill('SIGTERM');
  });

function client(port) {
  return async (method, place, body, type = 'application/json') => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/${place}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': type, connection: 'close' },
      body: typeof body === 'string' || body === undefined ? body : JSON.stringify(body),
    });
    if (answer.status > 201) throw new Error(`${answer.status} ${await answer.text()}`);
    return answer.json();
  };
}

async function ready(call, child) {
  for (const end = Date.now() + 120_000; ; ) {
    try {
      return await call('GET', 'ingest');
    } catch (error) {
      assert.equal(child.exitCode, null, 'Strapi has ended');
      if (Date.now() > end) throw error;
      await new Promise((resolve) => {
        setTimeout(resolve, 100);
      });
    }
  }
}

const statuses = ({ results }) => results.map(({ status }) => status);

test('on SQLite', { skip: !SQLITE || !MODULES }, async () => {
  const folder = makeProject();
  const port = await freePort();
  const call = client(port);
  let child = start(folder, port);
  const send = (epoch, type, first, list, over = {}) => {
    const envelope = { ...at, epoch, content_type: type, first_offset: first, next_offset: first + list.length, ...over };
    const items = list.map((data, i) => ({ offset: first + i, data }));
    return call('POST', 'ingest/batch', [envelope, ...items].map((line) => JSON.stringify(line)).join('\n'), 'application/x-ndjson');
  };
  try {
    assert.deepEqual(Object.keys((await ready(call, child)).types), ['product', 'event', 'stock']);
    const { epoch } = await call('POST', 'ingest/session', at);
    const many = Array.from({ length: 1000 }, (_, i) => ({ name: 'n', barcode: `${i}`, stock_available: 5 }));
    assert.deepEqual(new Set(statuses(await send(epoch, 'product', 0, many))), new Set(['created']));
    const mixed = [{ name: 'x', barcode: '0' }, { name: 5, barcode: '1' }, { name: 'a\0', barcode: '2' }, { name: 'n', barcode: '3' }];
    assert.deepEqual(statuses(await send(epoch, 'product', 1000, mixed)), ['updated', 'rejected', 'rejected', 'unchanged']);
    const moves = [['0', 9, 'IN'], ['0', 15, 'OUT'], ['none', 1, 'IN']].map(([barcode, amount, type]) => ({ barcode, amount, type }));
    assert.deepEqual(statuses(await send(epoch, 'stock', 1004, moves)), ['applied', 'rejected', 'missing']);
    await stop(child);
    child = start(folder, port);
    await ready(call, child);
    const session = await call('POST', 'ingest/session', at);
    assert.deepEqual([session.next_offset, session.rejects.map(({ offset }) => offset)], [1006, [1001, 1002, 1005]]);
    assert.deepEqual(statuses(await send(session.epoch, 'stock', 1004, moves.slice(0, 2))), ['skipped', 'rejected']);
    const { data } = await call('GET', 'products?filters[barcode][$eq]=0');
    assert.deepEqual([data[0].name, data[0].stock_available], ['x', 14]);
  } finally {
    await stop(child);
    fs.rmSync(folder, { recursive: true });
  }
});
