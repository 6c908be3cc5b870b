import type {LoginKind} from '../../contract/index.js';
import type {LoginMethod} from '../home/account-config.js';
import type {CodexAuth} from './auth-shape.js';

/** What a kind of login can do. */
export type LoginTraits = {
  /** With its article, within a sentence. */
  noun: string;
  /** The `forced_login_method` that an account with it needs. */
  method: LoginMethod;
  /** The `forced_login_method` under which Codex logs out and deletes it; null for neither. */
  deletedUnder: LoginMethod | null;
  /** Each use is paid for: there is no quota. */
  billed: boolean;
  /** Why it cannot be used through the gateway, as a reason for passing it over; null when it can. */
  notInGateway: string | null;
  /** Whether `cao` can ask for its usage by itself, with the token alone. */
  hasUsage: boolean;
  /** What makes `codex login`, and so `cao add`, log in this way; nothing where it is the usual way or there is none. */
  loginArguments: readonly string[];
  /** Whether its tokens are `cao`'s or Codex's to refresh. */
  refreshable: boolean;
};

/** Every kind of login of Codex 0.169. How each stands under a forced login method was measured. */
const TRAITS: Record<LoginKind, LoginTraits> = {
  chatgpt: subscription('a ChatGPT login', {deletedUnder: 'api', refreshable: true}),
  // Another program renews these in auth.json: refreshing them here would log that one out.
  'external-tokens': subscription('a login whose tokens another program manages', {deletedUnder: 'api'}),
  'access-token': subscription('a personal access token', {loginArguments: ['--with-access-token']}),
  'agent-identity': subscription('an agent identity', {
    notInGateway: 'not for the gateway: an agent identity signs every request itself',
    hasUsage: false,
  }),
  'api-key': billed(
    'an API key',
    'not for the gateway: an API key is for another address than subscriptions',
    ['--with-api-key'],
  ),
  bedrock: billed(
    'an Amazon Bedrock key',
    'not for the gateway: an Amazon Bedrock key is for another provider',
  ),
  other: subscription('a login of a kind that this cao does not know', {
    notInGateway: 'not for the gateway: this cao does not know its kind of login',
    hasUsage: false,
  }),
};

type KnownKind = Exclude<LoginKind, 'other'>;

/** `auth_mode` of auth.json, by which Codex tells the kinds apart. */
const KINDS_BY_MODE: Readonly<Record<string, KnownKind>> = {
  chatgpt: 'chatgpt',
  chatgptAuthTokens: 'external-tokens',
  personalAccessToken: 'access-token',
  agentIdentity: 'agent-identity',
  apikey: 'api-key',
  bedrockApiKey: 'bedrock',
};

/** @param kind null, for an account that has no login yet, stands for the one it is to get: ChatGPT. */
export function traitsOf(kind: LoginKind | null): LoginTraits {
  return TRAITS[kind ?? 'chatgpt'];
}

/**
 * The kind of login that Codex takes an `auth.json` for.
 *
 * @returns null when what that kind needs is not in it: nobody is logged in.
 */
export function loginKind(auth: CodexAuth): LoginKind | null {
  const mode = auth.auth_mode ?? impliedMode(auth);
  const kind = Object.hasOwn(KINDS_BY_MODE, mode) ? KINDS_BY_MODE[mode] : undefined;
  // Never taken for nothing: a newer Codex may well have put it there.
  if (kind === undefined) return 'other';
  return holdsWhatItNeeds(kind, auth) ? kind : null;
}

/** Without `auth_mode` Codex goes by what is there, in this order; an agent identity is not among it. */
function impliedMode(auth: CodexAuth): string {
  if (auth.personal_access_token !== undefined && auth.personal_access_token !== null)
    return 'personalAccessToken';
  if (auth.bedrock_api_key) return 'bedrockApiKey';
  return auth.OPENAI_API_KEY === undefined || auth.OPENAI_API_KEY === null ? 'chatgpt' : 'apikey';
}

function holdsWhatItNeeds(kind: KnownKind, auth: CodexAuth): boolean {
  switch (kind) {
    case 'chatgpt':
    case 'external-tokens':
      return Boolean(auth.tokens?.access_token) || Boolean(auth.tokens?.refresh_token);
    case 'access-token':
      return Boolean(auth.personal_access_token);
    case 'agent-identity':
      return Boolean(auth.agent_identity);
    case 'api-key':
      return Boolean(auth.OPENAI_API_KEY);
    case 'bedrock':
      return Boolean(auth.bedrock_api_key?.api_key);
  }
}

/** What goes out as `Authorization: Bearer` to the ChatGPT backend; null for a login that has no such token. */
export function bearerToken(auth: CodexAuth): string | null {
  switch (loginKind(auth)) {
    case 'chatgpt':
    case 'external-tokens':
      return auth.tokens?.access_token || null;
    case 'access-token':
      return auth.personal_access_token ?? null;
    default:
      return null;
  }
}

function subscription(noun: string, but: Partial<LoginTraits>): LoginTraits {
  return {
    noun,
    method: 'chatgpt',
    deletedUnder: null,
    billed: false,
    notInGateway: null,
    hasUsage: true,
    loginArguments: [],
    refreshable: false,
    ...but,
  };
}

function billed(noun: string, notInGateway: string, loginArguments: readonly string[] = []): LoginTraits {
  return {
    noun,
    method: 'api',
    deletedUnder: 'chatgpt',
    billed: true,
    notInGateway,
    hasUsage: false,
    loginArguments,
    refreshable: false,
  };
}
