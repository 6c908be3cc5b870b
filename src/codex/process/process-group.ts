import {type ChildProcessByStdio, spawn, spawnSync} from 'node:child_process';
import type {Readable, Writable} from 'node:stream';
import {setTimeout as sleep} from 'node:timers/promises';

import {hasErrorCode} from '../../errors/index.js';
import {needsShell} from './binary.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** Those that run now: none may be left when this process ends. */
const living = new Set<ProcessGroup>();

/**
 * A program that works for us on pipes, with everything that it starts. It stands in a process group of its own: npm's
 * wrapper, the native program below it and whatever that starts end together, however this process ends.
 */
export class ProcessGroup {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Settles when the program has ended or could not be started, with why. */
  readonly ended: Promise<Error>;
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  /** Its number may belong to others by now. */
  private gone = false;

  constructor(binary: string, args: readonly string[], {env, cwd}: {env: NodeJS.ProcessEnv; cwd: string}) {
    this.child = spawn(binary, [...args], {
      env,
      cwd,
      stdio: ['pipe', 'pipe', 'ignore'],
      // On Windows this would open a console window; there the tree is known without it.
      detached: process.platform !== 'win32',
      windowsHide: true,
      shell: needsShell(binary),
    });
    this.stdin = this.child.stdin;
    this.stdout = this.child.stdout;
    // A program that has ended closes its ends; who reads and waits for `ended` learns of that.
    this.stdin.on('error', () => undefined);
    this.stdout.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.child.once('error', resolve);
      this.child.once('exit', (code, signal) => resolve(new Error(`it ended (${signal ?? `exit ${code}`})`)));
    });
    register(this);
    void this.ended.then(() => {
      // What it started may outlive it.
      this.kill();
      this.gone = true;
    });
  }

  /** Closes its input, which tells it to end, and kills what is still there after `graceMs`. */
  async end(graceMs: number): Promise<void> {
    this.stdin.end();
    await Promise.race([this.ended, sleep(graceMs, undefined, {ref: false})]);
    this.kill();
    await this.ended;
  }

  /** At once, and without waiting: also for the last moment of this process. */
  kill(): void {
    unregister(this);
    const {pid} = this.child;
    if (pid === undefined || this.gone) return;
    if (process.platform === 'win32') {
      if (this.child.exitCode === null) spawnSync('taskkill', ['/pid', String(pid), '/t', '/f']);
      return;
    }
    try {
      process.kill(-pid, 'SIGKILL');
    } catch (error) {
      // Nobody of the group is left; macOS says EPERM of one whose last member has just ended.
      if (!hasErrorCode(error, 'ESRCH', 'EPERM')) throw error;
    }
  }
}

function register(group: ProcessGroup): void {
  if (living.size === 0) {
    process.on('exit', killAll);
    for (const signal of SIGNALS) process.on(signal, onSignal);
  }
  living.add(group);
}

function unregister(group: ProcessGroup): void {
  if (!living.delete(group) || living.size > 0) return;
  process.off('exit', killAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

function killAll(): void {
  for (const group of [...living]) group.kill();
}

/** A terminal's Ctrl+C does not reach another group, and a signal that is listened to ends nobody by itself. */
function onSignal(signal: NodeJS.Signals): void {
  killAll();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
