import {Hold, type Disturbance, type ErrorAnswer} from '../model/disturbances.js';
import {mintJwt} from './jwt.js';
import type {JsonObject} from '../server/json.js';
import type {UsageState} from './rate-limits.js';
import {Script, type Rule, type RuleOptions} from '../model/script.js';
import type {SimulatedAccountSpec, SimulatedWindows} from '../model/spec.js';
import {TokenBook, type TokenSet} from './tokens.js';

const TEN_DAYS_SECONDS = 864_000;

/** An account of the simulated backend: who it is, what it has left, and what is to go wrong with it. */
export class SimulatedAccount {
  readonly name: string;
  readonly email: string;
  readonly userId: string;
  readonly workspaceId: string;
  readonly organization: {id: string; title: string};
  readonly tokens: TokenBook;
  readonly script = new Script();
  /** Reported with every response; set it freely. */
  readonly usage: UsageState;
  /** How much of the primary window an answered request uses. */
  usedPercentPerRequest: number;
  /** Milliseconds before each event of a stream. */
  eventDelayMs = 0;
  /** Counts every response request (pre-warms and side tasks excepted), refused ones too. */
  responseRequests = 0;
  /** Counts refreshes that gave new tokens. */
  refreshes = 0;
  /** Answers to refresh requests that come in place of new tokens, one each. */
  readonly refreshFailures: ErrorAnswer[] = [];
  /** Stops refreshes until it is released. */
  refreshHold: Hold | null = null;

  constructor(spec: SimulatedAccountSpec, accessTokenSeconds = TEN_DAYS_SECONDS) {
    this.name = spec.name;
    this.email = spec.email ?? `${spec.name}@example.test`;
    this.userId = spec.userId ?? `user-${spec.name}`;
    this.workspaceId = spec.workspaceId ?? `workspace-${spec.name}`;
    this.organization = spec.organization ?? {id: `org-${spec.name}`, title: 'Personal'};
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

  /** Makes requests meet a disturbance; see the builders of `disturbances`. */
  fail(disturbance: Disturbance, options: RuleOptions = {}): Rule {
    return this.script.add(disturbance, options);
  }

  /** Stops the next request at this place until it is released. */
  hold(options: RuleOptions = {}): Hold {
    const hold = new Hold();
    this.script.add(hold, {times: 1, ...options});
    return hold;
  }

  /** Nothing goes wrong any more and nothing is used up. */
  reset(): void {
    this.script.clear();
    this.refreshFailures.length = 0;
    this.refreshHold?.release();
    this.refreshHold = null;
    this.eventDelayMs = 0;
    this.usage.windows = unusedWindows();
    this.usage.reachedType = null;
    this.usage.spendLimitReached = false;
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
        organizations: [{...this.organization, role: 'owner', is_default: true}],
      },
    };
  }
}

/** auth.json as Codex writes it after a ChatGPT login. */
export function authJson(tokens: TokenSet, workspaceId: string): JsonObject {
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
