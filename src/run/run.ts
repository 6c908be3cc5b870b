import {setTimeout as sleep} from 'node:timers/promises';

import {noAccounts} from '../accounts/data/no-accounts.js';
import type {Candidate} from '../accounts/standings.js';
import {agrees} from './agreement.js';
import type {Attempt} from './attempt.js';
import {candidates, wanted} from './candidates.js';
import {nextTask, taskAsGiven} from './continuation.js';
import {freshenToken} from './fresh-token.js';
import type {RunOptions} from './options.js';
import type {QuotaVerdict, Route} from './route.js';
import {runTask} from './run-task.js';
import {announceSkipped, waitOrGiveUp} from './standstill.js';

/** An attempt that ended for a quota, until the next takes its place. */
type Exhausted = {name: string; result: Attempt; verdict: QuotaVerdict};

/**
 * Runs Codex by a route, and again when a quota is gone, as the route allows. Work that has begun goes on in its
 * thread, which is brought to the home of the next attempt; otherwise the same command is run again.
 *
 * @returns the exit code of the last Codex process.
 * @throws CaoError `all_accounts_out` (exit 75), `no_accounts`, `no_usable_account`, `not_logged_in` or `needs_login` of
 *   the account that must begin, and those of a thread that
 *   cannot be continued: `thread_sealed`, `thread_busy`, `threads_unreadable`, `work_not_continuable`.
 */
export async function runCodex(options: RunOptions, route: Route): Promise<number> {
  const {store, notify} = options;
  if (options.account !== undefined) await store.account(options.account);
  const look = (): Promise<Candidate[]> => candidates(store, options, route);
  const skipped = new Set<string>();
  let exhausted: Exhausted | null = null;
  let task = taskAsGiven(options.codexArguments);
  for (;;) {
    const all = await look();
    if (all.length === 0) throw noAccounts();
    const step = route.next(all);
    if (step.kind === 'refuse') throw step.error;
    announceSkipped(all, skipped, notify);
    if (step.kind === 'pause') {
      await sleep(step.ms);
      continue;
    }
    if (step.kind === 'standstill') {
      const threadId = exhausted?.result.thread?.id ?? task.threadId;
      await waitOrGiveUp(look, threadId, options);
      continue;
    }
    const {account} = step;
    const refused = route.showsToken ? await freshenToken(store, account, notify) : null;
    if (refused !== null) {
      if (exhausted === null && wanted(all, options)?.name === account.name) throw refused;
      continue;
    }
    if (exhausted !== null) {
      const line = route.fallingBack(exhausted.name, account.name, exhausted.verdict);
      if (line !== null) notify(line);
      task = nextTask(exhausted.result, {
        task,
        account: exhausted.name,
        given: options.codexArguments,
        mode: options.continue,
        prompt: options.continuePrompt,
      });
      if (!(await agrees(task, account.name, options))) return exhausted.result.exitCode;
      await route.recorder?.fellBack(exhausted.name, account.name, exhausted.verdict.reason);
    }
    notify(route.using(account));
    const {result, verdict} = await runTask(task, account, options, route);
    const mayGoOn = options.fallback || options.waitFor !== undefined;
    if (verdict?.kind !== 'quota' || !mayGoOn) return result.exitCode;
    if (!(await route.canGoOn(verdict))) {
      if (verdict.lacks !== undefined) notify(`No account that can be used has the model ${verdict.lacks}.`);
      return result.exitCode;
    }
    exhausted = {name: account.name, result, verdict};
  }
}
