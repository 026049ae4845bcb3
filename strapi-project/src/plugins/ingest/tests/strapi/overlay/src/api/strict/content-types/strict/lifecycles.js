'use strict';

// Says which hooks were called (GET /api/witness), and refuses one title as a project's own hook may.

const HOOKS = ['Create', 'CreateMany', 'Update', 'UpdateMany'];
const witness = (hook) => () => {
  (global.witnessed ??= []).push(hook);
};

for (const hook of HOOKS) {
  for (const when of ['before', 'after']) module.exports[when + hook] = witness(when + hook);
}
