'use strict';

// load.js ROUNDS SECONDS NAME=URL,TOKEN...: new products per second into each target by its ingest plugin,
// and into the first by plain REST, in alternating rounds; prints every round, medians and ratios.

const http = require('node:http');

const BATCH = 500;
const CONNECTIONS = 4;
const WARM_UP_SECONDS = 10;

const [rounds, seconds] = process.argv.slice(2, 4).map(Number);
const targets = process.argv.slice(4).map((text) => {
  const [, name, url, token] = /^(\w+)=([^,]+),(.+)$/.exec(text);
  return { name, url, token };
});

const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });

function post({ url, token }, path, type, text) {
  const body = Buffer.from(text);
  const headers = { authorization: `Bearer ${token}`, 'content-type': type, 'content-length': body.length };
  return new Promise((resolve, reject) => {
    const request = http.request(`${url}/api/${path}`, { method: 'POST', agent, headers }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => {
        const got = Buffer.concat(chunks).toString();
        if (answer.statusCode > 201) reject(new Error(`${path}: ${answer.statusCode} ${got.slice(0, 300)}`));
        else resolve(JSON.parse(got));
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

const run = Date.now().toString(36);
let made = 0;
const product = () => ({
  name: `product ${made}`,
  description: 'some text of the usual length, as a feed has it',
  stock_available: 5,
  barcode: `${run}${(made += 1)}`,
  status: 'safe',
});

// One partition, one batch after the other, as a consumer sends them.
async function byPlugin(target, until) {
  const at = { cluster: 'bench', group: 'bench', topic: `${run}-${made}`, partition: 0 };
  const { epoch } = await post(target, 'ingest/session', 'application/json', JSON.stringify(at));
  let next = 0;
  while (Date.now() < until) {
    const envelope = { ...at, epoch, content_type: 'product', first_offset: next, next_offset: next + BATCH };
    const lines = [envelope, ...Array.from({ length: BATCH }, (_, i) => ({ offset: next + i, data: product() }))];
    const text = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
    const { results } = await post(target, 'ingest/batch', 'application/x-ndjson', text);
    if (results.some(({ status }) => status !== 'created')) throw new Error('a product was not created');
    next += BATCH;
  }
  return next;
}

async function byRest(target, until) {
  let done = 0;
  const work = async () => {
    while (Date.now() < until) {
      await post(target, 'products', 'application/json', JSON.stringify({ data: product() }));
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, work));
  return done;
}

async function rate(send, target, length) {
  const start = Date.now();
  const count = await send(target, start + length * 1000);
  return (count * 1000) / (Date.now() - start);
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

async function main() {
  const points = targets.map((target) => ({ name: target.name, send: byPlugin, target, rates: [] }));
  points.push({ name: 'REST', send: byRest, target: targets[0], rates: [] });
  for (const { send, target } of points) await rate(send, target, WARM_UP_SECONDS);
  for (let round = 0; round < rounds; round += 1) {
    for (const point of points) point.rates.push(await rate(point.send, point.target, seconds));
  }
  const first = median(points[0].rates);
  for (const { name, rates } of points) {
    const list = rates.map((one) => one.toFixed(0)).join(' ');
    console.log(`${name.padEnd(8)} ${median(rates).toFixed(0).padStart(7)} products/s   (${list})`);
  }
  for (const { name, rates } of points.slice(1)) {
    console.log(`plugin / ${name}: ${(first / median(rates)).toFixed(2)}`);
  }
}

main().finally(() => agent.destroy());
