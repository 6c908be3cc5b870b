import {isIP} from 'node:net';

import {isLoopback} from '../../codex/backend/loopback.js';
import {usageError} from '../../errors/index.js';
import {caoLine} from '../../files/text/shell-words.js';

/** @throws CaoError `usage` for an address beyond loopback without the flag that says it is meant. */
export function requireSafeBind(bindAddress: string, allowRemote: boolean): void {
  if (isLoopback(bindAddress) || allowRemote) return;
  throw usageError(
    `Binding to ${bindAddress} lets other machines reach your accounts.`,
    'Leave --bind out to stay on this machine.',
    `If you mean it: add --allow-remote. Clients then need the secret (${caoLine('gateway', 'token')}).`,
  );
}

/**
 * Why a request is refused by where it was addressed or comes from, or null. A web page that the user visits can make
 * a browser ask loopback: it always sends `Origin`, or (DNS rebinding) a `Host` that is not ours.
 */
export function hostProblem(
  headers: {host?: string | undefined; origin?: string | undefined},
  bindAddress: string,
): string | null {
  if (headers.origin !== undefined) return 'Requests of web pages are refused.';
  const host = hostName(headers.host ?? '');
  if (host === null) return 'The Host header is missing or not valid.';
  if (isLoopback(host) || host === bindAddress.toLowerCase()) return null;
  // Bound to every address there is no one name; an address cannot be rebound as a name can.
  const wildcard = bindAddress === '0.0.0.0' || bindAddress === '::';
  return wildcard && isIP(host) !== 0 ? null : 'The Host header does not name this gateway.';
}

function hostName(host: string): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:/@\s]+))(?::\d+)?$/i.exec(host);
  return (match?.[1] ?? match?.[2])?.toLowerCase() ?? null;
}
