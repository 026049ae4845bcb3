'use strict';

module.exports = ({ env }) => ({
  // Loopback unless asked otherwise: a container sets HOST=0.0.0.0.
  host: env('HOST', '127.0.0.1'),
  port: env.int('PORT', 1337),
  app: { keys: env.array('APP_KEYS') },
});
