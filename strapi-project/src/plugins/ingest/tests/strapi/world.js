'use strict';

// What a test needs: requests to Strapi, SQL, and numbered feeds.

const { randomUUID } = require('node:crypto');
const { createRequire } = require('node:module');
const path = require('node:path');
const { gzipSync } = require('node:zlib');
const { after } = require('node:test');
const { up, readEnv, RUNTIME, isStrapi5 } = require('./stack');

up();
const env = readEnv();
const pg = createRequire(path.join(RUNTIME, 'package.json'))('pg');

function connect() {
  return new pg.Pool({
    host: env.PGHOST, port: env.PGPORT, user: env.PGUSER, password: env.PGPASSWORD, database: env.PGDATABASE, max: 8,
  });
}

const pool = connect();
after(() => pool.end());
// One that waits in the pool is closed with its server.
pool.on('error', () => {});

const sql = async (text, ...values) => (await pool.query(text, values)).rows;
const one = async (text, ...values) => Object.values((await sql(text, ...values))[0])[0];

// A connection of one's own, for locks.
async function withClient(work) {
  const client = await pool.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}

const FULL = 'a-token-that-may-everything';

async function call(method, place, body, headers = {}) {
  const isText = typeof body === 'string' || Buffer.isBuffer(body);
  const answer = await fetch(`${env.STRAPI_URL}/api/${place}`, {
    method,
    // A kept connection would be one to a Strapi that has been restarted since.
    headers: { authorization: `Bearer ${FULL}`, 'content-type': 'application/json', connection: 'close', ...headers },
    body: body === undefined || isText ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  let json = null;
  try {
    json = JSON.parse(text);
  } catch {
    // 204, or 405 as text.
  }
  return { status: answer.status, headers: answer.headers, body: json, text };
}

// JSON.stringify has no stack for it.
const DEEP = '@deep@';
const deepJson = '['.repeat(50_000) + ']'.repeat(50_000);
const lineOf = (value) => JSON.stringify(value).replace(`"${DEEP}"`, deepJson);
const ndjson = (envelope, items) => `${[envelope, ...items].map(lineOf).join('\n')}\n`;

// One partition of one topic, as a consumer has it.
class Feed {
  constructor(contentType, at = {}) {
    this.contentType = contentType;
    this.at = { cluster: 'test', group: 'group', topic: `topic-${randomUUID()}`, partition: 0, ...at };
    this.next = 0;
  }

  async open() {
    const answer = await call('POST', 'ingest/session', { ...this.at, member: 'test', content_type: this.contentType });
    if (answer.status !== 200) throw new Error(answer.text);
    Object.assign(this, { epoch: answer.body.epoch, next: answer.body.next_offset ?? this.next });
    return answer.body;
  }

  envelope(first, next, over) {
    return { ...this.at, epoch: this.epoch, content_type: this.contentType, first_offset: first, next_offset: next, ...over };
  }

  // Items as they stand, and the answer as it comes.
  post(items, over = {}, { first = this.next, next = (items.at(-1)?.offset ?? first - 1) + 1, gzip = false } = {}) {
    const text = ndjson(this.envelope(first, next, over), items);
    return call('POST', 'ingest/batch', gzip ? gzipSync(text) : text, {
      'content-type': 'application/x-ndjson',
      ...(gzip && { 'content-encoding': 'gzip' }),
    });
  }

  // Data, numbered on from where the feed is; the results.
  async send(list, over = {}) {
    const items = list.map((data, i) => ({ offset: this.next + i, data }));
    const answer = await this.post(items, over);
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
    this.next = answer.body.next_offset;
    return answer.body.results;
  }

  position(body) {
    return call('POST', 'ingest/position', { ...this.at, epoch: this.epoch, ...body });
  }
}

async function openFeed(contentType, at) {
  const feed = new Feed(contentType, at);
  await feed.open();
  return feed;
}

const statuses = (results) => results.map(({ status }) => status);
const codes = (results) => results.map(({ error }) => error?.code ?? null);

// A condition with a deadline, never a time.
async function until(condition, what, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await condition();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}

let made = 0;
const unique = (prefix = 'k') => `${prefix}-${process.pid}-${(made += 1)}`;

// Strapi 4 keeps an entry's fields one level deeper, and knows it by its id.
const entryOf = (data) => (data.attributes ? { id: data.id, ...data.attributes } : data);
const nameOf = (entry) => (isStrapi5 ? entry.documentId : entry.id);

module.exports = {
  env, sql, one, withClient, call, Feed, openFeed, statuses, codes, until, unique, entryOf, nameOf, ndjson, DEEP, FULL, isStrapi5,
};
