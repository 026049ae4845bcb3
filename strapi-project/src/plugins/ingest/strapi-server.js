'use strict';

// The plugin's wiring, the same for Strapi 4 and 5. What it does stands in README.md, what it says to
// its clients in docs/ingest-api.md of strapi-feeds.

const { defaults, check } = require('./server/settings');
const { createIngest } = require('./server/ingest');
const { createController } = require('./server/controller');
const { readBatch } = require('./server/body');
const { ensureTable } = require('./server/position_table');
const { guardForms } = require('./server/form_guard');
const { guardPublishing } = require('./server/publish_guard');

// There is no `auth` key: Strapi then asks the token for `plugin::ingest.ingest.<action>`, before any
// middleware of the route runs, so that nobody without a right makes us read a body.
const route = (method, path, action, middlewares = []) => ({
  method,
  path,
  handler: `ingest.${action}`,
  config: { policies: [], middlewares },
});

const routes = [
  route('GET', '/', 'info'),
  route('POST', '/session', 'session'),
  route('POST', '/position', 'position'),
  route('POST', '/batch', 'batch', [readBatch]),
];

module.exports = {
  config: { default: defaults, validator: check },
  services: { ingest: ({ strapi }) => createIngest(strapi) },
  controllers: { ingest: ({ strapi }) => createController(strapi) },
  // By name: a bare list would become routes of the admin panel.
  routes: { 'content-api': { type: 'content-api', routes } },

  async bootstrap({ strapi }) {
    const ingest = strapi.plugin('ingest').service('ingest');
    await ensureTable(strapi);
    guardPublishing(ingest);
    guardForms(ingest);
    ingest.reportTypes();
  },
};
