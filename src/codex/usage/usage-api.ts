import {CaoError, messageOf, networkReason} from '../../errors/index.js';
import {parseJson} from '../../files/json-values.js';
import type {CodexAuth} from '../login/auth-file.js';
import {readBackendError} from '../backend/backend-error.js';
import {type BackendConnection, OWN_USER_AGENT} from '../backend/connection.js';
import {USAGE_TIMEOUT_MS} from '../backend/timeouts.js';
import {chatgptBaseUrl, readConfig} from '../home/home-config.js';
import {identityOf} from '../login/identity.js';
import {freshLogin} from '../login/refresh.js';
import {readUsageAnswer} from './usage-answer.js';
import type {UsageReading} from './usage-reading.js';

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
  const token = requireToken(login, accountName);
  const workspaceId = identityOf(login).workspaceId;
  const {request} = await import('undici');
  try {
    const {dispatcher} = await connection.route(home);
    const {statusCode, body} = await request(url, {
      dispatcher,
      headers: {
        accept: 'application/json',
        'user-agent': OWN_USER_AGENT,
        authorization: `Bearer ${token}`,
        ...(workspaceId === null ? {} : {'chatgpt-account-id': workspaceId}),
      },
      signal: AbortSignal.timeout(USAGE_TIMEOUT_MS),
    });
    return {status: statusCode, body: parseJson(await body.text())};
  } catch (error) {
    throw unavailable(accountName, messageOf(error) || networkReason(error), error);
  }
}

function requireToken(login: CodexAuth, accountName: string): string {
  const token = login.tokens?.access_token;
  if (token) return token;
  throw new CaoError(`${accountName} is not signed in with ChatGPT, so it has no usage to ask for.`, {
    code: 'no_chatgpt_login',
    suggestions: [`Log in with ChatGPT: cao add ${accountName}`],
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
