import {spawn} from 'node:child_process';
import {mkdtemp, realpath, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export const REPOSITORY = join(import.meta.dirname, '..', '..');

export type CaoResult = {code: number | null; stdout: string; stderr: string};

/** A machine of its own for one test: a home folder, a data folder in it, and oclif's folders. */
export class Sandbox {
  private constructor(readonly home: string) {}

  static async create(): Promise<Sandbox> {
    return new Sandbox(await realpath(await mkdtemp(join(tmpdir(), 'cao-test-'))));
  }

  get dataDir(): string {
    return join(this.home, '.codex-account-orchestrator');
  }

  /** Where oclif keeps installed plugins. */
  get pluginsDir(): string {
    return join(this.home, '.local', 'share', 'cao');
  }

  get env(): NodeJS.ProcessEnv {
    const {PATH, SystemRoot} = process.env;
    return {
      PATH,
      ...(SystemRoot === undefined ? {} : {SystemRoot}),
      HOME: this.home,
      USERPROFILE: this.home,
      npm_config_cache: join(this.home, '.npm'),
      npm_config_update_notifier: 'false',
      NO_COLOR: '1',
    };
  }

  /** Runs the built `cao` without a terminal. */
  async cao(args: string[], env: NodeJS.ProcessEnv = {}): Promise<CaoResult> {
    return runProcess(process.execPath, [join(REPOSITORY, 'bin', 'run.js'), ...args], {
      env: {...this.env, ...env},
      cwd: this.home,
    });
  }

  async remove(): Promise<void> {
    await rm(this.home, {recursive: true, force: true, maxRetries: 3});
  }
}

/** Runs a program to its end with an empty stdin. */
export async function runProcess(
  command: string,
  args: string[],
  options: {cwd: string; env: NodeJS.ProcessEnv},
): Promise<CaoResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {...options, stdio: ['ignore', 'pipe', 'pipe']});
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    child.on('error', reject);
    child.on('close', (code) => resolve({code, stdout, stderr}));
  });
}
