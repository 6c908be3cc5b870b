import {modelOutUntil} from '../accounts/state/account-state.js';
import {lacksModel, listsModel} from '../accounts/state/missing-models.js';
import type {Consequence} from '../accounts/state/consequences.js';
import type {AccountUsage} from '../accounts/data/usage-file.js';
import type {Candidate} from '../accounts/standings.js';
import type {Account} from '../accounts/store/store.js';

/**
 * Which accounts are out for the model that a run asks for: the one that is settled before Codex starts, else the one
 * that the run's first attempt asked. Where neither is known an account counts as out once the run has met the limit on it.
 */
export class ModelLimits {
  /** The limit that the run met on an account. */
  private readonly met = new Map<string, string>();
  /** Accounts that this run found not to have the model. */
  private readonly without = new Set<string>();

  private asked: string | null = null;

  /** @param settled the model that Codex asks in a home; null where that is not known before. */
  constructor(
    private readonly settled: (home: string) => Promise<string | null> = () => Promise.resolve(null),
  ) {}

  /** The model that Codex asks in a home, as far as it is known by now. */
  async modelIn(home: string): Promise<string | null> {
    return (await this.settled(home)) ?? this.asked;
  }

  /** Takes down the model that an attempt asked. */
  noteAsked(model: string | null): void {
    this.asked ??= model;
  }

  /** Takes down what the end of an attempt meant. */
  note(account: string, consequence: Consequence | null): void {
    if (consequence?.kind === 'model-missing') this.without.add(account);
    if (consequence?.kind === 'model-cooldown') this.met.set(account, consequence.limitId);
  }

  /** How an account stands to the model: when its limit returns, and whether it is known to have it. */
  async standingOf(
    {name, home, status}: Pick<Account, 'name' | 'home' | 'status'>,
    usage: AccountUsage,
    nowMs: number,
  ): Promise<Pick<Candidate, 'modelUntilMs' | 'lacksModel' | 'listsModel'>> {
    const model = await this.modelIn(home);
    return {
      modelUntilMs: modelOutUntil(status, this.met.get(name) ?? model, nowMs),
      lacksModel: this.without.has(name) || lacksModel(status, model, nowMs),
      listsModel: listsModel(usage, model, nowMs),
    };
  }
}
