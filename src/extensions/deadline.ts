/**
 * Runs `work` for at most `ms` milliseconds. The timer is not unref'd on purpose: with nothing else to wait for, a
 * promise that never settles would end the process silently.
 *
 * @throws Error `timed out after … ms`; `signal` is aborted then.
 */
export async function withDeadline<T>(ms: number, work: (signal: AbortSignal) => T | Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      controller.abort();
      reject(new Error(`timed out after ${ms} ms`));
    }, ms);
  });
  try {
    return await Promise.race([Promise.resolve().then(() => work(controller.signal)), expired]);
  } finally {
    clearTimeout(timer);
  }
}
