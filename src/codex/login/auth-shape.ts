import {z} from 'zod';

import {rememberSecret} from '../../files/text/redact.js';
import {notACredential} from './credential-text.js';

const credential = z.string().superRefine((text, context) => {
  const problem = notACredential(text);
  if (problem !== null) context.addIssue({code: 'custom', message: problem});
});

/** Tokens as Codex keeps them. A provider may leave the id token out until the first refresh. */
const tokensSchema = z.looseObject({
  id_token: credential.nullish(),
  access_token: credential.nullish(),
  refresh_token: credential.nullish(),
  account_id: credential.nullish(),
});

const authSchema = z.looseObject({
  auth_mode: z.string().nullish(),
  OPENAI_API_KEY: credential.nullish(),
  tokens: tokensSchema.nullish(),
  last_refresh: z.string().nullish(),
  personal_access_token: credential.nullish(),
  /** An object with a private key, or a JWT. */
  agent_identity: z.unknown().optional(),
  bedrock_api_key: z.looseObject({api_key: credential.nullish(), region: z.string().nullish()}).nullish(),
});

/** `auth.json` as far as `cao` reads it; every other key is kept as it stands. */
export type CodexAuth = z.infer<typeof authSchema>;

/** Names of what is secret, with everything below them, also in a kind of login that is not known yet. */
const SECRET = /token|key|secret|identity|private|credential|password|cookie/i;

/** No login is nested so deep. */
const DEEPEST = 100;

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
 * Checks the shape of an `auth.json` value and the credentials in it, and makes every later output hide its secrets.
 *
 * @returns null when it cannot be one.
 */
export function parseAuth(value: unknown): CodexAuth | null {
  const checked = checkAuth(value);
  return 'auth' in checked ? checked.auth : null;
}

/** {@link parseAuth} with the reason why it cannot be one, which quotes nothing of it. */
export function checkAuth(value: unknown): {auth: CodexAuth} | {problem: string} {
  const checked = authSchema.safeParse(value);
  // Those of one that cannot be used are hidden too.
  const isDeep = !rememberSecrets(value, false, DEEPEST);
  if (checked.success && !isDeep) return {auth: checked.data};
  const unusable = checked.error?.issues.find(({code}) => code === 'custom');
  return {
    problem: unusable ? `${unusable.path.join('.')} ${unusable.message}` : 'not the shape of an auth.json',
  };
}

/** Whether `tokens` is there with nothing in it: Codex cannot read such a file, whatever else is in it. */
export function hasEmptyTokens({tokens}: CodexAuth): boolean {
  return Boolean(tokens) && !tokens?.id_token && !tokens?.access_token && !tokens?.refresh_token;
}

/** Without tokens that are all empty, over which Codex cannot read the rest. */
export function readableByCodex(auth: CodexAuth): CodexAuth {
  return hasEmptyTokens(auth) ? {...auth, tokens: null} : auth;
}

/** @returns false for a value that is nested deeper than `depth`: whoever walks through it, or writes it, would not come back. */
function rememberSecrets(value: unknown, within: boolean, depth: number): boolean {
  if (typeof value === 'string' && within) rememberSecret(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  let isWhole = true;
  for (const [key, member] of Object.entries(value)) {
    const isSecret = !PUBLIC.has(key) && (within || SECRET.test(key));
    isWhole = rememberSecrets(member, isSecret, depth - 1) && isWhole;
  }
  return isWhole;
}
