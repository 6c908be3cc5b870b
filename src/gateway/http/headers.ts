import {ACCOUNT_HEADERS, RESIDENCY_HEADER, accountHeaders} from '../../codex/backend/account-headers.js';
import type {Lease} from '../pool/credentials.js';

/** Headers of one connection, not of the message (RFC 9110, 7.6.1), and those that the next hop sets itself. */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const TURN_STATE = 'x-codex-turn-state';

/** Names and values in turn, as node and undici hand them over: spelling, order and repetition are kept. */
export type RawHeaders = string[];

/** What changes in a request's headers on the way up. */
export type UpstreamHeaderOptions = {
  /** Null leaves the client's own credentials in place. */
  lease: Lease | null;
  ownsTurnState: (value: string) => boolean;
  /** Names, in lower case, to leave out besides. */
  without?: readonly string[];
};

/** A client's headers as the backend gets them: the account's credentials, nothing of the connection. */
export function upstreamHeaders(raw: RawHeaders, options: UpstreamHeaderOptions): RawHeaders {
  const {lease, ownsTurnState} = options;
  const dropped = new Set([...connectionNames(raw), 'content-length', ...(options.without ?? [])]);
  if (lease) for (const name of clientsOwn(raw, lease)) dropped.add(name);
  const result: RawHeaders = [];
  for (const [name, value] of pairs(raw)) {
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || dropped.has(lower)) continue;
    if (lower === TURN_STATE && !ownsTurnState(value)) continue;
    result.push(name, value);
  }
  if (lease) for (const header of Object.entries(accountHeaders(lease))) result.push(...header);
  return result;
}

/** What of a client's headers is of its own account. */
function clientsOwn(raw: RawHeaders, {workspaceId}: Lease): string[] {
  const clientsWorkspace = headerRecord(raw)['chatgpt-account-id'];
  const isSame = workspaceId !== null && clientsWorkspace === workspaceId;
  return isSame ? [...ACCOUNT_HEADERS] : [...ACCOUNT_HEADERS, RESIDENCY_HEADER];
}

/** A response's headers as the client gets them. */
export function downstreamHeaders(raw: RawHeaders): RawHeaders {
  const named = connectionNames(raw);
  return pairs(raw).flatMap(([name, value]) => {
    const lower = name.toLowerCase();
    return HOP_BY_HOP.has(lower) || named.has(lower) ? [] : [name, value];
  });
}

/** By lower-case name; repeated ones joined. */
export function headerRecord(raw: RawHeaders): Record<string, string> {
  const record: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of pairs(raw)) {
    const lower = name.toLowerCase();
    record[lower] = record[lower] === undefined ? value : `${record[lower]}, ${value}`;
  }
  return {...record};
}

function connectionNames(raw: RawHeaders): Set<string> {
  return new Set(
    pairs(raw)
      .filter(([name]) => name.toLowerCase() === 'connection')
      .flatMap(([, value]) => value.split(',').map((name) => name.trim().toLowerCase())),
  );
}

export function pairs(raw: RawHeaders): [string, string][] {
  const result: [string, string][] = [];
  for (let n = 0; n + 1 < raw.length; n += 2) result.push([raw[n] ?? '', raw[n + 1] ?? '']);
  return result;
}
