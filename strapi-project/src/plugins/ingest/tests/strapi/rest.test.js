'use strict';

// The same item to Strapi's REST API and to the plugin: the same verdict, the same entry. And whatever is
// taken as plainly valid, Strapi's own validator takes as it is.

const test = require('node:test');
const assert = require('node:assert/strict');
const { call, openFeed, unique, sql } = require('./world');

// A generator of its own, so that a failure can be repeated.
const SEED = Number(process.env.INGEST_TEST_SEED ?? 4711);
let state = SEED;
function random(below) {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return (state >>> 12) % below;
}
let number = process.pid * 10_000;
const nextNumber = () => (number += 1);
const pick = (list) => list[random(list.length)];

const SANE = {
  title: 'title', n: 5, i2: 7, kind: 'a', j: { a: 1 }, b: true, long: 'text', f: 1.5, dec: 1.5, big: '5', d: '2026-01-01',
  dt: '2026-01-01T00:00:00Z', t: '08:30:00', mail: 'a@b.de', re: 'abc', level: 1,
};
const ODD = [
  null, '', 'a', 'ab', 'z', ' x ', 'x'.repeat(20), 'x'.repeat(21), 'x'.repeat(255), 'x'.repeat(256), '12', '1.5', 'true', 'yes',
  '2026-01-01', '2026-13-01', '2026-02-30', '10:00', '10:00:00', 'a@b.de', 'é€😀', 0, 1, -1, 100, 101, 1.5, 2147483647,
  2147483648, -2147483648, 3e9, 1e21, 99999999.99, 1e8, true, false, [], [1], {}, { a: 1 }, [null], { a: { b: [] } },
  '9223372036854775807', '9223372036854775808', '3 000', '0x10', '2026-01-01T25:00:00Z', 1767225600000,
];
// Where the plugin says no and Strapi stores something else than was sent, or dies.
const POISON = ['a\0b', '\ud800', { a: '\0' }, { '\ud800': 1 }];
const FIELDS = [...Object.keys(SANE), 'uniq', 'uniqnum', 'zzz', 'id', 'documentId', 'createdAt', 'secret'];
// Strapi 4's REST API dies of, or takes, what Strapi 5's refuses there; they have tests of their own.
const UNIQUE = new Set(['uniq', 'uniqnum']);

function randomItem(odd) {
  const item = { code: unique('r') };
  for (const name of Object.keys(SANE)) if (random(10) < 6) item[name] = SANE[name];
  if (random(20) > 0) item.title = SANE.title;
  for (let n = random(3); n > 0; n -= 1) {
    const name = pick(FIELDS);
    if (!UNIQUE.has(name) || !odd.includes(POISON[0])) item[name] = pick(odd);
  }
  if (item.uniq !== undefined) item.uniq = unique('u');
  if (item.uniqnum !== undefined) item.uniqnum = nextNumber();
  return item;
}

const OWN = ['id', 'document_id', 'code', 'uniq', 'uniqnum', 'created_at', 'updated_at', 'published_at'];
async function rowOf(code) {
  const [row] = await sql('SELECT * FROM stricts WHERE code = $1', code);
  for (const name of OWN) if (row) delete row[name];
  return row;
}

const twin = (item) => ({ ...item, code: unique('p'), ...(item.uniq && { uniq: unique('u') }), ...(item.uniqnum && { uniqnum: nextNumber() }) });

test(`random items: REST's verdict and REST's entry (seed ${SEED})`, async () => {
  const items = Array.from({ length: 150 }, () => randomItem(ODD));
  const twins = items.map(twin);
  const results = await feedInTwenties('strict', twins);
  const seen = { created: 0, rejected: 0 };
  for (const [i, item] of items.entries()) {
    const rest = await call('POST', 'stricts', { data: item });
    const { status, error } = results[i];
    const context = `${JSON.stringify(item)}: REST ${rest.status} ${rest.text.slice(0, 200)}, plugin ${status} ${JSON.stringify(error)}`;
    // What REST answers with 500 the database refuses: here that is the item's rejection.
    assert.equal(status, rest.status < 300 ? 'created' : 'rejected', context);
    assert.ok(rest.status < 300 || rest.status === 400 || rest.status === 500, context);
    if (status === 'created') assert.deepEqual(await rowOf(twins[i].code), await rowOf(item.code), context);
    seen[status] += 1;
  }
  assert.ok(seen.created > 30 && seen.rejected > 30, JSON.stringify(seen));
});

// So that the rejects, of which twenty may be open, are confirmed.
async function feedInTwenties(type, items) {
  const feed = await openFeed(type);
  const results = [];
  for (let i = 0; i < items.length; i += 20) {
    results.push(...(await feed.send(items.slice(i, i + 20), { confirmed: feed.next })));
  }
  return results;
}

test(`random items: plainly valid only where Strapi's validator agrees (seed ${SEED})`, async () => {
  const items = Array.from({ length: 800 }, () => randomItem([...ODD, ...POISON]));
  const quick = await feedInTwenties('strict', items);
  // The same items again, as updates, through the validator: nothing of them may differ.
  const slow = await feedInTwenties('strict_slow', items);
  for (const [i, item] of items.entries()) {
    const want = quick[i].status === 'created' ? 'unchanged' : 'rejected';
    assert.equal(slow[i].status, want, `${JSON.stringify(item)}: ${JSON.stringify([quick[i], slow[i]])}`);
  }
});
