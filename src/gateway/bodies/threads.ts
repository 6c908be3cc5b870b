import {setImmediate} from 'node:timers/promises';
import {Worker} from 'node:worker_threads';

import {isEncoded} from './decode.js';
import {BodyExcess} from './excess.js';
import {type ResultOf, type Task, perform} from './tasks.js';
import type {Answer, Request} from './thread.js';

/** What is plain and no longer than this is read at once: within milliseconds, whatever is in it. */
const AT_ONCE_BYTES = 64 * 1024;

/** Two, so that one body that takes long does not keep all others waiting. */
const MOST_THREADS = 2;

/** A thread that has had nothing to do for so long is ended, and its memory given back, milliseconds. */
const IDLE_MS = 10_000;

/** How long a body may be read, milliseconds: twenty times what a legal one takes. */
const DEADLINE_MS = 20_000;

/** Beyond this a thread is ended by the system: the largest body three times, and a million values. */
const MEMORY_MB = 1024;

/** How much is copied at a time. */
const PIECE_BYTES = 1024 * 1024;

/**
 * Reads a body: at once where that cannot take long, else in a thread, so that nothing else waits for it.
 *
 * @param encoding the value of `content-encoding`; undefined for none.
 * @throws BodyExcess for a body that takes more to be read than any may.
 */
export async function readFrom<T extends Task>(
  raw: Buffer,
  encoding: string | undefined,
  task: T,
): Promise<ResultOf<T>> {
  const isShort = raw.length <= AT_ONCE_BYTES && !isEncoded(encoding);
  const result = await (isShort ? perform(raw, encoding, task) : inThread(raw, encoding, task));
  return result as ResultOf<T>;
}

async function inThread(raw: Buffer, encoding: string | undefined, task: Task): Promise<ResultOf<Task>> {
  const thread = await threads.take();
  let answer: Answer;
  try {
    answer = await ask(thread, raw, {encoding, task});
  } catch (error) {
    threads.end(thread);
    throw error;
  }
  threads.giveBack(thread);
  if ('excess' in answer) throw new BodyExcess(answer.excess);
  if ('problem' in answer) throw new Error(`a body could not be read: ${answer.problem}`);
  return answer.result;
}

/** @throws BodyExcess where the thread had to be ended, or was; it is of no use then. */
async function ask(thread: Worker, raw: Buffer, question: Request): Promise<Answer> {
  const answered = new Promise<Answer>((resolve, reject) => {
    const giveUp = (): void => settle(() => reject(new BodyExcess('work')));
    const timer = setTimeout(giveUp, DEADLINE_MS);
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      thread.off('message', onAnswer).off('error', giveUp).off('exit', giveUp);
      end();
    };
    const onAnswer = (answer: Answer): void => settle(() => resolve(answer));
    thread.on('message', onAnswer).on('error', giveUp).on('exit', giveUp);
  });
  // Seen where it is waited for, which is after the sending.
  answered.catch(() => undefined);
  for (let at = 0; at < raw.length; at += PIECE_BYTES) {
    if (at > 0) await setImmediate();
    const piece = new Uint8Array(raw.subarray(at, at + PIECE_BYTES));
    const request: Request = {piece};
    thread.postMessage(request, [piece.buffer]);
  }
  thread.postMessage(question);
  return answered;
}

/** The threads of this process. They keep it from ending only while they are at work. */
class Threads {
  private readonly idle = new Map<Worker, NodeJS.Timeout>();
  private readonly waiting: ((thread: Worker) => void)[] = [];
  private running = 0;

  async take(): Promise<Worker> {
    const [idle] = this.idle;
    if (idle) {
      const [thread, timer] = idle;
      clearTimeout(timer);
      this.idle.delete(thread);
      thread.ref();
      return thread;
    }
    if (this.running < MOST_THREADS) return this.start();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  giveBack(thread: Worker): void {
    const next = this.waiting.shift();
    if (next) {
      next(thread);
      return;
    }
    thread.unref();
    this.idle.set(thread, setTimeout(() => this.end(thread), IDLE_MS).unref());
  }

  /** Ends one that is not given back. */
  end(thread: Worker): void {
    this.idle.delete(thread);
    this.running -= 1;
    void thread.terminate();
    this.waiting.shift()?.(this.start());
  }

  private start(): Worker {
    this.running += 1;
    const thread = new Worker(threadFile(), {
      name: 'bodies',
      execArgv: [],
      resourceLimits: {maxOldGenerationSizeMb: MEMORY_MB},
    });
    // Heard where an answer is waited for.
    thread.on('error', () => undefined);
    return thread;
  }
}

const threads = new Threads();

/** Threads cannot load TypeScript, so what runs from the sources (tests, bin/dev.js) uses the built file. */
function threadFile(): URL {
  const fromSources = import.meta.url.endsWith('.ts');
  return new URL(fromSources ? '../../../dist/gateway/bodies/thread.js' : './thread.js', import.meta.url);
}
