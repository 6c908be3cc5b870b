import {execFile} from 'node:child_process';
import {promisify} from 'node:util';

import {asRecord, asText} from '../../files/json-values.js';
import {messageOf} from '../../errors/index.js';

const TIMEOUT_MS = 30_000;

/**
 * Has Codex take a thread out of its archive: its databases remember what is archived, so the file alone would not do.
 * Its sub-agents come out with it.
 *
 * @param env that of the home.
 * @returns why Codex did not; null when it did.
 */
export async function unarchive(binary: string, id: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  try {
    await promisify(execFile)(binary, ['unarchive', id], {env, timeout: TIMEOUT_MS});
    return null;
  } catch (error) {
    const said = asText(asRecord(error)?.['stderr'])?.trim().split('\n').at(-1);
    return said ?? messageOf(error);
  }
}
