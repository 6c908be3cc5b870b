import {readUpTo} from '../../files/bounded-read.js';
import {readFrom} from '../bodies/threads.js';
import {headerRecord} from './headers.js';
import type {HttpAnswer} from './http-answer.js';

/** A catalogue with the instructions for each model is a tenth of that. */
const MOST_LIST_BYTES = 4 * 1024 * 1024;

/**
 * Reads an answer of `GET models` as a whole before it is handed on: Codex can do nothing with a part of it.
 *
 * @returns what was read, to be handed on first; the models that the account is offered, null where that cannot be told.
 * @throws the body's own error; Error when it breaks off.
 */
export async function readModelAnswer({
  body,
  held,
  headers,
}: HttpAnswer): Promise<{held: Buffer[]; models: string[] | null}> {
  const {bytes, ended} = await readUpTo(body, MOST_LIST_BYTES);
  const read = [...held, bytes];
  return {held: read, models: ended ? await modelsIn(read, headerRecord(headers)['content-encoding']) : null};
}

async function modelsIn(read: readonly Buffer[], encoding: string | undefined): Promise<string[] | null> {
  try {
    return await readFrom(Buffer.concat(read), encoding, {kind: 'models'});
  } catch {
    return null;
  }
}
