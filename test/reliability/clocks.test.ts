import assert from 'node:assert/strict';
import {type ChildProcess, spawn} from 'node:child_process';
import {readFile, readdir, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

import {recordEnd} from '../../src/accounts/record-end.js';
import {candidatesOf} from '../../src/accounts/standings.js';
import {keepAside} from '../../src/accounts/store/kept-logins.js';
import {usageOf} from '../../src/accounts/store/usage-store.js';
import {strandedLogins} from '../../src/codex/login/login.js';
import {RefreshBackoff} from '../../src/codex/tokens/refresh-backoff.js';
import type {Verdict} from '../../src/contract/index.js';
import type {CaoError} from '../../src/errors/index.js';
import {markMoment, stopwatch} from '../../src/files/clock.js';
import {withLock} from '../../src/files/lock.js';
import {gatewaySecret} from '../../src/gateway/config/secret.js';
import {fetchStatus} from '../../src/gateway/control/probe.js';
import {LoginCache} from '../../src/gateway/pool/login-cache.js';
import {Clients} from '../../src/gateway/server/clients.js';
import {waitForAccount} from '../../src/run/wait.js';
import {quota} from '../../src/simulator/index.js';
import {authJson, registerAccounts, writeData} from '../support/accounts.js';
import {CAO, PROJECT_ROOT} from '../support/cao.js';
import {setClock} from '../support/clock.mjs';
import {outputOf, say} from '../support/gateway.js';
import {caoInProcess} from '../support/in-process.js';
import {Sandbox} from '../support/sandbox.js';
import {until} from '../support/until.js';
import {World} from '../support/world.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const MONTH = 30 * 24 * HOUR;

const JUMPS: [what: string, ms: number][] = [
  ['an hour, as by summer time that is taken for another zone', HOUR],
  ['a day', 24 * HOUR],
  ['a month', MONTH],
  ['decades, as from 1970', 20_000 * 24 * HOUR],
];

describe('a clock that is set', () => {
  afterEach(() => setClock(0));

  describe('back leaves nobody with what it had dated ahead', () => {
    let sandbox: Sandbox;
    beforeEach(async () => {
      sandbox = await Sandbox.create();
      await registerAccounts(sandbox, ['alpha']);
    });
    afterEach(() => sandbox.remove());

    const stateAt = async (nowMs: number): Promise<string | undefined> =>
      (await candidatesOf(sandbox.store, nowMs))[0]?.standing.state;
    const end = (verdict: Verdict, nowMs: number) =>
      recordEnd(sandbox.store, 'alpha', {kind: 'failure', verdict, reason: verdict.reason}, {nowMs});

    const VERDICTS: [what: string, state: string, verdict: (nowMs: number) => Verdict][] = [
      ['a quota without a reset', 'cooldown', () => ({kind: 'quota', scope: 'account', reason: 'out'})],
      [
        'a quota with one',
        'cooldown',
        (nowMs) => ({kind: 'quota', scope: 'account', until: new Date(nowMs + HOUR), reason: 'out'}),
      ],
      ['a login that was refused', 'needs-login', () => ({kind: 'auth', reason: 'token_revoked'})],
    ];
    for (const [jump, ms] of JUMPS) {
      for (const [what, state, verdict] of VERDICTS) {
        it(`by ${jump}: ${what}`, async () => {
          const nowMs = Date.now();
          await end(verdict(nowMs + ms), nowMs + ms);
          assert.equal(await stateAt(nowMs + ms), state, 'as long as the clock is ahead');
          assert.equal(await stateAt(nowMs), 'ready', 'once it is right');
          // It is asked, and what the backend says then counts as ever.
          await end(verdict(nowMs), nowMs + SECOND);
          assert.equal(await stateAt(nowMs + SECOND), state);
        });
      }
    }

    it('but an account that the backend has closed, until its next success', async () => {
      const nowMs = Date.now();
      await end({kind: 'dead', reason: 'account_deactivated'}, nowMs + MONTH);
      assert.equal(await stateAt(nowMs), 'quarantined');
      await recordEnd(sandbox.store, 'alpha', {kind: 'success', startedAtMs: nowMs}, {nowMs: nowMs + SECOND});
      assert.equal(await stateAt(nowMs + SECOND), 'ready');
    });

    it('nor with figures that no newer ones could take the place of', async () => {
      const nowMs = Date.now();
      const sample = (usedPercent: number, atMs: number) => ({
        account: 'alpha',
        source: 'live' as const,
        atMs,
        windows: [{limitId: 'codex', usedPercent, windowMinutes: 300, resetsAtMs: atMs + HOUR}],
        credits: {hasCredits: false, unlimited: false, balance: String(usedPercent)},
        allowed: usedPercent < 100,
        models: [`model-${usedPercent}`],
      });
      const {usage} = sandbox.store;
      await usage.recordPoll('alpha', nowMs + MONTH);
      await usage.record([sample(100, nowMs + MONTH)], nowMs + MONTH);
      assert.equal(await stateAt(nowMs + MONTH), 'used-up');
      assert.equal(await stateAt(nowMs), 'ready');
      const [seen] = await candidatesOf(sandbox.store, nowMs);
      assert.equal(seen?.usage.lastPollAtMs, null, 'so the backend is asked again');
      await usage.record([sample(40, nowMs)], nowMs);
      const {windows, credits, permission, models} = usageOf(await usage.read(), 'alpha');
      assert.deepEqual(
        [windows.map(({usedPercent}) => usedPercent), credits?.balance, permission?.allowed, models?.names],
        [[40], '40', true, ['model-40']],
      );
    });
  });

  describe('at any time', () => {
    let sandbox: Sandbox;
    beforeEach(async () => {
      sandbox = await Sandbox.create();
      await registerAccounts(sandbox, ['alpha']);
    });
    const holders: ChildProcess[] = [];
    afterEach(async () => {
      for (const held of holders.splice(0)) held.kill('SIGKILL');
      await sandbox.remove();
    });

    it('makes no length of time longer or negative', () => {
      const elapsedMs = stopwatch();
      const moment = markMoment();
      setClock(MONTH);
      assert.ok(elapsedMs() < MINUTE);
      setClock(-MONTH);
      assert.ok(elapsedMs() >= 0);
      assert.ok(moment() <= Date.now(), 'what is dated now is not from before');
    });

    it('is noticed by who waits for a reset: an account that is free then is taken', async () => {
      const untilMs = Date.now() + 2 * MONTH;
      let looks = 0;
      const waited = waitForAccount({
        untilMs,
        lookAgainMs: 5,
        onTick: (leftMs) => assert.ok(leftMs > 0),
        isFree: () => Promise.resolve((looks += 1) === 3),
      });
      setClock(-MONTH);
      assert.ok(await waited);
      setClock(0);
      assert.equal(
        await waitForAccount({
          untilMs: Date.now() + HOUR,
          onTick: () => setClock(2 * HOUR),
          isFree: () => Promise.resolve(false),
          lookAgainMs: 50,
        }),
        false,
        'the reset has come meanwhile',
      );
    });

    it('lets a lock be waited for as long as ever', async () => {
      const path = join(sandbox.home, 'lock');
      holders.push(await holdLock(path));
      let ms = 0;
      // Again and again: whenever the wait begins, it is set back after that.
      const setBack = setInterval(() => setClock((ms -= HOUR)), 10);
      try {
        const waiting = withLock(path, () => Promise.resolve('never'), {timeoutMs: 300});
        await assert.rejects(waiting, (error: CaoError) => error.code === 'lock_timeout');
      } finally {
        clearInterval(setBack);
      }
    });

    it('keeps no login from being renewed, and no token that was replaced in use', async () => {
      const backoff = new RefreshBackoff();
      const clients = new Clients({
        secret: 'secret',
        homes: () => Promise.resolve([{home: sandbox.accountHome('alpha'), account: 'alpha'}]),
        logins: new LoginCache(),
        secretOnly: false,
      });
      const now = performance.now();
      const auth = authJson('alpha');
      const former = `Bearer ${accessTokenIn(auth)}`;
      await writeData(sandbox, 'alpha/auth.json', auth);
      assert.ok(await clients.identify(former));
      await writeData(sandbox, 'alpha/auth.json', authJson('alpha', {plan: 'pro'}));
      backoff.failed('home', 'status 503');
      assert.ok(await clients.identify(former), 'for a while');
      setClock(-MONTH);
      assert.equal(backoff.reason('home', now + 10 * MINUTE), null);
      assert.equal(await clients.identify(former, now + 10 * MINUTE), null);
    });

    it('throws no login away that was kept, and finds those that were stranded', async () => {
      const {folder} = sandbox.store;
      const nowMs = Date.now();
      for (let n = 0; n < 10; n += 1)
        await keepAside(folder, 'alpha', Buffer.from(`ahead ${n}`), nowMs + MONTH + n);
      for (let n = 0; n < 3; n += 1) await keepAside(folder, 'alpha', Buffer.from(`right ${n}`), nowMs + n);
      const names = (await readdir(folder.keptLogins('alpha'))).sort();
      const texts = await Promise.all(
        names.map((name) => readFile(join(folder.keptLogins('alpha'), name), 'utf8')),
      );
      assert.equal(texts.length, 10);
      assert.deepEqual(texts.slice(-3), ['right 0', 'right 1', 'right 2'], 'the newest are the last');

      const stranded = await writeData(sandbox, '.login-beta-x/auth.json', authJson('beta'));
      await utimes(stranded, new Date(), new Date(nowMs + MONTH));
      assert.equal((await strandedLogins(folder.root, nowMs)).length, 1);
    });

    it('lets every look at the data folder go well', async () => {
      await recordEnd(
        sandbox.store,
        'alpha',
        {kind: 'failure', verdict: {kind: 'quota', scope: 'account', reason: 'out'}, reason: 'out'},
        {nowMs: Date.now()},
      );
      for (const ms of [MONTH, -MONTH, -20_000 * 24 * HOUR, 0]) {
        setClock(ms);
        for (const args of [
          ['list', '--json'],
          ['status', '--json'],
          ['status', '--full'],
          ['report', '--json'],
        ]) {
          const {exitCode, stdout, stderr} = await caoInProcess(sandbox, args);
          assert.ok(exitCode === 0 || exitCode === 1, `${args.join(' ')}: ${stderr}`);
          assert.doesNotMatch(stdout + stderr, /NaN|Invalid|unexpected/i);
        }
      }
    });
  });

  it('while a gateway runs, has each request answered, no token spent over and over, and no timer run in a loop', async function () {
    if (process.platform !== 'linux') this.skip();
    const world = await World.create('a', 'b');
    const {sandbox, simulator} = world;
    const clock = join(sandbox.home, 'clock');
    const setGatewayClock = async (ms: number): Promise<void> => {
      await writeFile(clock, String(ms));
      await sleep(20);
    };
    const secret = await gatewaySecret(sandbox.store.folder);
    await writeData(sandbox, 'gateway.json', {baseUrl: simulator.codexBaseUrl, port: 0});
    const gateway = spawn(process.execPath, [CAO, 'gateway', 'start', '--port', '0'], {
      env: sandbox.environment({
        ...world.env,
        CAO_HOME: sandbox.dataDir,
        CODEX_REFRESH_TOKEN_URL_OVERRIDE: simulator.tokenUrl,
        NODE_OPTIONS: `--import=${join(PROJECT_ROOT, 'test', 'support', 'clock.mjs')}`,
        CAO_TEST_CLOCK: clock,
      }),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      let said = '';
      gateway.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
      const [, url] = await until(() => /listening on (\S+),/.exec(said), 'the gateway');
      const ask = async (): Promise<void> => {
        const answer = await fetch(`${url ?? ''}/v1/responses`, {
          method: 'POST',
          headers: {authorization: `Bearer ${secret}`, 'content-type': 'application/json'},
          body: JSON.stringify(say('hi')),
        });
        await outputOf(answer);
      };
      const refreshes = (): number => simulator.requests.filter(({route}) => route === 'refresh').length;
      for (const ms of [0, HOUR, MONTH, -MONTH, -20_000 * 24 * HOUR, MONTH, 0]) {
        await setGatewayClock(ms);
        const before = refreshes();
        for (let n = 0; n < 5; n += 1) await ask();
        assert.ok(refreshes() - before <= 1, `${refreshes() - before} refreshes at ${ms} ms`);
        const status = await fetchStatus(url ?? '', secret);
        assert.ok(status !== null && status.uptimeMs >= 0 && status.uptimeMs < HOUR);
      }
      const cpuBefore = await cpuMs(gateway.pid ?? 0);
      await sleep(300);
      assert.ok((await cpuMs(gateway.pid ?? 0)) - cpuBefore < 200, 'it is idle');

      await setGatewayClock(MONTH);
      simulator.account('a').fail(quota({resetsAt: null}), {times: 1});
      await ask();
      await ask();
      assert.deepEqual(world.answered.slice(-2), ['b', 'b'], 'a rests');
      await setGatewayClock(0);
      await ask();
      assert.equal(world.answered.at(-1), 'a', 'what was dated ahead is void');
      const metrics = await (
        await fetch(`${url ?? ''}/metrics`, {headers: {authorization: `Bearer ${secret}`}})
      ).text();
      assert.doesNotMatch(metrics, /seconds_sum\S* -/);
    } finally {
      gateway.kill('SIGTERM');
      await new Promise((resolve) => gateway.once('exit', resolve));
      await world.close();
    }
  });
});

/** Another process that holds a lock until it is killed. */
async function holdLock(path: string): Promise<ChildProcess> {
  const code = `
    import {openSync} from 'node:fs';
    import {tryLock} from 'fs-native-extensions';
    if (tryLock(openSync(process.argv[1], 'a+'))) console.log('held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, path], {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
  await until(() => said.includes('held'), 'the lock');
  return child;
}

function accessTokenIn(auth: Record<string, unknown>): string {
  return (auth['tokens'] as {access_token: string}).access_token;
}

/** What a process has used of the processors so far. */
async function cpuMs(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
