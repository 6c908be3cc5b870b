import {createHash} from 'node:crypto';

import {isSealedSummary, openItem, sealedTexts} from '../../codex/threads/sealed-items.js';
import {asRecord, asText} from '../../files/json-values.js';
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
 */
export async function adapt(body: RequestBody, options: AdaptOptions): Promise<Adapted> {
  const unchanged = {payload: body.raw, changed: false, left: []};
  if (!needsReading(body, options)) return unchanged;
  const json = await body.json();
  if (json === null) return unchanged;
  const left: string[] = [];
  const next: Record<string, unknown> = {...json};
  if (Array.isArray(json['input'])) {
    const kept = (json['input'] as unknown[]).map((item) => {
      const keys = keysOf(item);
      if (!keys.some((key) => isForeign(key, options))) return item;
      left.push(...keys);
      return asRecord(item)?.['type'] === 'reasoning' ? null : openItem(item);
    });
    if (left.length > 0) next['input'] = kept.filter((item) => item !== null);
  }
  let changed = left.length > 0;
  if (options.dropPrevious && 'previous_response_id' in next) {
    delete next['previous_response_id'];
    changed = true;
  }
  const metadata = asRecord(json['client_metadata']);
  const turnState = asText(metadata?.[TURN_STATE]);
  if (metadata && turnState !== null && !options.turnStates.belongsTo(turnState, options.account)) {
    next['client_metadata'] = Object.fromEntries(
      Object.entries(metadata).filter(([key]) => key !== TURN_STATE),
    );
    changed = true;
  }
  return changed ? {payload: Buffer.from(JSON.stringify(next)), changed, left} : unchanged;
}

/** Whether a conversation holds a summary that only its maker can read and that cannot be left out. */
export async function holdsSealedSummary(body: RequestBody): Promise<boolean> {
  const input = (await body.json())?.['input'];
  return Array.isArray(input) && input.some(isSealedSummary);
}

/** Keys of all that is sealed in a conversation, but for a compaction's summary. */
export async function sealedKeys(body: RequestBody): Promise<string[]> {
  const input = (await body.json())?.['input'];
  return Array.isArray(input) ? input.flatMap(keysOf) : [];
}

function isForeign(key: string, {memory, account, stripAll}: AdaptOptions): boolean {
  if (stripAll || memory === null) return stripAll;
  return memory.account !== account || memory.foreign.has(key);
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

/**
 * Short keys for what only its maker can read in an item. Reasoning counts whatever is in it. A compaction's summary has
 * none: it cannot be left out.
 */
function keysOf(item: unknown): string[] {
  if (isSealedSummary(item)) return [];
  const fields = asRecord(item);
  const sealed = sealedTexts(fields);
  if (sealed.length === 0 && fields?.['type'] === 'reasoning') sealed.push(asText(fields['id']) ?? '');
  return sealed.map((text) => createHash('sha256').update(text).digest('base64url').slice(0, 16));
}
