import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {join} from 'node:path';

import {mintJwt} from '../../src/simulator/index.js';
import {PROJECT_ROOT} from './cao.js';
import {MarkedSecrets} from './marked-secrets.js';
import {secretsIn} from './secret-shapes.js';

const SECRETS: [what: string, make: () => string][] = [
  ['a JWT', () => mintJwt({email: 'a@example.test'})],
  ['a refresh token', () => `rt_${randomUUID()}`],
  ['a personal access token', () => `at-${randomUUID()}`],
  ['an API key', () => `sk-${randomUUID()}`],
  ['a bearer token', () => `Bearer ${randomUUID()}`],
  ['a marked secret', () => new MarkedSecrets().make('x')],
];

/** A run whose output is looked through. */
function watched(script: string): {status: number | null; said: string} {
  const {status, stdout, stderr} = spawnSync(
    process.execPath,
    ['--import=tsx', join('scripts', 'without-secrets.ts'), process.execPath, '-e', script],
    {cwd: PROJECT_ROOT, encoding: 'utf8'},
  );
  return {status, said: stdout + stderr};
}

describe('a secret in the output of a run', () => {
  for (const [what, make] of SECRETS) {
    it(`is found: ${what}`, () => {
      assert.deepEqual(secretsIn(`first\nsecond: "${make()}"\n`), [`${what} in line 2`]);
    });
  }

  it('is not seen in what only looks like one', () => {
    const words =
      'at-the-very-end sk-learn-and-more-of-it start_of_the_account eyJ0 Bearer token at-once rt_short';
    assert.deepEqual(secretsIn(words), []);
  });

  it('fails that run, though it comes in two pieces, and is not said again', () => {
    const secret = `rt_${randomUUID()}`;
    const script = `process.stdout.write('${secret.slice(0, 9)}'); setTimeout(() => process.stdout.write('${secret.slice(9)}'), 50)`;
    const {status, said} = watched(script);
    assert.equal(status, 1);
    assert.match(said, /In the output of this run there is a refresh token in line 1\./);
    assert.equal(said.split(secret).length, 2);
  });

  it('is not needed for a run to fail, and one that is clean is as it was', () => {
    assert.deepEqual(watched('console.log("fine")'), {status: 0, said: 'fine\n'});
    assert.deepEqual(watched('process.exitCode = 7'), {status: 7, said: ''});
  });
});
