import {AsyncLocalStorage} from 'node:async_hooks';

/**
 * What becomes of an error that nothing else has dealt with: a promise that nobody waits for, a callback of an emitter or
 * a timer. It must not end the process, for everybody else's turns are in it too. Whoever gets here is a fault of the
 * gateway: every way in has a place of its own where it fails.
 */
export class LastDefence {
  /** How to give up what the present work is for. */
  private readonly work = new AsyncLocalStorage<() => void>();
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

  /** Does some work for which nobody waits. @param giveUp ends what it is for, should it fail. */
  guard(work: () => Promise<void>, giveUp: () => void): void {
    this.work.run(giveUp, () => {
      work().catch((error: unknown) => this.reached(error));
    });
  }

  private reached(error: unknown): void {
    const giveUp = this.work.getStore();
    if (giveUp === undefined && !this.alone) throw error;
    this.tell(error);
    try {
      giveUp?.();
    } catch (failure) {
      this.tell(failure);
    }
  }
}

const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;
