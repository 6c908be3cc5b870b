import {holdsLogin} from '../../codex/login/auth-file.js';
import {checkAuth} from '../../codex/login/auth-shape.js';
import {AUTH_CLAIM} from '../../codex/login/identity.js';
import {decodeJwtClaims} from '../../codex/login/jwt.js';
import {asRecord, asText} from '../../files/json-values.js';
import {EntryProblem} from './source-reader.js';

type Auth = Record<string, unknown>;

/** Tokens as other tools keep them; null where a tool does not. */
export type LooseTokens = {
  idToken: string | null;
  accessToken: string | null;
  refreshToken: string | null;
  accountId: string | null;
  email?: string | null;
  lastRefresh?: string | null;
};

/** A value that is a whole `auth.json`, with every key it has. @throws EntryProblem */
export function wholeAuth(value: unknown): Auth {
  const auth = asRecord(value);
  const checked = checkAuth(value);
  if (!('auth' in checked)) throw new EntryProblem(checked.problem.replace(/^not/, 'is not'));
  if (!auth || !holdsLogin(checked.auth)) throw new EntryProblem('holds no login');
  return auth;
}

/**
 * An `auth.json` out of single tokens. Codex cannot read one without an id token; where a tool keeps none, the
 * access token stands in for it (it carries the same claims), and without that an expired, unsigned one. A login
 * without a `last_refresh` is refreshed by Codex at once, and real tokens take their place.
 *
 * @throws EntryProblem when there is neither an access nor a refresh token.
 */
export function authFromTokens(tokens: LooseTokens): Auth {
  const {accessToken, refreshToken, accountId} = tokens;
  if (accessToken === null && refreshToken === null) throw new EntryProblem('holds no login');
  const readableAccess = accessToken !== null && decodeJwtClaims(accessToken) !== null ? accessToken : null;
  const standIn = readableAccess ?? expiredToken(accountId, tokens.email ?? null);
  return wholeAuth({
    auth_mode: 'chatgpt',
    OPENAI_API_KEY: null,
    tokens: {
      id_token: tokens.idToken ?? standIn,
      access_token: accessToken ?? standIn,
      refresh_token: refreshToken ?? '',
      ...(accountId === null ? {} : {account_id: accountId}),
    },
    last_refresh: tokens.lastRefresh ?? null,
  });
}

/** What a name can be made of: the part of an e-mail address before the `@`. */
export function localPart(email: unknown): string | null {
  return asText(asText(email)?.split('@')[0]);
}

function expiredToken(accountId: string | null, email: string | null): string {
  const claims = {
    exp: 0,
    ...(email === null ? {} : {email}),
    [AUTH_CLAIM]: accountId === null ? {} : {chatgpt_account_id: accountId},
  };
  const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode({alg: 'none', typ: 'JWT'})}.${encode(claims)}.none`;
}
