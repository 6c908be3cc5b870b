import {createHash} from 'node:crypto';

import {isSealedSummary, openItem, sealedTexts} from '../../codex/threads/sealed-items.js';
import {asRecord, asText} from '../../files/json-values.js';

const TURN_STATE = 'x-codex-turn-state';

/** What a request says of itself; each null where it does not. */
export type RequestFacts = {type: string | null; model: string | null; promptCacheKey: string | null};

/** What of a conversation only its makers can read. */
export type Sealed = {
  /** Of all but the summary of a compaction, which cannot be left out. */
  keys: string[];
  /** Whether there is such a summary. */
  summary: boolean;
};

/** What is to be left out of a request. */
export type Omissions = {
  /** Items with something sealed of these keys. */
  sealed: 'all' | ReadonlySet<string>;
  previousResponse: boolean;
  turnState: boolean;
};

export type Opened = {
  /** Null where nothing had to go. */
  json: Record<string, unknown> | null;
  /** Keys of what was left out. */
  left: string[];
  /** The turn state in the request, left out or not. */
  turnState: string | null;
};

export function factsOf(json: Record<string, unknown>): RequestFacts {
  const [type, model, promptCacheKey] = ['type', 'model', 'prompt_cache_key'].map((key) => asText(json[key]));
  return {type: type ?? null, model: model ?? null, promptCacheKey: promptCacheKey ?? null};
}

export function sealedIn(json: Record<string, unknown>): Sealed {
  const input = inputOf(json);
  return {keys: input.flatMap(keysOf), summary: input.some(isSealedSummary)};
}

/** A request without what its next account can do nothing with. */
export function without(json: Record<string, unknown>, omissions: Omissions): Opened {
  const {sealed} = omissions;
  const next: Record<string, unknown> = {...json};
  const left = new Set<string>();
  const kept = inputOf(json).map((item) => {
    const keys = keysOf(item);
    if (!keys.some((key) => sealed === 'all' || sealed.has(key))) return item;
    for (const key of keys) left.add(key);
    return asRecord(item)?.['type'] === 'reasoning' ? null : openItem(item);
  });
  if (left.size > 0) next['input'] = kept.filter((item) => item !== null);
  let changed = left.size > 0;
  if (omissions.previousResponse && 'previous_response_id' in next) {
    delete next['previous_response_id'];
    changed = true;
  }
  const metadata = asRecord(json['client_metadata']);
  const turnState = asText(metadata?.[TURN_STATE]);
  if (metadata && turnState !== null && omissions.turnState) {
    next['client_metadata'] = Object.fromEntries(
      Object.entries(metadata).filter(([key]) => key !== TURN_STATE),
    );
    changed = true;
  }
  return {json: changed ? next : null, left: [...left], turnState};
}

function inputOf(json: Record<string, unknown>): readonly unknown[] {
  return Array.isArray(json['input']) ? (json['input'] as unknown[]) : [];
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
