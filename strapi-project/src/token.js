'use strict';

// The API token of the feeds. It is given from outside (STRAPI_TOKEN), so that consumers can be
// configured before Strapi has ever run; the database keeps its hash, as for any other token.

const NAME = 'strapi-feeds';

// What the consumers do, and no more: nothing is deleted, no other type is touched.
const REST_ACTIONS = [
  'api::product.product.find',
  'api::product.product.create',
  'api::product.product.update',
  'api::event.event.find',
  'api::event.event.create',
];

// While the plugin is there, the consumers could do with these alone.
const INGEST_ACTIONS = [
  'plugin::ingest.ingest.info',
  'plugin::ingest.ingest.session',
  'plugin::ingest.ingest.position',
  'plugin::ingest.ingest.batch',
];

const neededActions = (strapi) => (strapi.plugin('ingest') ? [...REST_ACTIONS, ...INGEST_ACTIONS] : REST_ACTIONS);

function isCurrent(token, accessKey, needed) {
  const actions = token.permissions.map((permission) => permission.action).sort();
  return (
    token.type === 'custom' &&
    token.accessKey === accessKey &&
    token.expiresAt === null &&
    JSON.stringify(actions) === JSON.stringify([...needed].sort())
  );
}

async function replaceTokens(strapi, old, accessKey, needed) {
  const tokens = strapi.db.query('admin::api-token');
  const permissions = strapi.db.query('admin::api-token-permission');

  for (const token of old) {
    // By their ids: Strapi 4 cannot delete by a relation.
    await permissions.deleteMany({ where: { id: { $in: token.permissions.map(({ id }) => id) } } });
    await tokens.delete({ where: { id: token.id } });
  }
  const token = await tokens.create({
    data: {
      name: NAME,
      description: 'Made at start from STRAPI_TOKEN. Change it there.',
      type: 'custom',
      kind: 'content-api',
      accessKey,
    },
  });
  for (const action of needed) {
    await permissions.create({ data: { action, token: token.id } });
  }
}

// Leaves exactly one token of our name, with this value and these rights. A start that finds it so
// writes nothing; without STRAPI_TOKEN the tokens are left as they are.
async function ensureToken(strapi, plain) {
  if (!plain) {
    strapi.log.warn('STRAPI_TOKEN is not set: no API token is made for the feeds');
    return;
  }
  const needed = neededActions(strapi);
  const accessKey = strapi.service('admin::api-token').hash(plain);
  const old = await strapi.db
    .query('admin::api-token')
    .findMany({ where: { name: NAME }, populate: ['permissions'] });
  if (old.length === 1 && isCurrent(old[0], accessKey, needed)) return;
  await strapi.db.transaction(() => replaceTokens(strapi, old, accessKey, needed));
}

module.exports = { ensureToken };
