'use strict';

// Is an item what Strapi's REST API would take? Plainly valid ones are (accept.js); the others go
// through the same checks as a POST or PUT, whose message is then the item's.

const { compileAccept } = require('./accept');
const { hazard } = require('./hazard');
const { faultOf } = require('./verdict');

const REFUSALS = new Set(['ValidationError', 'YupValidationError', 'ApplicationError', 'ForbiddenError', 'PolicyError']);

// Where a project has put checks of its own into the REST API, nothing is plainly valid.
function hasOwnChecks(strapi, controller) {
  if (Object.hasOwn(controller, 'validateInput') || Object.hasOwn(controller, 'sanitizeInput')) return true;
  const registered = [strapi.sanitizers, strapi.validators].map((all) => all?.get?.('content-api.input'));
  return registered.some((list) => list?.length > 0);
}

const noAccept = () => false;

function isRefusal(error) {
  // Whoever walks an item that is nested too deep runs out of stack.
  return REFUSALS.has(error.name) || error instanceof RangeError;
}

function hazardContext(strapi) {
  return { components: strapi.components, isStrapi5: strapi.documents !== undefined };
}

async function askStrapi({ strapi, ctx, type, controller }, data, current, isDraft) {
  const { entityValidator } = strapi;
  // Strapi 4's own REST API does not ask this, and drops what it does not know.
  if (strapi.documents) await controller.validateInput(data, ctx);
  const clean = await controller.sanitizeInput(data, ctx);
  return current
    ? entityValidator.validateEntityUpdate(type.schema, clean, { isDraft }, current)
    : entityValidator.validateEntityCreation(type.schema, clean, { isDraft });
}

async function checkSlowly(target, data, current, isDraft) {
  if (data === null || typeof data !== 'object' || Array.isArray(data)) {
    return { fault: { message: 'data must be an object' } };
  }
  const { attributes } = target.type.schema;
  const context = hazardContext(target.strapi);
  const danger = hazard(attributes, data, context);
  if (danger) return { fault: danger };
  try {
    const valid = await askStrapi(target, data, current, isDraft);
    const late = hazard(attributes, valid, context);
    return late ? { fault: late } : { data: valid };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { fault: faultOf(error) };
  }
}

// For one batch: check(data, current, isDraft) resolves with { data }, as it is to be written, or with
// { fault: { path, message } }. `current` is the entry that would be updated, if there is one.
function createChecks({ strapi, config, ctx, type }) {
  const controller = strapi.controller(type.uid);
  const isOwn = config.alwaysValidate || hasOwnChecks(strapi, controller);
  type.accept ??= isOwn ? noAccept : compileAccept(type.schema.attributes);
  const target = { strapi, ctx, type, controller };
  return async (data, current, isDraft) =>
    type.accept(data, !current) ? { data } : checkSlowly(target, data, current, isDraft);
}

module.exports = { createChecks };
