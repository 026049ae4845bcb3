'use strict';

// The entries that are there already, by their key, with their rows locked. Locked in the order of
// their ids, so that two batches do not wait for each other.

const { isStorable } = require('./text');

const isKey = (value) => typeof value === 'string' && value !== '' && isStorable(value);

const keyOf = (type, data) => data?.[type.key];

function keysOf(type, fresh) {
  return [...new Set(fresh.map(({ item }) => keyOf(type, item.data)).filter(isKey))];
}

const lockRows = ({ strapi, type }, where, fields = '*') =>
  strapi.db.queryBuilder(type.uid).select(fields).where(where).orderBy({ id: 'asc' }).forUpdate().execute();

// A document's published row is a new one after each publication. Who has waited for a publication does
// not see it in the first answer, but in a second one, asked while the draft's row is held.
async function lockDocuments(batch, rows, fields) {
  const ids = [...new Set(rows.map((row) => row.documentId))];
  return ids.length === 0 ? [] : lockRows(batch, { documentId: { $in: ids } }, fields);
}

// Rows of one document are one entry. `current` is what an item is compared with: the draft, or with the
// option `publish` what is published; `rows` are what is written.
function entryOf(batch, rows) {
  const { type } = batch;
  const published = rows.find((row) => row.publishedAt);
  const draft = rows.find((row) => !row.publishedAt);
  if (!type.paired) return { rows, current: rows[0] };
  if (type.publish && published) return { rows, current: published };
  return { rows: [draft ?? published], current: draft ?? published };
}

// Where nothing makes the key unique: the oldest is the one.
function byKey(batch, rows) {
  const { type, strapi } = batch;
  const groups = new Map();
  for (const row of rows) {
    const key = row[type.key];
    const group = groups.get(key);
    if (!group) groups.set(key, [row]);
    else if (type.paired && row.documentId === group[0].documentId) group.push(row);
    else warnOfTwins(strapi, type);
  }
  return new Map([...groups].map(([key, group]) => [key, entryOf(batch, group)]));
}

function warnOfTwins(strapi, type) {
  if (type.hasWarned) return;
  type.hasWarned = true;
  strapi.log.warn(`ingest: ${type.uid} has several entries with the same ${type.key}; the oldest is updated`);
}

// Map of key -> { rows, current }.
async function findEntries(batch, fresh) {
  const { type } = batch;
  const keys = type.key ? keysOf(type, fresh) : [];
  if (keys.length === 0) return new Map();
  let rows = await lockRows(batch, { [type.key]: { $in: keys } });
  if (type.paired) rows = await lockDocuments(batch, rows);
  return byKey(batch, rows);
}

module.exports = { findEntries, lockRows, lockDocuments, isKey };
