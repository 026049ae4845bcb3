'use strict';

// What an error of the database means for us. Pure: by SQLSTATE, by SQLite's code, or by the name of
// what Strapi throws before a statement is sent.

const DUPLICATE = '23505';
// Serialization failure, deadlock, and the key that somebody else has created just now: in a new
// transaction the other one's rows are seen.
const ANOTHER_TRY = new Set(['40001', '40P01', DUPLICATE]);
const LOCKED = new Set(['55P03', '40001', '40P01', 'SQLITE_BUSY', 'SQLITE_LOCKED']);

// 22 data exception, 23 integrity constraint, 44 check option, 54 a limit (an index takes no text that
// long), P0001 a trigger's RAISE. 25P02 says only that a statement before it failed: Strapi's services
// clean up after themselves in the aborted transaction, and that error hides the first one.
const REFUSED = /^(22|23|44|54|P0001$|25P02$)/;
const REFUSED_SQLITE = /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/;
const REFUSED_NAMES = new Set([
  'ValidationError', 'YupValidationError', 'ApplicationError', 'ForbiddenError', 'PolicyError', 'NotFoundError',
  'NotNullError', 'InvalidDateFormat', 'InvalidDatetimeFormat', 'InvalidTimeFormat', 'InvalidRelationFormat',
]);

const codeOf = (error) => (typeof error.code === 'string' ? error.code : '');

// The data of an item are at fault; without them the rest can be written.
function isItemsFault(error) {
  const code = codeOf(error);
  return REFUSED.test(code) || REFUSED_SQLITE.test(code) || REFUSED_NAMES.has(error.name);
}

const isDuplicate = (error) => codeOf(error) === DUPLICATE;
const mayPassAgain = (error) => ANOTHER_TRY.has(codeOf(error));
// Also when no connection to the database became free in time: nothing was written either.
const isLocked = (error) => LOCKED.has(codeOf(error)) || error.name === 'KnexTimeoutError';

module.exports = { isItemsFault, isDuplicate, mayPassAgain, isLocked };
