'use strict';

// How an item's answer is filled in. The codes are those of docs/ingest-api.md.

const { makeStorable } = require('./text');

// Kept in the position until the sender confirms, so it has a limit; and not every JSON parser takes
// each character that an item may have in it.
const MAX_MESSAGE = 500;
const presentable = (text) => makeStorable(text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}...` : text);

function reject(result, { code = 'refused', message, path }) {
  const error = { code, message: presentable(message) };
  if (path) error.path = presentable(path);
  delete result.kept;
  Object.assign(result, { status: 'rejected', error });
}

// knex puts the statement, with the data in it, in front of what the database said.
function withoutStatement(message) {
  const end = message.lastIndexOf(' - ');
  return end < 0 ? message : message.slice(end + 3);
}

// What Strapi's validator or the database threw -> { path, message }.
function faultOf(error) {
  const first = error.details?.errors?.[0];
  if (first) return { path: first.path.join('.'), message: first.message };
  return { path: error.details?.key, message: withoutStatement(error.message) };
}

module.exports = { reject, faultOf };
