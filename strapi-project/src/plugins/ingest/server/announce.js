'use strict';

// Strapi's events, which are also its webhooks, for what was written as rows. Only after the commit:
// nobody is told of an entry that was rolled back.

const { kindOf } = require('./attributes');

const isSecret = (attribute) => attribute?.private || attribute?.type === 'password';

function note(batch, event, entry) {
  if (batch.type.events) batch.written.push({ event, entry });
}

function payload({ schema }, entry) {
  const names = Object.keys(entry).filter((name) => !isSecret(schema.attributes[name]));
  const open = names.filter((name) => !schema.attributes[name] || kindOf(schema.attributes[name]) !== 'rich');
  return { model: schema.modelName, uid: schema.uid, entry: Object.fromEntries(open.map((n) => [n, entry[n]])) };
}

// Not waited for: the batch is done whatever a listener does.
function announce({ strapi, type, written }) {
  for (const { event, entry } of written) {
    Promise.resolve(strapi.eventHub.emit(event, payload(type, entry))).catch((error) => strapi.log.error(error));
  }
}

module.exports = { note, announce };
