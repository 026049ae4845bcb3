'use strict';

module.exports = ({ env }) => ({
  // The feeds need the REST API only, and the panel needs a build of its own (README.md).
  serveAdminPanel: false,
  auth: { secret: env('ADMIN_JWT_SECRET') },
  // The stored tokens are hashed with this salt: it has to stay the same over restarts.
  apiToken: { salt: env('API_TOKEN_SALT') },
  transfer: { token: { salt: env('TRANSFER_TOKEN_SALT') } },
  secrets: { encryptionKey: env('ENCRYPTION_KEY') },
});
