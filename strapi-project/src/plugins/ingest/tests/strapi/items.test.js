'use strict';

// What becomes of each item: created, updated, refused by Strapi, refused by the database alone.

const test = require('node:test');
const assert = require('node:assert/strict');
const { call, openFeed, DEEP, statuses, codes, unique, sql, one, isStrapi5 } = require('./world');
const { pid } = require('./stack');

const strict = (over) => ({ code: unique(), title: 'title', ...over });
const row = async (code) => (await sql('SELECT * FROM stricts WHERE code = $1', code))[0];

async function sendOne(data, over, type = 'strict') {
  return (await (await openFeed(type)).send([data], over))[0];
}

// What each kind of wrong item is refused for, among good ones.
const BAD = {
  'a missing field': [{ title: undefined }, 'title'],
  'null where a value is required': [{ title: null }, 'title'],
  'a text too long': [{ title: 'x'.repeat(21) }, 'title'],
  'a text over 255': [{ uniq: 'x'.repeat(256) }, 'uniq'],
  'no integer': [{ n: 'abc' }, 'n'],
  'below the minimum': [{ n: -1 }, 'n'],
  'out of 32 bits': [{ i2: 3_000_000_000 }, 'i2'],
  'out of 64 bits': [{ big: '9223372036854775808' }, 'big'],
  'a decimal too large': [{ dec: 12345678901.5 }, 'dec'],
  'a bad choice': [{ kind: 'z' }, 'kind'],
  'U+0000 in a text': [{ long: 'a\0b' }, 'long'],
  'U+0000 in a unique text': [{ uniq: 'a\0b' }, 'uniq'],
  'a unique integer out of range, disguised': [{ uniqnum: [3e9, 1] }, 'uniqnum'],
  'half a surrogate pair in JSON': [{ j: { a: '\ud800' } }, 'j'],
  'JSON deeper than any stack': [{ j: DEEP }, 'j'],
  'a bad date': [{ d: '2026-13-45' }, 'd'],
  'a bad time': [{ t: '25:00' }, 't'],
  'a bad moment': [{ dt: 'x' }, 'dt'],
  'a bad e-mail address': [{ mail: 'x' }, 'mail'],
  'a bad pattern': [{ re: 'A1' }, 're'],
  'a bad key': [{ code: 5 }, 'code'],
  'no object': [null, 'code'],
  'a relation to nothing': [{ parent: { connect: [{ id: 999_999 }] } }, undefined],
};

test('one bad item of each kind harms no other, and Strapi lives', async () => {
  const process = pid();
  const feed = await openFeed('strict');
  const list = Object.values(BAD).flatMap(([over]) => [strict(), over === null ? null : strict(over)]);
  const results = await feed.send(list);
  const names = Object.keys(BAD);
  results.forEach((result, i) => {
    const name = names[i >> 1];
    assert.equal(result.status, i % 2 ? 'rejected' : 'created', `${i % 2 ? name : 'the one before'} ${name}: ${JSON.stringify(result)}`);
    if (i % 2) assert.equal(result.error.path, BAD[name][1], `${name}: ${JSON.stringify(result.error)}`);
    if (i % 2) assert.equal(result.error.code, 'refused', name);
  });
  assert.equal(pid(), process);
});

test('what is not a field is refused as Strapi does it', async () => {
  for (const over of [{ zzz: 1 }, { id: 77 }, { createdAt: '2020-01-01' }, { documentId: 'abc' }]) {
    const { status } = await sendOne(strict(over));
    assert.equal(status, isStrapi5 ? 'rejected' : 'created', JSON.stringify(over));
  }
  // Strapi 4 drops it without a word.
  const data = strict({ createdAt: '2020-01-01' });
  if (!isStrapi5) assert.equal((await sendOne(data)).status, 'created');
  if (!isStrapi5) assert.ok((await row(data.code)).created_at.getFullYear() > 2020);
});

test('an entry is as Strapi makes it', async () => {
  const data = strict({ n: '12', j: { a: [1] }, dt: '2026-01-01T00:00:00Z', t: '08:30:00' });
  await sendOne(data);
  const made = await row(data.code);
  assert.deepEqual([made.n, made.j, made.kind, made.b, made.level], [12, { a: [1] }, 'a', false, 0]);
  assert.ok(made.created_at instanceof Date && made.updated_at instanceof Date);
  if (isStrapi5) assert.match(made.document_id, /^[a-z0-9]{24}$/);
  if (isStrapi5) assert.ok(made.published_at);
  const found = await call('GET', `stricts?filters[code][$eq]=${data.code}`);
  assert.equal(found.body.data.length, 1);
});

test('an existing entry: what differs is written, and nothing else', async () => {
  const data = strict({ n: 5, j: { a: 1 }, dt: '2026-01-01', t: '08:30:00', dec: '1.50', big: '9007199254740993', d: '2026-01-01' });
  await sendOne(data);
  const before = await row(data.code);
  assert.equal((await sendOne(data)).status, 'unchanged');
  assert.deepEqual(await row(data.code), before);
  assert.equal((await sendOne({ ...data, title: 'other' })).status, 'updated');
  const after = await row(data.code);
  assert.ok(after.updated_at > before.updated_at);
  assert.deepEqual({ ...after, updated_at: 0 }, { ...before, title: 'other', updated_at: 0 });
  assert.equal((await sendOne({ code: data.code, n: null, j: null })).status, 'updated');
  assert.deepEqual([(await row(data.code)).n, (await row(data.code)).j], [null, null]);
});

test('on_existing and keep', async () => {
  const data = strict({ n: 5 });
  await sendOne(data);
  assert.equal((await sendOne({ ...data, n: 6 }, { on_existing: 'skip' })).status, 'unchanged');
  assert.equal((await sendOne({ ...data, n: 6 }, { on_existing: 'reject' })).error.code, 'exists');
  assert.equal((await sendOne(data, { on_existing: 'reject' })).status, 'unchanged');
  assert.deepEqual(await sendOne({ ...data, n: 6 }, { keep: ['n'] }), { offset: 0, status: 'unchanged', kept: true });
  assert.deepEqual(await sendOne({ ...data, n: 6, title: 'new' }, { keep: ['n'] }), { offset: 0, status: 'updated', kept: true });
  assert.deepEqual([(await row(data.code)).n, (await row(data.code)).title], [5, 'new']);
});

test('several items with one key in one batch', async () => {
  const code = unique();
  const feed = await openFeed('strict');
  const list = [{ title: 'first' }, { n: 'abc' }, { title: 'second', n: 1 }, { title: 'second' }].map((data) => ({ code, ...data }));
  assert.deepEqual(statuses(await feed.send(list)), ['created', 'rejected', 'updated', 'unchanged']);
  assert.deepEqual(await sql('SELECT title, n FROM stricts WHERE code = $1', code), [{ title: 'second', n: 1 }]);
});

test('what is unique, against the database and within the batch', async () => {
  const uniq = unique();
  const feed = await openFeed('strict');
  assert.deepEqual(codes(await feed.send([strict({ uniq }), strict({ uniq }), strict()])), [null, 'refused', null]);
  assert.deepEqual(codes(await feed.send([strict({ uniq }), strict()])), ['refused', null]);
});

// The database's own rules, which Strapi does not know of.
const RULES = {
  'a check constraint': ["ALTER TABLE stricts ADD CONSTRAINT rule CHECK (long <> 'bad')", 'ALTER TABLE stricts DROP CONSTRAINT rule'],
  'a trigger': [
    `CREATE FUNCTION rule() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN IF NEW.long = 'bad' THEN RAISE EXCEPTION 'not that one'; END IF; RETURN NEW; END $$;
     CREATE TRIGGER rule BEFORE INSERT OR UPDATE ON stricts FOR EACH ROW EXECUTE FUNCTION rule()`,
    'DROP TRIGGER rule ON stricts; DROP FUNCTION rule',
  ],
  'a constraint that is checked at the commit': [
    `CREATE FUNCTION rule() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN IF NEW.long = 'bad' THEN RAISE EXCEPTION 'not at the end'; END IF; RETURN NULL; END $$;
     CREATE CONSTRAINT TRIGGER rule AFTER INSERT OR UPDATE ON stricts
       DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rule()`,
    'DROP TRIGGER rule ON stricts; DROP FUNCTION rule',
  ],
};

for (const [name, [make, drop]] of Object.entries(RULES)) {
  test(`only the database refuses it: ${name}`, async () => {
    const there = Array.from({ length: 20 }, () => strict({ long: 'good' }));
    const feed = await openFeed('strict');
    await feed.send(there);
    await sql(make);
    try {
      const news = Array.from({ length: 20 }, (_, i) => strict({ long: i % 7 === 3 ? 'bad' : 'good' }));
      const changes = there.map(({ code }, i) => ({ code, title: 'changed', long: i % 9 === 5 ? 'bad' : 'good' }));
      const results = await feed.send([...news, ...changes]);
      const want = [...news.map(({ long }) => (long === 'bad' ? 'rejected' : 'created')),
        ...changes.map(({ long }) => (long === 'bad' ? 'rejected' : 'updated'))];
      assert.deepEqual(statuses(results), want);
      for (const data of news) assert.equal((await row(data.code)) !== undefined, data.long === 'good');
      for (const data of changes) assert.equal((await row(data.code)).title, data.long === 'good' ? 'changed' : 'title');
    } finally {
      await sql(drop);
    }
  });
}

test('of several items with one key, the database refuses only the one at fault', async () => {
  const [code, other] = [unique(), unique()];
  await sql("ALTER TABLE stricts ADD CONSTRAINT rule CHECK (long <> 'bad')");
  try {
    const feed = await openFeed('strict');
    const list = [{ code, title: 'one', long: 'bad' }, { code, title: 'two' }, { code: other, title: 'three' }, { code, n: 5 }];
    // The second makes the entry then, because the first did not.
    assert.deepEqual(statuses(await feed.send(list)), ['rejected', 'created', 'created', 'updated']);
    assert.deepEqual(await sql('SELECT title, long, n FROM stricts WHERE code = $1', code), [{ title: 'two', long: null, n: 5 }]);
  } finally {
    await sql('ALTER TABLE stricts DROP CONSTRAINT rule');
  }
});

test('a failed COMMIT is no success', async () => {
  // It sets its constraint back to the end of the transaction, which the plugin has set to at once.
  await sql(`CREATE TABLE late_ones (value text);
    CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'too late'; END $$;
    CREATE CONSTRAINT TRIGGER late AFTER INSERT ON late_ones DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION late();
    CREATE FUNCTION make_late() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN SET CONSTRAINTS late DEFERRED; INSERT INTO late_ones VALUES (NEW.value); RETURN NULL; END $$;
    CREATE TRIGGER make_late AFTER INSERT ON events FOR EACH ROW WHEN (NEW.value = 'late') EXECUTE FUNCTION make_late()`);
  try {
    const feed = await openFeed('event');
    const answer = await feed.post([{ offset: 0, data: { value: 'late' } }]);
    assert.equal(answer.status, 500);
    assert.equal(await one("SELECT count(*)::int FROM events WHERE value = 'late'"), 0);
    assert.equal((await feed.open()).next_offset, null);
  } finally {
    await sql('DROP TRIGGER make_late ON events; DROP FUNCTION make_late; DROP TABLE late_ones; DROP FUNCTION late');
  }
});

test('entries of many columns, as many as a batch may have', async () => {
  const feed = await openFeed('strict');
  const list = Array.from({ length: 1000 }, (_, i) => strict({ long: `text ${i}`, j: { i }, n: i % 100, level: i }));
  assert.deepEqual(new Set(statuses(await feed.send(list))), new Set(['created']));
  const changed = list.map((data, i) => ({ ...data, long: `other ${i}`, j: { i, more: true } }));
  assert.deepEqual(new Set(statuses(await feed.send(changed))), new Set(['updated']));
  const codesSent = list.map(({ code }) => code);
  assert.equal(await one("SELECT count(*)::int FROM stricts WHERE code = ANY($1) AND long LIKE 'other%'", codesSent), 1000);
});
