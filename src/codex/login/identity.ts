import type {CodexAuth} from './auth-file.js';
import {decodeJwtClaims, jwtExpiresAtMs} from './jwt.js';
import {asRecord, asText} from '../../files/json-values.js';

/** The claim of Codex's tokens that says whose they are. */
export const AUTH_CLAIM = 'https://api.openai.com/auth';

/** Who a login belongs to. Each part is null where its tokens do not say. */
export type Identity = {
  userId: string | null;
  /** The ChatGPT workspace account, the id that goes into `chatgpt-account-id`. */
  workspaceId: string | null;
  organizationId: string | null;
  email: string | null;
  /** An open set: `plus`, `pro`, `business`, … */
  plan: string | null;
  /** Expiry of the access token, milliseconds since the epoch. */
  tokenExpiresAtMs: number | null;
  lastRefreshAtMs: number | null;
  hasRefreshToken: boolean;
};

/** Reads who a login is from its tokens. The id token says most; the access token fills in. */
export function identityOf(auth: CodexAuth): Identity {
  const tokens = auth.tokens ?? {};
  const idClaims = tokens.id_token ? (decodeJwtClaims(tokens.id_token) ?? {}) : {};
  const accessClaims = tokens.access_token ? (decodeJwtClaims(tokens.access_token) ?? {}) : {};
  const openai = {...asRecord(accessClaims[AUTH_CLAIM]), ...asRecord(idClaims[AUTH_CLAIM])};
  const profile = asRecord(accessClaims['https://api.openai.com/profile']);
  const lastRefresh = auth.last_refresh ? Date.parse(auth.last_refresh) : Number.NaN;
  return {
    userId: asText(openai['chatgpt_user_id']) ?? asText(openai['user_id']),
    workspaceId: asText(tokens.account_id) ?? asText(openai['chatgpt_account_id']),
    organizationId: organizationOf(openai),
    email: asText(idClaims['email']) ?? asText(profile?.['email']),
    plan: asText(openai['chatgpt_plan_type']),
    tokenExpiresAtMs:
      (tokens.access_token ? jwtExpiresAtMs(tokens.access_token) : null) ??
      (tokens.id_token ? jwtExpiresAtMs(tokens.id_token) : null),
    lastRefreshAtMs: Number.isNaN(lastRefresh) ? null : lastRefresh,
    hasRefreshToken: Boolean(tokens.refresh_token),
  };
}

/**
 * One string for "the same login": user and workspace together. Never the e-mail, which can hold several workspaces.
 *
 * @returns null when the tokens name neither.
 */
export function identityKey(identity: Identity): string | null {
  if (identity.userId === null && identity.workspaceId === null) return null;
  return `${identity.userId ?? ''}::${identity.workspaceId ?? ''}`;
}

function organizationOf(openai: Record<string, unknown>): string | null {
  const organizations = Array.isArray(openai['organizations']) ? (openai['organizations'] as unknown[]) : [];
  const records = organizations.map((organization) => asRecord(organization) ?? {});
  const chosen = records.find((organization) => organization['is_default'] === true) ?? records[0];
  return asText(chosen?.['id']) ?? asText(openai['organization_id']);
}
