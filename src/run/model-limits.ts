import {modelOutUntil} from '../accounts/state/account-state.js';
import {lacksModel} from '../accounts/state/missing-models.js';
import type {Consequence} from '../accounts/state/consequences.js';
import type {AccountStatus} from '../accounts/data/status-file.js';

/**
 * Which accounts are out for the model that a run asks for. Codex knows the model by its own settings where the command
 * line does not name it: then an account counts as out once this run has met the limit on it.
 */
export class ModelLimits {
  /** The limit that the run met on an account. */
  private readonly met = new Map<string, string>();
  /** Accounts that this run found not to have the model. */
  private readonly without = new Set<string>();

  /** @param model what the command line names; null for Codex's own choice. */
  constructor(readonly model: string | null = null) {}

  /** Takes down what the end of an attempt meant. */
  note(account: string, consequence: Consequence | null): void {
    if (consequence?.kind === 'model-missing') this.without.add(account);
    if (consequence?.kind === 'model-cooldown') this.met.set(account, consequence.limitId);
  }

  /** Until when an account is out for the model, milliseconds since the epoch; null when it is not. */
  untilMs(account: string, status: AccountStatus, nowMs: number): number | null {
    return modelOutUntil(status, this.met.get(account) ?? this.model, nowMs);
  }

  /** Whether an account was found not to have the model, by this run or before. */
  lacks(account: string, status: AccountStatus, nowMs: number): boolean {
    return this.without.has(account) || lacksModel(status, this.model, nowMs);
  }
}
