import assert from 'node:assert/strict';
import {readdir} from 'node:fs/promises';

import {cao, caoWithCodex} from '../support/cao.js';
import {Sandbox} from '../support/sandbox.js';

type DemoValue = {
  fellBack: boolean;
  realCodex: boolean;
  answer: string;
  requests: {account: string; status: number}[];
};

describe('cao demo', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
  });

  afterEach(() => sandbox.remove());

  for (const [what, run, realCodex] of [
    ['the real Codex', caoWithCodex, true],
    ['its stand-in where there is none', cao, false],
  ] as const) {
    it(`shows a fallback with ${what}, and touches nothing of the user's`, async () => {
      const env = realCodex ? {} : {PATH: '/usr/bin:/bin'};
      const result = await run(sandbox, ['demo', '--json'], {env});
      assert.equal(result.exitCode, 0, result.stderr);
      const value = JSON.parse(result.stdout) as DemoValue;
      assert.equal(value.fellBack, true);
      assert.equal(value.realCodex, realCodex);
      assert.deepEqual(
        value.requests.map(({account, status}) => [account, status]),
        [
          ['first', 429],
          ['second', 200],
        ],
      );
      assert.deepEqual(await readdir(sandbox.home), []);
    });
  }

  it('fails when the fallback does not happen', async () => {
    const result = await cao(sandbox, ['demo', '--codex', '/bin/true']);
    assert.equal(result.exitCode, 1);
    assert.match(result.stderr, /The fallback did not happen/);
  });
});
