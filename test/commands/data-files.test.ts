import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdir, readFile, readdir, rm, symlink, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

import {registerAccounts, writeData} from '../support/accounts.js';
import {readJson} from '../support/files.js';
import {caoInProcess as cao} from '../support/in-process.js';
import {Sandbox} from '../support/sandbox.js';
import {IS_LONG} from '../support/soak.js';

/** What nothing can be read of: how it comes into the place of a file. */
const DAMAGES: [what: string, damage: (path: string) => Promise<unknown>][] = [
  ['is empty', (path) => writeFile(path, '')],
  ['is cut', async (path) => writeFile(path, (await readFile(path, 'utf8')).slice(0, -3))],
  ['is null', (path) => writeFile(path, 'null')],
  ['is an array', (path) => writeFile(path, '["alpha"]')],
  ['is a number', (path) => writeFile(path, '5')],
  ['is huge', (path) => truncate(path, 2 ** 33)],
  ['is a folder', (path) => rm(path).then(() => mkdir(path))],
  ['is a link to itself', (path) => rm(path).then(() => symlink(path, path))],
  ['is a pipe', (path) => rm(path).then(() => void execFileSync('mkfifo', [path]))],
];

/** The files of a data folder with something in each, and whether `doctor --fix` begins it anew. */
const FILES: [name: string, content: object, fixed: boolean][] = [
  ['registry.json', {default_account: 'beta', accounts: ['beta', 'alpha']}, true],
  ['settings.json', {'run.gateway': true}, true],
  ['gateway.json', {port: 4400, reserve: {alpha: 10}}, true],
  ['account_status.json', {statuses: {alpha: {lastError: 'out'}}}, true],
  ['usage.json', {accounts: {alpha: {plan: 'plus', windows: []}}}, true],
  ['sharing.json', {links: [], created: []}, false],
  ['gateway.routes.json', {homes: {}}, false],
];

type Issues = {issues: {code: string; message: string; fix?: string}[]};

describe('files of the data folder that are not understood', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
    await registerAccounts(sandbox, ['alpha', 'beta']);
    for (const [name, content] of FILES) await writeData(sandbox, name, content);
  });
  afterEach(() => sandbox.remove());

  const path = (name: string): string => join(sandbox.dataDir, name);
  const accounts = async (): Promise<string[]> =>
    (await sandbox.store.registry()).accounts.map((name, n) => (n === 0 ? `${name}*` : name));
  const issues = async (...flags: string[]): Promise<Issues['issues']> => {
    const {stdout} = await cao(sandbox, ['doctor', '--json', ...flags]);
    return (JSON.parse(stdout) as Issues).issues.filter(({code}) => /^(file_|corrupt|home_un)/.test(code));
  };

  for (const [name, key] of [
    ['registry.json', 'accounts'],
    ['sharing.json', 'links'],
    ['gateway.routes.json', 'homes'],
  ] as const) {
    it(`stay whole, and are not taken for empty, when what ${name} is there for is something else`, async () => {
      const content = JSON.stringify({[key]: 'alpha', other: 1});
      await writeFile(path(name), content);
      for (const line of [
        ['add', 'gamma', '--no-login'],
        ['rename', 'beta', 'delta'],
        ['remove', 'beta', '--force'],
      ]) {
        const {stderr, exitCode} = await cao(sandbox, line);
        if (name === 'registry.json' || line[0] !== 'add') {
          assert.notEqual(exitCode, 0, line.join(' '));
          assert.match(stderr, new RegExp(`${name} cannot be read \\(${key}: `), line.join(' '));
        }
      }
      assert.equal(await readFile(path(name), 'utf8'), content);
      assert.ok((await readdir(sandbox.dataDir)).includes('beta'));
      assert.equal((await issues()).length, 1);
    });
  }

  it('have null taken for no list of accounts either', async () => {
    await writeFile(path('registry.json'), '{"accounts": null}');
    const {exitCode, stderr} = await cao(sandbox, ['add', 'gamma', '--no-login']);
    assert.equal(exitCode, 1);
    assert.match(stderr, /registry\.json cannot be read \(accounts: [\s\S]*cao doctor --fix/);
  });

  for (const [at, [name, , fixed]] of FILES.entries()) {
    // Each damage to some file, and each file with some: all with all in the long form.
    const damages = DAMAGES.filter((_, nth) => IS_LONG || (nth + at) % 4 === 0);
    for (const [what, damage] of damages) {
      it(`are told of, and no bug, when ${name} ${what}; doctor ${fixed ? 'mends that' : 'says how'}`, async function () {
        if (process.platform === 'win32') this.skip();
        await damage(path(name));
        for (const line of [
          ['list'],
          ['switch', 'alpha'],
          ['config', 'set', 'run.gateway', 'false'],
          ['unshare', '--yes'],
        ]) {
          const {stderr, stdout, exitCode} = await cao(sandbox, line);
          assert.doesNotMatch(stderr + stdout, /looks like a bug|no account yet/i, line.join(' '));
          if (exitCode !== 0)
            assert.match(
              stderr,
              /(?:cannot be read|Cannot read)[\s\S]*(?:doctor --fix|ls -ld)/,
              line.join(' '),
            );
        }
        const found = await issues();
        assert.equal(found.length, 1, JSON.stringify(found));
        assert.ok(found[0]?.message.includes(path(name)), JSON.stringify(found));
        assert.match(found[0]?.fix ?? '', fixed ? /cao doctor --fix/ : /Mend it in an editor|ls -ld/);
        const isFile = !/folder|link|pipe/.test(what);
        const before = isFile && what !== 'is huge' ? await wholeFolder(sandbox) : null;
        const left = await issues('--fix');
        if (fixed && isFile) assert.deepEqual(left, []);
        if (fixed) assert.deepEqual((await accounts()).sort(), (await accounts()).sort());
        if (fixed && isFile) assert.equal((await accounts()).length, 2);
        // Nothing is lost: what the file was is there still.
        if (before !== null)
          assert.ok([...(await wholeFolder(sandbox))].some((text) => [...before].includes(text)));
      });
    }
  }

  it('have a registry that is cut brought back with the order and the default that it had', async () => {
    await writeFile(path('registry.json'), '{"default_account": "beta", "accounts": ["beta", "al');
    assert.match(
      (await cao(sandbox, ['list'])).stderr,
      /registry\.json cannot be read \(not JSON\)\.[\s\S]*cao doctor --fix/,
    );
    await cao(sandbox, ['doctor', '--fix']);
    assert.deepEqual(await accounts(), ['beta*', 'alpha']);
  });

  it('have a registry that was moved aside by an earlier cao merged into what came after it', async () => {
    await rm(path('registry.json'));
    await writeData(sandbox, 'registry.json.corrupt-1700000000000', {
      default_account: 'beta',
      accounts: ['beta', {name: 'odd'}, 'gone', 'alpha'],
      note: 'mine',
    });
    await writeData(sandbox, 'registry.json', {default_account: null, accounts: []});
    const [found] = await issues();
    assert.equal(found?.code, 'corrupt_leftover');
    assert.ok(found.message.includes(path('registry.json.corrupt-1700000000000')));
    assert.deepEqual(await issues('--fix'), []);
    assert.deepEqual(await accounts(), ['beta*', 'alpha']);
    assert.equal((await readJson<{note: string}>(path('registry.json'))).note, 'mine');
    assert.ok((await readdir(sandbox.dataDir)).some((name) => name.startsWith('registry.json.kept-')));
  });

  it('have figures that were moved aside brought back, where none came since', async () => {
    await writeData(sandbox, 'account_status.json.corrupt-1', {
      statuses: {alpha: {lastError: 'old'}, beta: {lastError: 'old'}},
    });
    await cao(sandbox, ['doctor', '--fix']);
    const statusOf = await sandbox.store.status.read();
    assert.deepEqual([statusOf('alpha').lastError, statusOf('beta').lastError], ['out', 'old']);
  });

  it('have the homes taken up again of a registry that is gone, and of none that is whole', async () => {
    await writeData(sandbox, 'registry.json', {default_account: 'alpha', accounts: ['alpha']});
    assert.deepEqual(await issues(), []);
    await rm(path('registry.json'));
    assert.deepEqual(
      (await issues()).map(({code}) => code),
      ['home_unregistered', 'home_unregistered'],
    );
    assert.deepEqual(await issues('--fix'), []);
    assert.deepEqual(await accounts(), ['alpha*', 'beta']);
  });

  /** What is read of each registry, default first; all of what is not understood stays through a change. */
  const REGISTRIES: [what: string, text: string | Buffer, accounts: string[], kept?: RegExp][] = [
    ['begins with a byte order mark', '\uFEFF{"accounts": ["alpha", "beta"]}', ['alpha*', 'beta']],
    ['is UTF-16', Buffer.from('\uFEFF{"accounts": ["alpha", "beta"]}', 'utf16le'), ['alpha*', 'beta']],
    [
      'has an element of another type',
      '{"accounts": ["alpha", {"name": "odd", "x": 1}, "beta"]}',
      ['alpha*', 'beta'],
      /"alpha",\s+\{\s+"name": "odd",\s+"x": 1\s+\},\s+"beta"/,
    ],
    ['names an account twice', '{"accounts": ["beta", "alpha", "beta"]}', ['beta*', 'alpha']],
    [
      'names what is no account',
      '{"accounts": ["alpha", "../x", "", "beta"]}',
      ['alpha*', 'beta'],
      /"\.\.\/x"/,
    ],
    [
      'has keys that nobody knows',
      '{"accounts": ["alpha", "beta"], "later": {"a": 1}}',
      ['alpha*', 'beta'],
      /"later": \{\s+"a": 1/,
    ],
    [
      'has a default of another type',
      '{"default_account": {"name": "beta"}, "accounts": ["alpha", "beta"]}',
      ['alpha*', 'beta'],
    ],
  ];
  for (const [what, text, expected, kept] of REGISTRIES) {
    it(`have a registry read that ${what}`, async () => {
      await writeFile(path('registry.json'), text);
      assert.deepEqual(await accounts(), expected);
      await sandbox.store.add('gamma');
      assert.ok((await accounts()).some((name) => name.startsWith('gamma')));
      if (kept) assert.match(await readFile(path('registry.json'), 'utf8'), kept);
    });
  }

  for (const shape of [
    '{"version": 2, "default_account": "beta", "accounts": [{"name": "alpha"}, {"name": "beta"}]}',
    '{"version": 2, "default_account": {"name": "beta"}, "accounts": {"alpha": {}, "beta": {}}}',
    '{"version": 2, "default_account": "beta", "accounts": ["alpha", "beta"]}',
  ]) {
    it(`have a registry of a newer version read, and never written: ${shape}`, async () => {
      await writeFile(path('registry.json'), shape);
      const list = await cao(sandbox, ['list']);
      assert.equal(list.exitCode, 0);
      assert.deepEqual(await accounts(), ['beta*', 'alpha']);
      assert.match(list.stderr, /written by a newer cao \(version 2 of the file\)/);
      for (const line of [
        ['switch', 'alpha'],
        ['add', 'gamma', '--no-login'],
        ['remove', 'beta', '--force'],
      ]) {
        const {exitCode, stderr} = await cao(sandbox, line);
        assert.equal(exitCode, 1, line.join(' '));
        assert.match(stderr, /registry\.json was written by a newer cao[\s\S]*Update cao/, line.join(' '));
      }
      assert.equal(await readFile(path('registry.json'), 'utf8'), shape);
      assert.deepEqual(
        (await issues('--fix')).map(({code}) => code),
        ['file_newer'],
      );
      assert.equal(await readFile(path('registry.json'), 'utf8'), shape);
      assert.ok((await readdir(sandbox.dataDir)).includes('beta'));
    });
  }
});

/** What all files at the top of the data folder hold. */
async function wholeFolder(sandbox: Sandbox): Promise<Set<string>> {
  const files = (await readdir(sandbox.dataDir, {withFileTypes: true})).filter(
    (entry) => entry.isFile() && entry.name.includes('.json'),
  );
  return new Set(await Promise.all(files.map(({name}) => readFile(join(sandbox.dataDir, name), 'utf8'))));
}
