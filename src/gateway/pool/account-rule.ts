import {isAccountName} from '../../accounts/data/names.js';

/** Which account the requests of one run are for: that account alone, or that one first. */
export type AccountRule =
  | {kind: 'only'; account: string}
  /** Asked once since the run began even while it rests: to name an account is to ask for it. */
  | {kind: 'first'; account: string; sinceMs: number};

const BELOW = '/cao/for/';

/**
 * The path below a gateway's address under which requests follow a rule. It is all that carries the rule: the built-in
 * provider of Codex takes an address and no headers, and a gateway that is started anew must know it too.
 */
export function pathOfRule(rule: AccountRule): string {
  const more = rule.kind === 'first' ? `.${rule.sinceMs}` : '';
  return `${BELOW}${rule.kind}.${rule.account}${more}`;
}

/** A request target with its rule taken out; null for a rule that is none, which must not be passed over. */
export function ruledTarget(target: string): {rule: AccountRule | null; target: string} | null {
  if (!target.startsWith(BELOW)) return {rule: null, target};
  const [, kind, account = '', sinceMs, rest = ''] =
    /^(only|first)\.([^./?]+)(?:\.(\d{1,15}))?([/?].*)?$/.exec(target.slice(BELOW.length)) ?? [];
  if (!isAccountName(account)) return null;
  if (kind === 'only' && sinceMs === undefined) return {rule: {kind, account}, target: rest};
  if (kind === 'first' && sinceMs !== undefined)
    return {rule: {kind, account, sinceMs: Number(sinceMs)}, target: rest};
  return null;
}
