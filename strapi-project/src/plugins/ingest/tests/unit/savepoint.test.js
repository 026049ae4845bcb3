'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { writeList } = require('../../server/savepoint');

const errorOf = (code) => Object.assign(new Error('refused'), { code });

// A database that refuses a statement with one of `bad` in it.
function database(bad, code = '22003') {
  const written = [];
  const statements = [];
  let since = 0;
  const trx = {
    raw: async (sql) => {
      statements.push(sql);
      if (sql.startsWith('SAVEPOINT')) since = written.length;
      if (sql.startsWith('ROLLBACK')) written.length = since;
    },
  };
  const write = async (list) => {
    written.push(...list);
    if (list.some((one) => bad.includes(one))) throw errorOf(code);
  };
  return { written, statements, write, batch: { trx, isLastTry: false, written: [] } };
}

const numbers = Array.from({ length: 100 }, (_, i) => i);

test('only those at fault are refused', async () => {
  for (const bad of [[], [0], [99], [3, 4, 50], numbers]) {
    const { written, write, batch } = database(bad);
    const refused = [];
    await writeList(batch, numbers, write, (one, error) => refused.push([one, error.code]));
    assert.deepEqual(refused, bad.map((one) => [one, '22003']));
    assert.deepEqual(written, numbers.filter((one) => !bad.includes(one)));
  }
});

test('what was undone is not told', async () => {
  const { write, batch } = database([3]);
  const tell = async (list) => {
    batch.written.push(...list);
    await write(list);
  };
  await writeList(batch, [1, 2, 3, 4], tell, () => {});
  assert.deepEqual(batch.written, [1, 2, 4]);
});

test('one bad of a hundred costs a dozen statements, not a hundred', async () => {
  const { statements, write, batch } = database([42]);
  await writeList(batch, numbers, write, () => {});
  assert.ok(statements.length <= 2 * (2 * Math.ceil(Math.log2(100)) + 1) + 10, `${statements.length}`);
});

test('a broken connection, a deadlock and a full disk are nobody\'s fault', async () => {
  for (const code of ['40P01', '53100', '08006', 'none']) {
    const { write, batch } = database([5], code);
    await assert.rejects(writeList(batch, numbers, write, () => assert.fail()), { code });
  }
});

test('a key that somebody else has made is the item\'s fault at the last try only', async () => {
  const { write, batch } = database([5], '23505');
  await assert.rejects(writeList(batch, numbers, write, () => assert.fail()), { code: '23505' });
  const refused = [];
  await writeList({ ...batch, isLastTry: true }, numbers, write, (one) => refused.push(one));
  assert.deepEqual(refused, [5]);
});
