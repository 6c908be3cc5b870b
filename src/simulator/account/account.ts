import type {JsonObject} from './json.js';
import {mintJwt} from './jwt.js';
import type {UsageState} from './rate-limits.js';
import {ResetCredits} from './reset-credits.js';
import type {SimulatedAccountSpec, SimulatedWindows} from './spec.js';
import {TokenBook, type TokenSet} from './tokens.js';

const TEN_DAYS_SECONDS = 864_000;

/** An account of the backend: who it is, the logins that count, and what it has left. */
export class Account {
  readonly name: string;
  readonly email: string;
  readonly userId: string;
  readonly workspaceId: string;
  readonly organization: {id: string; title: string};
  readonly fedramp: boolean;
  readonly tokens: TokenBook;
  /** The models of its plan; null for all. */
  models: ReadonlySet<string> | null;
  /** Those that `GET models` names; null for all. */
  listedModels: ReadonlySet<string> | null;
  /** Reported with every response; set it freely. */
  readonly usage: UsageState;
  /** What the usage route answers, in place of what follows from `usage`. */
  usageAnswer: JsonObject | null = null;
  /** What its workspace has set for the Codex of its members, each a `config.toml`; only some plans are asked. */
  workspaceSettings: string[] = [];
  readonly resetCredits = new ResetCredits();
  /** Tokens used, by YYYY-MM-DD. */
  tokensByDay: Record<string, number> = {};
  /** What threads are estimated to have cost, by model, in millionths of a credit. */
  creditMicrosByThread: Record<string, Record<string, number>> = {};
  /** How much of the primary window an answered request uses. */
  usedPercentPerRequest: number;
  /** Counts refreshes that gave new tokens. */
  refreshes = 0;

  /** @param accessTokenSeconds how long a new access token lives; default ten days */
  constructor(spec: SimulatedAccountSpec, accessTokenSeconds = TEN_DAYS_SECONDS) {
    this.name = spec.name;
    this.email = spec.email ?? `${spec.name}@example.test`;
    this.userId = spec.userId ?? `user-${spec.name}`;
    this.workspaceId = spec.workspaceId ?? `workspace-${spec.name}`;
    this.organization = spec.organization ?? {id: `org-${spec.name}`, title: 'Personal'};
    this.fedramp = spec.fedramp ?? false;
    this.models = spec.models === undefined ? null : new Set(spec.models);
    this.listedModels = spec.listedModels === undefined ? this.models : new Set(spec.listedModels);
    this.usedPercentPerRequest = spec.usedPercentPerRequest ?? 1;
    this.usage = {
      plan: spec.plan ?? 'plus',
      windows: {...unusedWindows(), ...structuredClone(spec.windows ?? {})},
      credits: {hasCredits: false, unlimited: false, balance: null},
      reachedType: null,
      spendLimitReached: false,
    };
    this.tokens = new TokenBook(
      (expiresAtMs) => ({
        idToken: mintJwt({...this.claims(expiresAtMs), aud: ['app_EMoamEEZ73f0CkXaXp7hrann']}),
        accessToken: mintJwt({...this.claims(expiresAtMs), aud: ['https://api.openai.com/v1']}),
      }),
      accessTokenSeconds,
    );
  }

  /** All windows are unused, and end a whole window from now. */
  startWindowsOver(): void {
    this.usage.windows = unusedWindows();
  }

  /** Nothing is used up any more. */
  reset(): void {
    this.startWindowsOver();
    this.usage.reachedType = null;
    this.usage.spendLimitReached = false;
    delete this.usage.budget;
  }

  /** Counts an answered request into the primary window. */
  use(): void {
    const {primary} = this.usage.windows;
    if (primary !== null)
      primary.usedPercent = Math.min(100, primary.usedPercent + this.usedPercentPerRequest);
  }

  /** A new login's tokens as the contents of an auth.json. @param seconds the access token lives */
  authJson(seconds?: number): JsonObject {
    return authJson(this.tokens.login(seconds), this.workspaceId);
  }

  /** A new personal access token as the contents of an auth.json. */
  personalAccessTokenJson(): JsonObject {
    return {personal_access_token: this.tokens.issueKey('at-')};
  }

  /** A new API key as the contents of an auth.json. */
  apiKeyJson(): JsonObject {
    return {auth_mode: 'apikey', OPENAI_API_KEY: this.tokens.issueKey('sk-')};
  }

  private claims(expiresAtMs: number): JsonObject {
    return {
      iss: 'https://auth.openai.com',
      sub: `auth0|${this.userId}`,
      email: this.email,
      email_verified: true,
      iat: Math.floor(Date.now() / 1000),
      exp: Math.floor(expiresAtMs / 1000),
      'https://api.openai.com/auth': {
        chatgpt_user_id: this.userId,
        user_id: this.userId,
        chatgpt_account_id: this.workspaceId,
        chatgpt_plan_type: this.usage.plan,
        chatgpt_account_is_fedramp: this.fedramp,
        organizations: [{...this.organization, role: 'owner', is_default: true}],
      },
    };
  }
}

/** auth.json as Codex writes it after a ChatGPT login. */
function authJson(tokens: TokenSet, workspaceId: string): JsonObject {
  return {
    auth_mode: 'chatgpt',
    OPENAI_API_KEY: null,
    tokens: {
      id_token: tokens.idToken,
      access_token: tokens.accessToken,
      refresh_token: tokens.refreshToken,
      account_id: workspaceId,
    },
    last_refresh: new Date().toISOString(),
  };
}

function unusedWindows(): SimulatedWindows {
  const window = (windowMinutes: number) => ({
    usedPercent: 0,
    windowMinutes,
    resetAt: Math.floor(Date.now() / 1000) + windowMinutes * 60,
  });
  return {primary: window(300), secondary: window(10_080)};
}
