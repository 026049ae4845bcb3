'use strict';

// What a position allows, and what it becomes. Pure: a position is a value here
// ({ epoch, next_offset, confirmed, fingerprint, rejects }).

const { Refusal } = require('./refusal');

// Whoever had the partition before the last session may write nothing more.
function requireHolder(position, request) {
  const held = position ? position.epoch : null;
  if (held !== request.epoch) {
    throw new Refusal(409, 'stale_epoch', 'somebody else has opened a session for this partition', { epoch: held });
  }
}

const unconfirmed = (rejects, confirmed) =>
  confirmed === null ? rejects : rejects.filter((reject) => reject.offset >= confirmed);

const highest = (a, b) => (a === null ? b : b === null ? a : Math.max(a, b));

// Refuses the batch, or returns the position with what the batch confirms.
function admit(position, batch, limits) {
  requireHolder(position, batch);
  const { next_offset: next } = position;
  if (next === null && (batch.known_offset ?? null) !== null) {
    throw new Refusal(409, 'gap', `there is no position any more, it was ${batch.known_offset}`, { next_offset: null });
  }
  if (next !== null && batch.first_offset > next) {
    throw new Refusal(409, 'gap', `the position is ${next}, the batch begins at ${batch.first_offset}`, {
      next_offset: next,
    });
  }
  const confirmed = highest(position.confirmed, batch.confirmed ?? null);
  const rejects = unconfirmed(position.rejects, confirmed);
  if (batch.items.length > 0 && rejects.length >= limits.rejects) {
    throw new Refusal(409, 'too_many_rejects', `${rejects.length} rejected items are not confirmed`);
  }
  return { ...position, confirmed, rejects };
}

// What lies below the position was dealt with in an earlier batch, and has its answer; the rest is to be
// done. Returns { results: one an item, in order; fresh: [{ item, result }] }, where `result` is one of
// the results and is filled in by whoever does it.
function sortItems(position, items) {
  const known = new Map(position.rejects.map(({ offset, error }) => [offset, error]));
  const results = [];
  const fresh = [];
  for (const item of items) {
    const result = { offset: item.offset };
    results.push(result);
    if (position.next_offset === null || item.offset >= position.next_offset) fresh.push({ item, result });
    else if (known.has(item.offset)) Object.assign(result, { status: 'rejected', error: known.get(item.offset) });
    else result.status = 'skipped';
  }
  return { results, fresh };
}

const wasPassed = ({ result }) => result.status !== 'missing' && result.status !== 'not_reached';

// Of the last message below the new position. An old one must not stand for it: it would look as if the
// topic had been made anew.
function fingerprintAfter(batch, fresh, isStopped) {
  if (!isStopped && (batch.fingerprint ?? null) !== null) return batch.fingerprint;
  const last = fresh.filter(wasPassed).at(-1);
  return last?.item.fingerprint ?? null;
}

// The position after the batch: in front of the item that stopped it, or where the sender says; never
// lower than it is.
function advance(position, batch, fresh) {
  const stop = fresh.find(({ result }) => result.status === 'missing');
  const to = highest(position.next_offset, stop ? stop.item.offset : batch.next_offset);
  const rejected = fresh
    .filter(({ result }) => result.status === 'rejected')
    .map(({ result: { offset, error } }) => ({ offset, error }));
  return {
    next_offset: to,
    confirmed: position.confirmed,
    fingerprint:
      to === position.next_offset ? position.fingerprint : fingerprintAfter(batch, fresh, stop !== undefined),
    rejects: position.rejects.concat(rejected),
  };
}

// By hand.
function moved({ next_offset: next, fingerprint }) {
  return { next_offset: next, confirmed: next, fingerprint: fingerprint ?? null, rejects: [] };
}

module.exports = { requireHolder, admit, sortItems, advance, moved };
