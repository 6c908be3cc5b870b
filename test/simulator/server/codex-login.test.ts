import assert from 'node:assert/strict';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {simulatedConfig, type Simulator} from '../../../src/simulator/index.js';
import type {CaoResult} from '../../support/cao.js';
import {World} from '../../support/world.js';

describe('simulator: the real codex login', () => {
  let world: World;
  let simulator: Simulator;
  let home: string;

  beforeEach(async () => {
    world = await World.create('alpha', 'beta');
    simulator = world.simulator;
    home = path.join(world.sandbox.home, 'new');
    await mkdir(home);
  });
  afterEach(() => world.close());

  const logIn = (): Promise<CaoResult> =>
    world.codex(home, ['login', '--device-auth', '--experimental_issuer', simulator.issuerUrl]);

  it('logs in by device code as the account that approves', async () => {
    simulator.approveLogins('beta');
    const config = Object.entries(simulatedConfig(simulator)).map(([key, value]) => `${key} = "${value}"\n`);
    await writeFile(path.join(home, 'config.toml'), config.join(''));
    const {exitCode, stdout, stderr} = await logIn();
    assert.equal(exitCode, 0, stdout + stderr);
    const auth = JSON.parse(await readFile(path.join(home, 'auth.json'), 'utf8')) as {
      tokens: {account_id: string};
    };
    assert.equal(auth.tokens.account_id, 'workspace-beta');
    assert.equal(
      (await world.codex(home, ['exec', '--skip-git-repo-check', 'hello'])).stdout,
      'Answer from beta: hello\n',
    );
  });

  it('fails when it is declined', async () => {
    simulator.declineLogins();
    const {exitCode} = await logIn();
    assert.equal(exitCode, 1);
  });

  it('waits while nobody decided', async () => {
    simulator.leaveLoginsPending();
    const running = logIn();
    await simulator.waitForRequest((each) => each.route === 'device-token' && each.status === 403, 10_000);
    simulator.approveLogins('alpha');
    assert.equal((await running).exitCode, 0);
  });
});
