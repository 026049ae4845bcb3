'use strict';

const { Refusal, answerRefusal } = require('./refusal');
const { isLocked } = require('./database_errors');

function refusalOf(error) {
  if (error instanceof Refusal) return error;
  if (!isLocked(error)) return null;
  return new Refusal(503, 'locked', 'somebody else has the position or an entry locked; nothing was written');
}

// What is no refusal is thrown on: Strapi logs it and answers 500.
function createController(strapi) {
  const ingest = () => strapi.plugin('ingest').service('ingest');

  const answering = (work) => async (ctx) => {
    try {
      ctx.body = await work(ctx);
    } catch (error) {
      const refusal = refusalOf(error);
      if (!refusal) throw error;
      answerRefusal(ctx, refusal);
    }
  };

  return {
    info: answering(() => ingest().info()),
    session: answering((ctx) => ingest().openSession(ctx.request.body)),
    position: answering((ctx) => ingest().movePosition(ctx.request.body)),
    batch: answering((ctx) => ingest().takeBatch(ctx.request.body, ctx)),
  };
}

module.exports = { createController };
