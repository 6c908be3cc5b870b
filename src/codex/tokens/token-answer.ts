import {asRecord, asText, parseJson} from '../../files/json-values.js';
import {readBackendError} from '../backend/backend-error.js';
import {CLOSED_ACCOUNTS, REFUSED_TOKENS} from '../backend/error-classes.js';

/** What the token endpoint's answer to a refresh means. */
export type TokenAnswer =
  | {kind: 'tokens'; tokens: Record<string, unknown>}
  /** The login has ended: only a new one helps. */
  | {kind: 'refused'; code: string}
  /** The network, a firewall or the endpoint itself: nothing is said of the login. */
  | {kind: 'trouble'; reason: string};

/**
 * The refusals that the provider documents, of OAuth (RFC 6749, 5.2), of its own refresh tokens and sessions, and of accounts that
 * it has closed. Codex gives up at any 401, but a proxy or a wrong client id can cause one as well.
 */
const REFUSALS: ReadonlySet<string> = new Set([
  ...REFUSED_TOKENS,
  ...CLOSED_ACCOUNTS,
  'invalid_refresh_token',
  'app_session_expired',
]);

/**
 * Reads the answer to a refresh. What is not a refusal that the endpoint itself documents is trouble on the way: a page of a
 * firewall, a region that is not served, a redirect. It costs no login.
 *
 * @param text the body as it came.
 */
export function readTokenAnswer(status: number, text: string): TokenAnswer {
  const body = parseJson(text);
  const fields = asRecord(body);
  if (status === 200) {
    if (fields && asText(fields['access_token']) !== null) return {kind: 'tokens', tokens: fields};
    return {kind: 'trouble', reason: 'an answer without tokens, as of a sign-in page of the network'};
  }
  const error = readBackendError(body, 0);
  const code = error?.codes[0];
  const refusal = status < 400 ? undefined : error?.codes.find((each) => REFUSALS.has(each));
  if (refusal !== undefined) return {kind: 'refused', code: refusal};
  return {kind: 'trouble', reason: troubleOf(status, code, body === undefined && text.trim() !== '')};
}

function troubleOf(status: number, code: string | undefined, isPage: boolean): string {
  if (code !== undefined) return `${code} (status ${status})`;
  if (status >= 300 && status < 400)
    return `status ${status}, a redirect, which is not followed with a token`;
  return isPage ? `status ${status} with a page instead of an answer, as of a firewall` : `status ${status}`;
}
