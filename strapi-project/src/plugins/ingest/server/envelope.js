'use strict';

// The frame of a request: who sends, for which partition, from where to where. Pure. A fault is a
// mistake of the sender and refuses the whole request; what is wrong inside an item's `data` is that
// item's own.

const { isNothing, isObject } = require('./attributes');
const { isStorable } = require('./text');

const MAX_PARTITION = 2 ** 31 - 1;
const MAX_FINGERPRINT = 64;
// Characters. Together, at four bytes each, they still fit into one key of an index (position_table.js).
const NAMES = { cluster: 64, group: 255, topic: 249 };
const MAX_MEMBER = 255;
const ON_EXISTING = ['update', 'skip', 'reject'];
const WHY = ['adopt', 'skip', 'reset'];

const isOffset = (value) => Number.isSafeInteger(value) && value >= 0;
const isText = (value, min, max) =>
  typeof value === 'string' && value.length >= min && value.length <= max && isStorable(value);
const isFingerprint = (value) => isNothing(value) || isText(value, 0, MAX_FINGERPRINT);

function partitionFault(request) {
  if (!isObject(request)) return 'the request is no object';
  for (const [name, max] of Object.entries(NAMES)) {
    if (!isText(request[name], 1, max)) return `${name} must be a text of 1 to ${max} characters`;
  }
  const { partition } = request;
  if (!Number.isInteger(partition) || partition < 0 || partition > MAX_PARTITION) {
    return 'partition must be a whole number, 0 or above';
  }
  return null;
}

function sessionFault(request) {
  const fault = partitionFault(request);
  if (fault) return fault;
  const { member, content_type: type } = request;
  if (type !== undefined && typeof type !== 'string') return 'content_type must be a text';
  return isNothing(member) || isText(member, 0, MAX_MEMBER)
    ? null
    : `member must be a text of at most ${MAX_MEMBER} characters`;
}

function holderFault(request) {
  const fault = partitionFault(request);
  if (fault) return fault;
  if (!Number.isSafeInteger(request.epoch)) return 'epoch must be a whole number';
  if (!isFingerprint(request.fingerprint)) {
    return `fingerprint must be a text of at most ${MAX_FINGERPRINT} characters`;
  }
  return null;
}

function moveFault(request) {
  const fault = holderFault(request);
  if (fault) return fault;
  if (!(request.next_offset === null || isOffset(request.next_offset))) {
    return 'next_offset must be an offset, or null';
  }
  return WHY.includes(request.why) ? null : `why must be one of ${WHY.join(', ')}`;
}

function rangeFault({ first_offset: first, next_offset: next, known_offset: known, confirmed }) {
  if (!isOffset(first) || !isOffset(next)) return 'first_offset and next_offset must be offsets';
  if (next < first) return 'next_offset is below first_offset';
  if (!isNothing(known) && !isOffset(known)) return 'known_offset must be an offset';
  if (isNothing(confirmed)) return null;
  return isOffset(confirmed) && confirmed <= next ? null : 'confirmed must be an offset, at most next_offset';
}

function optionsFault({ on_existing: onExisting, keep, content_type: type }) {
  if (typeof type !== 'string') return 'content_type must be a text';
  if (!isNothing(onExisting) && !ON_EXISTING.includes(onExisting)) {
    return `on_existing must be one of ${ON_EXISTING.join(', ')}`;
  }
  const fields = isNothing(keep) || (Array.isArray(keep) && keep.every((name) => typeof name === 'string'));
  return fields ? null : 'keep must be a list of field names';
}

function itemFault(item) {
  if (!isObject(item) || !isOffset(item.offset)) return 'an item has no offset';
  if (!Object.hasOwn(item, 'data')) return `the item at ${item.offset} has no data`;
  if (!isNothing(item.final) && typeof item.final !== 'boolean') return `final of ${item.offset} is no boolean`;
  return isFingerprint(item.fingerprint) ? null : `the fingerprint of ${item.offset} is no short text`;
}

function itemsFault({ items, first_offset: first, next_offset: next }) {
  let lowest = first;
  for (const item of items) {
    const fault = itemFault(item);
    if (fault) return fault;
    if (item.offset < lowest) return `the offset ${item.offset} does not ascend from first_offset`;
    if (item.offset >= next) return `the offset ${item.offset} is not below next_offset`;
    lowest = item.offset + 1;
  }
  return null;
}

const batchFault = (batch) =>
  holderFault(batch) || rangeFault(batch) || optionsFault(batch) || itemsFault(batch);

module.exports = { sessionFault, moveFault, batchFault };
