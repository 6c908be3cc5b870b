import {z} from 'zod';

import {rememberSecret} from '../../files/redact.js';

/** Tokens as Codex keeps them. A provider may leave the id token out until the first refresh. */
const tokensSchema = z.looseObject({
  id_token: z.string().nullish(),
  access_token: z.string().nullish(),
  refresh_token: z.string().nullish(),
  account_id: z.string().nullish(),
});

const authSchema = z.looseObject({
  auth_mode: z.string().nullish(),
  OPENAI_API_KEY: z.string().nullish(),
  tokens: tokensSchema.nullish(),
  last_refresh: z.string().nullish(),
  personal_access_token: z.string().nullish(),
  /** An object with a private key, or a JWT. */
  agent_identity: z.unknown().optional(),
  bedrock_api_key: z.looseObject({api_key: z.string().nullish(), region: z.string().nullish()}).nullish(),
});

/** `auth.json` as far as `cao` reads it; every other key is kept as it stands. */
export type CodexAuth = z.infer<typeof authSchema>;

/** Names of what is secret, with everything below them, also in a kind of login that is not known yet. */
const SECRET = /token|key|secret|identity|private|credential|password|cookie/i;

/** What may be shown nevertheless. */
const PUBLIC: ReadonlySet<string> = new Set([
  'account_id',
  'login_owner_id',
  'chatgpt_user_id',
  'email',
  'plan_type',
  'region',
]);

/**
 * Checks the shape of an `auth.json` value, and makes every later output hide its secrets.
 *
 * @returns null when it cannot be one.
 */
export function parseAuth(value: unknown): CodexAuth | null {
  const checked = authSchema.safeParse(value);
  if (!checked.success) return null;
  rememberSecrets(checked.data, false);
  return checked.data;
}

/** Whether `tokens` is there with nothing in it: Codex cannot read such a file, whatever else is in it. */
export function hasEmptyTokens({tokens}: CodexAuth): boolean {
  return Boolean(tokens) && !tokens?.id_token && !tokens?.access_token && !tokens?.refresh_token;
}

/** Without tokens that are all empty, over which Codex cannot read the rest. */
export function readableByCodex(auth: CodexAuth): CodexAuth {
  return hasEmptyTokens(auth) ? {...auth, tokens: null} : auth;
}

function rememberSecrets(value: unknown, within: boolean): void {
  if (typeof value === 'string' && within) rememberSecret(value);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (!PUBLIC.has(key)) rememberSecrets(member, within || SECRET.test(key));
  }
}
