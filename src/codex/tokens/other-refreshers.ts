import {codexesIn} from '../process/home-users.js';
import {RELAYED_PARAMETER, TOKEN_URL_VARIABLE, WITHOUT_REFRESH} from './token-endpoint.js';

/** A gateway asks for each request, and there are many processes. One that is not there may be the next moment. */
const SIGHT_HOLDS_MS = 5000;

/** When a Codex was last seen in a home, by `performance.now()`. */
const seenAt = new Map<string, number>();

/**
 * Whether a Codex is at work in a home that renews its tokens by itself: one that was not started by `cao`. Those that were
 * have them renewed here ({@link RELAYED_PARAMETER}), or not at all.
 */
export async function isRenewedByCodex(home: string): Promise<boolean> {
  const now = performance.now();
  if (now - (seenAt.get(home) ?? -Infinity) < SIGHT_HOLDS_MS) return true;
  const isThere = (await codexesIn(home, isOurs)).length > 0;
  if (isThere) seenAt.set(home, now);
  return isThere;
}

function isOurs(environment: string): boolean {
  const assignment = `${TOKEN_URL_VARIABLE}=`;
  const url = environment
    .split('\0')
    .find((variable) => variable.startsWith(assignment))
    ?.slice(assignment.length);
  return (
    url !== undefined && (url.includes(RELAYED_PARAMETER) || url === WITHOUT_REFRESH[TOKEN_URL_VARIABLE])
  );
}
