'use strict';

// Movements: in order, under locks, beside editors, and in front of an entry that is not there yet.

const test = require('node:test');
const assert = require('node:assert/strict');
const { call, openFeed, statuses, codes, unique, sql, one, entryOf, nameOf, isStrapi5 } = require('./world');

const move = (barcode, amount, type = 'IN') => ({ barcode, amount, type });
const stockOf = (barcode) => one('SELECT stock_available FROM products WHERE barcode = $1', barcode);
const idOf = (barcode) => one('SELECT id FROM products WHERE barcode = $1', barcode);

async function makeProducts(count, stock = 100, over = {}) {
  const list = Array.from({ length: count }, () => ({ name: 'n', barcode: unique(), stock_available: stock, ...over }));
  await (await openFeed('product')).send(list);
  return list.map(({ barcode }) => barcode);
}

test('each movement is judged by what those before it have left', async () => {
  const [a, b] = await makeProducts(2, 10);
  const feed = await openFeed('stock');
  const results = await feed.send([move(a, 15, 'OUT'), move(a, 5), move(b, 1, 'OUT'), move(a, 15, 'OUT'), move(a, 1, 'OUT')]);
  assert.deepEqual(codes(results), ['negative_stock', null, null, null, 'negative_stock']);
  assert.deepEqual([await stockOf(a), await stockOf(b)], [0, 9]);
});

test('what a column cannot hold', async () => {
  const [a] = await makeProducts(1, 2 ** 31 - 1);
  assert.deepEqual(codes(await (await openFeed('stock')).send([move(a, 1), move(a, 1, 'OUT'), move(a, 1)])), ['stock_overflow', null, null]);
});

test('one entry by all its names', async () => {
  const [a] = await makeProducts(1);
  const id = await idOf(a);
  const documentId = isStrapi5 ? await one('SELECT document_id FROM products WHERE barcode = $1', a) : 'none';
  const feed = await openFeed('stock');
  const results = await feed.send([{ id, amount: 1, type: 'IN' }, { id: `${id}`, amount: '2', type: 'IN' }, move(a, 4), { documentId, amount: 8, type: 'IN' }]);
  assert.deepEqual(codes(results), [null, null, null, isStrapi5 ? null : 'refused']);
  assert.equal(await stockOf(a), isStrapi5 ? 115 : 107);
});

test('a stock that is empty counts as none', async () => {
  const [a] = await makeProducts(1, null);
  assert.deepEqual(codes(await (await openFeed('stock')).send([move(a, 1, 'OUT'), move(a, 3)])), ['negative_stock', null]);
  assert.equal(await stockOf(a), 3);
});

test('a missing entry stops the batch in front of it; with final it is refused', async () => {
  const [a] = await makeProducts(1);
  const later = unique();
  const feed = await openFeed('stock');
  const items = [move(a, 1), move(later, 1), { barcode: '', amount: 1, type: 'IN' }, move(a, 1)].map((data, offset) => ({ offset, data }));
  const first = (await feed.post(items)).body;
  assert.deepEqual(statuses(first.results), ['applied', 'missing', 'not_reached', 'not_reached']);
  assert.equal(first.next_offset, 1);
  assert.equal(await stockOf(a), 101);
  // The same batch again, from the position: now it is there.
  await (await openFeed('product')).send([{ name: 'n', barcode: later, stock_available: 0 }]);
  const second = (await feed.post(items, {}, { first: 1 - 1 })).body;
  assert.deepEqual(statuses(second.results), ['skipped', 'applied', 'rejected', 'applied']);
  assert.deepEqual([await stockOf(a), await stockOf(later)], [102, 1]);
  feed.next = 4;
  const never = (await feed.post([{ offset: 4, data: move(unique(), 1), final: true }, { offset: 5, data: move(a, 1) }])).body;
  assert.deepEqual(codes(never.results), ['unknown_entry', null]);
});

test('the fingerprint of a stopped batch is that of its last item', async () => {
  const [a] = await makeProducts(1);
  const feed = await openFeed('stock');
  const items = [move(a, 1), move(unique(), 1)].map((data, offset) => ({ offset, data, fingerprint: `of ${offset}` }));
  await feed.post(items, { fingerprint: 'of 1' });
  assert.equal((await feed.open()).fingerprint, 'of 0');
});

test('several entries with one key are ambiguous, final or not', async () => {
  const code = unique();
  await sql('INSERT INTO articles (code, stock) VALUES ($1, 5), ($1, 5)', code);
  if (isStrapi5) await sql("UPDATE articles SET document_id = 'd' || id WHERE code = $1", code);
  const feed = await openFeed('article_stock');
  assert.deepEqual(codes(await feed.send([{ code, amount: 1, type: 'IN' }])), ['ambiguous_entry']);
});

test('other names for amount, direction and its words', async () => {
  const code = unique();
  await (await openFeed('strict')).send([{ code, title: 'title', level: 5 }]);
  const results = await (await openFeed('level')).send([{ code, by: 3, way: '-' }, { code, by: 4, way: '+' }, { code, by: 3, way: 'IN' }]);
  assert.deepEqual(codes(results), [null, null, 'refused']);
  assert.equal(await one('SELECT level FROM stricts WHERE code = $1', code), 6);
});

test('a level that only the database refuses is one movement\'s fault', async () => {
  const [a, b] = await makeProducts(2, 10);
  await sql(`ALTER TABLE products ADD CONSTRAINT rule CHECK (barcode <> '${a}' OR stock_available <> 14)`);
  try {
    const feed = await openFeed('stock');
    const results = await feed.send([move(a, 1), move(b, 1), move(a, 1), move(a, 2), move(a, 20, 'OUT')]);
    assert.deepEqual(codes(results), [null, null, null, 'refused', 'negative_stock']);
    assert.deepEqual([await stockOf(a), await stockOf(b)], [12, 11]);
  } finally {
    await sql('ALTER TABLE products DROP CONSTRAINT rule');
  }
});

test('four partitions in opposite orders on the same entries: no deadlock, no movement lost', async () => {
  const all = await makeProducts(100, 0);
  const topic = unique();
  const feeds = await Promise.all([0, 1, 2, 3].map((partition) => openFeed('stock', { topic, partition })));
  for (let round = 0; round < 5; round += 1) {
    const batches = feeds.map((feed, i) => feed.send((i % 2 ? all : [...all].reverse()).map((barcode) => move(barcode, 1))));
    for (const results of await Promise.all(batches)) assert.deepEqual(new Set(statuses(results)), new Set(['applied']));
  }
  assert.equal(await one('SELECT count(*)::int FROM products WHERE barcode = ANY($1) AND stock_available = 20', all), 100);
});

test('four partitions create the same keys at once: one entry each', async () => {
  const keys = Array.from({ length: 100 }, () => unique());
  const topic = unique();
  const feeds = await Promise.all([0, 1, 2, 3].map((partition) => openFeed('product', { topic, partition })));
  const batches = feeds.map((feed, i) =>
    feed.send((i % 2 ? keys : [...keys].reverse()).map((barcode) => ({ name: `by ${i}`, barcode }))));
  for (const results of await Promise.all(batches)) assert.ok(results.every(({ status }) => status !== 'rejected'));
  assert.equal(await one('SELECT count(*)::int FROM products WHERE barcode = ANY($1)', keys), 100);
});

// An editor beside 300 movements. `edit` gets the entry as it was read.
async function beside(edit) {
  const [barcode] = await makeProducts(1, 0);
  const find = async () => entryOf((await call('GET', `products?filters[barcode][$eq]=${barcode}`)).body.data[0]);
  const name = nameOf(await find());
  let isDone = false;
  let edits = 0;
  const editor = (async () => {
    while (!isDone) {
      const answer = await call('PUT', `products/${name}`, { data: edit(await find(), edits) });
      assert.equal(answer.status, 200, answer.text);
      edits += 1;
    }
  })();
  const feed = await openFeed('stock');
  for (let n = 0; n < 60; n += 1) {
    assert.deepEqual(new Set(statuses(await feed.send(Array.from({ length: 5 }, () => move(barcode, 1))))), new Set(['applied']));
  }
  isDone = true;
  await editor;
  const end = await find();
  assert.equal(end.name, `edit ${edits - 1}`);
  return end.stock_available;
}

test('an editor who changes one field loses nothing, and costs nothing', async () => {
  assert.equal(await beside((_, n) => ({ name: `edit ${n}` })), 300);
});

test('an editor who sends the whole form back costs no movement', async () => {
  const form = ({ description, barcode, status, stock_available: stock }, n) => ({
    name: `edit ${n}`, description, barcode, status, stock_available: stock, image: null,
  });
  assert.equal(await beside(form), 300);
});

test('a stock that is written on purpose is written', async () => {
  const [barcode] = await makeProducts(1, 10);
  const entry = entryOf((await call('GET', `products?filters[barcode][$eq]=${barcode}`)).body.data[0]);
  const put = (data) => call('PUT', `products/${nameOf(entry)}`, { data });
  // As our own REST sink writes it, and as product-consumer does with UPDATE_STOCK=true.
  await put({ stock_available: 20, stock_ledger: { a: 1 } });
  assert.equal(await stockOf(barcode), 20);
  await put({ stock_available: 30, name: 'other' });
  assert.equal(await stockOf(barcode), 30);
  // As an editor who corrects it and nothing else.
  await put({ name: 'other', barcode, status: null, description: null, stock_available: 40 });
  assert.equal(await stockOf(barcode), 40);
});
