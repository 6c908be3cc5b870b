import {
  type AccountStatus,
  afterBlock,
  afterFailure,
  afterQuota,
  afterSuccess,
} from '../../accounts/status.js';
import type {Account} from '../../accounts/store.js';
import type {UsageWindow} from '../../contract/index.js';
import {MAIN_LIMIT_ID, spentWindows} from '../../codex/usage/rate-limits.js';
import type {Verdict} from '../../contract/index.js';
import type {LiveAccounts} from './live-accounts.js';
import type {HomeLogin, LoginCache} from './login-cache.js';
import {type Strategy, bindingWindow, rank} from './strategies.js';

/** From here on a window counts as used up. */
const FULL_PERCENT = 99.95;

/** A wait that the backend does not name an end of can also be told to a client, as this. */
const UNKNOWN_WAIT_MS = 60_000;

export type AccountState =
  'ready' | 'cooldown' | 'exhausted' | 'reserved' | 'needs-login' | 'dead' | 'not-logged-in';

export type PoolAccount = {
  name: string;
  home: string;
  isDefault: boolean;
  state: AccountState;
  /** Until when `state` is known to last, milliseconds since the epoch. */
  untilMs: number | null;
  windows: readonly UsageWindow[];
  login: HomeLogin | null;
  status: AccountStatus;
};

/** What only this process knows of an account. */
type Live = {
  windows: Map<string, UsageWindow>;
  hasCredits: boolean;
  /** Model → until when its own limit is used up. */
  models: Map<string, number>;
  /** Why it was last passed over. */
  reason: string | null;
  inFlight: number;
  requests: number;
};

export type PoolOptions = {
  accounts: LiveAccounts;
  logins: LoginCache;
  strategy: Strategy;
  /** Percent of an account's quota to leave, by name. */
  reserve: Readonly<Record<string, number>>;
  /** How long a quota without an end lasts. */
  cooldownMs: number;
  /** `refused`: the backend has just refused a request for these. */
  onUsage?: (accountName: string, windows: (UsageWindow & {refused?: boolean})[], atMs: number) => void;
};

export type Wish = {
  /** The account that has the thread. */
  sticky: string | null;
  /** Not these. */
  without: ReadonlySet<string>;
  /** The model that is asked for, where known. */
  model: string | null;
};

/** The accounts, which of them can take a request now, and what is learned of them on the way. */
export class AccountPool {
  private readonly live = new Map<string, Live>();

  constructor(private readonly options: PoolOptions) {}

  /** Every account with its state now, in the order in which they are tried. */
  async list(nowMs = Date.now()): Promise<PoolAccount[]> {
    const accounts = await this.options.accounts.list();
    return Promise.all(
      accounts.map(async (account) => {
        const login = await this.options.logins.of(account.home);
        const windows = [...this.of(account.name).windows.values()];
        const {name, home, isDefault, status} = account;
        return {
          name,
          home,
          isDefault,
          status,
          login,
          windows,
          ...this.stateOf(account, login, windows, nowMs),
        };
      }),
    );
  }

  /** The account for a request: the thread's own while it can, else by strategy. Null when none can. */
  async choose(wish: Wish, nowMs = Date.now()): Promise<PoolAccount | null> {
    const possible = (await this.list(nowMs)).filter(
      (account) => !wish.without.has(account.name) && !this.modelIsOut(account.name, wish.model, nowMs),
    );
    const ready = possible.filter(({state}) => state === 'ready');
    const sticky = ready.find(({name}) => name === wish.sticky);
    if (sticky) return sticky;
    // A full window is a number seen earlier; the backend's own answer outranks it when nothing else is left.
    const exhausted = possible.filter(({state}) => state === 'exhausted');
    return rank(ready, this.options.strategy, nowMs)[0] ?? exhausted[0] ?? null;
  }

  /** True while some account has a limit of one model, so that requests must be read for theirs. */
  get knowsModelLimits(): boolean {
    return [...this.live.values()].some(({models}) => models.size > 0);
  }

  attempted(name: string, atMs: number): void {
    this.of(name).requests += 1;
    this.options.accounts.change(name, (status) => ({...status, lastAttemptAtMs: atMs}));
  }

  /** @param startedAtMs when the request began. */
  succeeded(name: string, startedAtMs: number, nowMs = Date.now()): void {
    this.options.accounts.change(name, (status) => afterSuccess(status, nowMs, startedAtMs));
  }

  failed(name: string, reason: string): void {
    this.options.accounts.change(name, (status) => afterFailure(status, reason));
  }

  block(name: string, kind: 'auth' | 'dead', reason: string, atMs = Date.now()): void {
    this.of(name).reason = reason;
    this.options.accounts.change(name, (status) => afterBlock(status, {kind, reason, atMs}));
  }

  /** Takes a quota verdict down. @returns until when, milliseconds since the epoch. */
  async cool(
    name: string,
    verdict: Extract<Verdict, {kind: 'quota'}>,
    model: string | null,
    nowMs = Date.now(),
  ): Promise<number> {
    const untilMs = verdict.until?.getTime() ?? nowMs + this.options.cooldownMs;
    const quota = {atMs: nowMs, untilMs, reason: verdict.reason};
    const live = this.of(name);
    live.reason = verdict.reason;
    const spent = spentWindows([...live.windows.values()]).map((window) => ({...window, refused: true}));
    if (spent.length > 0) this.options.onUsage?.(name, spent, nowMs);
    if (verdict.scope === 'model') {
      if (model !== null) live.models.set(model, untilMs);
      const limitId = verdict.limitId ?? model ?? 'model';
      this.options.accounts.change(name, (status) => afterQuota(status, {...quota, limitId}));
      return untilMs;
    }
    const names = verdict.scope === 'workspace' ? await this.workspaceOf(name) : [name];
    for (const each of names) this.options.accounts.change(each, (status) => afterQuota(status, quota));
    return untilMs;
  }

  /** Why an account was last passed over, as far as this process saw it. */
  reasonOf(name: string): string | null {
    return this.of(name).reason;
  }

  /** Takes note of windows as the backend told them with a response. */
  learn(name: string, windows: UsageWindow[], headers: Readonly<Record<string, string>> = {}): void {
    const live = this.of(name);
    const credits = headers['x-codex-credits-has-credits'];
    if (credits !== undefined) {
      live.hasCredits = /^true$/i.test(credits) || /^true$/i.test(headers['x-codex-credits-unlimited'] ?? '');
    }
    if (windows.length === 0) return;
    for (const window of windows) live.windows.set(`${window.limitId}:${window.windowMinutes}`, window);
    this.options.onUsage?.(name, windows, Date.now());
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

  private stateOf(
    account: Account,
    login: HomeLogin | null,
    windows: readonly UsageWindow[],
    nowMs: number,
  ): {state: AccountState; untilMs: number | null} {
    const {blocked, cooldownUntilMs} = account.status;
    if (login === null) return {state: 'not-logged-in', untilMs: null};
    if (blocked?.kind === 'dead') return {state: 'dead', untilMs: null};
    // A login written after the refusal is another one.
    if (blocked && login.writtenAtMs <= blocked.atMs) return {state: 'needs-login', untilMs: null};
    if (cooldownUntilMs !== null && cooldownUntilMs > nowMs)
      return {state: 'cooldown', untilMs: cooldownUntilMs};
    const main = windows.filter(({limitId}) => limitId === MAIN_LIMIT_ID);
    const binding = bindingWindow(main, nowMs);
    if (binding === null) return {state: 'ready', untilMs: null};
    const {usedPercent, resetsAtMs} = binding;
    const reserve = this.options.reserve[account.name] ?? 0;
    if (reserve > 0 && usedPercent >= 100 - reserve) return {state: 'reserved', untilMs: resetsAtMs};
    const full = usedPercent >= FULL_PERCENT && resetsAtMs !== null && !this.of(account.name).hasCredits;
    return full ? {state: 'exhausted', untilMs: resetsAtMs} : {state: 'ready', untilMs: null};
  }

  private modelIsOut(name: string, model: string | null, nowMs: number): boolean {
    if (model === null) return false;
    const {models} = this.of(name);
    const untilMs = models.get(model);
    if (untilMs === undefined) return false;
    if (untilMs > nowMs) return true;
    models.delete(model);
    return false;
  }

  /** When a model of the account comes back; null when it is not out. */
  modelUntil(name: string, model: string | null): number | null {
    return model === null ? null : (this.of(name).models.get(model) ?? null);
  }

  private async workspaceOf(name: string): Promise<string[]> {
    const accounts = await this.list();
    const workspace = accounts.find((account) => account.name === name)?.login?.workspaceId ?? null;
    if (workspace === null) return [name];
    return accounts
      .filter((account) => account.name === name || account.login?.workspaceId === workspace)
      .map((account) => account.name);
  }

  private of(name: string): Live {
    let live = this.live.get(name);
    if (!live) {
      live = {
        windows: new Map(),
        hasCredits: false,
        models: new Map(),
        reason: null,
        inFlight: 0,
        requests: 0,
      };
      this.live.set(name, live);
    }
    return live;
  }
}

/** When the first of these accounts can be asked again, and its plan; null when waiting helps none. */
export function earliestReturn(
  accounts: readonly PoolAccount[],
  modelUntil: (name: string) => number | null,
  nowMs: number,
): {atMs: number; plan: string | null} | null {
  const returns = accounts.flatMap(({name, state, untilMs, login}) => {
    const plan = login?.plan ?? null;
    if (['dead', 'needs-login', 'not-logged-in'].includes(state)) return [];
    const atMs =
      state === 'ready'
        ? (modelUntil(name) ?? nowMs + UNKNOWN_WAIT_MS)
        : (untilMs ?? nowMs + UNKNOWN_WAIT_MS);
    return [{atMs, plan}];
  });
  return returns.reduce<{atMs: number; plan: string | null} | null>(
    (first, each) => (first === null || each.atMs < first.atMs ? each : first),
    null,
  );
}
