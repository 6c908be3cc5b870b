import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import {readFile, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {type AppServer, withAppServer} from '../../src/codex/app-server/app-server.js';
import {AskableCodex} from '../../src/codex/app-server/askable-codex.js';
import {AppServerError} from '../../src/codex/app-server/failure.js';
import {BackendConnection} from '../../src/codex/backend/connection.js';
import {DEFAULT_OAUTH_CLIENT_ID as clientId} from '../../src/codex/tokens/refresh.js';
import {type UsageRequest, type UsageTold, readUsage} from '../../src/codex/usage/read-usage.js';
import type {SimulatedAccount} from '../../src/simulator/model/simulated-account.js';
import {CODEX, PROJECT_ROOT} from '../support/cao.js';
import {World} from '../support/world.js';

const CASES = join(PROJECT_ROOT, 'test', 'fixtures', 'cases');
const THREAD = '019ac1f0-0000-7000-8000-000000000001';

describe('the app-server of the real Codex', () => {
  let world: World;
  let home: string;
  let account: SimulatedAccount;
  let before: NodeJS.ProcessEnv;

  beforeEach(async () => {
    world = await World.create('work');
    home = world.sandbox.accountHome('work');
    account = world.simulator.account('work');
    before = {...process.env};
    Object.assign(process.env, world.sandbox.environment(world.env));
  });
  afterEach(async () => {
    for (const name of Object.keys(process.env))
      if (!(name in before)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
    await world.close();
  });

  function ask<T>(question: (server: AppServer) => Promise<T>): Promise<T> {
    return withAppServer({binary: CODEX, home}, question);
  }

  it('tells who is logged in, what is left, what was used, and spends banked resets', async () => {
    account.tokensByDay = {'2026-11-01': 500, '2026-11-02': 700};
    account.creditMicrosByThread = {[THREAD]: {'gpt-6-sol': 2_000_000, 'gpt-6-luna': 500_000}};
    const credit = account.resetCredits.grant('A gift');
    await ask(async (server) => {
      const {kind, email, plan, userId} = await server.account();
      assert.deepEqual([kind, email, plan, userId], ['chatgpt', 'work@example.test', 'plus', 'user-work']);

      const used = await server.tokenUsage();
      assert.deepEqual([used.lifetimeTokens, used.peakDailyTokens], [1200, 700]);
      assert.deepEqual(used.days[0], {date: '2026-11-01', tokens: 500});
      const {thread} = await server.tokenUsage(THREAD);
      assert.deepEqual([thread?.id, thread?.creditsMicros, thread?.usdMicros], [THREAD, 2_500_000, null]);
      assert.deepEqual(thread?.models[0], {model: 'gpt-6-sol', tokens: null, creditsMicros: 2_000_000});

      assert.equal(await server.redeemReset('attempt-1'), 'nothingToReset');
      account.usage.windows.primary!.usedPercent = 40;
      const limits = await server.rateLimits();
      assert.equal(limits.limits[0]?.windows[0]?.usedPercent, 40);
      const {availableCount, credits} = limits.resetCredits!;
      assert.equal(availableCount, 1);
      const [{id, status, title, expiresAtMs}] = credits as [(typeof credits & object)[number]];
      assert.deepEqual([id, status, title], [credit, 'available', 'A gift']);
      assert.ok(expiresAtMs! > Date.now());
      assert.equal(await server.redeemReset('attempt-2', id), 'reset');
      assert.equal(await server.redeemReset('attempt-2', id), 'alreadyRedeemed');
      assert.equal(await server.redeemReset('attempt-3'), 'noCredit');
      assert.equal((await server.rateLimits()).limits[0]?.windows[0]?.usedPercent, 0);
    });
    // Neither a thread nor a daemon.
    for (const leftover of ['sessions', 'packages', 'app-server-daemon', 'app-server-control'])
      assert.equal(existsSync(join(home, leftover)), false, leftover);
  });

  const logins: [string, () => unknown][] = [
    ['has expired', () => writeFile(join(home, 'auth.json'), JSON.stringify(account.authJson(-60)))],
    ['is refused', () => account.tokens.failAccessTokens('token_invalidated')],
  ];
  for (const [what, arrange] of logins) {
    it(`spends no refresh token for one that ${what}, and leaves the login as it is`, async () => {
      await arrange();
      const login = await readFile(join(home, 'auth.json'), 'utf8');
      await ask(async (server) => {
        const isRefused = (error: unknown): boolean =>
          error instanceof AppServerError && error.refusal?.status === 401;
        await assert.rejects(server.account(), isRefused);
        await assert.rejects(server.rateLimits(), isRefused);
      });
      assert.equal(await readFile(join(home, 'auth.json'), 'utf8'), login);
      assert.deepEqual(
        world.simulator.requests.filter(({path}) => path === '/oauth/token'),
        [],
      );
    });
  }

  it('gives the figures that the backend’s own answer gives, or leaves the answer to who can read it', async () => {
    const none = await AskableCodex.find(join(home, 'no-codex'));
    const connection = await BackendConnection.open();
    const read = async (codex: UsageRequest['codex']): Promise<{told: UsageTold; asked: number}> => {
      const asked = world.simulator.requests.length;
      const told = await readUsage({
        home,
        accountName: 'work',
        codex,
        connection,
        clientId,
        onUnsaved: (line) => assert.fail(line),
      });
      const requests = world.simulator.requests.slice(asked).filter(({route}) => route === 'usage');
      return {told: comparable(told), asked: requests.length};
    };
    const readers: Record<string, string> = {};
    try {
      // One server for all of them: a start takes longer than all the questions.
      await ask(async (server) => {
        const codex: UsageRequest['codex'] = {ask: (_, question) => question(server)};
        for (const [name, answer] of await usageCases()) {
          account.usageAnswer = answer;
          const [throughCodex, direct] = [await read(codex), await read(none)];
          assert.deepEqual(throughCodex.told, direct.told, name);
          readers[name] = throughCodex.asked === 1 ? 'Codex' : 'the backend';
        }
      });
    } finally {
      await connection.close();
    }
    assert.deepEqual(readers, {
      'usage-business-reached.json': 'the backend',
      'usage-business-reached.json in whole numbers': 'Codex',
      'usage-business.json': 'the backend',
      'usage-business.json in whole numbers': 'Codex',
      'usage-free-monthly.json': 'the backend',
      'usage-free-monthly.json in whole numbers': 'Codex',
      'usage-not-allowed.json': 'the backend',
      'usage-not-allowed.json in whole numbers': 'Codex',
      'usage-null-window.json': 'the backend',
      'usage-null-window.json in whole numbers': 'the backend',
      'with a model’s own limit': 'Codex',
    });
  });
});

/** Each answer as it stands, and within what Codex 0.169 can read: times of 32 bits, percentages without fractions. */
async function usageCases(): Promise<[string, Record<string, unknown>][]> {
  const names = (await readdir(CASES)).filter((name) => name.startsWith('usage-')).sort();
  const files = await Promise.all(
    names.map(async (name): Promise<[string, string]> => [name, await readFile(join(CASES, name), 'utf8')]),
  );
  const parse = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
  const window = {
    used_percent: 12,
    limit_window_seconds: 18_000,
    reset_after_seconds: 60,
    reset_at: 1_902_444_800,
  };
  const limit = {allowed: true, limit_reached: false, primary_window: window, secondary_window: null};
  return [
    ...files.flatMap(([name, text]): [string, Record<string, unknown>][] => [
      [name, parse(text)],
      [
        `${name} in whole numbers`,
        parse(text.replaceAll(/\b41024(\d{5})\b/g, '19024$1').replaceAll('99.6', '99')),
      ],
    ]),
    [
      'with a model’s own limit',
      {
        plan_type: 'pro',
        rate_limit: limit,
        additional_rate_limits: [{limit_name: 'Sol', metered_feature: 'gpt-6-sol', rate_limit: limit}],
        credits: {has_credits: true, unlimited: false, balance: '7'},
        spend_control: {reached: false},
      },
    ],
  ];
}

/** The order in which windows are told says nothing. */
function comparable(told: UsageTold): UsageTold {
  if (!('reading' in told)) return told;
  const windows = [...told.reading.windows].sort((one, other) => one.limitId.localeCompare(other.limitId));
  return {reading: {...told.reading, windows}};
}
