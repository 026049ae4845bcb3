'use strict';

// The Strapi that these tests run on: one of its own beside the stack in FEEDS_TEST_STACK, by
// scripts/stack; INGEST_TEST_STRAPI says which version (5, or 4).

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '../../../../../..');
const VERSION = process.env.INGEST_TEST_STRAPI ?? '5';
const PARENT = process.env.FEEDS_TEST_STACK;
if (!PARENT) throw new Error('FEEDS_TEST_STACK must name the folder of a stack: tests/plugin/run');

const NAME = `ingest${VERSION}`;
const DIR = path.join(PARENT, 'beside', NAME);
const RUNTIME = path.join(DIR, 'strapi');
const OVERLAY = path.join(DIR, 'overlay');

const stack = (...command) =>
  execFileSync(path.join(ROOT, 'scripts/stack'), ['--dir', PARENT, '--beside', NAME, ...command], { encoding: 'utf8' });

function readEnv() {
  const lines = fs.readFileSync(path.join(DIR, 'env'), 'utf8').trim().split('\n');
  return Object.fromEntries(lines.map((line) => /^(\w+)='?([^']*)'?$/.exec(line).slice(1)));
}

// Content types and a configuration of the tests, over those of strapi-project.
function up() {
  fs.cpSync(path.join(__dirname, 'overlay'), OVERLAY, { recursive: true });
  stack('up', '--strapi', VERSION);
}

const pid = () => Number(stack('pid', 'strapi'));
const restart = (change = () => {}, how = 'stop') => {
  stack(how, 'strapi');
  change();
  stack('start', 'strapi');
};

module.exports = { stack, up, readEnv, pid, restart, RUNTIME, OVERLAY, isStrapi5: VERSION === '5' };
