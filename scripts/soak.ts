/**
 * Runs the long form of the suites in test/reliability and test/security, and writes what they measured into
 * docs/reliability.md and docs/security.md. With files as arguments it runs those, and only prints.
 */
import {spawnSync} from 'node:child_process';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {availableParallelism, tmpdir} from 'node:os';
import {join} from 'node:path';

import {type Figure, figuresIn, withFigures} from './docs/figures.js';

const ROOT = join(import.meta.dirname, '..');
const SUITES = ['reliability', 'security'];

const chosen = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'cao-soak-'));
const file = join(folder, 'figures.jsonl');
const startedAt = performance.now();
const files = chosen.length > 0 ? chosen : SUITES.map((suite) => `test/${suite}/**/*.test.ts`);
const {status} = spawnSync(
  process.execPath,
  ['node_modules/mocha/bin/mocha.js', '--parallel', '--jobs', '2', '--timeout', '1800000', ...files],
  {
    cwd: ROOT,
    stdio: 'inherit',
    env: {...process.env, CAO_SOAK: process.env['CAO_SOAK'] ?? '1', CAO_SOAK_FIGURES: file},
  },
);
const minutes = Math.round((performance.now() - startedAt) / 60_000);
const lines = await readFile(file, 'utf8').catch(() => '');
await rm(folder, {recursive: true});
const figures = figuresIn(lines);
for (const {suite, values} of figures) process.stdout.write(`${suite}: ${JSON.stringify(values)}\n`);
if (status !== 0) process.exit(status ?? 1);

if (chosen.length === 0) {
  const machine = `Node ${process.versions.node}, ${availableParallelism()} cores, ${minutes} minutes`;
  for (const suite of SUITES) {
    const page = join(ROOT, 'docs', `${suite}.md`);
    const own = figures.filter((figure: Figure) => figure.suite.startsWith(`test/${suite}/`));
    await writeFile(page, withFigures(await readFile(page, 'utf8'), own, machine));
  }
}
