'use strict';

// An editor's form is sent back as a whole, with the number as it was when the form was opened. Written,
// it undoes every movement since: 390 to 400 of 600 were lost that way. Nobody can see from the number
// whether it was typed or only read. From the rest of the update one can:
//
//   nothing else is in it, or all else in it changes something   it was made by a program that says what
//                                                                to write: the number is written
//   some of it repeats what the entry has already                it is a form
//   ... and nothing else in it changes anything                  the number is what the editor changed:
//                                                                written
//   ... and something else changes                               the number is as old as the form: it
//                                                                stays as it is, and the log says so
//
// A number that is what the entry has at this moment is never written: a movement may come before the
// UPDATE does.
//
// So an editor who corrects a stock saves that alone. It holds for the admin panel and the REST API, on
// Strapi 4 and 5: both end in the query that this lifecycle hook stands in front of. Which is also why
// the plugin's own writes do not pass here, except those by Strapi's services, and these are of the first
// kind.

const { kindOf, isStrapis, isNothing } = require('./attributes');
const { isSame } = require('./same_value');

const idsOf = (value) => (Array.isArray(value) ? value : [value]).map((one) => Number(one?.id ?? one)).sort();
const isEmpty = (value) => isNothing(value) || value.length === 0;

// { connect: [...], disconnect: [...] }, { set: [...] }, an id, an entry, or lists of these.
function changesRelation(given, there) {
  if (isNothing(given)) return !isEmpty(there);
  if (Array.isArray(given.connect) || Array.isArray(given.disconnect)) {
    return !isEmpty(given.connect) || !isEmpty(given.disconnect);
  }
  const ids = idsOf(given.set ?? given);
  const present = isEmpty(there) ? [] : idsOf(there);
  return ids.length !== present.length || ids.some((id, i) => id !== present[i]);
}

const isRelation = ({ type }) => type === 'relation' || type === 'media';

// Parts of a component are not compared: with any in it, the update may change them.
function changes(attribute, given, there) {
  if (isRelation(attribute)) return changesRelation(given, there);
  return kindOf(attribute) === 'rich' ? !isEmpty(given) : !isSame(attribute, given, there);
}

// Pure. `there` is the entry with its relations.
function isStaleForm(attributes, field, given, there) {
  const others = Object.keys(given).filter(
    (name) => name !== field && attributes[name] && !isStrapis(name) && given[name] !== undefined,
  );
  const changing = others.filter((name) => changes(attributes[name], given[name], there[name]));
  return changing.length > 0 && changing.length < others.length;
}

function withoutField(data, field) {
  const rest = { ...data };
  delete rest[field];
  return rest;
}

async function readEntry(strapi, { uid, schema }, where, data) {
  const populate = Object.keys(data).filter((name) => schema.attributes[name] && isRelation(schema.attributes[name]));
  return strapi.db.query(uid).findOne({ where, populate });
}

function guardOf(strapi, type) {
  const { schema, field, uid } = type;
  return async ({ params }) => {
    const { data, where } = params;
    if (data?.[field] === undefined) return;
    const there = await readEntry(strapi, type, where, data);
    if (!there) return;
    const isEqual = there[field] === data[field];
    if (!isEqual && !isStaleForm(schema.attributes, field, data, there)) return;
    params.data = withoutField(data, field);
    if (!isEqual) strapi.log.info(`ingest: ${uid} ${there.id}: ${field} stays ${there[field]}, a form said ${data[field]}`);
  };
}

function guardForms({ strapi, config, usableTypes }) {
  if (!config.guardForms) return;
  const adjusted = usableTypes().filter((type) => type.effect === 'adjust');
  for (const type of adjusted) {
    strapi.db.lifecycles.subscribe({ models: [type.uid], beforeUpdate: guardOf(strapi, type) });
  }
}

module.exports = { guardForms, isStaleForm };
