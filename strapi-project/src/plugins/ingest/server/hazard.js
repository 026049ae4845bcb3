'use strict';

// What Strapi's validator lets pass and the database refuses, found without asking either. It has to
// come first: Strapi's validator looks up what is `unique` (a `uid` always is), and when the database
// refuses that look-up, the error is nobody's (yup 0.32 does not catch it) and ends the whole Strapi
// process. Pure.

const { kindOf, isLookedUp, isNothing } = require('./attributes');
const { valueFault } = require('./text');

const INTEGER = { min: -(2 ** 31), max: 2 ** 31 - 1 };
const SHORT_TEXT = 255;
// numeric(10,2), which is what Strapi makes of a decimal.
const DECIMAL_LIMIT = 1e8;
const WHOLE = /^[+-]?\d+$/;
const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)$/;

// As yup turns it into a number.
function numberOf(value) {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return value.trim() === '' ? NaN : Number(value.replace(/\s/g, ''));
  return Array.isArray(value) ? Number.parseFloat(value.join()) : NaN;
}

function integerHazard(value, lookedUp) {
  const number = numberOf(value);
  if (number < INTEGER.min || number > INTEGER.max) return 'is out of the range of an integer';
  return lookedUp && !Number.isInteger(number) ? 'must be an integer' : null;
}

function bigintHazard(value, lookedUp) {
  const digits = Number.isInteger(value) ? BigInt(value).toString() : String(value).trim();
  if (typeof value === 'object' || !WHOLE.test(digits)) return lookedUp ? 'must be a whole number' : null;
  return BigInt.asIntN(64, BigInt(digits)) === BigInt(digits) ? null : 'is out of the range of a biginteger';
}

function fractionHazard(value, lookedUp, limit) {
  const number = numberOf(value);
  if (Math.abs(number) >= limit) return `must be below ${limit}`;
  return lookedUp && !Number.isFinite(number) ? 'must be a number' : null;
}

// Only where it is looked up: elsewhere Strapi's own conversion says what it does not like.
const dateHazard = (value, lookedUp, isDate) => (lookedUp && !isDate(value) ? 'is no valid date or time' : null);

const isText = (value) => typeof value === 'string';
const isRealDate = (value) => DATE.test(value) && new Date(value).toISOString().startsWith(value);
function isInstant(value) {
  const date = new Date(isText(value) || typeof value === 'number' ? value : NaN);
  return !Number.isNaN(date.getTime()) && date.getUTCFullYear() > 0 && date.getUTCFullYear() < 10_000;
}

const HAZARDS = {
  string: (value) =>
    isText(value) && value.length > SHORT_TEXT ? `must be at most ${SHORT_TEXT} characters` : null,
  integer: integerHazard,
  biginteger: bigintHazard,
  float: (value, lookedUp) => fractionHazard(value, lookedUp, Infinity),
  decimal: (value, lookedUp) => fractionHazard(value, lookedUp, DECIMAL_LIMIT),
  date: (value, lookedUp) => dateHazard(value, lookedUp, (v) => isText(v) && isRealDate(v)),
  time: (value, lookedUp) => dateHazard(value, lookedUp, (v) => isText(v) && TIME.test(v)),
  datetime: (value, lookedUp) => dateHazard(value, lookedUp, isInstant),
  timestamp: (value, lookedUp) => dateHazard(value, lookedUp, isInstant),
};
HAZARDS.email = HAZARDS.string;
HAZARDS.uid = HAZARDS.string;
HAZARDS.enumeration = HAZARDS.string;

// Strapi 5 stores a text in a JSON field as it is, and the database takes it for broken JSON.
const jsonHazard = (value, isStrapi5) =>
  isStrapi5 && isText(value) ? 'must be a JSON object or array' : null;

function componentHazard(attribute, value, path, context) {
  for (const [i, part] of (Array.isArray(value) ? value : [value]).entries()) {
    if (part === null || typeof part !== 'object') continue;
    const uid = attribute.component ?? part.__component;
    const component = Object.hasOwn(context.components, uid) ? context.components[uid] : null;
    const found = component && fieldsHazard(component.attributes, part, [...path, i], context);
    if (found) return found;
  }
  return null;
}

function fieldHazard(attribute, value, path, context) {
  if (attribute.type === 'component' || attribute.type === 'dynamiczone') {
    return componentHazard(attribute, value, path, context);
  }
  const why =
    kindOf(attribute) === 'json'
      ? jsonHazard(value, context.isStrapi5)
      : HAZARDS[attribute.type]?.(value, isLookedUp(attribute));
  return why ? { path: path.join('.'), message: `${path.join('.')} ${why}` } : null;
}

// `constructor`, `toString` and the like: yup looks a name up in a plain object, finds a method there, and
// throws a TypeError, which is nobody's refusal.
const isOfEveryObject = (attributes, name) => name in Object.prototype && !Object.hasOwn(attributes, name);

function fieldsHazard(attributes, data, path, context) {
  for (const name of Object.keys(data)) {
    if (isOfEveryObject(attributes, name)) {
      const full = [...path, name].join('.');
      return { path: full, message: `Invalid key ${full}` };
    }
    if (!Object.hasOwn(attributes, name) || isNothing(data[name])) continue;
    const found = fieldHazard(attributes[name], data[name], [...path, name], context);
    if (found) return found;
  }
  return null;
}

// { path, message }, or null. `context`: the components by uid, and isStrapi5.
function hazard(attributes, data, context) {
  for (const name of Object.keys(data)) {
    const why = valueFault(name) || valueFault(data[name]);
    if (why) return { path: name, message: `${name} ${why}` };
  }
  return fieldsHazard(attributes, data, [], context);
}

module.exports = { hazard };
