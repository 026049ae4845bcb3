'use strict';

// The route middleware that reads a batch: NDJSON, perhaps gzipped. Strapi's own parser takes
// application/json only up to the limit that it has for all routes (1 MiB), and leaves this type alone.

const { isUtf8 } = require('node:buffer');
const { createGunzip } = require('node:zlib');
const { Refusal, answerRefusal, badBatch } = require('./refusal');
const { read } = require('./settings');

const TYPE = 'application/x-ndjson';
// Most clients read the answer when they have sent all. Of a body that is too long by no more than this factor
// they are let do so: it is read to its end, and dropped.
const READ_ON = 4;

const tooLarge = (message) => new Refusal(413, 'too_large', message);
const overBytes = (limit) => tooLarge(`the batch has more than ${limit} bytes`);

function unpacked(ctx) {
  const encoding = ctx.get('content-encoding').toLowerCase() || 'identity';
  if (encoding === 'identity') return ctx.req;
  if (encoding !== 'gzip') throw badBatch(`Content-Encoding ${encoding} is not known: gzip, or none`);
  const gunzip = createGunzip();
  ctx.req.on('error', (error) => gunzip.destroy(error));
  return ctx.req.pipe(gunzip);
}

// By events, not by `for await`: leaving such a loop destroys the request and with it the socket, and
// the client would see a reset instead of the answer.
function collect(stream, limit) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    let size = 0;
    stream.on('data', (chunk) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else chunks.length = 0;
      if (size > limit * READ_ON) reject(overBytes(limit));
    });
    stream.on('end', () => (size > limit ? reject(overBytes(limit)) : resolve(Buffer.concat(chunks))));
    stream.on('error', (error) => {
      reject(error.code?.startsWith('Z_') ? badBatch(`not gzip: ${error.message}`) : error);
    });
  });
}

function parseLine(line, number) {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw badBatch(`line ${number} is not JSON: ${error.message}`);
  }
}

// The lines of a batch -> its envelope, with the items in it.
function parse(bytes, limits) {
  if (!isUtf8(bytes)) throw badBatch('the batch is not UTF-8');
  const lines = bytes.toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) throw badBatch('the batch is empty');
  if (lines.length - 1 > limits.items) throw tooLarge(`the batch has more than ${limits.items} items`);
  const [envelope, ...items] = lines.map((line, i) => parseLine(line, i + 1));
  if (envelope === null || typeof envelope !== 'object') throw badBatch('the envelope is no object');
  return { ...envelope, items };
}

async function readBytes(ctx, limits) {
  if (!ctx.is(TYPE)) throw badBatch(`Content-Type must be ${TYPE}`);
  const stream = unpacked(ctx);
  if (stream === ctx.req && ctx.request.length > limits.bytes) throw overBytes(limits.bytes);
  return collect(stream, limits.bytes);
}

async function readBatch(ctx, next) {
  const { limits } = read(strapi);
  try {
    ctx.request.body = parse(await readBytes(ctx, limits), limits);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // What of the body is still on its way is read and dropped, and nothing else comes on this connection.
    ctx.req.unpipe();
    ctx.req.resume();
    ctx.set('Connection', 'close');
    answerRefusal(ctx, error);
    return undefined;
  }
  return next();
}

module.exports = { readBatch, readBytes, parse };
