'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { compileAccept } = require('../../server/accept');

const attributes = {
  name: { type: 'string', required: true },
  code: { type: 'string', minLength: 2, maxLength: 4 },
  text: { type: 'text' },
  count: { type: 'integer', min: 0, max: 10 },
  any: { type: 'integer' },
  state: { type: 'enumeration', enum: ['safe', 'danger'] },
  open: { type: 'boolean' },
  meta: { type: 'json' },
  only: { type: 'string', unique: true },
  shape: { type: 'string', regex: '^a' },
  secret: { type: 'string', private: true },
  fixed: { type: 'string', writable: false },
  price: { type: 'decimal' },
  when: { type: 'datetime' },
  image: { type: 'media' },
};
const accept = compileAccept(attributes);
const taken = (data, isNew = true) => accept({ name: 'n', ...data }, isNew);

test('plainly valid values are taken', () => {
  const values = {
    code: ['ab', 'abcd', null], text: ['', 'x'.repeat(300)], count: [0, 10], any: [-(2 ** 31), 2 ** 31 - 1],
    state: ['safe'], open: [true, false], meta: [{}, [], { a: ['é'] }, null],
  };
  for (const [name, list] of Object.entries(values)) {
    for (const value of list) assert.equal(taken({ [name]: value }), true, `${name} ${value}`);
  }
});

test('everything else is left to Strapi', () => {
  const values = {
    name: [null, 5, 'x'.repeat(256), 'a\0'], code: ['a', 'abcde'], text: [5, '\ud800'],
    count: [-1, 11, 1.5, '5'], any: [2 ** 31, -(2 ** 31) - 1], state: ['', 'other', 1], open: ['true', 1],
    meta: ['text', 5, { a: '\0' }], only: ['x'], shape: ['a'], secret: ['x'], fixed: ['x'], price: [1],
    when: ['2026-01-01'], image: [1], unknown: [1], id: [1], ['__proto__']: [1], constructor: ['x'],
  };
  for (const [name, list] of Object.entries(values)) {
    for (const value of list) {
      const data = JSON.parse(`{"name":"n",${JSON.stringify(name)}:${JSON.stringify(value)}}`);
      assert.equal(accept(data, true), false, `${name} ${value}`);
    }
  }
  for (const data of [null, [], 'x', 5]) assert.equal(accept(data, true), false);
});

test('what is required must be there in a new entry, and may be left out of an update', () => {
  assert.equal(accept({ text: 'x' }, true), false);
  assert.equal(accept({ text: 'x' }, false), true);
  assert.equal(accept({ name: null }, false), false);
});

test('conditions on other fields are left to Strapi', () => {
  const conditional = compileAccept({ ...attributes, extra: { type: 'string', conditions: { visible: {} } } });
  assert.equal(conditional({ name: 'n' }, true), false);
});
