'use strict';

// Strapi's own limits, written down: the consumers look up 100 barcodes a request.
module.exports = { rest: { defaultLimit: 25, maxLimit: 100 } };
