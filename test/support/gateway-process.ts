import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFile, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

import {gatewaySecret} from '../../src/gateway/config/secret.js';
import {writeData} from './accounts.js';
import {CAO, PROJECT_ROOT} from './cao.js';
import {until} from './until.js';
import type {World} from './world.js';

/** How a process stands: bytes after a full collection, and how long its event loop was held up since the last look. */
export type Probe = {heapUsed: number; external: number; rss: number; longestDelayMs: number};

const PROBE = join(PROJECT_ROOT, 'test', 'support', 'process-probe.mjs');

/** `cao gateway start` as a process of its own, whose memory and descriptors can be looked at from outside. */
export class GatewayProcess {
  private said = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly probeFile: string,
    readonly secret: string,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.said += text));
  }

  /** @param config what gateway.json says besides where the backend is; null leaves that file as it lies there */
  static async start(
    world: World,
    {config = {}, env = {}}: {config?: Record<string, unknown> | null; env?: Record<string, string>} = {},
  ): Promise<GatewayProcess> {
    const {sandbox, simulator} = world;
    const secret = await gatewaySecret(sandbox.store.folder);
    if (config !== null)
      await writeData(sandbox, 'gateway.json', {baseUrl: simulator.codexBaseUrl, ...config});
    const probeFile = join(sandbox.home, `probe-${process.hrtime.bigint()}.jsonl`);
    const flags = ['--expose-gc', `--import=${pathToFileURL(PROBE).href}`];
    const args = ['gateway', 'start', '--port', '0', '--base-url', simulator.codexBaseUrl];
    const child = spawn(process.execPath, [...flags, CAO, ...args], {
      env: sandbox.environment({
        ...world.env,
        CAO_HOME: sandbox.dataDir,
        CAO_TEST_PROBE: probeFile,
        ...env,
      }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const gateway = new GatewayProcess(child, probeFile, secret);
    world.beforeClose(() => gateway.stop());
    await until(() => gateway.address !== null || child.exitCode !== null, 'the gateway');
    if (gateway.address === null) throw new Error(`the gateway did not start: ${gateway.said}`);
    return gateway;
  }

  get url(): string {
    return this.address ?? '';
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** null while it runs, or where a signal ended it. */
  get exitCode(): number | null {
    return this.child.exitCode;
  }

  /** What it has said until now, its log included. */
  get output(): string {
    return this.said;
  }

  /** How many files and sockets it has open. Linux only. */
  async descriptors(): Promise<number> {
    return (await readdir(`/proc/${this.pid}/fd`)).length;
  }

  /** How it stands now. The first look, of which the time counts since the start, is best thrown away. */
  async probe(): Promise<Probe> {
    const lines = async (): Promise<string[]> =>
      (await readFile(this.probeFile, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
    const before = (await lines()).length;
    this.child.kill('SIGUSR2');
    return JSON.parse(await until(async () => (await lines())[before], 'the memory of the gateway')) as Probe;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await once(this.child, 'exit');
    clearTimeout(late);
  }

  private get address(): string | null {
    return /listening on (\S+),/.exec(this.said)?.[1] ?? null;
  }
}
