'use strict';

// What is around a batch: tokens, limits of the body, hooks, events, relations.

const test = require('node:test');
const assert = require('node:assert/strict');
const { call, openFeed, Feed, statuses, unique, sql, one, until, entryOf, env, isStrapi5, ndjson } = require('./world');

const strict = (over) => ({ code: unique(), title: 'title', ...over });

async function tried(token) {
  const headers = { authorization: `Bearer ${token}` };
  const feed = Object.assign(new Feed('product'), { epoch: 1 });
  const answers = [
    await call('GET', 'ingest', undefined, headers),
    await call('POST', 'ingest/session', feed.at, headers),
    await call('POST', 'ingest/position', { ...feed.at, epoch: 1, next_offset: 5, why: 'skip' }, headers),
    await call('POST', 'ingest/batch', ndjson(feed.envelope(5, 5), []), { ...headers, 'content-type': 'application/x-ndjson' }),
    await call('GET', 'products', undefined, headers),
  ];
  return answers.map(({ status }) => status);
}

test('a token needs the plugin\'s rights and no others', async () => {
  assert.deepEqual(await tried('a-token-of-the-plugin-alone'), [200, 200, 200, 200, 403]);
  assert.deepEqual(await tried('a-token-without-the-plugin'), [403, 403, 403, 403, 200]);
  assert.deepEqual(await tried('no token of this Strapi'), [401, 401, 401, 401, 401]);
  // That of strapi-project: what the consumers need on both ways.
  assert.deepEqual(await tried(env.STRAPI_TOKEN), [200, 200, 200, 200, 200]);
});

test('a batch over Strapi\'s own limit, and over ours', async () => {
  const feed = await openFeed('event');
  const events = (count, size) => Array.from({ length: count }, (_, offset) => ({ offset, data: { value: 'v'.repeat(size) } }));
  const codeOf = ({ status, body }) => `${status} ${body.error.details.code}`;
  assert.equal(codeOf(await feed.post(events(1001, 1))), '413 too_large');
  assert.equal(codeOf(await feed.post(events(1000, 2000))), '413 too_large');
  assert.equal(codeOf(await feed.post(events(1000, 2000), {}, { gzip: true })), '413 too_large');
  assert.equal((await feed.post(events(1000, 1500))).body.next_offset, 1000);
  assert.deepEqual(statuses((await feed.post([{ offset: 1000, data: { value: 'x' } }], {}, { first: 1000, gzip: true })).body.results), ['created']);
});

test('another content type, and what is no NDJSON', async () => {
  const feed = await openFeed('event');
  const text = ndjson(feed.envelope(0, 1), [{ offset: 0, data: { value: 'x' } }]);
  for (const [body, type] of [[text, 'text/plain'], [text.slice(0, -3), 'application/x-ndjson'], ['{}', 'application/json']]) {
    const answer = await call('POST', 'ingest/batch', body, { 'content-type': type });
    assert.deepEqual([answer.status, answer.body.error.details.code], [400, 'bad_batch'], type);
  }
});

const fired = async () => (await call('GET', 'witness')).body;

test('written as rows: the hooks of many, no events', async () => {
  const data = strict();
  await fired();
  await (await openFeed('strict')).send([data]);
  await (await openFeed('strict')).send([{ ...data, title: 'other' }]);
  assert.deepEqual(await fired(), ['beforeCreateMany', 'afterCreateMany']);
});

test('with events: each entry once, after the commit, without what is private', async () => {
  const [data, refused] = [strict({ secret: 'x' }), strict({ n: 'abc' })];
  await fired();
  await (await openFeed('strict_told')).send([data, refused]);
  await (await openFeed('strict_told')).send([{ ...data, title: 'other' }]);
  const events = (await fired()).filter((name) => name.startsWith('entry'));
  assert.deepEqual(events, [`entry.create strict ${data.code} false`, `entry.update strict ${data.code} false`]);
});

test('with events: nobody is told of what the database has refused', async () => {
  const list = [strict({ long: 'good' }), strict({ long: 'bad' }), strict({ long: 'good' })];
  await sql("ALTER TABLE stricts ADD CONSTRAINT rule CHECK (long <> 'bad')");
  try {
    await fired();
    assert.deepEqual(statuses(await (await openFeed('strict_told')).send(list)), ['created', 'rejected', 'created']);
    const events = (await fired()).filter((name) => name.startsWith('entry'));
    assert.deepEqual(events, [list[0], list[2]].map(({ code }) => `entry.create strict ${code} false`));
  } finally {
    await sql('ALTER TABLE stricts DROP CONSTRAINT rule');
  }
});

test('with documents: everything of Strapi\'s fires', async () => {
  const data = strict();
  await fired();
  const feed = await openFeed('strict_documents');
  assert.deepEqual(statuses(await feed.send([data, strict({ n: 'abc' }), { ...strict(), code: data.code }])), ['created', 'rejected', 'unchanged']);
  assert.deepEqual(statuses(await feed.send([{ ...data, title: 'other' }])), ['updated']);
  const all = [];
  await until(async () => all.push(...(await fired())) && all.some((name) => name.startsWith('entry.update')), 'events');
  for (const name of ['beforeCreate', 'afterCreate', 'beforeUpdate', 'afterUpdate', `entry.create strict ${data.code} false`]) {
    assert.ok(all.includes(name), `${name} in ${all}`);
  }
  assert.equal(await one('SELECT title FROM stricts WHERE code = $1', data.code), 'other');
});

test('relations go through Strapi\'s services, in the same transaction', async () => {
  const parent = strict();
  await (await openFeed('strict')).send([parent]);
  const id = await one('SELECT id FROM stricts WHERE code = $1', parent.code);
  const name = isStrapi5 ? await one('SELECT document_id FROM stricts WHERE id = $1', id) : id;
  const child = strict({ parent: name });
  assert.deepEqual(statuses(await (await openFeed('strict')).send([strict(), child, strict({ parent: isStrapi5 ? 'nobody' : 999999 }), strict()])), [
    'created', 'created', 'rejected', 'created',
  ]);
  const parentOf = async () => {
    const found = await call('GET', `stricts?filters[code][$eq]=${child.code}&populate=parent`);
    const { parent: there } = entryOf(found.body.data[0]);
    return isStrapi5 ? there?.code : there.data?.attributes.code;
  };
  assert.equal(await parentOf(), parent.code);
  assert.deepEqual(statuses(await (await openFeed('strict')).send([{ code: child.code, parent: null }])), ['updated']);
  assert.equal(await parentOf(), undefined);
});
