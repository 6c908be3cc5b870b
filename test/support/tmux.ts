import {execFile} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {setTimeout as sleep} from 'node:timers/promises';
import {promisify} from 'node:util';

import type {Sandbox} from './sandbox.js';

const run = promisify(execFile);
const LOOK_EVERY_MS = 100;
const PRESS_AGAIN_AFTER_MS = 3000;

/** A real terminal of its own tmux server, in a sandbox. */
export class Terminal {
  private readonly socket = `cao-${randomUUID()}`;

  private constructor(
    private readonly sandbox: Sandbox,
    private readonly env: Record<string, string>,
  ) {}

  /** Opens a terminal with a shell in the sandbox's HOME. */
  static async open(
    sandbox: Sandbox,
    env: Record<string, string> = {},
    size = {columns: 100, rows: 30},
  ): Promise<Terminal> {
    const terminal = new Terminal(sandbox, env);
    await terminal.tmux(
      ...['-f', '/dev/null', 'new-session', '-d', '-x', String(size.columns), '-y', String(size.rows)],
      ...['-c', sandbox.home, 'env PS1=READY\\> bash --norc --noprofile'],
    );
    await terminal.waitFor('READY>');
    return terminal;
  }

  /** Types a command line and Enter. */
  async type(text: string): Promise<void> {
    await this.tmux('send-keys', '-l', text);
    await this.press('Enter');
  }

  /**
   * Gives the Codex screen a prompt and waits for what it leads to. Codex takes keys that come fast for a paste, in
   * which Enter is a line break, so Enter is pressed apart, and again while nothing has come of it.
   */
  async prompt(text: string, expected: string | RegExp): Promise<string> {
    await this.tmux('send-keys', '-l', text);
    await this.waitFor(text);
    return this.pressUntil('Enter', expected);
  }

  /** Presses a key, again every few seconds, until the screen shows `expected`. */
  async pressUntil(key: string, expected: string | RegExp): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      await this.press(key);
      try {
        return await this.waitFor(expected, PRESS_AGAIN_AFTER_MS);
      } catch (error) {
        if (attempt === 10) throw error;
      }
    }
  }

  /** Presses keys by tmux's names: Enter, Down, C-c, … */
  async press(...keys: string[]): Promise<void> {
    await this.tmux('send-keys', ...keys);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  async screen(): Promise<string> {
    return (await this.tmux('capture-pane', '-p')).stdout;
  }

  /** The screen as soon as it shows `expected`. @throws Error with the last screen after `timeoutMs` */
  async waitFor(expected: string | RegExp, timeoutMs = 30_000): Promise<string> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const screen = await this.screen();
      if (typeof expected === 'string' ? screen.includes(expected) : expected.test(screen)) return screen;
      if (Date.now() > deadline) throw new Error(`the terminal never showed ${String(expected)}:\n${screen}`);
      await sleep(LOOK_EVERY_MS);
    }
  }

  async close(): Promise<void> {
    await this.tmux('kill-server').catch(() => undefined);
  }

  private tmux(...args: string[]): Promise<{stdout: string; stderr: string}> {
    const env = {...this.sandbox.environment(this.env), TERM: 'xterm-256color', TMUX: ''};
    return run('tmux', ['-L', this.socket, ...args], {env});
  }
}
