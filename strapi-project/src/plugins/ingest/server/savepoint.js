'use strict';

// A write that may fail for the data of one item, inside a transaction that has to go on.

const { isItemsFault, isDuplicate } = require('./database_errors');

const NAME = 'ingest';

// Resolves with null, or with the error when that is the fault of what was written. PostgreSQL takes
// nothing more in a transaction after an error, until it is rolled back to a savepoint.
async function attempt(batch, write) {
  const { trx, written } = batch;
  const noted = written.length;
  await trx.raw(`SAVEPOINT ${NAME}`);
  try {
    await write();
    await trx.raw(`RELEASE SAVEPOINT ${NAME}`);
    return null;
  } catch (error) {
    // Somebody else may have created the key meanwhile: first the whole batch once more.
    if (!isItemsFault(error) || (isDuplicate(error) && !batch.isLastTry)) throw error;
    await trx.raw(`ROLLBACK TO SAVEPOINT ${NAME}`);
    await trx.raw(`RELEASE SAVEPOINT ${NAME}`);
    // Nobody is to be told of what is not there now.
    written.length = noted;
    return error;
  }
}

// Writes the list in one statement under one savepoint; if the database refuses it, in halves, down to
// whoever is at fault. That one is given to refused(one, error).
async function writeList(batch, list, write, refused) {
  if (list.length === 0) return;
  const error = await attempt(batch, () => write(list));
  if (!error) return;
  if (list.length === 1) {
    refused(list[0], error);
    return;
  }
  const half = list.length >> 1;
  await writeList(batch, list.slice(0, half), write, refused);
  await writeList(batch, list.slice(half), write, refused);
}

module.exports = { attempt, writeList };
