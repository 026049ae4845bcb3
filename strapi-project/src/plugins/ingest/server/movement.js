'use strict';

// One item of an adjust: which entry it names, and by how much it moves the number. Pure.

const { isNothing, isObject } = require('./attributes');
const { isStorable } = require('./text');

const MAX_INTEGER = 2 ** 31 - 1;
const DECIMAL = /^\d{1,10}$/;

// A whole number, also as a text, as Strapi takes it for an integer.
const wholeOf = (value) => (typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value);
const isWhole = (value, min) => Number.isInteger(value) && value >= min && value <= MAX_INTEGER;
const isName = (value) => typeof value === 'string' && value !== '' && isStorable(value);
const isGiven = (value) => !isNothing(value);

const fault = (path, message) => ({ fault: { path, message } });

function readAddress(type, data) {
  const names = ['id', ...(type.makeId ? ['documentId'] : []), type.key].filter(isGiven);
  const given = names.filter((name) => isGiven(data[name]));
  if (given.length !== 1) return fault(type.key, `exactly one of ${names.join(', ')} must be given`);
  const [by] = given;
  const value = by === 'id' ? wholeOf(data.id) : data[by];
  if (by === 'id' ? isWhole(value, 1) : isName(value)) return { by, value };
  return fault(by, by === 'id' ? 'id must be a whole number above 0' : `${by} must be a text that is not empty`);
}

// -> { by, value, change, amount } or { fault: { path, message, code? } }
function readMovement(type, data) {
  if (!isObject(data)) return fault(undefined, 'data must be an object');
  const address = readAddress(type, data);
  if (address.fault) return address;
  if (address.by === 'id' && type.paired) {
    return { fault: { code: 'unstable_id', path: 'id', message: 'each publication gives an entry another id' } };
  }
  const amount = wholeOf(data[type.amount]);
  if (!isWhole(amount, 0)) return fault(type.amount, `${type.amount} must be a whole number from 0 to ${MAX_INTEGER}`);
  const way = data[type.direction];
  if (way !== type.add && way !== type.take) {
    return fault(type.direction, `${type.direction} must be ${type.add} or ${type.take}`);
  }
  return { ...address, change: way === type.add ? amount : -amount };
}

// The range of the number: what the column and the field's own limits leave. Never below zero.
function rangeOf({ min, max }) {
  return { min: Math.max(0, min ?? 0), max: Math.min(MAX_INTEGER, max ?? MAX_INTEGER) };
}

// -> { level } or { fault }
function move(level, change, { min, max }, path) {
  const after = level + change;
  if (change < 0 && after < min) {
    return { fault: { code: 'negative_stock', path, message: `${path} is ${level}, ${-change} cannot be taken` } };
  }
  if (change > 0 && after > max) {
    return { fault: { code: 'stock_overflow', path, message: `${path} is ${level}, with ${change} it exceeds ${max}` } };
  }
  return { level: after };
}

module.exports = { readMovement, rangeOf, move };
