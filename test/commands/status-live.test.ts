import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';

import type {AccountReport} from '../../src/contract/index.js';
import {cao} from '../support/cao.js';
import {World} from '../support/world.js';

const inAnHour = (): number => Math.floor(Date.now() / 1000) + 3600;

describe('cao status --live', () => {
  let world: World;

  beforeEach(async () => {
    world = await World.create(
      {
        name: 'work',
        plan: 'pro',
        windows: {primary: {usedPercent: 37, windowMinutes: 300, resetAt: inAnHour()}},
      },
      'home',
    );
  });
  afterEach(() => world.close());

  async function live(...flags: string[]): Promise<{accounts: AccountReport[]; stderr: string}> {
    const result = await cao(world.sandbox, ['status', '--live', '--json', ...flags], {env: world.env});
    assert.equal(result.exitCode, 0, result.stderr);
    return {accounts: JSON.parse(result.stdout) as AccountReport[], stderr: result.stderr};
  }

  function asked(): (string | null)[] {
    return world.simulator.requests.filter(({route}) => route === 'usage').map(({account}) => account);
  }

  it('asks each account with its own token, one after another', async () => {
    const {accounts} = await live();
    assert.deepEqual(asked(), ['work', 'home']);
    const [first, second] = world.simulator.requests.filter(({route}) => route === 'usage');
    assert.ok(first!.endedAtMs !== null && first!.endedAtMs <= second!.atMs);
    assert.equal(first!.headers['chatgpt-account-id'], 'workspace-work');
    const [work] = accounts;
    assert.equal(work!.usage?.source, 'live');
    assert.equal(work!.usage.windows.find(({windowMinutes}) => windowMinutes === 300)?.usedPercent, 37);
  });

  it('does not ask again within the minutes of usage.pollMinutes, unless forced', async () => {
    await live();
    const {accounts} = await live();
    assert.equal(asked().length, 2);
    assert.equal(accounts[0]!.usage?.source, 'live');
    await live('--force');
    assert.equal(asked().length, 4);
  });

  it('refreshes a refused token once and keeps the new one', async () => {
    const authFile = join(world.sandbox.accountHome('work'), 'auth.json');
    const before = await readFile(authFile, 'utf8');
    world.simulator.account('work').tokens.failAccessTokens('token_expired');
    const {accounts} = await live();
    assert.equal(accounts[0]!.usage?.source, 'live');
    assert.notEqual(await readFile(authFile, 'utf8'), before);
    assert.equal(world.simulator.requests.filter(({route}) => route === 'refresh').length, 1);
  });

  it('says which account cannot be asked, and asks the others', async () => {
    const work = world.simulator.account('work');
    work.tokens.failAccessTokens('token_expired');
    work.tokens.revokeAll();
    const {accounts, stderr} = await live();
    assert.match(stderr, /work needs a new login/);
    assert.deepEqual(
      accounts.map(({state, usage}) => [state, usage?.source]),
      [
        ['needs-login', undefined],
        ['ready', 'live'],
      ],
    );
  });
});
