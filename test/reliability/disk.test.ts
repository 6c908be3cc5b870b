import assert from 'node:assert/strict';
import {mkdir, readFile, readdir, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';

import {authJson, registerAccounts, writeData} from '../support/accounts.js';
import {type CaoResult, PROJECT_ROOT, cao} from '../support/cao.js';
import {fakeCodex} from '../support/fake-codex.js';
import {type Fault, setFaults} from '../support/faults.mjs';
import {readJson} from '../support/files.js';
import {caoInProcess} from '../support/in-process.js';
import {Sandbox} from '../support/sandbox.js';
import {points} from '../support/soak.js';

/** A disk that has no room for anything, one that is read-only, and one that fails. */
const REFUSALS = ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EIO', 'EMFILE'] as const;

/** More than any of these commands writes. */
const MOST_STEPS = 200;

/** Of the steps at which a disk may refuse, the short form tries every so many. */
const STRIDE = 5;

/** Commands that write, and what there must be for each. */
const COMMANDS: {line: string[]; before?: (sandbox: Sandbox) => Promise<unknown>}[] = [
  {line: ['switch', 'beta']},
  {line: ['rename', 'beta', 'gamma']},
  {line: ['remove', 'beta', '--force']},
  {line: ['remove', 'beta', '--keep-files', '--force']},
  {line: ['config', 'set', 'run.gateway', 'true']},
  {
    line: ['config', 'unset', 'run.gateway'],
    before: (sandbox) => writeData(sandbox, 'settings.json', {'run.gateway': true}),
  },
  {
    line: ['doctor', '--fix'],
    before: (sandbox) => writeData(sandbox, 'settings.json.corrupt-1', {'run.gateway': true}),
  },
  {line: ['gateway', 'enable']},
  {line: ['report', '--format', 'json', '--output', 'report.json']},
  {line: ['gateway', 'disable'], before: (sandbox) => caoInProcess(sandbox, ['gateway', 'enable'])},
  {line: ['add', 'delta', '--no-login']},
  {
    line: ['import', 'codex-home', '--source', 'found'],
    before: async (sandbox) => {
      await mkdir(join(sandbox.home, 'found'));
      await writeFile(join(sandbox.home, 'found', 'auth.json'), JSON.stringify(authJson('delta')));
    },
  },
  {line: ['share', '--yes'], before: somethingToShare},
  {
    line: ['unshare', '--yes'],
    before: async (sandbox) => {
      await somethingToShare(sandbox);
      await caoInProcess(sandbox, ['share', '--yes']);
    },
  },
];

async function somethingToShare(sandbox: Sandbox): Promise<void> {
  await mkdir(join(sandbox.home, '.codex', 'skills'), {recursive: true});
  await writeFile(join(sandbox.home, '.codex', 'AGENTS.md'), 'be kind');
  await writeFile(join(sandbox.accountHome('beta'), 'AGENTS.md'), 'be quick');
}

describe('a disk that refuses', () => {
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
  });
  afterEach(async () => {
    setFaults([]);
    await sandbox.remove();
  });

  for (const {line, before} of COMMANDS) {
    it(`has "cao ${line.join(' ')}" say so at every step, and keeps accounts and logins whole`, async function () {
      this.timeout(120_000);
      let steps = 0;
      for (const nth of points(STRIDE)) {
        assert.ok(nth < MOST_STEPS);
        const error = REFUSALS[nth % REFUSALS.length] ?? 'ENOSPC';
        await sandbox.remove();
        sandbox = await Sandbox.create();
        await registerAccounts(sandbox, ['alpha', 'beta']);
        await before?.(sandbox);
        const hits = setFaults({op: 'change', pathMatches: sandbox.home, nth, error});
        const result = await caoInProcess(sandbox, line);
        const [hit] = hits;
        setFaults([]);
        const where = `${nth}: ${JSON.stringify(hit)}\n${result.stdout}\n${result.stderr}`;
        assert.doesNotMatch(result.stderr + result.stdout, /looks like a bug/, where);
        if (result.exitCode === 1 && line[0] !== 'doctor') assertSaysWhatToDo(result, where);
        await assertWhole(sandbox, where);
        if (hit === undefined) {
          if (line[0] !== 'doctor') assert.equal(result.exitCode, 0, where);
          break;
        }
        steps += 1;
      }
      assert.ok(steps > 0);
    });
  }

  it('leaves no half of a file where a write is cut short', async () => {
    for (const nth of points(1)) {
      await sandbox.remove();
      sandbox = await Sandbox.create();
      await registerAccounts(sandbox, ['alpha', 'beta']);
      const hits = setFaults({
        op: ['write', 'writeFile', 'appendFile'],
        pathMatches: sandbox.home,
        nth,
        error: 'short',
      });
      const result = await caoInProcess(sandbox, ['switch', 'beta']);
      setFaults([]);
      await assertWhole(sandbox, `${nth}: ${JSON.stringify(hits)} ${result.stderr}`);
      if (hits.length === 0) break;
    }
  });

  describe('under a run', () => {
    let codex: string;

    beforeEach(async () => {
      await registerAccounts(sandbox, ['alpha', 'beta']);
      codex = await fakeCodex(join(sandbox.home, 'bin'));
      await writeFile(
        codex,
        `#!${process.execPath}\nif (process.argv.includes('--version')) console.log('codex-cli 0.169.0'); else process.exit(5);\n`,
      );
    });

    const run = (fault: Fault): Promise<CaoResult> =>
      cao(sandbox, ['run', '--', 'exec', 'work'], {
        env: {
          PATH: `${join(sandbox.home, 'bin')}:${process.env['PATH'] ?? ''}`,
          NODE_OPTIONS: `--import=${join(PROJECT_ROOT, 'test', 'support', 'faults.mjs')}`,
          CAO_TEST_FAULTS: JSON.stringify({...fault, program: 'run\\.js$'}),
        },
      });

    it('has Codex’s own exit code win, whatever is refused, and says what could not be saved', async () => {
      for (const error of ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE']) {
        const op: Fault['op'] = ['write', 'appendFile', 'writeFile', 'sync', 'rename'];
        const result = await run({op, pathMatches: sandbox.dataDir, onwards: true, error});
        assert.equal(result.exitCode, 5, `${error}: ${result.stderr}`);
        assert.doesNotMatch(result.stderr, /looks like a bug/);
        const [line] = result.stderr
          .split('\n')
          .filter((each) => each.includes('What this run has shown of alpha'));
        assert.match(
          line ?? result.stderr,
          new RegExp(`could not be saved\\. Cannot write .*account_status\\.json: .*\\(${error}\\)\\. \\w+`),
        );
      }
    });

    it('has it win where nothing at all can be written', async () => {
      const result = await run({op: 'change', pathMatches: sandbox.dataDir, onwards: true, error: 'EROFS'});
      assert.equal(result.exitCode, 5, result.stderr);
      assert.match(result.stderr, /the file system is read-only \(EROFS\)/);
    });
  });
});

/** Names the file, why, and what to do next. */
function assertSaysWhatToDo({stdout, stderr}: CaoResult, where: string): void {
  const said = `${stdout}\n${stderr}`;
  assert.match(said, new RegExp(REFUSALS.join('|')), where);
  assert.match(said, /\/tmp|cao-test-/, where);
  assert.match(said, /df -h|quota -s|--data-dir|ls -ld|dmesg|ulimit|suggestions|Name a file/, where);
}

/** Every account that the registry names has its login, and every file is old or new. */
async function assertWhole(sandbox: Sandbox, where: string): Promise<void> {
  const files = await readdir(sandbox.dataDir, {recursive: true, withFileTypes: true});
  for (const file of files) {
    if (!file.isFile() || !/(^[a-z_.]+|auth)\.json$/.test(file.name)) continue;
    const text = await readFile(join(file.parentPath, file.name), 'utf8');
    assert.doesNotThrow(() => JSON.parse(text), `${file.name} of ${where}`);
  }
  const {accounts} = await readJson<{accounts: string[]}>(join(sandbox.dataDir, 'registry.json'));
  assert.ok(accounts.includes('alpha'), where);
  const homes = files.filter(({name}) => name === 'auth.json').map(({parentPath}) => basename(parentPath));
  for (const name of ['alpha', 'beta']) {
    // It may be on its way to its new name, which `cao` finds by itself.
    const has = homes.includes(name) || (name === 'beta' && homes.includes('gamma'));
    assert.ok(has || !accounts.includes(name), `${name} has lost its login. ${where}`);
  }
}
