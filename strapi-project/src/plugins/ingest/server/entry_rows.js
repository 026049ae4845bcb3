'use strict';

// Plans written as rows, many in a statement. createMany() calls beforeCreateMany and afterCreateMany and
// nothing else of the hooks; the update calls none.

const { kindOf } = require('./attributes');
const { note } = require('./announce');

// Of one statement; PostgreSQL counts parameters in 16 bits, SQLite takes 32,766.
const MAX_PARAMETERS = 30_000;

function* chunks(list, size) {
  for (let i = 0; i < list.length; i += size) yield list.slice(i, i + size);
}

const chunkOf = (type) => Math.max(1, Math.floor(MAX_PARAMETERS / Object.keys(type.meta.attributes).length));

// On Strapi 5 everything has a publishedAt, and null makes a draft of it.
function publishedAt({ type }, now) {
  if (!type.drafts) return type.makeId ? { publishedAt: now } : {};
  return { publishedAt: type.publish ? now : null };
}

// The row, or the two rows: a document that is published has a draft beside it.
function newRows(batch, entry, now) {
  const { type } = batch;
  const row = { ...entry.data, createdAt: now, updatedAt: now, ...publishedAt(batch, now) };
  if (type.makeId) row.documentId = type.makeId();
  return type.paired && type.publish ? [{ ...row, publishedAt: null }, row] : [row];
}

async function insertRows(batch, entries) {
  const { strapi, type } = batch;
  const now = new Date();
  for (const part of chunks(entries, chunkOf(type) >> 1 || 1)) {
    const rows = part.map((entry) => newRows(batch, entry, now));
    const { ids } = await strapi.db.query(type.uid).createMany({ data: rows.flat() });
    let last = -1;
    part.forEach((entry, i) => {
      last += rows[i].length;
      note(batch, 'entry.create', { id: ids[last], ...rows[i].at(-1) });
    });
  }
}

const TO_COLUMN = {
  json: JSON.stringify,
  // As read: ISO 8601, or milliseconds as a text.
  instant: (value) => (value instanceof Date ? value : new Date(Number(value) || value)),
};

// The query builder takes rows as the database has them, while it gives them as Strapi has them.
function toColumns({ meta }, row) {
  const columns = {};
  for (const [name, value] of Object.entries(row)) {
    const kind = kindOf(meta.attributes[name]);
    if (kind !== 'rich') columns[name] = value === null || !TO_COLUMN[kind] ? value : TO_COLUMN[kind](value);
  }
  return columns;
}

// The rows are locked and read in full, so to write each as a whole, and of it only the columns that
// change in any of them, overwrites nothing of anybody else's.
async function updateRows(batch, entries) {
  const { strapi, type } = batch;
  const now = new Date();
  const names = new Set(entries.flatMap((entry) => Object.keys(entry.patch)));
  const columns = [...names, 'updatedAt'].map(type.columnOf);
  for (const part of chunks(entries, chunkOf(type) >> 1 || 1)) {
    const rows = part.flatMap((entry) => entry.rows.map((row) => ({ ...row, ...entry.patch, updatedAt: now })));
    await strapi.db
      .queryBuilder(type.uid)
      .insert(rows.map((row) => toColumns(type, row)))
      .onConflict('id')
      .merge(columns)
      .execute();
    for (const entry of part) note(batch, 'entry.update', { ...entry.rows.at(-1), ...entry.patch, updatedAt: now });
  }
}

module.exports = { insertRows, updateRows, chunks };
