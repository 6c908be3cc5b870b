import {messageOf, networkReason} from '../../errors/index.js';
import {MOST_ANSWER_BYTES, readTextUpTo} from '../../files/bounded-read.js';
import {parseJson} from '../../files/json-values.js';
import {accountHeaders} from '../backend/account-headers.js';
import {type BackendConnection, OWN_USER_AGENT} from '../backend/connection.js';
import {USAGE_TIMEOUT_MS} from '../backend/timeouts.js';
import {chatgptBaseUrl, readConfig} from '../home/home-config.js';
import type {CodexAuth} from '../login/auth-shape.js';
import {OwnerUnknown, ownerOf} from '../login/owner.js';

/** An answer of the backend. `body` is the text where it is no JSON, and undefined where nothing is known of it. */
export type BackendAnswer = {status: number; body: unknown};

/**
 * Asks the backend itself what an account has left, with the account's own token: `GET {chatgpt_base_url}/wham/usage`.
 *
 * @throws Error when there was no answer.
 */
export async function requestUsage(
  {home, connection, token}: {home: string; connection: BackendConnection; token: string},
  login: CodexAuth,
): Promise<BackendAnswer> {
  const url = `${chatgptBaseUrl(await readConfig(home))}/wham/usage`;
  const {request} = await import('undici');
  const {dispatcher} = await connection.route(home);
  try {
    const {workspaceId, isFedramp} = await ownerOf(login, {home, connection});
    const {statusCode, body} = await request(url, {
      dispatcher,
      headers: {
        accept: 'application/json',
        'user-agent': OWN_USER_AGENT,
        ...accountHeaders({accessToken: token, workspaceId, isFedramp}),
      },
      signal: AbortSignal.timeout(USAGE_TIMEOUT_MS),
    });
    const text = await readTextUpTo(body, MOST_ANSWER_BYTES);
    return {status: statusCode, body: parseJson(text) ?? text};
  } catch (error) {
    if (error instanceof OwnerUnknown && error.isRefused) return {status: 401, body: undefined};
    throw new Error(messageOf(error) || networkReason(error), {cause: error});
  }
}
