'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { sessionFault, moveFault, batchFault } = require('../../server/envelope');

const at = { cluster: 'c', group: 'g', topic: 't', partition: 0 };
const move = { ...at, epoch: 1, next_offset: 5, why: 'skip' };
const batch = {
  ...at, epoch: 1, content_type: 'product', first_offset: 5, next_offset: 8,
  items: [{ offset: 5, data: {} }, { offset: 7, data: null }],
};
const items = (...list) => ({ ...batch, items: list });

test('what the contract shows is taken', () => {
  assert.equal(sessionFault({ ...at, member: 'm', content_type: 'x' }), null);
  assert.equal(sessionFault(at), null);
  for (const why of ['adopt', 'skip', 'reset']) assert.equal(moveFault({ ...move, why }), null);
  assert.equal(moveFault({ ...move, next_offset: null }), null);
  assert.equal(batchFault(batch), null);
  assert.equal(batchFault({ ...batch, confirmed: 5, fingerprint: 'f'.repeat(64), on_existing: 'skip', keep: ['a'] }), null);
  assert.equal(batchFault({ ...batch, first_offset: 5, next_offset: 5, items: [] }), null);
  assert.equal(batchFault({ ...batch, confirmed: null, fingerprint: null, on_existing: null, keep: null }), null);
  assert.equal(batchFault(items({ offset: 6, data: 1, final: true, fingerprint: 'x' })), null);
});

const FAULTS = {
  'the request is no object': [sessionFault, [null, [], 'x', undefined]],
  'cluster must be': [sessionFault, [{ ...at, cluster: '' }, { ...at, cluster: 'c'.repeat(65) }, { ...at, cluster: 1 }]],
  'group must be': [sessionFault, [{ ...at, group: 'g'.repeat(256) }, { ...at, group: 'a\0' }]],
  'topic must be': [sessionFault, [{ ...at, topic: undefined }, { ...at, topic: 't'.repeat(250) }]],
  'partition must be': [sessionFault, [{ ...at, partition: -1 }, { ...at, partition: '0' }, { ...at, partition: 2 ** 31 }]],
  'member must be': [sessionFault, [{ ...at, member: 'm'.repeat(256) }, { ...at, member: 5 }]],
  'epoch must be': [moveFault, [{ ...move, epoch: undefined }, { ...move, epoch: '1' }]],
  'fingerprint must be': [moveFault, [{ ...move, fingerprint: 'f'.repeat(65) }, { ...move, fingerprint: 'a\0' }]],
  'next_offset must be': [moveFault, [{ ...move, next_offset: undefined }, { ...move, next_offset: -1 }]],
  'why must be': [moveFault, [{ ...move, why: 'because' }, { ...move, why: undefined }]],
  'must be offsets': [batchFault, [{ ...batch, first_offset: 1.5 }, { ...batch, next_offset: 2 ** 53 }]],
  'known_offset must be': [batchFault, [{ ...batch, known_offset: -1 }, { ...batch, known_offset: '5' }]],
  'is below first_offset': [batchFault, [{ ...batch, next_offset: 4 }]],
  'confirmed must be': [batchFault, [{ ...batch, confirmed: 9 }, { ...batch, confirmed: -1 }]],
  'content_type must be a': [batchFault, [{ ...batch, content_type: undefined }]],
  'content_type must be': [sessionFault, [{ ...at, content_type: { toString: 1 } }, { ...at, content_type: ['product'] }]],
  'on_existing must be': [batchFault, [{ ...batch, on_existing: 'replace' }]],
  'keep must be': [batchFault, [{ ...batch, keep: 'a' }, { ...batch, keep: [1] }]],
  'has no offset': [batchFault, [items({ data: 1 }), items(null), items({ offset: '5', data: 1 })]],
  'has no data': [batchFault, [items({ offset: 5 })]],
  'is no boolean': [batchFault, [items({ offset: 5, data: 1, final: 1 })]],
  'is no short text': [batchFault, [items({ offset: 5, data: 1, fingerprint: 5 })]],
  'does not ascend': [batchFault, [items({ offset: 4, data: 1 }), items({ offset: 6, data: 1 }, { offset: 6, data: 1 })]],
  'is not below next_offset': [batchFault, [items({ offset: 8, data: 1 })]],
};

for (const [message, [fault, requests]] of Object.entries(FAULTS)) {
  test(`refused: ${message}`, () => {
    for (const request of requests) assert.match(fault(request) ?? 'taken', new RegExp(message));
  });
}
