import {LRUCache} from 'lru-cache';

/** Threads that are remembered; the least recently used one is forgotten first. */
const MOST_THREADS = 2000;

/** Foreign items remembered per thread; what is forgotten costs one refused request, not the conversation. */
const MOST_FOREIGN = 2000;

/** What the gateway knows of one thread. */
export type ThreadMemory = {
  account: string;
  /** Keys of what other accounts made that only they can read (see sanitize.ts). */
  foreign: Set<string>;
};

/** Headers that name a conversation, most precise first. */
const THREAD_HEADERS = ['thread-id', 'session-id', 'session_id'] as const;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The conversation that a request belongs to, by its headers; null when they do not say. */
export function threadOfHeaders(headers: Headers): string | null {
  return firstOf(headers, THREAD_HEADERS);
}

/** The conversation that began this one: a sub-agent's task is sealed for the account of its parent. Null for none. */
export function parentOfHeaders(headers: Headers): string | null {
  return firstOf(headers, ['x-codex-parent-thread-id']);
}

function firstOf(headers: Headers, names: readonly string[]): string | null {
  const value = names.map((name) => headers[name]).find((each) => typeof each === 'string' && each !== '');
  return typeof value === 'string' ? value.slice(0, 200) : null;
}

/** Keeps each thread on the account that holds its caches and encrypted state. Bounded. */
export class Affinity {
  /** Told of every change; set by whoever saves it. */
  onChange: () => void = () => undefined;

  private readonly threads: LRUCache<string, ThreadMemory>;

  /** @param most threads that are remembered. */
  constructor(most = MOST_THREADS) {
    this.threads = new LRUCache({max: most});
  }

  get(thread: string | null): ThreadMemory | null {
    return thread === null ? null : (this.threads.get(thread) ?? null);
  }

  /**
   * Notes that `account` answered this thread.
   *
   * @param foreign keys of items that had to be left out for it.
   * @returns the account that had it before; null for none.
   */
  settle(thread: string | null, account: string, foreign: readonly string[] = []): string | null {
    if (thread === null) return null;
    const memory = this.get(thread) ?? {account, foreign: new Set<string>()};
    const before = memory.account;
    const changed = before !== account || foreign.length > 0 || !this.threads.has(thread);
    memory.account = account;
    for (const key of foreign) memory.foreign.add(key);
    for (const key of memory.foreign) {
      if (memory.foreign.size <= MOST_FOREIGN) break;
      memory.foreign.delete(key);
    }
    this.threads.set(thread, memory);
    if (changed) this.onChange();
    return before === account ? null : before;
  }

  get size(): number {
    return this.threads.size;
  }

  /** How many threads each account holds. */
  counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const {account} of this.threads.values()) counts.set(account, (counts.get(account) ?? 0) + 1);
    return counts;
  }

  /** For the state file: the one used last stands last. */
  export(): [string, string, string[]][] {
    return this.threads.dump().map(([thread, {value}]) => [thread, value.account, [...value.foreign]]);
  }

  import(entries: readonly [string, string, string[]][]): void {
    for (const [thread, account, foreign] of entries) this.settle(thread, account, foreign);
  }
}
