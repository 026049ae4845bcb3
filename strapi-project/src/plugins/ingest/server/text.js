'use strict';

// What no database of Strapi's can hold: U+0000 in a text (PostgreSQL refuses it), half a surrogate
// pair (no UTF-8), and JSON that is nested so deep that whoever walks it runs out of stack. Pure.

const MAX_DEPTH = 1000;
const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
// Node has it from 20 on, and it is much faster.
const isWellFormed = ''.isWellFormed ? (text) => text.isWellFormed() : (text) => text.search(LONE) < 0;

const isStorable = (text) => !text.includes('\0') && isWellFormed(text);
const makeStorable = (text) => text.replaceAll('\0', '\ufffd').replace(LONE, '\ufffd');

const UNSTORABLE = 'must not contain U+0000 or half a surrogate pair';

// Without recursion: the value may be deeper than the stack. Returns what is wrong, or null.
function valueFault(value) {
  const open = [[value, 1]];
  while (open.length > 0) {
    const [at, depth] = open.pop();
    if (typeof at === 'string') {
      if (!isStorable(at)) return UNSTORABLE;
    } else if (at !== null && typeof at === 'object') {
      if (depth > MAX_DEPTH) return `must not be nested deeper than ${MAX_DEPTH} levels`;
      for (const name of Object.keys(at)) {
        if (!isStorable(name)) return UNSTORABLE;
        open.push([at[name], depth + 1]);
      }
    }
  }
  return null;
}

module.exports = { isStorable, makeStorable, valueFault, MAX_DEPTH };
