'use strict';

// What has fired since it was asked last.
module.exports = {
  all(ctx) {
    ctx.body = global.witnessed ?? [];
    global.witnessed = [];
  },
};
