import type {UsePolicy} from '../../accounts/data/gateway-file.js';
import {type Standing, modelOutUntil, stateOf} from '../../accounts/state/account-state.js';
import {classes, hasWorkingLogin, offeredFirst, usable} from '../../accounts/state/choice.js';
import {
  type Consequence,
  type End,
  accountsReached,
  applyConsequence,
  consequenceOf,
  markRefused,
} from '../../accounts/state/consequences.js';
import {lacksModel, listsDiffer, listsModel, missingModels} from '../../accounts/state/missing-models.js';
import {statusAsOf, usageAsOf} from '../../accounts/data/clock-ahead.js';
import {type AccountStatus, inLightOf} from '../../accounts/data/status-file.js';
import type {Account} from '../../accounts/store/store.js';
import {takesBack, windowsAt} from '../../accounts/data/usage-file.js';
import {usageOf} from '../../accounts/store/usage-store.js';
import {creditsFromHeaders} from '../../codex/usage/rate-limits.js';
import type {UsageWindow} from '../../contract/index.js';
import type {AccountRule} from './account-rule.js';
import type {LiveAccounts} from './live-accounts.js';
import type {LiveUsage} from './live-usage.js';
import type {HomeLogin, LoginCache} from './login-cache.js';
import {type Strategy, rank} from './strategies.js';

/** An account with what a request needs of it, and the decision on it. */
export type PoolAccount = {
  name: string;
  home: string;
  isDefault: boolean;
  standing: Standing;
  /** When the limit of the model that is asked for returns; null when it is not out. */
  modelUntilMs: number | null;
  /** It was found not to have that model. */
  lacksModel: boolean;
  /** Whether its list of models names it; null where none is known. */
  listsModel: boolean | null;
  /** When it last met its quota, milliseconds since the epoch. */
  lastQuotaAtMs: number | null;
  /** As they stand now. */
  windows: readonly UsageWindow[];
  login: HomeLogin | null;
};

/** What only this process knows of an account. */
type Live = {
  /** Why it was last passed over. */
  reason: string | null;
  inFlight: number;
  requests: number;
};

export type PoolOptions = {
  accounts: LiveAccounts;
  usage: LiveUsage;
  logins: LoginCache;
  strategy: Strategy;
  policy: UsePolicy;
};

export type Wish = {
  /** The account that has the thread. */
  sticky: string | null;
  /** Not these. */
  without: ReadonlySet<string>;
  /** The model that is asked for, where known. */
  model: string | null;
  /** What the run that asks wants. */
  rule: AccountRule | null;
};

/** The accounts, which of them can take a request now, and what is learned of them on the way. */
export class AccountPool {
  private readonly live = new Map<string, Live>();

  constructor(private readonly options: PoolOptions) {}

  /** Every account as it stands now, in the order in which they are tried. */
  async list(model: string | null = null, nowMs = Date.now()): Promise<PoolAccount[]> {
    const {accounts, usage} = this.options;
    await usage.current();
    return Promise.all((await accounts.current()).map((account) => this.describe(account, model, nowMs)));
  }

  /**
   * The account for a request: the one that its run names, else the thread's own while none of a better class can, else by
   * strategy. Null when none can, or none may because the one that is named has no login that works.
   */
  async choose({sticky, without, model, rule}: Wish, nowMs = Date.now()): Promise<PoolAccount | null> {
    const all = await this.list(model, nowMs);
    if (rule) {
      const named = all.find(({name}) => name === rule.account);
      if (!named || !hasWorkingLogin(named)) return null;
      // One that lacks the model leaves it to others, where there may be any.
      const isFirst = rule.kind === 'only' || !named.lacksModel;
      if (isFirst && !without.has(named.name) && isDue(named, rule)) return named;
      if (rule.kind === 'only') return null;
    }
    const left = classes(all).map((one) => one.filter(({name}) => !without.has(name)));
    const best = left.find(({length}) => length > 0) ?? [];
    return (
      best.find(({name}) => name === sticky) ?? offeredFirst(rank(best, this.options.strategy))[0] ?? null
    );
  }

  /** Whether the model makes a difference to which account is asked, so that requests must be read for theirs. */
  async choosesByModel(nowMs = Date.now()): Promise<boolean> {
    const {usage} = this.options;
    const accounts = await this.options.accounts.current();
    const isAnyOut = accounts.some(
      ({status}) =>
        missingModels(status, nowMs).length > 0 ||
        Object.values(status.modelCooldowns ?? {}).some((untilMs) => untilMs > nowMs),
    );
    if (isAnyOut) return true;
    return listsDiffer(
      accounts.map(({name}) => usageOf(usage.latest, name)),
      nowMs,
    );
  }

  attempted(name: string, atMs: number): void {
    this.of(name).requests += 1;
    this.change(name, (status) => ({...status, lastAttemptAtMs: atMs}));
  }

  /** Takes down what the end of a request means, for all accounts that it reaches. @returns null for nothing. */
  async ended(name: string, end: End, model: string | null, nowMs = Date.now()): Promise<Consequence | null> {
    const {usage, policy} = this.options;
    const consequence = consequenceOf(end, {model, restMs: policy.restMs, nowMs});
    if (consequence === null) return null;
    if (consequence.kind !== 'success') this.of(name).reason = consequence.reason;
    const {windows} = usageOf(usage.latest, name);
    const refused = markRefused(windows, end).filter((window) => window.refused === true);
    if (refused.length > 0) usage.change({account: name, windows: refused, source: 'gateway', atMs: nowMs});
    const workspaces = consequence.scope === 'workspace' ? await this.workspaces() : new Map<string, null>();
    this.apply(accountsReached(consequence, name, workspaces), consequence, nowMs);
    return consequence;
  }

  /** {@link ended} well: on the way of every request, so without waiting for anything. */
  succeeded(name: string, startedAtMs: number, nowMs = Date.now()): void {
    const {usage, policy} = this.options;
    const context = {model: null, restMs: policy.restMs, nowMs};
    const consequence = consequenceOf({kind: 'success', startedAtMs}, context);
    if (consequence) this.apply([name], consequence, nowMs);
    if (takesBack(usageOf(usage.latest, name), startedAtMs))
      usage.change({account: name, windows: [], source: 'gateway', atMs: nowMs, workedSinceMs: startedAtMs});
  }

  /** Why an account was last passed over, as far as this process saw it. */
  reasonOf(name: string): string | null {
    return this.of(name).reason;
  }

  /** Takes note of windows as the backend told them with a response. @param headers lower-case names. */
  learn(name: string, windows: UsageWindow[], headers: Readonly<Record<string, string>> = {}): void {
    const credits = creditsFromHeaders(headers);
    if (windows.length === 0 && credits === null) return;
    this.options.usage.change({account: name, windows, credits, source: 'gateway', atMs: Date.now()});
  }

  /** Takes note of the models that the backend offers an account. */
  learnModels(name: string, models: readonly string[]): void {
    this.options.usage.change({account: name, windows: [], models, source: 'gateway', atMs: Date.now()});
  }

  /** Counts a request under way. Call what is returned when it has ended. */
  enter(name: string): () => void {
    const live = this.of(name);
    live.inFlight += 1;
    let left = false;
    return () => {
      if (!left) live.inFlight -= 1;
      left = true;
    };
  }

  counts(name: string): {inFlight: number; requests: number} {
    const {inFlight, requests} = this.of(name);
    return {inFlight, requests};
  }

  get inFlight(): number {
    return [...this.live.values()].reduce((sum, {inFlight}) => sum + inFlight, 0);
  }

  private async describe(account: Account, model: string | null, nowMs: number): Promise<PoolAccount> {
    const {name, home, isDefault} = account;
    const {facts: loginFacts, login} = await this.options.logins.of(home);
    const usage = usageAsOf(usageOf(this.options.usage.latest, name), nowMs);
    const status = inLightOf(statusAsOf(account.status, nowMs), usage);
    const facts = {
      login: loginFacts,
      status,
      usage,
    };
    return {
      name,
      home,
      isDefault,
      login,
      standing: stateOf(name, facts, this.options.policy, nowMs),
      modelUntilMs: modelOutUntil(status, model, nowMs),
      lacksModel: lacksModel(status, model, nowMs),
      listsModel: listsModel(usage, model, nowMs),
      lastQuotaAtMs: status.lastQuotaAtMs,
      windows: windowsAt(usage, nowMs),
    };
  }

  private async workspaces(): Promise<Map<string, string | null>> {
    return new Map((await this.list()).map(({name, login}) => [name, login?.workspaceId ?? null]));
  }

  private apply(names: readonly string[], consequence: Consequence, nowMs: number): void {
    for (const name of names) this.change(name, (status) => applyConsequence(status, consequence, nowMs));
  }

  private change(name: string, change: (status: AccountStatus) => AccountStatus): void {
    this.options.accounts.change({name, change});
  }

  private of(name: string): Live {
    const live = this.live.get(name) ?? {reason: null, inFlight: 0, requests: 0};
    this.live.set(name, live);
    return live;
  }
}

/** Whether the account that a run names is to be asked: where no other may be, whatever is known of what is left on it. */
function isDue(named: PoolAccount, rule: AccountRule): boolean {
  if (rule.kind === 'only' || usable([named]).length > 0) return true;
  return (named.lastQuotaAtMs ?? 0) < rule.sinceMs;
}
