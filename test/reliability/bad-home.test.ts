import assert from 'node:assert/strict';
import {mkdir, writeFile} from 'node:fs/promises';
import {delimiter, join} from 'node:path';

import WebSocket from 'ws';

import type {Diagnosis} from '../../src/contract/index.js';
import {registerAccounts} from '../support/accounts.js';
import {type CaoResult, cao as caoAsProcess} from '../support/cao.js';
import {type GatewayWorld, createGatewayWorld, outputOf, say} from '../support/gateway.js';
import {caoInProcess as cao} from '../support/in-process.js';
import {Sandbox} from '../support/sandbox.js';
import {NO_FILES, replaceBy} from '../support/unreadable.js';

/** What one account's home can have in a wrong place, below it. */
const IN_HOME = ['.', 'auth.json', 'config.toml', '.env', 'sessions'];

/** What all accounts need. */
const OF_ALL = ['registry.json', 'account_status.json', 'usage.json'];

const REFUSED = [
  ['no account', 'zzz'],
  ['an account whose home is good', null],
] as const;

describe('a gateway of which one home is bad', () => {
  let world: GatewayWorld;
  beforeEach(async () => {
    world = await createGatewayWorld();
  });
  afterEach(() => world.close());

  /** The status of the answer to an upgrade. */
  const upgraded = (token: string): Promise<number> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${world.gateway.url.replace('http', 'ws')}/v1/responses`, {
        headers: {authorization: `Bearer ${token}`, 'openai-beta': 'responses_websockets=2026-02-06'},
      });
      socket.on('error', () => undefined);
      socket.once('unexpected-response', (_request, {statusCode}) => resolve(statusCode ?? 0));
      socket.once('open', () => {
        socket.terminate();
        resolve(101);
      });
    });

  /** Every way in: nobody pays for the bad home, and strangers are told no more than ever. */
  async function assertServes(token: string): Promise<void> {
    for (const authorization of [`Bearer ${world.secret}`, `Bearer ${token}`])
      assert.ok((await outputOf(await world.post(say('hi'), {authorization}))).length > 0);
    const headers = {authorization: `Bearer ${world.secret}`};
    for (const path of ['/health', '/metrics', '/cao/status'])
      assert.equal((await fetch(world.gateway.url + path, {headers})).status, 200, path);
    for (const [, given] of REFUSED) assert.equal(await upgraded(given ?? token), given === null ? 101 : 401);
  }

  for (const place of [...IN_HOME.map((below) => join('b', below)), ...OF_ALL]) {
    it(`serves everybody else whatever stands in the place of ${place}`, async () => {
      const token = await world.accessToken('a');
      for (const [what, make] of NO_FILES) {
        await replaceBy(make, join(world.sandbox.dataDir, place));
        await assertServes(token).catch((error: unknown) => {
          throw new Error(`with ${what}`, {cause: error});
        });
      }
    });
  }

  it('tells once, not with every request, that the accounts cannot be read', async () => {
    await replaceBy(NO_FILES[0]![1], join(world.sandbox.dataDir, 'registry.json'));
    for (let n = 0; n < 5; n += 1) await outputOf(await world.post(say('hi')));
    const told = world.log.lines.filter((line) => line.includes('could not be read'));
    assert.equal(told.length, 1);
    assert.match(told[0] ?? '', /The accounts' state could not be read, and is taken as it was: .*ELOOP/);
  });
});

describe('commands over accounts of which one home is bad', () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await Sandbox.create();
    await registerAccounts(sandbox, ['a', 'b', 'c']);
  });
  afterEach(() => sandbox.remove());

  async function findings(): Promise<{codes: string[]; exitCode: number | null}> {
    const {stdout, exitCode} = await cao(sandbox, ['doctor', '--json']);
    const {issues} = JSON.parse(stdout) as Diagnosis;
    const codes = issues.flatMap(({code, account, fix}) => {
      assert.ok(fix, code);
      return account === 'b' || account === null ? [code] : [];
    });
    return {codes, exitCode};
  }

  for (const [place, code] of [
    ['auth.json', 'auth_unreadable'],
    ['config.toml', 'config_unreadable'],
  ] as const) {
    for (const [what, make] of NO_FILES) {
      it(`show the others, and doctor names ${what} in the place of ${place}`, async () => {
        await replaceBy(make, join(sandbox.accountHome('b'), place));
        const {exitCode, stdout} = await cao(sandbox, ['status', '--json']);
        assert.equal(exitCode, 0);
        const accounts = JSON.parse(stdout) as {name: string; loggedIn: boolean}[];
        assert.deepEqual(
          accounts.map((account) => [account.name, account.loggedIn]),
          [
            ['a', true],
            ['b', place !== 'auth.json'],
            ['c', true],
          ],
        );
        assert.equal((await cao(sandbox, ['list'])).exitCode, 0);
        const found = await findings();
        assert.ok(found.codes.includes(code), found.codes.join());
        assert.equal(found.exitCode, 2);
      });
    }
  }

  for (const [what, make] of NO_FILES) {
    it(`show the others, and doctor names ${what} in the place of a home`, async () => {
      await replaceBy(make, sandbox.accountHome('b'));
      for (const command of ['list', 'status', 'threads', 'report'])
        assert.equal((await cao(sandbox, [command])).exitCode, 0, command);
      const found = await findings();
      assert.ok(found.codes.includes(what === 'a folder' ? 'not_logged_in' : 'folder_unreadable'));
      assert.equal(found.exitCode, 2);
    });
  }

  for (const file of [...OF_ALL, 'gateway.json']) {
    for (const [what, make] of NO_FILES) {
      it(`say what to look at when ${what} stands in the place of ${file}, doctor too`, async () => {
        await replaceBy(make, join(sandbox.dataDir, file));
        const {exitCode, stderr} = await cao(sandbox, ['list']);
        const said = stderr.replaceAll(/\s+/g, ' ');
        assert.match(
          said,
          new RegExp(`${file.replace('.', '\\.')}.* (ls -ld |cao doctor --fix|until it is mended)`),
        );
        // What can be done without goes on, unless the system stands in the way.
        const isBadContent = what === 'more than fits in memory' && file !== 'registry.json';
        assert.equal(exitCode, isBadContent ? 0 : 1);
        const found = await findings();
        const codes = ['file_damaged', 'corrupt_leftover'];
        assert.ok(
          codes.some((code) => found.codes.includes(code)),
          found.codes.join(),
        );
        assert.equal(found.exitCode, 2);
      });
    }
  }

  /** A stand-in for Codex that says which home it got. */
  async function run(...args: string[]): Promise<CaoResult> {
    const bin = join(sandbox.home, 'bin');
    await mkdir(bin, {recursive: true});
    const script =
      '#!/bin/sh\n[ "$1" = --version ] && echo codex-cli 0.169.0 && exit\necho "in $CODEX_HOME"\n';
    await writeFile(join(bin, 'codex'), script, {mode: 0o755});
    const path = `${bin}${delimiter}${process.env['PATH'] ?? ''}`;
    return caoAsProcess(sandbox, ['run', ...args, '--', 'exec', 'hi'], {env: {PATH: path}});
  }

  for (const [what, make] of NO_FILES.slice(0, 4)) {
    it(`run with the next account where the default has ${what} for a login, and not with that one`, async () => {
      await replaceBy(make, join(sandbox.accountHome('a'), 'auth.json'));
      const next = await run();
      assert.equal(next.exitCode, 0, next.stderr);
      assert.match(next.stdout, /in .*\/b$/m);
      const alone = await run('--account', 'a', '--no-fallback');
      assert.equal(alone.exitCode, 1, alone.stderr);
      assert.doesNotMatch(alone.stdout, /in /);
    });
  }
});
