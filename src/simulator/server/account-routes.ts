import {isObject, stringAt, type JsonObject} from '../account/json.js';
import {usageBody} from '../account/rate-limits.js';
import type {SimulatedAccount} from '../model/simulated-account.js';
import type {Backend} from './backend.js';
import type {Exchange} from './exchange.js';

/*
 * What the backend tells of an account, below /backend-api/wham.
 */

/** GET accounts/check */
export function answerAccountsCheck(backend: Backend, exchange: Exchange, account: SimulatedAccount): void {
  exchange.json(200, {
    accounts: [
      {
        id: account.workspaceId,
        workspace_backend_origin: backend.httpsUrl,
        account_routing_override: 'NO_CONSTRAINT',
      },
    ],
  });
}

/** GET usage */
export function answerUsage(_backend: Backend, exchange: Exchange, account: SimulatedAccount): void {
  const identity = {user_id: account.userId, account_id: account.workspaceId, email: account.email};
  const resets = {rate_limit_reset_credits: {available_count: account.resetCredits.available}};
  exchange.json(200, {...identity, ...(account.usageAnswer ?? {...usageBody(account.usage), ...resets})});
}

/** GET config/bundle: what a business workspace has set for its members */
export function answerConfigBundle(_backend: Backend, exchange: Exchange, account: SimulatedAccount): void {
  const settings = account.workspaceSettings.map((contents, at) => ({
    id: `s${at}`,
    name: `s${at}`,
    contents,
  }));
  exchange.json(200, settings.length === 0 ? {} : {config_toml: {enterprise_managed: settings}});
}

/** GET rate-limit-reset-credits */
export function answerResetCredits(_backend: Backend, exchange: Exchange, account: SimulatedAccount): void {
  exchange.json(200, account.resetCredits.body());
}

/** POST rate-limit-reset-credits/consume */
export function answerConsume(_backend: Backend, exchange: Exchange, account: SimulatedAccount): void {
  const {body} = exchange.record;
  const {primary, secondary} = account.usage.windows;
  const isUsed = [primary, secondary].some((window) => (window?.usedPercent ?? 0) > 0);
  const attempt = stringAt(body, 'redeem_request_id') ?? '';
  const code = account.resetCredits.redeem(attempt, stringAt(body, 'credit_id'), isUsed);
  if (code === 'reset') account.startWindowsOver();
  exchange.json(200, {code});
}

/** GET profiles/me: the tokens that the account has used */
export function answerProfile(_backend: Backend, exchange: Exchange, account: SimulatedAccount): void {
  const tokens = Object.values(account.tokensByDay);
  exchange.json(200, {
    stats: {
      lifetime_tokens: tokens.reduce((sum, count) => sum + count, 0),
      peak_daily_tokens: Math.max(0, ...tokens),
      daily_usage_buckets: Object.entries(account.tokensByDay).map(([start_date, count]) => {
        return {start_date, tokens: count};
      }),
    },
  });
}

/** POST usage/thread_usage/query: what threads are estimated to have cost */
export function answerThreadUsage(_backend: Backend, exchange: Exchange, account: SimulatedAccount): void {
  const {body} = exchange.record;
  const asked = isObject(body) && Array.isArray(body['thread_ids']) ? body['thread_ids'] : [];
  const threads = asked.flatMap((id): JsonObject[] => {
    const models = account.creditMicrosByThread[String(id)];
    if (models === undefined) return [];
    const groups = Object.entries(models).map(([model, micros]) => {
      return {model, total_tokens: null, estimated_usage_credits_micros: micros};
    });
    const micros = Object.values(models).reduce((sum, each) => sum + each, 0);
    return [
      {thread_id: id, estimated_usage_credits_micros: micros, estimated_usage_usd_micros: null, groups},
    ];
  });
  exchange.json(200, {threads});
}
