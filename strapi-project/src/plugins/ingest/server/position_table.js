'use strict';

// The table of positions, one row a (cluster, group, topic, partition). It is made by hand and is no
// content type: Strapi drops the table of a content type when its plugin is missing for one start, and
// everything would be applied once more.

const TABLE = 'ingest_positions';
const KEY = ['cluster', 'group_id', 'topic', 'partition'];

// Characters as in envelope.js. All four in UTF-8 are at most 2,276 bytes, and an entry of PostgreSQL's
// index may have 2,704.
const COLUMNS = {
  cluster: (table) => table.string('cluster', 64).notNullable(),
  group_id: (table) => table.string('group_id', 255).notNullable(),
  topic: (table) => table.string('topic', 249).notNullable(),
  partition: (table) => table.integer('partition').notNullable(),
  epoch: (table) => table.bigInteger('epoch').notNullable().defaultTo(0),
  next_offset: (table) => table.bigInteger('next_offset'),
  confirmed: (table) => table.bigInteger('confirmed'),
  fingerprint: (table) => table.string('fingerprint', 64),
  rejects: (table) => table.text('rejects'),
  member: (table) => table.string('member', 255),
  updated_at: (table) => table.timestamp('updated_at'),
};

// Strapi 4 drops every table that it does not know when a content type changes, except those listed here.
// Strapi 5 keeps the same list. It holds also while the plugin is disabled.
async function listTable(strapi) {
  const at = { type: 'core', key: 'persisted_tables' };
  const listed = (await strapi.store.get(at)) || [];
  if (listed.some((entry) => (entry.name || entry) === TABLE)) return;
  await strapi.store.set({ ...at, value: [...listed, TABLE] });
}

// A new one for each question: one that is used again asks the old ones once more.
const schemaOf = (strapi) => strapi.db.getSchemaConnection();
const hasTable = (strapi) => schemaOf(strapi).hasTable(TABLE);

function createTable(strapi) {
  return schemaOf(strapi).createTable(TABLE, (table) => {
    for (const add of Object.values(COLUMNS)) add(table);
    table.primary(KEY);
  });
}

// A later version's columns; none of them may be without a default and NOT NULL.
async function addColumns(strapi) {
  for (const [name, add] of Object.entries(COLUMNS)) {
    if (await schemaOf(strapi).hasColumn(TABLE, name)) continue;
    await schemaOf(strapi).alterTable(TABLE, (table) => {
      add(table);
    });
  }
}

async function ensureTable(strapi) {
  await listTable(strapi);
  if (await hasTable(strapi)) return addColumns(strapi);
  try {
    return await createTable(strapi);
  } catch (error) {
    // Another Strapi on the same database may have been faster.
    if (!(await hasTable(strapi))) throw error;
    return addColumns(strapi);
  }
}

const rows = (strapi, trx) => strapi.db.getConnection(TABLE).transacting(trx);
const keyOf = ({ cluster, group, topic, partition }) => ({ cluster, group_id: group, topic, partition });
// bigint comes as a text.
const numberOf = (value) => (value === null ? null : Number(value));

const readRow = (row) => ({
  epoch: Number(row.epoch),
  next_offset: numberOf(row.next_offset),
  confirmed: numberOf(row.confirmed),
  fingerprint: row.fingerprint,
  rejects: row.rejects ? JSON.parse(row.rejects) : [],
});

// Unless it is there.
async function create(strapi, trx, at) {
  await rows(strapi, trx).insert({ ...keyOf(at), epoch: 0 }).onConflict(KEY).ignore();
}

// The position, locked until the transaction ends; null when there is none.
async function lock(strapi, trx, at) {
  const row = await rows(strapi, trx).where(keyOf(at)).forUpdate().first();
  return row ? readRow(row) : null;
}

// `change` has some of: epoch, next_offset, confirmed, fingerprint, rejects, member.
async function store(strapi, trx, at, { rejects, ...change }) {
  const columns = { ...change, updated_at: new Date() };
  if (rejects !== undefined) columns.rejects = JSON.stringify(rejects);
  await rows(strapi, trx).where(keyOf(at)).update(columns);
}

module.exports = { TABLE, ensureTable, create, lock, store };
