'use strict';

module.exports = { routes: [{ method: 'GET', path: '/witness', handler: 'witness.all', config: { auth: false } }] };
