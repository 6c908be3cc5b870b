import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {readFile, readdir} from 'node:fs/promises';
import {setTimeout as sleep} from 'node:timers/promises';
import {type AddressInfo, createServer} from 'node:net';
import {promisify} from 'node:util';

import {readAuthFile} from '../../src/codex/login/auth-file.js';
import {gatewaySecret} from '../../src/gateway/config/secret.js';
import {fetchStatus} from '../../src/gateway/control/probe.js';
import {quota} from '../../src/simulator/index.js';
import {registerAccounts, writeData} from '../support/accounts.js';
import {CAO, cao, codexOnPath} from '../support/cao.js';
import {recordQuota} from '../support/ends.js';
import {isAlive} from '../support/processes.js';
import {Sandbox} from '../support/sandbox.js';
import {IS_LONG} from '../support/soak.js';
import {Terminal} from '../support/tmux.js';
import {until} from '../support/until.js';
import {World} from '../support/world.js';

const CAO_LINE = `${process.execPath} ${CAO}`;
const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** Processes with this HOME, and so everything that was started in a sandbox. */
async function processesIn(home: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environment.split('\0').includes(`HOME=${home}`) && isAlive(pid) ? [pid] : [];
    }),
  );
  return found.flat();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function cpuMs(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

describe('a terminal that goes away', function () {
  this.timeout(90_000);

  before(function () {
    if (process.platform !== 'linux') this.skip();
  });

  let world: World;
  let terminal: Terminal;

  beforeEach(async () => {
    world = await World.create('alpha', 'beta');
    await world.leaveGatewayToRuns();
    terminal = await Terminal.open(world.sandbox, {...world.env, ...codexOnPath()});
  });

  afterEach(async () => {
    await terminal.close();
    for (const pid of await processesIn(world.sandbox.home)) process.kill(pid, 'SIGKILL');
    await world.close();
  });

  const exhausted = async (): Promise<void> => {
    for (const name of ['alpha', 'beta']) {
      await recordQuota(world.sandbox.store, name, {untilMs: Date.now() + HOUR});
      // The backend has only just said so, and is not asked again.
      await world.sandbox.store.usage.recordPoll(name, Date.now() + SECOND);
    }
  };

  type Phase = {
    what: string;
    isSlow?: boolean;
    line: string;
    begin?: () => Promise<unknown>;
    reached: () => Promise<unknown>;
  };
  const exec = 'exec --skip-git-repo-check';
  const PHASES: Phase[] = [
    {
      what: 'in a turn',
      line: `run -- ${exec} "say: hello"`,
      begin: () => Promise.resolve(void (hold = world.simulator.account('alpha').hold())),
      reached: () => hold.reached,
    },
    {
      what: 'in a turn of the next account',
      isSlow: true,
      line: `run -- ${exec} "say: hello"`,
      begin: () => {
        world.simulator.account('alpha').fail(quota());
        hold = world.simulator.account('beta').hold();
        return Promise.resolve();
      },
      reached: () => hold.reached,
    },
    {
      what: 'in a turn through its own gateway',
      isSlow: true,
      line: `run --gateway -- ${exec} "say: hello"`,
      begin: () => Promise.resolve(void (hold = world.simulator.account('alpha').hold())),
      reached: () => hold.reached,
    },
    {
      what: "on Codex's screen",
      isSlow: true,
      line: 'run',
      reached: () => terminal.waitFor(/trust|Ask Codex|OpenAI Codex \(v/i),
    },
    {
      what: 'while a run waits',
      isSlow: true,
      line: `run --wait -- ${exec} "say: hello"`,
      begin: exhausted,
      reached: () => terminal.waitFor(/Waiting for/),
    },
    {
      what: 'at a question',
      isSlow: true,
      line: 'remove beta',
      reached: () => terminal.waitFor(/Remove beta/),
    },
    {
      what: 'in a login',
      isSlow: true,
      line: `add fresh --device-auth -- --experimental_issuer ISSUER`,
      reached: () => terminal.waitFor(/code/i),
    },
    {
      what: 'on a dashboard that is drawn again and again',
      isSlow: true,
      line: 'status --watch',
      reached: () => terminal.waitFor(/alpha/),
    },
    {
      what: 'in front of a gateway',
      isSlow: true,
      line: 'gateway start --port 0',
      reached: () => terminal.waitFor(/listening on/),
    },
  ];
  let hold: {reached: Promise<unknown>};

  for (const {what, isSlow, line, begin, reached} of PHASES) {
    if (isSlow && !IS_LONG) continue;
    it(`${what} leaves no process, no lock and no copy behind, and the login whole`, async () => {
      const {sandbox, simulator} = world;
      await begin?.();
      await terminal.type(`${CAO_LINE} ${line.replace('ISSUER', simulator.issuerUrl)}`);
      await reached();
      assert.notDeepEqual(await processesIn(sandbox.home), []);
      await terminal.close();
      await until(
        async () => (await processesIn(sandbox.home)).length === 0,
        `all of it has ended: ${what}`,
        20_000,
      );
      for (const name of ['alpha', 'beta'])
        assert.equal((await readAuthFile(sandbox.accountHome(name))).kind, 'ok');
      const left = await readdir(sandbox.dataDir, {recursive: true});
      assert.deepEqual(
        left.filter((path) => /\.login-|\.logins-in-use\/.*auth|gateway.*\.pid/.test(path)),
        [],
      );
      const next = await cao(sandbox, ['list', '--json']);
      assert.equal(next.exitCode, 0, next.stderr);
      assert.equal(next.stderr, '', 'nothing had to be put right');
    });
  }

  it('that comes back after Ctrl+Z finds the work of a run through its own gateway going on', async function () {
    if (!IS_LONG) this.skip();
    const held = world.simulator.account('alpha').hold();
    await terminal.type(`${CAO_LINE} run --gateway -- ${exec} "say: hello"`);
    await held.reached;
    await terminal.press('C-z');
    await terminal.waitFor(/Stopped/);
    held.release();
    await terminal.type('fg; echo left=$?');
    await terminal.waitFor(/^hello[^]*left=0/m);
  });

  it('does not end a gateway in the background, nor a run that was told to outlive it, and neither spins', async function () {
    if (!IS_LONG) this.skip();
    const {sandbox} = world;
    await exhausted();
    const port = await freePort();
    await terminal.type(`${CAO_LINE} gateway start --detach --port ${port}; echo started=$?`);
    await terminal.waitFor(/started=0/);
    await terminal.type(`trap '' HUP; ${CAO_LINE} run --wait -- ${exec} "say: hello"`);
    await terminal.waitFor(/Waiting for/);
    await terminal.close();
    const secret = await gatewaySecret(sandbox.store.folder);
    // What is drawn to the terminal fails from now on, each second.
    await sleep(1500);
    const left = await processesIn(sandbox.home);
    const programs = await Promise.all(left.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8')));
    assert.ok(
      programs.some((program) => program.includes('--wait')),
      'the run goes on',
    );
    assert.equal((await fetchStatus(`http://127.0.0.1:${port}`, secret))?.running, true);
    const before = await Promise.all(left.map(cpuMs));
    await sleep(500);
    const after = await Promise.all(left.map(cpuMs));
    const used = after.map((ms, at) => ms - (before[at] ?? 0));
    assert.ok(Math.max(...used) < 300, `${used.join(', ')} ms of 500`);
    await cao(sandbox, ['gateway', 'stop', '--port', String(port)]);
  });
});

describe('output that goes nowhere', () => {
  let sandbox: Sandbox;
  before(async function () {
    sandbox = await Sandbox.create();
    if (!existsSync('/dev/full')) this.skip();
    await registerAccounts(sandbox, ['alpha', 'beta']);
    await writeData(sandbox, 'gateway.json', {port: 0});
  });
  after(() => sandbox.remove());

  const shell = async (line: string): Promise<{exit: number; said: string}> => {
    const {stdout} = await promisify(execFile)('bash', ['-c', `cao() { ${CAO_LINE} "$@"; }; ${line}`], {
      env: sandbox.environment(),
    });
    return {exit: Number(/exit=(\d+)/.exec(stdout)?.[1]), said: stdout};
  };

  const WAYS: [how: string, line: string, exit: number][] = [
    ['to a reader that has seen enough', 'cao list 2>&1 | true; echo exit=${PIPESTATUS[0]}', 0],
    ['to a stderr that is closed', 'cao list >/dev/null 2>&-; echo exit=$?', 0],
    ['to nothing at all', '(cao list <&- >&- 2>&-); echo exit=$?', 0],
    ['to a full disk, on stderr', 'cao list 2>/dev/full >/dev/null; echo exit=$?', 0],
    ['to a full disk, on both', 'cao list >/dev/full 2>&1; echo exit=$?', 1],
    ['to a full disk', 'cao list 2>&1 >/dev/full; echo exit=$?', 1],
    ['to a full disk, as JSON', 'cao status --json 2>&1 >/dev/full; echo exit=$?', 1],
  ];
  for (const [how, line, exit] of IS_LONG ? WAYS : WAYS.slice(3, 6)) {
    it(`ends with ${exit}, and no trace: ${how}`, async () => {
      const result = await shell(line);
      assert.equal(result.exit, exit, result.said);
      assert.doesNotMatch(result.said, /\n\s+at |node:/);
      if (exit === 1 && line.includes('2>&1 >'))
        assert.match(
          result.said,
          /Error: What there was to say could not be written: the disk is full \(ENOSPC\)\./,
        );
    });
  }

  it('keeps no change from being made', async () => {
    assert.equal((await shell('cao switch beta >/dev/full 2>&1; echo exit=$?')).exit, 1);
    assert.equal((await sandbox.store.registry()).defaultAccount, 'beta');
  });

  it('does not have a gateway spin, nor keep it from being stopped', async () => {
    const result = await shell(
      [
        `${CAO_LINE} gateway start --port 0 >/dev/full 2>&1 &`,
        "cpu() { awk '{print $14 + $15}' /proc/$!/stat; }",
        'until ls "$HOME"/.codex-account-orchestrator/gateway*.pid >/dev/null 2>&1; do sleep 0.05; done',
        'before=$(cpu); sleep 0.5; after=$(cpu)',
        'kill $!; wait $!; echo exit=$? used=$((after - before))',
      ].join('\n'),
    );
    assert.ok(Number(/used=(\d+)/.exec(result.said)?.[1]) < 30, result.said);
    assert.ok(result.exit <= 1, result.said);
  });
});
