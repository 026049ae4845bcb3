'use strict';

// A batch: its entries, the position and the rejects in one transaction.

const { inTransaction } = require('./transaction');
const { mayPassAgain } = require('./database_errors');
const positions = require('./position_table');
const { admit, sortItems, advance } = require('./position_rules');
const { applyEntries } = require('./entries');
const { applyMovements } = require('./adjust');
const { announce } = require('./announce');

const TRIES = 3;

// Everything that the parts of one try share:
//   strapi, config, ctx, type    as given
//   request                      the batch as it was sent
//   trx                          its transaction
//   isLastTry                    a duplicate key is now the item's own fault
//   written                      [{ event, type, entry }] to be told after the commit
const openTry = (target, request, trx, isLastTry) => ({ ...target, request, trx, isLastTry, written: [] });

async function applyBatch(batch, position) {
  const { request, type } = batch;
  const { results, fresh } = sortItems(position, request.items);
  if (fresh.length > 0) await (type.effect === 'adjust' ? applyMovements : applyEntries)(batch, fresh);
  return { results, after: advance(position, request, fresh) };
}

async function runTry(target, request, isLastTry) {
  const { strapi, config } = target;
  let batch;
  const answer = await inTransaction(strapi, config, async (trx) => {
    batch = openTry(target, request, trx, isLastTry);
    const position = admit(await positions.lock(strapi, trx, request), request, config.limits);
    const { results, after } = await applyBatch(batch, position);
    // The last statement: if an error before it was swallowed, the transaction is aborted and this fails.
    await positions.store(strapi, trx, request, after);
    return { next_offset: after.next_offset, results };
  });
  announce(batch);
  return answer;
}

async function runBatch(target, request) {
  for (let n = 1; n < TRIES; n += 1) {
    try {
      return await runTry(target, request, false);
    } catch (error) {
      if (!mayPassAgain(error)) throw error;
    }
  }
  return runTry(target, request, true);
}

module.exports = { runBatch };
