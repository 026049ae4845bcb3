'use strict';

// The plugin's service: configuration and types in one place, and the requests that the controller
// passes on. Errors that are the sender's to know are thrown as Refusal.

const { version } = require('../package.json');
const { read } = require('./settings');
const { sortTypes, bypassedHooks } = require('./content_types');
const { Refusal, badBatch } = require('./refusal');
const { sessionFault, moveFault, batchFault } = require('./envelope');
const { inTransaction } = require('./transaction');
const { runBatch } = require('./batch');
const positions = require('./position_table');
const { requireHolder, moved } = require('./position_rules');

// Of this protocol; docs/ingest-api.md.
const API = 1;

const refuse = (fault) => {
  if (fault) throw badBatch(fault);
};

// With the names of all its fields: a sender that finds one missing says so before it has sent anything.
const publicType = ({ effect, uid, key, field, schema }) => ({
  effect,
  uid,
  key,
  field,
  fields: Object.keys(schema.attributes),
});
const mapValues = (object, map) => Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]));

function createIngest(strapi) {
  const config = read(strapi);
  let types;
  // Not at once: Strapi makes its services before the content types are loaded.
  const sorted = () => (types ??= sortTypes(strapi, config));

  function requireType(name) {
    const { usable, unusable } = sorted();
    if (Object.hasOwn(usable, name)) return usable[name];
    const why = Object.hasOwn(unusable, name) ? unusable[name] : `there is no content_type ${name}`;
    throw new Refusal(400, 'unknown_type', why);
  }

  function info() {
    const { usable, unusable } = sorted();
    return {
      plugin: 'ingest',
      version,
      api: API,
      strapi: strapi.documents ? 5 : 4,
      limits: config.limits,
      types: mapValues(usable, publicType),
      unusable,
    };
  }

  // Waits for a batch that is at work, because that has the position's row locked.
  function openSession(request) {
    refuse(sessionFault(request));
    if (request.content_type !== undefined) requireType(request.content_type);
    return inTransaction(strapi, config, async (trx) => {
      await positions.create(strapi, trx, request);
      const position = await positions.lock(strapi, trx, request);
      const epoch = position.epoch + 1;
      await positions.store(strapi, trx, request, { epoch, member: request.member ?? null });
      const { next_offset, confirmed, fingerprint, rejects } = position;
      return { epoch, next_offset, confirmed, fingerprint, rejects };
    });
  }

  async function movePosition(request) {
    refuse(moveFault(request));
    const change = moved(request);
    const before = await inTransaction(strapi, config, async (trx) => {
      const position = await positions.lock(strapi, trx, request);
      requireHolder(position, request);
      await positions.store(strapi, trx, request, change);
      return position;
    });
    strapi.log.warn(
      `ingest: the position of ${request.topic}/${request.partition} (group ${request.group}) was moved by hand ` +
        `from ${before.next_offset} to ${change.next_offset}: ${request.why}`,
    );
    return { next_offset: change.next_offset, confirmed: change.confirmed };
  }

  function takeBatch(batch, ctx) {
    refuse(batchFault(batch));
    const type = requireType(batch.content_type);
    return runBatch({ strapi, config, ctx, type }, batch);
  }

  // Once a start, what the people who run this Strapi should know.
  function reportTypes() {
    for (const [name, why] of Object.entries(sorted().unusable)) {
      strapi.log.info(`ingest: content_type ${name} cannot be used: ${why}`);
    }
    for (const type of Object.values(sorted().usable)) {
      const hooks = type.documents ? [] : bypassedHooks(strapi, type);
      if (hooks.length > 0) {
        strapi.log.warn(`ingest: batches of ${type.name} do not call ${hooks.join(', ')} (option documents)`);
      }
    }
  }

  const usableTypes = () => Object.values(sorted().usable);
  return { strapi, config, usableTypes, info, openSession, movePosition, takeBatch, reportTypes };
}

module.exports = { createIngest };
