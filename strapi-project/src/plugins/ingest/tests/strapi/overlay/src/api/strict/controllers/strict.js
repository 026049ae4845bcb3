module.exports = require('@strapi/strapi').factories.createCoreController('api::strict.strict');
