import {type FSWatcher, watch} from 'node:fs';
import {mkdir, realpath} from 'node:fs/promises';
import {join} from 'node:path';

import {statIfThere} from '../../files/absent.js';
import {openFilesOf} from '../process/open-files.js';
import {readSessionMeta, threadIdOfRollout} from './rollout.js';
import {rolloutsOf} from './rollout-files.js';

/** A thread that a process wrote. */
export type WrittenThread = {id: string; rollout: string};

/** Codex keeps its rollout open as long as the thread lives, so a slow look now and then misses nothing but a short life. */
const LOOK_EVERY_MS = 400;

/**
 * Learns which threads a Codex process writes, among other processes that may use the same home at the same time.
 *
 * Codex takes `thread-writer-locks/<id>.lock` and holds the rollout open while it works, so the process's own open
 * files tell. Where the system does not show them, a rollout that appeared meanwhile for the same folder is taken,
 * but only if there is exactly one: with two there would be guessing.
 */
export class ThreadObserver {
  private readonly seen = new Map<string, string>();
  private watcher: FSWatcher | undefined;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private pid: number | undefined;
  private readonly startedAtMs = Date.now();

  private constructor(
    private readonly home: string,
    private readonly cwd: string,
  ) {}

  /** Begins to watch `home`; call it before the process starts. `cwd` is where the process works. */
  static async start(home: string, cwd: string): Promise<ThreadObserver> {
    const observer = new ThreadObserver(home, cwd);
    const locks = join(home, 'thread-writer-locks');
    await mkdir(locks, {recursive: true, mode: 0o700});
    try {
      observer.watcher = watch(locks, () => observer.look());
      observer.watcher.on('error', () => observer.watcher?.close());
    } catch {
      // No change notifications on this file system; the timer is enough for all but the shortest runs.
    }
    return observer;
  }

  /** Tells the process to observe. */
  attach(pid: number): void {
    this.pid = pid;
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
    this.timer.unref();
    this.look();
  }

  /** Stops watching. */
  stop(): void {
    this.watcher?.close();
    clearInterval(this.timer);
  }

  /**
   * The threads that the process wrote, the latest last. Call it after the process ended.
   *
   * @throws Node's error when the home's threads must be looked through and cannot be read.
   */
  async threads(): Promise<WrittenThread[]> {
    await this.looking;
    if (this.seen.size === 0) await this.fallBackToAppearance();
    return [...this.seen].map(([id, rollout]) => ({id, rollout}));
  }

  private look(): void {
    const {pid} = this;
    if (pid === undefined) return;
    this.looking = this.looking.then(async () => {
      for (const path of await openFilesOf(pid)) {
        const id = threadIdOfRollout(path);
        if (id === null) continue;
        // Deleting first moves the thread to the end: the order is that of the latest look.
        this.seen.delete(id);
        this.seen.set(id, path);
      }
    });
  }

  private async fallBackToAppearance(): Promise<void> {
    const candidates: WrittenThread[] = [];
    const cwd = await realpath(this.cwd).catch(() => this.cwd);
    for (const rollout of await rolloutsTouchedSince(this.home, this.startedAtMs)) {
      const meta = await readSessionMeta(rollout);
      if (meta === null || meta.startedAtMs < this.startedAtMs || meta.cwd === null) continue;
      const rolloutCwd = await realpath(meta.cwd).catch(() => meta.cwd);
      if (rolloutCwd === cwd) candidates.push({id: meta.id, rollout});
    }
    const [only, ...others] = candidates;
    if (only && others.length === 0) this.seen.set(only.id, only.rollout);
  }
}

/** Rollouts of a home written to since `sinceMs`. */
export async function rolloutsTouchedSince(home: string, sinceMs: number): Promise<string[]> {
  const rollouts = (await rolloutsOf(home)).map(({path}) => path);
  const touched = await Promise.all(
    rollouts.map(async (path) => ((await statIfThere(path))?.mtimeMs ?? 0) >= sinceMs),
  );
  return rollouts.filter((_, index) => touched[index]);
}
