module.exports = require('@strapi/strapi').factories.createCoreService('api::strict.strict');
