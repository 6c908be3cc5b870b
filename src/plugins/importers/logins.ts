import {isLoggedIn, parseAuth} from '../../codex/auth-file.js';
import {decodeJwtClaims} from '../../codex/jwt.js';
import {asRecord, asText} from '../../codex/record.js';
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

/** Makes Codex take the login for one that is due for a refresh. */
const LONG_AGO = '1970-01-01T00:00:00.000Z';

/** A value that is a whole `auth.json`, with every key it has. @throws EntryProblem */
export function wholeAuth(value: unknown): Auth {
  const auth = asRecord(value);
  const parsed = parseAuth(value);
  if (!auth || !parsed) throw new EntryProblem('is not the shape of an auth.json');
  if (!isLoggedIn({kind: 'ok', auth: parsed})) throw new EntryProblem('holds no login');
  return auth;
}

/**
 * An `auth.json` out of single tokens. Codex cannot read one without an id token; where a tool keeps none, the
 * access token stands in for it (it carries the same claims), and without that an expired, unsigned one: either way
 * Codex or `cao` gets real ones with the first refresh, which `last_refresh` makes due at once.
 *
 * @throws EntryProblem when there is neither an access nor a refresh token.
 */
export function authFromTokens(tokens: LooseTokens): Auth {
  const {accessToken, refreshToken, accountId} = tokens;
  if (accessToken === null && refreshToken === null) throw new EntryProblem('holds no login');
  const complete = tokens.idToken !== null && accessToken !== null;
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
    last_refresh: tokens.lastRefresh ?? (complete ? null : LONG_AGO),
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
    'https://api.openai.com/auth': accountId === null ? {} : {chatgpt_account_id: accountId},
  };
  const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode({alg: 'none', typ: 'JWT'})}.${encode(claims)}.none`;
}
