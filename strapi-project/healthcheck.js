'use strict';

// Exits 0 if Strapi gives a product list to who has the token. /_health says 204 also while the
// database is away.

const url = `http://127.0.0.1:${process.env.PORT || 1337}/api/products?pagination%5BpageSize%5D=1`;
const headers = { Authorization: `Bearer ${process.env.STRAPI_TOKEN}` };

fetch(url, { headers, signal: AbortSignal.timeout(4000) }).then(
  (answer) => {
    if (!answer.ok) console.error(`${url}: ${answer.status}`);
    process.exitCode = answer.ok ? 0 : 1;
  },
  (error) => {
    console.error(`${url}: ${error.message}`);
    process.exitCode = 1;
  },
);
