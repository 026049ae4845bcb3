'use strict';

// Draft & Publish. On Strapi 5 a document is two rows, and each publication makes a new one of them.

const test = require('node:test');
const assert = require('node:assert/strict');
const { call, openFeed, statuses, codes, unique, sql, one, entryOf, nameOf, isStrapi5, withClient, until } = require('./world');

const article = (over) => ({ code: unique(), title: 'title', ...over });
const rows = (code) =>
  sql('SELECT id, title, n, stock, published_at IS NOT NULL AS published FROM articles WHERE code = $1 ORDER BY published_at NULLS FIRST', code);
const shapes = async (code, ...names) => (await rows(code)).map((row) => names.map((name) => row[name]));
const sendOne = async (type, data, over) => (await (await openFeed(type)).send([data], over))[0];
const publish = isStrapi5
  ? (name) => call('PUT', `articles/${name}?status=published`, { data: {} })
  : (name) => call('PUT', `articles/${name}`, { data: { publishedAt: new Date() } });

async function nameOfCode(code) {
  const list = isStrapi5 ? `articles?status=draft` : `articles?publicationState=preview`;
  return nameOf(entryOf((await call('GET', `${list}&filters[code][$eq]=${code}`)).body.data[0]));
}

test('a feed publishes nothing, unless it is asked to', async () => {
  const [draft, published] = [article(), article()];
  assert.equal((await sendOne('article', draft)).status, 'created');
  assert.equal((await sendOne('article_published', published)).status, 'created');
  assert.deepEqual(await shapes(draft.code, 'published'), [[false]]);
  assert.deepEqual(await shapes(published.code, 'published'), isStrapi5 ? [[false], [true]] : [[true]]);
});

test('REST finds, changes and deletes what was made so', async () => {
  const data = article();
  await sendOne('article_published', data);
  const name = await nameOfCode(data.code);
  assert.equal(entryOf((await call('GET', `articles/${name}`)).body.data).title, 'title');
  assert.equal((await call('PUT', `articles/${name}`, { data: { title: 'new' } })).status, 200);
  assert.deepEqual(new Set((await shapes(data.code, 'title')).flat()), new Set(['new']));
  await call('DELETE', `articles/${name}`);
  assert.deepEqual(await rows(data.code), []);
});

test('of what is published the draft is changed; with publish both', async () => {
  const data = article();
  await sendOne('article_published', data);
  assert.equal((await sendOne('article', { ...data, title: 'changed' })).status, 'updated');
  assert.deepEqual(await shapes(data.code, 'title'), isStrapi5 ? [['changed'], ['title']] : [['changed']]);
  assert.equal((await sendOne('article_published', { ...data, title: 'both' })).status, 'updated');
  assert.deepEqual(new Set((await shapes(data.code, 'title')).flat()), new Set(['both']));
});

test('an incomplete draft is a draft', async () => {
  const code = unique();
  assert.equal((await sendOne('article', { code })).status, 'created');
  assert.equal((await sendOne('article_published', { code: unique() })).status, 'rejected');
  // As Strapi's REST has it: what is published must be complete, a draft need not.
  await publish(await nameOfCode(code));
});

test('movements move the draft and what is published together', async () => {
  const data = article({ stock: 10 });
  await sendOne('article_published', data);
  const move = { code: data.code, amount: 3, type: 'IN' };
  assert.equal((await sendOne('article_stock', move)).status, 'applied');
  assert.deepEqual(new Set((await shapes(data.code, 'stock')).flat()), new Set([13]));
  await publish(await nameOfCode(data.code));
  await sendOne('article_stock', move);
  assert.deepEqual(new Set((await shapes(data.code, 'stock')).flat()), new Set([16]));
});

test('an id that changes names nothing', async () => {
  const data = article({ stock: 10 });
  await sendOne('article', data);
  const [{ id }] = await rows(data.code);
  const results = await (await openFeed('article_stock')).send([{ id, amount: 1, type: 'IN' }, { code: data.code, amount: 1, type: 'IN' }]);
  assert.deepEqual(codes(results), [isStrapi5 ? 'unstable_id' : null, null]);
});

// An editor beside 100 movements; both rows must have all of them in the end.
async function beside(edit) {
  const data = article({ stock: 0 });
  await sendOne('article_published', data);
  const name = await nameOfCode(data.code);
  let isDone = false;
  const editor = (async () => {
    for (let n = 0; !isDone; n += 1) assert.ok((await edit(name, n)).status < 300);
  })();
  const feed = await openFeed('article_stock');
  for (let n = 0; n < 20; n += 1) {
    const results = await feed.send(Array.from({ length: 5 }, () => ({ code: data.code, amount: 1, type: 'IN' })));
    assert.deepEqual(new Set(statuses(results)), new Set(['applied']));
  }
  isDone = true;
  await editor;
  assert.deepEqual(new Set((await shapes(data.code, 'stock')).flat()), new Set([100]));
}

test('a PUT that publishes, beside movements', () => beside((name, n) => call('PUT', `articles/${name}`, { data: { title: `edit ${n}` } })));

test('a bare publication waits for the movements', { skip: !isStrapi5 }, () => beside((name) => call('POST', `witness/publish/${name}`)));

test('an update that waited for a publication changes the new row', { skip: !isStrapi5 }, async () => {
  const data = article();
  await sendOne('article_published', data);
  await withClient(async (client) => {
    // A publication, by hand: the published row goes, another comes.
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM articles WHERE code = $1 FOR UPDATE', [data.code]);
    const { rows: [old] } = await client.query('DELETE FROM articles WHERE code = $1 AND published_at IS NOT NULL RETURNING *', [data.code]);
    delete old.id;
    const names = Object.keys(old);
    await client.query(`INSERT INTO articles (${names}) VALUES (${names.map((_, i) => `$${i + 1}`)})`, Object.values(old));
    const batch = sendOne('article_published', { ...data, title: 'later' });
    await until(() => one("SELECT count(*)::int FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ILIKE '%articles%for update%'"), 'the batch waits');
    await client.query('COMMIT');
    assert.equal((await batch).status, 'updated');
  });
  assert.deepEqual(await shapes(data.code, 'title', 'published'), [['later', false], ['later', true]]);
});
