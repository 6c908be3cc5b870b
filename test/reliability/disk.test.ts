import assert from 'node:assert/strict';
import {mkdir, readFile, readdir, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {pathToFileURL} from 'node:url';

import {authJson, registerAccounts, writeData} from '../support/accounts.js';
import {type CaoResult, PROJECT_ROOT, cao} from '../support/cao.js';
import {type Fault, type FaultHit, setFaults} from '../support/faults.mjs';
import {readJson} from '../support/files.js';
import {caoInProcess} from '../support/in-process.js';
import {FIXTURES} from '../support/packages.js';
import {RolloutWriter} from '../support/rollouts.js';
import {Sandbox} from '../support/sandbox.js';
import {IS_LONG, points} from '../support/soak.js';

/** A disk that has no room for anything, one that is read-only, and one that fails. */
const REFUSALS = ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EIO', 'EMFILE'] as const;

/** More than any of these commands writes. */
const MOST_STEPS = 200;

/** Of the steps at which a disk may refuse, the short form tries every so many. */
const STRIDE = 29;
const PROCESS_STRIDE = 23;

const THREAD = '01a2054d-0000-7790-bf0d-3e89d8c89a0a';

type Case = {
  line: string[];
  /** Brings the sandbox to where the command has something to do. */
  before?: (sandbox: Sandbox) => Promise<unknown>;
  /** One that starts programs or never ends by itself: a process of its own, broken off at fewer steps. */
  isProcess?: boolean;
  /** How many steps are tried at most; the short form tries the first alone where it is a process. */
  upTo?: number;
  /** Codes that it ends with where nothing is wrong with the disk; 0 where nothing is said. */
  exits?: number[];
};

/** Every command of which there is one, by its name in the manifest. */
const CHANGES: Record<string, Case[]> = {
  switch: [{line: ['switch', 'beta']}],
  rename: [{line: ['rename', 'beta', 'gamma']}],
  remove: [{line: ['remove', 'beta', '--force']}, {line: ['remove', 'beta', '--keep-files', '--force']}],
  'config:set': [{line: ['config', 'set', 'run.gateway', 'true']}],
  'config:unset': [
    {
      line: ['config', 'unset', 'run.gateway'],
      before: (sandbox) => writeData(sandbox, 'settings.json', {'run.gateway': true}),
    },
  ],
  doctor: [
    {
      line: ['doctor', '--fix'],
      before: (sandbox) => writeData(sandbox, 'settings.json.corrupt-1', {'run.gateway': true}),
      exits: [0, 1, 2],
    },
  ],
  'gateway:enable': [{line: ['gateway', 'enable']}],
  'gateway:disable': [
    {line: ['gateway', 'disable'], before: (sandbox) => caoInProcess(sandbox, ['gateway', 'enable'])},
  ],
  'gateway:token': [{line: ['gateway', 'token']}],
  report: [{line: ['report', '--format', 'json', '--output', 'report.json']}],
  add: [{line: ['add', 'delta', '--no-login']}],
  import: [
    {
      line: ['import', 'codex-home', '--source', 'found'],
      before: async (sandbox) => {
        await mkdir(join(sandbox.home, 'found'));
        await writeFile(join(sandbox.home, 'found', 'auth.json'), JSON.stringify(authJson('delta')));
      },
    },
  ],
  share: [{line: ['share', '--yes'], before: somethingToShare}],
  unshare: [
    {
      line: ['unshare', '--yes'],
      before: async (sandbox) => {
        await somethingToShare(sandbox);
        await caoInProcess(sandbox, ['share', '--yes']);
      },
    },
  ],
  'plugins:link': [{line: ['plugins', 'link', join(FIXTURES, 'good')]}],
  'plugins:install': [{line: ['plugins', 'install', join(FIXTURES, 'good'), '--yes'], isProcess: true}],
  'plugins:uninstall': [{line: ['plugins', 'uninstall', 'cao-fixture-good'], before: linked}],
  'plugins:reset': [{line: ['plugins', 'reset', '--yes'], before: linked}],
  resume: [
    {
      line: ['resume', THREAD, '--account', 'beta', '--codex', 'codex'],
      before: threadAndCodex,
      isProcess: true,
      exits: [7],
    },
  ],
  // All of it is throw-away, and much of it the simulator's.
  demo: [{line: ['demo'], isProcess: true, upTo: 40}],
};

/** Commands that only look: what they show does not depend on whether anything can be written. */
const LOOKS: Record<string, string[]> = {
  list: ['list', '--json'],
  current: ['current'],
  status: ['status', '--json'],
  threads: ['threads', '--json'],
  extensions: ['extensions', '--json'],
  'config:get': ['config', 'get', 'run.gateway'],
  'config:list': ['config', 'list', '--json'],
  'gateway:status': ['gateway', 'status', '--json'],
  'gateway:stop': ['gateway', 'stop'],
  'gateway:logs': ['gateway', 'logs'],
  // A plugin that is linked is as new as its folder.
  'plugins:update': ['plugins', 'update'],
  plugins: ['plugins'],
  'plugins:inspect': ['plugins', 'inspect', 'cao-fixture-good'],
};

/** Commands that have tests of their own here and elsewhere. */
const ELSEWHERE = ['run', 'gateway:start'];

async function somethingToShare(sandbox: Sandbox): Promise<void> {
  await mkdir(join(sandbox.home, '.codex', 'skills'), {recursive: true});
  await writeFile(join(sandbox.home, '.codex', 'AGENTS.md'), 'be kind');
  await writeFile(join(sandbox.accountHome('beta'), 'AGENTS.md'), 'be quick');
}

async function linked(sandbox: Sandbox): Promise<void> {
  await caoInProcess(sandbox, ['plugins', 'link', join(FIXTURES, 'good')]);
}

async function threadAndCodex(sandbox: Sandbox): Promise<void> {
  await RolloutWriter.begun(THREAD, sandbox.home, 'paint')
    .answers('done')
    .write(sandbox.accountHome('alpha'));
  await codexThatEnds(sandbox, 7);
}

/** A Codex that does nothing and ends with a code of its own. @returns its path */
async function codexThatEnds(sandbox: Sandbox, code: number): Promise<string> {
  const path = join(sandbox.home, 'codex');
  const script = `if (process.argv.includes('--version')) console.log('codex-cli 0.169.0'); else process.exit(${code});`;
  await writeFile(path, `#!${process.execPath}\n${script}\n`, {mode: 0o755});
  return path;
}

describe('a disk that refuses', function () {
  this.timeout(600_000);
  let sandbox: Sandbox;

  beforeEach(async () => {
    sandbox = await Sandbox.create();
  });
  afterEach(async () => {
    setFaults([]);
    await sandbox.remove();
  });

  it('is tried under every command that there is', async () => {
    const {commands} = await readJson<{commands: Record<string, unknown>}>(
      join(PROJECT_ROOT, 'oclif.manifest.json'),
    );
    const tried = [...Object.keys(CHANGES), ...Object.keys(LOOKS), ...ELSEWHERE];
    assert.deepEqual(tried.sort(), Object.keys(commands).sort());
  });

  for (const each of Object.values(CHANGES).flat()) {
    const {line, before, isProcess = false, exits = [0]} = each;
    const upTo = isProcess && !IS_LONG ? 1 : (each.upTo ?? Infinity);
    const stride = isProcess ? PROCESS_STRIDE : STRIDE;
    const title = `"cao ${line.map((word) => basename(word)).join(' ')}"`;

    async function afresh(): Promise<void> {
      await sandbox.remove();
      sandbox = await Sandbox.create();
      await registerAccounts(sandbox, ['alpha', 'beta']);
      await before?.(sandbox);
    }

    it(`has ${title} say so at every step, and keeps accounts and logins whole`, async () => {
      let steps = 0;
      for (const nth of points(stride)) {
        if (nth > upTo) break;
        await afresh();
        const error = REFUSALS[nth % REFUSALS.length] ?? 'ENOSPC';
        const {result, hits} = await faulty(each, {op: 'change', nth, error});
        const where = `${nth}: ${JSON.stringify(hits)}\n${result.stdout}\n${result.stderr}`;
        assert.doesNotMatch(result.stderr + result.stdout, /looks like a bug/, where);
        await assertWhole(sandbox, where);
        if (hits.length === 0) {
          assert.ok(exits.includes(result.exitCode ?? -1), where);
          break;
        }
        if (result.exitCode === 1 && line[0] !== 'doctor') assertSaysWhatToDo(result, where);
        steps += 1;
        assert.ok(nth < MOST_STEPS);
      }
      assert.ok(steps > 0);
    });

    it(`that ends ${title} at any step leaves accounts that the next command shows with their logins`, async () => {
      for (const nth of points(stride)) {
        if (nth > upTo) break;
        await afresh();
        // Nothing changes any more from there on: what is on disk then is what a kill leaves.
        const {hits} = await faulty(each, {op: 'change', nth, onwards: true, error: 'EIO'});
        const {exitCode, stdout, stderr} = await caoInProcess(sandbox, ['list', '--json']);
        const where = `${nth}: ${JSON.stringify(hits[0])}\n${stderr}`;
        assert.equal(exitCode, 0, where);
        const listed = JSON.parse(stdout) as {name: string; login: {kind: string} | null}[];
        assert.ok(
          listed.some(({name}) => name === 'alpha'),
          where,
        );
        await assertWhole(sandbox, where);
        assert.deepEqual(await sandbox.store.intentions.pending(), [], where);
        if (hits.length === 0) break;
      }
    });
  }

  async function faulty(
    {line, isProcess = false}: Case,
    fault: Fault,
  ): Promise<{result: CaoResult; hits: readonly FaultHit[]}> {
    if (isProcess) {
      const log = join(sandbox.home, 'hits.jsonl');
      // Of the process' own folders alone: what npm and others write elsewhere is theirs.
      const faults = {...fault, pathMatches: sandbox.home, program: 'run\\.js$'};
      const env = {
        ...preload(faults),
        CAO_TEST_FAULTS_LOG: log,
        PATH: `${sandbox.home}:${process.env['PATH'] ?? ''}`,
        TMPDIR: sandbox.home,
      };
      const result = await cao(sandbox, line, {env});
      const told = (await readFile(log, 'utf8').catch(() => '')).split('\n').filter((text) => text !== '');
      return {result, hits: told.map((text) => JSON.parse(text) as FaultHit)};
    }
    const hits = setFaults({...fault, pathMatches: sandbox.home});
    try {
      return {result: await caoInProcess(sandbox, line), hits};
    } finally {
      setFaults([]);
    }
  }

  for (const line of Object.values(LOOKS)) {
    it(`is nothing to "cao ${line.join(' ')}", which only looks`, async () => {
      await registerAccounts(sandbox, ['alpha', 'beta']);
      await linked(sandbox);
      await threadAndCodex(sandbox);
      const told = ({exitCode, stdout}: CaoResult): unknown => [exitCode, withoutTimes(stdout)];
      const expected = told(await caoInProcess(sandbox, line));
      for (const error of REFUSALS) {
        setFaults({op: 'change', pathMatches: sandbox.home, onwards: true, error});
        const result = await caoInProcess(sandbox, line);
        setFaults([]);
        assert.deepEqual(told(result), expected, `${error}: ${result.stderr}`);
        assert.doesNotMatch(result.stderr, /looks like a bug/);
      }
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
    beforeEach(async () => {
      await registerAccounts(sandbox, ['alpha', 'beta']);
      await codexThatEnds(sandbox, 5);
    });

    const run = (fault: Fault): Promise<CaoResult> =>
      cao(sandbox, ['run', '--', 'exec', 'work'], {
        env: {
          ...preload({...fault, program: 'run\\.js$'}),
          PATH: `${sandbox.home}:${process.env['PATH'] ?? ''}`,
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

/** Times pass from one look to the next. */
function withoutTimes(text: string): string {
  return text.replace(/"\d{4}-\d\d-\d\dT[^"]+"/g, '"TIME"').replace(/(InMs": )\d+/g, '$1TIME');
}

function preload(fault: Fault): Record<string, string> {
  return {
    NODE_OPTIONS: `--import=${pathToFileURL(join(PROJECT_ROOT, 'test', 'support', 'faults.mjs')).href}`,
    CAO_TEST_FAULTS: JSON.stringify(fault),
  };
}

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
