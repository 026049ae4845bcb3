'use strict';

// What each item of an upsert or an append comes to, in their order, and without writing anything:
// several items with one key end in one row. A planned entry is
//   { rows, current, ... }   one that is there: its rows as they are, and what it will be
//   data | patch             what a new one is made of, or what of an old one changes
//   fresh                    the items that came to this write
//   isRich                   only Strapi's own services can write it

const { kindOf, isLookedUp, isNothing } = require('./attributes');
const { isKey } = require('./entry_lookup');
const { isSame } = require('./same_value');
const { reject } = require('./verdict');

// Strapi compares what is `unique` with the database only. Two items of one batch must not share it either.
// An empty text is a value to Strapi 4, and none to Strapi 5.
function createRepeats({ schema: { attributes }, makeId: isStrapi5 }) {
  const unique = Object.keys(attributes).filter((name) => isLookedUp(attributes[name]));
  const owners = new Map();
  return (data, owner) => {
    for (const name of unique) {
      if (isNothing(data[name]) || (isStrapi5 && data[name] === '')) continue;
      const mark = `${name}\0${data[name]}`;
      if (owners.has(mark) && owners.get(mark) !== owner) {
        return { path: name, message: 'This attribute must be unique' };
      }
      owners.set(mark, owner);
    }
    return null;
  };
}

const pick = (data, names) => Object.fromEntries(names.map((name) => [name, data[name]]));

class Plan {
  constructor(batch, check, found) {
    const { type, request } = batch;
    this.type = type;
    this.attributes = type.schema.attributes;
    this.check = check;
    this.known = found;
    this.creates = [];
    this.updates = [];
    this.repeats = createRepeats(type);
    this.onExisting = request.on_existing ?? 'update';
    this.keep = new Set(request.keep ?? []);
    this.isNewDraft = type.drafts && !type.publish;
  }

  isDraft(entry) {
    return entry ? this.type.drafts && !entry.current.publishedAt : this.isNewDraft;
  }

  isRich(data) {
    return Object.keys(data).some((name) => this.attributes[name] && kindOf(this.attributes[name]) === 'rich');
  }

  // What a row does not hold was not read, so it always counts as another value.
  differs(name, given, there) {
    const attribute = this.attributes[name];
    if (!attribute || given === undefined) return false;
    return kindOf(attribute) === 'rich' || !isSame(attribute, given, there);
  }

  changed(data, current) {
    return Object.keys(data).filter((name) => this.differs(name, data[name], current[name]));
  }

  create(key, data, one) {
    const entry = { data: { ...data }, current: { ...data }, fresh: [one], isRich: this.isRich(data) };
    if (this.isNewDraft === false && this.type.drafts) entry.current.publishedAt = true;
    this.creates.push(entry);
    if (key !== undefined) this.known.set(key, entry);
    one.result.status = 'created';
  }

  update(entry, data, names, one) {
    const patch = pick(data, names);
    entry.current = { ...entry.current, ...patch };
    entry.isRich = entry.isRich || this.isRich(patch);
    if (entry.data) {
      Object.assign(entry.data, patch);
    } else {
      if (!entry.patch) this.updates.push(entry);
      entry.patch = { ...entry.patch, ...patch };
    }
    this.join(entry, one);
    one.result.status = 'updated';
  }

  // An item that changes nothing still rests on what the items before it have changed.
  join(entry, one) {
    if (entry.data || entry.patch) (entry.fresh ??= []).push(one);
  }

  meet(entry, data, one) {
    const changed = this.changed(data, entry.current);
    if (changed.length > 0 && this.onExisting === 'reject') {
      reject(one.result, { code: 'exists', path: this.type.key, message: 'there is an entry with other values' });
      return;
    }
    const names = changed.filter((name) => !this.keep.has(name));
    if (names.length < changed.length) one.result.kept = true;
    if (names.length > 0) {
      this.update(entry, data, names, one);
    } else {
      this.join(entry, one);
      one.result.status = 'unchanged';
    }
  }

  async add(one) {
    const { key: keyField } = this.type;
    const key = keyField && one.item.data?.[keyField];
    if (keyField && !isKey(key)) {
      reject(one.result, { path: keyField, message: `${keyField} is the key: a text that is not empty` });
      return;
    }
    const entry = keyField && this.known.get(key);
    if (entry && this.onExisting === 'skip') {
      this.join(entry, one);
      one.result.status = 'unchanged';
      return;
    }
    const { data, fault } = await this.check(one.item.data, entry && entry.current, this.isDraft(entry));
    const wrong = fault || this.repeats(data, keyField ? key : one);
    if (wrong) reject(one.result, wrong);
    else if (entry) this.meet(entry, data, one);
    else this.create(key, data, one);
  }
}

// `check` is that of checks.js, `found` that of entry_lookup.js. Rejects what must be rejected, gives
// every other item its status, and resolves with { creates, updates }.
async function planEntries(batch, check, found, fresh) {
  const plan = new Plan(batch, check, found);
  for (const one of fresh) await plan.add(one);
  return plan;
}

module.exports = { planEntries };
