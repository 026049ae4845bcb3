'use strict';

const strict = { uid: 'api::strict.strict', key: 'code' };
const article = { uid: 'api::article.article', key: 'code' };

module.exports = ({ env }) => ({
  ingest: {
    enabled: env.bool('INGEST_PLUGIN', true),
    resolve: './src/plugins/ingest',
    config: {
      types: {
        strict,
        strict_slow: { ...strict, alwaysValidate: true },
        strict_documents: { ...strict, documents: true },
        strict_told: { ...strict, events: true },
        strict_log: { uid: strict.uid },
        level: { ...strict, field: 'level', amount: 'by', direction: 'way', add: '+', take: '-' },
        article,
        article_published: { ...article, publish: true },
        article_stock: { ...article, field: 'stock' },
        nowhere: { uid: 'api::nowhere.nowhere' },
        no_key: { uid: article.uid, key: 'n' },
        no_number: { uid: article.uid, key: 'code', field: 'title' },
      },
      limits: { items: 1000, bytes: 2_000_000, rejects: 20 },
      timeouts: { lock: 2000, idle: 60_000 },
    },
  },
});
