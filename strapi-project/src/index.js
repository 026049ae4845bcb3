'use strict';

const { ensureToken } = require('./token');

module.exports = {
  bootstrap: ({ strapi }) => ensureToken(strapi, process.env.STRAPI_TOKEN),
};
