import {stat} from 'node:fs/promises';

import {hasErrorCode} from '../../errors/index.js';
import {linesFromEnd} from '../../files/file-ends.js';
import {asNumber, asRecord, asText, parseRecord} from '../../files/json-values.js';
import {openRegular} from '../../files/regular-file.js';
import {isCold, plainName, rolloutLines} from './rollout-lines.js';

/** One line of a rollout. `payload.type` names what it is about. */
export type RolloutLine = {timestampMs: number; type: string; payload: Record<string, unknown>};

/** The first line of a rollout. */
export type SessionMeta = {
  id: string;
  cwd: string | null;
  startedAtMs: number;
  /** The model provider that it was begun with; null where that is not told. */
  provider: string | null;
  /** Begun by another thread (a sub-agent, a review), not by a person. */
  internal: boolean;
  /** The thread that began it; null where a person did, and where it is not told. */
  parentId: string | null;
  /** The thread of which it is a fork; null for any other. */
  forkedFrom: string | null;
  /** Where its past lies when that is not in its own rollout; null when it is. */
  base: HistoryBase | null;
};

/** The beginning of another thread's rollout, which is a fork's past. */
export type HistoryBase = {threadId: string; endByte: number};

/** How the last turn that a rollout tells of ended. */
export type LastTurn =
  | {ended: 'completed'}
  | {ended: 'failed'; error: {message: string; codexErrorInfo: string | null}}
  | {ended: 'interrupted'}
  /** Begun and not ended: the process died, or still works. */
  | {ended: 'open'};

/** What a rollout says of the time since `sinceMs`. */
export type RolloutSummary = {
  lastTurn: LastTurn | null;
  /** `rate_limits` of the last `token_count`. */
  rateLimits: unknown;
  /** The model that the last turn asked for; null where none says. */
  model: string | null;
  /** Whether the thread has answered, reasoned or used a tool in that time. */
  producedOutput: boolean;
  /** When the last turn began, milliseconds since the epoch; null when none did in that time. */
  turnBeganAtMs: number | null;
};

const ROLLOUT_NAME = /rollout-.+-([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.jsonl$/;

/** The thread id in the name of a rollout file, compressed or not; null for any other file. */
export function threadIdOfRollout(path: string): string | null {
  return ROLLOUT_NAME.exec(plainName(path))?.[1] ?? null;
}

/** The lines of a rollout, whole ones only: Codex may be writing the last. Unreadable lines are left out. */
export async function* readRollout(path: string): AsyncGenerator<RolloutLine> {
  for await (const {bytes} of rolloutLines(path)) {
    const parsed = parseRolloutLine(bytes.toString('utf8'));
    if (parsed) yield parsed;
  }
}

/** @returns null for anything that is not a rollout line. */
export function parseRolloutLine(line: string): RolloutLine | null {
  const record = parseRecord(line);
  const type = asText(record?.['type']);
  if (!record || type === null) return null;
  const timestampMs = Date.parse(asText(record['timestamp']) ?? '');
  return {
    timestampMs: Number.isNaN(timestampMs) ? 0 : timestampMs,
    type,
    payload: asRecord(record['payload']) ?? {},
  };
}

/** Reads the first line alone. @returns null when it is not a `session_meta`, or the file has gone. */
export async function readSessionMeta(path: string): Promise<SessionMeta | null> {
  try {
    for await (const {bytes} of rolloutLines(path)) {
      const parsed = parseRolloutLine(bytes.toString('utf8'));
      return parsed && sessionMetaIn(parsed);
    }
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT', 'EISDIR')) throw error;
  }
  return null;
}

/** What the first line of a rollout says. @returns null for any other line */
export function sessionMetaIn({type, payload, timestampMs}: RolloutLine): SessionMeta | null {
  const id = asText(payload['id']);
  if (type !== 'session_meta' || id === null) return null;
  const parentId = asText(payload['parent_thread_id']);
  const base = historyBaseIn(payload['history_base']);
  return {
    id,
    cwd: asText(payload['cwd']),
    startedAtMs: timestampMs,
    provider: asText(payload['model_provider']),
    // A user may call the source of a thread what they like; a sub-agent is told by any of these.
    internal:
      parentId !== null || asRecord(payload['source']) !== null || payload['thread_source'] === 'subagent',
    parentId,
    forkedFrom: asText(payload['forked_from_id']) ?? base?.threadId ?? null,
    base,
  };
}

function historyBaseIn(value: unknown): HistoryBase | null {
  const base = asRecord(value);
  const threadId = asText(base?.['thread_id']);
  const endByte = asNumber(base?.['end_byte_offset']);
  return threadId === null || endByte === null ? null : {threadId, endByte};
}

/**
 * When a rollout was last used, milliseconds since the epoch, without decompressing all of it: Codex leaves a file its
 * time when it compresses it, but not when it takes it out of the archive. {@link lastWrittenAtMs} knows exactly.
 */
export async function lastUsedAtMs(path: string): Promise<number> {
  return isCold(path) ? Math.round((await stat(path)).mtimeMs) : lastWrittenAtMs(path);
}

/**
 * The time of the last readable line, milliseconds since the epoch; 0 when there is none. Reads the end alone, but the
 * whole where it is compressed.
 */
export async function lastWrittenAtMs(path: string): Promise<number> {
  if (isCold(path)) {
    let writtenAtMs = 0;
    for await (const {timestampMs} of readRollout(path)) writtenAtMs = timestampMs || writtenAtMs;
    return writtenAtMs;
  }
  const file = await openRegular(path);
  try {
    for await (const {bytes} of linesFromEnd(file, (await file.stat()).size)) {
      const writtenAtMs = parseRolloutLine(bytes.toString('utf8'))?.timestampMs ?? 0;
      if (writtenAtMs > 0) return writtenAtMs;
    }
    return 0;
  } finally {
    await file.close();
  }
}

/** What happened in a thread from `sinceMs` (milliseconds since the epoch) on. */
export async function summarizeRollout(path: string, sinceMs: number): Promise<RolloutSummary> {
  const summary: RolloutSummary = {
    lastTurn: null,
    rateLimits: null,
    model: null,
    producedOutput: false,
    turnBeganAtMs: null,
  };
  for await (const line of readRollout(path)) {
    if (line.timestampMs < sinceMs) continue;
    if (line.type === 'response_item' && isModelOutput(line.payload)) summary.producedOutput = true;
    if (line.type === 'turn_context') summary.model = asText(line.payload['model']) ?? summary.model;
    if (line.type === 'event_msg') applyEvent(summary, line);
  }
  return summary;
}

/** Output of the model, or of a tool that it ran: what would be lost or repeated by starting over. */
export function isModelOutput(item: Record<string, unknown>): boolean {
  const type = asText(item['type']);
  if (type === 'message') return item['role'] === 'assistant';
  return type !== null && type !== 'additional_tools' && type !== 'ghost_snapshot';
}

function applyEvent(summary: RolloutSummary, {payload: event, timestampMs}: RolloutLine): void {
  switch (event['type']) {
    case 'task_started':
    case 'turn_started':
      summary.lastTurn = {ended: 'open'};
      summary.turnBeganAtMs = timestampMs;
      break;
    case 'task_complete':
    case 'turn_complete':
      summary.lastTurn = endOf(event);
      break;
    case 'turn_aborted':
      summary.lastTurn = {ended: 'interrupted'};
      break;
    case 'token_count':
      summary.rateLimits = event['rate_limits'] ?? summary.rateLimits;
      break;
    default:
  }
}

function endOf(event: Record<string, unknown>): LastTurn {
  const error = asRecord(event['error']);
  if (!error) return {ended: 'completed'};
  const info = error['codex_error_info'];
  return {
    ended: 'failed',
    error: {
      message: asText(error['message']) ?? 'unknown error',
      // Some errors carry details: `{"response_stream_disconnected": {…}}`; the key is the code.
      codexErrorInfo: asText(info) ?? Object.keys(asRecord(info) ?? {})[0] ?? null,
    },
  };
}
