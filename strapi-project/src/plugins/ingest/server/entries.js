'use strict';

// The items of an upsert or an append: look up what is there, decide item by item in their order what
// each comes to, then write all of it in few statements.

const { createChecks } = require('./checks');
const { findEntries } = require('./entry_lookup');
const { planEntries } = require('./entry_plan');
const { insertRows, updateRows } = require('./entry_rows');
const { createDocument, updateDocument } = require('./entry_documents');
const { writeList } = require('./savepoint');
const { reject, faultOf } = require('./verdict');

// One by one, each under its own savepoint.
const writeOneByOne = async (batch, entries, write, refused) => {
  for (const entry of entries) await writeList(batch, [entry], ([one]) => write(batch, one), refused);
};

async function writePlan(batch, { creates, updates }, refused) {
  const isSlow = (entry) => batch.type.documents || entry.isRich;
  const isFast = (entry) => !isSlow(entry);
  await writeList(batch, creates.filter(isFast), (entries) => insertRows(batch, entries), refused);
  await writeList(batch, updates.filter(isFast), (entries) => updateRows(batch, entries), refused);
  await writeOneByOne(batch, creates.filter(isSlow), createDocument, refused);
  await writeOneByOne(batch, updates.filter(isSlow), updateDocument, refused);
}

// `fresh`: [{ item, result }]; fills in each result.
async function applyEntries(batch, fresh) {
  const again = [];
  const refused = (entry, error) => {
    // Several items came to one write. Each of them alone is what it would have been without the others.
    if (entry.fresh.length > 1) again.push(...entry.fresh);
    else reject(entry.fresh[0].result, faultOf(error));
  };
  const found = await findEntries(batch, fresh);
  const plan = await planEntries(batch, createChecks(batch), found, fresh);
  await writePlan(batch, plan, refused);
  for (const one of again) await applyEntries(batch, [one]);
}

module.exports = { applyEntries };
