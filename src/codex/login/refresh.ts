import {join} from 'node:path';

import type {LoginKind} from '../../contract/index.js';
import {CaoError, caoErrorIn, messageOf, networkReason} from '../../errors/index.js';
import {withLock} from '../../files/lock.js';
import {requireLogin, writeAuthFile} from './auth-file.js';
import {type CodexAuth, parseAuth} from './auth-shape.js';
import {type BackendConnection, OWN_USER_AGENT} from '../backend/connection.js';
import {REFRESH_TIMEOUT_MS} from '../backend/timeouts.js';
import {variable} from '../home/environment.js';
import {jwtExpiresAtMs} from './jwt.js';
import {bearerToken, loginKind, traitsOf} from './login-kind.js';
import {asText} from '../../files/json-values.js';
import type {RefreshBackoff} from './refresh-backoff.js';
import {type TokenAnswer, readTokenAnswer} from './token-answer.js';
import {loginHint} from './login-line.js';

/** Where the provider's logins are made and renewed. */
export const AUTH_ORIGIN = 'https://auth.openai.com';
const DEFAULT_TOKEN_URL = `${AUTH_ORIGIN}/oauth/token`;
export const DEFAULT_OAUTH_CLIENT_ID = 'app_EMoamEEZ73f0CkXaXp7hrann';

/** Codex itself refreshes when less than this is left of the access token. */
export const REFRESH_AHEAD_MS = 5 * 60_000;

/** Where Codex refreshes tokens, in place of the provider's own address. */
const TOKEN_URL_VARIABLE = 'CODEX_REFRESH_TOKEN_URL_OVERRIDE';

/** Where tokens are refreshed: as Codex does it. */
export function tokenUrl(env: NodeJS.ProcessEnv = process.env): string {
  return variable(env, TOKEN_URL_VARIABLE) ?? DEFAULT_TOKEN_URL;
}

/**
 * The environment of a Codex that must not refresh tokens itself: an address that no request can be made for. It gives
 * up at once, nothing leaves the machine, and the login stays as it is.
 */
export const WITHOUT_REFRESH: Readonly<Record<string, string>> = {
  [TOKEN_URL_VARIABLE]: 'none:tokens-are-refreshed-by-cao',
};

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
  /** Whom the tokens are for. */
  clientId: string;
  /** Of a process that asks again and again. */
  backoff?: RefreshBackoff;
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
 *   `refresh_failed` when the token endpoint could not be reached or answered something else: the login may be good;
 *   `proxy_unusable`, `ca_unreadable` when a setting keeps it from being asked.
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

/** Whether a login is one that can be refreshed. */
export function isRefreshable(auth: CodexAuth): boolean {
  return traitsOf(loginKind(auth)).refreshable && Boolean(auth.tokens?.refresh_token);
}

/** Whether a login is one that a Codex refreshes as soon as it starts. */
export function runsOut(auth: CodexAuth, nowMs = Date.now()): boolean {
  return isRefreshable(auth) && !lasts(auth, nowMs);
}

function isGood(auth: CodexAuth, {reason, nowMs = Date.now()}: RefreshOptions): boolean {
  const token = bearerToken(auth);
  if (reason !== 'proactive_expiry' && token === reason.refused) return false;
  if (!traitsOf(loginKind(auth)).refreshable) return true;
  return lasts(auth, nowMs);
}

function lasts(auth: CodexAuth, nowMs: number): boolean {
  const accessToken = auth.tokens?.access_token;
  if (!accessToken) return false;
  const expiresAtMs = jwtExpiresAtMs(accessToken);
  return expiresAtMs === null || expiresAtMs - nowMs > REFRESH_AHEAD_MS;
}

async function refresh(auth: CodexAuth, options: RefreshOptions): Promise<CodexAuth> {
  const {refreshable, noun} = traitsOf(loginKind(auth));
  if (!refreshable) throw needsLogin(options.accountName, loginKind(auth), `the backend refuses ${noun}`);
  const refreshToken = auth.tokens?.refresh_token;
  if (!refreshToken) throw needsLogin(options.accountName, loginKind(auth), 'there is no refresh token');
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
  const {accountName, home, backoff, nowMs = Date.now()} = options;
  const held = backoff?.reason(home, nowMs) ?? null;
  if (held !== null) throw refreshFailed(accountName, held);
  const answer = await askForTokens(refreshToken, options).catch((error: unknown): TokenAnswer => {
    const atFault = caoErrorIn(error);
    if (atFault) throw atFault;
    return {kind: 'trouble', reason: messageOf(error) || networkReason(error)};
  });
  if (answer.kind === 'trouble') {
    backoff?.failed(home, answer.reason, nowMs);
    throw refreshFailed(accountName, answer.reason);
  }
  backoff?.answered(home);
  if (answer.kind === 'refused') throw needsLogin(accountName, 'chatgpt', answer.code);
  return answer.tokens;
}

async function askForTokens(refreshToken: string, options: RefreshOptions): Promise<TokenAnswer> {
  const {reason, home, connection} = options;
  const timeout = AbortSignal.timeout(REFRESH_TIMEOUT_MS);
  const {dispatcher} = await connection.route(home);
  const {request} = await import('undici');
  // Redirects are not followed: the token is for nobody else.
  const {statusCode, body} = await request(options.tokenUrl ?? tokenUrl(), {
    dispatcher,
    method: 'POST',
    headers: {accept: 'application/json', 'content-type': 'application/json', 'user-agent': OWN_USER_AGENT},
    body: JSON.stringify({
      client_id: options.clientId,
      grant_type: 'refresh_token',
      refresh_reason: reason === 'proactive_expiry' ? reason : 'forced',
      refresh_token: refreshToken,
    }),
    // Once sent, the old token may be spent: only the answer can save the login, so no caller may cut it short.
    signal: timeout,
  });
  return readTokenAnswer(statusCode, await body.text());
}

function needsLogin(accountName: string, kind: LoginKind | null, reason: string): CaoError {
  return new CaoError(`${accountName} needs a new login (${reason}).`, {
    code: 'needs_login',
    suggestions: [loginHint('Log in again', accountName, kind)],
  });
}

function refreshFailed(accountName: string, reason: string): CaoError {
  return new CaoError(`The token of ${accountName} could not be refreshed: ${reason}.`, {
    code: 'refresh_failed',
    suggestions: ['The login is kept. Check the network (a proxy, a firewall, the region) and try again.'],
  });
}
