'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { isStaleForm } = require('../../server/form_guard');

const attributes = {
  name: { type: 'string' }, barcode: { type: 'string' }, stock: { type: 'integer' }, ledger: { type: 'json' },
  image: { type: 'media' }, tags: { type: 'relation' }, size: { type: 'component' },
  updatedAt: { type: 'datetime' }, publishedAt: { type: 'datetime' },
};
const there = { name: 'a', barcode: '1', stock: 50, ledger: null, image: { id: 7 }, tags: [{ id: 1 }, { id: 2 }], size: null };
const isStale = (given) => isStaleForm(attributes, 'stock', given, there);

test('a program that says what to write is believed', () => {
  assert.equal(isStale({ stock: 1 }), false);
  assert.equal(isStale({ stock: 1, ledger: { a: 1 } }), false);
  assert.equal(isStale({ stock: 1, name: 'b', ledger: { a: 1 } }), false);
  assert.equal(isStale({ stock: 1, updatedAt: 'x', publishedAt: null, unknown: 1 }), false);
});

test('a form with another change keeps the number', () => {
  assert.equal(isStale({ stock: 1, name: 'b', barcode: '1' }), true);
  assert.equal(isStale({ stock: 1, name: 'b', barcode: '1', image: 7, tags: { connect: [], disconnect: [] } }), true);
  assert.equal(isStale({ stock: 1, name: 'a', image: { id: 8 } }), true);
  assert.equal(isStale({ stock: 1, name: 'a', tags: { connect: [{ id: 3 }], disconnect: [] } }), true);
  assert.equal(isStale({ stock: 1, name: 'a', size: { x: 1 } }), true);
});

test('a form in which only the number changes writes it', () => {
  const form = { stock: 1, name: 'a', barcode: '1', ledger: null, size: null };
  for (const image of [7, { id: 7 }, { set: [{ id: 7 }] }]) assert.equal(isStale({ ...form, image }), false);
  for (const tags of [[2, 1], { set: [1, 2] }, { connect: [] }, undefined]) assert.equal(isStale({ ...form, tags }), false);
});
