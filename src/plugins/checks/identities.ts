import {createHash} from 'node:crypto';

import {readAuthFile} from '../../codex/login/auth-file.js';
import type {AccountReport, DoctorContext, Finding} from '../../contract/index.js';
import {type KnownHome, check, knownHomes} from './check.js';
import {caoLine} from '../../files/text/shell-words.js';

/** Whether logins are used twice: under two names, or by two homes that would spend one refresh token. */
export const identitiesCheck = check(
  'identities',
  'one login under two names, one refresh token in two homes',
  async (context) => [...doubled(context.accounts), ...(await sharedTokens(context))],
);

function doubled(accounts: readonly AccountReport[]): Finding[] {
  const known = accounts.filter(({userId, accountId}) => userId !== null || accountId !== null);
  const groups = groupBy(known, ({userId, accountId}) => `${userId ?? ''}::${accountId ?? ''}`);
  return groups.flatMap(([first, ...others]) =>
    others.map(({name}): Finding => ({
      code: 'identity_doubled',
      severity: 'warn',
      account: name,
      message: `${name} is the same login and workspace as ${first.name}: they share one quota.`,
      fix: `${caoLine('remove', name)}, or log it in as somebody else: ${caoLine('add', name)}`,
    })),
  );
}

type Holder = KnownHome & {token: string};

/** Refresh tokens are single-use: the home that refreshes second logs both out. */
async function sharedTokens(context: DoctorContext): Promise<Finding[]> {
  const holders: (Holder | null)[] = await Promise.all(
    knownHomes(context).map(async ({home, account}) => {
      const state = await readAuthFile(home);
      const token = state.kind === 'ok' ? state.auth.tokens?.refresh_token : null;
      return token ? {home, account, token: createHash('sha256').update(token).digest('hex')} : null;
    }),
  );
  const groups = groupBy(
    holders.filter((holder) => holder !== null),
    ({token}) => token,
  );
  return groups.flatMap((group) => {
    // Of the homes that share it, the account's own is the one to mend.
    const mine = group.find(({account}) => account !== null);
    return mine === undefined
      ? []
      : group.filter((other) => other !== mine).map((other) => shared(mine, other));
  });
}

function shared(mine: Holder, other: Holder): Finding {
  return {
    code: 'refresh_token_shared',
    severity: 'error',
    account: mine.account,
    message:
      `${mine.account ?? mine.home} and ${other.account ?? other.home} hold the same refresh token. It can be used ` +
      'once: when one of them refreshes, the other is logged out, and often both.',
    fix: `Give this account a login of its own: ${caoLine('add', mine.account ?? 'NAME')}`,
  };
}

function groupBy<T>(values: readonly T[], key: (value: T) => string): [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group) group.push(value);
    else groups.set(key(value), [value]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}
