import assert from 'node:assert/strict';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import type {Diagnosis, LoginReport} from '../../src/contract/index.js';
import {dead, unauthorized} from '../../src/simulator/index.js';
import {codexOnPath} from '../support/cao.js';
import {caoInProcess} from '../support/in-process.js';
import {assertMatchesSchema} from '../support/schema.js';
import {World} from '../support/world.js';

const OF_LOGINS = ['token_refused', 'account_closed', 'login_not_taken', 'login_unread'];

describe('cao doctor, asking the real Codex how it sees the logins', () => {
  let world: World;
  let authFile: string;

  beforeEach(async () => {
    world = await World.create('work');
    authFile = join(world.sandbox.accountHome('work'), 'auth.json');
  });
  afterEach(() => world.close());

  async function doctor(): Promise<{login: LoginReport | undefined; codes: string[]}> {
    const env = {...world.env, ...codexOnPath()};
    const {stdout} = await caoInProcess(world.sandbox, ['doctor', '--json'], {env});
    const diagnosis = JSON.parse(stdout) as Diagnosis;
    await assertMatchesSchema('doctor', diagnosis);
    const codes = diagnosis.issues.map(({code}) => code);
    return {login: diagnosis.logins[0], codes: codes.filter((code) => OF_LOGINS.includes(code))};
  }

  const report: LoginReport = {
    account: 'work',
    kind: 'chatgpt',
    plan: 'plus',
    workspace: null,
    answers: true,
    detail: null,
  };

  const atUsage = {at: 'every', when: ({route}: {route: string}) => route === 'usage'} as const;

  const cases: [string, () => unknown, Partial<LoginReport>, string[]][] = [
    ['one that works', () => undefined, {}, []],
    [
      'one whose token is refused',
      () => world.simulator.account('work').fail(unauthorized('token_revoked'), atUsage),
      {answers: false, detail: 'refused: token_revoked'},
      ['token_refused'],
    ],
    [
      'one that the backend has closed',
      () => world.simulator.account('work').fail(dead('deactivated_workspace'), atUsage),
      {answers: false, detail: 'refused: deactivated_workspace'},
      ['account_closed'],
    ],
    [
      'one whose token is out',
      () => writeFile(authFile, JSON.stringify(world.simulator.account('work').authJson(60))),
      {kind: null, answers: null, detail: 'its token is out, and is renewed at the next use'},
      [],
    ],
    [
      'one in UTF-16',
      async () => {
        const text = await readFile(authFile, 'utf8');
        await writeFile(authFile, Buffer.from(`\uFEFF${text}`, 'utf16le'));
      },
      {kind: null, answers: null, detail: 'its auth.json is in UTF-16'},
      ['login_unread'],
    ],
    [
      'one that Codex would throw away at its next start',
      () => writeFile(authFile, JSON.stringify({auth_mode: 'apikey', OPENAI_API_KEY: 'sk-of-a-test'})),
      {kind: null, plan: null, answers: null, detail: 'Codex takes this login for none'},
      // Which a check has found already, with the reason and what mends it.
      [],
    ],
  ];
  for (const [what, arrange, seen, findings] of cases) {
    it(`tells of ${what}, spends no refresh token and leaves the login as it is`, async () => {
      await arrange();
      const before = await readFile(authFile, 'utf8');
      const {login, codes} = await doctor();
      assert.deepEqual(login, {...report, ...seen});
      assert.deepEqual(codes, findings);
      assert.equal(await readFile(authFile, 'utf8'), before);
      assert.ok(!world.simulator.requests.some(({path}) => path === '/oauth/token'));
    });
  }

  it('names the setting over which Codex would throw one away, and what to do', async () => {
    const config = join(world.sandbox.accountHome('work'), 'config.toml');
    await writeFile(config, `forced_chatgpt_workspace_id = "other"\n${await readFile(config, 'utf8')}`);
    const env = {...world.env, ...codexOnPath()};
    const {stdout} = await caoInProcess(world.sandbox, ['doctor', '--json'], {env});
    const {issues} = JSON.parse(stdout) as Diagnosis;
    const found = issues.find(({code}) => code === 'login_not_taken');
    assert.match(
      found?.message ?? '',
      /another workspace than forced_chatgpt_workspace_id says in .*config\.toml/,
    );
    assert.equal(found?.fix, `Change ${config}`);
  });

  it('writes one with a byte order mark anew with --fix', async () => {
    const text = await readFile(authFile, 'utf8');
    await writeFile(authFile, `\uFEFF${text}`);
    const env = {...world.env, ...codexOnPath()};
    await caoInProcess(world.sandbox, ['doctor', '--fix', '--json'], {env});
    assert.deepEqual(JSON.parse(await readFile(authFile, 'utf8')), JSON.parse(text));
    assert.deepEqual((await doctor()).codes, []);
  });

  it('shows it in a line an account', async () => {
    const env = {...world.env, ...codexOnPath()};
    const {stdout} = await caoInProcess(world.sandbox, ['doctor'], {env});
    assert.match(stdout, /^work: ChatGPT, plan plus, answers$/m);
  });
});
