'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { isStorable, makeStorable, valueFault, MAX_DEPTH } = require('../../server/text');

const nested = (depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

test('what PostgreSQL and UTF-8 have no place for is not storable', () => {
  for (const text of ['', 'plain', 'é€😀', '\u0001', '\ufffd']) assert.equal(isStorable(text), true, text);
  for (const text of ['a\0', '\ud83d', '\ude00', '\ude00\ud83d', 'x\ud83dy']) assert.equal(isStorable(text), false);
});

test('a text is made storable by what stands for unknown characters', () => {
  assert.equal(makeStorable('a\0b\ud83dc😀'), 'a\ufffdb\ufffdc😀');
});

test('a value is searched as a whole, names included', () => {
  assert.equal(valueFault({ a: [1, null, { b: 'c' }] }), null);
  for (const value of [['\0'], { a: { '\ud800': 1 } }, [[['\ude00']]]]) assert.match(valueFault(value), /surrogate/);
});

test('what is nested deeper than the stack is found without using it', () => {
  assert.equal(valueFault(nested(MAX_DEPTH)), null);
  assert.match(valueFault(nested(MAX_DEPTH + 1)), /deeper/);
  assert.match(valueFault(nested(1_000_000)), /deeper/);
});
