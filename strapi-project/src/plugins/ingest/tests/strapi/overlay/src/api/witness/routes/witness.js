'use strict';

const route = (method, path, handler) => ({ method, path, handler: `witness.${handler}`, config: { auth: false } });

module.exports = { routes: [route('GET', '/witness', 'all'), route('POST', '/witness/publish/:id', 'publish')] };
