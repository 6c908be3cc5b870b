import {join} from 'node:path';

import {withLock} from '../../files/lock.js';
import {REFRESH_TIMEOUT_MS} from '../backend/timeouts.js';
import {closeLogin} from './auth-file.js';
import {mayHoldSuccessor, takeUpSuccessor} from './login-slot.js';

/** Runs `work` while nobody refreshes the login of this home: for whoever replaces the login itself. */
export async function withLoginLock<T>(home: string, work: () => Promise<T>): Promise<T> {
  const locked = async (): Promise<T> => {
    await closeLogin(home);
    await takeUpSuccessor(home);
    return work();
  };
  return withLock(join(home, 'cao-refresh.lock'), locked, {timeoutMs: REFRESH_TIMEOUT_MS * 2});
}

/**
 * Makes the login of a home whole where a process was killed in the middle of a refresh: to be called before anybody else
 * reads it, such as Codex, which would spend the token that is spent already.
 */
export async function completeLogin(home: string): Promise<void> {
  if (await mayHoldSuccessor(home)) await withLoginLock(home, () => Promise.resolve());
}
