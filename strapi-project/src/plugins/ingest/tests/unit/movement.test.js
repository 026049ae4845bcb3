'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { readMovement, rangeOf, move } = require('../../server/movement');

const words = { key: 'barcode', field: 'stock', amount: 'amount', direction: 'type', add: 'IN', take: 'OUT' };
const v5 = { ...words, makeId: () => 'x' };
const read = (data, type = v5) => readMovement(type, { amount: 7, type: 'IN', ...data });
const path = (data, type) => read(data, type).fault?.path;

test('each address is read', () => {
  assert.deepEqual(read({ barcode: '1' }), { by: 'barcode', value: '1', change: 7 });
  assert.deepEqual(read({ documentId: 'd', type: 'OUT' }), { by: 'documentId', value: 'd', change: -7 });
  assert.deepEqual(read({ id: 5, barcode: null }), { by: 'id', value: 5, change: 7 });
});

test('whole numbers may be texts, as for Strapi', () => {
  assert.deepEqual(read({ id: '5', amount: '12' }), { by: 'id', value: 5, change: 12 });
});

test('an address must be one, and one that can be', () => {
  for (const data of [{}, { id: 1, barcode: '1' }]) assert.equal(path(data), 'barcode');
  for (const id of [0, -1, 1.5, 2 ** 31, 'x', '', true, [1]]) assert.equal(path({ id }), 'id', `${id}`);
  for (const barcode of ['', 5, 'a\0', '\ud800', {}]) assert.equal(path({ barcode }), 'barcode');
});

test('Strapi 4 has no documentId', () => {
  assert.equal(path({ documentId: 'x' }, words), 'barcode');
});

test('with Draft & Publish on Strapi 5 an id names nothing that lasts', () => {
  assert.equal(read({ id: 5 }, { ...v5, paired: true }).fault.code, 'unstable_id');
  assert.equal(read({ barcode: '5' }, { ...v5, paired: true }).fault, undefined);
});

test('amount and direction must be what they are', () => {
  for (const amount of [-1, 1.5, 2 ** 31, '-1', '1.5', null, undefined, [1]]) {
    assert.equal(path({ barcode: '1', amount }), 'amount', `${amount}`);
  }
  for (const type of ['in', '', null, undefined, 5]) assert.equal(path({ barcode: '1', type }), 'type', `${type}`);
  for (const data of [null, [], 'x', 5]) assert.ok(readMovement(v5, data).fault);
});

test('the words are the configuration\'s', () => {
  const hours = { ...v5, amount: 'hours', direction: 'way', add: '+', take: '-' };
  assert.equal(readMovement(hours, { barcode: '1', hours: 3, way: '-' }).change, -3);
});

test('the level stays in its range', () => {
  const range = rangeOf({});
  assert.deepEqual(move(5, -5, range, 'stock'), { level: 0 });
  assert.equal(move(5, -6, range, 'stock').fault.code, 'negative_stock');
  assert.deepEqual(move(2 ** 31 - 2, 1, range, 'stock'), { level: 2 ** 31 - 1 });
  assert.equal(move(2 ** 31 - 1, 1, range, 'stock').fault.code, 'stock_overflow');
  // What is out of range already may get nearer to it.
  assert.deepEqual(move(-5, 3, range, 'stock'), { level: -2 });
  assert.deepEqual(move(-5, 0, range, 'stock'), { level: -5 });
});

test('the field\'s own limits hold', () => {
  assert.deepEqual(rangeOf({ min: 10, max: 100 }), { min: 10, max: 100 });
  assert.deepEqual(rangeOf({ min: -10, max: 1e12 }), { min: 0, max: 2 ** 31 - 1 });
});
