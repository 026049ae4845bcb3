'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { hazard } = require('../../server/hazard');

const types = ['string', 'text', 'email', 'uid', 'integer', 'biginteger', 'float', 'decimal', 'date', 'time', 'datetime'];
const attributes = {
  ...Object.fromEntries(types.map((type) => [type, { type }])),
  ...Object.fromEntries(types.map((type) => [`u_${type}`, { type, unique: true }])),
  enumeration: { type: 'enumeration', enum: ['a'] },
  json: { type: 'json' },
  part: { type: 'component', component: 'shop.part', repeatable: true },
  zone: { type: 'dynamiczone', components: ['shop.part'] },
  link: { type: 'relation' },
};
const components = { 'shop.part': { attributes: { n: { type: 'integer', unique: true }, t: { type: 'string' } } } };
const pathOf = (data, isStrapi5 = true) => hazard(attributes, data, { components, isStrapi5 })?.path ?? null;

function expectAll(table, isHazard) {
  for (const [name, values] of Object.entries(table)) {
    for (const value of values) {
      assert.equal(pathOf({ [name]: value }) !== null, isHazard, `${name}: ${JSON.stringify(value)}`);
    }
  }
}

test('what the database holds is no hazard, whatever Strapi says of it', () => {
  expectAll({
    string: ['x'.repeat(255), 5, {}, null], text: ['x'.repeat(1000)], integer: [0, 2147483647, '12', 'abc', 1.5, true],
    biginteger: ['9223372036854775807', '-9223372036854775808', 5, 'x'], decimal: [99999999, 'x'], float: [1e300],
    u_integer: [5, '5', ' 5 '], u_biginteger: ['5', 5, '+5'], u_decimal: [1.5], u_float: ['1.5'],
    u_date: ['2026-02-28'], u_time: ['23:59:00', '23:59:59.999'], u_datetime: ['2026-01-01T00:00:00Z', '2026-01-01', 0],
    date: ['2026-13-45'], json: [{}, [], 5, true], enumeration: ['b'], link: [{ connect: ['x'] }],
    part: [[{ n: 5 }, null, 'x']], zone: [[{ __component: 'shop.part', n: 1 }, { __component: 'constructor' }]],
  }, false);
});

test('what it does not hold is a hazard', () => {
  expectAll({
    string: ['x'.repeat(256), 'a\0', '\ud800'], text: ['\0'], email: ['x'.repeat(256)], enumeration: ['\0'],
    integer: [2147483648, -2147483649, '3000000000', '3 000 000 000', [3e9], [3e9, 1], 1e999],
    biginteger: ['9223372036854775808', 1e20], decimal: [1e8, -1e8, 1e999], json: ['text', { a: '\0' }],
    part: [[{ t: 'x'.repeat(256) }], { t: '\0' }], zone: [[{ __component: 'shop.part', t: 'x'.repeat(256) }]],
    link: [{ connect: ['\0'] }], unknown: ['\0', { '\ud800': 1 }],
  }, true);
});

// What Strapi looks up must be what the column is compared with: a refused look-up ends the process.
test('where Strapi looks up, only clean values of the type are no hazard', () => {
  expectAll({
    u_string: ['a\0'], uid: ['a\0'], u_integer: [1.5, 'x', true, {}, [], '3 000 000 000', [3e9, 1], '1e10'],
    u_biginteger: ['x', 1.5, {}, [1], true, '9223372036854775808'], u_float: ['x', {}, 1e999], u_decimal: [1e8, 'x'],
    u_date: ['x', '2026-02-30', '2026-13-01', 5], u_time: ['25:00:00', '23:59', 'x', 5],
    u_datetime: ['x', '+275760-09-13T00:00:00Z', {}, true], part: [[{ n: 1.5 }], { n: 'x' }],
  }, true);
});

test('a text as JSON is a hazard on Strapi 5 only', () => {
  assert.equal(pathOf({ json: 'text' }, true), 'json');
  assert.equal(pathOf({ json: 'text' }, false), null);
});

test('the path leads to the part', () => {
  assert.equal(pathOf({ part: [{ n: 1 }, { n: 'x' }] }), 'part.1.n');
});

// Strapi's validator looks a name up in a plain object, finds a method there, and breaks on it.
test('a name that every object has is no field', () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    for (const value of ['1', 'null', '{"a":1}']) {
      const data = JSON.parse(`{"string":"x","${name}":${value}}`);
      assert.deepEqual(hazard(attributes, data, { components, isStrapi5: true })?.path, name);
      assert.equal(pathOf({ part: [data] }), `part.0.${name}`);
    }
  }
  const own = { constructor: { type: 'string' } };
  assert.equal(hazard(own, { constructor: 'Ferrari' }, { components, isStrapi5: true }), null);
});
