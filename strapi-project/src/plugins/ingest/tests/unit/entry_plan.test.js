'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { planEntries } = require('../../server/entry_plan');

const attributes = {
  barcode: { type: 'string' }, name: { type: 'string' }, stock: { type: 'integer' },
  code: { type: 'string', unique: true }, image: { type: 'media' },
};
const type = { key: 'barcode', schema: { attributes }, drafts: false, makeId: () => 'x' };
const check = async (data) => (data.name === 'bad' ? { fault: { message: 'bad name' } } : { data });

async function planned(list, { there = {}, request = {}, of = type } = {}) {
  const found = new Map(Object.entries(there).map(([key, current]) => [key, { rows: [current], current }]));
  const fresh = list.map((data, offset) => ({ item: { offset, data }, result: { offset } }));
  const plan = await planEntries({ type: of, config: {}, request }, check, found, fresh);
  return { ...plan, statuses: fresh.map(({ result }) => result.status), results: fresh.map(({ result }) => result) };
}

const one = { barcode: '1', name: 'a', stock: 5 };

test('a new key creates, a known one updates what differs, or nothing', async () => {
  const plan = await planned([one, { barcode: '2', name: 'b' }, { barcode: '3', name: 'c' }], {
    there: { 2: { barcode: '2', name: 'old' }, 3: { barcode: '3', name: 'c' } },
  });
  assert.deepEqual(plan.statuses, ['created', 'updated', 'unchanged']);
  assert.deepEqual(plan.creates.map((entry) => entry.data), [one]);
  assert.deepEqual(plan.updates.map((entry) => entry.patch), [{ name: 'b' }]);
});

test('items with one key come to one write, in their order', async () => {
  const plan = await planned([one, { barcode: '1', name: 'b' }, { barcode: '1', name: 'b' }, { barcode: '1', stock: 6 }]);
  assert.deepEqual(plan.statuses, ['created', 'updated', 'unchanged', 'updated']);
  assert.deepEqual(plan.creates.map((entry) => entry.data), [{ barcode: '1', name: 'b', stock: 6 }]);
  assert.equal(plan.creates[0].fresh.length, 4);
});

test('a value that goes back and forth is written as it is last', async () => {
  const there = { 1: { barcode: '1', name: 'a' } };
  const plan = await planned([{ barcode: '1', name: 'b' }, { barcode: '1', name: 'a' }], { there });
  assert.deepEqual(plan.updates.map((entry) => entry.patch), [{ name: 'a' }]);
});

test('on_existing, also for what an earlier item has created', async () => {
  const list = [one, { ...one, name: 'b' }, one];
  assert.deepEqual((await planned(list, { request: { on_existing: 'skip' } })).statuses, ['created', 'unchanged', 'unchanged']);
  const strict = await planned(list, { request: { on_existing: 'reject' } });
  assert.deepEqual(strict.statuses, ['created', 'rejected', 'unchanged']);
  assert.deepEqual(strict.results[1].error.code, 'exists');
});

test('what is kept is not written, and said', async () => {
  const there = { 1: { ...one } };
  const request = { keep: ['stock'] };
  const only = await planned([{ barcode: '1', stock: 9 }, { barcode: '1', name: 'b', stock: 9 }, one], { there, request });
  assert.deepEqual(only.results, [
    { offset: 0, status: 'unchanged', kept: true },
    { offset: 1, status: 'updated', kept: true },
    { offset: 2, status: 'updated' },
  ]);
  assert.deepEqual(only.updates.map((entry) => entry.patch), [{ name: 'a' }]);
  const fresh = await planned([one, { ...one, stock: 9 }], { request });
  assert.deepEqual(fresh.creates[0].data.stock, 5);
});

test('with reject, a kept field that differs is a difference', async () => {
  const plan = await planned([{ ...one, stock: 9 }], { there: { 1: { ...one } }, request: { on_existing: 'reject', keep: ['stock'] } });
  assert.deepEqual(plan.statuses, ['rejected']);
});

test('a key must be a text that can be looked up', async () => {
  const plan = await planned([{ name: 'a' }, { barcode: '' }, { barcode: 5 }, { barcode: 'a\0' }, null, 'x']);
  assert.deepEqual(new Set(plan.statuses), new Set(['rejected']));
  assert.deepEqual(new Set(plan.results.map(({ error }) => error.path)), new Set(['barcode']));
});

test('what Strapi refuses takes no other item with it', async () => {
  const plan = await planned([{ barcode: '1', name: 'bad' }, one]);
  assert.deepEqual(plan.statuses, ['rejected', 'created']);
  assert.equal(plan.creates[0].fresh.length, 1);
});

test('what is unique must be so within the batch', async () => {
  const plan = await planned([
    { barcode: '1', code: 'x' }, { barcode: '2', code: 'x' }, { barcode: '1', code: 'x' }, { barcode: '3', code: null },
    { barcode: '4', code: null }, { barcode: '5', code: '' }, { barcode: '6', code: '' },
  ]);
  assert.deepEqual(plan.statuses, ['created', 'rejected', 'unchanged', 'created', 'created', 'created', 'created']);
});

test('an empty text is a value to Strapi 4', async () => {
  const of = { ...type, makeId: undefined };
  const plan = await planned([{ barcode: '1', code: '' }, { barcode: '2', code: '' }], { of });
  assert.deepEqual(plan.statuses, ['created', 'rejected']);
});

test('without a key every item is an entry', async () => {
  const plan = await planned([one, one], { of: { ...type, key: undefined } });
  assert.deepEqual(plan.statuses, ['created', 'created']);
  assert.equal(plan.creates.length, 2);
});

test('what one row cannot hold is marked', async () => {
  const plan = await planned([{ ...one, image: 7 }, { barcode: '2' }]);
  assert.deepEqual(plan.creates.map((entry) => entry.isRich), [true, false]);
});
