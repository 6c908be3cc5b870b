import {BodyExcess} from '../bodies/excess.js';
import {readFrom} from '../bodies/threads.js';
import {unreadableAnswer} from '../turns/refusal.js';
import {type RawHeaders, headerRecord} from './headers.js';

/** An answer whose body has been read as far as it is judged by. */
type ReadAnswer = {status: number; headers: RawHeaders; body: Buffer};

/**
 * What an error answer says: the JSON of its body, or its text; null where it cannot be decoded.
 *
 * @returns `instead`: what the client gets in place of one that takes more to be read than any answer may, else null.
 */
export async function readError({
  headers,
  body,
}: ReadAnswer): Promise<{told: unknown; instead: ReadAnswer | null}> {
  try {
    const told = await readFrom(body, headerRecord(headers)['content-encoding'], {kind: 'error'});
    return {told, instead: null};
  } catch (error) {
    if (!(error instanceof BodyExcess)) throw error;
    const {status, body: own} = unreadableAnswer(error);
    const text = Buffer.from(JSON.stringify(own));
    return {told: null, instead: {status, headers: ['content-type', 'application/json'], body: text}};
  }
}
