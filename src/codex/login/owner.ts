import {networkReason, messageOf} from '../../errors/index.js';
import {MOST_ANSWER_BYTES, readTextUpTo} from '../../files/bounded-read.js';
import {parseRecord} from '../../files/json-values.js';
import {type BackendConnection, OWN_USER_AGENT} from '../backend/connection.js';
import {USAGE_TIMEOUT_MS} from '../backend/timeouts.js';
import {variable} from '../home/environment.js';
import type {CodexAuth} from './auth-shape.js';
import {type Identity, identityFromWhoAmI, identityOf} from './identity.js';
import {loginKind} from './login-kind.js';

/** Where the provider's logins are made and renewed. */
export const AUTH_ORIGIN = 'https://auth.openai.com';
const DEFAULT_AUTH_API_URL = `${AUTH_ORIGIN}/api/accounts`;

/**
 * Who a login belongs to, asked of the backend for a personal access token, which says nothing of it by itself. As Codex
 * does: `GET {CODEX_AUTHAPI_BASE_URL}/v1/user-auth-credential/whoami`.
 *
 * @throws OwnerUnknown when the backend does not say.
 */
export async function ownerOf(
  auth: CodexAuth,
  {
    home,
    connection,
    env = process.env,
  }: {home: string; connection: BackendConnection; env?: NodeJS.ProcessEnv},
): Promise<Identity> {
  const token = auth.personal_access_token;
  if (loginKind(auth) !== 'access-token' || !token) return identityOf(auth);
  const base = variable(env, 'CODEX_AUTHAPI_BASE_URL') ?? DEFAULT_AUTH_API_URL;
  const {request} = await import('undici');
  let status: number;
  let text: string;
  try {
    const {dispatcher} = await connection.route(home);
    const answer = await request(`${base.replace(/\/+$/, '')}/v1/user-auth-credential/whoami`, {
      dispatcher,
      headers: {accept: 'application/json', 'user-agent': OWN_USER_AGENT, authorization: `Bearer ${token}`},
      signal: AbortSignal.timeout(USAGE_TIMEOUT_MS),
    });
    status = answer.statusCode;
    text = await readTextUpTo(answer.body, MOST_ANSWER_BYTES);
  } catch (error) {
    throw new OwnerUnknown(messageOf(error) || networkReason(error), false, {cause: error});
  }
  const owner = status === 200 ? identityFromWhoAmI(parseRecord(text) ?? {}) : null;
  if (owner?.workspaceId) return owner;
  throw new OwnerUnknown(status === 200 ? 'an answer of another shape' : `status ${status}`, status === 401);
}

/** Nobody knows whose a personal access token is. */
export class OwnerUnknown extends Error {
  /** @param isRefused the backend does not take the token, so that waiting helps nothing. */
  constructor(
    reason: string,
    readonly isRefused: boolean,
    options?: ErrorOptions,
  ) {
    super(`the owner of the personal access token could not be asked for: ${reason}`, options);
  }
}
