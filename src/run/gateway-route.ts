import {setTimeout as sleep} from 'node:timers/promises';

import {usable} from '../accounts/state/choice.js';
import type {Candidate} from '../accounts/standings.js';
import type {AccountStore} from '../accounts/store/store.js';
import {candidates} from './candidates.js';
import {ModelLimits} from './model-limits.js';
import type {Route} from './route.js';

/** The gateway writes within a second what it knows. */
const RECORDED_WITHIN_MS = 3000;

/** A gateway that stands ready for a run. */
export type RunGateway = {
  url: string;
  /** Overrides that lead Codex there. */
  providerArgs: readonly string[];
};

export type GatewayRouteOptions = {
  store: AccountStore;
  /** Its home is used first. */
  account?: string;
  /** How long to wait until the gateway has written that no account is left. Milliseconds. */
  recordedWithinMs?: number;
};

/**
 * Codex talks to a gateway, which moves the living session from account to account and records what each has left.
 * The home's own token is what Codex shows the gateway; the quota behind it does not matter.
 */
export function gatewayRoute(
  {url, providerArgs}: RunGateway,
  {store, account, recordedWithinMs = RECORDED_WITHIN_MS}: GatewayRouteOptions,
): Route {
  // Which models are out on which account is the gateway's to know.
  const limits = new ModelLimits();
  return {
    overrides: providerArgs,
    leavesOutForeignContent: true,
    limits,
    next: (all) => {
      const home = all.find(hasWorkingLogin);
      return home && usable(all).length > 0 ? {kind: 'attempt', account: home.account} : {kind: 'standstill'};
    },
    using: ({name}) => `Using the gateway at ${url}, in the home of ${name}`,
    fallingBack: () => null,
    // A gateway lets a quota through only when it has no account left; if one is free all the same, it is a limit
    // that another account or time would not lift, such as a model's. That of a model that no account has is none.
    canGoOn: async ({lacks}) =>
      lacks === undefined &&
      noneIsLeftWithin(recordedWithinMs, async () => usable(await candidates(store, account, limits))),
    recorder: null,
  };
}

async function noneIsLeftWithin(
  ms: number,
  usableNow: () => Promise<readonly Candidate[]>,
): Promise<boolean> {
  const deadlineMs = Date.now() + ms;
  while ((await usableNow()).length > 0) {
    if (Date.now() > deadlineMs) return false;
    await sleep(ms / 30);
  }
  return true;
}

function hasWorkingLogin({standing}: Candidate): boolean {
  return standing.state !== 'needs-login' && standing.state !== 'quarantined';
}
