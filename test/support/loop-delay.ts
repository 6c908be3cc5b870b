import {monitorEventLoopDelay} from 'node:perf_hooks';
import {setTimeout as sleep} from 'node:timers/promises';

/** How long the event loop of this process was held up at most while something was done, milliseconds, and its result. */
export async function loopDelayDuring<T>(work: () => Promise<T>): Promise<{delayMs: number; value: T}> {
  const monitor = monitorEventLoopDelay({resolution: 5});
  monitor.enable();
  // What was going on before is not counted; nor is, after a reset, all until its timer has fired once more.
  await sleep(10);
  monitor.reset();
  await sleep(10);
  try {
    const value = await work();
    await sleep(10);
    return {delayMs: monitor.max / 1e6, value};
  } finally {
    monitor.disable();
  }
}

/** How long something takes that is done at once, milliseconds. */
export function timeOf(work: () => unknown): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}
