import assert from 'node:assert/strict';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {simulatedConfig, startSimulator, type Simulator} from '../../../src/simulator/index.js';
import {Sandbox} from '../real-codex.js';

describe('simulator: the real codex login', () => {
  let simulator: Simulator;
  let sandbox: Sandbox;

  beforeEach(async () => {
    simulator = await startSimulator({accounts: [{name: 'alpha'}, {name: 'beta'}]});
    sandbox = await Sandbox.make(simulator);
  });
  afterEach(async () => {
    await simulator.close();
    await sandbox.remove();
  });

  const login = ['login', '--device-auth', '--experimental_issuer'];

  it('logs in by device code as the account that approves', async () => {
    simulator.approveLogins('beta');
    const home = sandbox.home('new');
    await mkdir(home);
    const config = Object.entries(simulatedConfig(simulator)).map(([key, value]) => `${key} = "${value}"\n`);
    await writeFile(path.join(home, 'config.toml'), config.join(''));
    const {code, stdout, stderr} = await sandbox.codex(home, [...login, simulator.issuerUrl]);
    assert.equal(code, 0, stdout + stderr);
    const auth = JSON.parse(await readFile(path.join(home, 'auth.json'), 'utf8')) as {
      tokens: {account_id: string};
    };
    assert.equal(auth.tokens.account_id, 'workspace-beta');
    assert.equal((await sandbox.exec(home, 'hello')).stdout, 'Answer from beta: hello\n');
  });

  it('fails when it is declined', async () => {
    simulator.declineLogins();
    const home = sandbox.home('new');
    await mkdir(home);
    const {code} = await sandbox.codex(home, [...login, simulator.issuerUrl]);
    assert.equal(code, 1);
  });

  it('waits while nobody decided', async () => {
    simulator.leaveLoginsPending();
    const home = sandbox.home('new');
    await mkdir(home);
    const running = sandbox.codex(home, [...login, simulator.issuerUrl]);
    await simulator.waitForRequest((each) => each.route === 'device-token' && each.status === 403, 10_000);
    simulator.approveLogins('alpha');
    assert.equal((await running).code, 0);
  });
});
