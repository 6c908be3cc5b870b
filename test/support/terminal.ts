import {execFile} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {setTimeout as sleep} from 'node:timers/promises';
import {promisify} from 'node:util';

const run = promisify(execFile);

/** A real terminal (tmux's) with one program in it. */
export class Terminal {
  private constructor(private readonly socket: string) {}

  /** Starts a program; when it ends its exit code stays on the screen as `[exit N]`. */
  static async start(
    command: readonly string[],
    {env, cwd}: {env: NodeJS.ProcessEnv; cwd: string},
  ): Promise<Terminal> {
    const terminal = new Terminal(`cao-test-${randomUUID()}`);
    const assignments = Object.entries(env).map(([name, value]) => `${name}=${value ?? ''}`);
    const program = ['env', '-i', 'TERM=xterm-256color', ...assignments, ...command].map(quoted).join(' ');
    await terminal.tmux(
      'new-session',
      '-d',
      '-x',
      '160',
      '-y',
      '50',
      '-c',
      cwd,
      `${program}; echo "[exit $?]"; exec sleep 600`,
    );
    return terminal;
  }

  async screen(): Promise<string> {
    return this.tmux('capture-pane', '-p', '-S', '-200');
  }

  /** Types text as it stands. */
  async type(text: string): Promise<void> {
    await this.tmux('send-keys', '-l', text);
  }

  /** Presses keys by tmux's names: Enter, C-c, Escape… */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.tmux('send-keys', key);
  }

  /** Waits until the screen shows something. @throws Error with the screen after `timeoutMs` */
  async waitFor(pattern: RegExp, timeoutMs = 30_000): Promise<string> {
    const deadlineMs = Date.now() + timeoutMs;
    for (;;) {
      const screen = await this.screen();
      if (pattern.test(screen)) return screen;
      if (Date.now() > deadlineMs) throw new Error(`the screen never showed ${String(pattern)}:\n${screen}`);
      await sleep(100);
    }
  }

  async close(): Promise<void> {
    await this.tmux('kill-server').catch(() => undefined);
  }

  private async tmux(...args: string[]): Promise<string> {
    const {stdout} = await run('tmux', ['-L', this.socket, '-f', '/dev/null', ...args]);
    return stdout;
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
