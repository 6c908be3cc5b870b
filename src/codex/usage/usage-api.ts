import {CaoError, messageOf, networkReason} from '../../errors/index.js';
import {parseJson} from '../../files/json-values.js';
import type {CodexAuth} from '../login/auth-shape.js';
import {readBackendError} from '../backend/backend-error.js';
import {accountHeaders} from '../backend/account-headers.js';
import {type BackendConnection, OWN_USER_AGENT} from '../backend/connection.js';
import {USAGE_TIMEOUT_MS} from '../backend/timeouts.js';
import {chatgptBaseUrl, readConfig} from '../home/home-config.js';
import {bearerToken, loginKind, traitsOf} from '../login/login-kind.js';
import {OwnerUnknown, ownerOf} from '../login/owner.js';
import {freshLogin} from '../login/refresh.js';
import {type UsageReading, readUsageAnswer} from './usage-answer.js';

export type UsageRequest = {
  home: string;
  /** For messages. */
  accountName: string;
  connection: BackendConnection;
  tokenUrl?: string;
  clientId?: string;
  nowMs?: number;
};

/**
 * Asks the backend what an account has left, with the account's own token: `GET {chatgpt_base_url}/wham/usage`.
 * A refused token is refreshed once.
 *
 * @throws CaoError `needs_login`, `not_logged_in`, `refresh_failed` as `freshLogin`; `no_chatgpt_login` for an API
 *   key; `usage_unavailable` for any other answer or none.
 */
export async function fetchUsage(request: UsageRequest): Promise<UsageReading> {
  const {home, accountName, connection, tokenUrl, clientId, nowMs} = request;
  const refresh = {
    home,
    accountName,
    connection,
    ...(tokenUrl === undefined ? {} : {tokenUrl}),
    ...(clientId === undefined ? {} : {clientId}),
    ...(nowMs === undefined ? {} : {nowMs}),
  };
  const url = `${chatgptBaseUrl(await readConfig(home))}/wham/usage`;
  const login = await freshLogin({...refresh, reason: 'proactive_expiry'});
  let answer = await ask(url, login, request);
  if (answer.status === 401) {
    const renewed = await freshLogin({...refresh, reason: {refused: requireToken(login, accountName)}});
    answer = await ask(url, renewed, request);
    if (answer.status === 401) throw needsLogin(accountName, answer.body);
  }
  const reading = answer.status === 200 ? readUsageAnswer(answer.body, nowMs ?? Date.now()) : null;
  if (reading) return reading;
  const code = readBackendError(answer.body, Date.now())?.codes[0];
  throw unavailable(
    accountName,
    answer.status === 200 ? 'an answer of another shape' : (code ?? `status ${answer.status}`),
  );
}

async function ask(
  url: string,
  login: CodexAuth,
  {accountName, home, connection}: UsageRequest,
): Promise<{status: number; body: unknown}> {
  const accessToken = requireToken(login, accountName);
  const {request} = await import('undici');
  try {
    const {workspaceId, isFedramp} = await ownerOf(login, {home, connection});
    const {dispatcher} = await connection.route(home);
    const {statusCode, body} = await request(url, {
      dispatcher,
      headers: {
        accept: 'application/json',
        'user-agent': OWN_USER_AGENT,
        ...accountHeaders({accessToken, workspaceId, isFedramp}),
      },
      signal: AbortSignal.timeout(USAGE_TIMEOUT_MS),
    });
    return {status: statusCode, body: parseJson(await body.text())};
  } catch (error) {
    if (error instanceof OwnerUnknown && error.isRefused) return {status: 401, body: null};
    throw unavailable(accountName, messageOf(error) || networkReason(error), error);
  }
}

function requireToken(login: CodexAuth, accountName: string): string {
  const token = bearerToken(login);
  if (token !== null) return token;
  const {noun} = traitsOf(loginKind(login));
  throw new CaoError(`${accountName} is signed in with ${noun}, so its usage cannot be asked for.`, {
    code: 'no_chatgpt_login',
    suggestions: [`With a ChatGPT login it can: cao add ${accountName}`],
  });
}

function needsLogin(accountName: string, body: unknown): CaoError {
  const code = readBackendError(body, Date.now())?.codes[0] ?? 'status 401';
  return new CaoError(`${accountName} needs a new login (${code}).`, {
    code: 'needs_login',
    suggestions: [`Log in again: cao add ${accountName}`],
  });
}

function unavailable(accountName: string, reason: string, cause?: unknown): CaoError {
  return new CaoError(`The usage of ${accountName} could not be asked for: ${reason}.`, {
    code: 'usage_unavailable',
    suggestions: ['What was last known is shown. Try again in a few minutes.'],
    cause,
  });
}
