/**
 * Tells how a process stands, whenever it is sent SIGUSR2: a preload for `node --expose-gc`. Each time one line of JSON
 * goes to the file that CAO_TEST_PROBE names: the bytes that are left after a full collection, and the longest time in
 * milliseconds for which its event loop was held up since the last one.
 */
import {appendFileSync} from 'node:fs';
import {monitorEventLoopDelay} from 'node:perf_hooks';
import {isMainThread} from 'node:worker_threads';

if (isMainThread) {
  const delay = monitorEventLoopDelay({resolution: 5});
  delay.enable();
  process.on('SIGUSR2', () => {
    const longestDelayMs = delay.max / 1e6;
    globalThis.gc?.();
    globalThis.gc?.();
    const {heapUsed, external, rss} = process.memoryUsage();
    appendFileSync(
      process.env.CAO_TEST_PROBE,
      `${JSON.stringify({heapUsed, external, rss, longestDelayMs})}\n`,
    );
    // The collection has held it up as well, which is not the process's own doing.
    setImmediate(() => delay.reset());
  });
}
