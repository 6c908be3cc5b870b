import type {AccountState} from '../contract/index.js';

/** As much of an account as the choice needs. */
export type Candidate = {name: string; state: AccountState; cooldownUntilMs: number | null};

/** Which account is tried next and why; with `name` null, when the first is ready again (null: never by itself). */
export type NextAccount =
  {name: string; why: string} | {name: null; firstReady: {name: string; atMs: number} | null};

/** The first that is ready, in the order of the accounts: the default, then as registered. */
export function nextAccount(accounts: readonly Candidate[]): NextAccount {
  const ready = accounts.find(({state}) => state === 'ready');
  if (ready) {
    const passedOver = accounts.slice(0, accounts.indexOf(ready));
    return {name: ready.name, why: passedOver.length === 0 ? 'the default account' : whyNot(passedOver)};
  }
  const waiting = accounts
    .filter(({state, cooldownUntilMs}) => state === 'cooldown' && cooldownUntilMs !== null)
    .map(({name, cooldownUntilMs}) => ({name, atMs: cooldownUntilMs ?? 0}))
    .sort((left, right) => left.atMs - right.atMs);
  return {name: null, firstReady: waiting[0] ?? null};
}

const STATE_WORDS = {
  ready: 'is ready',
  cooldown: 'cools down',
  'used-up': 'is used up',
  reserved: 'is reserved',
  'needs-login': 'needs a login',
  quarantined: 'is quarantined',
} as const satisfies Record<AccountState, string>;

function whyNot(passedOver: readonly Candidate[]): string {
  const [first, ...others] = passedOver;
  if (!first) return '';
  const rest = others.length === 0 ? '' : `, and so on for ${others.length} more`;
  return `${first.name} ${STATE_WORDS[first.state]}${rest}`;
}
