'use strict';

// What a field of a content type holds, as far as the plugin treats it differently. Pure.

const KINDS = {
  increments: 'number',
  string: 'text',
  text: 'text',
  richtext: 'text',
  email: 'text',
  uid: 'text',
  enumeration: 'text',
  json: 'json',
  blocks: 'json',
  integer: 'number',
  float: 'number',
  decimal: 'number',
  biginteger: 'bigint',
  boolean: 'boolean',
  date: 'date',
  time: 'time',
  datetime: 'instant',
  timestamp: 'instant',
  // Not one column of one row, or changed by Strapi on its way there: only Strapi's own services can.
  relation: 'rich',
  media: 'rich',
  component: 'rich',
  dynamiczone: 'rich',
  password: 'rich',
  customField: 'rich',
};

// Of an attribute that nobody knows: 'rich', so that it is left to Strapi.
const kindOf = (attribute) => KINDS[attribute.type] || 'rich';

// The fields that are there on every type and are Strapi's, not the user's.
const OWN = new Set([
  'id', 'documentId', 'createdAt', 'updatedAt', 'publishedAt', 'createdBy', 'updatedBy', 'locale', 'localizations',
]);
const isStrapis = (name) => OWN.has(name);

// Strapi's validator asks the database whether somebody else has the value.
const isLookedUp = (attribute) => attribute.unique === true || attribute.type === 'uid';

const isNothing = (value) => value === null || value === undefined;
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

module.exports = { kindOf, isStrapis, isLookedUp, isNothing, isObject };
