import {AsyncLocalStorage} from 'node:async_hooks';
import type {EventEmitter} from 'node:events';

import {isOutputFailure} from '../../files/output-failure.js';

/**
 * What becomes of an error that nothing else has dealt with: a promise that nobody waits for, a callback of an emitter or
 * a timer. It must not end the process, for everybody else's turns are in it too. Whoever gets here is a fault of the
 * gateway: every way in has a place of its own where it fails.
 */
export class LastDefence {
  private readonly work = new AsyncLocalStorage<Work>();
  private readonly listener = (error: unknown): void => this.reached(error);

  /**
   * @param tell told of each such error; must not throw.
   * @param alone the process is the gateway's own; else errors that come of nothing that it does are left to end it.
   */
  constructor(
    private readonly tell: (error: unknown) => void,
    private readonly alone: boolean,
  ) {}

  /** From now on, until {@link end}. */
  begin(): void {
    for (const event of EVENTS) process.on(event, this.listener);
  }

  end(): void {
    for (const event of EVENTS) process.off(event, this.listener);
  }

  /**
   * Does some work for which nobody waits.
   *
   * @param giveUp ends what it is for, should it fail.
   * @param subject what it is for, over when it emits `close`.
   */
  guard(work: () => Promise<void>, giveUp: () => void, subject: EventEmitter): void {
    const current: Work = {giveUp};
    // A connection to the backend outlasts the request that it was opened in, and keeps what it was opened in from going.
    subject.once('close', () => (current.giveUp = null));
    this.work.run(current, () => {
      work().catch((error: unknown) => this.reached(error));
    });
  }

  private reached(error: unknown): void {
    if (isOutputFailure(error)) return;
    const work = this.work.getStore();
    if (work === undefined && !this.alone) throw error;
    this.tell(error);
    try {
      work?.giveUp?.();
    } catch (failure) {
      this.tell(failure);
    }
  }
}

/** How to give up what the present work is for; null when that is over. */
type Work = {giveUp: (() => void) | null};

const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;
