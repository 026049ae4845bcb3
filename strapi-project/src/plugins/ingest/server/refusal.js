'use strict';

// A request that is not done, and why. Thrown from within a transaction it also undoes that.
// docs/ingest-api.md has the list of codes.

const NAMES = {
  400: 'BadRequestError',
  409: 'ConflictError',
  413: 'PayloadTooLargeError',
  503: 'ServiceUnavailableError',
};

class Refusal extends Error {
  constructor(status, code, message, details = {}) {
    super(message);
    this.status = status;
    this.details = { code, ...details };
  }
}

// In the form of Strapi's own errors.
function answerRefusal(ctx, refusal) {
  const { status, message, details } = refusal;
  if (status === 503) ctx.set('Retry-After', '1');
  ctx.status = status;
  ctx.body = { data: null, error: { status, name: NAMES[status], message, details } };
}

const badBatch = (message) => new Refusal(400, 'bad_batch', message);

module.exports = { Refusal, answerRefusal, badBatch };
