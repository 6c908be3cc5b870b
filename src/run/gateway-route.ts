import {setTimeout as sleep} from 'node:timers/promises';

import {hasWorkingLogin, usable} from '../accounts/state/choice.js';
import type {Candidate} from '../accounts/standings.js';
import type {AccountStore} from '../accounts/store/store.js';
import {isLoopbackUrl, loopbackExcluded} from '../codex/backend/loopback.js';
import {modelOf} from '../codex/route/model.js';
import {type AccountChoice, candidates, wanted} from './candidates.js';
import {ModelLimits} from './model-limits.js';
import type {Route, NextAttempt} from './route.js';
import {loginNeeded} from './standstill.js';

/** The gateway writes within a second what it knows. */
const RECORDED_WITHIN_MS = 3000;

/** A gateway that stands ready for a run. */
export type RunGateway = {
  url: string;
  /** Overrides that lead Codex there. */
  providerArgs: readonly string[];
};

export type GatewayRouteOptions = AccountChoice & {
  store: AccountStore;
  /** For Codex, as the user gave them. */
  codexArguments: readonly string[];
  /** Where Codex is started. */
  cwd: string;
  /** How long to wait until the gateway has written that no account is left. Milliseconds. */
  recordedWithinMs?: number;
};

/**
 * Codex talks to a gateway, which moves the living session from account to account and records what each has left.
 * The home's own token is what Codex shows the gateway; the quota behind it does not matter.
 */
export function gatewayRoute({url, providerArgs}: RunGateway, options: GatewayRouteOptions): Route {
  const {store, codexArguments, cwd, recordedWithinMs = RECORDED_WITHIN_MS} = options;
  // One home decides which model the gateway is asked for, on whatever account.
  let home: string | null = null;
  const limits = new ModelLimits(async () => home && modelOf(home, codexArguments, cwd));
  let begun = false;
  const next = (all: readonly Candidate[]): NextAttempt => {
    const first = begun ? null : wanted(all, options);
    if (first && !hasWorkingLogin(first)) return {kind: 'refuse', error: loginNeeded(first)};
    // An account that is named is asked once whatever it has shown before.
    const isAsked = options.account !== undefined && !begun;
    begun = true;
    const host = all.find(hasWorkingLogin);
    home = host?.account.home ?? null;
    return host && (isAsked || usable(all).length > 0)
      ? {kind: 'attempt', account: host.account}
      : {kind: 'standstill'};
  };
  return {
    overrides: providerArgs,
    environment: isLoopbackUrl(url) ? loopbackExcluded(process.env) : {},
    eachInItsHome: false,
    leavesOutForeignContent: true,
    loginUser: 'gateway',
    showsToken: true,
    limits,
    next,
    using: ({name}) => `Using the gateway at ${url}, in the home of ${name}${forWhom(options, name)}`,
    fallingBack: () => null,
    // A gateway lets a quota through only when it has no account left; if one is free all the same, it is a limit
    // that another account or time would not lift, such as a model's. That of a model that no account has is none.
    canGoOn: async ({lacks}) =>
      lacks === undefined &&
      noneIsLeftWithin(recordedWithinMs, async () =>
        usable(await candidates(store, options, {limits, loginUser: 'gateway'})),
      ),
    recorder: null,
  };
}

async function noneIsLeftWithin(
  ms: number,
  usableNow: () => Promise<readonly Candidate[]>,
): Promise<boolean> {
  const deadline = performance.now() + ms;
  while ((await usableNow()).length > 0) {
    if (performance.now() > deadline) return false;
    await sleep(ms / 30);
  }
  return true;
}

function forWhom({account, fallback}: AccountChoice, home: string): string {
  if (!fallback) return `, for ${home} alone`;
  return account === undefined ? '' : `, for ${account} first`;
}
