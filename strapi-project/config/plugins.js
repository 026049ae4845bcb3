'use strict';

// The ingest plugin, which lets the consumers write in batches, each exactly once. INGEST_PLUGIN=false
// leaves it out; they then use the REST API.
module.exports = ({ env }) => ({
  ingest: { enabled: env.bool('INGEST_PLUGIN', true), resolve: './src/plugins/ingest' },
});
