'use strict';

// The entries that movements name: their rows locked, found by any address, and written.

const { lockDocuments, lockRows } = require('./entry_lookup');

const addOnce = (index, key, entry) => {
  const there = index.get(key);
  if (!there) index.set(key, [entry]);
  else if (!there.includes(entry)) there.push(entry);
};

// A document's rows are one entry: its number is the draft's, because the next publication makes the
// published row from the draft.
function collect(type, rows) {
  const entries = new Map();
  for (const row of rows) {
    const same = type.paired ? row.documentId : row.id;
    const entry = entries.get(same) ?? { rows: [], level: row[type.field] ?? 0 };
    entries.set(same, entry);
    entry.rows.push(row);
    if (!row.publishedAt) entry.level = row[type.field] ?? 0;
  }
  return [...entries.values()];
}

function indexOf(entries, names) {
  const index = Object.fromEntries(names.map((name) => [name, new Map()]));
  for (const entry of entries) {
    for (const row of entry.rows) for (const name of names) addOnce(index[name], row[name], entry);
  }
  return index;
}

// What a movement needs of an entry; those who are told of it (option `events`) get all of it.
function fieldsOf({ type }) {
  if (type.events) return '*';
  return ['id', type.key, type.field, ...(type.makeId ? ['documentId', 'publishedAt'] : [])].filter(Boolean);
}

// Resolves with find(movement): the entries that have its address, usually one. An entry is
// { rows, level }.
async function lockEntries(batch, movements) {
  const { type } = batch;
  const wanted = new Map();
  for (const { by, value } of movements) {
    if (!wanted.has(by)) wanted.set(by, new Set());
    wanted.get(by).add(value);
  }
  if (wanted.size === 0) return () => [];
  const fields = fieldsOf(batch);
  const anyOf = [...wanted].map(([by, values]) => ({ [by]: { $in: [...values] } }));
  let rows = await lockRows(batch, { $or: anyOf }, fields);
  if (type.paired) rows = await lockDocuments(batch, rows, fields);
  const index = indexOf(collect(type, rows), [...wanted.keys()]);
  return ({ by, value }) => index[by].get(value) ?? [];
}

const levelsOf = (entries) => entries.flatMap(({ rows, level }) => rows.map((row) => [row.id, level]));

// All of them in one statement.
async function writeTogether({ strapi, trx, type }, levels, now) {
  const schema = strapi.db.getSchemaName();
  const table = schema ? `${schema}.${type.meta.tableName}` : type.meta.tableName;
  const values = levels.map(() => '(?::int, ?::int)').join(', ');
  await trx.raw(
    'UPDATE ?? AS entry SET ?? = moved.level, ?? = ? ' +
      `FROM (VALUES ${values}) AS moved(id, level) WHERE entry.id = moved.id`,
    [table, type.columnOf(type.field), type.columnOf('updatedAt'), now, ...levels.flat()],
  );
}

async function writeSingly({ strapi, type }, levels, updatedAt) {
  for (const [id, level] of levels) {
    await strapi.db.queryBuilder(type.uid).where({ id }).update({ [type.field]: level, updatedAt }).execute();
  }
}

async function writeLevels(batch, entries) {
  const levels = levelsOf(entries);
  if (levels.length === 0) return;
  const write = batch.strapi.db.dialect.client === 'postgres' ? writeTogether : writeSingly;
  await write(batch, levels, new Date());
}

module.exports = { lockEntries, writeLevels };
