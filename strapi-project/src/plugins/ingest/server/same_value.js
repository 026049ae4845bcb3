'use strict';

// Whether a value of an item is what the database already has. Pure.

const { isDeepStrictEqual } = require('node:util');
const { kindOf, isNothing } = require('./attributes');

const instant = (value) => new Date(value).getTime();
// 08:30:00 is 08:30:00.000.
const time = (value) => String(value).padEnd(9, '.').padEnd(12, '0');

const SAME = {
  number: (a, b) => Number(a) === Number(b),
  bigint: (a, b) => String(a) === String(b),
  date: (a, b) => String(a).slice(0, 10) === String(b).slice(0, 10),
  time: (a, b) => time(a) === time(b),
  instant: (a, b) => instant(a) === instant(b),
};

function isSame(attribute, a, b) {
  if (isNothing(a) || isNothing(b)) return isNothing(a) && isNothing(b);
  return (SAME[kindOf(attribute)] ?? isDeepStrictEqual)(a, b);
}

module.exports = { isSame };
