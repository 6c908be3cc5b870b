import type {CodexAuth} from '../codex/login/auth-shape.js';
import {type Identity, identityOf} from '../codex/login/identity.js';

/**
 * Whether two logins are the same one: user and workspace, never the e-mail alone, which can hold several workspaces.
 * Where one of them does not say its user, the e-mail within one workspace decides.
 */
export function isSameLogin(a: CodexAuth, b: CodexAuth): boolean {
  if (sharesCredential(a, b)) return true;
  const one = identityOf(a);
  const other = identityOf(b);
  if (!isKnown(one) || !isKnown(other) || one.workspaceId !== other.workspaceId) return false;
  if (one.userId !== null && other.userId !== null) return one.userId === other.userId;
  if (one.workspaceId === null) return false;
  if (one.email !== null && other.email !== null) {
    return one.email.toLowerCase() === other.email.toLowerCase();
  }
  return one.userId === other.userId;
}

/** Whether the tokens say at all whose they are. */
export function isIdentified(auth: CodexAuth): boolean {
  return isKnown(identityOf(auth));
}

/** Whether `a` was refreshed later than `b`; where one does not say, whether its token was issued for later. */
export function isFresher(a: CodexAuth, b: CodexAuth): boolean {
  const one = identityOf(a);
  const other = identityOf(b);
  const [at, otherAt] = [one.lastRefreshAtMs, other.lastRefreshAtMs];
  if (at !== null && otherAt !== null && at !== otherAt) return at > otherAt;
  return (one.tokenExpiresAtMs ?? 0) > (other.tokenExpiresAtMs ?? 0);
}

function isKnown({userId, workspaceId}: Identity): boolean {
  return userId !== null || workspaceId !== null;
}

/** Logins that say nothing of their owner: the same secret is the same login. */
function sharesCredential(a: CodexAuth, b: CodexAuth): boolean {
  const pairs = [
    [a.tokens?.refresh_token, b.tokens?.refresh_token],
    [a.tokens?.access_token, b.tokens?.access_token],
    [a.OPENAI_API_KEY, b.OPENAI_API_KEY],
    [a.personal_access_token, b.personal_access_token],
  ];
  return pairs.some(([one, other]) => Boolean(one) && one === other);
}
