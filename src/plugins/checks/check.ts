import {ownHome} from '../../codex/home/own-home.js';
import type {AccountReport, DoctorCheck, DoctorContext, Finding} from '../../contract/index.js';

/** A built-in check from its id, its line in `cao extensions`, and what it does. */
export function check(id: string, summary: string, run: DoctorCheck['run']): DoctorCheck {
  return {apiVersion: 1, id, summary, run};
}

/** A check that looks at each account by itself. */
export function accountCheck(
  id: string,
  summary: string,
  inspect: (account: AccountReport, context: DoctorContext) => Promise<Finding[]> | Finding[],
): DoctorCheck {
  return check(id, summary, async (context) =>
    (await Promise.all(context.accounts.map(async (account) => inspect(account, context)))).flat(),
  );
}

/** A CODEX_HOME on this machine; `account` null for one that plain `codex` uses. */
export type KnownHome = {home: string; account: string | null};

/** The user's own home, others that are led to a gateway, and those of all accounts, each once. */
export function knownHomes({homeDir, accounts, routedHomes}: DoctorContext): KnownHome[] {
  const homes = accounts.map(({accountDir, name}): KnownHome => ({home: accountDir, account: name}));
  const plain = new Set([ownHome(homeDir), ...routedHomes]);
  for (const {home} of homes) plain.delete(home);
  return [...[...plain].map((home) => ({home, account: null})), ...homes];
}
