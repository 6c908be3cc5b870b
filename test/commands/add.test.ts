import assert from 'node:assert/strict';
import {readFile, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {authJson, registerAccounts, writeData} from '../support/accounts.js';
import {cao as caoProcess} from '../support/cao.js';
import {caoInProcess as cao} from '../support/in-process.js';
import {Sandbox} from '../support/sandbox.js';
import {until} from '../support/until.js';

describe('cao add with a login that does not come about', () => {
  let sandbox: Sandbox;
  let codex: string;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    codex = await program('codex', 'exit 1');
  });
  afterEach(() => sandbox.remove());

  /** A stand-in for Codex. */
  const program = async (name: string, script: string): Promise<string> => {
    const path = join(sandbox.home, name);
    await writeFile(path, `#!/bin/sh\n${script}\n`, {mode: 0o755});
    return path;
  };
  /** A stand-in whose login is that of this name. */
  const loggingIn = async (name: string): Promise<string> => {
    const login = join(sandbox.home, `${name}.json`);
    await writeFile(login, JSON.stringify(authJson(name)));
    return program(`codex-${name}`, `[ "$1" = login ] && cp '${login}' "$CODEX_HOME/auth.json"`);
  };
  /** The login of {@link loggingIn}, byte for byte. */
  const loginOf = (name: string): Promise<string> => readFile(join(sandbox.home, `${name}.json`), 'utf8');
  const names = async (): Promise<string[]> => (await sandbox.store.registry()).accounts;
  /** What follows the last colon of each line that has a command there. */
  const commands = (stderr: string): string[] =>
    [...stderr.matchAll(/: (cao add .*)$|^ {4}(cao add .*)$/gm)].map(([, line, own]) => line ?? own ?? '');

  describe('says how to try again as it was tried', () => {
    const cases: [given: string, hints: string[]][] = [
      ['', ['cao add work --codex CODEX', 'cao add work --codex CODEX --device-auth']],
      ['--device-auth', ['cao add work --codex CODEX --device-auth']],
      ['--with-api-key', ['cao add work --codex CODEX --with-api-key']],
      ['--with-access-token', ['cao add work --codex CODEX --with-access-token']],
      ['--replace-identity --device-auth', ['cao add work --codex CODEX --replace-identity --device-auth']],
      ['--data-dir DATA --device-auth', ['cao add work --codex CODEX --data-dir DATA --device-auth']],
      ['--device-auth -- -c a=b', ['cao add work --codex CODEX --device-auth -- -c a=b']],
      ['-- --device-auth', ['cao add work --codex CODEX -- --device-auth']],
      [
        '-- -c a=b',
        ['cao add work --codex CODEX -- -c a=b', 'cao add work --codex CODEX --device-auth -- -c a=b'],
      ],
    ];
    for (const [given, hints] of cases) {
      it(`after cao add work ${given}`, async () => {
        const data = join(sandbox.home, 'data');
        const filled = (text: string): string => text.replaceAll('CODEX', codex).replaceAll('DATA', data);
        const flags = given === '' ? [] : filled(given).split(' ');
        const {exitCode, stderr} = await cao(sandbox, ['add', 'work', '--codex', codex, ...flags]);
        assert.equal(exitCode, 1, stderr);
        assert.deepEqual(commands(stderr), hints.map(filled));
      });
    }

    for (const [flag, secret] of [
      ['--with-api-key', 'API key'],
      ['--with-access-token', 'access token'],
    ] as const) {
      it(`and what ${flag} reads`, async () => {
        const {stderr} = await cao(sandbox, ['add', 'work', '--codex', codex, flag]);
        assert.ok(stderr.includes(`Try again, with the ${secret} on stdin:`), stderr);
        assert.doesNotMatch(stderr, /--device-auth/);
      });
    }
  });

  it('registers nothing, says so, and leaves nothing behind', async () => {
    const {exitCode, stderr, stdout} = await cao(sandbox, ['add', 'work', '--codex', codex, '--json']);
    assert.equal(exitCode, 1);
    const {error} = JSON.parse(stdout) as {error: {code: string; message: string}};
    assert.equal(error.code, 'login_failed');
    assert.equal(error.message, 'The login of work did not succeed. work is not registered.', stderr);
    assert.deepEqual(JSON.parse((await cao(sandbox, ['list', '--json'])).stdout), []);
    assert.deepEqual(
      (await readdir(sandbox.dataDir)).filter((entry) => !entry.endsWith('.lock')),
      [],
    );

    const again = await cao(sandbox, ['add', 'work', '--codex', await loggingIn('work'), '--json']);
    assert.equal(again.exitCode, 0, again.stderr);
    const {created, isDefault, loggedIn} = JSON.parse(again.stdout) as Record<string, boolean>;
    assert.deepEqual({created, isDefault, loggedIn}, {created: true, isDefault: true, loggedIn: true});
    assert.deepEqual(await names(), ['work']);
  });

  it('registers nothing where Codex cannot be started', async () => {
    const broken = join(sandbox.home, 'broken');
    await writeFile(broken, '#!/nonexistent\n', {mode: 0o755});
    const {exitCode} = await cao(sandbox, ['add', 'work', '--codex', broken]);
    assert.equal(exitCode, 1);
    assert.deepEqual(await names(), []);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    it(`registers nothing when it is broken off by ${signal}`, async () => {
      const begun = join(sandbox.home, 'begun');
      const waiting = await program('waiting', `echo $$ > '${begun}'; exec sleep 60`);
      const {stderr} = await caoProcess(sandbox, ['add', 'work', '--codex', waiting], {
        onStart: (child) => {
          void until(
            async () => ((await readFile(begun, 'utf8').catch(() => '')) === '' ? null : true),
            'the login',
          ).then(async () => {
            child.kill(signal);
            // Nobody else ends it then.
            if (signal === 'SIGKILL') process.kill(Number(await readFile(begun, 'utf8')));
          });
        },
      });
      if (signal !== 'SIGKILL') assert.match(stderr, /was interrupted\. work is not registered\./);
      assert.deepEqual(await names(), []);
      assert.equal((await cao(sandbox, ['list', '--json'])).stdout, '[]\n');
    });
  }

  it('keeps the files of a home that was there, and an account that was registered', async () => {
    await writeData(sandbox, 'work/notes.md', 'mine');
    await cao(sandbox, ['add', 'work', '--codex', codex]);
    assert.equal(await readFile(join(sandbox.accountHome('work'), 'notes.md'), 'utf8'), 'mine');
    assert.deepEqual(await names(), []);

    await cao(sandbox, ['add', 'work', '--no-login']);
    const {stderr} = await cao(sandbox, ['add', 'work', '--codex', codex]);
    assert.doesNotMatch(stderr, /not registered/);
    assert.deepEqual(await names(), ['work']);
  });

  it('takes up a login that is in the home already, without another', async () => {
    await writeData(sandbox, 'work/auth.json', authJson('work'));
    const {exitCode, stderr} = await cao(sandbox, ['add', 'work', '--codex', codex]);
    assert.equal(exitCode, 0, stderr);
    assert.deepEqual(await names(), ['work']);
  });

  it('registers an account under the config.toml that a login needs', async () => {
    const seen = join(sandbox.home, 'seen');
    const looking = await program('looking', `cp "$CODEX_HOME/config.toml" '${seen}'; exit 1`);
    await cao(sandbox, ['add', 'work', '--codex', looking]);
    assert.equal(await readFile(seen, 'utf8'), 'cli_auth_credentials_store = "file"\n');
  });

  it('keeps a new login that does not get to its place, and says where', async () => {
    await registerAccounts(sandbox, ['other']);
    // A folder where the file is to go.
    await writeData(sandbox, 'work/auth.json/in-the-way', '');
    const login = await loggingIn('work');
    const {exitCode, stderr} = await cao(sandbox, ['add', 'work', '--codex', login]);
    assert.notEqual(exitCode, 0);
    const [, path = ''] = /The new login is kept in (\S+)/.exec(stderr) ?? [];
    assert.equal(await readFile(path, 'utf8'), await loginOf('work'), stderr);
    assert.deepEqual(await names(), ['other']);
  });

  it("names where somebody else's login is, and how to have it after all", async () => {
    const data = join(sandbox.home, 'data');
    await cao(sandbox, ['add', 'work', '--codex', await loggingIn('work'), '--data-dir', data]);
    const line = ['add', 'work', '--codex', await loggingIn('other'), '--data-dir', data];
    const {exitCode, stdout} = await cao(sandbox, [...line, '--device-auth', '--json']);
    assert.equal(exitCode, 1);
    const {error} = JSON.parse(stdout) as {error: {code: string; message: string; suggestions: string[]}};
    assert.equal(error.code, 'other_identity');
    const [, path = ''] = /The new one is kept in (\S+)$/.exec(error.message) ?? [];
    assert.equal(await readFile(path, 'utf8'), await loginOf('other'));
    assert.deepEqual(error.suggestions, [
      `Make the new one an account of its own: cao import codex-home --source ${path} --data-dir ${data}`,
      `Or log in again and replace the former: cao ${line.join(' ')} --device-auth --json --replace-identity`,
    ]);
    // The one that takes the place is needed there alone; the one that it takes it of is kept.
    const before = await loginOf('work');
    const replaced = await cao(sandbox, [...line, '--replace-identity']);
    assert.equal(replaced.exitCode, 0, replaced.stderr);
    const kept = await readdir(join(data, '.kept-logins', 'work'));
    const texts = await Promise.all(
      kept.map((file) => readFile(join(data, '.kept-logins', 'work', file), 'utf8')),
    );
    assert.deepEqual(texts.sort(), [before].sort());
  });
});
