'use strict';

// Strapi logs every request at level "http": at this default those lines, one a row, are left out.
module.exports = ({ env }) => ({ level: env('LOG_LEVEL', 'info') });
