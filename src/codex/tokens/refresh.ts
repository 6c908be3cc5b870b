import {setTimeout as sleep} from 'node:timers/promises';

import type {LoginKind} from '../../contract/index.js';
import {CaoError, caoErrorIn, messageOf, networkReason, reasonOf} from '../../errors/index.js';
import {asText} from '../../files/json-values.js';
import type {BackendConnection} from '../backend/connection.js';
import {requireLogin} from '../login/auth-file.js';
import {type CodexAuth, checkAuth} from '../login/auth-shape.js';
import {bearerToken, loginKind, traitsOf} from '../login/login-kind.js';
import {withLoginLock} from '../login/login-lock.js';
import {LoginSlot} from '../login/login-slot.js';
import {tokenLeftMs} from '../login/token-life.js';
import {isRenewedByCodex} from './other-refreshers.js';
import type {RefreshBackoff} from './refresh-backoff.js';
import {type TokenAnswer, readTokenAnswer} from './token-answer.js';
import {loginHint} from '../login/login-line.js';
import {askForTokens, tokenUrl} from './token-endpoint.js';
import {forgetUnsaved, keepUnsaved, unsavedLogin} from './unsaved-logins.js';

export const DEFAULT_OAUTH_CLIENT_ID = 'app_EMoamEEZ73f0CkXaXp7hrann';

/** Codex itself refreshes when less than this is left of the access token. */
export const REFRESH_AHEAD_MS = 5 * 60_000;

/** Several times what the endpoint takes to answer. */
const CODEX_RENEWS_WITHIN_MS = 5000;
const LOOK_AGAIN_MS = 100;

export type RefreshReason =
  /** Less than {@link REFRESH_AHEAD_MS} left. */
  | 'proactive_expiry'
  /** The backend refused this access token. */
  | {refused: string}
  /** A Codex asks to have this refresh token, of the home's login as it was or is, exchanged. */
  | {exchanged: string};

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
  /** Told of a login that could not be written. One line for the user. */
  onUnsaved?: (line: string) => void;
  /** How long a Codex gets that may be renewing the login right now. */
  codexRenewsWithinMs?: number;
  nowMs?: number;
};

/**
 * The login of a home with an access token that is good now. The only place that spends refresh tokens.
 *
 * Refresh tokens are single-use and their reuse logs the account out, so over all processes one refresh runs at a
 * time per home; under the lock `auth.json` is read again, and tokens that another process or Codex itself has
 * written meanwhile are taken instead of refreshing. There is room on disk for new tokens before the old are spent, and
 * they are there before they are returned; where they cannot be written all the same, this process keeps and uses them.
 *
 * @throws CaoError `needs_login` when the backend has given up the refresh token, `not_logged_in`, `unreadable_file`;
 *   `refresh_failed` when the token endpoint could not be reached or answered something else, or there is no place for
 *   new tokens: the login may be good; `proxy_unusable`, `ca_unreadable` when a setting keeps it from being asked.
 */
export async function freshLogin(options: RefreshOptions): Promise<CodexAuth> {
  const {home, accountName} = options;
  const current = await currentLogin(home, accountName);
  if (isGood(current, options)) return current;
  return withLoginLock(home, async () => {
    const latest = await currentLogin(home, accountName);
    if (isGood(latest, options)) return latest;
    return (await isRenewedByCodex(home)) ? leaveToCodex(latest, options) : refresh(latest, options);
  });
}

/**
 * The login of a home in which a Codex is at work that was not started by `cao`, and renews tokens without a look at our
 * lock: as long as the token is good it is left to that Codex; then it gets a moment, in case it is at it.
 */
async function leaveToCodex(auth: CodexAuth, options: RefreshOptions): Promise<CodexAuth> {
  const {home, accountName, reason, nowMs = Date.now(), codexRenewsWithinMs: withinMs} = options;
  if (reason === 'proactive_expiry' && lasts(auth, nowMs, 0)) return auth;
  for (
    const deadline = performance.now() + (withinMs ?? CODEX_RENEWS_WITHIN_MS);
    performance.now() < deadline;
  ) {
    await sleep(LOOK_AGAIN_MS);
    const latest = await requireLogin(home, accountName);
    if (isGood(latest, options)) return latest;
  }
  return refresh(auth, options);
}

/** The login of a home as the next request is to use it: what is on disk, or its successor that could not be written. */
async function currentLogin(home: string, accountName: string): Promise<CodexAuth> {
  const onDisk = await requireLogin(home, accountName);
  return unsavedLogin(home, onDisk) ?? onDisk;
}

/** Writes the successor that this process keeps of a home's login, unless another login has come there. */
async function writeUnsaved(home: string, accountName: string): Promise<void> {
  await withLoginLock(home, async () => {
    const auth = unsavedLogin(home, await requireLogin(home, accountName));
    if (auth === null) return;
    const slot = await LoginSlot.reserve(home, auth);
    try {
      await slot.fill(auth);
      forgetUnsaved(home);
    } finally {
      await slot.release();
    }
  });
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
  if (reason !== 'proactive_expiry') {
    const replaced =
      'refused' in reason
        ? bearerToken(auth) === reason.refused
        : auth.tokens?.refresh_token === reason.exchanged;
    if (replaced) return false;
  }
  if (!traitsOf(loginKind(auth)).refreshable) return true;
  return lasts(auth, nowMs);
}

function lasts(auth: CodexAuth, nowMs: number, aheadMs = REFRESH_AHEAD_MS): boolean {
  if (!auth.tokens?.access_token) return false;
  const leftMs = tokenLeftMs(auth, nowMs);
  return leftMs === null || leftMs > aheadMs;
}

async function refresh(auth: CodexAuth, options: RefreshOptions): Promise<CodexAuth> {
  const {home, accountName, onUnsaved} = options;
  const {refreshable, noun} = traitsOf(loginKind(auth));
  if (!refreshable) throw new LoginEnded(accountName, loginKind(auth), `the backend refuses ${noun}`);
  const refreshToken = auth.tokens?.refresh_token;
  if (!refreshToken) throw new LoginEnded(accountName, loginKind(auth), 'there is no refresh token');
  const onDisk = await requireLogin(home, accountName);
  const slot = await reserve(auth, unsavedLogin(home, onDisk) !== null, options);
  try {
    const renewed = renewedBy(await requestTokens(refreshToken, options), auth, options);
    const reason = await whyNotWritten(renewed, slot);
    if (reason === null) {
      forgetUnsaved(home);
    } else {
      const spent = onDisk.tokens?.refresh_token ?? '';
      const write = (): Promise<void> => writeUnsaved(home, accountName);
      keepUnsaved({home, accountName, spent, auth: renewed, write});
      onUnsaved?.(
        `The new tokens of ${accountName} could not be written (${reason}). They are kept in memory and used, and are written as soon as there is room for them.`,
      );
    }
    return renewed;
  } finally {
    await slot?.release();
  }
}

/** Whatever it is: what was paid for with the old tokens must not be lost over it. */
async function whyNotWritten(renewed: CodexAuth, slot: LoginSlot | null): Promise<string | null> {
  if (slot === null) return 'no room';
  try {
    await slot.fill(renewed);
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Room for the successor; null where none is left for that of a login that is in memory alone anyway. */
async function reserve(
  auth: CodexAuth,
  isUnsaved: boolean,
  {home, accountName}: RefreshOptions,
): Promise<LoginSlot | null> {
  try {
    return await LoginSlot.reserve(home, auth);
  } catch (error) {
    if (isUnsaved) return null;
    const reason = `there is no place for new tokens: ${reasonOf(error)}`;
    const next = `The login is kept: its refresh token was not spent. Look at ${home}, and try again.`;
    throw refreshFailed(accountName, reason, {suggestions: [next], cause: error});
  }
}

function renewedBy(
  answer: Record<string, unknown>,
  auth: CodexAuth,
  {accountName, nowMs = Date.now()}: RefreshOptions,
): CodexAuth {
  const renewed = checkAuth({
    ...auth,
    tokens: {
      ...auth.tokens,
      access_token: asText(answer['access_token']) ?? auth.tokens?.access_token,
      id_token: asText(answer['id_token']) ?? auth.tokens?.id_token,
      refresh_token: asText(answer['refresh_token']) ?? auth.tokens?.refresh_token,
    },
    last_refresh: new Date(nowMs).toISOString(),
  });
  if ('auth' in renewed) return renewed.auth;
  throw refreshFailed(accountName, `the answer holds no tokens (${renewed.problem})`);
}

async function requestTokens(
  refreshToken: string,
  options: RefreshOptions,
): Promise<Record<string, unknown>> {
  const {accountName, home, backoff} = options;
  const held = backoff?.reason(home) ?? null;
  if (held !== null) throw refreshFailed(accountName, held);
  const answer = await answerTo(refreshToken, options).catch((error: unknown): TokenAnswer => {
    const atFault = caoErrorIn(error);
    if (atFault) throw atFault;
    return {kind: 'trouble', reason: messageOf(error) || networkReason(error)};
  });
  if (answer.kind === 'trouble') {
    backoff?.failed(home, answer.reason);
    throw refreshFailed(accountName, answer.reason);
  }
  backoff?.answered(home);
  if (answer.kind === 'refused') throw new LoginEnded(accountName, 'chatgpt', answer.code);
  return answer.tokens;
}

async function answerTo(refreshToken: string, options: RefreshOptions): Promise<TokenAnswer> {
  const {reason, home, connection, clientId} = options;
  const {status, text} = await askForTokens({
    home,
    connection,
    url: options.tokenUrl ?? tokenUrl(),
    body: {
      client_id: clientId,
      grant_type: 'refresh_token',
      refresh_reason: reason === 'proactive_expiry' ? reason : 'forced',
      refresh_token: refreshToken,
    },
  });
  return readTokenAnswer(status, text);
}

/** A login that only a new one can follow. */
export class LoginEnded extends CaoError {
  /** @param reason the provider's code for it, or what else there is to say. */
  constructor(
    accountName: string,
    kind: LoginKind | null,
    readonly reason: string,
  ) {
    super(`${accountName} needs a new login (${reason}).`, {
      code: 'needs_login',
      suggestions: [loginHint('Log in again', accountName, kind)],
    });
  }
}

function refreshFailed(
  accountName: string,
  reason: string,
  {
    suggestions = ['The login is kept. Check the network (a proxy, a firewall, the region) and try again.'],
    cause,
  }: {suggestions?: string[]; cause?: unknown} = {},
): CaoError {
  return new CaoError(`The token of ${accountName} could not be refreshed: ${reason}.`, {
    code: 'refresh_failed',
    suggestions,
    cause,
  });
}
