import {setTimeout as sleep} from 'node:timers/promises';

import {accountEnvironment} from '../accounts/environment.js';
import {attempt} from './attempt.js';
import {usable} from '../accounts/choice.js';
import type {Candidate} from '../accounts/standings.js';
import {candidates} from './candidates.js';
import {nextTask, taskAsGiven} from './continuation.js';
import {type RunOptions, prepareThread} from './run.js';
import {announceSkipped, noAccounts, waitOrGiveUp} from './standstill.js';

const RECORDED_WITHIN_MS = 3000;

/** A gateway that stands ready for a run. */
export type RunGateway = {
  url: string;
  /** Overrides that lead Codex there. */
  providerArgs: readonly string[];
};

/**
 * Runs Codex once, in the default account's home, with its requests going through a gateway, which moves the living
 * session from account to account. What each account has left is the gateway's to record.
 *
 * @returns Codex's exit code.
 * @throws CaoError `all_accounts_out` (exit 75) when the gateway had no account left to go on with.
 */
export async function runThroughGateway(options: RunOptions, gateway: RunGateway): Promise<number> {
  const {store, notify, decide, binary, cwd, input} = options;
  if (options.account !== undefined) await store.account(options.account);
  const skipped = new Set<string>();
  let task = taskAsGiven(options.codexArguments);
  for (;;) {
    const all = await candidates(store, options.account);
    if (all.length === 0) throw noAccounts();
    announceSkipped(all, skipped, notify);
    const home = all.find(hasWorkingLogin);
    if (!home || usable(all).length === 0) {
      await waitOrGiveUp(all, task.threadId, options);
      continue;
    }
    const {account} = home;
    await prepareThread(task, account, options);
    notify(`Using the gateway at ${gateway.url}, in the home of ${account.name}`);
    const result = await attempt({
      account,
      binary,
      args: [...gateway.providerArgs, ...task.args],
      cwd,
      env: await accountEnvironment(store, account),
      ...(input && task.writtenBy === null ? {input} : {}),
    });
    const succeeded = result.exitCode === 0 && result.outcome.turnError === undefined;
    const verdict = succeeded || result.interrupted ? null : await decide(result.outcome);
    if (verdict?.kind !== 'quota' || !options.fallback) return result.exitCode;
    // A gateway lets a quota through only when it has no account left; if one is free all the same, it is a limit
    // that waiting for an account would not lift, such as a model's.
    const standing = await standingStill(options);
    if (standing === null) return result.exitCode;
    await waitOrGiveUp(standing, result.thread?.id ?? task.threadId, options);
    task = nextTask(result, {
      task,
      account: account.name,
      given: options.codexArguments,
      mode: options.continue,
      prompt: options.continuePrompt,
    });
  }
}

/** The accounts when none of them is free; null when one stays free. The gateway writes within a second what it knows. */
async function standingStill({store, account}: RunOptions): Promise<Candidate[] | null> {
  const deadlineMs = Date.now() + RECORDED_WITHIN_MS;
  for (;;) {
    const all = await candidates(store, account);
    if (usable(all).length === 0) return all;
    if (Date.now() > deadlineMs) return null;
    await sleep(RECORDED_WITHIN_MS / 30);
  }
}

/** The home's own token is what Codex shows the gateway; the quota behind it does not matter. */
function hasWorkingLogin({standing}: Candidate): boolean {
  return standing.state !== 'needs-login' && standing.state !== 'quarantined';
}
