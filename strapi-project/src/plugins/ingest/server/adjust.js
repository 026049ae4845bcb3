'use strict';

// The items of an adjust, in their order: each is judged by exactly what those before it have left.

const { readMovement, rangeOf, move } = require('./movement');
const { lockEntries, writeLevels } = require('./movement_rows');
const { attempt } = require('./savepoint');
const { reject, faultOf } = require('./verdict');
const { note } = require('./announce');

const withCode = (code, { by, value }, what) => ({ code, path: by, message: `${what} ${by} ${value}` });

// The one entry that a movement is about, or why there is none: { entry } | { fault } | { isMissing }.
function target(find, { item, movement }) {
  const found = find(movement);
  if (found.length === 1) return { entry: found[0] };
  if (found.length > 1) return { fault: withCode('ambiguous_entry', movement, 'several entries have the') };
  return item.final ? { fault: withCode('unknown_entry', movement, 'no entry has the') } : { isMissing: true };
}

// Behind an entry that is not there yet nothing may be done: the items are in order.
function stopAt(fresh, i) {
  fresh[i].result.status = 'missing';
  for (const { result } of fresh.slice(i + 1)) result.status = 'not_reached';
}

// Resolves with the movements that are to be made, in order: [{ entry, change, result }].
function assign(fresh, find) {
  const moves = [];
  for (const [i, one] of fresh.entries()) {
    const { movement, result } = one;
    const { entry, fault, isMissing } = movement.fault ? movement : target(find, one);
    if (isMissing) {
      stopAt(fresh, i);
      break;
    }
    if (fault) reject(result, fault);
    else moves.push({ entry, change: movement.change, result });
  }
  return moves;
}

// Whether it was made.
function make({ type, range }, { entry, change, result }) {
  const { level, fault } = move(entry.level, change, range, type.field);
  if (fault) {
    reject(result, fault);
    return false;
  }
  entry.level = level;
  result.status = 'applied';
  return true;
}

async function makeTogether(batch, scene, moves) {
  const touched = new Set(moves.filter((one) => make(scene, one)).map(({ entry }) => entry));
  return touched.size === 0 ? null : attempt(batch, () => writeLevels(batch, [...touched]));
}

// The database itself refuses a level (a check constraint, a trigger). Which movement's fault it is shows
// only when they are made one after another.
async function makeSingly(batch, scene, moves) {
  for (const one of moves) {
    const before = one.entry.level;
    if (!make(scene, one)) continue;
    const error = await attempt(batch, () => writeLevels(batch, [one.entry]));
    if (!error) continue;
    one.entry.level = before;
    reject(one.result, faultOf(error));
  }
}

function announceAll(batch, moves) {
  const made = moves.filter(({ result }) => result.status === 'applied');
  for (const { rows, level } of new Set(made.map(({ entry }) => entry))) {
    note(batch, 'entry.update', { ...rows.at(-1), [batch.type.field]: level });
  }
}

// `fresh`: [{ item, result }]; fills in each result.
async function applyMovements(batch, fresh) {
  const { type } = batch;
  const scene = { type, range: rangeOf(type.schema.attributes[type.field]) };
  const read = fresh.map((one) => ({ ...one, movement: readMovement(type, one.item.data) }));
  const find = await lockEntries(batch, read.map(({ movement }) => movement).filter(({ fault }) => !fault));
  const moves = assign(read, find);
  const levels = moves.map(({ entry }) => entry.level);
  if (await makeTogether(batch, scene, moves)) {
    moves.forEach(({ entry, result }, i) => {
      entry.level = levels[i];
      delete result.error;
    });
    await makeSingly(batch, scene, moves);
  }
  announceAll(batch, moves);
}

module.exports = { applyMovements };
