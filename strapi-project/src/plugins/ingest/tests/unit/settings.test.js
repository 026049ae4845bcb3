'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { defaults, check } = require('../../server/settings');

const withOption = (over) => ({ ...structuredClone(defaults), ...over });

test('the defaults, and types of one\'s own, are taken', () => {
  check(structuredClone(defaults));
  check(withOption({ types: { product: false, hours: { uid: 'api::a.a', key: 'k', field: 'f', amount: 'n', add: '+', events: true } } }));
});

test('a mistake keeps Strapi from starting', () => {
  const mistakes = [
    { unknown: 1 }, { events: 'yes' }, { types: { a: 'api::a.a' } }, { types: { a: {} } }, { types: { a: { uid: 'x', events: 'yes' } } }, { types: { a: { uid: 'x', kee: 'k' } } },
    { limits: { ...defaults.limits, items: 0 } }, { limits: { ...defaults.limits, bytes: '8mb' } },
    { timeouts: { ...defaults.timeouts, lock: 1.5 } }, { timeouts: { lock: '1; DROP TABLE x', idle: 1 } },
  ];
  for (const mistake of mistakes) assert.throws(() => check(withOption(mistake)), JSON.stringify(mistake));
});
