import {BodyExcess} from '../bodies/excess.js';
import {readFrom} from '../bodies/threads.js';
import {unreadableAnswer} from '../turns/refusal.js';
import {type RawHeaders, headerRecord} from './headers.js';

/** An answer whose body has been read as far as it is judged by; `ended` is false where there is more of it. */
type ReadAnswer = {status: number; headers: RawHeaders; body: Buffer; ended: boolean};

/**
 * What an error answer says: the JSON of its body, or its text; null where it cannot be decoded.
 *
 * @returns `instead`: what the client gets in place of one that is larger, or takes more to be read, than any error is; else null.
 */
export async function readError({
  headers,
  body,
  ended,
}: ReadAnswer): Promise<{told: unknown; instead: Omit<ReadAnswer, 'ended'> | null}> {
  try {
    const told = await readFrom(body, headerRecord(headers)['content-encoding'], {kind: 'error'});
    return {told, instead: ended ? null : ownAnswer(new BodyExcess('size'))};
  } catch (error) {
    if (!(error instanceof BodyExcess)) throw error;
    return {told: null, instead: ownAnswer(error)};
  }
}

function ownAnswer(excess: BodyExcess): Omit<ReadAnswer, 'ended'> {
  const {status, body} = unreadableAnswer(excess);
  return {status, headers: ['content-type', 'application/json'], body: Buffer.from(JSON.stringify(body))};
}
