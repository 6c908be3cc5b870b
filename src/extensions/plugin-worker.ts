import {Worker} from 'node:worker_threads';

import {redact} from '../files/redact.js';
import {messageOf} from '../errors/index.js';
import {printable} from '../files/printable.js';
import type {Answer, Request} from './worker-messages.js';

/** A plugin that keeps dying is left alone after this many starts: each death costs a deadline. */
const MOST_STARTS = 3;

/** Beyond this a plugin's own output is dropped. */
const MOST_OUTPUT_LINES = 50;

const MEMORY_MB = 256;

type Pending = {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
  warn: (message: string) => void;
};

type WithoutId<T> = T extends {id: number} ? Omit<T, 'id'> : never;

export type RequestOptions = {
  deadlineMs: number;
  /** Ends the call early, and the thread with it. */
  signal?: AbortSignal;
  /** Gets what the extension says through its context. */
  warn?: (message: string) => void;
};

/** The thread of one plugin package: started when first asked, ended when it does not answer in time. */
export class PluginWorker {
  private worker: Worker | null = null;
  private starts = 0;
  private lastId = 0;
  private outputLines = 0;
  private readonly pending = new Map<number, Pending>();

  constructor(
    readonly packageName: string,
    private readonly root: string,
  ) {}

  /** Tells one run of the thread from the next: what was gathered in one is unknown to the other. */
  get generation(): number {
    return this.worker ? this.starts : this.starts + 1;
  }

  /** @throws Error with what went wrong inside, or `timed out`; a thread that is late is ended. */
  async request(request: WithoutId<Request>, options: RequestOptions): Promise<unknown> {
    const worker = this.start();
    const id = (this.lastId += 1);
    let timer: NodeJS.Timeout | undefined;
    const onAbort = (): void => this.end(new Error('took too long and was stopped'));
    try {
      return await new Promise<unknown>((resolve, reject) => {
        this.pending.set(id, {resolve, reject, warn: options.warn ?? (() => undefined)});
        // Not unref'd: with only the thread to wait for, the process would end silently.
        timer = setTimeout(
          () => this.end(new Error(`timed out after ${options.deadlineMs} ms`)),
          options.deadlineMs,
        );
        if (options.signal?.aborted === true) onAbort();
        else options.signal?.addEventListener('abort', onAbort, {once: true});
        worker.postMessage({...request, id});
      });
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
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

  private receive(answer: Answer): void {
    const pending = this.pending.get(answer.id);
    if (!pending) return;
    if (answer.type === 'warn') pending.warn(printable(answer.message));
    else if (answer.type === 'error') pending.reject(new Error(printable(answer.message)));
    else pending.resolve(answer.value);
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
    for (const {reject} of this.pending.values()) reject(new Error(printable(messageOf(reason))));
  }
}

/** Threads cannot load TypeScript, so what runs from the sources (tests, bin/dev.js) uses the built file. */
function workerFile(): URL {
  const fromSources = import.meta.url.endsWith('.ts');
  return new URL(fromSources ? '../../dist/extensions/worker.js' : './worker.js', import.meta.url);
}
