import assert from 'node:assert/strict';
import {mkdtemp, readFile, realpath, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {type AppServer, withAppServer} from '../../../src/codex/app-server/app-server.js';
import {AskableCodex} from '../../../src/codex/app-server/askable-codex.js';
import {AppServerError} from '../../../src/codex/app-server/failure.js';
import {fakeCodex} from '../../support/fake-codex.js';
import {isAlive} from '../../support/processes.js';
import {until} from '../../support/until.js';

describe('asking a codex app-server', function () {
  // The fake is a script that the system starts by its first line.
  if (process.platform === 'win32') return;
  let folder: string;

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'cao-app-server-')));
  });
  afterEach(() => rm(folder, {recursive: true, force: true}));

  async function ask<T>(
    behaviour: string,
    question: (server: AppServer) => Promise<T>,
    options: {signal?: AbortSignal; startTimeoutMs?: number; requestTimeoutMs?: number} = {},
  ): Promise<T> {
    const binary = await fakeCodex(folder, behaviour);
    return withAppServer({binary, home: folder, ...options}, question);
  }

  async function notes(): Promise<string[]> {
    const text = await readFile(join(folder, 'codex.notes'), 'utf8').catch(() => '');
    return text.split('\n').filter(Boolean);
  }

  async function pids(): Promise<number[]> {
    return (await notes()).flatMap((note) => (note.startsWith('pid ') ? [Number(note.slice(4))] : []));
  }

  async function assertNobodyIsLeft(): Promise<void> {
    const started = await pids();
    assert.notEqual(started.length, 0);
    await until(() => started.every((pid) => !isAlive(pid)), 'the end of what was started');
  }

  it('says who it is, then asks, and passes over what else comes', async () => {
    const kind = await ask(
      `
      say('a banner\\n');
      say({method: 'account/updated', params: {}});
      say({id: 1, method: 'attestation/generate', params: {}});
      received = (message) => note(JSON.stringify(message));
      answer = (method) => {
        say({id: 4711, result: {account: {type: 'never asked for'}}});
        return method === 'account/read' ? {account: {type: 'chatgpt'}} : {};
      };
      `,
      async (server) => (await server.account()).kind,
    );
    assert.equal(kind, 'chatgpt');
    const received = (await notes())
      .filter((note) => note.startsWith('{'))
      .map((note) => JSON.parse(note) as object);
    assert.deepEqual(
      received
        .map((message) => ('method' in message ? message.method : 'error' in message && 'refused'))
        .sort(),
      ['account/read', 'initialize', 'initialized', 'refused'],
    );
    await assertNobodyIsLeft();
  });

  it('has the account’s home, none of the user’s keys, and no way to spend a refresh token', async () => {
    process.env['OPENAI_API_KEY'] = 'sk-of-the-user';
    try {
      await ask('note(JSON.stringify({env: process.env, cwd: process.cwd()}))', (server) => server.account());
    } finally {
      delete process.env['OPENAI_API_KEY'];
    }
    const told = (await notes()).find((note) => note.startsWith('{'));
    const {env, cwd} = JSON.parse(told!) as {env: Record<string, string>; cwd: string};
    assert.deepEqual([env['CODEX_HOME'], cwd, env['OPENAI_API_KEY']], [folder, folder, undefined]);
    const {protocol} = new URL(env['CODEX_REFRESH_TOKEN_URL_OVERRIDE']!);
    assert.doesNotMatch(protocol, /http/);
  });

  const failures: [string, string, RegExp][] = [
    ['ends at once, as an older one does', 'process.exit(2);', /ended \(exit 2\)|closed its output/],
    [
      'is killed',
      "answer = () => process.kill(process.pid, 'SIGKILL');",
      /ended \(SIGKILL\)|closed its output/,
    ],
    [
      'closes its output and lives on',
      'process.stdout.end(); setInterval(() => {}, 1000);',
      /closed its output/,
    ],
    ['never answers', 'answer = () => undefined;', /no answer to initialize within 0\.5 s/],
    [
      'answers only the first question',
      "answer = (method) => (method === 'initialize' ? {} : undefined);",
      /no answer to account\/read within 0\.4 s/,
    ],
    ['says nothing of why', "answer = () => { throw new Error(''); };", /gave no reason/],
    [
      'does not know the question',
      "answer = (method) => { if (method !== 'initialize') throw new Error('unknown variant'); return {}; };",
      /unknown variant/,
    ],
    ['prints without end', "answer = () => say('x'.repeat(20_000_000));", /a line is longer than/],
  ];
  for (const [what, behaviour, reason] of failures) {
    it(`tells why a server gave no answer that ${what}, and leaves none behind`, async () => {
      const limits = {startTimeoutMs: what === 'never answers' ? 500 : 20_000, requestTimeoutMs: 400};
      await assert.rejects(
        ask(behaviour, (server) => server.account(), limits),
        (error) => error instanceof AppServerError && reason.test(error.message) && error.refusal === null,
      );
      await assertNobodyIsLeft();
    });
  }

  it('cannot be asked where there is no such program', async () => {
    await assert.rejects(
      withAppServer({binary: join(folder, 'nowhere'), home: folder}, () => Promise.resolve()),
      AppServerError,
    );
  });

  it('ends with what it started, though neither heeds the end of its input', async () => {
    await ask(
      `
      const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {stdio: 'ignore'});
      note('pid ' + child.pid);
      process.on('SIGTERM', () => {});
      setInterval(() => {}, 1000);
      `,
      (server) => server.account(),
    );
    assert.equal((await pids()).length, 2);
    await assertNobodyIsLeft();
  });

  it('takes away what a server leaves behind that ends by itself', async () => {
    const stay = `
      const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {stdio: 'ignore'});
      note('pid ' + child.pid);
      child.unref();
      process.stdin.on('end', () => process.exit(0));
    `;
    await ask(stay, (server) => server.account());
    await assertNobodyIsLeft();
  });

  it('is left when it is not wanted any more', async () => {
    const controller = new AbortController();
    const asked = ask(
      "answer = (method) => (method === 'initialize' ? {} : void note('asked'));",
      (server) => server.account(),
      {signal: controller.signal},
    );
    await until(async () => (await notes()).includes('asked'), 'the question');
    controller.abort(new Error('not wanted'));
    await assert.rejects(asked, /not wanted/);
    await assertNobodyIsLeft();
  });

  describe('by several at once', () => {
    it('is started for a few homes only at a time', async () => {
      const binary = await fakeCodex(
        folder,
        `
        note('begin');
        process.stdin.on('end', () => note('end'));
        answer = (method) => method === 'initialize' ? {} : new Promise((resolve) => setTimeout(resolve, 50, {}));
        `,
      );
      const codex = await AskableCodex.find(binary);
      await Promise.all(
        Array.from({length: 7}, () => codex.ask({home: folder}, (server) => server.account())),
      );
      let running = 0;
      const most = (await notes()).reduce((most, note) => {
        running += note === 'begin' ? 1 : note === 'end' ? -1 : 0;
        return Math.max(most, running);
      }, 0);
      assert.ok(most <= 4, `${most} at once`);
      await assertNobodyIsLeft();
    });

    it('is not started again after it has shown that it cannot be asked', async () => {
      const codex = await AskableCodex.find(await fakeCodex(folder, 'process.exit(2);'));
      for (let count = 0; count < 3; count++)
        assert.equal(await codex.ask({home: folder}, (server) => server.account()), null);
      assert.equal((await pids()).length, 1);
    });

    it('is null without a Codex', async () => {
      const codex = await AskableCodex.find(join(folder, 'nowhere'));
      assert.equal(await codex.ask({home: folder}, (server) => server.account()), null);
    });
  });
});
