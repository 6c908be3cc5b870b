import {setTimeout as sleep} from 'node:timers/promises';

import type {Account, AccountStore} from '../accounts/store.js';
import {usageOf} from '../accounts/usage-store.js';
import {isLoggedIn, readAuthFile} from '../codex/login/auth-file.js';
import {backendAgent} from '../codex/backend/backend-agent.js';
import {fetchUsage} from '../codex/usage/usage-api.js';
import {CaoError} from '../errors/index.js';
import {type Tasks, runTasks} from '../ui/tasks.js';
import {formatDuration} from '../ui/times.js';

/** Between two accounts: a list of requests at one moment looks like what it is not. */
const PAUSE_MS = 250;

export type LiveOptions = {
  nowMs: number;
  /** Ask even those that were asked less than `usage.pollMinutes` ago. */
  force: boolean;
  /** No progress on stderr. */
  quiet: boolean;
  /** Told why an account could not be asked. */
  onProblem: (problem: string) => void;
};

/**
 * Asks the backend what every account has left, one after another, and stores the answers. An account that was asked
 * a moment ago, is closed by the backend or has no login is left out. One that cannot be asked stops no other.
 */
export async function pollUsage(store: AccountStore, options: LiveOptions): Promise<void> {
  const {nowMs, force, quiet, onProblem} = options;
  const [accounts, usage, settings] = await Promise.all([
    store.accounts(),
    store.usage.read(),
    store.settings(),
  ]);
  const pollEveryMs = settings['usage.pollMinutes'] * 60_000;
  const dispatcher = await backendAgent();
  let asked = 0;
  const tasks: Tasks<object> = accounts.map((account) => ({
    title: account.name,
    skip: async () => {
      const left = (usageOf(usage, account.name).lastPollAtMs ?? -Infinity) + pollEveryMs - nowMs;
      if (!force && left > 0) return `${account.name}: asked already, again in ${formatDuration(left)}`;
      return reasonToLeaveOut(account);
    },
    task: async (_, task) => {
      if (asked++ > 0) await sleep(PAUSE_MS);
      try {
        await pollOne(store, account, dispatcher);
      } catch (error) {
        if (!(error instanceof CaoError)) throw error;
        onProblem([error.message, ...error.suggestions].join(' '));
        task.title = `${account.name}: ${error.message}`;
      }
    },
  }));
  try {
    await runTasks({}, tasks, {json: quiet});
  } finally {
    await dispatcher.close();
  }
}

async function reasonToLeaveOut({name, home, status}: Account): Promise<string | false> {
  if (status.blocked?.kind === 'dead') return `${name}: quarantined (${status.blocked.reason})`;
  return isLoggedIn(await readAuthFile(home)) ? false : `${name}: not logged in`;
}

async function pollOne(
  store: AccountStore,
  {name, home}: Account,
  dispatcher: Awaited<ReturnType<typeof backendAgent>>,
): Promise<void> {
  const atMs = Date.now();
  await store.usage.recordPoll(name, atMs);
  const tokenUrl = process.env['CODEX_REFRESH_TOKEN_URL_OVERRIDE'];
  try {
    const reading = await fetchUsage({
      home,
      accountName: name,
      dispatcher,
      ...(tokenUrl === undefined ? {} : {tokenUrl}),
    });
    await store.usage.record([{account: name, source: 'live', atMs, ...reading}]);
  } catch (error) {
    if (error instanceof CaoError && error.code === 'needs_login') {
      await store.recordBlocked(name, {kind: 'auth', reason: error.message, atMs});
    }
    throw error;
  }
}
