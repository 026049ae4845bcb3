'use strict';
module.exports = { guardForms() {} };
