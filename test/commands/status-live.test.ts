import assert from 'node:assert/strict';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import type {AccountReport} from '../../src/contract/index.js';
import {dead, errorAnswer, firewallPage, unauthorized} from '../../src/simulator/index.js';
import {writeData} from '../support/accounts.js';
import {codexOnPath} from '../support/cao.js';
import {fakeCodex} from '../support/fake-codex.js';
import {caoInProcess} from '../support/in-process.js';
import {World} from '../support/world.js';

const inAnHour = (): number => Math.floor(Date.now() / 1000) + 3600;

/** Who is asked, by what is found on PATH. */
const WAYS: [string, RegExp, (world: World) => Promise<string> | string][] = [
  ['the real Codex', /^codex-account-orchestrator\/\d/, () => codexOnPath().PATH],
  ['the backend itself without a Codex', /^codex-account-orchestrator$/, () => '/nowhere'],
];

for (const [way, userAgent, path] of WAYS) {
  describe(`cao status --live, asking ${way}`, () => {
    let world: World;
    let PATH: string;

    beforeEach(async () => {
      world = await World.create(
        {
          name: 'work',
          plan: 'pro',
          windows: {primary: {usedPercent: 37, windowMinutes: 300, resetAt: inAnHour()}},
        },
        'home',
      );
      PATH = await path(world);
    });
    afterEach(() => world.close());

    async function live(
      flags: string[] = [],
      extra: Record<string, string> = {},
    ): Promise<{accounts: AccountReport[]; stderr: string}> {
      const env = {...world.env, PATH, ...extra};
      const result = await caoInProcess(world.sandbox, ['status', '--live', '--json', ...flags], {env});
      assert.equal(result.exitCode, 0, result.stderr);
      return {accounts: JSON.parse(result.stdout) as AccountReport[], stderr: result.stderr};
    }

    function asked(route = 'usage'): World['simulator']['requests'] {
      return world.simulator.requests.filter((request) => request.route === route);
    }

    it('asks each account with its own token', async () => {
      const {accounts} = await live();
      assert.deepEqual(
        asked()
          .map(({account}) => account)
          .sort(),
        ['home', 'work'],
      );
      for (const {account, headers} of asked()) {
        assert.equal(headers['chatgpt-account-id'], `workspace-${account ?? ''}`);
        assert.match(headers['user-agent'] ?? '', userAgent);
      }
      const [work] = accounts;
      assert.equal(work!.usage?.source, 'live');
      assert.equal(work!.usage.windows.find(({windowMinutes}) => windowMinutes === 300)?.usedPercent, 37);
    });

    it('says once, for all accounts, which variable to change where the proxy cannot be used', async () => {
      for (const [env, name] of [
        [{ALL_PROXY: 'socks5h://user:secret@127.0.0.1:1'}, 'ALL_PROXY'],
        [{HTTPS_PROXY: 'http://user:secret@127.0.0.1:port'}, 'HTTPS_PROXY'],
      ] as [Record<string, string>, string][]) {
        const {stderr} = await live([], env);
        assert.equal(
          stderr.match(new RegExp(`${name} in your environment .*Set ${name} there to`, 'g'))?.length,
          1,
          stderr,
        );
        assert.doesNotMatch(stderr, /secret|Try again/);
      }
      assert.deepEqual(asked(), []);
      await live();
      assert.equal(asked().length, 2, 'asked as soon as it is mended');
    });

    it('names the .env that asks for a proxy which cannot be used, and asks the others', async () => {
      const dotenv = join(world.sandbox.accountHome('work'), '.env');
      await writeFile(dotenv, 'ALL_PROXY=socks5://127.0.0.1:1\n');
      const {stderr} = await live();
      assert.ok(stderr.includes(`ALL_PROXY in ${dotenv} names a SOCKS proxy`), stderr);
      assert.deepEqual(
        asked().map(({account}) => account),
        ['home'],
      );
    });

    it('does not ask again within the minutes of usage.pollMinutes, unless forced', async () => {
      await live();
      const {accounts} = await live();
      assert.equal(asked().length, 2);
      assert.equal(accounts[0]!.usage?.source, 'live');
      await live(['--force']);
      assert.equal(asked().length, 4);
    });

    it('refreshes a refused token once, for the client of gateway.json, and keeps the new one', async () => {
      await writeData(world.sandbox, 'gateway.json', {oauthClientId: 'app_of_the_user'});
      const authFile = join(world.sandbox.accountHome('work'), 'auth.json');
      const before = await readFile(authFile, 'utf8');
      world.simulator.account('work').tokens.failAccessTokens('token_expired');
      const {accounts} = await live();
      assert.equal(accounts[0]!.usage?.source, 'live');
      assert.notEqual(await readFile(authFile, 'utf8'), before);
      const [refresh, ...others] = asked('refresh');
      assert.deepEqual([(refresh!.body as {client_id: string}).client_id, others], ['app_of_the_user', []]);
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

    const answers: [string, ReturnType<typeof dead>, AccountReport['state'], RegExp, number][] = [
      [
        'has closed the workspace',
        dead('deactivated_workspace'),
        'quarantined',
        /has closed work \(deactivated_workspace\)/,
        0,
      ],
      [
        'takes no token of it',
        unauthorized(),
        'needs-login',
        /work needs a new login \(token_invalidated\)/,
        1,
      ],
      [
        'has trouble itself',
        errorAnswer(500, {detail: 'Something went wrong.'}),
        'ready',
        /could not be asked for: status 500/,
        0,
      ],
      [
        'is behind a firewall that shows a page',
        firewallPage(401),
        'ready',
        /a page instead of an answer/,
        0,
      ],
    ];
    for (const [what, answer, state, said, refreshes] of answers) {
      it(`takes what it means that the backend ${what} for what it is elsewhere`, async () => {
        world.simulator.account('work').fail(answer, {at: 'every', when: ({route}) => route === 'usage'});
        const {accounts, stderr} = await live();
        assert.match(stderr, said);
        assert.deepEqual([accounts[0]!.state, asked('refresh').length], [state, refreshes]);
        assert.equal(accounts[0]!.consecutiveFailures, state === 'ready' ? 0 : 1);
      });
    }
  });
}

describe('cao status --live, beside a Codex that cannot be asked', () => {
  const servers: [string, string][] = [
    ['is older than the app-server', 'process.exit(2);'],
    [
      'does not know the question',
      "answer = (m) => { if (m !== 'initialize') throw new Error('unknown variant'); return {}; };",
    ],
    ['says nothing of limits', ''],
  ];
  for (const [what, behaviour] of servers) {
    it(`asks the backend itself where it ${what}`, async () => {
      const world = await World.create('work');
      try {
        const codex = await fakeCodex(join(world.sandbox.home, 'bin'), behaviour);
        const env = {...world.env, PATH: join(codex, '..')};
        const result = await caoInProcess(world.sandbox, ['status', '--live', '--json'], {env});
        assert.equal(result.stderr, '');
        assert.equal((JSON.parse(result.stdout) as AccountReport[])[0]!.usage?.source, 'live');
      } finally {
        await world.close();
      }
    });
  }
});
