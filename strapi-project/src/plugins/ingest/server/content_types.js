'use strict';

// The configured types: which of them can be used here, and what the rest of the plugin has to know
// of each. Content types only change with a restart, so this is found out once.

const { kindOf } = require('./attributes');
const { TYPE_SWITCHES } = require('./settings');

const DATABASES = ['postgres', 'sqlite'];

const effectOf = (type) => (type.field ? 'adjust' : type.key ? 'upsert' : 'append');

function keyFault(schema, key) {
  const attribute = schema.attributes[key];
  if (!attribute) return `${schema.uid} has no field ${key}`;
  return kindOf(attribute) === 'text' ? null : `${key} of ${schema.uid} is no text, which a key must be`;
}

function fieldFault(schema, field) {
  const attribute = schema.attributes[field];
  if (!attribute) return `${schema.uid} has no field ${field}`;
  return attribute.type === 'integer' ? null : `${field} of ${schema.uid} is no integer`;
}

// A locale's rows share the fields that are not localized. To keep them equal is Strapi's own business
// and goes one entry at a time; so such a type is refused rather than half supported.
const isLocalized = (schema) => schema.pluginOptions?.i18n?.localized === true;

// Why the type cannot be used, or null.
function unusable(strapi, type) {
  const { client } = strapi.db.dialect;
  if (!DATABASES.includes(client)) return `the database is ${client}; PostgreSQL and SQLite are supported`;
  const schema = strapi.contentType(type.uid);
  if (!schema) return `there is no content type ${type.uid}`;
  if (schema.kind !== 'collectionType') return `${type.uid} is a single type`;
  if (isLocalized(schema)) return `${type.uid} is localized, which is not supported`;
  if (!strapi.controller(type.uid)) return `${type.uid} has no controller, so there are no checks of its REST API`;
  return (type.key && keyFault(schema, type.key)) || (type.field && fieldFault(schema, type.field)) || null;
}

// Lifecycle hooks of one entry; the plugin writes many at once and so does not call them.
const BYPASSED = ['beforeCreate', 'afterCreate', 'beforeUpdate', 'afterUpdate', 'beforeUpdateMany', 'afterUpdateMany'];

function bypassedHooks(strapi, type) {
  const hooks = strapi.contentType(type.uid).lifecycles || {};
  return BYPASSED.filter((name) => typeof hooks[name] === 'function');
}

// Everything about a usable type:
//   drafts       Draft & Publish is on
//   paired       ... and a document is two rows then, draft and published (Strapi 5)
//   makeId       gives a documentId; undefined on Strapi 4
function describe(strapi, config, name, configured) {
  const schema = strapi.contentType(configured.uid);
  const meta = strapi.db.metadata.get(configured.uid);
  const drafts = schema.options?.draftAndPublish === true;
  const isStrapi5 = strapi.documents !== undefined;
  return {
    amount: 'amount',
    direction: 'type',
    add: 'IN',
    take: 'OUT',
    ...Object.fromEntries(TYPE_SWITCHES.map((option) => [option, config[option]])),
    ...configured,
    name,
    effect: effectOf(configured),
    schema,
    meta,
    drafts,
    paired: drafts && isStrapi5,
    makeId: isStrapi5 ? meta.attributes.documentId.default : undefined,
    columnOf: (field) => meta.attributes[field].columnName || field,
  };
}

// { usable: { name: type }, unusable: { name: why } }
function sortTypes(strapi, config) {
  const found = { usable: {}, unusable: {} };
  for (const [name, type] of Object.entries(config.types)) {
    if (!type) continue;
    const why = unusable(strapi, type);
    if (why) found.unusable[name] = why;
    else found.usable[name] = describe(strapi, config, name, type);
  }
  return found;
}

module.exports = { sortTypes, bypassedHooks };
