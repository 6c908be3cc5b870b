#!/usr/bin/env -S node --import tsx
process.env.NODE_ENV = 'development';
const {main} = await import('../src/cli/main.js');

await main(process.argv.slice(2), import.meta.dirname);
