import {open} from 'node:fs/promises';

import {hasErrorCode} from '../../errors/index.js';
import {linesFromEnd} from '../../files/file-ends.js';
import {readLines} from '../../files/lines.js';
import {asRecord, asText, parseRecord} from '../../files/json-values.js';

/** One line of a rollout. `payload.type` names what it is about. */
export type RolloutLine = {timestampMs: number; type: string; payload: Record<string, unknown>};

/** The first line of a rollout. */
export type SessionMeta = {
  id: string;
  cwd: string | null;
  startedAtMs: number;
  payload: Record<string, unknown>;
};

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
};

const ROLLOUT_NAME = /rollout-.+-([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.jsonl$/;

/** The thread id in the name of a rollout file, or null. */
export function threadIdOfRollout(path: string): string | null {
  return ROLLOUT_NAME.exec(path)?.[1] ?? null;
}

/** The lines of a rollout, whole ones only: Codex may be writing the last. Unreadable lines are left out. */
export async function* readRollout(path: string): AsyncGenerator<RolloutLine> {
  for await (const {bytes} of readLines(path)) {
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
    for await (const {bytes} of readLines(path)) {
      const parsed = parseRolloutLine(bytes.toString('utf8'));
      const id = asText(parsed?.payload['id']);
      if (parsed?.type !== 'session_meta' || id === null) return null;
      const {payload, timestampMs} = parsed;
      return {id, cwd: asText(payload['cwd']), startedAtMs: timestampMs, payload};
    }
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT', 'EISDIR')) throw error;
  }
  return null;
}

/** The time of the last readable line, milliseconds since the epoch; 0 when there is none. Reads the end alone. */
export async function lastWrittenAtMs(path: string): Promise<number> {
  const file = await open(path, 'r');
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
  const summary: RolloutSummary = {lastTurn: null, rateLimits: null, model: null, producedOutput: false};
  for await (const line of readRollout(path)) {
    if (line.timestampMs < sinceMs) continue;
    if (line.type === 'response_item' && isModelOutput(line.payload)) summary.producedOutput = true;
    if (line.type === 'turn_context') summary.model = asText(line.payload['model']) ?? summary.model;
    if (line.type === 'event_msg') applyEvent(summary, line.payload);
  }
  return summary;
}

/** Output of the model, or of a tool that it ran: what would be lost or repeated by starting over. */
export function isModelOutput(item: Record<string, unknown>): boolean {
  const type = asText(item['type']);
  if (type === 'message') return item['role'] === 'assistant';
  return type !== null && type !== 'additional_tools' && type !== 'ghost_snapshot';
}

function applyEvent(summary: RolloutSummary, event: Record<string, unknown>): void {
  switch (event['type']) {
    case 'task_started':
    case 'turn_started':
      summary.lastTurn = {ended: 'open'};
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
