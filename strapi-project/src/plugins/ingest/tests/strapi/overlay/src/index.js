'use strict';

const { ensureToken } = require('./token');

// Tokens of the tests, by their plain text.
const TOKENS = {
  'a-token-that-may-everything': { type: 'full-access' },
  'a-token-of-the-plugin-alone': {
    type: 'custom',
    actions: ['info', 'session', 'position', 'batch'].map((name) => `plugin::ingest.ingest.${name}`),
  },
  'a-token-without-the-plugin': { type: 'custom', actions: ['api::product.product.find', 'api::product.product.create'] },
};

async function makeToken(strapi, plain, { type, actions = [] }) {
  const tokens = strapi.db.query('admin::api-token');
  if (await tokens.findOne({ where: { name: plain } })) return;
  const accessKey = strapi.service('admin::api-token').hash(plain);
  const token = await tokens.create({ data: { name: plain, description: '', type, kind: 'content-api', accessKey } });
  for (const action of actions) {
    await strapi.db.query('admin::api-token-permission').create({ data: { action, token: token.id } });
  }
}

module.exports = {
  async bootstrap({ strapi }) {
    await ensureToken(strapi, process.env.STRAPI_TOKEN);
    for (const [plain, token] of Object.entries(TOKENS)) await makeToken(strapi, plain, token);
    for (const event of ['entry.create', 'entry.update', 'entry.publish']) {
      strapi.eventHub.on(event, ({ model, entry }) => {
        (global.witnessed ??= []).push(`${event} ${model} ${entry.code} ${'secret' in entry}`);
      });
    }
  },
};
