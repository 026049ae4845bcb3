'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { gzipSync } = require('node:zlib');
const { PassThrough } = require('node:stream');
const { readBytes, parse } = require('../../server/body');

const limits = { bytes: 1000, items: 3 };
const refused = (status, code) => (error) => error.status === status && error.details.code === code;
const parseText = (text) => parse(Buffer.from(text), limits);

function request(chunks, { type = 'application/x-ndjson', encoding = '' } = {}) {
  const req = new PassThrough();
  for (const chunk of chunks) req.write(chunk);
  req.end();
  return { req, is: (wanted) => type === wanted, get: () => encoding, request: { length: undefined } };
}

test('the first line is the envelope, the others are items', () => {
  assert.deepEqual(parseText('{"epoch":1}\n{"offset":0}\n{"offset":1}\n'), {
    epoch: 1,
    items: [{ offset: 0 }, { offset: 1 }],
  });
  assert.deepEqual(parseText('{"epoch":1,"items":"x"}'), { epoch: 1, items: [] });
});

test('what is no batch is refused as a whole', () => {
  const bad = ['', '\n', 'null', '5', '{"epoch":1}\n{"offset"', '{"epoch":1}\n\n{"offset":0}'];
  for (const text of bad) assert.throws(() => parseText(text), refused(400, 'bad_batch'), text);
  assert.throws(() => parse(Buffer.from([0x7b, 0xff, 0x7d]), limits), refused(400, 'bad_batch'));
});

test('more items than allowed are too many', () => {
  assert.equal(parseText(`{}\n${'1\n'.repeat(3)}`).items.length, 3);
  assert.throws(() => parseText(`{}\n${'1\n'.repeat(4)}`), refused(413, 'too_large'));
});

test('a body is read in whatever pieces it comes, also packed', async () => {
  const text = `{"x":"${'é'.repeat(100)}"}`;
  const bytes = [...Buffer.from(text)].map((byte) => Buffer.from([byte]));
  assert.equal((await readBytes(request(bytes), limits)).toString(), text);
  const packed = request([gzipSync(text)], { encoding: 'GZIP' });
  assert.equal((await readBytes(packed, limits)).toString(), text);
});

test('the limit is of what is unpacked', async () => {
  const large = Buffer.alloc(1001, 'x');
  await assert.rejects(readBytes(request([large]), limits), refused(413, 'too_large'));
  await assert.rejects(readBytes(request([gzipSync(large)], { encoding: 'gzip' }), limits), refused(413, 'too_large'));
  assert.equal((await readBytes(request([large.subarray(1)]), limits)).length, 1000);
});

test('a little too much is read to its end before it is refused, a lot is not', async () => {
  const some = request([Buffer.alloc(1001, 'x'), Buffer.alloc(2000, 'x')]);
  await assert.rejects(readBytes(some, limits), refused(413, 'too_large'));
  assert.equal(some.req.readableEnded, true);
  const endless = new PassThrough();
  endless.write(Buffer.alloc(4001, 'x'));
  const ctx = { ...some, req: endless };
  await assert.rejects(readBytes(ctx, limits), refused(413, 'too_large'));
});

test('a declared length is believed before a byte is read', async () => {
  const ctx = request([]);
  ctx.request.length = 1001;
  await assert.rejects(readBytes(ctx, limits), refused(413, 'too_large'));
});

test('another type, another encoding and broken gzip are the sender\'s mistakes', async () => {
  await assert.rejects(readBytes(request([], { type: 'application/json' }), limits), refused(400, 'bad_batch'));
  await assert.rejects(readBytes(request([], { encoding: 'br' }), limits), refused(400, 'bad_batch'));
  await assert.rejects(readBytes(request(['no gzip'], { encoding: 'gzip' }), limits), refused(400, 'bad_batch'));
  const cut = gzipSync('x'.repeat(500)).subarray(0, 20);
  await assert.rejects(readBytes(request([cut], { encoding: 'gzip' }), limits), refused(400, 'bad_batch'));
});
