module.exports = require('@strapi/strapi').factories.createCoreRouter('api::strict.strict');
