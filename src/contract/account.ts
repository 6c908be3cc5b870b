import type {Usage} from './usage.js';

/**
 * Whether an account can work now, in the words that every screen, report, output and plugin uses, people's too.
 *
 * - `ready`: it can be tried.
 * - `cooldown`: the backend refused it; passed over until a time.
 * - `used-up`: a window of it is full or the backend says that it is out, though no work was refused yet; passed over
 *   while another account is ready.
 * - `reserved`: what is left of it is kept for other uses (`gateway.json`, `reserve`).
 * - `needs-login`: it has no login, or the backend takes the one it has no longer.
 * - `quarantined`: the backend has closed it; only a new login brings it back.
 */
export type AccountState = 'ready' | 'cooldown' | 'used-up' | 'reserved' | 'needs-login' | 'quarantined';

/**
 * How an account is signed in, as its `auth.json` says it.
 *
 * - `chatgpt`: with ChatGPT; Codex and `cao` refresh its tokens.
 * - `external-tokens`: with ChatGPT, by tokens that another program manages.
 * - `access-token`: a personal access token of a ChatGPT workspace.
 * - `agent-identity`: a key of its own in a ChatGPT workspace.
 * - `api-key`: an API key. Billed, no quota.
 * - `bedrock`: a key for Amazon Bedrock. Billed, no quota.
 * - `other`: a kind that this version does not know.
 */
export type LoginKind =
  'chatgpt' | 'external-tokens' | 'access-token' | 'agent-identity' | 'api-key' | 'bedrock' | 'other';

/** One account as `cao status --json` shows it. Times in milliseconds since the epoch; null where unknown. */
export type AccountReport = {
  name: string;
  isDefault: boolean;
  state: AccountState;
  /** Why it is not ready. */
  stateReason: string | null;
  /** When the state is known to end by itself; null for never or unknown. */
  stateUntilMs: number | null;
  /** Its plan's quota is used up: what it does now is paid with credits, so it is tried after those that have quota. */
  spendsCredits: boolean;
  loggedIn: boolean;
  /** Null while nobody is logged in. */
  kind: LoginKind | null;
  accountId: string | null;
  organizationId: string | null;
  tokenExpiresAtMs: number | null;
  tokenExpiresAtIso: string | null;
  tokenExpiresInMs: number | null;
  /** Whether there is a refresh token, so that an expired token is renewed by itself. */
  refreshable: boolean;
  lastRefreshAtMs: number | null;
  lastRefreshAtIso: string | null;
  lastAttemptAtMs: number | null;
  lastAttemptAtIso: string | null;
  lastSuccessAtMs: number | null;
  lastSuccessAtIso: string | null;
  lastQuotaAtMs: number | null;
  lastQuotaAtIso: string | null;
  cooldownUntilMs: number | null;
  cooldownUntilIso: string | null;
  cooldownRemainingMs: number | null;
  /** Limits of single models that are out; the account itself is usable. */
  modelCooldowns: {limitId: string; untilMs: number}[];
  /** Models that the backend said it does not have, and until when that is believed. */
  missingModels: {model: string; untilMs: number}[];
  consecutiveFailures: number;
  lastError: string | null;
  accountDir: string;
  authFilePath: string;
  email: string | null;
  plan: string | null;
  userId: string | null;
  usage: Usage | null;
};
