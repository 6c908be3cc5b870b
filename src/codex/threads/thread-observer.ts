import {type FSWatcher, watch} from 'node:fs';
import {realpath} from 'node:fs/promises';
import {join} from 'node:path';

import {statIfThere} from '../../files/absent.js';
import {makeFolder} from '../../files/private-folder.js';
import {markMoment} from '../../files/clock.js';
import {openFilesOf} from '../process/open-files.js';
import {lastWrittenAtMs, readSessionMeta, threadIdOfRollout} from './rollout.js';
import {findRollout, rolloutsOf} from './rollout-files.js';

/** A thread that a process wrote. */
export type WrittenThread = {id: string; rollout: string};

/** Codex keeps its rollout open as long as the thread lives, so a slow look now and then misses nothing but a short life. */
const LOOK_EVERY_MS = 400;

/**
 * Learns which thread a Codex process writes, among other processes that may use the same home at the same time.
 *
 * Codex takes `thread-writer-locks/<id>.lock` and holds the rollout open while it works, so the process's own open
 * files tell. Its sub-agents' rollouts are among them: theirs is the thread that began them. A Codex that this one has
 * started as a command is another one. Where the system does not show open files, a rollout that appeared meanwhile
 * for the same folder is taken, but only if there is exactly one: with two there would be guessing.
 */
export class ThreadObserver {
  private readonly seen = new Map<string, string>();
  private watcher: FSWatcher | undefined;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private pid: number | undefined;
  /** The process that writes: what was started is a wrapper around it. */
  private writer: number | undefined;
  private readonly started = markMoment();

  private constructor(
    private readonly home: string,
    private readonly cwd: string,
  ) {}

  /** Begins to watch `home`; call it before the process starts. `cwd` is where the process works. */
  static async start(home: string, cwd: string): Promise<ThreadObserver> {
    const observer = new ThreadObserver(home, cwd);
    const locks = join(home, 'thread-writer-locks');
    try {
      await makeFolder(locks);
      observer.watcher = watch(locks, () => observer.look());
      observer.watcher.on('error', () => observer.watcher?.close());
    } catch {
      // No change notifications here, or no room for the folder; the timer is enough for all but the shortest runs.
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
   * The thread that the process wrote; where it wrote several, one after the other, the last. Call it after the
   * process ended.
   *
   * @returns null when none can be told.
   * @throws Node's error when the home's threads must be looked through and cannot be read.
   */
  async thread(): Promise<WrittenThread | null> {
    await this.looking;
    if (this.seen.size === 0) await this.fallBackToAppearance();
    const threads = new Map<string, WrittenThread & {writtenAtMs: number}>();
    for (const [id, rollout] of this.seen) {
      const thread = await this.rootOf({id, rollout});
      // What cannot be read now says so to whoever reads it next.
      const writtenAtMs = thread && (await lastWrittenAtMs(thread.rollout).catch(() => 0));
      if (thread !== null && writtenAtMs !== null) threads.set(thread.id, {...thread, writtenAtMs});
    }
    const [last] = [...threads.values()].sort((one, other) => other.writtenAtMs - one.writtenAtMs);
    return last ? {id: last.id, rollout: last.rollout} : null;
  }

  private look(): void {
    const {pid} = this;
    if (pid === undefined) return;
    this.looking = this.looking.then(async () => {
      for (const {pid: holder, paths} of await openFilesOf(pid)) {
        const threads = writtenAmong(paths);
        if (threads.length > 0) this.writer ??= holder;
        if (holder !== this.writer) continue;
        for (const {id, rollout} of threads) this.seen.set(id, rollout);
      }
    });
  }

  /** The thread itself, for a sub-agent the one that a person began; null when that is not to be found. */
  private async rootOf(thread: WrittenThread): Promise<WrittenThread | null> {
    const meta = await readSessionMeta(thread.rollout).catch(() => null);
    if (meta === null || !meta.internal) return thread;
    const {parentId: id} = meta;
    if (id === null) return null;
    const rollout = this.seen.get(id) ?? (await findRollout(this.home, id))?.path;
    return rollout === undefined ? null : this.rootOf({id, rollout});
  }

  private async fallBackToAppearance(): Promise<void> {
    const candidates: WrittenThread[] = [];
    const cwd = await realpath(this.cwd).catch(() => this.cwd);
    const startedAtMs = this.started();
    for (const rollout of await rolloutsTouchedSince(this.home, startedAtMs)) {
      const meta = await readSessionMeta(rollout);
      if (meta === null || meta.internal || meta.startedAtMs < startedAtMs || meta.cwd === null) continue;
      const rolloutCwd = await realpath(meta.cwd).catch(() => meta.cwd);
      if (rolloutCwd === cwd) candidates.push({id: meta.id, rollout});
    }
    const [only, ...others] = candidates;
    if (only && others.length === 0) this.seen.set(only.id, only.rollout);
  }
}

/** The threads that a process writes, by its open files; of one that it only reads it holds no lock. */
function writtenAmong(paths: readonly string[]): WrittenThread[] {
  const locked = new Set(paths.flatMap((path) => LOCK.exec(path)?.[1] ?? []));
  return paths.flatMap((rollout) => {
    const id = threadIdOfRollout(rollout);
    return id === null || (locked.size > 0 && !locked.has(id)) ? [] : [{id, rollout}];
  });
}

const LOCK = /[/\\]thread-writer-locks[/\\]([^/\\]+)\.lock$/;

/** Rollouts of a home written to since `sinceMs`. */
export async function rolloutsTouchedSince(home: string, sinceMs: number): Promise<string[]> {
  const rollouts = (await rolloutsOf(home)).map(({path}) => path);
  const touched = await Promise.all(
    rollouts.map(async (path) => ((await statIfThere(path))?.mtimeMs ?? 0) >= sinceMs),
  );
  return rollouts.filter((_, index) => touched[index]);
}
