import {stat} from 'node:fs/promises';
import {join} from 'node:path';

import {ifThere, readTextIfThere} from '../../files/absent.js';
import {asRecord, asText, parseJson} from '../../files/json-values.js';

/** The whole catalogue of today, with the instructions for each model, is a tenth of that. */
const MOST_CACHE_BYTES = 8 * 1024 * 1024;

/**
 * The names of the models in an answer of `GET models`, and in the `models_cache.json` that Codex makes of it: those that
 * the account is offered, hidden ones too. What the backend takes may be more, or less.
 *
 * @returns null for anything else, and for an empty list, as backends without the route answer one.
 */
export function readModelList(answer: unknown): string[] | null {
  const models = asRecord(answer)?.['models'];
  if (!Array.isArray(models)) return null;
  const names = models.flatMap((model) => asText(asRecord(model)?.['slug']) ?? []);
  return names.length === 0 ? null : [...new Set(names)];
}

/**
 * The models that the Codex of a home was told after a time, when it asked the backend itself. Its cache may also hold what
 * it was told through a gateway, which is another account's: whoever asks knows that it was not led through one meanwhile.
 *
 * @param sinceMs milliseconds since the epoch.
 * @returns null where it was told none since, or its cache cannot be read.
 */
export async function modelsToldSince(home: string, sinceMs: number): Promise<string[] | null> {
  const path = join(home, 'models_cache.json');
  try {
    const stats = await ifThere(() => stat(path));
    // Most runs start within the five minutes in which Codex keeps what it has.
    if (!stats?.isFile() || stats.mtimeMs < sinceMs || stats.size > MOST_CACHE_BYTES) return null;
    const cache = asRecord(parseJson((await readTextIfThere(path)) ?? ''));
    return Date.parse(asText(cache?.['fetched_at']) ?? '') >= sinceMs ? readModelList(cache) : null;
  } catch {
    return null;
  }
}
