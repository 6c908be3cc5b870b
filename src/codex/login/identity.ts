import type {CodexAuth} from './auth-shape.js';
import {notACredential} from './credential-text.js';
import {decodeJwtClaims, jwtExpiresAtMs} from './jwt.js';
import {loginKind} from './login-kind.js';
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
  /** Its workspace is one for US authorities, and each of its requests has to say so. */
  isFedramp: boolean;
};

/** What a key tells of its owner: nothing. */
const UNKNOWN: Identity = {
  userId: null,
  workspaceId: null,
  organizationId: null,
  email: null,
  plan: null,
  tokenExpiresAtMs: null,
  lastRefreshAtMs: null,
  hasRefreshToken: false,
  isFedramp: false,
};

/** Reads who a login is from what of it Codex uses: tokens left over beside an API key say nothing of that. */
export function identityOf(auth: CodexAuth): Identity {
  const lastRefresh = auth.last_refresh ? Date.parse(auth.last_refresh) : Number.NaN;
  const lastRefreshAtMs = Number.isNaN(lastRefresh) ? null : lastRefresh;
  switch (loginKind(auth)) {
    case 'agent-identity':
      return {...UNKNOWN, ...agentIdentity(auth.agent_identity), lastRefreshAtMs};
    case 'access-token':
    case 'api-key':
    case 'bedrock':
      return {...UNKNOWN, lastRefreshAtMs};
    default:
      return {...identityOfTokens(auth.tokens ?? {}), lastRefreshAtMs};
  }
}

/** The id token says most; the access token fills in. */
function identityOfTokens(tokens: NonNullable<CodexAuth['tokens']>): Omit<Identity, 'lastRefreshAtMs'> {
  const idClaims = tokens.id_token ? (decodeJwtClaims(tokens.id_token) ?? {}) : {};
  const accessClaims = tokens.access_token ? (decodeJwtClaims(tokens.access_token) ?? {}) : {};
  const openai = {...asRecord(accessClaims[AUTH_CLAIM]), ...asRecord(idClaims[AUTH_CLAIM])};
  const profile = asRecord(accessClaims['https://api.openai.com/profile']);
  return {
    userId: asText(openai['chatgpt_user_id']) ?? asText(openai['user_id']),
    workspaceId: asId(tokens.account_id) ?? asId(openai['chatgpt_account_id']),
    organizationId: organizationOf(openai),
    email: asText(idClaims['email']) ?? asText(profile?.['email']),
    plan: asText(openai['chatgpt_plan_type']),
    tokenExpiresAtMs:
      (tokens.access_token ? jwtExpiresAtMs(tokens.access_token) : null) ??
      (tokens.id_token ? jwtExpiresAtMs(tokens.id_token) : null),
    hasRefreshToken: Boolean(tokens.refresh_token),
    isFedramp: openai['chatgpt_account_is_fedramp'] === true,
  };
}

/** An id that goes out in a header; claims may say anything. */
function asId(value: unknown): string | null {
  const id = asText(value);
  return id !== null && notACredential(id) === null ? id : null;
}

/** An agent says it beside its key, or in the claims of a JWT. */
function agentIdentity(agent: unknown): Partial<Identity> {
  const says = (typeof agent === 'string' ? decodeJwtClaims(agent) : asRecord(agent)) ?? {};
  return {
    userId: asText(says['chatgpt_user_id']),
    workspaceId: asId(says['account_id']),
    email: asText(says['email']),
    plan: asText(says['plan_type']),
    isFedramp: says['chatgpt_account_is_fedramp'] === true,
  };
}

/** What the backend says of a personal access token (`whoami`). */
export function identityFromWhoAmI(answer: Record<string, unknown>): Identity {
  return {
    ...UNKNOWN,
    userId: asText(answer['chatgpt_user_id']),
    workspaceId: asId(answer['chatgpt_account_id']),
    email: asText(answer['email']),
    plan: asText(answer['chatgpt_plan_type']),
    isFedramp: answer['chatgpt_account_is_fedramp'] === true,
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
