'use strict';

// What outlives Strapi: killed inside a batch, started without the plugin, with another content type,
// with a table of an older version. The last file, because it restarts the Strapi of the others.

const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { call, openFeed, statuses, unique, sql, one, withClient, until } = require('./world');
const { stack, restart, OVERLAY } = require('./stack');

const SCHEMA = path.join(OVERLAY, 'src/api/strict/content-types/strict/schema.json');
function changeContentType() {
  const schema = JSON.parse(fs.readFileSync(SCHEMA, 'utf8'));
  schema.attributes[`added_${process.pid}`] = { type: 'string' };
  fs.writeFileSync(SCHEMA, JSON.stringify(schema));
}

const positions = () => sql('SELECT * FROM ingest_positions ORDER BY cluster, group_id, topic, partition');
const product = () => ({ name: 'n', barcode: unique() });

test('killed inside a batch, nothing of it is there, and it is done once', async () => {
  const [a, b] = [product(), product()];
  const feed = await openFeed('product');
  const items = [a, b].map((data, offset) => ({ offset, data }));
  await withClient(async (client) => {
    // The batch has inserted its rows, and waits for the second table's lock to store its position.
    await client.query('BEGIN');
    await sql(`CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared(4712); RETURN NULL; END $$;
      CREATE TRIGGER gate AFTER INSERT ON products FOR EACH ROW EXECUTE FUNCTION gate()`);
    await client.query('SELECT pg_advisory_xact_lock(4712)');
    const broken = assert.rejects(feed.post(items));
    await until(() => one("SELECT count(*)::int FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ILIKE '%products%'"), 'the batch');
    stack('kill', 'strapi');
    await broken;
    await client.query('ROLLBACK');
  });
  await sql('DROP TRIGGER gate ON products; DROP FUNCTION gate');
  stack('start', 'strapi');
  const old = feed.epoch;
  assert.equal((await feed.open()).next_offset, null);
  assert.equal(await one('SELECT count(*)::int FROM products WHERE barcode = ANY($1)', [a.barcode, b.barcode]), 0);
  assert.equal((await feed.post(items, { epoch: old })).status, 409);
  assert.deepEqual(statuses((await feed.post(items)).body.results), ['created', 'created']);
  assert.deepEqual(statuses((await feed.post(items, {}, { first: 0 })).body.results), ['skipped', 'skipped']);
  assert.equal(await one('SELECT count(*)::int FROM products WHERE barcode = ANY($1)', [a.barcode, b.barcode]), 2);
});

test('without the plugin for one start, and with a content type changed: the positions stay', async () => {
  const before = await positions();
  assert.ok(before.length > 0);
  restart(() => {
    stack('plugin', 'off');
    changeContentType();
  });
  assert.equal((await call('GET', 'ingest')).status, 404);
  assert.ok([404, 405].includes((await call('POST', 'ingest/session', {})).status));
  assert.deepEqual(await positions(), before);
  restart(() => stack('plugin', 'on'));
  assert.deepEqual(await positions(), before);
  assert.equal((await call('GET', 'ingest')).status, 200);
});

test('a table that lacks a column gets it, and keeps its rows', async () => {
  const feed = await openFeed('product');
  await feed.send([product()]);
  await sql('ALTER TABLE ingest_positions DROP COLUMN member, DROP COLUMN fingerprint');
  restart(changeContentType);
  assert.equal((await feed.open()).next_offset, 1);
  assert.equal(await one('SELECT member FROM ingest_positions WHERE topic = $1', feed.at.topic), 'test');
  const key = await one(`SELECT count(*)::int FROM information_schema.key_column_usage
    WHERE table_name = 'ingest_positions' AND constraint_name LIKE '%pkey'`);
  assert.equal(key, 4);
});
