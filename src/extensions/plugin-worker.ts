import {Worker} from 'node:worker_threads';

import {redact} from '../files/text/redact.js';
import {messageOf} from '../errors/index.js';
import {printable} from '../files/text/printable.js';
import type {Answer, Request} from './worker-messages.js';

/** A plugin that keeps dying is left alone after this many starts: each death costs a deadline. */
const MOST_STARTS = 3;

/** Beyond this a plugin's own output is dropped. */
const MOST_OUTPUT_LINES = 50;

const MEMORY_MB = 256;

/** How long an extension whose signal was aborted may take to end its work before the thread is ended. */
const GRACE_MS = 1000;

const STOPPED = 'took too long and was stopped';

type Pending = {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  warn: (message: string) => void;
};

type WithoutId<T> = T extends {id: number} ? Omit<T, 'id'> : never;

export type RequestOptions = {
  deadlineMs: number;
  /** Ends the call early. */
  signal?: AbortSignal;
  /** Gets what the extension says through its context. */
  warn?: (message: string) => void;
};

/**
 * The thread of one plugin package: started when first asked. A call that is late is given up at once, and its signal
 * aborted in the thread; one that then still does not end takes the thread with it.
 */
export class PluginWorker {
  private worker: Worker | null = null;
  private starts = 0;
  private lastId = 0;
  private outputLines = 0;
  private readonly pending = new Map<number, Pending>();
  /** Calls that were given up and have not ended yet, each with what ends the thread. */
  private readonly overdue = new Map<number, NodeJS.Timeout>();

  constructor(
    readonly packageName: string,
    private readonly root: string,
  ) {}

  /** Tells one run of the thread from the next: what was gathered in one is unknown to the other. */
  get generation(): number {
    return this.worker ? this.starts : this.starts + 1;
  }

  /** @throws Error with what went wrong inside, `timed out`, or `took too long` where the caller's signal said so. */
  async request(request: WithoutId<Request>, options: RequestOptions): Promise<unknown> {
    const {deadlineMs, signal, warn = () => undefined} = options;
    if (signal?.aborted === true) throw new Error(STOPPED);
    const worker = this.start();
    const id = (this.lastId += 1);
    let timer: NodeJS.Timeout | undefined;
    const giveUp = (reason: string): void => this.giveUp(worker, {...request, id}, new Error(reason));
    const onAbort = (): void => giveUp(STOPPED);
    try {
      return await new Promise<unknown>((resolve, reject) => {
        this.pending.set(id, {resolve, reject, warn});
        // Not unref'd: with only the thread to wait for, the process would end silently.
        timer = setTimeout(() => giveUp(`timed out after ${deadlineMs} ms`), deadlineMs);
        signal?.addEventListener('abort', onAbort, {once: true});
        worker.postMessage({...request, id});
      });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      this.pending.delete(id);
    }
  }

  /** A message that has no answer. */
  tell(message: Extract<Request, {type: 'close'}>): void {
    this.worker?.postMessage(message);
  }

  /** Ends the thread; a later request starts a new one. */
  stop(): void {
    this.end(new Error('was stopped'));
  }

  private start(): Worker {
    if (this.worker) return this.worker;
    if (this.starts >= MOST_STARTS)
      throw new Error('has stopped working too often; it is not asked any more');
    this.starts += 1;
    const worker = new Worker(workerFile(), {
      workerData: {root: this.root},
      name: this.packageName,
      stdout: true,
      stderr: true,
      resourceLimits: {maxOldGenerationSizeMb: MEMORY_MB},
    });
    worker.unref();
    worker.on('message', (answer: Answer) => this.receive(answer));
    worker.on('error', (error) => this.lost(worker, error));
    worker.on('messageerror', (error) => this.lost(worker, error));
    worker.on('exit', () => this.lost(worker, new Error('ended itself (process.exit)')));
    for (const stream of [worker.stdout, worker.stderr]) {
      stream.on('data', (chunk: Buffer) => this.forward(chunk.toString('utf8')));
    }
    this.worker = worker;
    return worker;
  }

  /** What a hook returns has no signal yet, so there is nothing to wait for. */
  private giveUp(worker: Worker, request: Exclude<Request, {type: 'abort' | 'close'}>, reason: Error): void {
    if (request.type === 'gather') {
      this.end(reason);
      return;
    }
    const {id} = request;
    const timer = setTimeout(() => this.end(reason), GRACE_MS);
    timer.unref();
    this.overdue.set(id, timer);
    const abort: Request = {type: 'abort', call: request.type === 'next' ? request.stream : id};
    worker.postMessage(abort);
    this.pending.get(id)?.reject(reason);
  }

  private receive(answer: Answer): void {
    if (answer.type !== 'warn') this.ended(answer.id);
    const pending = this.pending.get(answer.id);
    if (!pending) return;
    if (answer.type === 'warn') pending.warn(printable(answer.message));
    else if (answer.type === 'error') pending.reject(new Error(printable(answer.message)));
    else pending.resolve(answer.value);
  }

  private ended(id: number): void {
    clearTimeout(this.overdue.get(id));
    this.overdue.delete(id);
  }

  /** stdout is for the command's result alone, so what a plugin prints goes to stderr, under its name. */
  private forward(text: string): void {
    for (const line of text.split('\n')) {
      if (line.trim() === '' || (this.outputLines += 1) > MOST_OUTPUT_LINES) continue;
      process.stderr.write(`[${this.packageName}] ${redact(printable(line))}\n`);
    }
  }

  private end(reason: Error): void {
    const {worker} = this;
    if (!worker) return;
    this.lost(worker, reason);
    void worker.terminate();
  }

  private lost(worker: Worker, reason: unknown): void {
    if (this.worker !== worker) return;
    this.worker = null;
    for (const id of this.overdue.keys()) this.ended(id);
    for (const {reject} of this.pending.values()) reject(new Error(printable(messageOf(reason))));
  }
}

/** Threads cannot load TypeScript, so what runs from the sources (tests, bin/dev.js) uses the built file. */
function workerFile(): URL {
  const fromSources = import.meta.url.endsWith('.ts');
  return new URL(fromSources ? '../../dist/extensions/worker.js' : './worker.js', import.meta.url);
}
