'use strict';

// Epochs, positions, confirmation: who may write, from where, and what is remembered.

const test = require('node:test');
const assert = require('node:assert/strict');
const { call, openFeed, Feed, statuses, codes, unique, sql, one, env } = require('./world');

const product = (over) => ({ name: 'n', barcode: unique(), ...over });
const bad = () => ({ name: 5, barcode: unique() });
const codeOf = ({ status, body }) => `${status} ${body.error.details.code}`;

test('GET says what can be used, and why the rest cannot', async () => {
  const { status, body } = await call('GET', 'ingest');
  assert.equal(status, 200);
  assert.deepEqual(body.limits, { items: 1000, bytes: 2_000_000, rejects: 20 });
  assert.equal(body.api, 1);
  assert.equal(body.strapi, Number(env.STACK_KIND[0]));
  const says = (name, expected, ...some) => {
    const { fields, ...type } = body.types[name];
    assert.deepEqual(type, expected);
    assert.deepEqual(some.filter((field) => !fields.includes(field)), []);
  };
  const products = { uid: 'api::product.product', key: 'barcode' };
  says('product', { effect: 'upsert', ...products }, 'name', 'barcode', 'stock_available');
  says('event', { effect: 'append', uid: 'api::event.event' }, 'value', 'metadata', 'ingest_id');
  says('stock', { effect: 'adjust', ...products, field: 'stock_available' }, 'stock_available');
  assert.deepEqual(Object.keys(body.unusable).sort(), ['no_key', 'no_number', 'nowhere']);
});

test('a new position knows nothing; each session raises the epoch', async () => {
  const feed = new Feed('product');
  assert.deepEqual(await feed.open(), { epoch: 1, next_offset: null, confirmed: null, fingerprint: null, rejects: [] });
  assert.equal((await feed.open()).epoch, 2);
});

test('cluster, group, topic and partition are a position of their own each', async () => {
  const feed = await openFeed('product');
  await feed.send([product()]);
  for (const other of [{ cluster: 'b' }, { group: 'b' }, { topic: 'b' }, { partition: 1 }]) {
    assert.equal((await new Feed('product', { ...feed.at, ...other }).open()).next_offset, null);
  }
  assert.equal((await feed.open()).next_offset, 1);
});

test('names as long as they may be, in characters of four bytes', async () => {
  const long = (n) => '😀'.repeat(n / 2) + unique();
  const feed = new Feed('product', { cluster: long(32), group: long(230), topic: long(220) });
  assert.equal((await feed.open()).epoch, 1);
});

test('who was there before gets 409, and writes nothing', async () => {
  const old = await openFeed('product');
  const next = await openFeed('product', old.at);
  const late = await old.post([{ offset: 0, data: product({ barcode: 'late' }) }]);
  assert.equal(codeOf(late), '409 stale_epoch');
  assert.equal(late.body.error.details.epoch, next.epoch);
  assert.equal(codeOf(await old.position({ next_offset: 5, why: 'skip' })), '409 stale_epoch');
  assert.equal(await one("SELECT count(*)::int FROM products WHERE barcode = 'late'"), 0);
  assert.deepEqual(statuses(await next.send([product()])), ['created']);
});

test('without a session nobody may write', async () => {
  const feed = Object.assign(new Feed('product'), { epoch: 1 });
  const answer = await feed.post([{ offset: 0, data: product() }]);
  assert.equal(codeOf(answer), '409 stale_epoch');
  assert.equal(answer.body.error.details.epoch, null);
});

test('nothing is left out', async () => {
  const feed = await openFeed('product');
  await feed.send([product(), product()]);
  const answer = await feed.post([{ offset: 3, data: product() }], {}, { first: 3 });
  assert.equal(codeOf(answer), '409 gap');
  assert.equal(answer.body.error.details.next_offset, 2);
  // Offsets may have holes, as long as the sender has read on from the position.
  assert.deepEqual(statuses((await feed.post([{ offset: 7, data: product() }], {}, { first: 2 })).body.results), ['created']);
});

test('a batch that comes again does nothing, and answers the same rejections', async () => {
  const feed = await openFeed('event');
  const items = [{ value: 'v' }, { value: 5 }, { value: 'w' }].map((data, offset) => ({ offset, data }));
  const before = await one('SELECT count(*)::int FROM events');
  const first = (await feed.post(items)).body;
  const second = (await feed.post(items, {}, { first: 0 })).body;
  assert.deepEqual(statuses(first.results), ['created', 'rejected', 'created']);
  assert.deepEqual(statuses(second.results), ['skipped', 'rejected', 'skipped']);
  assert.deepEqual(second.results[1], first.results[1]);
  assert.equal(second.next_offset, 3);
  assert.equal(await one('SELECT count(*)::int FROM events'), before + 2);
});

test('a batch that overlaps does the rest', async () => {
  const feed = await openFeed('event');
  await feed.send([{ value: 'a' }, { value: 'b' }]);
  const items = [1, 2, 3].map((offset) => ({ offset, data: { value: `${offset}` } }));
  assert.deepEqual(statuses((await feed.post(items, {}, { first: 1 })).body.results), ['skipped', 'created', 'created']);
});

test('rejects are kept until they are confirmed', async () => {
  const feed = await openFeed('product');
  await feed.send([bad(), product(), bad()]);
  const kept = (await feed.open()).rejects;
  assert.deepEqual(kept.map(({ offset, error }) => [offset, error.code]), [[0, 'refused'], [2, 'refused']]);
  await feed.send([], { confirmed: 1 });
  const session = await feed.open();
  assert.deepEqual([session.confirmed, session.rejects.map(({ offset }) => offset)], [1, [2]]);
  await feed.send([product()], { confirmed: 3 });
  assert.deepEqual((await feed.open()).rejects, []);
});

test('with too many unconfirmed there is no further batch, but an empty one that confirms', async () => {
  const feed = await openFeed('product');
  await feed.send(Array.from({ length: 20 }, bad));
  assert.equal(codeOf(await feed.post([{ offset: 20, data: product() }])), '409 too_many_rejects');
  await feed.send([], { confirmed: 20 });
  assert.deepEqual(statuses(await feed.send([product()])), ['created']);
});

test('the fingerprint is kept with the position', async () => {
  const feed = await openFeed('product');
  await feed.send([product()], { fingerprint: 'of 0' });
  assert.equal((await feed.open()).fingerprint, 'of 0');
  await feed.send([], { confirmed: 1 });
  assert.equal((await feed.open()).fingerprint, 'of 0');
});

test('a position is moved up and down by who holds it, and forgets', async () => {
  const feed = await openFeed('product');
  await feed.send([bad(), product()], { fingerprint: 'f' });
  assert.deepEqual((await feed.position({ next_offset: 800, fingerprint: 'g', why: 'skip' })).body, {
    next_offset: 800, confirmed: 800,
  });
  assert.deepEqual(await feed.open(), { epoch: 2, next_offset: 800, confirmed: 800, fingerprint: 'g', rejects: [] });
  await feed.position({ next_offset: 0, why: 'reset' });
  assert.equal((await feed.open()).next_offset, 0);
  await feed.position({ next_offset: null, why: 'reset' });
  assert.equal((await feed.open()).next_offset, null);
});

test('what is no request is refused in Strapi\'s form', async () => {
  const answer = await call('POST', 'ingest/session', { cluster: 'c' });
  assert.deepEqual(answer.body, {
    data: null,
    error: {
      status: 400,
      name: 'BadRequestError',
      message: 'group must be a text of 1 to 255 characters',
      details: { code: 'bad_batch' },
    },
  });
  for (const type of ['nowhere', 'unknown', 'toString', '__proto__']) {
    const feed = new Feed(type);
    const opened = await call('POST', 'ingest/session', { ...feed.at, content_type: type });
    assert.equal(codeOf(opened), '400 unknown_type', type);
    assert.equal(codeOf(await Object.assign(feed, { epoch: 1 }).post([])), '400 unknown_type', type);
  }
});

test('offsets above 32 bits', async () => {
  const feed = await openFeed('event');
  await feed.position({ next_offset: 2 ** 52, why: 'skip' });
  feed.next = 2 ** 52;
  assert.deepEqual(codes(await feed.send([{ value: 'far' }, { value: 5 }])), [null, 'refused']);
  const session = await feed.open();
  assert.deepEqual([session.next_offset, session.rejects[0].offset], [2 ** 52 + 2, 2 ** 52 + 1]);
  assert.deepEqual(await sql('SELECT next_offset::text AS at FROM ingest_positions WHERE topic = $1', feed.at.topic), [
    { at: '4503599627370498' },
  ]);
});
