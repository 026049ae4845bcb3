'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { admit, sortItems, advance, moved } = require('../../server/position_rules');

const limits = { rejects: 2 };
const reject = (offset) => ({ offset, error: { code: 'refused' } });
const position = (over) => ({ epoch: 3, next_offset: 500, confirmed: 480, fingerprint: 'old', rejects: [], ...over });
const batch = (over) => ({ epoch: 3, first_offset: 500, next_offset: 503, items: [{ offset: 500, data: 1 }], ...over });
const refused = (code) => (error) => error.status === 409 && error.details.code === code;
const done = (offset, status = 'created', item = {}) => ({ item: { offset, ...item }, result: { offset, status } });

test('only the last session may write', () => {
  assert.throws(() => admit(position(), batch({ epoch: 2 }), limits), refused('stale_epoch'));
  assert.throws(() => admit(position(), batch({ epoch: 4 }), limits), refused('stale_epoch'));
  assert.throws(() => admit(null, batch(), limits), refused('stale_epoch'));
});

test('nothing may be left out, and what was done may come again', () => {
  assert.throws(() => admit(position(), batch({ first_offset: 501 }), limits), refused('gap'));
  for (const first of [0, 499, 500]) admit(position(), batch({ first_offset: first }), limits);
  admit(position({ next_offset: null }), batch({ first_offset: 9000 }), limits);
  admit(position({ next_offset: null }), batch({ known_offset: null }), limits);
  // A database that was restored from before the first batch.
  assert.throws(() => admit(position({ next_offset: null }), batch({ known_offset: 500 }), limits), refused('gap'));
});

test('a batch confirms upwards only, and what is confirmed is forgotten', () => {
  const rejects = [reject(481), reject(490)];
  assert.deepEqual(admit(position({ rejects }), batch({ confirmed: 490, items: [] }), limits).rejects, [reject(490)]);
  assert.equal(admit(position(), batch({ confirmed: 470 }), limits).confirmed, 480);
  assert.equal(admit(position(), batch(), limits).confirmed, 480);
  assert.equal(admit(position({ confirmed: null }), batch({ confirmed: 5 }), limits).confirmed, 5);
});

test('too many rejects stop a batch with items, and an empty one makes room', () => {
  const full = position({ rejects: [reject(481), reject(490)] });
  assert.throws(() => admit(full, batch(), limits), refused('too_many_rejects'));
  admit(full, batch({ items: [] }), limits);
  admit(full, batch({ confirmed: 482 }), limits);
});

test('what lies below the position gets its old answer', () => {
  const items = [498, 499, 500, 502].map((offset) => ({ offset, data: offset }));
  const { results, fresh } = sortItems(position({ rejects: [reject(499)] }), items);
  assert.deepEqual(results.slice(0, 2), [
    { offset: 498, status: 'skipped' },
    { offset: 499, status: 'rejected', error: { code: 'refused' } },
  ]);
  assert.deepEqual(fresh.map(({ item }) => item.offset), [500, 502]);
  assert.equal(fresh[0].result, results[2]);
  assert.equal(sortItems(position({ next_offset: null }), items).fresh.length, 4);
});

test('the position goes to next_offset, never back', () => {
  assert.equal(advance(position(), batch(), [done(500)]).next_offset, 503);
  assert.equal(advance(position(), batch({ next_offset: 300 }), []).next_offset, 500);
  assert.equal(advance(position({ next_offset: null }), batch(), []).next_offset, 503);
});

test('a missing entry stops the position in front of its item', () => {
  const fresh = [done(500), done(501, 'missing'), done(502, 'not_reached')];
  assert.equal(advance(position(), batch(), fresh).next_offset, 501);
  assert.equal(advance(position(), batch(), [done(500, 'missing')]).next_offset, 500);
});

test('rejects are added to those that are not confirmed', () => {
  const rejected = { item: { offset: 501 }, result: { offset: 501, status: 'rejected', error: { code: 'exists' } } };
  const after = advance(position({ rejects: [reject(490)] }), batch(), [done(500), rejected]);
  assert.deepEqual(after.rejects, [reject(490), { offset: 501, error: { code: 'exists' } }]);
});

test('the fingerprint is always that of the last message below the position', () => {
  const own = done(500, 'applied', { fingerprint: 'of 500' });
  const stop = done(501, 'missing', { fingerprint: 'of 501' });
  const fingerprint = (request, fresh) => advance(position(), batch(request), fresh).fingerprint;
  assert.equal(fingerprint({ fingerprint: 'new' }, [done(500)]), 'new');
  assert.equal(fingerprint({ fingerprint: 'new' }, [own, stop]), 'of 500');
  assert.equal(fingerprint({}, [own]), 'of 500');
  // Nobody knows it: none is better than an old one.
  assert.equal(fingerprint({ fingerprint: 'new' }, [done(500), stop]), null);
  assert.equal(fingerprint({}, [done(500)]), null);
  // The position does not move: neither does its fingerprint.
  assert.equal(fingerprint({ next_offset: 400, fingerprint: 'new' }, []), 'old');
  assert.equal(fingerprint({ fingerprint: 'new' }, [done(500, 'missing')]), 'old');
});

test('moved by hand, a position forgets', () => {
  assert.deepEqual(moved({ next_offset: 7, fingerprint: 'f' }), {
    next_offset: 7, confirmed: 7, fingerprint: 'f', rejects: [],
  });
  assert.deepEqual(moved({ next_offset: null }), { next_offset: null, confirmed: null, fingerprint: null, rejects: [] });
});
