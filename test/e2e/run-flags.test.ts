import assert from 'node:assert/strict';
import type {ChildProcess} from 'node:child_process';
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';

import {afterLogin} from '../../src/accounts/data/status-file.js';
import {type Simulator, quota} from '../../src/simulator/index.js';
import type {CaoResult} from '../support/cao.js';
import {World} from '../support/world.js';

type Case = {
  what: string;
  flags: string[];
  /** The setting `run.gateway`. */
  setting?: boolean;
  arrange?: (simulator: Simulator) => void;
  /** What on stderr makes somebody log in to alpha again, so that it is free. */
  freeAfter?: RegExp;
  exitCode: number;
  answeredBy: string[];
  stderr: RegExp;
  /** For resume alone: of run, run.test.ts and named-account.test.ts show it. */
  shownOfRun?: true;
};

/** From its next request on, for `times` of them; the reset is too far away to come by itself. */
function out(simulator: Simulator, names: string[], times: number): void {
  for (const name of names) {
    const account = simulator.account(name);
    account.fail(quota({resetsInSeconds: 3600}), {from: account.responseRequests + 1, times});
  }
}

const alphaIsOut = (simulator: Simulator): void => out(simulator, ['alpha'], 100);
const bothAreOut = (simulator: Simulator): void => out(simulator, ['alpha', 'beta'], 100);
const bothAreOutOnce = (simulator: Simulator): void => out(simulator, ['alpha', 'beta'], 1);

const CASES: Case[] = [
  {
    what: 'goes on with the next account',
    flags: [],
    arrange: alphaIsOut,
    exitCode: 0,
    answeredBy: ['alpha', 'beta'],
    stderr:
      /Using account: alpha\n[^]*Quota exhausted on alpha\. Falling back to: beta\n[^]*Using account: beta\n/,
    shownOfRun: true,
  },
  {
    what: 'stays with the first under --no-fallback',
    flags: ['--no-fallback'],
    arrange: alphaIsOut,
    exitCode: 1,
    answeredBy: ['alpha'],
    stderr: /usage limit/,
    shownOfRun: true,
  },
  {
    what: 'begins with the account of --account',
    flags: ['--account', 'beta'],
    exitCode: 0,
    answeredBy: ['beta'],
    stderr: /Using account: beta/,
    shownOfRun: true,
  },
  {
    what: 'goes through the accounts again after --retry-delay, up to --max-passes',
    flags: ['--max-passes', '2', '--retry-delay', '1'],
    arrange: bothAreOutOnce,
    freeAfter: /Quota exhausted on alpha\. Falling back to: beta\n/,
    exitCode: 0,
    answeredBy: ['alpha', 'beta', 'alpha'],
    stderr: /Falling back to: alpha/,
  },
  {
    what: 'returns 75 when every account is out',
    flags: [],
    arrange: bothAreOut,
    exitCode: 75,
    answeredBy: ['alpha', 'beta'],
    stderr: /Every account is out of quota\. The earliest reset: /,
    shownOfRun: true,
  },
  {
    what: 'waits for the earliest reset under --wait',
    flags: ['--wait', '--max-passes', '1'],
    arrange: bothAreOutOnce,
    freeAfter: /Waiting for /,
    exitCode: 0,
    answeredBy: ['alpha', 'beta', 'alpha'],
    stderr: /Waiting for (alpha|beta) until/,
    shownOfRun: true,
  },
  {
    what: 'goes through a gateway with --gateway',
    flags: ['--gateway'],
    arrange: alphaIsOut,
    exitCode: 0,
    answeredBy: ['alpha', 'beta'],
    stderr: /Using the gateway at http:\/\/127\.0\.0\.1:\d+, in the home of alpha/,
  },
  {
    what: 'waits through a gateway',
    flags: ['--gateway', '--wait', '90m'],
    arrange: bothAreOutOnce,
    freeAfter: /Waiting for /,
    exitCode: 0,
    answeredBy: ['alpha', 'beta', 'alpha'],
    stderr: /Waiting for (?:alpha|beta) until [^]*Using the gateway at /,
  },
  {
    what: 'goes through a gateway where the setting says so',
    flags: [],
    setting: true,
    exitCode: 0,
    answeredBy: ['alpha'],
    stderr: /Using the gateway at /,
  },
  {
    what: 'goes without the gateway of the setting under --no-gateway',
    flags: ['--no-gateway'],
    setting: true,
    exitCode: 0,
    answeredBy: ['alpha'],
    stderr: /Using account: alpha/,
  },
];

const TASK = 'say: hello';

/** The command line with which each command gives Codex the task. */
const COMMANDS = {
  run: (flags: string[]) => ['run', ...flags, '--', 'exec', '--skip-git-repo-check', TASK],
  resume: (flags: string[]) => [
    ...['resume', '--last', '--exec', TASK],
    ...[...flags, '--', '--skip-git-repo-check'],
  ],
};

for (const [command, lineOf] of Object.entries(COMMANDS)) {
  describe(`the flags that run and resume share: cao ${command} with the real Codex`, function () {
    this.timeout(90_000);

    let world: World;
    let work: string;

    beforeEach(async () => {
      world = await World.create('alpha', 'beta');
      work = join(world.sandbox.home, 'work');
      await mkdir(work);
      await world.leaveGatewayToRuns();
      if (command === 'resume')
        assert.equal((await world.exec(['remember the blue door'], {cwd: work})).exitCode, 0);
    });
    afterEach(() => world.close());

    const give = (flags: string[], onStart?: (child: ChildProcess) => void): Promise<CaoResult> =>
      world.cao(lineOf(flags), {cwd: work, ...(onStart ? {onStart} : {})});

    /** Which accounts answered or had no quota left; what a gateway sends again without reasoning counts once. */
    const asked = (): (string | null)[] =>
      world.simulator.requests
        .filter(({route, outcome}) => route === 'responses' && outcome !== 'invalid_encrypted_content')
        .map(({account}) => account);

    const freeAlphaAfter =
      (words: RegExp) =>
      (child: ChildProcess): void => {
        let stderr = '';
        let freed = false;
        child.stderr?.on('data', (text: string) => {
          stderr += text;
          if (freed || !words.test(stderr)) return;
          freed = true;
          void world.sandbox.store.status.update(['alpha'], afterLogin);
        });
      };

    const cases = CASES.filter(({shownOfRun = false}) => !(shownOfRun && command === 'run'));
    for (const {what, flags, setting = false, arrange, freeAfter, exitCode, answeredBy, stderr} of cases) {
      it(what, async () => {
        if (setting) await world.cao(['config', 'set', 'run.gateway', 'true']);
        arrange?.(world.simulator);
        const before = asked().length;
        const result = await give(flags, freeAfter && freeAlphaAfter(freeAfter));
        assert.equal(result.exitCode, exitCode, result.stderr);
        assert.deepEqual(asked().slice(before), answeredBy, result.stderr);
        assert.match(result.stderr, stderr);
        assert.equal(result.stdout, exitCode === 0 ? 'hello\n' : '');
      });
    }

    it('refuses a gateway that is none of this data folder', async () => {
      const result = await give(['--gateway-url', world.simulator.codexBaseUrl]);
      assert.equal(result.exitCode, 1);
      assert.match(result.stderr, /is not a gateway of this data folder/);
    });

    it('refuses a wait for what is no duration', async () => {
      const result = await give(['--wait=soon']);
      assert.equal(result.exitCode, 2);
      assert.match(result.stderr, /"soon" is not a duration/);
    });
  });
}
