import {codexesIn} from '../process/home-users.js';
import {RELAYED_PARAMETER, TOKEN_URL_VARIABLE, WITHOUT_REFRESH} from './token-endpoint.js';

/** A gateway asks for each request, and there are many processes. */
const LOOK_HOLDS_MS = 5000;

const lookedAt = new Map<string, {atMs: number; found: Promise<boolean>}>();

/**
 * Whether a Codex is at work in a home that renews its tokens by itself: one that was not started by `cao`. Those that were
 * have them renewed here ({@link RELAYED_PARAMETER}), or not at all.
 */
export async function isRenewedByCodex(home: string): Promise<boolean> {
  const nowMs = performance.now();
  const seen = lookedAt.get(home);
  if (seen && nowMs - seen.atMs < LOOK_HOLDS_MS) return seen.found;
  const found = codexesIn(home, isOurs).then((pids) => pids.length > 0);
  lookedAt.set(home, {atMs: nowMs, found});
  return found;
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
