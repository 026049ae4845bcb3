'use strict';

// Who waits for whom. A trigger that waits for a lock of the test's stands for a batch that takes long.

const test = require('node:test');
const assert = require('node:assert/strict');
const { openFeed, Feed, statuses, unique, sql, one, withClient, until } = require('./world');

const GATE = 4711;

// Runs work(open) while each new event with the value 'gate' waits until open() is called.
async function withGate(work) {
  await sql(`CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_advisory_xact_lock_shared(${GATE}); RETURN NEW; END $$;
    CREATE TRIGGER gate BEFORE INSERT ON events FOR EACH ROW WHEN (NEW.value = 'gate') EXECUTE FUNCTION gate()`);
  try {
    await withClient(async (client) => {
      await client.query('SELECT pg_advisory_lock($1)', [GATE]);
      const open = () => client.query('SELECT pg_advisory_unlock($1)', [GATE]);
      await work(open);
      await open();
    });
  } finally {
    await sql('DROP TRIGGER gate ON events; DROP FUNCTION gate');
  }
}

const waiting = (what) =>
  until(() => one(`SELECT count(*)::int FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ILIKE $1`, what), what);

test('a session waits for the batch that is at work, and is told where that got', async () => {
  await withGate(async (open) => {
    const feed = await openFeed('event');
    const batch = feed.post([{ offset: 0, data: { value: 'gate' } }]);
    await waiting('%insert into "events"%');
    const taker = new Feed('event', feed.at);
    const session = taker.open();
    await waiting('%ingest_positions%for update%');
    await open();
    assert.deepEqual(statuses((await batch).body.results), ['created']);
    assert.equal((await session).next_offset, 1);
    assert.equal((await feed.post([{ offset: 1, data: { value: 'x' } }], {}, { first: 1 })).status, 409);
  });
});

test('who waits too long is asked to come again', async () => {
  await withGate(async (open) => {
    const feed = await openFeed('event');
    const batch = feed.post([{ offset: 0, data: { value: 'gate' } }]);
    // The trigger's own wait has the same limit; so it is only there to hold the position for a while.
    await waiting('%insert into "events"%');
    const answer = await batch;
    assert.deepEqual([answer.status, answer.body.error.details.code], [503, 'locked']);
    assert.ok(answer.headers.get('retry-after') > 0);
    await open();
    assert.deepEqual(statuses((await feed.post([{ offset: 0, data: { value: 'gate' } }])).body.results), ['created']);
  });
});

test('an entry that somebody else has locked', async () => {
  const barcode = unique();
  await (await openFeed('product')).send([{ name: 'n', barcode, stock_available: 5 }]);
  const feed = await openFeed('stock');
  const movement = [{ offset: 0, data: { barcode, amount: 1, type: 'IN' } }];
  await withClient(async (client) => {
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM products WHERE barcode = $1 FOR UPDATE', [barcode]);
    const answer = await feed.post(movement);
    assert.deepEqual([answer.status, answer.body.error.details.code], [503, 'locked']);
    await client.query('ROLLBACK');
  });
  assert.deepEqual(statuses((await feed.post(movement)).body.results), ['applied']);
  assert.equal(await one('SELECT stock_available FROM products WHERE barcode = $1', barcode), 6);
});
