import {randomUUID} from 'node:crypto';

import type {JsonObject} from './json.js';

/** What comes of redeeming a credit. */
export type ResetCode = 'reset' | 'nothing_to_reset' | 'no_credit' | 'already_redeemed';

const MONTH_MS = 30 * 86_400_000;

type Credit = {id: string; status: 'available' | 'redeemed'; grantedAtMs: number; title: string};

/** Resets that an account has banked: each starts its windows over once. */
export class ResetCredits {
  private readonly credits: Credit[] = [];
  /** Attempts that succeeded. */
  private readonly redeemed = new Set<string>();

  /** @returns the credit's id */
  grant(title = 'Reset of the usage limits'): string {
    const id = `reset_${randomUUID()}`;
    this.credits.push({id, status: 'available', grantedAtMs: Date.now(), title});
    return id;
  }

  get available(): number {
    return this.credits.filter(({status}) => status === 'available').length;
  }

  /** The body of `GET wham/rate-limit-reset-credits`. */
  body(): JsonObject {
    return {
      credits: this.credits.map(({id, status, grantedAtMs, title}) => ({
        id,
        status,
        reset_type: 'codex_rate_limits',
        granted_at: new Date(grantedAtMs).toISOString(),
        expires_at: new Date(grantedAtMs + MONTH_MS).toISOString(),
        title,
        description: null,
      })),
      available_count: this.available,
    };
  }

  /**
   * Redeems a credit, the oldest unless one is named.
   * @param attempt the client's id of this attempt: the same one never redeems twice
   * @param isUsed whether a window has anything to reset
   */
  redeem(attempt: string, creditId: string | null, isUsed: boolean): ResetCode {
    if (this.redeemed.has(attempt)) return 'already_redeemed';
    const credit = this.credits.find(
      ({id, status}) => status === 'available' && (creditId === null || id === creditId),
    );
    if (credit === undefined) return 'no_credit';
    if (!isUsed) return 'nothing_to_reset';
    credit.status = 'redeemed';
    this.redeemed.add(attempt);
    return 'reset';
  }
}
