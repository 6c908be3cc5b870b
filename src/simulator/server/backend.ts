import type {IncomingHttpHeaders} from 'node:http';

import type {DeviceLogins} from '../account/device-logins.js';
import type {ErrorAnswer} from '../model/disturbances.js';
import {apiError, errorAnswer, unauthorized} from '../model/error-answers.js';
import type {SimulatedAccount} from '../model/simulated-account.js';
import type {ModelRules} from '../model/turn.js';
import type {RequestLog} from './request-log.js';

/** What all routes share. */
export type Backend = ModelRules & {
  readonly accounts: ReadonlyMap<string, SimulatedAccount>;
  readonly log: RequestLog;
  readonly devices: DeviceLogins;
  /** milliseconds that an answer to a token refresh is held back */
  readonly refreshDelayMs: number;
  /** whether WebSockets are accepted; else they get 426 */
  webSocket: boolean;
  /** https://localhost:PORT */
  httpsUrl: string;
};

const BEARER = 'Bearer ';

/** The account whose access token the request carries, whether or not the token still counts. */
export function findTokenOwner(backend: Backend, headers: IncomingHttpHeaders): SimulatedAccount | null {
  const token = bearer(headers);
  if (token === null) return null;
  for (const account of backend.accounts.values()) if (account.tokens.ownsAccess(token)) return account;
  return null;
}

/** The token that a request carries; null for none. */
export function bearer(headers: IncomingHttpHeaders): string | null {
  const {authorization} = headers;
  return authorization?.startsWith(BEARER) === true ? authorization.slice(BEARER.length) : null;
}

/**
 * The account that a request is made for, or why it is refused: no token, one that does not count (401), or a
 * `chatgpt-account-id` of another account (403).
 */
export function authenticate(backend: Backend, headers: IncomingHttpHeaders): SimulatedAccount | ErrorAnswer {
  const account = findTokenOwner(backend, headers);
  const token = bearer(headers);
  if (token === null) return apiError(401, 'missing_token', 'Missing bearer authentication in header');
  if (account === null) return unauthorized('token_invalidated');
  const failure = account.tokens.checkAccess(token);
  if (failure !== null) return unauthorized(failure);
  // An API key belongs to no workspace.
  if (token.startsWith('sk-')) return account;
  if (headers['chatgpt-account-id'] !== account.workspaceId) {
    return {
      ...errorAnswer(403, {detail: 'chatgpt-account-id is not the account of this token'}),
      label: 'account mismatch',
    };
  }
  if ((headers['x-openai-fedramp'] === 'true') !== account.fedramp) {
    return {
      ...errorAnswer(403, {detail: 'x-openai-fedramp is not what the account of this token is'}),
      label: 'fedramp mismatch',
    };
  }
  return account;
}
