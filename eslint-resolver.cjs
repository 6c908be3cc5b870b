/**
 * Resolves what ES modules write (`./x.js`) to the TypeScript source it is compiled from (`./x.ts`), for the lint rule
 * about rooms. Anything that is not relative is a package and none of its business.
 */
const {existsSync} = require('node:fs');
const {dirname, resolve} = require('node:path');

exports.interfaceVersion = 2;

exports.resolve = (source, file) => {
  if (!source.startsWith('.')) return {found: false};
  const path = resolve(dirname(file), source.replace(/\.js$/, '.ts'));
  return existsSync(path) ? {found: true, path} : {found: false};
};
