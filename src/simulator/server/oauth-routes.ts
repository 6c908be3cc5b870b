import {setTimeout as sleep} from 'node:timers/promises';

import {stringAt} from '../account/json.js';
import type {RefreshFailure, TokenSet} from '../account/tokens.js';
import type {ErrorAnswer} from '../model/disturbances.js';
import {apiError, unauthorized} from '../model/error-answers.js';
import type {SimulatedAccount} from '../model/simulated-account.js';
import {bearer, findTokenOwner, type Backend} from './backend.js';
import type {Exchange} from './exchange.js';

/** POST /oauth/token: trades a refresh token or an authorization code for tokens. */
export async function answerToken(backend: Backend, exchange: Exchange): Promise<void> {
  const {body} = exchange.record;
  switch (stringAt(body, 'grant_type')) {
    case 'refresh_token':
      exchange.record.route = 'refresh';
      await answerRefresh(backend, exchange, stringAt(body, 'refresh_token') ?? '');
      return;
    case 'authorization_code': {
      const account = backend.devices.redeem(stringAt(body, 'code') ?? '');
      if (account === null) {
        exchange.json(
          400,
          {error: 'invalid_grant', error_description: 'Unknown authorization code.'},
          {},
          'invalid_grant',
        );
        return;
      }
      exchange.record.account = account.name;
      answerTokens(exchange, account.tokens.login());
      return;
    }
    default:
      exchange.json(400, {error: 'unsupported_grant_type'}, {}, 'unsupported_grant_type');
  }
}

async function answerRefresh(backend: Backend, exchange: Exchange, token: string): Promise<void> {
  const account = findRefreshOwner(backend, token);
  exchange.record.account = account?.name ?? null;
  if (account === null) {
    exchange.error(refusal('refresh_token_invalidated'));
    return;
  }
  await account.refreshHold?.pass(exchange.record);
  if (backend.refreshDelayMs > 0) await sleep(backend.refreshDelayMs);
  const failure = account.refreshFailures.shift();
  if (failure !== undefined) {
    exchange.error(failure);
    return;
  }
  const result = account.tokens.refresh(token);
  if (typeof result === 'string') {
    exchange.error(refusal(result));
    return;
  }
  account.refreshes += 1;
  answerTokens(exchange, result);
}

function findRefreshOwner(backend: Backend, token: string): SimulatedAccount | null {
  for (const account of backend.accounts.values()) if (account.tokens.ownsRefresh(token)) return account;
  return null;
}

function answerTokens(exchange: Exchange, tokens: TokenSet): void {
  exchange.json(200, {
    id_token: tokens.idToken,
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
    token_type: 'Bearer',
  });
}

/** POST /oauth/revoke: ends the login that a token belongs to. */
export function answerRevoke(backend: Backend, exchange: Exchange): void {
  const token = stringAt(exchange.record.body, 'token') ?? '';
  for (const account of backend.accounts.values()) {
    if (!account.tokens.ownsRefresh(token) && !account.tokens.ownsAccess(token)) continue;
    exchange.record.account = account.name;
    account.tokens.revoke(token);
  }
  exchange.json(200, {});
}

/** GET /api/accounts/v1/user-auth-credential/whoami: whose a personal access token is. */
export function answerWhoAmI(backend: Backend, exchange: Exchange): void {
  const account = findTokenOwner(backend, exchange.request.headers);
  const token = bearer(exchange.request.headers);
  const failure = token === null ? null : account?.tokens.checkAccess(token);
  if (account === null || failure !== null) {
    exchange.error(unauthorized(failure ?? 'token_invalidated'));
    return;
  }
  exchange.json(200, {
    email: account.email,
    chatgpt_user_id: account.userId,
    chatgpt_account_id: account.workspaceId,
    chatgpt_plan_type: account.usage.plan,
    chatgpt_account_is_fedramp: account.fedramp,
  });
}

/** POST /api/accounts/deviceauth/usercode: begins a device login. */
export function answerUserCode(backend: Backend, exchange: Exchange): void {
  const login = backend.devices.start();
  exchange.json(200, {device_auth_id: login.deviceAuthId, user_code: login.userCode, interval: '1'});
}

/** POST /api/accounts/deviceauth/token: has the person decided yet? */
export function answerDeviceToken(backend: Backend, exchange: Exchange): void {
  const {body} = exchange.record;
  const state = backend.devices.poll(stringAt(body, 'device_auth_id'), stringAt(body, 'user_code'));
  if (state === 'pending')
    exchange.error(apiError(403, 'deviceauth_authorization_pending', 'Not approved yet.'));
  else if (state === 'declined') exchange.error(apiError(400, 'access_denied', 'The login was declined.'));
  else if (state === 'unknown') exchange.error(apiError(404, 'deviceauth_unknown', 'No such device login.'));
  else {
    exchange.json(200, {
      authorization_code: state.authorizationCode,
      code_verifier: state.codeVerifier,
      code_challenge: state.codeChallenge,
    });
  }
}

const refusals: Record<RefreshFailure, string> = {
  refresh_token_reused:
    'Your refresh token has already been used to generate a new access token. Please try signing in again.',
  refresh_token_expired: 'Your refresh token has expired. Please try signing in again.',
  refresh_token_invalidated: 'Your refresh token has been invalidated. Please try signing in again.',
};

/** The answer to a refresh token that does not count any more. */
function refusal(code: RefreshFailure): ErrorAnswer {
  return apiError(401, code, refusals[code]);
}
