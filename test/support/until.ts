import {setTimeout as sleep} from 'node:timers/promises';

/** What `look` finds, as soon as that is not false, null or undefined. @throws Error after `timeoutMs` */
export async function until<T>(
  look: () => T | Promise<T>,
  what: string,
  timeoutMs = 10_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== false && found !== null && found !== undefined) {
      return found as NonNullable<Exclude<T, false>>;
    }
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await sleep(10);
  }
}
