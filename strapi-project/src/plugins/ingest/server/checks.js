'use strict';

// Is an item what Strapi's REST API would take? Plainly valid ones are (accept.js); the others go
// through the same checks as a POST or PUT, whose message is then the item's.

const { compileAccept } = require('./accept');
const { convertDates } = require('./dates');
const { hazard } = require('./hazard');
const { kindOf, isLookedUp, isObject } = require('./attributes');
const { isItemsFault } = require('./database_errors');
const { attempt } = require('./savepoint');
const { faultOf } = require('./verdict');

// Where a project has put checks of its own into the REST API, nothing is plainly valid.
function hasOwnChecks(strapi, controller) {
  if (Object.hasOwn(controller, 'validateInput') || Object.hasOwn(controller, 'sanitizeInput')) return true;
  const registered = [strapi.sanitizers, strapi.validators].map((all) => all?.get?.('content-api.input'));
  return registered.some((list) => list?.length > 0);
}

const noAccept = () => false;

const has = (attributes, data, wanted) =>
  Object.keys(data).some((name) => Object.hasOwn(attributes, name) && wanted(attributes[name]));
const isRich = (attribute) => kindOf(attribute) === 'rich';

// What is unique is looked up, and so are the entries that a relation names.
const asksDatabase = (attributes, data) => has(attributes, data, (one) => isLookedUp(one) || isRich(one));

async function withoutSavepoint(_, work) {
  try {
    await work();
    return null;
  } catch (error) {
    if (!isItemsFault(error)) throw error;
    return error;
  }
}

function hazardContext(strapi) {
  return { components: strapi.components, isStrapi5: strapi.documents !== undefined };
}

async function askStrapi({ strapi, ctx, type }, data, current, isDraft) {
  const controller = strapi.controller(type.uid);
  const { entityValidator } = strapi;
  // Strapi 4's own REST API does not ask this, and drops what it does not know.
  if (strapi.documents) await controller.validateInput(data, ctx);
  const clean = await controller.sanitizeInput(data, ctx);
  // Strapi's own service writes it then (entry_documents.js), and validates it once it has found the
  // entries that the item names.
  if (has(type.schema.attributes, clean, isRich)) return clean;
  return current
    ? entityValidator.validateEntityUpdate(type.schema, clean, { isDraft }, current)
    : entityValidator.validateEntityCreation(type.schema, clean, { isDraft });
}

async function checkSlowly(batch, data, current, isDraft) {
  if (!isObject(data)) return { fault: { message: 'data must be an object' } };
  const { strapi, type } = batch;
  const { attributes } = type.schema;
  const context = hazardContext(strapi);
  const danger = hazard(attributes, data, context);
  if (danger) return { fault: danger };
  let valid;
  const guarded = asksDatabase(attributes, data) ? attempt : withoutSavepoint;
  const error = await guarded(batch, async () => {
    valid = await askStrapi(batch, data, current, isDraft);
  });
  if (error) return { fault: faultOf(error) };
  const late = hazard(attributes, valid, context);
  return late ? { fault: late } : convertDates(strapi, type, valid);
}

// For one batch: check(data, current, isDraft) resolves with { data }, as it is to be written, or with
// { fault: { path, message } }. `current` is the entry that would be updated, if there is one.
function createChecks(batch) {
  const { strapi, type } = batch;
  const isOwn = type.alwaysValidate || hasOwnChecks(strapi, strapi.controller(type.uid));
  type.accept ??= isOwn ? noAccept : compileAccept(type.schema.attributes);
  return async (data, current, isDraft) =>
    type.accept(data, !current) ? { data } : checkSlowly(batch, data, current, isDraft);
}

module.exports = { createChecks };
