'use strict';

// What config/plugins.js may say under ingest.config, and what holds when it says nothing.

const { isObject } = require('./attributes');

const MEBIBYTE = 1024 * 1024;

const defaults = {
  // What a batch may name as its content_type. With `field` its items move that number of the entries
  // of `uid` (adjust); else with `key` they are created or updated by it (upsert); else created
  // (append). `false` takes one of these three away. A type may have its own `publish`, `documents`,
  // `events` and `alwaysValidate`.
  types: {
    product: { uid: 'api::product.product', key: 'barcode' },
    event: { uid: 'api::event.event' },
    stock: { uid: 'api::product.product', key: 'barcode', field: 'stock_available' },
  },
  // Draft & Publish: false: new entries are drafts, of a published one the draft is changed. true: new
  // entries are published, and changes are written to what is published, too.
  publish: false,
  // Writes entries one by one through Strapi's own services, so that everything of Strapi's fires.
  documents: false,
  // Emits entry.create and entry.update, which are the webhooks, after the commit.
  events: false,
  // Asks Strapi's validator about every item, also where an item is plainly valid.
  alwaysValidate: false,
  // Keeps a form, sent back as it was read, from overwriting the number that movements move.
  guardForms: true,
  limits: { items: 1000, bytes: 8 * MEBIBYTE, rejects: 1000 },
  // Milliseconds: how long to wait for a row that somebody else has locked, and after how long the
  // database ends a transaction of a Strapi that hangs.
  timeouts: { lock: 10_000, idle: 60_000 },
};

const MAXIMUM = 2 ** 31 - 1;
const isCount = (value) => Number.isInteger(value) && value >= 1 && value <= MAXIMUM;

const TYPE_TEXTS = ['uid', 'key', 'field', 'amount', 'direction', 'add', 'take'];
const TYPE_SWITCHES = ['publish', 'documents', 'events', 'alwaysValidate'];

function checkType(name, type) {
  if (type === false || type === null) return;
  if (!isObject(type)) throw new Error(`types.${name} must be an object, or false`);
  if (typeof type.uid !== 'string') throw new Error(`types.${name}.uid must be a text`);
  for (const [option, value] of Object.entries(type)) {
    const wanted = TYPE_TEXTS.includes(option) ? 'string' : TYPE_SWITCHES.includes(option) ? 'boolean' : null;
    if (!wanted) throw new Error(`types.${name} knows no ${option}`);
    if (typeof value !== wanted) throw new Error(`types.${name}.${option} must be a ${wanted}`);
  }
}

function checkCounts(group, counts) {
  for (const name of Object.keys(defaults[group])) {
    if (!isCount(counts[name])) throw new Error(`${group}.${name} must be a whole number above 0`);
  }
}

// Throws what Strapi then says when it refuses to start.
function check(config) {
  for (const name of Object.keys(config)) {
    if (!Object.hasOwn(defaults, name)) throw new Error(`there is no option ${name}`);
    if (typeof defaults[name] === 'boolean' && typeof config[name] !== 'boolean') {
      throw new Error(`${name} must be true or false`);
    }
  }
  for (const [name, type] of Object.entries(config.types)) checkType(name, type);
  checkCounts('limits', config.limits);
  checkCounts('timeouts', config.timeouts);
}

// Strapi 5 keeps a plugin's configuration under the first name, Strapi 4 under the second.
const read = (strapi) => strapi.config.get('plugin::ingest') || strapi.config.get('plugin.ingest');

module.exports = { defaults, check, read, TYPE_SWITCHES };
