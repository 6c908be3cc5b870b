import {spawn} from 'node:child_process';
import {mkdir, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {simulatedEnvironment, writeSimulatedHome, type Simulator} from '../../src/simulator/index.js';

const codex = fileURLToPath(new URL('../../node_modules/.bin/codex', import.meta.url));

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A folder of its own for the real Codex: a home for each account, a place to work, nothing of the user's. */
export class Sandbox {
  private constructor(
    readonly root: string,
    readonly work: string,
    private readonly simulator: Simulator,
    private readonly env: Record<string, string>,
  ) {}

  static async make(simulator: Simulator): Promise<Sandbox> {
    const root = await mkdtemp(path.join(tmpdir(), 'cao-sim-'));
    const work = path.join(root, 'work');
    await mkdir(work);
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: root,
      ...(await simulatedEnvironment(simulator, root)),
    };
    return new Sandbox(root, work, simulator, env);
  }

  home(accountName: string): string {
    return path.join(this.root, `codex-${accountName}`);
  }

  async logIn(accountName: string): Promise<string> {
    await writeSimulatedHome(this.home(accountName), this.simulator, accountName);
    return this.home(accountName);
  }

  /** Runs the real Codex in this home with stdin closed. */
  codex(home: string, args: string[]): Promise<Finished> {
    return new Promise((resolve, reject) => {
      const child = spawn(codex, args, {
        cwd: this.work,
        env: {...this.env, CODEX_HOME: home},
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
      child.once('error', reject);
      child.once('close', (code) => resolve({code, stdout, stderr}));
    });
  }

  exec(home: string, ...args: string[]): Promise<Finished> {
    return this.codex(home, ['exec', '--skip-git-repo-check', ...args]);
  }

  async remove(): Promise<void> {
    await rm(this.root, {recursive: true, force: true});
  }
}
