'use strict';

// Dates and times as Strapi stores them. Its validator takes anything; its conversion comes with the
// write, where it knows what "2026-01-01" means in this time zone. It is not exported: the way to it is
// a condition, whose value it converts just so. Only items with such a field come here.

const { kindOf, isNothing } = require('./attributes');

const DATED = new Set(['date', 'time', 'instant']);

function convert(strapi, uid, name, value) {
  const query = strapi.db.queryBuilder(uid).where({ [name]: { $eq: value } }).getKnexQuery();
  return query.toSQL().bindings[0];
}

// { data } with its dates converted, or { fault }.
function convertDates(strapi, { uid, schema }, data) {
  const converted = { ...data };
  for (const name of Object.keys(data)) {
    const attribute = schema.attributes[name];
    if (!attribute || isNothing(data[name]) || !DATED.has(kindOf(attribute))) continue;
    try {
      converted[name] = convert(strapi, uid, name, data[name]);
    } catch (error) {
      if (!/^Invalid\w*Format$/.test(error.name)) throw error;
      return { fault: { path: name, message: `${name}: ${error.message}` } };
    }
  }
  return { data: converted };
}

module.exports = { convertDates };
