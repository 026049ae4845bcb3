'use strict';

// load.js ROUNDS SECONDS NAME=URL,TOKEN,PID...: new products per second into each target by its ingest
// plugin, and into the first by plain REST, in alternating rounds; prints every round, medians and ratios.
// The processor time of Strapi stands beside it: that tells two plugins apart on a busy machine, too.

const fs = require('node:fs');
const http = require('node:http');

const BATCH = 500;
const CONNECTIONS = 4;
const WARM_UP_SECONDS = 15;

const [rounds, seconds] = process.argv.slice(2, 4).map(Number);
const targets = process.argv.slice(4).map((text) => {
  const [, name, url, token, pid] = /^(\w+)=([^,]+),([^,]+),(\d+)$/.exec(text);
  return { name, url, token, pid };
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

// Milliseconds: fields 14 and 15 of stat, in hundredths of a second; the name in field 2 may have blanks.
function processorTime(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

async function measure(send, target, length) {
  const [start, used] = [Date.now(), processorTime(target.pid)];
  const count = await send(target, start + length * 1000);
  return {
    rate: (count * 1000) / (Date.now() - start),
    cost: (processorTime(target.pid) - used) / count,
  };
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

async function main() {
  const points = targets.map((target) => ({ name: target.name, send: byPlugin, target, runs: [] }));
  points.push({ name: 'REST', send: byRest, target: targets[0], runs: [] });
  for (const { send, target } of points) await measure(send, target, WARM_UP_SECONDS);
  for (let round = 0; round < rounds; round += 1) {
    for (const point of points) point.runs.push(await measure(point.send, point.target, seconds));
  }
  report(points);
}

function report(points) {
  for (const point of points) {
    const rates = point.runs.map(({ rate }) => rate);
    point.rate = median(rates);
    point.cost = median(point.runs.map(({ cost }) => cost));
    const list = rates.map((one) => one.toFixed(0)).join(' ');
    const cost = point.cost.toFixed(3);
    console.log(`${point.name.padEnd(8)} ${point.rate.toFixed(0).padStart(7)} products/s  ${cost} ms of Strapi each  (${list})`);
  }
  const [first, ...others] = points;
  for (const { name, rate, cost } of others) {
    console.log(`plugin / ${name}: ${(first.rate / rate).toFixed(2)} products/s, ${(first.cost / cost).toFixed(2)} of the processor time`);
  }
}

main().finally(() => agent.destroy());
