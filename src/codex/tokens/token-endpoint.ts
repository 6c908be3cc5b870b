import {MOST_ANSWER_BYTES, readTextUpTo} from '../../files/bounded-read.js';
import {variable} from '../home/environment.js';
import {AUTH_ORIGIN} from '../login/owner.js';
import {type BackendConnection, OWN_USER_AGENT} from '../backend/connection.js';
import {REFRESH_TIMEOUT_MS} from '../backend/timeouts.js';

const DEFAULT_TOKEN_URL = `${AUTH_ORIGIN}/oauth/token`;

/** Where Codex refreshes tokens, in place of the provider's own address. */
export const TOKEN_URL_VARIABLE = 'CODEX_REFRESH_TOKEN_URL_OVERRIDE';

/** In the address of a relay: the endpoint that it stands before. */
export const RELAYED_PARAMETER = 'cao-relays';

/** Where tokens are refreshed: as Codex does it, but past the relay of a run around this process. */
export function tokenUrl(env: NodeJS.ProcessEnv = process.env): string {
  const named = variable(env, TOKEN_URL_VARIABLE);
  if (named === undefined || !URL.canParse(named)) return named ?? DEFAULT_TOKEN_URL;
  return new URL(named).searchParams.get(RELAYED_PARAMETER) ?? named;
}

/**
 * The environment of a Codex that must not refresh tokens itself: an address that no request can be made for. It gives
 * up at once, nothing leaves the machine, and the login stays as it is.
 */
export const WITHOUT_REFRESH: Readonly<Record<string, string>> = {
  [TOKEN_URL_VARIABLE]: 'none:tokens-are-refreshed-by-cao',
};

export type TokenRequest = {
  /** Whose way to the network is taken. */
  home: string;
  connection: BackendConnection;
  url: string;
  body: Record<string, unknown>;
};

/**
 * Sends one request for tokens.
 *
 * @returns the answer as it came.
 * @throws the network's own error.
 */
export async function askForTokens({
  home,
  connection,
  url,
  body,
}: TokenRequest): Promise<{status: number; text: string}> {
  // Once sent, the old token may be spent: only the answer can save the login, so no caller may cut it short.
  const signal = AbortSignal.timeout(REFRESH_TIMEOUT_MS);
  const {dispatcher} = await connection.route(home);
  const {request} = await import('undici');
  // Redirects are not followed: the token is for nobody else.
  const answer = await request(url, {
    dispatcher,
    method: 'POST',
    headers: {accept: 'application/json', 'content-type': 'application/json', 'user-agent': OWN_USER_AGENT},
    body: JSON.stringify(body),
    signal,
  });
  return {status: answer.statusCode, text: await readTextUpTo(answer.body, MOST_ANSWER_BYTES)};
}
