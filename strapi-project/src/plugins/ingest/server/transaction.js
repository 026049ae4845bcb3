'use strict';

// One request, one transaction of the database.

// One statement on PostgreSQL, for this transaction only:
// - who waits for a row longer than that gives up. No limit for a statement as such: an error inside
//   Strapi's `unique` look-up ends the whole Strapi process (hazard.js);
// - a Strapi that hangs in the middle loses its locks after `idle`, because the database hangs up;
// - constraints that are checked at the COMMIT are checked at once, so that what they refuse is one
//   item's fault and not the whole batch's.
const limits = ({ timeouts }) =>
  `SET LOCAL lock_timeout = ${timeouts.lock}; ` +
  `SET LOCAL idle_in_transaction_session_timeout = ${timeouts.idle}; ` +
  'SET CONSTRAINTS ALL IMMEDIATE';

// Resolves with what work(trx) resolves with, once that is committed.
async function inTransaction(strapi, config, work) {
  let transaction;
  const answer = await strapi.db.transaction(async ({ trx }) => {
    transaction = trx;
    if (strapi.db.dialect.client === 'postgres') await trx.raw(limits(config));
    return work(trx);
  });
  // knex resolves commit() also when the COMMIT has failed (the database was stopped, say). Only this
  // promise knows; without it such a batch would be answered with 200, and nothing of it be there.
  await transaction.executionPromise;
  return answer;
}

module.exports = { inTransaction };
