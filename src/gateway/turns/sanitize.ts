import type {Omissions} from '../bodies/conversation.js';
import type {ThreadMemory} from './affinity.js';
import type {RequestBody} from './request-body.js';
import type {TurnStates} from './turn-states.js';

const TURN_STATE = 'x-codex-turn-state';

/** What stands in the way of sending a request to an account as it is. */
export type AdaptOptions = {
  account: string;
  memory: ThreadMemory | null;
  turnStates: TurnStates;
  /** Leave out all that is sealed: the account could not read some of it. */
  stripAll: boolean;
  /** Leave `previous_response_id` out: it named a pre-warm, whose response held nothing. */
  dropPrevious: boolean;
};

export type Adapted = {
  payload: Buffer;
  /** True when `payload` is no longer the bytes of the client (and no longer encoded). */
  changed: boolean;
  /** Keys of what was left out. */
  left: string[];
};

/**
 * A request as another account can take it: without what only its predecessor can read, without another's turn state.
 * Where nothing has to go the client's own bytes are sent.
 *
 * @throws BodyExcess where it would have to be read, and that takes more than it may.
 */
export async function adapt(body: RequestBody, options: AdaptOptions): Promise<Adapted> {
  const unchanged = {payload: body.raw, changed: false, left: []};
  if (!needsReading(body, options)) return unchanged;
  const sealed = foreignKeys(options);
  const omit = (turnState: boolean): ReturnType<RequestBody['without']> =>
    body.without({sealed, previousResponse: options.dropPrevious, turnState});
  let opened = await omit(false);
  const turnState = opened?.turnState ?? null;
  if (turnState !== null && !options.turnStates.belongsTo(turnState, options.account))
    opened = await omit(true);
  if (opened === null || opened.payload === null) return unchanged;
  const {buffer, byteOffset, byteLength} = opened.payload;
  return {payload: Buffer.from(buffer, byteOffset, byteLength), changed: true, left: opened.left};
}

/** What of a conversation the account cannot read. */
function foreignKeys({memory, account, stripAll}: AdaptOptions): Omissions['sealed'] {
  if (stripAll || (memory !== null && memory.account !== account)) return 'all';
  return memory?.foreign ?? new Set();
}

function needsReading(
  body: RequestBody,
  {account, memory, stripAll, dropPrevious, turnStates}: AdaptOptions,
): boolean {
  if (stripAll || dropPrevious) return true;
  if (memory !== null && (memory.account !== account || memory.foreign.size > 0)) return true;
  const turnState = body.encoding === undefined ? frameTurnState(body.raw) : null;
  return turnState !== null && !turnStates.belongsTo(turnState, account);
}

/** The turn state in a frame, or null. */
export function frameTurnState(raw: Buffer): string | null {
  return frameText(raw, TURN_STATE);
}

/**
 * A plain text member of a frame, found without parsing it: frames may be megabytes long. Inside a JSON string every
 * quote is escaped, so `"key":"` can only be the key itself.
 */
export function frameText(raw: Buffer, key: string): string | null {
  const mark = `"${key}":"`;
  const at = raw.indexOf(mark);
  if (at === -1) return null;
  const start = at + mark.length;
  const end = raw.indexOf('"', start);
  return end === -1 ? null : raw.toString('utf8', start, end);
}
