'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { isSame } = require('../../server/same_value');

const same = (type, a, b) => isSame({ type }, a, b);

test('one value in two forms is the same', () => {
  assert.equal(same('string', null, undefined), true);
  assert.equal(same('json', { a: [1], b: 2 }, { b: 2, a: [1] }), true);
  assert.equal(same('decimal', '1.50', 1.5), true);
  assert.equal(same('biginteger', 5, '5'), true);
  assert.equal(same('datetime', '2026-01-01', new Date('2026-01-01T00:00:00Z')), true);
  assert.equal(same('date', '2026-01-01', '2026-01-01T00:00:00.000Z'), true);
  assert.equal(same('time', '08:30:00', '08:30:00.000'), true);
  assert.equal(same('time', '08:30:01', '08:30:01.000'), true);
});

test('other values are not', () => {
  assert.equal(same('string', '', null), false);
  assert.equal(same('string', '1', '01'), false);
  assert.equal(same('json', { a: 1 }, { a: '1' }), false);
  assert.equal(same('integer', 0, null), false);
  assert.equal(same('integer', 1, 2), false);
  assert.equal(same('biginteger', '9007199254740993', '9007199254740992'), false);
  assert.equal(same('datetime', '2026-01-01', '2026-01-02'), false);
});
