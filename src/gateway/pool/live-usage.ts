import type {AccountStore} from '../../accounts/store/store.js';
import type {UsageFile, UsageSample} from '../../accounts/data/usage-file.js';
import {withSample} from '../../accounts/store/usage-store.js';
import {LiveData} from './live-data.js';

/** What each account has left, as a gateway sees it: what is stored, polls of other processes, and its own responses. */
export type LiveUsage = LiveData<UsageFile, UsageSample>;

export function liveUsage(store: AccountStore, onProblem: (problem: string) => void): LiveUsage {
  return new LiveData<UsageFile, UsageSample>(
    {
      paths: [store.folder.usageFile],
      read: () => store.usage.read(),
      apply: withSample,
      write: (samples) => store.usage.record(latestOf(samples)),
      onProblem,
      what: 'Usage',
    },
    {accounts: {}},
  );
}

/** Of several samples of one window within the interval only the last matters. */
function latestOf(samples: readonly UsageSample[]): UsageSample[] {
  const latest = new Map<string, UsageSample>();
  for (const sample of samples) {
    for (const window of sample.windows) {
      const key = `${sample.account} ${window.limitId} ${window.windowMinutes}`;
      latest.delete(key);
      latest.set(key, {...sample, windows: [window]});
    }
    if (sample.windows.length === 0) latest.set(`${sample.account} credits`, sample);
  }
  return [...latest.values()];
}
