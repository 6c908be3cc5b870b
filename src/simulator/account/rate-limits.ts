import type {JsonObject} from './json.js';
import type {SimulatedWindow, SimulatedWindows} from './spec.js';

/** The state that the backend reports with every response. */
export type UsageState = {
  plan: string;
  windows: SimulatedWindows;
  credits: {hasCredits: boolean; unlimited: boolean; balance: string | null};
  /** `x-codex-rate-limit-reached-type`, such as workspace_member_usage_limit_reached */
  reachedType: string | null;
  spendLimitReached: boolean;
  /** the budget of this member of a workspace, in credits; `resetAt` in epoch seconds; default none */
  budget?: {limit: number; used: number; resetAt: number};
};

const nowSeconds = (): number => Math.floor(Date.now() / 1000);

const places = ['primary', 'secondary'] as const;

/** The headers of one family of windows: `x-codex-primary-…`, or `x-codex-ID-primary-…` for a further limit. */
function windowHeaders(windows: SimulatedWindows, family = 'codex'): Record<string, string> {
  const prefix = family === 'codex' ? 'x-codex' : `x-codex-${family}`;
  const headers: Record<string, string> = {};
  for (const place of places) {
    const window = windows[place];
    if (window === null) continue;
    headers[`${prefix}-${place}-used-percent`] = String(window.usedPercent);
    headers[`${prefix}-${place}-window-minutes`] = String(window.windowMinutes);
    headers[`${prefix}-${place}-reset-at`] = String(window.resetAt);
  }
  return headers;
}

/** Every rate-limit header of an account. */
export function rateLimitHeaders(usage: UsageState): Record<string, string> {
  return {
    'x-codex-active-limit': 'codex',
    ...windowHeaders(usage.windows),
    'x-codex-credits-has-credits': usage.credits.hasCredits ? 'True' : 'False',
    'x-codex-credits-unlimited': usage.credits.unlimited ? 'True' : 'False',
    ...(usage.credits.balance === null ? {} : {'x-codex-credits-balance': usage.credits.balance}),
    ...(usage.reachedType === null ? {} : {'x-codex-rate-limit-reached-type': usage.reachedType}),
  };
}

function eventWindow(window: SimulatedWindow | null): JsonObject | null {
  if (window === null) return null;
  return {used_percent: window.usedPercent, window_minutes: window.windowMinutes, reset_at: window.resetAt};
}

function creditsBody(usage: UsageState): JsonObject {
  const {hasCredits, unlimited, balance} = usage.credits;
  return {has_credits: hasCredits, unlimited, balance};
}

/** The `codex.rate_limits` event, the same in SSE and over a WebSocket. */
export function rateLimitEvent(usage: UsageState): JsonObject {
  return {
    type: 'codex.rate_limits',
    plan_type: usage.plan,
    rate_limits: {
      allowed: !isExhausted(usage),
      limit_reached: isExhausted(usage),
      primary: eventWindow(usage.windows.primary),
      secondary: eventWindow(usage.windows.secondary),
    },
    credits: creditsBody(usage),
    metered_limit_name: 'codex',
    limit_name: null,
  };
}

/** A window is full, or the workspace has reached a limit of its own. */
function isExhausted(usage: UsageState): boolean {
  return (
    places.some((place) => (usage.windows[place]?.usedPercent ?? 0) >= 100) || usage.reachedType !== null
  );
}

function usageWindow(window: SimulatedWindow | null): JsonObject | null {
  if (window === null) return null;
  return {
    used_percent: Math.round(window.usedPercent),
    limit_window_seconds: window.windowMinutes * 60,
    reset_after_seconds: Math.max(0, window.resetAt - nowSeconds()),
    reset_at: window.resetAt,
  };
}

function isSpent({budget}: UsageState): boolean {
  return budget !== undefined && budget.used >= budget.limit;
}

/** A budget as business plans tell it: amounts as strings. */
function individualLimit({budget}: UsageState): JsonObject | null {
  if (budget === undefined) return null;
  const {limit, used, resetAt} = budget;
  const usedPercent = Math.floor((used / limit) * 100);
  return {
    source: 'workspace_spend_controls',
    limit: String(limit),
    used: String(used),
    remaining: String(Math.max(0, limit - used)),
    used_percent: usedPercent,
    remaining_percent: 100 - usedPercent,
    reset_after_seconds: Math.max(0, resetAt - nowSeconds()),
    reset_at: resetAt,
  };
}

/** The body of `GET wham/usage`, without the identity of the account and its banked resets. */
export function usageBody(usage: UsageState): JsonObject {
  return {
    plan_type: usage.plan,
    rate_limit: places.every((place) => usage.windows[place] === null)
      ? null
      : {
          allowed: !isExhausted(usage),
          limit_reached: isExhausted(usage),
          primary_window: usageWindow(usage.windows.primary),
          secondary_window: usageWindow(usage.windows.secondary),
        },
    additional_rate_limits: null,
    credits: creditsBody(usage),
    spend_control: {
      reached: usage.spendLimitReached || isSpent(usage),
      individual_limit: individualLimit(usage),
    },
    rate_limit_reached_type: usage.reachedType === null ? null : {type: usage.reachedType},
  };
}
