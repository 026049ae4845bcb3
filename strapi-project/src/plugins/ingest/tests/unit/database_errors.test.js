'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { isItemsFault, mayPassAgain, isLocked } = require('../../server/database_errors');
const { faultOf, reject } = require('../../server/verdict');

const coded = (code) => Object.assign(new Error('x'), { code });
const named = (name) => Object.assign(new Error('x'), { name });

test('whose fault an error is', () => {
  for (const code of ['22003', '22021', '22P02', '23502', '23505', '23514', '54000', 'P0001', '25P02', 'SQLITE_CONSTRAINT_UNIQUE']) {
    assert.equal(isItemsFault(coded(code)), true, code);
  }
  for (const code of ['40001', '40P01', '55P03', '53100', '25006', '57P01', '08006', 'ECONNREFUSED', '42P01', undefined]) {
    assert.equal(isItemsFault(coded(code)), false, code);
  }
  assert.equal(isItemsFault(named('ApplicationError')), true);
  assert.equal(isItemsFault(named('TypeError')), false);
});

test('what passes in a new transaction, and what only time can help', () => {
  for (const code of ['40001', '40P01', '23505']) assert.equal(mayPassAgain(coded(code)), true);
  for (const code of ['55P03', '22003', undefined]) assert.equal(mayPassAgain(coded(code)), false);
  for (const code of ['55P03', '40001', '40P01', 'SQLITE_BUSY']) assert.equal(isLocked(coded(code)), true);
  assert.equal(isLocked(named('KnexTimeoutError')), true);
  assert.equal(isLocked(coded('53100')), false);
});

test('what is said of an error has no statement and no data in it', () => {
  const error = new Error('insert into "products" ("name") values (\'secret - x\') - value out of range');
  assert.deepEqual(faultOf(error), { path: undefined, message: 'value out of range' });
  const invalid = Object.assign(new Error('x'), { details: { errors: [{ path: ['part', 0, 'n'], message: 'no' }] } });
  assert.deepEqual(faultOf(invalid), { path: 'part.0.n', message: 'no' });
});

test('an answer can be read by any JSON parser, and is bounded', () => {
  const result = { offset: 1, kept: true };
  reject(result, { path: 'a\0', message: `😀${'x'.repeat(497)}😀\ud800`.repeat(3) });
  assert.equal(result.kept, undefined);
  assert.ok(result.error.message.length <= 503);
  assert.doesNotMatch(JSON.stringify(result), /\\u(d8|0000)/);
});
