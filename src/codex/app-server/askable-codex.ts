import {availableParallelism} from 'node:os';

import pLimit from 'p-limit';

import {CaoError} from '../../errors/index.js';
import {findCodex} from '../process/binary.js';
import {type AppServer, type AppServerOptions, withAppServer} from './app-server.js';
import {NoAppServer} from './failure.js';

/** Each takes a core for half a second, and some 100 MB. */
const MOST_AT_ONCE = Math.min(availableParallelism(), 4);

/**
 * The Codex of this machine, as far as it can be asked about accounts: a few homes at once, and none any more after it
 * has shown that it cannot be.
 */
export class AskableCodex {
  private readonly limit = pLimit(MOST_AT_ONCE);

  private constructor(private binary: string | null) {}

  /** @param choice as for `findCodex`. No Codex at all is one that cannot be asked. */
  static async find(choice?: string): Promise<AskableCodex> {
    try {
      return new AskableCodex(await findCodex(choice));
    } catch (error) {
      if (error instanceof CaoError && error.code === 'codex_not_found') return new AskableCodex(null);
      throw error;
    }
  }

  /**
   * Asks the Codex of a home.
   *
   * @returns null where there is no Codex that can be asked.
   * @throws AppServerError of `question`; the signal's reason when that was aborted.
   */
  ask<T>(
    options: Omit<AppServerOptions, 'binary'>,
    question: (server: AppServer) => Promise<T>,
  ): Promise<T | null> {
    return this.limit(async () => {
      const {binary} = this;
      if (binary === null) return null;
      try {
        return await withAppServer({...options, binary}, question);
      } catch (error) {
        if (!(error instanceof NoAppServer)) throw error;
        this.binary = null;
        return null;
      }
    });
  }
}
