import {join} from 'node:path';

import {CaoError, messageOf, networkReason} from '../../errors/index.js';
import {withLock} from '../../files/lock.js';
import {type CodexAuth, parseAuth, requireLogin, writeAuthFile} from './auth-file.js';
import {readBackendError} from '../backend/backend-error.js';
import {type BackendConnection, OWN_USER_AGENT} from '../backend/connection.js';
import {REFRESH_TIMEOUT_MS} from '../backend/timeouts.js';
import {variable} from '../home/environment.js';
import {jwtExpiresAtMs} from './jwt.js';
import {asRecord, asText} from '../../files/json-values.js';

const DEFAULT_TOKEN_URL = 'https://auth.openai.com/oauth/token';
export const DEFAULT_OAUTH_CLIENT_ID = 'app_EMoamEEZ73f0CkXaXp7hrann';

/** Codex itself refreshes when less than this is left of the access token. */
export const REFRESH_AHEAD_MS = 5 * 60_000;

/** Where tokens are refreshed: the variable that Codex itself honours, else the provider's own address. */
export function tokenUrl(env: NodeJS.ProcessEnv = process.env): string {
  return variable(env, 'CODEX_REFRESH_TOKEN_URL_OVERRIDE') ?? DEFAULT_TOKEN_URL;
}

export type RefreshReason =
  /** Less than {@link REFRESH_AHEAD_MS} left. */
  | 'proactive_expiry'
  /** The backend refused this access token. */
  | {refused: string};

export type RefreshOptions = {
  home: string;
  /** For messages. */
  accountName: string;
  reason: RefreshReason;
  connection: BackendConnection;
  /** By default as {@link tokenUrl} says. */
  tokenUrl?: string;
  clientId?: string;
  nowMs?: number;
};

/**
 * The login of a home with an access token that is good now. The only place that spends refresh tokens.
 *
 * Refresh tokens are single-use and their reuse logs the account out, so over all processes one refresh runs at a
 * time per home; under the lock `auth.json` is read again, and tokens that another process or Codex itself has
 * written meanwhile are taken instead of refreshing. New tokens are on disk before they are returned.
 *
 * @throws CaoError `needs_login` when the backend has given up the refresh token, `not_logged_in`,
 *   `refresh_failed` when the token endpoint could not be reached or answered something else.
 */
export async function freshLogin(options: RefreshOptions): Promise<CodexAuth> {
  const {home, accountName} = options;
  const current = await requireLogin(home, accountName);
  if (isGood(current, options)) return current;
  return withLoginLock(home, async () => {
    const latest = await requireLogin(home, accountName);
    return isGood(latest, options) ? latest : refresh(latest, options);
  });
}

/** Runs `work` while nobody refreshes the login of this home: for whoever replaces the login itself. */
export async function withLoginLock<T>(home: string, work: () => Promise<T>): Promise<T> {
  return withLock(join(home, 'cao-refresh.lock'), work, {timeoutMs: REFRESH_TIMEOUT_MS * 2});
}

function isGood(auth: CodexAuth, {reason, nowMs = Date.now()}: RefreshOptions): boolean {
  const accessToken = auth.tokens?.access_token;
  if (!accessToken) return Boolean(auth.OPENAI_API_KEY) && !auth.tokens?.refresh_token;
  if (reason !== 'proactive_expiry' && accessToken === reason.refused) return false;
  const expiresAtMs = jwtExpiresAtMs(accessToken);
  return expiresAtMs === null || expiresAtMs - nowMs > REFRESH_AHEAD_MS;
}

async function refresh(auth: CodexAuth, options: RefreshOptions): Promise<CodexAuth> {
  const refreshToken = auth.tokens?.refresh_token;
  if (!refreshToken) throw needsLogin(options.accountName, 'there is no refresh token');
  const answer = await requestTokens(refreshToken, options);
  const renewed = parseAuth({
    ...auth,
    tokens: {
      ...auth.tokens,
      access_token: asText(answer['access_token']) ?? auth.tokens?.access_token,
      id_token: asText(answer['id_token']) ?? auth.tokens?.id_token,
      refresh_token: asText(answer['refresh_token']) ?? refreshToken,
    },
    last_refresh: new Date(options.nowMs ?? Date.now()).toISOString(),
  });
  if (!renewed) throw refreshFailed(options.accountName, 'the answer holds no tokens');
  await writeAuthFile(options.home, renewed);
  return renewed;
}

async function requestTokens(
  refreshToken: string,
  options: RefreshOptions,
): Promise<Record<string, unknown>> {
  const {accountName, reason, home} = options;
  const timeout = AbortSignal.timeout(REFRESH_TIMEOUT_MS);
  let status: number;
  let body: unknown;
  try {
    const {dispatcher} = await options.connection.route(home);
    const {request} = await import('undici');
    const answer = await request(options.tokenUrl ?? tokenUrl(), {
      dispatcher,
      method: 'POST',
      headers: {accept: 'application/json', 'content-type': 'application/json', 'user-agent': OWN_USER_AGENT},
      body: JSON.stringify({
        client_id: options.clientId ?? DEFAULT_OAUTH_CLIENT_ID,
        grant_type: 'refresh_token',
        refresh_reason: reason === 'proactive_expiry' ? reason : 'forced',
        refresh_token: refreshToken,
      }),
      // Once sent, the old token may be spent: only the answer can save the login, so no caller may cut it short.
      signal: timeout,
    });
    status = answer.statusCode;
    body = await answer.body.json().catch(() => null);
  } catch (error) {
    throw refreshFailed(accountName, messageOf(error) || networkReason(error), error);
  }
  const tokens = asRecord(body);
  if (status === 200 && tokens && asText(tokens['access_token'])) return tokens;
  const code = readBackendError(body, Date.now())?.codes[0] ?? `status ${status}`;
  // Any refusal with a 4xx of the OAuth endpoint is final, except "not now".
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) throw needsLogin(accountName, code);
  throw refreshFailed(accountName, code);
}

function needsLogin(accountName: string, reason: string): CaoError {
  return new CaoError(`${accountName} needs a new login (${reason}).`, {
    code: 'needs_login',
    suggestions: [`Log in again: cao add ${accountName}`],
  });
}

function refreshFailed(accountName: string, reason: string, cause?: unknown): CaoError {
  return new CaoError(`The token of ${accountName} could not be refreshed: ${reason}.`, {
    code: 'refresh_failed',
    suggestions: ['Check the network connection and try again.'],
    cause,
  });
}
