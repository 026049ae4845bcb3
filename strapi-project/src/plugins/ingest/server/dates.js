'use strict';

// Dates and times as Strapi stores them. Its validator takes anything; its conversion comes with the
// write, where it knows what "2026-01-01" means in this time zone. It is not exported: the way to it is
// a condition, whose value it converts just so. Only items with such a field come here.

const { kindOf, isNothing } = require('./attributes');

const DATED = new Set(['date', 'time', 'instant']);

const isScalar = (value) => typeof value === 'string' || value instanceof Date;

function convert(strapi, uid, name, value) {
  const query = strapi.db.queryBuilder(uid).where({ [name]: { $eq: value } }).getKnexQuery();
  return query.toSQL().bindings[0];
}

// Of a moment Strapi takes whatever reads as one when it is made a text, of the others texts alone.
function convertOne(strapi, uid, name, kind, value) {
  if (isScalar(value)) return convert(strapi, uid, name, value);
  return convert(strapi, uid, name, kind === 'instant' ? String(value) : '');
}

// { data } with its dates converted, or { fault }.
function convertDates(strapi, { uid, schema }, data) {
  const converted = { ...data };
  for (const name of Object.keys(data)) {
    const kind = Object.hasOwn(schema.attributes, name) && kindOf(schema.attributes[name]);
    if (isNothing(data[name]) || !DATED.has(kind)) continue;
    try {
      converted[name] = convertOne(strapi, uid, name, kind, data[name]);
    } catch (error) {
      if (!/^Invalid\w*Format$/.test(error.name)) throw error;
      return { fault: { path: name, message: `${name}: ${error.message}` } };
    }
  }
  return { data: converted };
}

module.exports = { convertDates };
